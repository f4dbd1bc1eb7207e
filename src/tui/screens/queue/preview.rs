//! The run under the cursor at a glance: its curve, and the images of a few classes.

use ratatui::{Frame, layout::Rect, text::Line};

use super::parts;
use crate::tui::{
    figures::measure,
    look::Role,
    media::{Grid, Protocol, grid::Pictures},
    model::{Model, panels::Panel, run::RunModel},
    msg::AlbumOf,
    screens::{
        run::{charts, images},
        run_series::{Metric, series, x_unit},
    },
    view,
    widgets::{
        chart::{Chart, ChartView},
        panel,
    },
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

/// Draws what the method lowers.
pub fn draw_curve(model: &Model, frame: &mut Frame, area: Rect) {
    let Some(run) = run_under_cursor(model) else {
        draw_nothing(model, frame, area, "Matching distance");
        return;
    };
    let look = model.look;
    let learns = run.plan().is_none_or(|plan| !plan.objective.is_empty());
    // All of it, however somebody looks at it on its own screen.
    let view = ChartView { log: run.view.log, ..ChartView::default() };
    let style = look.style(Role::Synthetic);
    let chart = Chart {
        look,
        series: vec![series(run, Metric::Distance, view.x_by, style)],
        references: Vec::new(),
        view,
        planned: run.digest().iterations.map(|planned| planned as f64),
        x: x_unit(view.x_by),
        unit: Metric::Distance.unit(),
        empty: if learns { "no iteration yet" } else { "images are chosen" },
    };
    let last = chart.series.iter().flat_map(|one| one.points.iter()).last();
    let newest = last.map_or_else(String::new, |point| format!(" {} ", measure(point.last)));
    let title = charts::title(run, Panel::Distance);
    let inside = panel::draw(frame, area, look, &title, Line::styled(newest, style));
    frame.render_widget(&chart, inside);
}

/// Draws the images; those under `covered` stay away.
pub fn draw_images(model: &Model, frame: &mut Frame, area: Rect, covered: &[Rect]) {
    const TITLE: &str = "Synthetic images";
    let Some(run) = run_under_cursor(model) else {
        draw_nothing(model, frame, area, TITLE);
        return;
    };
    let look = model.look;
    let quiet = look.style(Role::Quiet);
    let sheet = run.gallery.sheet.as_ref();
    let figure = match (run.gallery.fault(), sheet) {
        (Some(fault), _) => Line::styled(format!(" {fault} "), look.style(Role::Bad)),
        (None, Some(sheet)) => {
            Line::styled(format!(" iteration {} ", sheet.snapshot.iteration), quiet)
        }
        (None, None) => Line::default(),
    };
    let inside = panel::draw(frame, area, look, TITLE, figure);
    if let Some(grid) = grid(model).filter(|_| sheet.is_some()) {
        images::draw_album(model, run, &run.gallery.album, frame, grid, covered);
    } else {
        let text = if sheet.is_some() { "no room for a picture" } else { "no picture yet" };
        panel::draw_middle(frame, inside, Line::styled(text, quiet));
    }
}

fn draw_nothing(model: &Model, frame: &mut Frame, area: Rect, title: &str) {
    let look = model.look;
    let inside = panel::draw(frame, area, look, title, Line::default());
    if model.queue.selected_group().is_some() {
        let text = Line::styled("of a run, when one is selected", look.style(Role::Quiet));
        panel::draw_middle(frame, inside, text);
    }
}
