//! The run under the cursor at a glance: its curve, and the images of a few classes.

use ratatui::{Frame, layout::Rect, text::Line};

use super::parts;
use crate::tui::{
    look::Role,
    media::{Grid, Protocol, grid::Pictures},
    model::{Model, run::RunModel},
    msg::AlbumOf,
    screens::run::{curves, images},
    view,
    widgets::panel,
};

/// Classes that are shown of a run.
const CLASSES: usize = 10;

/// What is known of the run under the cursor.
fn run_under_cursor(model: &Model) -> Option<&RunModel> {
    model.runs.get(model.queue.selected()?.run.id)
}

/// The pictures of the run under the cursor, once the cursor rests, and where they go.
pub fn grids(model: &Model) -> Vec<(AlbumOf, Grid)> {
    let shown = || Some((AlbumOf::Run(model.preview.run()?), grid(model)?));
    shown().into_iter().collect()
}

fn grid(model: &Model) -> Option<Grid> {
    if !view::is_large_enough(model) || model.canvas.protocol == Protocol::None {
        return None;
    }
    let area = parts(model, view::areas(model).body).images?;
    let run = run_under_cursor(model)?;
    let contents = run.gallery.contents(images::label_width(run))?;
    let few = Pictures { classes: contents.classes.min(CLASSES), ..contents };
    Grid::fit(few, panel::inside(area), model.canvas.cell, 0)
}

/// Draws the matching distance.
pub fn draw_curve(model: &Model, frame: &mut Frame, area: Rect) {
    match run_under_cursor(model) {
        Some(run) => curves::draw_distance(model, run, frame, area),
        None => draw_nothing(model, frame, area, "Matching distance"),
    }
}

/// Draws the images; those under `covered` stay away.
pub fn draw_images(model: &Model, frame: &mut Frame, area: Rect, covered: &[Rect]) {
    match run_under_cursor(model) {
        Some(run) => images::draw(model, run, frame, area, grid(model), covered),
        None => draw_nothing(model, frame, area, "Synthetic images"),
    }
}

fn draw_nothing(model: &Model, frame: &mut Frame, area: Rect, title: &str) {
    let look = model.look;
    let inside = panel::draw(frame, area, look, title, Line::default());
    if model.queue.selected_group().is_some() {
        let text = Line::styled("of a run, when one is selected", look.style(Role::Quiet));
        let middle = Rect { y: inside.y + inside.height / 2, height: 1, ..inside };
        frame.render_widget(text.centered(), middle.intersection(inside));
    }
}
