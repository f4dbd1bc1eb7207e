//! A key press, in the words of key tables, key files and hints.

use std::{fmt, str::FromStr};

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};

use super::look::Symbols;

/// A key with its modifiers. Shift is no modifier of a character: it is in the character.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Key {
    /// The key.
    pub code: KeyCode,
    /// Control, Alt, and Shift where it is not in the key itself.
    pub modifiers: KeyModifiers,
}

/// Keys that are no characters, by the name that a file has for them. Of two names the first is written.
const NAMES: [(&str, KeyCode); 25] = [
    ("enter", KeyCode::Enter),
    ("return", KeyCode::Enter),
    ("esc", KeyCode::Esc),
    ("escape", KeyCode::Esc),
    ("tab", KeyCode::Tab),
    ("space", KeyCode::Char(' ')),
    ("backspace", KeyCode::Backspace),
    ("delete", KeyCode::Delete),
    ("del", KeyCode::Delete),
    ("insert", KeyCode::Insert),
    ("up", KeyCode::Up),
    ("down", KeyCode::Down),
    ("left", KeyCode::Left),
    ("right", KeyCode::Right),
    ("home", KeyCode::Home),
    ("end", KeyCode::End),
    ("page-up", KeyCode::PageUp),
    ("pageup", KeyCode::PageUp),
    ("pgup", KeyCode::PageUp),
    ("page-down", KeyCode::PageDown),
    ("pagedown", KeyCode::PageDown),
    ("pgdn", KeyCode::PageDown),
    ("pgdown", KeyCode::PageDown),
    ("plus", KeyCode::Char('+')),
    ("minus", KeyCode::Char('-')),
];

/// What a key in a file can be.
pub const ALLOWED: &str = "a character, or one of space, enter, esc, tab, backspace, delete, insert, up, \
    down, left, right, home, end, page-up, page-down, f1 to f12, with ctrl-, alt- or shift- before it";

impl Key {
    /// A character.
    pub const fn char(c: char) -> Self {
        Self::plain(KeyCode::Char(c))
    }

    /// A character with Control.
    pub const fn control(c: char) -> Self {
        Self { code: KeyCode::Char(c), modifiers: KeyModifiers::CONTROL }
    }

    /// A character with Alt.
    pub const fn alt(c: char) -> Self {
        Self { code: KeyCode::Char(c), modifiers: KeyModifiers::ALT }
    }

    /// A key without modifiers.
    pub const fn plain(code: KeyCode) -> Self {
        Self { code, modifiers: KeyModifiers::NONE }
    }

    /// The character that it types, if it types one.
    pub const fn typed(self) -> Option<char> {
        match self.code {
            KeyCode::Char(c) if self.modifiers.is_empty() => Some(c),
            _ => None,
        }
    }

    /// The same key without Shift.
    #[must_use]
    pub fn unshifted(self) -> Self {
        Self { modifiers: self.modifiers - KeyModifiers::SHIFT, ..self }
    }

    /// The name for hints and help.
    pub fn name(self, symbols: &Symbols) -> String {
        let [up, down, left, right] = symbols.arrows;
        let name = match self.code {
            KeyCode::Up => up.to_owned(),
            KeyCode::Down => down.to_owned(),
            KeyCode::Left => left.to_owned(),
            KeyCode::Right => right.to_owned(),
            KeyCode::Enter => symbols.enter.to_owned(),
            KeyCode::Esc => "Esc".to_owned(),
            KeyCode::Tab => "Tab".to_owned(),
            KeyCode::BackTab => "Shift-Tab".to_owned(),
            KeyCode::PageUp => "PgUp".to_owned(),
            KeyCode::PageDown => "PgDn".to_owned(),
            KeyCode::Delete => "Del".to_owned(),
            KeyCode::Char(' ') => "Space".to_owned(),
            KeyCode::Char(c) if self.modifiers.contains(KeyModifiers::CONTROL) => {
                c.to_ascii_uppercase().to_string()
            }
            KeyCode::Char(c) => c.to_string(),
            other => other.to_string(),
        };
        let modifiers = [
            (KeyModifiers::CONTROL, "Ctrl-"),
            (KeyModifiers::ALT, "Alt-"),
            (KeyModifiers::SHIFT, "Shift-"),
        ];
        let held = modifiers.into_iter().filter(|(bit, _)| self.modifiers.contains(*bit));
        held.map(|(_, name)| name).chain([name.as_str()]).collect()
    }
}

impl From<KeyEvent> for Key {
    fn from(event: KeyEvent) -> Self {
        let in_key = matches!(event.code, KeyCode::Char(_) | KeyCode::BackTab);
        let shift = if in_key { KeyModifiers::NONE } else { KeyModifiers::SHIFT };
        let kept = KeyModifiers::CONTROL | KeyModifiers::ALT | shift;
        Self { code: event.code, modifiers: event.modifiers & kept }
    }
}

/// The name that a file has for it.
impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.modifiers.contains(KeyModifiers::CONTROL) {
            f.write_str("ctrl-")?;
        }
        if self.modifiers.contains(KeyModifiers::ALT) {
            f.write_str("alt-")?;
        }
        if self.modifiers.contains(KeyModifiers::SHIFT) {
            f.write_str("shift-")?;
        }
        match self.code {
            KeyCode::BackTab => f.write_str("shift-tab"),
            KeyCode::F(number) => write!(f, "f{number}"),
            KeyCode::Char('+' | '-') if self.modifiers.is_empty() => self.code.fmt(f),
            code => match NAMES.iter().find(|row| row.1 == code) {
                Some((name, _)) => f.write_str(name),
                None => code.fmt(f),
            },
        }
    }
}

