//! The list itself: heads of columns, heads of studies, a run a row.

use ratatui::{
    Frame,
    layout::Rect,
    style::Modifier,
    text::{Line, Span},
};

use super::{
    columns::{self, Longest, fitting},
    heading,
};
use crate::tui::{
    look::Role,
    model::{
        Model,
        queue::{Row, column::Column, lines},
    },
};

/// Cells for the cursor and for marks.
const MARKERS: u16 = 2;

/// Draws the list into what is inside its panel.
pub fn draw(model: &Model, frame: &mut Frame, area: Rect) {
    let queue = &model.queue;
    let with_study =
        queue.groups().is_empty() && queue.rows().iter().any(|row| !row.run.study.is_empty());
    let longest = Longest::of(queue.rows(), model.look);
    let columns = fitting(area.width.saturating_sub(MARKERS), with_study, longest);
    draw_heads(model, frame, Rect { height: 1, ..area }, &columns);
    let shown = queue.lines().iter().enumerate().skip(queue.offset);
    let shown = shown.take(usize::from(area.height.saturating_sub(1)));
    // What is seen has to be told apart.
    let rows = shown.clone().filter_map(|(_, line)| match line {
        lines::Line::Run(row) => queue.rows().get(*row),
        lines::Line::Heading(_) => None,
    });
    let titles: Vec<&str> = rows.map(|row| row.run.title.as_str()).collect();
    for ((index, line), y) in shown.zip(area.y + 1..area.bottom()) {
        let place = Rect { y, height: 1, ..area };
        let is_selected = queue.selected_index() == Some(index);
        if is_selected {
            frame.buffer_mut().set_style(place, model.look.style(Role::Selection));
        }
        draw_markers(model, frame, place, line, is_selected);
        match line {
            lines::Line::Heading(group) => {
                let inside = Rect {
                    x: place.x + MARKERS,
                    width: place.width.saturating_sub(MARKERS),
                    ..place
                };
                if let Some(group) = queue.groups().get(*group) {
                    heading::draw(model, frame, inside, group, is_selected);
                }
            }
            lines::Line::Run(row) => {
                if let Some(row) = queue.rows().get(*row) {
                    draw_run(model, frame, place, &columns, &titles, row);
                }
            }
        }
    }
}

fn draw_heads(model: &Model, frame: &mut Frame, area: Rect, columns: &[(Column, u16)]) {
    let look = model.look;
    let order = model.queue.arrangement().order;
    each_column(columns, area, |column, place| {
        let alignment = columns::alignment(column);
        if order.column == Some(column) {
            let sign = look.symbols().sorted[usize::from(order.is_reversed)];
            let head = format!("{}{sign}", column.head());
            // The sign stands in the space between two columns.
            let place = Rect { width: place.width + 1, ..place }.intersection(area);
            frame.render_widget(
                Line::styled(head, look.style(Role::Accent)).alignment(alignment),
                place,
            );
        } else {
            let head = Line::styled(column.head(), look.style(Role::Quiet));
            frame.render_widget(head.alignment(alignment), place);
        }
    });
}

fn draw_markers(
    model: &Model,
    frame: &mut Frame,
    place: Rect,
    line: &lines::Line,
    is_selected: bool,
) {
    let symbols = model.look.symbols();
    let queue = &model.queue;
    let is_marked = |row: &usize| {
        queue.rows().get(*row).is_some_and(|row| queue.marked().contains(&row.run.id))
    };
    let is_marked = match line {
        lines::Line::Run(row) => is_marked(row),
        lines::Line::Heading(group) => {
            let group = queue.groups().get(*group);
            group.is_some_and(|group| group.is_folded && group.rows.iter().any(is_marked))
        }
    };
    let cursor = if is_selected { symbols.marker } else { " " };
    let mark = if is_marked { symbols.mark } else { " " };
    let accent = model.look.style(Role::Accent);
    frame.render_widget(Span::styled(format!("{cursor}{mark}"), accent), place);
}

fn draw_run(
    model: &Model,
    frame: &mut Frame,
    place: Rect,
    columns: &[(Column, u16)],
    titles: &[&str],
    row: &Row,
) {
    let is_selected = model.queue.selected().is_some_and(|selected| selected.run.id == row.run.id);
    let is_marked = model.queue.marked().contains(&row.run.id);
    each_column(columns, place, |column, place| {
        let line = columns::cell(column, row, titles, model, place.width);
        let line = line.alignment(columns::alignment(column));
        let is_strong = column == Column::Title && (is_selected || is_marked);
        let emphasis = if is_strong { Modifier::BOLD } else { Modifier::empty() };
        frame.render_widget(line.patch_style(emphasis), place);
    });
}

fn each_column(columns: &[(Column, u16)], row: Rect, mut draw: impl FnMut(Column, Rect)) {
    let mut x = row.x + MARKERS;
    for (column, width) in columns {
        draw(*column, Rect { x, width: *width, ..row }.intersection(row));
        x += width + columns::SPACE;
    }
}
