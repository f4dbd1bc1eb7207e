//! A line of text that is being typed: its cursor, and what keys do to it.

use crossterm::event::{KeyCode, KeyModifiers};
use ratatui::{
    style::{Modifier, Style},
    text::{Line, Span},
};
use unicode_width::UnicodeWidthChar;

use crate::tui::key::Key;

/// The most characters of a line. More is a mistake of the clipboard.
const MOST: usize = 4096;

/// The text and the place of its cursor.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct TextField {
    text: String,
    /// A byte, at the beginning of a character or behind the last.
    cursor: usize,
}

impl TextField {
    /// A field with this text and the cursor behind it.
    pub fn new(text: &str) -> Self {
        let mut field = Self::default();
        field.paste(text);
        field
    }

    /// The text.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Puts text at the cursor. What is no printable character becomes a space, or nothing at the ends.
    pub fn paste(&mut self, text: &str) {
        let text = text.trim_matches(char::is_control);
        let mut room = MOST.saturating_sub(self.text.chars().count());
        for c in text.chars() {
            let c = if c.is_control() { ' ' } else { c };
            if room == 0 || c.width().is_none() {
                continue;
            }
            room -= 1;
            self.text.insert(self.cursor, c);
            self.cursor += c.len_utf8();
        }
    }

    /// Does what a key does to a line of text; false for a key that does nothing to one.
    pub fn press(&mut self, key: Key) -> bool {
        match (key.code, key.modifiers) {
            (KeyCode::Char(c), KeyModifiers::NONE) => self.paste(c.encode_utf8(&mut [0; 4])),
            (KeyCode::Char('a'), KeyModifiers::CONTROL) | (KeyCode::Home, _) => self.cursor = 0,
            (KeyCode::Char('e'), KeyModifiers::CONTROL) | (KeyCode::End, _) => {
                self.cursor = self.text.len();
            }
            (KeyCode::Char('u'), KeyModifiers::CONTROL) => {
                self.text.drain(..self.cursor);
                self.cursor = 0;
            }
            (KeyCode::Char('w'), KeyModifiers::CONTROL) => {
                let from = self.word_before();
                self.text.drain(from..self.cursor);
                self.cursor = from;
            }
            (KeyCode::Left, _) => self.cursor = self.before(),
            (KeyCode::Right, _) => self.cursor = self.behind(),
            (KeyCode::Backspace, _) => {
                let from = self.before();
                self.text.drain(from..self.cursor);
                self.cursor = from;
            }
            (KeyCode::Delete, _) => {
                let to = self.behind();
                self.text.drain(self.cursor..to);
            }
            _ => return false,
        }
        true
    }

    fn before(&self) -> usize {
        let last = self.text[..self.cursor].char_indices().next_back();
        last.map_or(0, |(at, _)| at)
    }

    fn behind(&self) -> usize {
        let next = self.text[self.cursor..].chars().next();
        self.cursor + next.map_or(0, char::len_utf8)
    }

    fn word_before(&self) -> usize {
        let before = self.text[..self.cursor].trim_end();
        before
            .rfind(char::is_whitespace)
            .map_or(0, |at| at + self.text[at..].chars().next().map_or(0, char::len_utf8))
    }

    /// The part of the line around the cursor that fits into `room` cells, with the cursor as a reversed cell.
    pub fn line(&self, room: usize, style: Style) -> Line<'static> {
        let (before, rest) = self.text.split_at(self.cursor);
        let mut letters = rest.chars();
        let under = letters.next().unwrap_or(' ');
        let mut left = room.saturating_sub(under.width().unwrap_or(0));
        let shown_before = tail(before, left);
        left -= shown_before.chars().map(|c| c.width().unwrap_or(0)).sum::<usize>();
        let mut behind = String::new();
        for c in letters {
            let Some(rest) = left.checked_sub(c.width().unwrap_or(0)) else { break };
            left = rest;
            behind.push(c);
        }
        Line::from(vec![
            Span::styled(shown_before.to_owned(), style),
            Span::styled(under.to_string(), style.add_modifier(Modifier::REVERSED)),
            Span::styled(behind, style),
        ])
    }
}

/// The end of `text` that fits into `room` cells.
fn tail(text: &str, room: usize) -> &str {
    let mut left = room;
    let mut from = text.len();
    for (at, c) in text.char_indices().rev() {
        let Some(rest) = left.checked_sub(c.width().unwrap_or(0)) else { break };
        left = rest;
        from = at;
    }
    &text[from..]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn press(field: &mut TextField, codes: &[KeyCode]) {
        codes.iter().for_each(|code| assert!(field.press(Key::plain(*code)), "{code:?}"));
    }

    fn shown(field: &TextField, room: usize) -> String {
        field.line(room, Style::new()).spans.iter().map(|span| span.content.as_ref()).collect()
    }

    #[test]
    fn letters_of_every_width_come_and_go_whole() {
        let mut field = TextField::new("añ日");
        press(&mut field, &[KeyCode::Left, KeyCode::Backspace, KeyCode::Char('ö')]);
        assert_eq!(field.text(), "aö日");
        press(&mut field, &[KeyCode::Delete, KeyCode::Delete, KeyCode::Home, KeyCode::Delete]);
        assert_eq!(field.text(), "ö");
        press(&mut field, &[KeyCode::End, KeyCode::Right, KeyCode::Char('!')]);
        assert_eq!(field.text(), "ö!");
        assert!(!field.press(Key::plain(KeyCode::Enter)));
    }

    #[test]
    fn words_and_what_stands_before_the_cursor_go_at_once() {
        let mut field = TextField::new("one two  three");
        assert!(field.press(Key::control('w')));
        assert_eq!(field.text(), "one two  ");
        assert!(field.press(Key::control('w')));
        assert_eq!(field.text(), "one ");
        press(&mut field, &[KeyCode::Left]);
        assert!(field.press(Key::control('u')));
        assert_eq!(field.text(), " ");
    }

    #[test]
    fn pasted_text_cannot_steer_the_terminal() {
        let mut field = TextField::default();
        field.paste("a\x1b[31mb\r\n");
        assert_eq!(field.text(), "a [31mb");
        field.paste(&"x".repeat(9000));
        assert_eq!(field.text().chars().count(), MOST);
    }

    #[test]
    fn the_cursor_is_always_in_the_part_that_is_shown() {
        let mut field = TextField::new("0123456789");
        assert_eq!(shown(&field, 5), "6789 ");
        press(&mut field, &[KeyCode::Home]);
        assert_eq!(shown(&field, 5), "01234");
        let wide = TextField::new("日本語");
        assert_eq!(shown(&wide, 4), "語 ");
        assert_eq!(shown(&TextField::default(), 0), " ");
    }
}
