//! The curves of the run screen: the matching distance, and the accuracies with the line to beat.

use ratatui::{Frame, layout::Rect, text::Line};

use crate::tui::{
    figures::{accuracy, measure},
    look::Role,
    model::{Model, run::RunModel},
    widgets::{
        chart::{Chart, ChartPoint, ChartView, Marker, Reference, Series, Unit, XUnit},
        panel,
    },
};

/// An empty chart of a run.
fn chart<'a>(model: &Model, run: &RunModel, series: Series<'a>) -> Chart<'a> {
    Chart {
        look: model.look,
        series: vec![Series { style: model.look.style(Role::Synthetic), ..series }],
        references: Vec::new(),
        view: ChartView::default(),
        planned: run.digest().iterations.map(|planned| planned as f64),
        x: XUnit::Iterations,
        unit: Unit::Number,
        empty: "",
    }
}

/// Draws the matching distance.
pub fn draw_distance(model: &Model, run: &RunModel, frame: &mut Frame, area: Rect) {
    let look = model.look;
    let buckets = run.history.curves.buckets();
    let last = buckets.last().map(|bucket| ChartPoint::of(bucket.to as f64, &bucket.distance));
    let newest = last.map_or_else(String::new, |point| format!(" {} ", measure(point.last)));
    let objective = run.plan().map_or("matching distance", |plan| plan.objective.as_str());
    let title = match objective {
        "" => "Nothing to learn".to_owned(),
        objective if run.log_axis => format!("{}, log", capitalised(objective)),
        objective => capitalised(objective),
    };
    let newest = Line::styled(newest, look.style(Role::Synthetic));
    let inside = panel::draw(frame, area, look, &title, newest);
    let points = buckets.iter().map(|bucket| ChartPoint::of(bucket.to as f64, &bucket.distance));
    let chart = Chart {
        view: ChartView { log: run.log_axis, ..ChartView::default() },
        empty: if objective.is_empty() { "images are chosen" } else { "no iteration yet" },
        ..chart(model, run, Series { points: points.collect(), ..Series::default() })
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
    let markers = run.scores().map(|score| Marker {
        x: score.iteration as f64,
        mean: score.mean,
        spread: score.std,
    });
    let references = run.random().map(|random| Reference {
        value: random.mean,
        labels: [
            format!("random {}", accuracy((random.mean, random.std), look.symbols())),
            "random".to_owned(),
        ],
        style: look.style(Role::Random),
    });
    let chart = Chart {
        references: references.into_iter().collect(),
        unit: Unit::Percent,
        empty: "not evaluated yet",
        ..chart(model, run, Series { markers: markers.collect(), ..Series::default() })
    };
    frame.render_widget(&chart, inside);
}
