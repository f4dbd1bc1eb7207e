//! The curves of the run screen: the matching distance, and the accuracies with the line to beat.

use ratatui::{Frame, layout::Rect, text::Line};

use crate::tui::{
    figures::{accuracy, measure},
    look::Role,
    model::{Model, run::RunModel},
    widgets::{
        chart::{Axis, Chart, Point, Reference, Unit},
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
    let objective = run.plan.as_ref().map_or("matching distance", |plan| plan.objective.as_str());
    let title = match objective {
        "" => "Nothing to learn".to_owned(),
        objective if run.log_axis => format!("{}, log", capitalised(objective)),
        objective => capitalised(objective),
    };
    let newest = Line::styled(newest, look.style(Role::Synthetic));
    let inside = panel::draw(frame, area, look, &title, newest);
    let chart = Chart {
        look,
        x: x_axis(run, inside),
        curve: &run.distances,
        points: Vec::new(),
        reference: None,
        // A logarithm needs values above zero; without one the axis stays linear.
        log_axis: run.log_axis && run.distances.iter().any(|point| point.1 > 0.0),
        unit: Unit::Number,
        empty: if objective.is_empty() { "images are chosen" } else { "no iteration yet" },
    };
    frame.render_widget(&chart, inside);
}

fn capitalised(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
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
        labels: [
            format!("random {}", accuracy((random.mean, random.std), look.symbols())),
            "random".to_owned(),
        ],
    });
    let chart = Chart {
        look,
        x: x_axis(run, inside),
        curve: &[],
        points: points.collect(),
        reference,
        log_axis: false,
        unit: Unit::Percent,
        empty: "not evaluated yet",
    };
    frame.render_widget(&chart, inside);
}
