//! The log of the run screen, newest at the bottom.

use ratatui::{
    Frame,
    layout::Rect,
    text::{Line, Span},
};

use crate::tui::{
    figures::clock,
    look::Role,
    model::{
        Model,
        panels::Panel,
        run::RunModel,
        run_log::{self, Kind},
    },
    widgets::fit::{fit, width},
};

/// Draws the log.
pub fn draw(model: &Model, run: &RunModel, frame: &mut Frame, area: Rect) {
    let look = model.look;
    let lines = &run.log.lines;
    let below = match run.log_below {
        0 => String::new(),
        below => format!(" {below} below "),
    };
    let inside = super::draw_panel(
        model,
        run,
        frame,
        area,
        Panel::Log,
        "Log",
        Line::styled(below, look.style(Role::Quiet)),
    );
    let end = lines.len().saturating_sub(run.log_below);
    let start = end.saturating_sub(usize::from(inside.height));
    for (line, y) in lines.iter().take(end).skip(start).zip(inside.top()..inside.bottom()) {
        frame.render_widget(draw_line(model, line, inside.width), Rect { y, height: 1, ..inside });
    }
}

fn draw_line(model: &Model, line: &run_log::Line, room: u16) -> Line<'static> {
    let look = model.look;
    let [note, problem, checkpoint, evaluation, worker] = look.symbols().log;
    let (sign, role) = match line.kind {
        Kind::Note => (note, Role::Quiet),
        Kind::Problem => (problem, Role::Bad),
        Kind::Checkpoint => (checkpoint, Role::Good),
        Kind::Evaluation | Kind::Grid => (evaluation, Role::Synthetic),
        Kind::Worker => (worker, Role::Accent),
    };
    let time = clock(line.at, &model.zone);
    let left = usize::from(room).saturating_sub(width(&time) + 4);
    let text = fit(&line.text, left, look.symbols().cut);
    let text_style = match line.kind {
        Kind::Problem => look.style(Role::Bad),
        Kind::Evaluation | Kind::Grid => look.style(Role::Title),
        _ => look.style(Role::Text),
    };
    Line::from(vec![
        Span::styled(format!("{time} "), look.style(Role::Quiet)),
        Span::styled(format!("{sign} "), look.style(role)),
        Span::styled(text, text_style),
    ])
}
