//! A theme of the user's own: from the text of `themes/NAME.toml` to styles, and every fault with its line.
//!
//! ```toml
//! inherits = "light"
//! accent = "#0057b7"
//! quiet = { fg = "#666666", italic = true }
//! selection = { bg = "#eeeeee", fg16 = "black", bold = true }
//! ```

use ratatui::style::Modifier;
use toml_edit::{Document, Item, TableLike, Value};

use super::{
    colour::Paint,
    role::Role,
    theme::{RoleStyle, RoleStyles, THEMES},
};
use crate::{
    config::{NamedText, item_fault, setting::kind_of, settings_file::not_toml},
    spec::{Fault, fault::nearest},
};

/// A theme of the user's own.
#[derive(Debug, Clone, PartialEq)]
pub struct OwnTheme {
    /// Its name.
    pub name: String,
    /// Its styles.
    pub roles: RoleStyles,
}

const COLOUR: &str = "\"#rrggbb\", a number from 0 to 255, a name such as \"cyan\" or \"bright-cyan\", or \
    \"none\" for the terminal's own";
const MODIFIERS: [(&str, Modifier); 5] = [
    ("bold", Modifier::BOLD),
    ("dim", Modifier::DIM),
    ("italic", Modifier::ITALIC),
    ("underlined", Modifier::UNDERLINED),
    ("reversed", Modifier::REVERSED),
];
const PARTS: [&str; 9] =
    ["fg", "bg", "fg16", "bg16", "bold", "dim", "italic", "underlined", "reversed"];

/// The theme of a text. What is wrong in it is as in the theme that it inherits, and told.
pub fn read(theme: &NamedText) -> (OwnTheme, Vec<Fault>) {
    let NamedText { name, source, text } = theme;
    let own = |roles| OwnTheme { name: name.clone(), roles };
    let document = match Document::parse(text.as_str()) {
        Ok(document) => document,
        Err(error) => return (own(*THEMES[0].1), vec![not_toml(source, text, &error)]),
    };
    let mut reader = Reader { source, text, faults: Vec::new() };
    let mut roles = *THEMES[0].1;
    if let Some(item) = document.get("inherits") {
        let known = item.as_str().and_then(|word| THEMES.iter().find(|theme| theme.0 == word));
        match known {
            Some((_, theme)) => roles = **theme,
            None => reader.unknown(item, "inherits", &THEMES.map(|theme| theme.0).join(", ")),
        }
    }
    for (key, item) in document.as_table().iter().filter(|(key, _)| *key != "inherits") {
        if let Some(role) = Role::index_of_name(key).and_then(|index| roles.get_mut(index)) {
            reader.role(key, item, role);
        } else {
            let names = Role::names();
            let nearest = nearest(key, names.iter().map(String::as_str).chain(["inherits"]));
            reader.fault(item, key, "unknown role".to_owned(), "", nearest);
        }
    }
    (own(roles), reader.faults)
}

struct Reader<'a> {
    source: &'a str,
    text: &'a str,
    faults: Vec<Fault>,
}

impl Reader<'_> {
    fn fault(
        &mut self,
        item: &Item,
        key: &str,
        problem: String,
        allowed: &str,
        nearest: Option<String>,
    ) {
        let fault = item_fault(self.source, self.text, item, key, problem, allowed);
        self.faults.push(Fault { nearest, ..fault });
    }

    fn unknown(&mut self, item: &Item, key: &str, allowed: &str) {
        let problem = match item.as_value() {
            Some(Value::String(word)) => format!("`{}` is not known", word.value()),
            Some(value) => kind_of(value),
            None => "is a table".to_owned(),
        };
        self.fault(item, key, problem, allowed, None);
    }

    fn role(&mut self, key: &str, item: &Item, role: &mut RoleStyle) {
        match (item.as_table_like(), item.as_value()) {
            (Some(table), _) => self.parts(key, table, role),
            (None, Some(_)) => {
                role.fg = self.colour(key, item, role.fg);
            }
            (None, None) => self.unknown(item, key, COLOUR),
        }
    }

    fn parts(&mut self, key: &str, table: &dyn TableLike, role: &mut RoleStyle) {
        for (part, item) in table.iter() {
            let whole = format!("{key}.{part}");
            let modifier = MODIFIERS.iter().find(|row| row.0 == part);
            match (part, modifier, item.as_bool()) {
                ("fg", ..) => role.fg = self.colour(&whole, item, role.fg),
                ("bg", ..) => role.bg = self.colour(&whole, item, role.bg),
                // After `fg` and `bg`, wherever they stand.
                ("fg16" | "bg16", ..) => {}
                (_, Some((_, modifier)), Some(on)) => {
                    role.modifier.set(*modifier, on);
                    role.poor.remove(*modifier);
                }
                (_, Some(_), None) => self.unknown(item, &whole, "true or false"),
                (_, None, _) => {
                    let nearest = nearest(part, PARTS);
                    self.fault(item, &whole, "unknown key".to_owned(), "", nearest);
                }
            }
        }
        for (part, paint) in [("fg16", &mut role.fg), ("bg16", &mut role.bg)] {
            let Some(item) = table.get(part) else { continue };
            if let Some(named) = self.colour(&format!("{key}.{part}"), item, *paint) {
                *paint = Some(Paint { named: named.named, ..paint.unwrap_or(named) });
            }
        }
    }

    /// The colour of a value, none for the terminal's own; `inherited` where the value is wrong.
    fn colour(&mut self, key: &str, item: &Item, inherited: Option<Paint>) -> Option<Paint> {
        let paint = match item.as_value() {
            Some(Value::String(word)) if word.value() == "none" => return None,
            Some(Value::String(word)) => Paint::of_word(word.value()),
            Some(Value::Integer(index)) => Paint::of_word(&index.value().to_string()),
            _ => None,
        };
        if paint.is_none() {
            self.unknown(item, key, COLOUR);
        }
        paint.or(inherited)
    }
}

