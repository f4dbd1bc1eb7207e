//! One run: how far it is, its curves, its images, its log.

pub mod curves;
pub mod images;
mod layout;
mod log;
mod summary;

use ratatui::{Frame, layout::Rect};

use self::layout::{Parts, Wanted, lay_out};
use crate::tui::{
    media::{Grid, Protocol},
    model::{Model, run::RunModel},
    view,
    widgets::panel,
};

fn parts(model: &Model, run: &RunModel) -> Parts {
    let shown = model.canvas.protocol != Protocol::None;
    let wanted = Wanted {
        pictures: run.gallery.contents(images::label_width(run)),
        cell: shown.then_some(model.canvas.cell),
        first: run.gallery.album.first,
    };
    lay_out(view::areas(model).body, run.panel, wanted)
}

/// Where the images of the open run go; `None` while there are none to place or no room for them.
pub fn grid(model: &Model) -> Option<Grid> {
    let run = model.open_run()?;
    if !view::is_large_enough(model) || model.canvas.protocol == Protocol::None {
        return None;
    }
    let area = parts(model, run).images?;
    let contents = run.gallery.contents(images::label_width(run))?;
    Grid::fit(contents, panel::inside(area), model.canvas.cell, run.gallery.album.first)
}

/// Lines of the log that can be seen at once.
pub fn log_rows(model: &Model) -> usize {
    let log = model.open_run().and_then(|run| parts(model, run).log);
    log.map_or(0, |area| usize::from(panel::inside(area).height))
}

/// True when this window cannot show all panels at once.
pub fn hides_panels(model: &Model) -> bool {
    layout::hides_panels(view::areas(model).body)
}

/// True when the images panel cannot show all classes at once.
pub fn hides_classes(model: &Model) -> bool {
    let classes = model.open_run().map_or(0, |run| run.gallery.album.strips().len());
    grid(model).is_some_and(|grid| grid.shown < classes)
}

/// Draws the screen. Images under `covered` are left out.
pub fn draw(model: &Model, frame: &mut Frame, body: Rect, covered: &[Rect]) {
    let Some(run) = model.open_run() else { return };
    let parts = parts(model, run);
    debug_assert_eq!(parts.summary.y, body.y);
    summary::draw(model, run, frame, parts.summary, parts.boxed);
    if let Some(area) = parts.images {
        images::draw(model, run, frame, area, grid(model), covered);
    }
    if let Some(area) = parts.distance {
        curves::draw_distance(model, run, frame, area);
    }
    if let Some(area) = parts.accuracy {
        curves::draw_accuracy(model, run, frame, area);
    }
    if let Some(area) = parts.log {
        log::draw(model, run, frame, area);
    }
}
