//! The fields with their values, by section, and below them what the selected one is for.

use ratatui::{
    Frame,
    layout::Rect,
    style::Modifier,
    text::{Line, Span},
};

use crate::{
    spec::{
        Fault,
        field::{Field, Kind},
    },
    tui::{
        action::{Action, Context},
        look::Role,
        model::{
            Model,
            form::{FormModel, Typing, draft::Origin, rows::section},
        },
        widgets::{
            fit::{fit, fit_line, width, wrap},
            panel,
        },
    },
};

/// Rows below the list: a line, and what the selected field is for.
pub const ABOUT_ROWS: u16 = 4;
/// Cells of the names of fields.
const NAME_CELLS: usize = 18;

/// A row of the list.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Row {
    Section(&'static str),
    Field(usize),
}

/// Sections and fields in order.
fn rows(fields: &[&'static Field]) -> Vec<Row> {
    let mut rows = Vec::new();
    let mut open = "";
    for (place, field) in fields.iter().enumerate() {
        if section(field) != open {
            open = section(field);
            rows.push(Row::Section(open));
        }
        rows.push(Row::Field(place));
    }
    rows
}

/// The first row that is shown, so that the selected field and, at the top, its section are.
fn offset(rows: &[Row], selected: usize, visible: usize) -> usize {
    let at = rows.iter().position(|row| *row == Row::Field(selected)).unwrap_or(0);
    let centred = at.saturating_sub(visible / 2);
    centred.min(rows.len().saturating_sub(visible))
}

/// The field at a cell of the screen.
pub fn at(model: &Model, area: Rect, column: u16, row: u16) -> Option<usize> {
    let form = model.form.as_ref()?;
    let list = list(panel::inside(area));
    if !list.contains((column, row).into()) {
        return None;
    }
    let rows = rows(&form.fields());
    let first = offset(&rows, form.place(), usize::from(list.height));
    match rows.get(first + usize::from(row - list.y))? {
        Row::Field(place) => Some(*place),
        Row::Section(_) => None,
    }
}

fn list(inside: Rect) -> Rect {
    Rect { height: inside.height.saturating_sub(ABOUT_ROWS), ..inside }
}

/// Draws fields and help.
pub fn draw(model: &Model, form: &FormModel, frame: &mut Frame, area: Rect) {
    let look = model.look;
    let fields = form.fields();
    let inside = panel::draw(frame, area, look, &title(form), figure(model, form, fields.len()));
    let list = list(inside);
    let rows = rows(&fields);
    let selected = form.place();
    let first = offset(&rows, selected, usize::from(list.height));
    for (row, y) in rows.iter().skip(first).zip(list.top()..list.bottom()) {
        let line = match row {
            Row::Section(name) => Line::styled((*name).to_owned(), look.style(Role::Title)),
            Row::Field(place) => {
                field_line(model, form, fields[*place], *place == selected, list.width)
            }
        };
        let line = fit_line(line, usize::from(list.width), look.symbols().cut);
        frame.render_widget(line, Rect { y, height: 1, ..list });
    }
    if fields.is_empty() {
        let (key, then) = match &form.typing {
            Some(_) => (model.key_in(Context::FormText, Action::Close), "shows all again"),
            None => (model.key(Action::Search), "looks for another"),
        };
        let text = format!("no field has such a name; {key} {then}");
        frame.render_widget(Line::styled(text, look.style(Role::Quiet)), list);
    }
    let about = Rect { y: list.bottom(), height: inside.height - list.height, ..inside };
    draw_about(model, form, frame, about);
}

fn title(form: &FormModel) -> String {
    format!("New run from {}", form.draft.source)
}

fn figure(model: &Model, form: &FormModel, shown: usize) -> Line<'static> {
    let look = model.look;
    match &form.typing {
        Some(Typing::Filter(text)) => {
            let mut line = text.line(20, look);
            line.spans.insert(0, Span::styled(" / ", look.style(Role::Accent)));
            line
        }
        _ if !form.filter.is_empty() => {
            Line::styled(format!(" / {}: {shown} ", form.filter), look.style(Role::Accent))
        }
        _ if form.shows_all => Line::styled(" all fields ", look.style(Role::Quiet)),
        _ => Line::styled(" fields that matter here ", look.style(Role::Quiet)),
    }
}

