//! What went wrong, and what to do about it.

use ratatui::{Frame, layout::Rect, text::Line};

use crate::tui::{
    model::Model,
    widgets::{fit::wrap, panel},
};

/// Draws the screen.
pub fn draw(model: &Model, frame: &mut Frame, body: Rect) {
    let inside = panel::draw(frame, body, model.look, "Problems", Line::default());
    let faults = model.preferences.faults.iter().map(ToString::to_string);
    let rows = faults.flat_map(|fault| wrap(&fault, usize::from(inside.width)));
    for (row, y) in rows.zip(inside.top()..inside.bottom()) {
        frame.render_widget(Line::raw(row), Rect { y, height: 1, ..inside });
    }
}
