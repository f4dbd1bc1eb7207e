//! What a form's draft comes to: its figures with time and memory, or its TOML.

use ratatui::{
    Frame,
    layout::Rect,
    text::{Line, Span},
};

use crate::{
    queue::Expected,
    tui::{
        action::Action,
        figures::{count, duration, mebibytes},
        look::Role,
        model::{
            Model,
            form::{Beside, FormModel, estimate::Estimate},
        },
        screens::spec_figures,
        widgets::{
            fit::{fit, wrap},
            panel,
        },
    },
};

/// Draws it.
pub fn draw(model: &Model, form: &FormModel, frame: &mut Frame, area: Rect) {
    match form.beside {
        Beside::Figures => draw_figures(model, form, frame, area),
        Beside::Toml => draw_toml(model, form, frame, area),
    }
}

fn draw_figures(model: &Model, form: &FormModel, frame: &mut Frame, area: Rect) {
    let look = model.look;
    let inside = panel::draw(frame, area, look, "What it comes to", Line::default());
    let room = usize::from(inside.width);
    let mut lines = Vec::new();
    if let Some(spec) = form.sound() {
        lines.extend(spec_figures::lines(model, spec, room));
        lines.push(Line::default());
        lines.extend(estimate(model, form, room));
        lines.push(Line::default());
        let pairs = form.pairs;
        let (more, fewer) = (model.key(Action::MorePairs), model.key(Action::FewerPairs));
        lines.push(Line::from(vec![
            Span::styled(model.key(Action::SubmitPairs), look.style(Role::Accent)),
            Span::raw(format!(
                "  siamese against independent: {}, {}",
                count(pairs, "pair"),
                count(2 * pairs, "run")
            )),
            Span::styled(format!("  ({more} {fewer} for more or fewer)"), look.style(Role::Quiet)),
        ]));
    }
    for (line, y) in lines.into_iter().zip(inside.top()..inside.bottom()) {
        frame.render_widget(line, Rect { y, height: 1, ..inside });
    }
}

/// Time and memory, or how to come to know them.
fn estimate(model: &Model, form: &FormModel, room: usize) -> Vec<Line<'static>> {
    let look = model.look;
    let text = match &form.estimate {
        Estimate::Unknown => {
            return vec![Line::from(vec![
                Span::styled(model.key(Action::Measure), look.style(Role::Accent)),
                Span::raw("  measures a few steps here: time and memory"),
            ])];
        }
        Estimate::Asked(_) => {
            let text = "a few steps are being measured";
            return vec![Line::styled(text, look.style(Role::Quiet))];
        }
        Estimate::Failed(_, reason) => {
            let rows = wrap(reason, room).into_iter();
            return rows.map(|row| Line::styled(row, look.style(Role::Bad))).collect();
        }
        Estimate::Here(_, expected) => in_words(expected),
    };
    wrap(&text, room).into_iter().map(|row| Line::styled(row, look.style(Role::Title))).collect()
}

fn in_words(expected: &Expected) -> String {
    let device = expected
        .device_bytes
        .map_or_else(String::new, |bytes| format!(", {} of the device", mebibytes(bytes)));
    let training = if expected.training_secs > 0.0 {
        format!("{} training on all data, ", duration(expected.training_secs))
    } else {
        String::new()
    };
    format!(
        "takes about {} on {}: {training}{} condensing, {} evaluating; {} of memory{device}",
        duration(expected.secs()),
        expected.device,
        duration(expected.condensing_secs),
        duration(expected.evaluating_secs),
        mebibytes(expected.memory_bytes),
    )
}

fn draw_toml(model: &Model, form: &FormModel, frame: &mut Frame, area: Rect) {
    let look = model.look;
    let inside = panel::draw(frame, area, look, "As TOML", Line::default());
    let text = form.draft.to_toml();
    for (line, y) in text.lines().zip(inside.top()..inside.bottom()) {
        let line = fit(&line.replace('\t', "    "), usize::from(inside.width), look.symbols().cut);
        let role = if line.trim_start().starts_with(['#', '[']) { Role::Quiet } else { Role::Text };
        let line = Line::styled(line, look.style(role));
        frame.render_widget(line, Rect { y, height: 1, ..inside });
    }
}
