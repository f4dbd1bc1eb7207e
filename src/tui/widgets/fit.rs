//! Text cut to a number of cells, and made harmless on the way: what is measured is what is drawn.

use ratatui::text::{Line, Span};
use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

use super::plain::plain;

/// What stands for a character that must not reach the terminal.
const UNSHOWN: &str = "\u{fffd}";

/// The cells that a text takes.
pub fn width(text: &str) -> usize {
    text.width()
}

/// The text, made [`plain`], in at most `room` cells, with `cut` at its end where something is missing.
pub fn fit(text: &str, room: usize, cut: &str) -> String {
    let text = plain(text, UNSHOWN);
    if text.width() <= room {
        return text.into_owned();
    }
    let Some(mut left) = room.checked_sub(cut.width()) else { return String::new() };
    let mut kept = String::new();
    for c in text.chars() {
        let cells = c.width().unwrap_or(0);
        if cells > left {
            break;
        }
        left -= cells;
        kept.push(c);
    }
    kept.truncate(kept.trim_end().len());
    kept + cut
}

/// A line of spans in at most `room` cells.
pub fn fit_line(line: Line<'static>, room: usize, cut: &str) -> Line<'static> {
    if line.width() <= room {
        return line;
    }
    let mut left = room;
    let mut spans = Vec::new();
    for span in line.spans {
        let text = fit(&span.content, left, cut);
        let is_cut = span.content.width() > left;
        left = left.saturating_sub(text.width());
        spans.push(Span::styled(text, span.style));
        if left == 0 || is_cut {
            break;
        }
    }
    Line::from(spans)
}

/// The text in rows of at most `room` cells, broken between words; a word that no row can hold is broken too.
pub fn wrap(text: &str, room: usize) -> Vec<String> {
    let mut rows: Vec<String> = Vec::new();
    for word in text.split_whitespace() {
        let word = plain(word, UNSHOWN);
        match rows.last_mut() {
            Some(row) if row.width() + 1 + word.width() <= room => {
                row.push(' ');
                row.push_str(&word);
            }
            _ => rows.extend(pieces(&word, room)),
        }
    }
    rows
}

/// A word in pieces of at most `room` cells, each of one character at least.
fn pieces(word: &str, room: usize) -> Vec<String> {
    let mut pieces = vec![String::new()];
    for c in word.chars() {
        let is_full = pieces.last().is_some_and(|piece| {
            !piece.is_empty() && piece.width() + c.width().unwrap_or(0) > room
        });
        if is_full {
            pieces.push(String::new());
        }
        if let Some(piece) = pieces.last_mut() {
            piece.push(c);
        }
    }
    pieces
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_stay_whole() {
        assert_eq!(wrap("loops of one update each", 9), ["loops of", "one", "update", "each"]);
        assert_eq!(wrap("", 9), Vec::<String>::new());
        assert_eq!(wrap("in /data/runs/0012 it", 10), ["in", "/data/runs", "/0012 it"]);
        assert_eq!(wrap("蒸留", 1), ["蒸", "留"]);
    }

    #[test]
    fn a_line_is_cut_once() {
        let line =
            Line::from(vec![Span::raw("1 busy"), Span::raw("  2 for any"), Span::raw(" run")]);
        assert_eq!(fit_line(line, 10, "…").to_string(), "1 busy  2…");
        let line = Line::from(vec![Span::raw("one   two"), Span::raw("three")]);
        assert_eq!(fit_line(line, 6, "…").to_string(), "one…");
    }

    #[test]
    fn what_fits_stays_and_what_does_not_says_so() {
        assert_eq!(fit("first light", 11, "…"), "first light");
        assert_eq!(fit("first light", 9, "…"), "first li…");
        assert_eq!(fit("first light", 7, "…"), "first…");
        assert_eq!(fit("蒸留所", 4, "…"), "蒸…");
        assert_eq!(fit("abc", 0, "…"), "");
        assert_eq!(fit("a\u{200b}b\x1b", 9, "…"), "a\u{fffd}b\u{fffd}");
        assert_eq!(wrap("a \u{202e}b", 9), ["a \u{fffd}b"]);
    }
}
