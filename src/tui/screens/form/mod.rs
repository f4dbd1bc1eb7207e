//! The form for a new run: its fields, what the selected one is for, and beside them what the whole comes to.

mod beside;
mod fields;

use ratatui::{Frame, layout::Rect};

use crate::{
    config::Setting,
    tui::{
        model::Model,
        view,
        widgets::{borders::Borders, panel},
    },
};

/// From this width on fields and what they come to stand side by side.
const SIDE_BY_SIDE_FROM: u16 = 96;
/// The fewest columns of each.
const LEAST_COLUMNS: [u16; 2] = [40, 34];

struct Areas {
    fields: Rect,
    beside: Option<Rect>,
}

fn areas(model: &Model) -> Areas {
    laid_out(model, &mut Borders::new(&model.preferences.choices))
}

fn laid_out(model: &Model, borders: &mut Borders<'_>) -> Areas {
    let body = view::areas(model).body;
    if body.width < SIDE_BY_SIDE_FROM {
        return Areas { fields: body, beside: None };
    }
    let left = (body.width * 11 / 20).min(100);
    let (fields, beside) = borders.columns(Setting::FormColumns, body, left, LEAST_COLUMNS);
    Areas { fields, beside: Some(beside) }
}

/// Lays the form out, for its borders.
pub fn find_borders(model: &Model, borders: &mut Borders<'_>) {
    laid_out(model, borders);
}

/// Rows that the list of fields has.
pub fn visible_rows(model: &Model) -> usize {
    let inside = panel::inside(areas(model).fields);
    usize::from(inside.height.saturating_sub(fields::ABOUT_ROWS)).max(1)
}

/// The field at a cell of the screen.
pub fn field_at(model: &Model, column: u16, row: u16) -> Option<usize> {
    fields::at(model, areas(model).fields, column, row)
}

/// Draws the screen.
pub fn draw(model: &Model, frame: &mut Frame) {
    let Some(form) = &model.form else { return };
    let areas = areas(model);
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
