//! The images that the run under the cursor keeps of its tasks: a row of thumbnails for each class.

use ratatui::{Frame, layout::Rect, text::Line};

use super::parts_of;
use crate::{
    queue::RunId,
    tui::{
        look::Role,
        media::{Grid, Protocol},
        model::{
            Model, Screen,
            studies::{Face, OpenStudy},
        },
        msg::AlbumOf,
        screens::run::images::draw_strips,
        view,
        widgets::{fit::width, panel},
    },
};

/// The longest name of a class.
const LABEL_CELLS: usize = 16;

/// The part of the screen that shows it, where there is one and pictures are shown at all.
fn area(model: &Model, open: &OpenStudy) -> Option<Rect> {
    if !view::is_large_enough(model) || model.canvas.protocol == Protocol::None {
        return None;
    }
    let parts = parts_of(model, open);
    parts.faces.into_iter().find(|(face, _)| *face == Face::Memory).map(|(_, area)| area)
}

/// The run whose memory there is room for.
pub fn run(model: &Model) -> Option<RunId> {
    let open = model.studies.open.as_ref().filter(|_| model.screen == Screen::Studies)?;
    area(model, open)?;
    open.telling_run(&model.queue).filter(|run| model.queue.row(*run).is_some())
}

/// The memory's pictures, and where they go.
pub fn grids(model: &Model) -> Vec<(AlbumOf, Grid)> {
    let grid = model.studies.open.as_ref().and_then(|open| grid(model, open));
    grid.map(|grid| (AlbumOf::Memory, grid)).into_iter().collect()
}

fn grid(model: &Model, open: &OpenStudy) -> Option<Grid> {
    let area = area(model, open)?;
    let names = open.memory.names().iter().map(|name| width(name));
    let label = names.max().unwrap_or(1).min(LABEL_CELLS) as u16;
    let album = &open.memory.album;
    Grid::fit(album.contents(label)?, panel::inside(area), model.canvas.cell, album.first)
}

/// What of it is shown, or what is wrong with it.
pub fn figure(model: &Model, open: &OpenStudy) -> Line<'static> {
    let look = model.look;
    if let Some(fault) = open.memory.fault() {
        return Line::styled(format!(" {fault} "), look.style(Role::Bad));
    }
    let all = open.memory.names().len();
    match grid(model, open) {
        Some(grid) if grid.shown < all => {
            let text = format!(" {} of {all} classes ", grid.shown);
            Line::styled(text, look.style(Role::Quiet))
        }
        _ => Line::default(),
    }
}

/// Draws it; images under `covered` stay away.
pub fn draw(model: &Model, open: &OpenStudy, frame: &mut Frame, inside: Rect, covered: &[Rect]) {
    let memory = &open.memory;
    if let Some(grid) = grid(model, open) {
        let name = |class: usize| memory.name(class).to_owned();
        draw_strips(model, &memory.album, frame, grid, covered, |strip| name(strip.class));
        return;
    }
    let text = if model.canvas.protocol == Protocol::None {
        "pictures are switched off"
    } else if !memory.names().is_empty() {
        "no room for a picture"
    } else if memory.is_awaited() {
        "on its way"
    } else {
        "nothing is kept of a task yet"
    };
    panel::draw_middle(frame, inside, Line::styled(text, model.look.style(Role::Quiet)));
}
