//! The effective key map: the table of actions with the user's keys laid over it.
//!
//! Everything that asks what a key does, or which key does something, asks here: the loop, hints, help and
//! palette. So none of them can say anything else than what happens.

mod default_file;
mod overrides;

pub use default_file::default_file;
pub use overrides::Source;

use super::{
    action::{ACTIONS, Action, Context, Entry},
    key::Key,
    look::Symbols,
};
use crate::{config::KeyLine, spec::Fault};

/// One row of the table with the keys that it really has.
#[derive(Debug, Clone)]
pub struct Binding {
    /// The row.
    pub entry: &'static Entry,
    /// The keys, the one for hints first.
    pub keys: Vec<Key>,
    /// Where the keys come from, if not from the table.
    pub source: Option<Source>,
}

impl Binding {
    /// The names of all its keys.
    pub fn names(&self, symbols: &Symbols) -> Vec<String> {
        self.keys.iter().map(|key| key.name(symbols)).collect()
    }
}

/// What every key does, context by context.
#[derive(Debug, Clone)]
pub struct Keymap {
    contexts: Vec<(Context, Vec<Binding>)>,
}

impl Default for Keymap {
    fn default() -> Self {
        let rows = |context: Context| {
            let entries = ACTIONS.iter().filter(move |entry| entry.contexts.contains(&context));
            let binding =
                |entry: &'static Entry| Binding { entry, keys: entry.keys.to_vec(), source: None };
            (context, entries.map(binding).collect())
        };
        Self { contexts: Context::ALL.into_iter().map(rows).collect() }
    }
}

/// Keys and what they do, for the footer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hint {
    /// The names of the keys.
    pub keys: String,
    /// What they do.
    pub label: &'static str,
}

impl Keymap {
    /// The table with the user's keys over it, and what is wrong with those.
    pub fn new(lines: &[KeyLine]) -> (Self, Vec<Fault>) {
        let mut map = Self::default();
        let faults = overrides::lay_over(&mut map.contexts, lines);
        (map, faults)
    }

    /// The rows of a context, in the order of the table.
    pub fn bindings(&self, context: Context) -> &[Binding] {
        self.contexts.iter().find(|row| row.0 == context).map_or(&[], |row| &row.1)
    }

    /// What `key` does in `context`. Shift is overlooked where it makes no difference.
    pub fn action(&self, context: Context, key: Key) -> Option<Action> {
        let of = |key| {
            let binding = self.bindings(context).iter().find(|row| row.keys.contains(&key))?;
            Some(binding.entry.action)
        };
        of(key).or_else(|| of(key.unshifted()))
    }

    /// The name of the first key that does `action` in `context`, for sentences about it.
    pub fn key(&self, context: Context, action: Action, symbols: &Symbols) -> Option<String> {
        let mut rows = self.bindings(context).iter().filter(|row| row.entry.action == action);
        rows.find_map(|row| row.keys.first()).map(|key| key.name(symbols))
    }

    /// The hints of a context, for those actions that `is_useful` now.
    pub fn hints(
        &self,
        context: Context,
        symbols: &Symbols,
        is_useful: impl Fn(Action) -> bool,
    ) -> Vec<Hint> {
        let mut hints: Vec<Hint> = Vec::new();
        for row in self.bindings(context) {
            let (entry, Some(key)) = (row.entry, row.keys.first()) else { continue };
            if entry.hint.is_empty() || !is_useful(entry.action) {
                continue;
            }
            let name = key.name(symbols);
            match hints.last_mut() {
                Some(last) if last.label == entry.hint => {
                    if name.is_ascii() && name.len() > 1 {
                        last.keys.push('/');
                    }
                    last.keys.push_str(&name);
                }
                _ => hints.push(Hint { keys: name, label: entry.hint }),
            }
        }
        hints
    }

