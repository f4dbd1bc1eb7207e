//! One line of text that is typed into: its text, its cursor, and the part of it that fits.
//!
//! Nothing harmful gets in: what is pasted may come from anywhere.

use crossterm::event::{KeyCode, KeyModifiers};
use ratatui::{
    style::Modifier,
    text::{Line, Span},
};
use unicode_width::UnicodeWidthChar;

use super::{fit::width, plain::is_harmful};
use crate::tui::{
    key::Key,
    look::{Look, Role},
};

/// The longest text, so that a pasted book stays harmless.
const LONGEST_CHARS: usize = 4096;

/// A line of text with a cursor.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct TextField {
    text: String,
    /// Characters before the cursor.
    cursor: usize,
}

impl TextField {
    /// A field that holds this text, with the cursor at its end.
    pub fn new(text: &str) -> Self {
        let mut field = Self::default();
        field.insert(text);
        field
    }

    /// The text.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// True while nothing is in it.
    pub const fn is_empty(&self) -> bool {
        self.text.is_empty()
    }

    /// Takes everything out.
    pub fn clear(&mut self) {
        *self = Self::default();
    }

    /// Puts a text at the cursor. Breaks of lines become spaces, what is harmful is left out.
    pub fn insert(&mut self, text: &str) {
        let room = LONGEST_CHARS.saturating_sub(self.text.chars().count());
        let lines = text.trim_matches(['\r', '\n']).chars();
        let one_line = lines.map(|c| if matches!(c, '\n' | '\t') { ' ' } else { c });
        let kept: String = one_line.filter(|c| !is_harmful(*c)).take(room).collect();
        self.text.insert_str(self.byte(self.cursor), &kept);
        self.cursor += kept.chars().count();
    }

    /// Does what a key does in a line of text; false for one that does nothing there.
    pub fn key(&mut self, key: Key) -> bool {
        let length = self.text.chars().count();
        let control = key.modifiers.contains(KeyModifiers::CONTROL);
        let alt = key.modifiers.contains(KeyModifiers::ALT);
        match key.code {
            KeyCode::Char(c) if key.typed().is_some() => self.insert(c.encode_utf8(&mut [0; 4])),
            KeyCode::Char('a') if control => self.cursor = 0,
            KeyCode::Char('e') if control => self.cursor = length,
            KeyCode::Char('b') if control => self.cursor = self.cursor.saturating_sub(1),
            KeyCode::Char('f') if control => self.cursor = (self.cursor + 1).min(length),
            KeyCode::Char('h') if control => {
                self.remove(self.cursor.saturating_sub(1), self.cursor);
            }
            KeyCode::Char('u') if control => self.remove(0, self.cursor),
            KeyCode::Char('k') if control => self.remove(self.cursor, length),
            KeyCode::Char('w') if control => self.remove(self.word_before(), self.cursor),
            KeyCode::Backspace if control || alt => self.remove(self.word_before(), self.cursor),
            KeyCode::Left if control || alt => self.cursor = self.word_before(),
            KeyCode::Right if control || alt => self.cursor = self.word_after(),
            KeyCode::Char('b') if alt => self.cursor = self.word_before(),
            KeyCode::Char('f') if alt => self.cursor = self.word_after(),
            KeyCode::Backspace => self.remove(self.cursor.saturating_sub(1), self.cursor),
            KeyCode::Delete => self.remove(self.cursor, (self.cursor + 1).min(length)),
            KeyCode::Left => self.cursor = self.cursor.saturating_sub(1),
            KeyCode::Right => self.cursor = (self.cursor + 1).min(length),
            KeyCode::Home => self.cursor = 0,
            KeyCode::End => self.cursor = length,
            _ => return false,
        }
        true
    }

