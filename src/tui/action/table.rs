//! The one table of everything a key can do: footer, help and key map are made from it.
//!
//! It stands in parts, one for each thing that keys are about. What a screen can do comes from several of them, and
//! hints and help keep the order of the table.

mod charts;
mod everywhere;
mod form;
mod lists;
mod pictures;
mod runs;
mod studies;

use crossterm::event::KeyCode;

use Context::{
    Compare, Form, Help, HelpSearch, Hosts, Palette, Presets, Problems, Queue, Run, Settings,
    Studies, Study,
};

use super::{Action, Context};
use crate::tui::key::Key;

/// One row of the table.
#[derive(Debug, Clone, Copy)]
pub struct Entry {
    /// What it does.
    pub action: Action,
    /// The keys, the one for hints first.
    pub keys: &'static [Key],
    /// One word or two for the footer; nothing for what help alone shows. Neighbours with the same word
    /// share one hint.
    pub hint: &'static str,
    /// One sentence for the help; nothing hides it there.
    pub help: &'static str,
    /// Where it works.
    pub contexts: &'static [Context],
}

const fn entry(
    action: Action,
    keys: &'static [Key],
    hint: &'static str,
    help: &'static str,
    contexts: &'static [Context],
) -> Entry {
    Entry { action, keys, hint, help, contexts }
}

const fn plain(code: KeyCode) -> Key {
    Key::plain(code)
}

const LISTS: &[Context] =
    &[Queue, Presets, Run, Compare, Form, Studies, Study, Hosts, Problems, Settings, Help];
const RUNS: &[Context] = &[Queue, Run];
const SCREENS: &[Context] = &Context::SCREENS;
/// Where pictures have a history.
const PICTURES: &[Context] = &[Run, Compare];
const TEXTS: &[Context] = &[Palette, HelpSearch];

/// The parts, in the order of hints and help.
const PARTS: [&[Entry]; 7] = [
    form::ROWS,
    studies::ROWS,
    charts::ROWS,
    runs::ROWS,
    lists::ROWS,
    pictures::ROWS,
    everywhere::ROWS,
];

/// Everything a key can do, in the order of hints and help.
pub const ACTIONS: &[Entry] = &joined::<{ count(&PARTS) }>(&PARTS);

const fn count(parts: &[&[Entry]]) -> usize {
    let (mut all, mut part) = (0, 0);
    while part < parts.len() {
        all += parts[part].len();
        part += 1;
    }
    all
}

/// The rows of several parts.
const fn joined<const ALL: usize>(parts: &[&[Entry]]) -> [Entry; ALL] {
    let mut all = [parts[0][0]; ALL];
    let (mut at, mut part) = (0, 0);
    while part < parts.len() {
        let mut own = 0;
        while own < parts[part].len() {
            all[at] = parts[part][own];
            own += 1;
            at += 1;
        }
        part += 1;
    }
    all
}
