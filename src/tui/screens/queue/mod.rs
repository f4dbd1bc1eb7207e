//! All runs, one a row, grouped by study, and what is to know about the selected one.

mod columns;
mod detail;
mod heading;
mod layout;
mod preview;
mod table;
mod title;

use ratatui::{
    Frame,
    layout::Rect,
    text::{Line, Span},
    widgets::{Paragraph, Wrap},
};

use self::layout::{Parts, lay_out};
pub use self::preview::grids;
use crate::tui::{
    action::Action,
    look::Role,
    media::Protocol,
    model::{Link, Model},
    view,
    widgets::{borders::Borders, panel},
};

fn parts(model: &Model, body: Rect) -> Parts {
    laid_out(model, body, &mut Borders::new(&model.preferences.choices))
}

fn laid_out(model: &Model, body: Rect, borders: &mut Borders<'_>) -> Parts {
    if model.queue.rows().is_empty() {
        return Parts { table: body, detail: None, curve: None, images: None };
    }
    lay_out(body, model.canvas.protocol != Protocol::None, borders)
}

/// Lays the screen out, for its borders.
pub fn find_borders(model: &Model, borders: &mut Borders<'_>) {
    laid_out(model, view::areas(model).body, borders);
}

/// True where the window has room for a preview of the run under the cursor.
pub fn shows_preview(model: &Model) -> bool {
    view::is_large_enough(model) && parts(model, view::areas(model).body).curve.is_some()
}

/// How many lines of the list can be seen at once.
pub fn visible_rows(model: &Model) -> usize {
    let table = parts(model, view::areas(model).body).table;
    usize::from(panel::inside(table).height.saturating_sub(1)).max(1)
}

/// The number of the line at a cell of the screen.
pub fn row_at(model: &Model, column: u16, row: u16) -> Option<usize> {
    let inside = panel::inside(parts(model, view::areas(model).body).table);
    let first = inside.y + 1;
    if column < inside.left() || column >= inside.right() || row < first || row >= inside.bottom() {
        return None;
    }
    let index = model.queue.offset + usize::from(row - first);
    (index < model.queue.lines().len()).then_some(index)
}

/// Draws the screen. Images under `covered` are left out.
pub fn draw(model: &Model, frame: &mut Frame, body: Rect, covered: &[Rect]) {
    let parts = parts(model, body);
    let inside = title::draw(model, frame, parts.table);
    if model.queue.rows().is_empty() {
        draw_empty(model, frame, inside);
    } else if model.queue.lines().is_empty() {
        draw_no_hit(model, frame, inside);
    } else {
        table::draw(model, frame, inside);
    }
    if let Some(area) = parts.detail {
        detail::draw(model, frame, area);
    }
    if let Some(area) = parts.curve {
        preview::draw_curve(model, frame, area);
    }
    if let Some(area) = parts.images {
        preview::draw_images(model, frame, area, covered);
    }
}

fn draw_empty(model: &Model, frame: &mut Frame, area: Rect) {
    let look = model.look;
    let quiet = look.style(Role::Quiet);
    let lines = match model.hosts.at_hand().map(|host| &host.link) {
        Some(Link::Lost { reason, .. }) => vec![
            Line::styled("The daemon does not answer.", look.style(Role::Warning)),
            Line::raw(reason.clone()),
        ],
        _ if !model.queue.is_known => vec![Line::styled("Asking the daemon for its queue", quiet)],
        _ => vec![
            Line::styled("The queue is empty.", look.style(Role::Title)),
            Line::from(vec![
                Span::styled(model.key(Action::NewRun), look.style(Role::Accent)),
                Span::raw(": new run. The first preset distils ten digits in under three minutes."),
            ]),
        ],
    };
    draw_centred(frame, area, lines);
}

fn draw_no_hit(model: &Model, frame: &mut Frame, area: Rect) {
    let look = model.look;
    let runs = crate::tui::figures::count(model.queue.rows().len() as u64, "run");
    let lines = vec![
        Line::styled("No run is meant by this filter.", look.style(Role::Title)),
        Line::from(vec![
            Span::styled(model.key(Action::Unmark), look.style(Role::Accent)),
            Span::raw(format!(": show all {runs}")),
        ]),
    ];
    draw_centred(frame, area, lines);
}

fn draw_centred(frame: &mut Frame, area: Rect, lines: Vec<Line<'_>>) {
    let height = area.height.min(4);
    let middle = Rect { y: area.y + (area.height - height) / 2, height, ..area };
    frame.render_widget(Paragraph::new(lines).centered().wrap(Wrap { trim: true }), middle);
}
