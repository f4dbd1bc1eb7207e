//! Text that somebody else wrote, made harmless: names, log lines and file names may hold what steers a
//! terminal, turns the direction of writing or takes no room.

use std::borrow::Cow;

use unicode_width::UnicodeWidthChar;

/// Stands for a character that is not shown.
const HIDDEN: char = '?';

/// The text with a question mark for everything that steers, and without what would not be seen. Accents that
/// are characters of their own stay.
pub fn plain(text: &str) -> Cow<'_, str> {
    if text.chars().all(|c| seen(c) == Some(c)) {
        return Cow::Borrowed(text);
    }
    Cow::Owned(text.chars().filter_map(seen).collect())
}

/// What is shown of a character.
fn seen(c: char) -> Option<char> {
    match c {
        '\t' | '\n' | '\r' => Some(' '),
        _ if c.is_control() => Some(HIDDEN),
        // Marks, embeddings, overrides and isolates of writing direction.
        '\u{061c}'
        | '\u{200e}'
        | '\u{200f}'
        | '\u{202a}'..='\u{202e}'
        | '\u{2066}'..='\u{2069}' => Some(HIDDEN),
        '\u{2028}' | '\u{2029}' => Some(' '),
        // Soft hyphens, joiners, selectors of variants, tags.
        '\u{ad}'
        | '\u{200b}'..='\u{200d}'
        | '\u{2060}'..='\u{2064}'
        | '\u{feff}'
        | '\u{fe00}'..='\u{fe0f}'
        | '\u{e0000}'..='\u{e01ef}' => None,
        _ => c.width().map(|_| c),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_steers_is_shown_and_what_hides_is_gone() {
        assert_eq!(plain("\u{1b}[31mred\u{7}"), "?[31mred?");
        assert_eq!(plain("a\tb\nc\u{2028}d"), "a b c d");
        assert_eq!(plain("evil\u{202e}gnp.exe"), "evil?gnp.exe");
        assert_eq!(plain("ad\u{200b}min\u{feff}"), "admin");
        assert_eq!(plain("\u{9b}2J"), "?2J");
    }

    #[test]
    fn words_of_any_language_stay() {
        for text in ["DSA, 10 per class", "蒸留所", "e\u{301}tude", "Größe ± 3 %"] {
            assert!(matches!(plain(text), Cow::Borrowed(same) if same == text), "{text}");
        }
    }
}
