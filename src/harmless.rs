//! Text from outside made harmless: run names, log lines, file names, host names.
//!
//! What could change the terminal (control characters, escape sequences), turn text around (marks of
//! direction) or hide in it (characters without width) is shown as a sign. The screen and the command line show
//! no text that has not gone through here; what scripts read is JSON, which escapes in its own way.

use std::borrow::Cow;

/// The text with `sign` for every character that must not reach a terminal.
pub fn plain<'a>(text: &'a str, sign: &str) -> Cow<'a, str> {
    if text.bytes().all(|byte| (0x20..0x7f).contains(&byte)) {
        return Cow::Borrowed(text);
    }
    with_signs(text, sign, is_harmful)
}

/// The same for text of several lines, with tabs.
pub fn plain_lines<'a>(text: &'a str, sign: &str) -> Cow<'a, str> {
    with_signs(text, sign, |c| !matches!(c, '\n' | '\t') && is_harmful(c))
}

fn with_signs<'a>(text: &'a str, sign: &str, is_bad: impl Fn(char) -> bool) -> Cow<'a, str> {
    if !text.contains(&is_bad) {
        return Cow::Borrowed(text);
    }
    let mut shown = String::with_capacity(text.len());
    for c in text.chars() {
        if is_bad(c) { shown.push_str(sign) } else { shown.push(c) }
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

#[cfg(test)]
mod tests {
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
    fn lines_stay_lines() {
        assert_eq!(plain_lines("a\tb\nc\r\n\x1bd\u{200b}\n", "?"), "a\tb\nc?\n?d?\n");
        assert!(matches!(plain_lines("a\n", SIGN), Cow::Borrowed(_)));
    }
}