#[cfg(test)]
mod tests {
    use ratatui::style::Color;

    use super::*;

    fn read_text(text: &str) -> (RoleStyles, Vec<String>) {
        let theme = NamedText {
            name: "sea".to_owned(),
            source: "themes/sea.toml".to_owned(),
            text: text.to_owned(),
        };
        let (own, faults) = read(&theme);
        (own.roles, faults.iter().map(ToString::to_string).collect())
    }

    #[test]
    fn what_a_file_does_not_say_is_inherited() {
        let text = "inherits = \"light\"\naccent = \"#0057b7\"\n\
                    quiet = { fg = 245, bold = true }\nbad = \"none\"\n\
                    [series-8]\nfg16 = \"red\"\nfg = \"#102030\"\n";
        let (roles, faults) = read_text(text);
        assert_eq!(faults, Vec::<String>::new());
        let light = THEMES[1].1;
        assert_eq!(roles[Role::Good.index()], light[Role::Good.index()]);
        assert_eq!(roles[Role::Accent.index()].fg.unwrap().full, Color::Rgb(0, 0x57, 0xb7));
        assert_eq!(roles[Role::Accent.index()].modifier, Modifier::BOLD);
        assert_eq!(roles[Role::Quiet.index()].fg.unwrap().full, Color::Indexed(245));
        assert_eq!(roles[Role::Quiet.index()].modifier, Modifier::BOLD);
        assert_eq!(roles[Role::Bad.index()].fg, None);
        let last = roles[Role::Series(7).index()].fg.unwrap();
        assert_eq!((last.named, last.full), (Color::Red, Color::Rgb(16, 32, 48)));
    }

    #[test]
    fn faults_name_line_and_key_and_the_rest_counts() {
        let text = "inherits = \"ligth\"\nacent = \"red\"\ngood = \"grean\"\n\
                    warning = { bold = 1, colour = \"red\", fg = 300 }\nbad = \"blue\"\n";
        let (roles, faults) = read_text(text);
        assert_eq!(
            faults[0],
            "themes/sea.toml, line 1, `inherits`: `ligth` is not known; allowed: dark, light, \
             high-contrast, monochrome"
        );
        assert_eq!(
            faults[1],
            "themes/sea.toml, line 2, `acent`: unknown role; did you mean `accent`?"
        );
        assert!(faults[2].starts_with("themes/sea.toml, line 3, `good`: `grean` is not known"));
        assert!(
            faults[3].starts_with("themes/sea.toml, line 4, `warning.bold`: 1 is a whole number")
        );
        assert!(faults[4].starts_with("themes/sea.toml, line 4, `warning.colour`: unknown key"));
        assert!(faults[5].contains("`warning.fg`: 300 is a whole number; allowed: \"#rrggbb\""));
        assert_eq!(faults.len(), 6);
        assert_eq!(roles[Role::Bad.index()].fg.unwrap().full, Color::Blue);
        let (_, faults) = read_text("accent = \n");
        assert_eq!(faults.len(), 1);
        assert!(faults[0].starts_with("themes/sea.toml, line 1"), "{}", faults[0]);
    }
}
