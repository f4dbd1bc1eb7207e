//! The curves of the run screen: the matching distance, and the accuracies with the line to beat.

use ratatui::{Frame, layout::Rect, text::Line};

use crate::tui::{
    figures::{accuracy, measure},
    look::Role,
    model::{Model, run::RunModel},
    widgets::{
        chart::{Axis, Chart, Point, Reference},
        panel,
    },
};

/// Cells between two numbers below a chart.
const CELLS_PER_TICK: u16 = 12;

fn x_axis(run: &RunModel, area: Rect) -> Axis {
    let last = run.distances.last().map_or(0, |point| point.0);
    let last = run.scores.iter().map(|score| score.iteration).fold(last, u64::max);
    Axis::iterations(last, run.digest.iterations, usize::from(area.width / CELLS_PER_TICK))
}

/// Draws the matching distance.
pub fn draw_distance(model: &Model, run: &RunModel, frame: &mut Frame, area: Rect) {
    let look = model.look;
    let newest =
        run.distances.last().map_or_else(String::new, |point| format!(" {} ", measure(point.1)));
    let title = if run.log_axis { "Matching distance, log" } else { "Matching distance" };
    let inside =
        panel::draw(frame, area, look, title, Line::styled(newest, look.style(Role::Synthetic)));
    let chart = Chart {
        look,
        x: x_axis(run, inside),
        curve: &run.distances,
        points: Vec::new(),
        reference: None,
        // A logarithm needs values above zero; without one the axis stays linear.
        log_axis: run.log_axis && run.distances.iter().any(|point| point.1 > 0.0),
        label: measure,
        empty: "no iteration yet",
    };
    frame.render_widget(&chart, inside);
}

/// Draws the accuracies.
pub fn draw_accuracy(model: &Model, run: &RunModel, frame: &mut Frame, area: Rect) {
    let look = model.look;
    let newest = run.scores.last().map_or_else(String::new, |score| {
        format!(" {} ", accuracy((score.mean, score.std), look.symbols()))
    });
    let inside = panel::draw(
        frame,
        area,
        look,
        "Accuracy",
        Line::styled(newest, look.style(Role::Synthetic)),
    );
    let points = run.scores.iter().map(|score| Point {
        x: score.iteration as f64,
        mean: score.mean,
        spread: score.std,
    });
    let reference = run.random.as_ref().map(|random| Reference {
        value: random.mean,
        label: format!("random {}", accuracy((random.mean, random.std), look.symbols())),
    });
    let chart = Chart {
        look,
        x: x_axis(run, inside),
        curve: &[],
        points: points.collect(),
        reference,
        log_axis: false,
        label: |value| format!("{:.0} %", value * 100.0),
        empty: "not evaluated yet",
    };
    frame.render_widget(&chart, inside);
}
