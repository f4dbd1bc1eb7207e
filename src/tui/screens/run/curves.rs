//! The curves of the run screen: what the method lowers, and the accuracies with the line to beat.

use ratatui::{Frame, layout::Rect, text::Line};

use crate::tui::{
    figures::{accuracy, measure},
    look::Role,
    model::{Model, run::RunModel},
    screens::run_series::{Metric, series, x_unit},
    widgets::{
        chart::{Chart, ChartView, Reference},
        panel,
    },
};

/// A chart of one metric of a run.
fn chart(model: &Model, run: &RunModel, metric: Metric, view: ChartView) -> Chart<'static> {
    let style = model.look.style(Role::Synthetic);
    Chart {
        look: model.look,
        series: vec![series(run, metric, view.x_by, style)],
        references: Vec::new(),
        view,
        planned: run.digest().iterations.map(|planned| planned as f64),
        x: x_unit(view.x_by),
        unit: metric.unit(),
        empty: "",
    }
}

/// Draws the matching distance.
pub fn draw_distance(model: &Model, run: &RunModel, frame: &mut Frame, area: Rect) {
    let look = model.look;
    let view = ChartView { log: run.log_axis, ..ChartView::default() };
    let mut chart = chart(model, run, Metric::Distance, view);
    let last = chart.series.iter().flat_map(|one| one.points.iter()).last();
    let newest = last.map_or_else(String::new, |point| format!(" {} ", measure(point.last)));
    let objective = run.plan().map_or("matching distance", |plan| plan.objective.as_str());
    let title = match objective {
        "" => "Nothing to learn".to_owned(),
        objective if run.log_axis => format!("{}, log", capitalised(objective)),
        objective => capitalised(objective),
    };
    chart.empty = if objective.is_empty() { "images are chosen" } else { "no iteration yet" };
    let newest = Line::styled(newest, look.style(Role::Synthetic));
    let inside = panel::draw(frame, area, look, &title, newest);
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
    let newest = Line::styled(newest, look.style(Role::Synthetic));
    let inside = panel::draw(frame, area, look, "Accuracy", newest);
    let mut chart = chart(model, run, Metric::Accuracy, ChartView::default());
    chart.references.extend(run.random().map(|random| Reference {
        value: random.mean,
        labels: [
            format!("random {}", accuracy((random.mean, random.std), look.symbols())),
            "random".to_owned(),
        ],
        style: look.style(Role::Random),
    }));
    chart.empty = "not evaluated yet";
    frame.render_widget(&chart, inside);
}
