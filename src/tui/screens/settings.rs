//! What can be set: what it is, who says so, and what it does. A change counts at once and is written down.

use ratatui::{
    Frame,
    layout::Rect,
    style::Modifier,
    text::{Line, Span},
};

use crate::{
    config::{Origin, SETTINGS, Setting, Value},
    tui::{
        action::Action,
        look::Role,
        model::Model,
        view,
        widgets::{
            fit::{fit, fit_line, wrap},
            panel,
        },
    },
};

/// Rows of the panel about the selected setting, and the height from which it is shown.
const DETAIL_ROWS: u16 = 8;
const DETAIL_FROM: u16 = 18;
/// Cells of the names.
const LABEL_CELLS: usize = 16;
/// Cells of the values.
const VALUE_CELLS: usize = 14;

/// The fewest cells in which a word on the origin says something.
const NARROWEST_ORIGIN: usize = 12;

fn areas(body: Rect) -> (Rect, Option<Rect>) {
    if body.height < DETAIL_FROM {
        return (body, None);
    }
    let height = body.height - DETAIL_ROWS;
    let detail = Rect { y: body.y + height, height: DETAIL_ROWS, ..body };
    (Rect { height, ..body }, Some(detail))
}

/// How many settings can be seen at once.
pub fn visible_rows(model: &Model) -> usize {
    usize::from(panel::inside(areas(view::areas(model).body).0).height).max(1)
}

/// The first setting that is shown.
fn first(model: &Model) -> usize {
    (model.preferences.selected + 1).saturating_sub(visible_rows(model))
}

/// The number of the setting at a cell of the screen.
pub fn row_at(model: &Model, column: u16, row: u16) -> Option<usize> {
    let inside = panel::inside(areas(view::areas(model).body).0);
    if !inside.contains((column, row).into()) {
        return None;
    }
    let index = first(model) + usize::from(row - inside.y);
    (index < SETTINGS.len()).then_some(index)
}

/// Draws the screen.
pub fn draw(model: &Model, frame: &mut Frame, body: Rect) {
    let look = model.look;
    let (list, detail) = areas(body);
    let set = model.preferences.choices.file.len();
    let figure = Line::styled(format!(" {set} set in the file "), look.style(Role::Quiet));
    let inside = panel::draw(frame, list, look, "Settings", figure);
    let rows = SETTINGS.iter().enumerate().skip(first(model));
    for ((index, row), y) in rows.zip(inside.top()..inside.bottom()) {
        let selected = index == model.preferences.selected;
        let place = Rect { y, height: 1, ..inside };
        let line = setting_line(model, row.setting, selected, usize::from(inside.width));
        frame.render_widget(line, place);
        if selected {
            frame.buffer_mut().set_style(place, look.style(Role::Selection));
        }
    }
    if let Some(area) = detail {
        draw_detail(model, frame, area);
    }
}

fn setting_line(model: &Model, setting: Setting, selected: bool, room: usize) -> Line<'static> {
    let look = model.look;
    let symbols = look.symbols();
    let chosen = model.preferences.choices.get(setting);
    let is_default = chosen.value == setting.default();
    let marker = if selected { symbols.marker } else { " " };
    let emphasis = if selected { Modifier::BOLD } else { Modifier::empty() };
    let value_role = if is_default { Role::Text } else { Role::Accent };
    let value = fit(&setting.words(&chosen.value), VALUE_CELLS, symbols.cut);
    let rest = room.saturating_sub(LABEL_CELLS + VALUE_CELLS + 5);
    let origin = match (&chosen.origin, is_default) {
        (Origin::Default, _) => String::new(),
        _ if rest < NARROWEST_ORIGIN => String::new(),
        (origin, true) => origin.to_string(),
        (origin, false) => format!("{origin}, default {}", setting.words(&setting.default())),
    };
    let line = Line::from(vec![
        Span::styled(format!("{marker} "), look.style(Role::Accent)),
        Span::raw(format!("{:<LABEL_CELLS$} ", setting.row().label)).patch_style(emphasis),
        Span::styled(format!("{value:<VALUE_CELLS$}  "), look.style(value_role)),
        Span::styled(origin, look.style(Role::Quiet)),
    ]);
    fit_line(line, room, symbols.cut)
}

fn draw_detail(model: &Model, frame: &mut Frame, area: Rect) {
    let look = model.look;
    let Some(row) = SETTINGS.get(model.preferences.selected) else { return };
    let key = Line::styled(format!(" {} ", row.key), look.style(Role::Quiet));
    let inside = panel::draw(frame, area, look, row.label, key);
    let room = usize::from(inside.width);
    let quiet = look.style(Role::Quiet);
    let mut lines: Vec<Line<'static>> = wrap(row.help, room).into_iter().map(Line::raw).collect();
    let allowed = match model.preferences.words(row.setting) {
        words if words.is_empty() => row.setting.allowed(),
        words => words.join(", "),
    };
    let allowed = format!("Can be {allowed}.");
    lines.extend(wrap(&allowed, room).into_iter().map(|row| Line::styled(row, quiet)));
    if let Some(now) = now(model, row.setting) {
        lines.extend(wrap(&now, room).into_iter().map(Line::raw));
    }
    let file = match &model.preferences.directory {
        Some(directory) => format!("Written to {}", directory.settings().display()),
        None => "There is no home directory to write it into.".to_owned(),
    };
    lines.truncate(usize::from(inside.height.saturating_sub(1)));
    for (line, y) in lines.into_iter().zip(inside.top()..inside.bottom()) {
        frame.render_widget(line, Rect { y, height: 1, ..inside });
    }
    let last = Rect { y: inside.bottom().saturating_sub(1), height: 1, ..inside };
    frame.render_widget(Span::styled(fit(&file, room, look.symbols().cut), quiet), last);
}

/// What a choice that is left to the program comes to here.
fn now(model: &Model, setting: Setting) -> Option<String> {
    let settings = model.preferences.settings();
    let chosen = model.preferences.choices.get(setting).value;
    match setting {
        Setting::Images => {
            let canvas = &model.canvas;
            Some(format!("Now {}: {}.", canvas.protocol.name(), canvas.reason))
        }
        Setting::Theme if chosen == Value::Word("auto".to_owned()) => {
            let background = model.preferences.replies.background.or(settings.background);
            Some(match background {
                Some(background) => format!("The terminal is {}.", background.word()),
                None => "The terminal does not tell its background; its own 16 colours are used."
                    .to_owned(),
            })
        }
        Setting::Colours => Some(format!("Now {}.", settings.depth.words())),
        Setting::Notifications => Some(format!("Now {}.", settings.notifier.words())),
        Setting::Mouse => {
            let context = Model::screen_context(model.screen);
            let key = model.keymap.key(context, Action::ToggleMouse, model.look.symbols())?;
            Some(format!("{key} switches it on every screen."))
        }
        _ => None,
    }
}