fn field_line(
    model: &Model,
    form: &FormModel,
    field: &'static Field,
    selected: bool,
    cells: u16,
) -> Line<'static> {
    let look = model.look;
    let symbols = look.symbols();
    let marker = if selected { symbols.marker } else { " " };
    let name = fit(field.label, NAME_CELLS, symbols.cut);
    let pad = " ".repeat(NAME_CELLS.saturating_sub(width(&name)) + 1);
    let emphasis = if selected { Modifier::BOLD } else { Modifier::empty() };
    let mut spans = vec![
        Span::styled(format!("{marker} "), look.style(Role::Accent)),
        Span::styled(name, look.style(Role::Text).add_modifier(emphasis)),
        Span::raw(pad),
    ];
    let room = usize::from(cells).saturating_sub(NAME_CELLS + 3);
    if let (true, Some(Typing::Value(text))) = (selected, &form.typing) {
        let role = if form.typed_fault().is_some() { Role::Bad } else { Role::Accent };
        spans.extend(text.line(room, look).patch_style(look.style(role)).spans);
        return Line::from(spans);
    }
    let value = form.value(field);
    // A whole number is written with its place behind the point in files.
    let value = match value.strip_suffix(".0") {
        Some(whole) if matches!(field.kind, Kind::Number(..)) => whole.to_owned(),
        _ if value.is_empty() => symbols.absent.to_owned(),
        _ => value,
    };
    let origin = form.draft.origin(field);
    let style = match (form.fault(field).is_some(), origin) {
        (true, _) => look.style(Role::Bad),
        (false, Origin::Changed) => look.style(Role::Accent),
        (false, Origin::Text) => look.style(Role::Text),
        (false, Origin::Default) => look.style(Role::Quiet),
    };
    let unit = field.unit_of(&value);
    spans.push(Span::styled(value, style.add_modifier(emphasis)));
    if !unit.is_empty() {
        spans.push(Span::styled(format!(" {unit}"), look.style(Role::Quiet)));
    }
    // What a colour says, a word says too.
    if origin == Origin::Changed {
        spans.push(Span::styled("  changed", look.style(Role::Quiet)));
    }
    Line::from(spans)
}

/// What the selected field is for and what it may hold; or what is wrong with it.
fn draw_about(model: &Model, form: &FormModel, frame: &mut Frame, area: Rect) {
    let look = model.look;
    let Some(field) = form.field() else { return };
    let room = usize::from(area.width);
    let rule = look.symbols().axis[3].repeat(room);
    let mut lines = vec![Line::styled(rule, look.style(Role::Quiet))];
    if let Some(Typing::Name(text)) = &form.typing {
        let mut line = text.line(room.saturating_sub(10), look);
        line.spans.insert(0, Span::raw("save as "));
        lines.push(line);
    } else {
        let fault = form.typed_fault().or_else(|| form.fault(field).cloned());
        let (text, role) = match fault.or_else(|| first_fault(form)) {
            Some(fault) if fault.key == field.key || fault.key.is_empty() => {
                (format!("{}; allowed: {}", fault.problem, fault.allowed), Role::Bad)
            }
            Some(Fault { key, problem, allowed, .. }) => {
                (format!("{key}: {problem}; allowed: {allowed}"), Role::Bad)
            }
            None => {
                let allowed = match field.kind {
                    // Quotes are for files.
                    Kind::Text => "any text".to_owned(),
                    kind => kind.allowed(),
                };
                (format!("{} {}: {allowed}.", field.help, field.key), Role::Quiet)
            }
        };
        let rows = wrap(&text, room).into_iter();
        lines.extend(rows.map(|row| Line::styled(row, look.style(role))));
    }
    for (line, y) in lines.into_iter().zip(area.top()..area.bottom()) {
        frame.render_widget(line, Rect { y, height: 1, ..area });
    }
}

/// A fault of the whole, where the fields together have one.
fn first_fault(form: &FormModel) -> Option<Fault> {
    form.draft.spec.as_ref().err()?.first().cloned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tui::model::form::rows::fields;

    #[test]
    fn the_selected_field_is_always_shown() {
        let fields = fields(None, true, "", |_| false);
        let rows = rows(&fields);
        for visible in [1, 5, 12, 200] {
            for selected in 0..fields.len() {
                let first = offset(&rows, selected, visible);
                let shown = rows.iter().skip(first).take(visible);
                assert!(shown.into_iter().any(|row| *row == Row::Field(selected)));
            }
        }
    }
}
