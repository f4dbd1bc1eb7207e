//! The frame of the list: what is shown of the queue, in which order, and how much is marked.

use ratatui::{
    Frame,
    layout::Rect,
    text::{Line, Span},
};

use crate::tui::{
    look::Role,
    model::Model,
    view,
    widgets::{
        fit::{fit, width},
        panel,
    },
};

/// Draws the frame and gives back what is inside.
pub fn draw(model: &Model, frame: &mut Frame, area: Rect) -> Rect {
    let title = title(model);
    let room = usize::from(area.width).saturating_sub(6);
    let title = fit(&title, room, model.look.symbols().cut);
    let inside = panel::draw(frame, area, model.look, &title, view::tally(model));
    let filter = &model.queue.filter;
    if filter.is_typing {
        draw_field(model, frame, area);
    }
    if let Some(fault) = &filter.query.fault {
        draw_fault(model, frame, area, fault);
    }
    inside
}

fn title(model: &Model) -> String {
    let queue = &model.queue;
    let order = queue.arrangement().order;
    let mut parts = vec!["Queue".to_owned()];
    let filter = queue.filter.field.text();
    if !filter.is_empty() && !queue.filter.is_typing {
        parts.push(format!("/{filter}: {} of {}", queue.hits(), queue.rows().len()));
    }
    match order.column {
        Some(column) => {
            let sign = model.look.symbols().sorted[usize::from(order.is_reversed)];
            parts.push(format!("by {} {sign}", column.head().trim_end_matches(" %")));
        }
        None if order.is_reversed => parts.push("last first".to_owned()),
        None => {}
    }
    if !queue.marked().is_empty() {
        parts.push(format!("{} marked", queue.marked().len()));
    }
    parts.join(&format!(" {} ", model.look.symbols().dot))
}

/// The line that is typed into, in the place of the title.
fn draw_field(model: &Model, frame: &mut Frame, area: Rect) {
    let look = model.look;
    let hits = format!(" {} of {} ", model.queue.hits(), model.queue.rows().len());
    let place = Rect { x: area.x + 2, width: area.width.saturating_sub(4), height: 1, ..area };
    let room = usize::from(place.width).saturating_sub(width(&hits) + 3);
    let mut line = model.queue.filter.field.line(room, look);
    line.spans.insert(0, Span::styled(" /", look.style(Role::Accent)));
    line.spans.push(Span::styled(hits, look.style(Role::Title)));
    let cells = (line.width() as u16).min(place.width);
    // The border below shows through where nothing is typed.
    frame.render_widget(ratatui::widgets::Clear, Rect { width: cells, ..place });
    frame.render_widget(line, place);
}

/// What is wrong with the filter, in the lower border.
fn draw_fault(model: &Model, frame: &mut Frame, area: Rect, fault: &str) {
    let look = model.look;
    let room = usize::from(area.width).saturating_sub(6);
    let text = format!(" {} ", fit(fault, room, look.symbols().cut));
    let y = area.bottom().saturating_sub(1);
    let place = Rect { x: area.x + 2, y, width: width(&text) as u16, height: 1 };
    frame.render_widget(Line::styled(text, look.style(Role::Warning)), place.intersection(area));
}
