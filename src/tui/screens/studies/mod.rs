//! The studies: a list of them, and the open one as its table with what else there is to see of it.

mod detail;
mod layout;
pub mod list;
pub mod memory;
mod parts;
mod table;

use ratatui::{
    Frame,
    layout::{Position, Rect},
    text::{Line, Span},
};

use self::layout::{Parts, lay_out};
use crate::tui::{
    look::Role,
    model::{
        Model,
        studies::{Face, OpenStudy, space},
    },
    view,
    widgets::{borders::Borders, fit::fit, panel},
};

fn parts_of(model: &Model, open: &OpenStudy) -> Parts {
    laid_out(model, open, &mut Borders::new(&model.preferences.choices))
}

fn laid_out(model: &Model, open: &OpenStudy, borders: &mut Borders<'_>) -> Parts {
    lay_out(view::areas(model).body, &open.faces(), open.face, open.rows(), borders)
}

/// Lays the open study out, for its borders.
pub fn find_borders(model: &Model, borders: &mut Borders<'_>) {
    if let Some(open) = &model.studies.open {
        laid_out(model, open, borders);
    }
}

/// Rows of the part that keys are for that can be seen at once.
pub fn visible_rows(model: &Model) -> usize {
    let Some(open) = &model.studies.open else { return list::visible_rows(model) };
    let parts = parts_of(model, open);
    let area = parts.faces.iter().find(|(face, _)| *face == open.face);
    area.map_or(1, |(_, area)| usize::from(panel::inside(*area).height.saturating_sub(1)).max(1))
}

/// The row and the column of the table's cell at a cell of the screen.
pub fn cell_at(model: &Model, column: u16, row: u16) -> Option<(usize, usize)> {
    let open = model.studies.open.as_ref()?;
    let parts = parts_of(model, open);
    let (_, area) = parts.faces.iter().find(|(face, _)| *face == Face::Table)?;
    let inside = panel::inside(*area);
    let place = Position { x: column, y: row };
    if !inside.contains(place) {
        return None;
    }
    let (sheet, _) = table::sheet(model, open, inside.width)?;
    sheet.widget(model).cell_at(inside, place)
}

/// The part of the open study at a cell of the screen.
pub fn face_at(model: &Model, column: u16, row: u16) -> Option<Face> {
    let open = model.studies.open.as_ref()?;
    let place = Position { x: column, y: row };
    let faces = parts_of(model, open).faces;
    faces.into_iter().find(|(_, area)| area.contains(place)).map(|(face, _)| face)
}

/// Draws the screen. Images under `covered` are left out.
pub fn draw(model: &Model, frame: &mut Frame, body: Rect, covered: &[Rect]) {
    let Some(open) = &model.studies.open else {
        list::draw(model, frame, body);
        return;
    };
    if open.stands.is_none() {
        let (text, role) = match &open.fault {
            Some(fault) => (fault.as_str(), Role::Bad),
            None => ("the daemon is reading its runs", Role::Quiet),
        };
        let inside = panel::draw(frame, body, model.look, "Study", Line::default());
        let rows = crate::tui::widgets::fit::wrap(&fit(text, 4000, ""), inside.width.into());
        for (row, y) in rows.into_iter().zip(inside.top()..inside.bottom()) {
            let line = Line::styled(row, model.look.style(role));
            frame.render_widget(line, Rect { y, height: 1, ..inside });
        }
        return;
    }
    let parts = parts_of(model, open);
    for (face, area) in &parts.faces {
        let place = Place { area: *area, is_one_of_several: parts.faces.len() > 1 };
        draw_face(model, open, frame, *face, place, covered);
    }
    detail::draw(model, open, frame, parts.detail, parts.is_boxed);
}

/// Where a part goes.
#[derive(Debug, Clone, Copy)]
struct Place {
    area: Rect,
    /// Whether others are beside it, so that it has to be told for which one keys are.
    is_one_of_several: bool,
}

