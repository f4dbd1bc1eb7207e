//! Text from outside made harmless: run names, log lines, file names, host names.
//!
//! What could change the terminal (control characters, escape sequences), turn text around (marks of
//! direction) or hide in it (characters without width) is shown as a sign. [`plain`] does it to a text, so
//! that its measured width is its drawn width; [`cleanse`] does it to a drawn screen, which nothing escapes.

use std::borrow::Cow;

use ratatui::buffer::Buffer;
use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

/// The most characters of one cell: a letter with its accents.
const MOST_IN_CELL: usize = 5;

/// The text with `sign` for every character that must not reach a terminal.
pub fn plain<'a>(text: &'a str, sign: &str) -> Cow<'a, str> {
    if text.bytes().all(|byte| (0x20..0x7f).contains(&byte)) || !text.contains(is_harmful) {
        return Cow::Borrowed(text);
    }
    let mut shown = String::with_capacity(text.len());
    for c in text.chars() {
        if is_harmful(c) { shown.push_str(sign) } else { shown.push(c) }
    }
    Cow::Owned(shown)
}

/// True for control characters, marks of direction, characters without width that join or hide, and those
/// that stand for nothing.
pub fn is_harmful(c: char) -> bool {
    match c {
        ' '..='~' => false,
        c if c.is_control() => true,
        // Soft hyphen, joiner of graphemes, Arabic letter mark, fillers of Hangul, vowels that are not seen.
        '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}'
        // Selectors and separators of Mongolian, further fillers.
        | '\u{180b}'..='\u{180f}' | '\u{3164}' | '\u{ffa0}'
        // Spaces without width, joiners, marks and overrides of direction, separators of lines.
        | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}'
        // Selectors of variants, the byte order mark, annotations, marks of shorthand and music, tags.
        | '\u{fe00}'..='\u{fe0f}' | '\u{feff}' | '\u{fff0}'..='\u{fffb}'
        | '\u{1bca0}'..='\u{1bca3}' | '\u{1d173}'..='\u{1d17a}' | '\u{e0000}'..='\u{e0fff}' => true,
        _ => false,
    }
}

/// Makes every cell harmless. In ASCII mode what is beyond ASCII becomes `sign` as well. Cells of pictures,
/// which begin with an escape sequence that no text can bring, stay.
pub fn cleanse(buffer: &mut Buffer, ascii: bool, sign: &str) {
    for cell in &mut buffer.content {
        let symbol = cell.symbol();
        if matches!(symbol.as_bytes(), [b' '..=b'~']) || symbol.starts_with('\x1b') {
            continue;
        }
        if (ascii && !symbol.is_ascii())
            || symbol.chars().count() > MOST_IN_CELL
            || symbol.contains(is_harmful)
        {
            let harmless = harmless(symbol, ascii, sign);
            cell.set_symbol(&harmless);
        }
    }
}

/// The symbol of a cell without what is harmful, as wide as it was.
fn harmless(symbol: &str, ascii: bool, sign: &str) -> String {
    let room = symbol.width();
    let mut kept = String::new();
    let fit = symbol.chars().filter(|c| !is_harmful(*c) && (!ascii || c.is_ascii()));
    for c in fit.take(MOST_IN_CELL) {
        // What a joiner held together would be too wide in parts.
        if kept.width() + c.width().unwrap_or(0) <= room {
            kept.push(c);
        }
    }
    if kept.width() == 0 {
        sign.clone_into(&mut kept);
    }
    let missing = room.saturating_sub(kept.width());
    kept + &" ".repeat(missing)
}

#[cfg(test)]
mod tests {
    use ratatui::{layout::Rect, style::Style};

    use super::*;

    const SIGN: &str = "\u{fffd}";

    #[test]
    fn harmful_characters_become_signs_and_others_stay() {
        assert!(matches!(plain("run 3 — é蒸", SIGN), Cow::Borrowed(_)));
        assert_eq!(plain("a\x1b[31mb\x07\r\n\u{9b}c", "?"), "a?[31mb????c");
        assert_eq!(plain("\u{202e}abc\u{2066}\u{200b}\u{feff}d", "?"), "?abc???d");
        // Combining accents and letters of right-to-left scripts are text.
        assert_eq!(plain("e\u{301} שלום", "?"), "e\u{301} שלום");
    }

    #[test]
    fn nothing_on_a_drawn_screen_escapes() {
        let area = Rect::new(0, 0, 12, 3);
        let mut buffer = Buffer::empty(area);
        buffer.set_string(0, 0, "a\u{202e}b\u{200b}c\x1b[2J", Style::new());
        buffer.set_string(0, 1, "👨\u{200d}👩\u{200d}👧x", Style::new());
        buffer.set_string(0, 2, format!("z{}", "\u{301}".repeat(40)), Style::new());
        // What the library lets through, it lets through here.
        buffer[(9, 0)].set_symbol("q\u{202e}");
        buffer[(10, 0)].set_symbol("\u{200f}");
        buffer[(11, 0)].set_symbol("\x1bPpicture\x1b\\");
        cleanse(&mut buffer, false, SIGN);
        let row = |y: u16| (0..12).map(|x| buffer[(x, y)].symbol().to_owned()).collect::<Vec<_>>();
        for symbol in (0..3).flat_map(row).filter(|symbol| !symbol.starts_with('\x1b')) {
            assert!(!symbol.contains(is_harmful), "{symbol:?}");
            assert!(symbol.chars().count() <= MOST_IN_CELL, "{symbol:?}");
        }
        assert_eq!(buffer[(9, 0)].symbol(), "q");
        assert_eq!(buffer[(10, 0)].symbol(), SIGN);
        assert_eq!(buffer[(11, 0)].symbol(), "\x1bPpicture\x1b\\");
        assert_eq!(buffer[(0, 1)].symbol(), "👨");
        assert_eq!(buffer[(2, 1)].symbol(), "x");
    }

    #[test]
    fn in_ascii_mode_there_is_nothing_else() {
        let mut buffer = Buffer::empty(Rect::new(0, 0, 6, 1));
        buffer.set_string(0, 0, "é蒸…", Style::new());
        cleanse(&mut buffer, true, "?");
        let row: String = (0..6).map(|x| buffer[(x, 0)].symbol()).collect();
        assert!(row.is_ascii(), "{row:?}");
        assert_eq!(buffer[(0, 0)].symbol(), "?");
        assert_eq!(buffer[(1, 0)].symbol(), "? ", "as wide as before");
    }
}
