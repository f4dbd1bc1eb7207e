//! A spec that is being put together: a text to begin with, and what was changed of it.
//!
//! Every change is read by the code that reads files, so the form says what a file would say. The text keeps
//! its comments; a change takes its place in it. It is read when it changes and not when it is asked, which the
//! screen does for every field that it draws.

use std::collections::BTreeMap;

use toml_edit::{DocumentMut, Item, Table, Value};

use crate::spec::{
    Fault, Spec,
    field::{Field, Kind},
    parse::{Typed, parse},
};

/// The draft.
#[derive(Debug, Clone)]
pub struct Draft {
    /// How messages call it, and what it began with: `preset first-light`, `run 12`.
    pub source: String,
    /// What it began with, less what was taken out; or the text where it is no TOML.
    document: Result<DocumentMut, String>,
    changes: BTreeMap<&'static str, String>,
    /// What it comes to, or every fault in it.
    pub spec: Result<Spec, Vec<Fault>>,
}

/// Where a value comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Origin {
    /// It is the published one, or follows from others.
    Default,
    /// The text that the draft began with says it.
    Text,
    /// It was changed.
    Changed,
}

impl Draft {
    /// A draft that begins with `text`.
    pub fn new(source: &str, text: &str) -> Self {
        let mut draft = Self {
            source: source.to_owned(),
            document: text.parse().map_err(|_| text.to_owned()),
            changes: BTreeMap::new(),
            spec: Err(Vec::new()),
        };
        draft.spec = draft.read();
        draft
    }

    fn read(&self) -> Result<Spec, Vec<Fault>> {
        let changes = self.changes.iter();
        let set: Vec<String> =
            changes.map(|(key, value)| format!("{key}={}", value_of(key, value))).collect();
        parse(&Typed { source: &self.source, text: &self.text(), set: &set })
    }

    /// The spec, or its first fault as a sentence.
    pub fn checked(&self) -> Result<&Spec, String> {
        let first = |faults: &Vec<Fault>| faults.first().map(ToString::to_string);
        self.spec.as_ref().map_err(|faults| first(faults).unwrap_or_default())
    }

    /// The text without the changes.
    fn text(&self) -> String {
        self.document.as_ref().map_or_else(String::clone, ToString::to_string)
    }

    /// The faults that a field would have with this value, none where it would be right.
    pub fn faults_with(&self, field: &Field, value: &str) -> Vec<Fault> {
        let mut other = self.clone();
        other.changes.insert(field.key, value.trim().to_owned());
        other.read().err().unwrap_or_default()
    }

    /// Changes a field.
    pub fn change(&mut self, field: &Field, value: &str) {
        self.changes.insert(field.key, value.trim().to_owned());
        self.spec = self.read();
    }

    /// Takes a change back; where there is none, takes the value out of the text, so that the published one
    /// holds.
    pub fn reset(&mut self, field: &Field) {
        if self.changes.remove(field.key).is_none()
            && let Ok(document) = &mut self.document
        {
            take_out(document, field.key);
        }
        self.spec = self.read();
    }

    /// True when nothing was changed.
    pub fn is_as_it_was(&self) -> bool {
        self.changes.is_empty()
    }

    /// Where a field's value comes from.
    pub fn origin(&self, field: &Field) -> Origin {
        let in_text =
            || self.document.as_ref().is_ok_and(|document| item(document, field.key).is_some());
        match self.changes.contains_key(field.key) {
            true => Origin::Changed,
            false if in_text() => Origin::Text,
            false => Origin::Default,
        }
    }

    /// The value that was typed for a field, whether it is right or not.
    pub fn changed(&self, field: &Field) -> Option<&str> {
        self.changes.get(field.key).map(String::as_str)
    }

    /// The draft as TOML: the text with every change in its place.
    pub fn to_toml(&self) -> String {
        let Ok(document) = &self.document else { return self.text() };
        let mut document = document.clone();
        for (key, value) in &self.changes {
            put(&mut document, key, value_of(key, value));
        }
        document.to_string()
    }
}

fn item<'a>(document: &'a DocumentMut, key: &str) -> Option<&'a Item> {
    let mut item = document.as_item();
    for part in key.split('.') {
        item = item.as_table_like()?.get(part)?;
    }
    Some(item)
}

