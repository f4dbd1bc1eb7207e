//! What keys do in the studies.

use crossterm::event::KeyCode;

use super::{Entry, entry, plain};
use crate::tui::{
    action::{
        Action,
        Context::{Studies, Study, StudyFilter},
    },
    key::Key,
};

/// The studies.
pub(super) const ROWS: &[Entry] = &[
    entry(
        Action::Close,
        &[plain(KeyCode::Esc)],
        "show all",
        "Show all architectures again",
        &[StudyFilter],
    ),
    entry(
        Action::Open,
        &[plain(KeyCode::Enter), plain(KeyCode::Right), Key::char('l')],
        "open",
        "Open the selected study",
        &[Studies],
    ),
    entry(
        Action::Open,
        &[plain(KeyCode::Enter)],
        "open run",
        "Open the run of the cell, the one that has failed or is under way first",
        &[Study],
    ),
    entry(
        Action::Left,
        &[plain(KeyCode::Left), Key::char('h')],
        "move",
        "One column to the left; in ranks, the proxy before",
        &[Study],
    ),
    entry(
        Action::Right,
        &[plain(KeyCode::Right), Key::char('l')],
        "move",
        "One column to the right; in ranks, the next proxy",
        &[Study],
    ),
    entry(Action::NextPanel, &[plain(KeyCode::Tab)], "part", "The next part", &[Study]),
    entry(
        Action::AddRuns,
        &[Key::char('a')],
        "add runs",
        "Add the runs that the study lacks, after a question",
        &[Studies, Study],
    ),
    entry(
        Action::EditStudy,
        &[Key::char('e')],
        "edit",
        "A study of your own: a copy of this one, or yours itself, in the editor that EDITOR names",
        &[Studies],
    ),
    entry(
        Action::Shown,
        &[Key::char('m')],
        "show",
        "Show ours, the published numbers, or how far they lie apart",
        &[Study],
    ),
    entry(
        Action::Search,
        &[Key::char('/')],
        "filter",
        "Show some architectures: those with all words in their names, and none after !",
        &[Study],
    ),
    entry(
        Action::ExportChart,
        &[Key::char('x'), Key::char('X')],
        "write",
        "Write the figure as SVG, PNG and CSV into this folder",
        &[Study],
    ),
];
