//! How keys move through lists, and what the problems and the settings have of their own.

use crossterm::event::KeyCode;

use super::{Entry, LISTS, entry, plain};
use crate::tui::{
    action::{
        Action,
        Context::{Form, Help, Hosts, Presets, Problems, Queue, Run, Settings, Studies, Study},
    },
    key::Key,
};

/// Lists.
pub(super) const ROWS: &[Entry] = &[
    entry(
        Action::Open,
        &[plain(KeyCode::Enter)],
        "open",
        "Open the run that the problem is about",
        &[Problems],
    ),
    entry(
        Action::NextPanel,
        &[plain(KeyCode::Tab)],
        "log",
        "To the daemon's log, or back to the problems",
        &[Problems],
    ),
    entry(
        Action::NextValue,
        &[plain(KeyCode::Enter), plain(KeyCode::Right), Key::char('l'), Key::char(' ')],
        "change",
        "The next value of the selected setting",
        &[Settings],
    ),
    entry(
        Action::PreviousValue,
        &[plain(KeyCode::Left), Key::char('h')],
        "",
        "The value before",
        &[Settings],
    ),
    entry(
        Action::ResetValue,
        &[Key::char('x'), plain(KeyCode::Delete)],
        "default",
        "Back to the default of the selected setting",
        &[Settings],
    ),
    entry(
        Action::Up,
        &[plain(KeyCode::Up), Key::char('k')],
        "move",
        "One row up; in a run, the log; in a comparison, the side before",
        LISTS,
    ),
    entry(Action::Down, &[plain(KeyCode::Down), Key::char('j')], "move", "One row down", LISTS),
    entry(Action::PageUp, &[plain(KeyCode::PageUp), Key::control('u')], "", "One page up", LISTS),
    entry(
        Action::PageDown,
        &[plain(KeyCode::PageDown), Key::control('d')],
        "",
        "One page down",
        LISTS,
    ),
    entry(
        Action::First,
        &[Key::char('g'), plain(KeyCode::Home)],
        "",
        "To the first row",
        &[Queue, Presets, Form, Studies, Study, Hosts, Problems, Settings, Help],
    ),
    entry(
        Action::Last,
        &[Key::char('G'), plain(KeyCode::End)],
        "",
        "To the last row",
        &[Queue, Presets, Form, Studies, Study, Hosts, Problems, Settings, Help],
    ),
    entry(Action::First, &[Key::char('g')], "", "To the beginning of the log", &[Run]),
    entry(Action::Last, &[Key::char('G')], "", "To the end of the log", &[Run]),
];
