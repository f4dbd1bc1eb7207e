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
    let last = run.history.curves.buckets().last().map_or(0, |bucket| bucket.to);
    let last = run.scores().map(|score| score.iteration).fold(last, u64::max);
    Axis::iterations(last, run.digest().iterations, usize::from(area.width / CELLS_PER_TICK))
}

/// The extremes of every bucket; a bucket with a value that is no number is one.
fn distances(run: &RunModel) -> Vec<(u64, f64)> {
    let buckets = run.history.curves.buckets().iter();
    let points = buckets.flat_map(|bucket| {
        let stat = &bucket.distance;
        let bad = (stat.bad > 0).then_some((bucket.to, f64::NAN));
        let ends = [(bucket.from, stat.low), (bucket.to, stat.high)];
        let finite = ends.into_iter().take(if stat.count > 1 { 2 } else { stat.count as usize });
        bad.into_iter().chain(finite)
    });
    points.collect()
}

/// Draws the matching distance.
pub fn draw_distance(model: &Model, run: &RunModel, frame: &mut Frame, area: Rect) {
    let look = model.look;
    let curve = distances(run);
    let newest = curve.last().map_or_else(String::new, |point| format!(" {} ", measure(point.1)));
    let objective = run.plan().map_or("matching distance", |plan| plan.objective.as_str());
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
        curve: &curve,
        points: Vec::new(),
        reference: None,
        // A logarithm needs values above zero; without one the axis stays linear.
        log_axis: run.log_axis && curve.iter().any(|point| point.1 > 0.0),
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
    let newest = run.scores().last().map_or_else(String::new, |score| {
        format!(" {} ", accuracy((score.mean, score.std), look.symbols()))
    });
    let inside = panel::draw(
        frame,
        area,
        look,
        "Accuracy",
        Line::styled(newest, look.style(Role::Synthetic)),
    );
    let points = run.scores().map(|score| Point {
        x: score.iteration as f64,
        mean: score.mean,
        spread: score.std,
    });
    let reference = run.random().map(|random| Reference {
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
