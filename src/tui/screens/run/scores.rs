//! Every evaluation of a run as a table, newest at the bottom.

use ratatui::{
    Frame,
    layout::Rect,
    text::{Line, Span},
};

use crate::{
    record::event::{Evaluation, Subject},
    tui::{
        figures::{accuracy, count, duration},
        look::Role,
        model::{Model, panels::Panel, run::RunModel},
        widgets::fit::{fit, fit_line},
    },
};

/// Draws the table.
pub fn draw(model: &Model, run: &RunModel, frame: &mut Frame, area: Rect) {
    let look = model.look;
    let scores = &run.history.scores;
    let figure = format!(" {} ", count(scores.len() as u64, "evaluation"));
    let figure = Line::styled(figure, look.style(Role::Quiet));
    let inside = super::draw_panel(model, run, frame, area, Panel::Scores, "Evaluations", figure);
    if scores.is_empty() {
        let line = Line::styled("not evaluated yet", look.style(Role::Quiet));
        frame.render_widget(line, inside);
        return;
    }
    let head = format!(
        "{:>9}  {:<16} {:<15} {:<13} {:>5}",
        "iteration", "set", "accuracy", "networks", "time"
    );
    frame.render_widget(Line::styled(head, look.style(Role::Quiet)), inside);
    let rows = Rect { y: inside.y + 1, height: inside.height.saturating_sub(1), ..inside };
    let first = scores.len().saturating_sub(usize::from(rows.height) + run.log_below);
    for (score, y) in scores.iter().skip(first).zip(rows.top()..rows.bottom()) {
        let line = fit_line(line(model, score), usize::from(rows.width), look.symbols().cut);
        frame.render_widget(line, Rect { y, height: 1, ..rows });
    }
}

fn line(model: &Model, score: &Evaluation) -> Line<'static> {
    let look = model.look;
    let (what, role) = match (score.subject, score.network.as_str(), &score.after) {
        (Subject::Random, ..) => ("random".to_owned(), Role::Random),
        (Subject::Synthetic, _, Some(after)) => {
            (format!("task {} of {}", after.task, after.of), Role::Synthetic)
        }
        (Subject::Synthetic, "", None) => ("synthetic".to_owned(), Role::Synthetic),
        (Subject::Synthetic, network, None) => (format!("on {network}"), Role::Synthetic),
    };
    let what = fit(&what, 16, look.symbols().cut);
    let networks = count(score.accuracies.len() as u64, "network");
    Line::from(vec![
        Span::raw(format!("{:>9}  ", score.iteration)),
        Span::styled(format!("{what:<16} "), look.style(role)),
        Span::styled(
            format!("{:<15} ", accuracy((score.mean, score.std), look.symbols())),
            look.style(Role::Title),
        ),
        Span::styled(
            format!("{networks:<13} {:>5}", duration(score.secs)),
            look.style(Role::Quiet),
        ),
    ])
}
