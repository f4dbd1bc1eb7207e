//! The spec of a run as its folder has it.

use ratatui::{Frame, layout::Rect, text::Line};

use crate::tui::{
    look::Role,
    model::{Model, panels::Panel, run::RunModel, spec_text::SpecText},
    widgets::fit::fit,
};

/// Lines of the spec.
pub fn lines(run: &RunModel) -> usize {
    match &run.spec {
        SpecText::Here { text, .. } => text.lines().count(),
        _ => 0,
    }
}

/// Draws the text from its beginning, or from as far down as one has gone.
pub fn draw(model: &Model, run: &RunModel, frame: &mut Frame, area: Rect) {
    let look = model.look;
    let inside = super::draw_panel(model, run, frame, area, Panel::Spec, "Spec", Line::default());
    let quiet = look.style(Role::Quiet);
    let text = match &run.spec {
        SpecText::Here { text, .. } => text,
        SpecText::Refused(reason) => {
            frame.render_widget(Line::styled(reason.clone(), look.style(Role::Bad)), inside);
            return;
        }
        SpecText::Unknown | SpecText::Asked => {
            frame.render_widget(Line::styled("on its way", quiet), inside);
            return;
        }
    };
    let room = usize::from(inside.width);
    for (line, y) in text.lines().skip(run.spec_below).zip(inside.top()..inside.bottom()) {
        let role = if line.starts_with(['[', '#']) { Role::Title } else { Role::Text };
        let line = Line::styled(fit(line, room, look.symbols().cut), look.style(role));
        frame.render_widget(line, Rect { y, height: 1, ..inside });
    }
}
