//! From a key to an action, and from actions back to keys for hints and help.

use super::{
    action::{ACTIONS, Action, Context, Entry},
    key::Key,
    look::Symbols,
};

/// What `key` does in `context`.
pub fn action(context: Context, key: Key) -> Option<Action> {
    let entry = entries(context).find(|entry| entry.keys.contains(&key))?;
    Some(entry.action)
}

fn entries(context: Context) -> impl Iterator<Item = &'static Entry> {
    ACTIONS.iter().filter(move |entry| entry.contexts.contains(&context))
}

/// Keys and what they do, for the footer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hint {
    /// The names of the keys.
    pub keys: String,
    /// What they do.
    pub label: &'static str,
}

/// The hints of a context, for those actions that `is_useful` now.
pub fn hints(context: Context, symbols: &Symbols, is_useful: impl Fn(Action) -> bool) -> Vec<Hint> {
    let mut hints: Vec<Hint> = Vec::new();
    for entry in entries(context).filter(|entry| !entry.hint.is_empty() && is_useful(entry.action))
    {
        let name = entry.keys.first().map(|key| key.name(symbols)).unwrap_or_default();
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

/// Keys and sentences, for the help of a context.
pub fn help(context: Context, symbols: &Symbols) -> Vec<(String, &'static str)> {
    let mut shown: Vec<&Entry> = entries(context).filter(|entry| !entry.help.is_empty()).collect();
    // Hints begin with what this screen is for, help with how to move about.
    shown.sort_by_key(|entry| !moves(entry.action));
    let row = |entry: &Entry| {
        let names: Vec<String> = entry.keys.iter().map(|key| key.name(symbols)).collect();
        (names.join("  "), entry.help)
    };
    shown.into_iter().map(row).collect()
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
        for context in Context::ALL {
            let mut taken = HashMap::new();
            for entry in entries(context) {
                for key in entry.keys {
                    let other = taken.insert(*key, entry.action);
                    assert_eq!(other, None, "{key} in {context:?}");
                }
            }
        }
    }

    #[test]
    fn vim_keys_and_arrows_do_the_same() {
        let pairs =
            [('j', KeyCode::Down), ('k', KeyCode::Up), ('g', KeyCode::Home), ('G', KeyCode::End)];
        for context in [Context::Queue, Context::Presets, Context::Run, Context::Help] {
            // In a run, Home and End go through the history of its pictures.
            let pairs = if context == Context::Run { &pairs[..2] } else { &pairs[..] };
            for &(c, code) in pairs {
                let vim = action(context, Key::char(c));
                assert!(
                    vim.is_some() && vim == action(context, Key::plain(code)),
                    "{c} {context:?}"
                );
            }
        }
        assert_eq!(
            action(Context::Run, Key::char('h')),
            action(Context::Run, Key::plain(KeyCode::Left))
        );
    }

    #[test]
    fn neighbours_share_a_hint() {
        let unicode = Look { ascii: false, colour: true }.symbols();
        let hints_of_queue = hints(Context::Queue, unicode, |_| true);
        assert!(hints_of_queue.contains(&Hint { keys: "↑↓".to_owned(), label: "move" }));
        let ascii = Look { ascii: true, colour: true }.symbols();
        let merged = hints(Context::Queue, ascii, |_| true);
        assert!(merged.contains(&Hint { keys: "Up/Down".to_owned(), label: "move" }));
        assert!(hints(Context::Queue, unicode, |_| false).is_empty());
    }

    #[test]
    fn ways_out_work_everywhere() {
        for context in Context::ALL {
            assert_eq!(action(context, Key::control('c')), Some(Action::Quit));
            assert_eq!(action(context, Key::control('z')), Some(Action::Suspend));
        }
    }
}
