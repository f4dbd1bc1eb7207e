//! What keys do to runs, in the queue and on their own screen.

use crossterm::event::KeyCode;

use super::{Entry, RUNS, entry, plain};
use crate::tui::{
    action::{
        Action,
        Context::{Filter, Queue},
    },
    key::Key,
};

/// Runs and the queue.
pub(super) const ROWS: &[Entry] = &[
    entry(Action::NewRun, &[Key::char('n')], "new run", "A new run from a preset", &[Queue]),
    entry(
        Action::Open,
        &[plain(KeyCode::Enter), plain(KeyCode::Right), Key::char('l')],
        "open",
        "Open the selected run; on a study, hide or show its runs",
        &[Queue],
    ),
    entry(
        Action::Pause,
        &[Key::char('p')],
        "pause",
        "Let the run wait at its next control point, or go on",
        RUNS,
    ),
    entry(
        Action::Resume,
        &[Key::char('r')],
        "resume",
        "Go on from the last checkpoint, or try again",
        RUNS,
    ),
    entry(
        Action::Stop,
        &[Key::char('s')],
        "stop",
        "Stop with a checkpoint, to be resumed later",
        RUNS,
    ),
    entry(Action::Cancel, &[Key::char('c')], "cancel", "Give the run up, after a question", RUNS),
    entry(
        Action::Search,
        &[Key::char('/')],
        "filter",
        "Show some runs: words, method:dsa ipc:10 state:run set:mnist acc>90",
        &[Queue],
    ),
    entry(
        Action::Mark,
        &[Key::char(' ')],
        "mark",
        "Mark the run or study: wishes are about all that is marked",
        &[Queue],
    ),
    entry(Action::MarkAll, &[Key::char('v')], "", "Mark all runs that are shown", &[Queue]),
    entry(
        Action::Unmark,
        &[plain(KeyCode::Esc)],
        "",
        "Take all marks away; where there are none, show all runs",
        &[Queue],
    ),
    entry(Action::Order, &[Key::char('o')], "", "Sort by the next column, or as queued", &[Queue]),
    entry(Action::ReverseOrder, &[Key::char('O')], "", "Sort the other way round", &[Queue]),
    entry(
        Action::MoveUp,
        &[Key::char('K')],
        "reorder",
        "Further to the front of the queue, past others that wait",
        &[Queue],
    ),
    entry(
        Action::MoveDown,
        &[Key::char('J')],
        "reorder",
        "Further to the end of the queue",
        &[Queue],
    ),
    entry(Action::Fold, &[plain(KeyCode::Tab)], "", "Hide or show the runs of the study", &[Queue]),
    entry(Action::Group, &[Key::char('t')], "", "Group by study, or do not", &[Queue]),
    entry(
        Action::Compare,
        &[Key::char('C')],
        "compare",
        "Show the marked runs side by side",
        &[Queue],
    ),
    entry(
        Action::CopyFolder,
        &[Key::char('Y')],
        "",
        "Copy the path of the run's folder to the clipboard",
        RUNS,
    ),
    entry(Action::Clone, &[Key::char('y')], "clone", "Queue the same run once more", &[Queue]),
    entry(
        Action::EditClone,
        &[Key::char('e')],
        "edit",
        "Queue the same run once more, with changes",
        &[Queue],
    ),
    entry(
        Action::Delete,
        &[Key::char('D')],
        "delete",
        "Delete the run with its folder, after a question",
        &[Queue],
    ),
    entry(Action::Up, &[plain(KeyCode::Up)], "move", "", &[Filter]),
    entry(Action::Down, &[plain(KeyCode::Down)], "move", "", &[Filter]),
    entry(Action::PageUp, &[plain(KeyCode::PageUp)], "", "", &[Filter]),
    entry(Action::PageDown, &[plain(KeyCode::PageDown)], "", "", &[Filter]),
    entry(Action::Accept, &[plain(KeyCode::Enter)], "keep", "", &[Filter]),
    entry(Action::Close, &[plain(KeyCode::Esc)], "show all", "", &[Filter]),
];