fn draw_face(
    model: &Model,
    open: &OpenStudy,
    frame: &mut Frame,
    face: Face,
    place: Place,
    covered: &[Rect],
) {
    let look = model.look;
    let Place { area, is_one_of_several } = place;
    let inside = panel::inside(area);
    let sheet = (face == Face::Table).then(|| table::sheet(model, open, inside.width)).flatten();
    let (title, figure) =
        heading(model, open, face, area.width, sheet.as_ref().and_then(|sheet| sheet.1));
    let room = usize::from(area.width).saturating_sub(figure.width() + 8).max(8);
    let title = fit(&title, room, look.symbols().cut);
    let inside = if is_one_of_several && face == open.face {
        panel::draw_over(frame, area, look, &title, figure)
    } else {
        panel::draw(frame, area, look, &title, figure)
    };
    match face {
        Face::Table => {
            if let Some((sheet, _)) = sheet {
                frame.render_widget(&sheet.widget(model), inside);
            }
        }
        Face::Curves => parts::draw_curves(model, open, frame, inside),
        Face::Forgetting => {
            if let Some(table) = open.table() {
                let sheet = parts::forgetting(model, open, table);
                frame.render_widget(&sheet.widget(model), inside);
            }
        }
        Face::Memory => memory::draw(model, open, frame, inside, covered),
        Face::Comparisons => parts::draw_comparisons(model, open, frame, inside),
        Face::Scatter => parts::draw_scatter(model, open, frame, inside),
        Face::Ranks => parts::draw_ranks(model, open, frame, inside),
        Face::Search => parts::draw_search(model, open, frame, inside),
    }
}

/// The title of a part, and the figure at its right.
fn heading(
    model: &Model,
    open: &OpenStudy,
    face: Face,
    area_width: u16,
    shows: Option<crate::tui::model::studies::cells::Shows>,
) -> (String, Line<'static>) {
    let look = model.look;
    let quiet = look.style(Role::Quiet);
    let row = open.search().and_then(|table| table.rows.get(open.row));
    let row = row.map_or("", |row| row.name.as_str());
    match face {
        Face::Table => {
            let title = match (open.table(), open.search()) {
                (Some(table), _) => table.title.clone(),
                (_, Some(search)) => search.title.clone(),
                (None, None) => String::new(),
            };
            let mut figure = Line::default();
            if let Some(shows) = shows {
                figure.push_span(Span::styled(format!(" {} ", shows.name()), quiet));
            }
            figure.extend(list::left_out(model, area_width).spans);
            (title, figure)
        }
        Face::Curves => ("Accuracy behind each task".to_owned(), Line::default()),
        Face::Forgetting => ("Forgetting in points".to_owned(), Line::default()),
        Face::Memory => {
            let row = open.table().and_then(|table| table.rows.get(open.row));
            let row = row.map_or("", |(name, _)| name.as_str());
            (format!("Memory of {row}"), memory::figure(model, open))
        }
        Face::Comparisons => ("Seed by seed".to_owned(), Line::default()),
        Face::Scatter => {
            let reference = open.search().map_or("", |table| table.reference.as_str());
            let mut figure = agreement(model, open);
            figure.extend(filter(model, open).spans);
            (format!("{row} over {reference}"), figure)
        }
        Face::Ranks => (format!("Ranks by {row}"), filter(model, open)),
        Face::Search => ("Best so far over device time".to_owned(), filter(model, open)),
    }
}

/// How far the proxy of the row agrees with the reference over the architectures that are shown.
fn agreement(model: &Model, open: &OpenStudy) -> Line<'static> {
    let ranked = open.proxy().map(|proxy| space::ranked(proxy, open.filter.text()));
    let found = ranked.and_then(|ranked| space::agreement(&ranked));
    let text = found.map_or_else(String::new, |found| {
        format!(" {} ", space::in_words(found, model.look.symbols()))
    });
    Line::styled(text, model.look.style(Role::Quiet))
}

/// The filter on architectures.
fn filter(model: &Model, open: &OpenStudy) -> Line<'static> {
    let look = model.look;
    if open.is_typing {
        let mut line = Line::from(Span::styled(" /", look.style(Role::Accent)));
        line.extend(open.filter.line(20, look).spans);
        line.push_span(Span::raw(" "));
        return line;
    }
    match open.filter.text() {
        "" => Line::default(),
        text => {
            let text = fit(text, 24, look.symbols().cut);
            Line::styled(format!(" /{text} "), look.style(Role::Accent))
        }
    }
}
