//! What stands on the screen while there is nothing to compare: how one gets a comparison, or what it waits for.

use ratatui::{
    Frame,
    layout::Rect,
    text::{Line, Span},
};

use crate::tui::{
    action::{Action, Context},
    look::Role,
    model::Model,
    widgets::{fit::wrap, panel},
};

/// The widest line of the sentence.
const WIDEST: usize = 72;

/// Draws the sentence in the middle of the screen.
pub fn draw(model: &Model, frame: &mut Frame, area: Rect) {
    let inside = panel::draw(frame, area, model.look, "Compare", Line::default());
    let rows = wrap(&sentence(model), usize::from(inside.width).min(WIDEST));
    let first = inside.y + inside.height.saturating_sub(rows.len() as u16) / 2;
    for (row, y) in rows.into_iter().zip(first..inside.bottom()) {
        let line = Line::from(Span::styled(row, model.look.style(Role::Quiet))).centered();
        frame.render_widget(line, Rect { y, height: 1, ..inside });
    }
}

fn sentence(model: &Model) -> String {
    if let Some(awaited) = &model.awaited {
        let all = awaited.left + awaited.runs.len();
        return format!("Waiting for {all} runs to be queued; {} are.", awaited.runs.len());
    }
    let queue = |action| model.key_in(Context::Queue, action);
    format!(
        "Nothing is compared yet. Mark two runs or more in the queue ({}) and compare them ({}); or let the form \
         of a new run ({}) queue siamese against independent augmentation ({}).",
        queue(Action::Mark),
        queue(Action::Compare),
        queue(Action::NewRun),
        model.key_in(Context::Form, Action::SubmitPairs),
    )
}