/// A typed value in TOML: a number or a switch where the field holds one, text everywhere else.
fn value_of(key: &str, typed: &str) -> Value {
    let kind = crate::spec::field::find(key).map(|field| field.kind);
    let plain = matches!(kind, Some(Kind::Integer(..) | Kind::Number(..) | Kind::Switch));
    let read = typed.parse::<Value>().ok().filter(|_| plain || typed.starts_with(['"', '\'']));
    read.unwrap_or_else(|| Value::from(typed))
}

fn take_out(document: &mut DocumentMut, key: &str) {
    let (section, name) = key.split_once('.').unwrap_or(("", key));
    let table = match section {
        "" => Some(document.as_table_mut() as &mut dyn toml_edit::TableLike),
        section => document.get_mut(section).and_then(Item::as_table_like_mut),
    };
    if let Some(table) = table {
        table.remove(name);
    }
}

fn put(document: &mut DocumentMut, key: &str, value: Value) {
    let mut table: &mut dyn toml_edit::TableLike = document.as_table_mut();
    let mut parts = key.split('.').peekable();
    while let Some(part) = parts.next() {
        if parts.peek().is_none() {
            let mut value = value;
            if let Some(before) = table.get(part).and_then(Item::as_value) {
                // A comment behind the value stays there.
                *value.decor_mut() = before.decor().clone();
            }
            table.insert(part, Item::Value(value));
            return;
        }
        let next = table.entry(part).or_insert_with(|| Item::Table(Table::new()));
        let Some(inner) = next.as_table_like_mut() else { return };
        table = inner;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::spec::{Method, field::find};

    const TEXT: &str = "# why\nmethod = \"dsa\"\nipc = 1\n\n[data]\nset = \"mnist-5k\" # small\n";

    fn draft() -> Draft {
        Draft::new("preset test", TEXT)
    }

    #[test]
    fn a_draft_without_changes_is_its_text() {
        let draft = draft();
        assert_eq!(draft.to_toml(), TEXT);
        assert_eq!(draft.spec.unwrap().method, Method::Dsa);
    }

    #[test]
    fn changes_stand_in_the_text_and_mean_the_same_there() {
        let mut draft = draft();
        for (key, value) in [
            ("ipc", "10"),
            ("name", "17"),
            ("condense.image_lr", "0.5"),
            ("data.set", "fashion-mnist"),
            ("evaluate.random_baseline", "false"),
            ("augment.strategy", "crop_flip"),
        ] {
            draft.change(find(key).unwrap(), value);
        }
        let text = draft.to_toml();
        assert!(text.starts_with("# why\n") && text.contains("# small"), "{text}");
        let again = parse(&Typed { source: "again", text: &text, set: &[] }).unwrap();
        assert_eq!(draft.spec.unwrap(), again);
        assert_eq!((again.ipc, again.condense.image_lr, again.name.as_str()), (10, 0.5, "17"));
    }

    #[test]
    fn each_value_has_an_origin_and_can_go_back_to_it() {
        let mut draft = draft();
        let ipc = find("ipc").unwrap();
        assert_eq!(draft.origin(ipc), Origin::Text);
        assert_eq!(draft.origin(find("seed").unwrap()), Origin::Default);
        draft.change(ipc, "50");
        assert_eq!((draft.origin(ipc), draft.changed(ipc)), (Origin::Changed, Some("50")));
        draft.reset(ipc);
        assert_eq!((draft.origin(ipc), draft.is_as_it_was()), (Origin::Text, true));
        draft.reset(ipc);
        draft.reset(find("data.set").unwrap());
        assert_eq!(draft.origin(ipc), Origin::Default);
        assert_eq!(draft.to_toml(), "# why\nmethod = \"dsa\"\n\n[data]\n");
    }

    #[test]
    fn a_wrong_value_is_told_before_it_is_taken() {
        let draft = draft();
        let ipc = find("ipc").unwrap();
        let faults = draft.faults_with(ipc, "ten");
        assert!(faults.iter().any(|fault| fault.key == "ipc"), "{faults:?}");
        assert!(draft.faults_with(ipc, " 10 ").is_empty());
        assert_eq!(draft.spec.unwrap().ipc, 1);
    }

    #[test]
    fn a_text_that_is_no_toml_is_a_fault_and_stays_as_it_is() {
        let mut draft = Draft::new("run 3", "method = ");
        assert!(draft.spec.is_err());
        draft.change(find("ipc").unwrap(), "10");
        assert_eq!(draft.to_toml(), "method = ");
    }
}
