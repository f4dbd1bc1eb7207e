//! One run: how far it is, its charts, its images with their history, its log, its scores, its spec.

mod artefacts;
pub mod charts;
pub mod images;
mod layout;
mod log;
mod scores;
mod spec;
mod summary;

use ratatui::{Frame, layout::Rect, text::Line};

use self::layout::{Parts, Wanted, lay_out};
use crate::tui::{
    media::{Grid, Protocol},
    model::{
        Model,
        panels::{Panel, of_run},
        run::RunModel,
    },
    view,
    widgets::{borders::Borders, panel},
};

fn parts(model: &Model, run: &RunModel) -> Parts {
    laid_out(model, run, &mut Borders::new(&model.preferences.choices))
}

fn laid_out(model: &Model, run: &RunModel, borders: &mut Borders<'_>) -> Parts {
    let shown = model.canvas.protocol != Protocol::None;
    let wanted = Wanted {
        pictures: run.gallery.contents(images::label_width(run)),
        cell: shown.then_some(model.canvas.cell),
        first: run.gallery.album.first,
    };
    lay_out(view::areas(model).body, run.focus, &of_run(&run.history), wanted, borders)
}

/// Lays the screen out, for its borders.
pub fn find_borders(model: &Model, borders: &mut Borders<'_>) {
    if let Some(run) = model.open_run() {
        laid_out(model, run, borders);
    }
}

/// Where the images of the open run go; `None` while there are none to place or no room for them.
pub fn grid(model: &Model) -> Option<Grid> {
    let run = model.open_run()?;
    if !view::is_large_enough(model) || model.canvas.protocol == Protocol::None {
        return None;
    }
    let area = parts(model, run).area(Panel::Images)?;
    let contents = run.gallery.contents(images::label_width(run))?;
    Grid::fit(contents, panel::inside(area), model.canvas.cell, run.gallery.album.first)
}

/// Lines of the text that scrolls that can be seen at once, and how many there are.
pub fn text_rows(model: &Model) -> (usize, usize) {
    let Some(run) = model.open_run() else { return (0, 0) };
    let parts = parts(model, run);
    let rows = |panel| parts.area(panel).map_or(0, |area| usize::from(panel::inside(area).height));
    match run.focus.panel {
        Panel::Spec => (rows(Panel::Spec), spec::lines(run)),
        Panel::Artefacts => (rows(Panel::Artefacts), run.artefacts.rows()),
        Panel::Scores => (rows(Panel::Scores).saturating_sub(1), run.history.scores.len()),
        _ => (rows(Panel::Log), run.log.lines.len()),
    }
}

/// The panel at a cell of the screen.
pub fn panel_at(model: &Model, column: u16, row: u16) -> Option<Panel> {
    let parts = parts(model, model.open_run()?);
    let hit = parts.panels.iter().find(|shown| shown.1.contains((column, row).into()));
    hit.map(|shown| shown.0)
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
    for (panel, area) in parts.panels {
        match panel {
            Panel::Images => images::draw(model, run, frame, area, grid(model), covered),
            Panel::Log => log::draw(model, run, frame, area),
            Panel::Scores => scores::draw(model, run, frame, area),
            Panel::Spec => spec::draw(model, run, frame, area),
            Panel::Artefacts => artefacts::draw(model, run, frame, area),
            chart => charts::draw(model, run, frame, area, chart),
        }
    }
}

/// Draws the box of a panel: one that has the focus stands out.
fn draw_panel(
    model: &Model,
    run: &RunModel,
    frame: &mut Frame,
    area: Rect,
    panel: Panel,
    title: &str,
    figure: Line<'_>,
) -> Rect {
    if run.focus.panel == panel && !run.focus.alone {
        panel::draw_over(frame, area, model.look, title, figure)
    } else {
        panel::draw(frame, area, model.look, title, figure)
    }
}