impl FromStr for Key {
    type Err = String;

    /// The key that a file names, or what is wrong with the name.
    fn from_str(text: &str) -> Result<Self, String> {
        let mut modifiers = KeyModifiers::NONE;
        let mut rest = text;
        let prefixes = [
            ("ctrl-", KeyModifiers::CONTROL),
            ("alt-", KeyModifiers::ALT),
            ("shift-", KeyModifiers::SHIFT),
        ];
        while let Some((prefix, modifier)) = prefixes.iter().find(|(prefix, _)| {
            rest.len() > prefix.len()
                && rest.is_char_boundary(prefix.len())
                && rest[..prefix.len()].eq_ignore_ascii_case(prefix)
        }) {
            modifiers |= *modifier;
            rest = &rest[prefix.len()..];
        }
        let code = code(rest).ok_or_else(|| format!("`{text}` is no key"))?;
        let key = match code {
            KeyCode::Char(c) => character(text, c, modifiers)?,
            KeyCode::Tab if modifiers.contains(KeyModifiers::SHIFT) => {
                Self { code: KeyCode::BackTab, modifiers: modifiers - KeyModifiers::SHIFT }
            }
            code => Self { code, modifiers },
        };
        Ok(key)
    }
}

fn code(name: &str) -> Option<KeyCode> {
    let mut characters = name.chars();
    match (characters.next(), characters.next()) {
        (Some(c), None) if !c.is_control() && !c.is_whitespace() => return Some(KeyCode::Char(c)),
        _ => {}
    }
    let lower = name.to_lowercase();
    if let Some(number) = lower.strip_prefix('f').and_then(|number| number.parse::<u8>().ok()) {
        return (1..=12).contains(&number).then_some(KeyCode::F(number));
    }
    NAMES.iter().find(|row| row.0 == lower).map(|row| row.1)
}

/// A character as a terminal sends it: Shift is in the letter, and Control knows few characters.
fn character(text: &str, c: char, modifiers: KeyModifiers) -> Result<Key, String> {
    let control = modifiers.contains(KeyModifiers::CONTROL);
    let shift = modifiers.contains(KeyModifiers::SHIFT);
    let c = match (control, shift) {
        (true, _) => c.to_ascii_lowercase(),
        (false, true) if c.is_alphabetic() => c.to_uppercase().next().unwrap_or(c),
        (false, true) => {
            return Err(format!("`{text}`: the character that Shift makes is the key"));
        }
        (false, false) => c,
    };
    match (control, c) {
        (true, 'i') => return Err(format!("`{text}` is tab to a terminal")),
        (true, 'm') => return Err(format!("`{text}` is enter to a terminal")),
        (true, '[') => return Err(format!("`{text}` is esc to a terminal")),
        (true, c) if !(c.is_ascii_lowercase() || matches!(c, ' ' | '4'..='7')) => {
            return Err(format!("`{text}` is sent by no terminal"));
        }
        _ => {}
    }
    let alt = modifiers.contains(KeyModifiers::ALT);
    if alt && matches!(c, '_' | ']' | '[' | 'O' | 'P') {
        return Err(format!("`{text}` is how answers of a terminal begin"));
    }
    Ok(Key { code: KeyCode::Char(c), modifiers: modifiers - KeyModifiers::SHIFT })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Key {
        text.parse().unwrap()
    }

    #[test]
    fn names_are_read() {
        let shifted = Key { code: KeyCode::Up, modifiers: KeyModifiers::SHIFT };
        let cases = [
            ("x", Key::char('x')),
            ("G", Key::char('G')),
            ("shift-g", Key::char('G')),
            ("?", Key::char('?')),
            ("-", Key::char('-')),
            ("alt--", Key::alt('-')),
            ("space", Key::char(' ')),
            ("ctrl-x", Key::control('x')),
            ("Ctrl-X", Key::control('x')),
            ("alt-j", Key::alt('j')),
            ("alt-J", Key::alt('J')),
            ("shift-tab", Key::plain(KeyCode::BackTab)),
            ("F5", Key::plain(KeyCode::F(5))),
            ("f", Key::char('f')),
            ("page-down", Key::plain(KeyCode::PageDown)),
            ("shift-up", shifted),
            ("é", Key::char('é')),
        ];
        for (text, key) in cases {
            assert_eq!(read(text), key, "{text}");
            assert_eq!(read(&key.to_string()), key, "{text} as {key}");
        }
    }

    #[test]
    fn what_no_terminal_sends_is_no_key() {
        for text in
            ["", "ctrl-", "f13", "f0", "pause", "ab", " ", "ctrl-?", "ctrl-i", "alt-_", "shift-1"]
        {
            assert!(text.parse::<Key>().is_err(), "{text}");
        }
        assert_eq!("ctrl-m".parse::<Key>().unwrap_err(), "`ctrl-m` is enter to a terminal");
    }

    #[test]
    fn shift_is_in_a_character_and_beside_a_key() {
        let press = |code| Key::from(KeyEvent::new(code, KeyModifiers::SHIFT));
        assert_eq!(press(KeyCode::Char('G')), Key::char('G'));
        assert_eq!(press(KeyCode::BackTab), read("shift-tab"));
        assert_eq!(press(KeyCode::Up), read("shift-up"));
        assert_eq!(press(KeyCode::Up).unshifted(), read("up"));
    }
}
