//! The help: every key of the screen below, from the table that the keys work by.

use ratatui::{
    Frame,
    layout::Rect,
    text::{Line, Span},
};

use crate::tui::{
    keymap,
    look::Role,
    model::Model,
    view,
    widgets::{
        fit::{fit, width},
        panel,
    },
};

/// Cells and rows of a box's border and padding.
const FRAME: (u16, u16) = (4, 2);

fn rows(model: &Model) -> Vec<(String, &'static str)> {
    keymap::help(Model::screen_context(model.screen), model.look.symbols())
}

fn keys_width(rows: &[(String, &'static str)]) -> usize {
    rows.iter().map(|row| width(&row.0)).max().unwrap_or(0)
}

/// Cells and rows that the help would like to have.
pub fn size(model: &Model) -> (u16, u16) {
    let rows = rows(model);
    let sentences = rows.iter().map(|row| width(row.1)).max().unwrap_or(0);
    ((keys_width(&rows) + 2 + sentences) as u16 + FRAME.0, rows.len() as u16 + FRAME.1)
}

/// Rows that do not fit.
pub fn scrollable_rows(model: &Model) -> usize {
    let inside = view::areas(model).body.height.saturating_sub(FRAME.1);
    rows(model).len().saturating_sub(usize::from(inside))
}

/// Draws the help from row `offset` on.
pub fn draw(model: &Model, frame: &mut Frame, area: Rect, offset: usize) {
    let look = model.look;
    let rows = rows(model);
    let more = rows.len().saturating_sub(offset + usize::from(area.height.saturating_sub(FRAME.1)));
    let below = if more > 0 { format!(" {more} below ") } else { String::new() };
    let inside =
        panel::draw(frame, area, look, "Keys", Line::styled(below, look.style(Role::Quiet)));
    let keys = keys_width(&rows);
    for ((names, sentence), y) in rows.into_iter().skip(offset).zip(inside.top()..inside.bottom()) {
        let pad = " ".repeat(keys - width(&names) + 2);
        let room = usize::from(inside.width).saturating_sub(keys + 2);
        let line = Line::from(vec![
            Span::styled(names, look.style(Role::Accent)),
            Span::raw(pad),
            Span::raw(fit(sentence, room, look.symbols().cut)),
        ]);
        frame.render_widget(line, Rect { y, height: 1, ..inside });
    }
}
