//! A new run from a preset: the list, and what the selected one comes to before it starts.

use ratatui::{
    Frame,
    layout::Rect,
    style::Modifier,
    text::{Line, Span},
};

use crate::tui::{
    action::Action,
    look::Role,
    model::Model,
    screens::spec_figures,
    widgets::{
        fit::{fit, wrap},
        panel,
    },
};

/// Cells of the list of names beside the figures, and the window from which both stand side by side.
const LIST_CELLS: u16 = 28;
const SIDE_BY_SIDE_FROM: u16 = 76;

/// Draws the screen.
pub fn draw(model: &Model, frame: &mut Frame, body: Rect) {
    let (list, figures) = if body.width >= SIDE_BY_SIDE_FROM {
        (
            Rect { width: LIST_CELLS, ..body },
            Rect { x: body.x + LIST_CELLS, width: body.width - LIST_CELLS, ..body },
        )
    } else {
        let entries = model.presets.entries.len() as u16;
        let height = (entries + 2).min(body.height * 2 / 5);
        (Rect { height, ..body }, Rect { y: body.y + height, height: body.height - height, ..body })
    };
    draw_list(model, frame, list);
    draw_figures(model, frame, figures);
}

fn draw_list(model: &Model, frame: &mut Frame, area: Rect) {
    let look = model.look;
    let inside = panel::draw(frame, area, look, "Presets", Line::default());
    let rows = usize::from(inside.height);
    let offset = (model.presets.selected + 1).saturating_sub(rows);
    let entries = model.presets.entries.iter().enumerate().skip(offset);
    for ((index, entry), y) in entries.zip(inside.top()..inside.bottom()) {
        let selected = index == model.presets.selected;
        let (marker, modifier) = if selected {
            (look.symbols().marker, Modifier::BOLD)
        } else {
            (" ", Modifier::empty())
        };
        let name =
            fit(&entry.name, usize::from(inside.width).saturating_sub(2), look.symbols().cut);
        let line = Line::from(vec![
            Span::styled(format!("{marker} "), look.style(Role::Accent)),
            Span::raw(name).patch_style(modifier),
        ]);
        frame.render_widget(line, Rect { y, height: 1, ..inside });
    }
}

/// From here on there is room for what a preset is for.
const PURPOSE_FROM: u16 = 9;

fn draw_figures(model: &Model, frame: &mut Frame, area: Rect) {
    let Some(entry) = model.presets.selected() else { return };
    let look = model.look;
    let inside = panel::draw(frame, area, look, &entry.name, Line::default());
    let room = usize::from(inside.width);
    let mut lines = Vec::new();
    let spacious = inside.height >= PURPOSE_FROM;
    if spacious {
        lines.extend(wrap(entry.purpose(), room).into_iter().map(Line::raw));
        lines.push(Line::default());
    }
    match &entry.spec {
        Ok(spec) => {
            if spacious {
                lines.extend(spec_figures::lines(model, spec, room));
            } else {
                // The name of a preset says what it is about where there is no room to.
                lines.extend(spec_figures::short_lines(model, spec, room));
            }
            lines.push(Line::default());
            lines.push(Line::from(vec![
                Span::styled(model.key(Action::Start), look.style(Role::Accent)),
                Span::raw(format!("  queues {} and opens its run; ", entry.name)),
                Span::styled(model.key(Action::Customise), look.style(Role::Accent)),
                Span::raw("  changes it first"),
            ]));
        }
        Err(fault) => {
            let rows = wrap(fault, room).into_iter();
            lines.extend(rows.map(|row| Line::styled(row, look.style(Role::Bad))));
        }
    }
    for (line, y) in lines.into_iter().zip(inside.top()..inside.bottom()) {
        frame.render_widget(line, Rect { y, height: 1, ..inside });
    }
}
