//! What the mouse does: it chooses, and it moves the borders between panels.

use super::{actions, overlays, preferences, problems, studies};
use crate::{
    config::{Setting, Value},
    tui::{
        action::Action,
        header,
        model::{Held, Model, Screen},
        msg::Effect,
        screens,
    },
};

/// A click on a name in the header goes there; one on a border takes hold of it; one on a row selects it, and on the selected row does what
/// the first key of the row does. A click on a heading folds its study.
pub fn click(model: &mut Model, column: u16, row: u16) -> Vec<Effect> {
    if model.overlay.is_some() {
        return overlays::click(model, column, row);
    }
    if let Some(action) = header::tab_at(model, column, row) {
        return actions::perform(model, action);
    }
    model.held = screens::borders(model)
        .into_iter()
        .find(|border| border.is_at(column, row))
        .map(|border| Held { border, before: in_file(model, border.setting) });
    match model.screen {
        Screen::Queue => {
            let Some(index) = screens::queue::row_at(model, column, row) else { return Vec::new() };
            let is_second = model.queue.selected_index() == Some(index);
            model.queue.select_index(index);
            if is_second || model.queue.selected_group().is_some() {
                return actions::perform(model, Action::Open);
            }
        }
        Screen::Settings => {
            let Some(index) = screens::settings::row_at(model, column, row) else {
                return Vec::new();
            };
            if model.preferences.selected == index {
                return actions::perform(model, Action::NextValue);
            }
            model.preferences.selected = index;
        }
        Screen::Form => {
            let field = screens::form::field_at(model, column, row);
            if let (Some(place), Some(form)) = (field, &mut model.form) {
                form.typing = None;
                form.selected = place;
            }
        }
        Screen::Run => {
            let panel = screens::run::panel_at(model, column, row);
            if let (Some(panel), Some(run)) = (panel, model.open_run_mut()) {
                run.focus.panel = panel;
            }
        }
        Screen::Studies => return studies::click(model, column, row),
        Screen::Problems => return problems::click(model, column, row),
        Screen::Compare => {
            if let Some(part) = screens::compare::part_at(model, column, row) {
                model.compare.part = part;
            }
        }
        Screen::Presets | Screen::Hosts => {}
    }
    Vec::new()
}

/// Moves the border that the mouse holds. It is written down when it is let go.
pub fn drag(model: &mut Model, column: u16, row: u16) -> Vec<Effect> {
    if let Some(held) = &model.held {
        let value = Value::Number(held.border.share_at(column, row));
        model.preferences.choices.set(held.border.setting, Some(value));
    }
    Vec::new()
}

/// Lets the border go.
pub fn release(model: &mut Model) -> Vec<Effect> {
    let Some(held) = model.held.take() else { return Vec::new() };
    let now = in_file(model, held.border.setting);
    if now == held.before {
        Vec::new()
    } else {
        preferences::change(model, held.border.setting, now)
    }
}

fn in_file(model: &Model, setting: Setting) -> Option<Value> {
    model.preferences.choices.file.get(&setting).map(|set| set.value.clone())
}
