//! What went wrong, newest first, with what to do about the selected one; and the end of the daemon's log.

use jiff::{Timestamp, tz::TimeZone};
use ratatui::{
    Frame,
    layout::Rect,
    style::Modifier,
    text::{Line, Span},
};

use crate::tui::{
    action::{Action, Context},
    figures::clock,
    look::Role,
    model::{
        Model,
        problems::{self, About, Part, Problem},
    },
    view,
    widgets::{
        fit::{fit, width, wrap},
        panel,
    },
};

/// Rows of the panel about the selected problem, borders included.
const DETAIL_ROWS: u16 = 7;
const SMALL_DETAIL_ROWS: u16 = 5;
/// From this height on the log is shown below, with so many rows.
const LOG_FROM: u16 = 30;

/// Below this width seconds are left out.
const NARROW_BELOW: usize = 60;

struct Areas {
    list: Option<Rect>,
    detail: Option<Rect>,
    log: Option<Rect>,
}

fn areas(model: &Model, body: Rect) -> Areas {
    if body.height < LOG_FROM && model.problems.part == Part::Log {
        return Areas { list: None, detail: None, log: Some(body) };
    }
    let log_rows = if body.height < LOG_FROM { 0 } else { body.height / 3 };
    let detail_rows = if body.height < 16 { SMALL_DETAIL_ROWS } else { DETAIL_ROWS };
    let rest = body.height - log_rows;
    let list = Rect { height: rest - detail_rows, ..body };
    let detail = Rect { y: list.bottom(), height: detail_rows, ..body };
    let log = Rect { y: detail.bottom(), height: log_rows, ..body };
    Areas { list: Some(list), detail: Some(detail), log: (log_rows > 0).then_some(log) }
}

/// How many problems, or lines of the log, can be seen at once.
pub fn visible_rows(model: &Model) -> usize {
    let areas = areas(model, view::areas(model).body);
    let area = if model.problems.part == Part::Log { areas.log } else { areas.list };
    area.map_or(1, |area| usize::from(panel::inside(area).height)).max(1)
}

/// Whether a window of this height shows either the problems or the log.
pub fn hides_log(model: &Model) -> bool {
    view::areas(model).body.height < LOG_FROM
}

/// The first problem that is shown.
fn first(model: &Model, rows: usize) -> usize {
    (model.problems.selected + 1).saturating_sub(rows)
}

/// The number of the problem at a cell of the screen.
pub fn row_at(model: &Model, column: u16, row: u16) -> Option<usize> {
    let inside = panel::inside(areas(model, view::areas(model).body).list?);
    if !inside.contains((column, row).into()) {
        return None;
    }
    let index = first(model, usize::from(inside.height)) + usize::from(row - inside.y);
    (index < problems::list(model).len()).then_some(index)
}

/// Draws the screen.
pub fn draw(model: &Model, frame: &mut Frame, body: Rect) {
    let all = problems::list(model);
    let Areas { list, detail, log } = areas(model, body);
    if let Some(area) = list {
        draw_list(model, frame, area, &all);
    }
    if let Some(area) = detail {
        draw_detail(model, frame, area, all.get(model.problems.selected));
    }
    if let Some(area) = log {
        draw_log(model, frame, area);
    }
}

/// The panel that keys move stands out where both are shown.
fn draw_panel(
    model: &Model,
    frame: &mut Frame,
    area: Rect,
    title: &str,
    figure: Line<'_>,
    part: Part,
) -> Rect {
    if model.problems.part == part && !hides_log(model) {
        panel::draw_over(frame, area, model.look, title, figure)
    } else {
        panel::draw(frame, area, model.look, title, figure)
    }
}

fn draw_list(model: &Model, frame: &mut Frame, area: Rect, all: &[Problem]) {
    let look = model.look;
    let figure = if all.is_empty() { String::new() } else { format!(" {} ", all.len()) };
    let figure = Line::styled(figure, look.style(Role::Quiet));
    let inside = draw_panel(model, frame, area, "Problems", figure, Part::List);
    if all.is_empty() {
        let text = Line::styled("Nothing went wrong.", look.style(Role::Good));
        panel::draw_middle(frame, inside, text);
        return;
    }
    let rows = all.iter().enumerate().skip(first(model, usize::from(inside.height)));
    for ((index, problem), y) in rows.zip(inside.top()..inside.bottom()) {
        let place = Rect { y, height: 1, ..inside };
        let selected = index == model.problems.selected;
        frame.render_widget(row(model, problem, selected, usize::from(inside.width)), place);
        if selected {
            frame.buffer_mut().set_style(place, look.style(Role::Selection));
        }
    }
}

