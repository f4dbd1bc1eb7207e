//! The form for a new run: its fields, what the selected one is for, and beside them what the whole comes to.

mod beside;
mod fields;

use ratatui::{Frame, layout::Rect};

use crate::tui::{model::Model, view, widgets::panel};

/// From this width on fields and what they come to stand side by side.
const SIDE_BY_SIDE_FROM: u16 = 96;

struct Areas {
    fields: Rect,
    beside: Option<Rect>,
}

fn areas(body: Rect) -> Areas {
    if body.width < SIDE_BY_SIDE_FROM {
        return Areas { fields: body, beside: None };
    }
    let left = (body.width * 11 / 20).min(100);
    let beside = Rect { x: body.x + left, width: body.width - left, ..body };
    Areas { fields: Rect { width: left, ..body }, beside: Some(beside) }
}

/// Rows that the list of fields has.
pub fn visible_rows(model: &Model) -> usize {
    let inside = panel::inside(areas(view::areas(model).body).fields);
    usize::from(inside.height.saturating_sub(fields::ABOUT_ROWS)).max(1)
}

/// The field at a cell of the screen.
pub fn field_at(model: &Model, column: u16, row: u16) -> Option<usize> {
    fields::at(model, areas(view::areas(model).body).fields, column, row)
}

/// Draws the screen.
pub fn draw(model: &Model, frame: &mut Frame, body: Rect) {
    let Some(form) = &model.form else { return };
    let areas = areas(body);
    match areas.beside {
        Some(beside) => {
            fields::draw(model, form, frame, areas.fields);
            beside::draw(model, form, frame, beside);
        }
        None if form.beside == crate::tui::model::form::Beside::Toml => {
            beside::draw(model, form, frame, areas.fields);
        }
        None => fields::draw(model, form, frame, areas.fields),
    }
}