    /// The rows of a context that help and palette show: what this screen is for first, then how to move
    /// about, then what works everywhere.
    pub fn listed(&self, context: Context) -> Vec<&Binding> {
        let rows = self.bindings(context).iter();
        let mut listed: Vec<_> = rows.filter(|row| !row.entry.help.is_empty()).collect();
        listed.sort_by_key(|row| match row.entry {
            entry if moves(entry.action) => 1,
            entry if is_global(entry) => 2,
            _ => 0,
        });
        listed
    }
}

/// True for what works on every screen.
pub fn is_global(entry: &Entry) -> bool {
    Context::SCREENS.iter().all(|context| entry.contexts.contains(context))
}

const fn moves(action: Action) -> bool {
    matches!(
        action,
        Action::Up
            | Action::Down
            | Action::PageUp
            | Action::PageDown
            | Action::First
            | Action::Last
    )
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use crossterm::event::KeyCode;

    use super::*;
    use crate::tui::look::Look;

    #[test]
    fn no_key_does_two_things() {
        let map = Keymap::default();
        for context in Context::ALL {
            let mut taken = HashMap::new();
            for row in map.bindings(context) {
                for key in &row.keys {
                    let other = taken.insert(*key, row.entry.action);
                    assert_eq!(other, None, "{key} in {context}");
                }
            }
        }
    }

    #[test]
    fn vim_keys_and_arrows_do_the_same() {
        let map = Keymap::default();
        let pairs =
            [('j', KeyCode::Down), ('k', KeyCode::Up), ('g', KeyCode::Home), ('G', KeyCode::End)];
        for context in Context::SCREENS.into_iter().chain([Context::Help]) {
            // Where pictures have a history, Home and End go through it.
            let has_pictures = matches!(context, Context::Run | Context::Compare);
            for &(c, code) in if has_pictures { &pairs[..2] } else { &pairs[..] } {
                let vim = map.action(context, Key::char(c));
                assert!(
                    vim.is_some() && vim == map.action(context, Key::plain(code)),
                    "{c} {context}"
                );
            }
        }
        assert_eq!(
            map.action(Context::Run, Key::char('h')),
            map.action(Context::Run, Key::plain(KeyCode::Left))
        );
    }

    #[test]
    fn neighbours_share_a_hint() {
        let map = Keymap::default();
        let unicode = Look::bare(false, true).symbols();
        let hints_of_queue = map.hints(Context::Queue, unicode, |_| true);
        assert!(hints_of_queue.contains(&Hint { keys: "↑↓".to_owned(), label: "move" }));
        let ascii = Look::bare(true, true).symbols();
        let merged = map.hints(Context::Queue, ascii, |_| true);
        assert!(merged.contains(&Hint { keys: "Up/Down".to_owned(), label: "move" }));
        assert!(map.hints(Context::Queue, unicode, |_| false).is_empty());
    }

    #[test]
    fn ways_out_work_everywhere() {
        let map = Keymap::default();
        for context in Context::ALL {
            assert_eq!(map.action(context, Key::control('c')), Some(Action::Quit));
            assert_eq!(map.action(context, Key::control('z')), Some(Action::Suspend));
        }
    }

    #[test]
    fn where_text_is_typed_no_character_does_anything() {
        let map = Keymap::default();
        for context in Context::ALL.into_iter().filter(|context| context.takes_text()) {
            for row in map.bindings(context) {
                assert!(row.keys.iter().all(|key| key.typed().is_none()), "{context}");
            }
        }
    }

    #[test]
    fn names_of_actions_and_contexts_read_back() {
        for entry in ACTIONS {
            assert_eq!(Action::of_name(&entry.action.to_string()), Some(entry.action));
        }
        for context in Context::ALL {
            assert_eq!(Context::of_name(&context.to_string()), Some(context));
        }
        assert_eq!(Action::NextPanel.to_string(), "next-panel");
        assert_eq!(Context::HelpSearch.to_string(), "help-search");
    }
}
