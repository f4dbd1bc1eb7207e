//! All studies: how far each is, and what the selected one is for.

use ratatui::{
    Frame,
    layout::Rect,
    style::Modifier,
    text::{Line, Span},
};

use crate::{
    study::{Progress, StudySummary},
    tui::{
        look::{Look, Role},
        model::Model,
        view,
        widgets::{
            fit::{fit, fit_line, width, wrap},
            panel, progress,
        },
    },
};

/// Rows for what the selected study is for, borders included, and the window from which they are shown.
const PURPOSE_ROWS: u16 = 5;
const PURPOSE_FROM: u16 = 14;
/// Cells of a bar.
const BAR_CELLS: usize = 12;
const FEWEST_BAR_CELLS: usize = 6;
/// The widest name.
const NAME_CELLS: usize = 28;

struct Areas {
    list: Rect,
    purpose: Option<Rect>,
}

fn areas(body: Rect) -> Areas {
    if body.height < PURPOSE_FROM {
        return Areas { list: body, purpose: None };
    }
    let height = body.height - PURPOSE_ROWS;
    let purpose = Rect { y: body.y + height, height: PURPOSE_ROWS, ..body };
    Areas { list: Rect { height, ..body }, purpose: Some(purpose) }
}

/// Rows that can be seen at once.
pub fn visible_rows(model: &Model) -> usize {
    let list = areas(view::areas(model).body).list;
    usize::from(panel::inside(list).height.saturating_sub(1)).max(1)
}

/// The first study that is shown.
fn offset(model: &Model) -> usize {
    (model.studies.selected + 1).saturating_sub(visible_rows(model))
}

/// The place of the study at a cell of the screen.
pub fn row_at(model: &Model, column: u16, row: u16) -> Option<usize> {
    let inside = panel::inside(areas(view::areas(model).body).list);
    let shown = row.checked_sub(inside.y + 1)?;
    let is_inside = row < inside.bottom() && (inside.left()..inside.right()).contains(&column);
    let place = offset(model) + usize::from(shown);
    (is_inside && place < model.studies.list.len()).then_some(place)
}

/// Draws the list.
pub fn draw(model: &Model, frame: &mut Frame, body: Rect) {
    let look = model.look;
    let areas = areas(body);
    let studies = &model.studies.list;
    let (title, figure) = if model.hosts.are_all_at_hand() {
        ("Studies of all hosts", left_out(model, areas.list.width))
    } else {
        ("Studies", Line::default())
    };
    let inside = panel::draw(frame, areas.list, look, title, figure);
    let quiet = look.style(Role::Quiet);
    if studies.is_empty() {
        let text = match (model.studies.is_known, model.hosts.are_all_at_hand()) {
            (true, _) => "no studies",
            (false, true) => "asking all hosts for their studies",
            (false, false) => "asking the daemon for its studies",
        };
        panel::draw_middle(frame, inside, Line::styled(text, quiet));
        return;
    }
    let names = studies.iter().map(|study| width(&study.name)).max().unwrap_or(0);
    let names = names.min(NAME_CELLS).min(usize::from(inside.width / 2));
    let head = Line::styled(format!("  {:<names$}  cells done", "study"), quiet);
    frame.render_widget(head, Rect { height: 1, ..inside });
    let rows = studies.iter().enumerate().skip(offset(model));
    for ((place, study), y) in rows.zip(inside.y + 1..inside.bottom()) {
        let is_selected = place == model.studies.selected;
        let line = row(look, study, names, usize::from(inside.width), is_selected);
        frame.render_widget(line, Rect { y, height: 1, ..inside });
    }
    if let (Some(area), Some(study)) = (areas.purpose, model.studies.selected()) {
        draw_purpose(model, study, frame, area);
    }
}

/// Which hosts a table of all of them does not count, as far as there is room in a panel's border.
pub fn left_out(model: &Model, columns: u16) -> Line<'static> {
    let look = model.look;
    let lost = model.hosts.all.iter().filter(|host| !host.is_connected());
    let lost: Vec<String> = lost.map(|host| host.host.to_string()).collect();
    let text = match (model.studies.told.left_out().next(), &lost[..]) {
        _ if !model.hosts.are_all_at_hand() => return Line::default(),
        (Some(why), _) => format!(" {why} "),
        (None, []) => return Line::default(),
        (None, lost) => format!(" not up to date: {} ", lost.join(", ")),
    };
    let room = usize::from(columns) / 2;
    Line::styled(fit(&text, room, look.symbols().cut), look.style(Role::Warning))
}

fn row(
    look: Look,
    study: &StudySummary,
    names: usize,
    room: usize,
    selected: bool,
) -> Line<'static> {
    let symbols = look.symbols();
    let (marker, modifier) =
        if selected { (symbols.marker, Modifier::BOLD) } else { (" ", Modifier::empty()) };
    let name = fit(&study.name, names, symbols.cut);
    let pad = " ".repeat(names.saturating_sub(width(&name)) + 2);
    let mut spans = vec![
        Span::styled(format!("{marker} "), look.style(Role::Accent)),
        Span::raw(name).patch_style(modifier),
        Span::raw(pad),
    ];
    if study.fault.is_empty() {
        let Progress { cells, done, .. } = study.progress;
        let share = done as f64 / cells.max(1) as f64;
        let role = if done == cells { Role::Good } else { Role::Accent };
        let count = format!("{done:>3}/{cells:<3}");
        let left = room.saturating_sub(names + 5 + width(&count));
        if left >= FEWEST_BAR_CELLS {
            spans.extend(progress::bar(share, left.min(BAR_CELLS), look, role));
            spans.push(Span::raw(" "));
        }
        spans.push(Span::raw(count));
        spans.extend(counts(look, study.progress));
    } else {
        spans.push(Span::styled(fit(&study.fault, room, symbols.cut), look.style(Role::Bad)));
    }
    fit_line(Line::from(spans), room, symbols.cut)
}

/// What is under way, waits, and has failed.
fn counts(look: Look, progress: Progress) -> Vec<Span<'static>> {
    let parts = [
        (progress.running, "running", Role::Accent),
        (progress.pending, "queued", Role::Quiet),
        (progress.failed, "failed", Role::Bad),
    ];
    let shown = parts.into_iter().filter(|part| part.0 > 0);
    shown
        .map(|(count, word, role)| Span::styled(format!("  {count} {word}"), look.style(role)))
        .collect()
}

fn draw_purpose(model: &Model, study: &StudySummary, frame: &mut Frame, area: Rect) {
    let look = model.look;
    let missing = study.progress.runs_missing;
    let figure = match missing {
        0 => " all its runs are there ".to_owned(),
        1 => " 1 run to add ".to_owned(),
        more => format!(" {more} runs to add "),
    };
    let figure = if study.fault.is_empty() { figure } else { String::new() };
    let figure = Line::styled(figure, look.style(Role::Quiet));
    let name = fit(&study.name, usize::from(area.width / 2), look.symbols().cut);
    let inside = panel::draw(frame, area, look, &name, figure);
    let (text, role) = if study.fault.is_empty() {
        (&study.purpose, Role::Text)
    } else {
        (&study.fault, Role::Bad)
    };
    let text = fit(text, 4000, look.symbols().cut);
    let rows = wrap(&text, usize::from(inside.width));
    for (row, y) in rows.into_iter().zip(inside.top()..inside.bottom()) {
        frame.render_widget(Line::styled(row, look.style(role)), Rect { y, height: 1, ..inside });
    }
}
