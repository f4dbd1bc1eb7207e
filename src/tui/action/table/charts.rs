//! What keys do to panels and charts.

use crossterm::event::KeyCode;

use super::{Entry, PICTURES, entry, plain};
use crate::tui::{action::Action, key::Key};

/// Panels and charts.
pub(super) const ROWS: &[Entry] = &[
    entry(Action::NextPanel, &[plain(KeyCode::Tab)], "panel", "The next panel", PICTURES),
    entry(Action::PreviousPanel, &[plain(KeyCode::BackTab)], "", "The panel before", PICTURES),
    entry(
        Action::Maximise,
        &[Key::char('f'), plain(KeyCode::Enter)],
        "full",
        "The panel that has the focus alone, or among the others again",
        PICTURES,
    ),
    entry(
        Action::CursorLeft,
        &[plain(KeyCode::Left), Key::char('h')],
        "cursor",
        "Read charts at a cursor, and move it to the left",
        PICTURES,
    ),
    entry(
        Action::CursorRight,
        &[plain(KeyCode::Right), Key::char('l')],
        "cursor",
        "The cursor of charts to the right",
        PICTURES,
    ),
    entry(
        Action::ZoomIn,
        &[Key::char('+'), Key::char('=')],
        "",
        "A shorter stretch of the charts, around the cursor",
        PICTURES,
    ),
    entry(Action::ZoomOut, &[Key::char('-')], "", "A longer stretch of the charts", PICTURES),
    entry(Action::SeeAll, &[Key::char('0')], "", "All of the charts, without a cursor", PICTURES),
    entry(Action::PanLeft, &[Key::char('(')], "", "What comes before in the charts", PICTURES),
    entry(Action::PanRight, &[Key::char(')')], "", "What comes next in the charts", PICTURES),
    entry(
        Action::FollowChart,
        &[Key::char('F')],
        "",
        "The newest stretch of the charts, moving on with it",
        PICTURES,
    ),
    entry(Action::Smoother, &[Key::char('w')], "", "Smoother curves over the raw ones", PICTURES),
    entry(Action::Rougher, &[Key::char('W')], "", "Rougher curves", PICTURES),
    entry(
        Action::XAxis,
        &[Key::char('x')],
        "",
        "Iterations, wall time or device time across",
        PICTURES,
    ),
    entry(
        Action::ExportChart,
        &[Key::char('X')],
        "",
        "Write the chart as SVG, PNG and CSV, or the picture as PNG, into this folder",
        PICTURES,
    ),
];