fn row(model: &Model, problem: &Problem, selected: bool, room: usize) -> Line<'static> {
    let look = model.look;
    let symbols = look.symbols();
    let marker = if selected { symbols.marker } else { " " };
    let (sign, role) = sign(model, problem);
    let time = when(model, problem.at);
    let is_narrow = room < NARROW_BELOW;
    let time = if is_narrow { time.chars().take(5).collect() } else { time };
    let emphasis = if selected { Modifier::BOLD } else { Modifier::empty() };
    // In a narrow window the subject alone says most.
    let subject_room = (room / 3).clamp(12, 30);
    let subject = fit(&problem.subject, subject_room, symbols.cut);
    let pad = " ".repeat(subject_room.saturating_sub(width(&subject)));
    let taken = 2 + width(&time) + 3 + subject_room + 2;
    let text = fit(&problem.text, room.saturating_sub(taken), symbols.cut);
    Line::from(vec![
        Span::styled(format!("{marker} "), look.style(Role::Accent)),
        Span::styled(format!("{time} "), look.style(Role::Quiet)),
        Span::styled(format!("{sign} "), look.style(role)),
        Span::raw(subject).patch_style(emphasis),
        Span::raw(format!("{pad}  ")),
        Span::styled(text, look.style(Role::Text)),
    ])
}

/// The time of day, or the day for what is older.
fn when(model: &Model, at: Timestamp) -> String {
    let (then, now) =
        (at.to_zoned_datetime(model.zone.clone()), model.now.to_zoned_datetime(model.zone.clone()));
    if then.date() == now.date() {
        clock(at, &model.zone)
    } else {
        then.strftime("%d %b  ").to_string()
    }
}

const fn sign(model: &Model, problem: &Problem) -> (&'static str, Role) {
    let [_, bad, ..] = model.look.symbols().log;
    if problem.is_bad { (bad, Role::Bad) } else { (bad, Role::Warning) }
}

fn draw_detail(model: &Model, frame: &mut Frame, area: Rect, problem: Option<&Problem>) {
    let look = model.look;
    let symbols = look.symbols();
    let Some(problem) = problem else {
        panel::draw(frame, area, look, "What to do", Line::default());
        return;
    };
    let open = match (problem.about, model.keymap.key(Context::Problems, Action::Open, symbols)) {
        (About::Run(run), Some(key)) => format!(" {key} opens run {run} "),
        _ => String::new(),
    };
    let title = fit(&problem.subject, usize::from(area.width) / 2, symbols.cut);
    let figure = Line::styled(open, look.style(Role::Quiet));
    let inside = panel::draw(frame, area, look, &title, figure);
    let room = usize::from(inside.width);
    let (_, role) = sign(model, problem);
    let text = wrap(&problem.text, room).into_iter().map(|row| Line::styled(row, look.style(role)));
    let advice = wrap(&problem.advice, room).into_iter().map(Line::raw);
    // What to do must be seen, however long the rest is.
    let advice: Vec<_> = advice.collect();
    let most = usize::from(inside.height).saturating_sub(advice.len()).max(1);
    for (line, y) in text.take(most).chain(advice).zip(inside.top()..inside.bottom()) {
        frame.render_widget(line, Rect { y, height: 1, ..inside });
    }
}

fn draw_log(model: &Model, frame: &mut Frame, area: Rect) {
    let look = model.look;
    let symbols = look.symbols();
    let log = &model.problems.log;
    let below = match log.below {
        0 => String::new(),
        below => format!(" {below} below "),
    };
    let figure = Line::styled(below, look.style(Role::Quiet));
    let inside = draw_panel(model, frame, area, "daemon.log", figure, Part::Log);
    let room = usize::from(inside.width);
    let empty = match &log.refused {
        Some(reason) => Some(reason.as_str()),
        None if log.lines.is_empty() => Some("nothing yet"),
        None => None,
    };
    if let Some(text) = empty {
        let text = Span::styled(fit(text, room, symbols.cut), look.style(Role::Quiet));
        frame.render_widget(text, Rect { height: 1, ..inside });
        return;
    }
    let end = log.lines.len().saturating_sub(log.below);
    let start = end.saturating_sub(usize::from(inside.height));
    for (line, y) in log.lines.iter().take(end).skip(start).zip(inside.top()..inside.bottom()) {
        let role = if line.contains(" ERROR ") {
            Role::Bad
        } else if line.contains(" WARN ") {
            Role::Warning
        } else {
            Role::Text
        };
        let line = short(line, &model.zone);
        let text = Span::styled(fit(&line, room, symbols.cut), look.style(role));
        frame.render_widget(text, Rect { y, height: 1, ..inside });
    }
}

/// A line of the log with the time of day alone and without the name of the module that wrote it; any other line
/// as it is.
fn short(line: &str, zone: &TimeZone) -> String {
    let parts = line.split_once(char::is_whitespace).and_then(|(at, rest)| {
        let at: Timestamp = at.parse().ok()?;
        let (level, rest) = rest.trim_start().split_once(' ')?;
        let (module, said) = rest.trim_start().split_once(": ")?;
        let is_module = module.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | ':'));
        is_module.then(|| format!("{} {level:<5} {said}", clock(at, zone)))
    });
    parts.unwrap_or_else(|| line.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_of_the_log_say_when_how_bad_and_what() {
        let line = "2026-11-23T22:37:30.123456Z  INFO stillroom::wire::daemon: serving /data: here";
        assert_eq!(short(line, &TimeZone::UTC), "22:37:30 INFO  serving /data: here");
        for other in
            ["", "thread main panicked at x: y", "2026-11-23T22:37:30Z WARN no module here"]
        {
            assert_eq!(short(other, &TimeZone::UTC), other);
        }
    }
}
