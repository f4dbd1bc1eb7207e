//! `keys.toml`: from its text to bindings by name, and every fault with its line.
//!
//! ```toml
//! [global]
//! palette = ["ctrl-p", ":"]
//! [queue]
//! pause = "p"
//! cancel = []
//! ```
//!
//! Which contexts, actions and keys there are, the screen knows; it reports those that mean nothing.

use toml_edit::{Document, Item, Value};

use super::{setting::kind_of, settings_file::not_toml};
use crate::spec::{Fault, fault::line_of};

/// The keys of one action in one context, as typed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyLine {
    /// The name of the context.
    pub context: String,
    /// The name of the action.
    pub action: String,
    /// The names of its keys; none takes its keys away.
    pub keys: Vec<String>,
    /// How messages call the file.
    pub source: String,
    /// The line in it.
    pub line: Option<usize>,
}

impl KeyLine {
    /// A fault of this line.
    pub fn fault(&self, problem: impl Into<String>, allowed: impl Into<String>) -> Fault {
        let key = format!("{}.{}", self.context, self.action);
        Fault { line: self.line, ..Fault::new(&self.source, &key, problem, allowed) }
    }
}

const ALLOWED: &str = "a key or a list of keys, such as \"p\" or [\"p\", \"space\"]";

/// The bindings of the text, in the order of its lines. What is wrong is left out and told.
pub fn read(source: &str, text: &str) -> (Vec<KeyLine>, Vec<Fault>) {
    let document = match Document::parse(text) {
        Ok(document) => document,
        Err(error) => return (Vec::new(), vec![not_toml(source, text, &error)]),
    };
    let (mut lines, mut faults) = (Vec::new(), Vec::new());
    let at = |item: &Item| item.span().map(|span| line_of(text, span.start));
    for (context, item) in document.as_table() {
        let Some(table) = item.as_table_like() else {
            let fault =
                Fault::new(source, context, "stands outside any section", "[global] above it");
            faults.push(Fault { line: at(item), ..fault });
            continue;
        };
        for (action, item) in table.iter() {
            let mut line = KeyLine {
                context: context.to_owned(),
                action: action.to_owned(),
                keys: Vec::new(),
                source: source.to_owned(),
                line: at(item),
            };
            match item.as_value().map(keys) {
                Some(Ok(keys)) => {
                    line.keys = keys;
                    lines.push(line);
                }
                Some(Err(problem)) => faults.push(line.fault(problem, ALLOWED)),
                None => faults.push(line.fault("is a table", ALLOWED)),
            }
        }
    }
    lines.sort_by_key(|line| line.line);
    (lines, faults)
}

fn keys(value: &Value) -> Result<Vec<String>, String> {
    let key = |value: &Value| value.as_str().map(ToOwned::to_owned).ok_or_else(|| kind_of(value));
    match value {
        Value::Array(list) => list.iter().map(key).collect(),
        value => Ok(vec![key(value)?]),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_one_or_many_or_none() {
        let text = "queue.pause = \"p\"\n[run]\nstop = [\"s\", \"ctrl-s\"]\ncancel = []\n";
        let (lines, faults) = read("keys.toml", text);
        assert_eq!(faults, []);
        let read: Vec<_> = lines
            .iter()
            .map(|line| (line.context.as_str(), line.action.as_str(), line.keys.len(), line.line))
            .collect();
        assert_eq!(
            read,
            [
                ("queue", "pause", 1, Some(1)),
                ("run", "stop", 2, Some(3)),
                ("run", "cancel", 0, Some(4))
            ]
        );
    }

    #[test]
    fn what_is_no_key_is_told_with_its_line() {
        let (lines, faults) = read("keys.toml", "quit = \"q\"\n[run]\nstop = [1]\n[run.pause]\n");
        assert!(lines.is_empty());
        let faults: Vec<String> = faults.iter().map(ToString::to_string).collect();
        assert_eq!(
            faults[0],
            "keys.toml, line 1, `quit`: stands outside any section; allowed: [global] above it"
        );
        assert!(faults[1].starts_with("keys.toml, line 3, `run.stop`: 1 is a whole number"));
        assert!(faults[2].starts_with("keys.toml, line 4, `run.pause`: is a table"));
    }
}
