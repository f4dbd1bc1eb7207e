//! All runs, one a row, and what is to know about the selected one.

mod columns;

use ratatui::{
    Frame,
    layout::Rect,
    style::Modifier,
    text::{Line, Span},
    widgets::{Paragraph, Wrap},
};

use self::columns::{Column, fitting};
use crate::{
    queue::RunState,
    tui::{
        figures::clock,
        look::Role,
        model::{Link, Model, queue::Row, run_log::sentence},
        view,
        widgets::{fit::fit, panel},
    },
};

/// Rows of the panel about the selected run, borders included, and the window from which it is shown.
const DETAIL_ROWS: u16 = 5;
const DETAIL_FROM: u16 = 18;

struct Areas {
    table: Rect,
    detail: Option<Rect>,
}

fn areas(body: Rect) -> Areas {
    if body.height < DETAIL_FROM {
        return Areas { table: body, detail: None };
    }
    let height = body.height - DETAIL_ROWS;
    let detail = Rect { y: body.y + height, height: DETAIL_ROWS, ..body };
    Areas { table: Rect { height, ..body }, detail: Some(detail) }
}

/// How many runs can be seen at once.
pub fn visible_rows(model: &Model) -> usize {
    let table = areas(view::areas(model).body).table;
    usize::from(panel::inside(table).height.saturating_sub(1)).max(1)
}

/// The index of the run at a cell of the screen.
pub fn row_at(model: &Model, column: u16, row: u16) -> Option<usize> {
    let inside = panel::inside(areas(view::areas(model).body).table);
    let first = inside.y + 1;
    if column < inside.left() || column >= inside.right() || row < first || row >= inside.bottom() {
        return None;
    }
    let index = model.queue.offset + usize::from(row - first);
    (index < model.queue.rows().len()).then_some(index)
}

/// Draws the screen.
pub fn draw(model: &Model, frame: &mut Frame, body: Rect) {
    let areas = areas(body);
    let inside = panel::draw(frame, areas.table, model.look, "Queue", view::tally(model));
    if model.queue.rows().is_empty() {
        draw_empty(model, frame, inside);
    } else {
        draw_table(model, frame, inside);
    }
    if let Some(area) = areas.detail {
        draw_detail(model, frame, area);
    }
}

fn draw_empty(model: &Model, frame: &mut Frame, area: Rect) {
    let look = model.look;
    let quiet = look.style(Role::Quiet);
    let lines = match &model.link {
        Link::Lost { reason, .. } => vec![
            Line::styled("The daemon does not answer.", look.style(Role::Warning)),
            Line::raw(reason.clone()),
        ],
        _ if !model.queue.is_known => vec![Line::styled("Asking the daemon for its queue", quiet)],
        _ => vec![
            Line::styled("The queue is empty.", look.style(Role::Title)),
            Line::from(vec![
                Span::styled("n", look.style(Role::Accent)),
                Span::raw(": new run. The first preset distils ten digits in under three minutes."),
            ]),
        ],
    };
    let height = area.height.min(4);
    let middle = Rect { y: area.y + (area.height - height) / 2, height, ..area };
    frame.render_widget(Paragraph::new(lines).centered().wrap(Wrap { trim: true }), middle);
}

fn draw_table(model: &Model, frame: &mut Frame, area: Rect) {
    let look = model.look;
    let marker = 2;
    let columns = fitting(area.width.saturating_sub(marker));
    let quiet = look.style(Role::Quiet);
    let head = Rect { height: 1, ..area };
    each_column(&columns, head, marker, |column, place| {
        let line = Line::styled(column.head(), quiet).alignment(column.alignment());
        frame.render_widget(line, place);
    });
    let rows = model.queue.rows().iter().enumerate().skip(model.queue.offset);
    for (index, row) in rows.take(usize::from(area.height.saturating_sub(1))) {
        let shown = index - model.queue.offset;
        let place = Rect { y: area.y + 1 + shown as u16, height: 1, ..area };
        let selected = model.queue.selected_index() == Some(index);
        if selected {
            frame.render_widget(
                Span::styled(look.symbols().marker, look.style(Role::Accent)),
                place,
            );
        }
        each_column(&columns, place, marker, |column, place| {
            let line = column.cell(row, model, place.width).alignment(column.alignment());
            let emphasis = if selected && column == Column::Title {
                Modifier::BOLD
            } else {
                Modifier::empty()
            };
            frame.render_widget(line.patch_style(emphasis), place);
        });
    }
}

fn each_column(
    columns: &[(Column, u16)],
    row: Rect,
    indent: u16,
    mut draw: impl FnMut(Column, Rect),
) {
    let mut x = row.x + indent;
    for (column, width) in columns {
        draw(*column, Rect { x, width: *width, ..row }.intersection(row));
        x += width + 2;
    }
}

fn draw_detail(model: &Model, frame: &mut Frame, area: Rect) {
    let look = model.look;
    let Some(row) = model.queue.selected() else {
        panel::draw(frame, area, look, "Selected", Line::default());
        return;
    };
    let title = format!("Run {}", row.run.id);
    let title = if row.run.title.is_empty() { title } else { format!("{title} {}", row.run.title) };
    let title = fit(&title, usize::from(area.width.saturating_sub(8)), look.symbols().cut);
    let inside = panel::draw(frame, area, look, &title, Line::default());
    let lines = detail(model, row);
    for (line, y) in lines.into_iter().zip(inside.top()..inside.bottom()) {
        frame.render_widget(line, Rect { y, height: 1, ..inside });
    }
}

fn detail(model: &Model, row: &Row) -> Vec<Line<'static>> {
    let (run, look) = (&row.run, model.look);
    let symbols = look.symbols();
    let dot = format!(" {} ", symbols.dot);
    let at = |time| clock(time, &model.zone);
    let digest = &run.digest;
    let done = match digest.iterations {
        Some(of) => format!("{} of {of} iterations", digest.iteration),
        None => "not started yet".to_owned(),
    };
    let checkpoint = match digest.checkpoint {
        Some(iteration) => format!("checkpoint at {iteration}"),
        None => "no checkpoint".to_owned(),
    };
    let what = [done, checkpoint, format!("seed {}", run.seed), format!("added {}", at(run.added))];
    let (text, role) = match &run.state {
        RunState::Queued { since } => {
            (format!("waits for a slot since {}", at(*since)), Role::Quiet)
        }
        RunState::Running { worker } | RunState::Paused { worker } => {
            let since = at(worker.since);
            (format!("worker {} on {} since {since}", worker.pid, worker.device), Role::Quiet)
        }
        RunState::Stopping { worker, cancel } => {
            let then = if *cancel { "then it is cancelled" } else { "then it can be resumed" };
            (format!("worker {} writes a checkpoint and leaves; {then}", worker.pid), Role::Warning)
        }
        RunState::Stopped { at: time } => {
            (format!("stopped at {}; r goes on from the checkpoint", at(*time)), Role::Warning)
        }
        RunState::Interrupted { at: time, reason } => {
            (format!("interrupted at {}: {reason}; r goes on", at(*time)), Role::Warning)
        }
        RunState::Finished { at: time } => (format!("finished at {}", at(*time)), Role::Good),
        RunState::Failed { reason, advice, .. } => (sentence(reason, advice), Role::Bad),
        RunState::Cancelled { at: time } => {
            (format!("cancelled at {}; r tries it again", at(*time)), Role::Quiet)
        }
    };
    vec![
        Line::styled(text, look.style(role)),
        Line::raw(what.join(&dot)),
        Line::styled(run.folder.clone(), look.style(Role::Quiet)),
    ]
}
