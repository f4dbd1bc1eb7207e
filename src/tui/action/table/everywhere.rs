//! What keys do everywhere: answer questions, change screens, look for help, leave.

use crossterm::event::KeyCode;

use super::{Entry, SCREENS, TEXTS, entry, plain};
use crate::tui::{
    action::{
        Action,
        Context::{
            self, Compare, Confirm, Help, HelpSearch, Hosts, Palette, Presets, Problems, Run,
            Settings, Studies, Study,
        },
    },
    key::Key,
};

/// Everywhere.
pub(super) const ROWS: &[Entry] = &[
    entry(Action::Yes, &[Key::char('y')], "yes", "", &[Confirm]),
    entry(Action::No, &[Key::char('n'), plain(KeyCode::Esc), Key::char('q')], "no", "", &[Confirm]),
    entry(
        Action::Back,
        &[plain(KeyCode::Esc), plain(KeyCode::Left), Key::char('h'), plain(KeyCode::Backspace)],
        "back",
        "One screen back",
        &[Presets, Studies, Hosts, Problems],
    ),
    entry(
        Action::Back,
        &[plain(KeyCode::Esc), plain(KeyCode::Backspace)],
        "back",
        "One screen back",
        &[Run, Compare, Study, Settings],
    ),
    entry(Action::GoQueue, &[Key::char('1')], "", "Queue: all runs", SCREENS),
    entry(
        Action::GoStudies,
        &[Key::char('2')],
        "",
        "Studies: the papers' tables, and how far each is",
        SCREENS,
    ),
    entry(Action::GoCompare, &[Key::char('3')], "", "Compare: runs side by side", SCREENS),
    entry(
        Action::GoHosts,
        &[Key::char('4')],
        "",
        "Hosts: devices, their slots, memory, utilisation and temperature",
        SCREENS,
    ),
    entry(
        Action::NextHost,
        &[Key::char('@')],
        "",
        "Another host, and behind the last one all together: for what is added, studies, devices, log",
        SCREENS,
    ),
    entry(
        Action::LogIn,
        &[Key::char('L')],
        "log in",
        "Let ssh ask at the terminal for a password or a new key of this host",
        &[Hosts],
    ),
    entry(
        Action::GoProblems,
        &[Key::char('5')],
        "",
        "Problems: what went wrong, and what to do about it",
        SCREENS,
    ),
    entry(Action::GoSettings, &[Key::char('6')], "", "Settings: what can be set", SCREENS),
    entry(
        Action::Palette,
        &[Key::char(':'), Key::control('p')],
        "commands",
        "Find anything that can be done by its name",
        SCREENS,
    ),
    entry(
        Action::ToggleMouse,
        &[Key::alt('m')],
        "",
        "Listen to the mouse, or leave it to the terminal",
        SCREENS,
    ),
    entry(Action::Search, &[Key::char('/')], "search", "Search the keys", &[Help]),
    entry(Action::Up, &[plain(KeyCode::Up), Key::control('k')], "move", "", TEXTS),
    entry(Action::Down, &[plain(KeyCode::Down), Key::control('j')], "move", "", TEXTS),
    entry(Action::PageUp, &[plain(KeyCode::PageUp)], "", "", TEXTS),
    entry(Action::PageDown, &[plain(KeyCode::PageDown)], "", "", TEXTS),
    entry(Action::Accept, &[plain(KeyCode::Enter)], "do it", "Do what is selected", &[Palette]),
    entry(Action::Accept, &[plain(KeyCode::Enter)], "keep", "Keep what was found", &[HelpSearch]),
    entry(Action::Close, &[plain(KeyCode::Esc)], "close", "Close the palette", &[Palette]),
    entry(Action::Close, &[plain(KeyCode::Esc)], "close", "Show all keys again", &[HelpSearch]),
    entry(
        Action::Help,
        &[Key::char('?'), plain(KeyCode::F(1))],
        "help",
        "Show or hide this help",
        SCREENS,
    ),
    entry(
        Action::Help,
        &[Key::char('?'), plain(KeyCode::Esc), Key::char('q'), plain(KeyCode::Enter)],
        "close",
        "",
        &[Help],
    ),
    entry(Action::Quit, &[Key::char('q')], "quit", "Leave; runs go on without the screen", SCREENS),
    entry(Action::Quit, &[Key::control('c')], "", "Leave, from anywhere", &Context::ALL),
    entry(
        Action::Suspend,
        &[Key::control('z')],
        "",
        "Back to the shell; `fg` returns",
        &Context::ALL,
    ),
    entry(Action::Redraw, &[Key::control('l')], "", "Draw the screen anew", &Context::ALL),
    entry(Action::Panic, &[plain(KeyCode::F(12))], "", "", &Context::ALL),
];