    /// The part around the cursor in `room` cells, the cursor drawn reversed.
    pub fn line(&self, room: usize, look: Look) -> Line<'static> {
        let before: String = self.text.chars().take(self.cursor).collect();
        let mut after = self.text.chars().skip(self.cursor);
        let under = after.next().unwrap_or(' ');
        let taken = under.width().unwrap_or(1).max(1);
        // The cursor stays inside; what is before it gives way from the left.
        let mut left = room.saturating_sub(taken);
        let mut shown: Vec<char> = Vec::new();
        for c in before.chars().rev() {
            let cells = c.width().unwrap_or(0);
            if cells > left {
                break;
            }
            left -= cells;
            shown.push(c);
        }
        let before: String = shown.into_iter().rev().collect();
        let mut rest = String::new();
        for c in after {
            let cells = c.width().unwrap_or(0);
            if cells > left {
                break;
            }
            left -= cells;
            rest.push(c);
        }
        debug_assert!(width(&before) + taken + width(&rest) <= room.max(taken));
        let style = look.style(Role::Text);
        Line::from(vec![
            Span::styled(before, style),
            Span::styled(under.to_string(), style.add_modifier(Modifier::REVERSED)),
            Span::styled(rest, style),
        ])
    }

    /// Where the character of this number begins.
    fn byte(&self, number: usize) -> usize {
        self.text.char_indices().nth(number).map_or(self.text.len(), |(byte, _)| byte)
    }

    fn remove(&mut self, from: usize, to: usize) {
        let (first, end) = (self.byte(from), self.byte(to));
        self.text.replace_range(first..end, "");
        self.cursor = from;
    }

    fn word_before(&self) -> usize {
        let before: Vec<char> = self.text.chars().take(self.cursor).collect();
        let spaces = before.iter().rev().take_while(|c| c.is_whitespace()).count();
        let word = before.iter().rev().skip(spaces).take_while(|c| !c.is_whitespace()).count();
        self.cursor - spaces - word
    }

    fn word_after(&self) -> usize {
        let after: Vec<char> = self.text.chars().skip(self.cursor).collect();
        let spaces = after.iter().take_while(|c| c.is_whitespace()).count();
        let word = after.iter().skip(spaces).take_while(|c| !c.is_whitespace()).count();
        self.cursor + spaces + word
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn field(text: &str, keys: &[&str]) -> (String, usize) {
        let mut field = TextField::new(text);
        for key in keys {
            field.key(key.parse().unwrap());
        }
        (field.text, field.cursor)
    }

    #[test]
    fn keys_move_and_change() {
        assert_eq!(field("dsa mnist", &["ctrl-w"]), ("dsa ".to_owned(), 4));
        assert_eq!(field("dsa mnist", &["ctrl-left", "x"]), ("dsa xmnist".to_owned(), 5));
        assert_eq!(field("dsa", &["home", "delete", "right", "ctrl-k"]), ("s".to_owned(), 1));
        assert_eq!(field("dsa", &["left", "backspace"]), ("da".to_owned(), 1));
        assert_eq!(field("a b", &["home", "alt-f", "ctrl-u"]), (" b".to_owned(), 0));
        assert_eq!(field("蒸é", &["left", "backspace", "end"]), ("é".to_owned(), 1));
        assert!(!TextField::default().key("f5".parse().unwrap()));
        assert!(!TextField::default().key("alt-x".parse().unwrap()));
    }

    #[test]
    fn pasted_text_is_one_harmless_line() {
        let (text, cursor) = field("a\r\nb\tc\x1b[31m\u{202e}d\n", &[]);
        assert_eq!((text.as_str(), cursor), ("a b c[31md", 10));
        assert_eq!(TextField::new(&"x".repeat(9000)).text().len(), LONGEST_CHARS);
    }

    proptest! {
        #[test]
        fn the_cursor_is_always_seen(text in "[a-z蒸é ]{0,40}", lefts in 0_usize..50, room in 2_usize..20) {
            let mut field = TextField::new(&text);
            (0..lefts).for_each(|_| { field.key(Key::plain(KeyCode::Left)); });
            let line = field.line(room, Look::bare(false, false));
            prop_assert!(line.width() <= room);
            prop_assert!(line.spans[1].style.add_modifier.contains(Modifier::REVERSED));
        }
    }
}
