//! The charts of the run screen: what the method lowers, accuracies with the line to beat, inner loss, speed and
//! memory over iterations or time, and the distance of every class as heat.

use ratatui::{Frame, layout::Rect, text::Line};

use crate::record::history::heat::HeatColumn;
use crate::tui::{
    figures::{accuracy, measure},
    look::Role,
    model::{Model, panels::Panel, run::RunModel},
    screens::run_series::{Metric, series, x_unit},
    widgets::{
        chart::{Chart, ChartView, Reference, Unit, XBy},
        heat_strip::{HeatStrip, by_rows},
        panel,
    },
};

/// The metric of a panel's chart; none for what is no curve.
pub const fn metric(panel: Panel) -> Option<Metric> {
    match panel {
        Panel::Distance => Some(Metric::Distance),
        Panel::Accuracy => Some(Metric::Accuracy),
        Panel::InnerLoss => Some(Metric::InnerLoss),
        Panel::Speed => Some(Metric::Speed),
        Panel::Memory => Some(Metric::Memory),
        _ => None,
    }
}

/// The chart of one metric of a run.
pub fn chart(model: &Model, run: &RunModel, metric: Metric) -> Chart<'static> {
    let role = match metric {
        Metric::Distance | Metric::Accuracy => Role::Synthetic,
        _ => Role::Text,
    };
    // Accuracies and speeds are not read over orders of magnitude.
    let log = run.view.log && matches!(metric, Metric::Distance | Metric::InnerLoss);
    let view = ChartView { log, ..run.view };
    let planned = run.digest().iterations.map(|planned| planned as f64);
    let mut chart = Chart {
        look: model.look,
        series: vec![series(run, metric, view.x_by, model.look.style(role))],
        references: Vec::new(),
        view,
        planned: planned.filter(|_| view.x_by == XBy::Iteration),
        x: x_unit(view.x_by),
        unit: metric.unit(),
        empty: match metric {
            Metric::Accuracy => "not evaluated yet",
            _ if run.digest().set_of.is_some() => "its set is another run's",
            _ => "no iteration yet",
        },
    };
    if metric == Metric::Accuracy {
        chart.references.extend(run.random().map(|random| Reference {
            value: random.mean,
            labels: [
                format!("random {}", accuracy((random.mean, random.std), model.look.symbols())),
                "random".to_owned(),
            ],
            style: model.look.style(Role::Random),
        }));
    }
    chart
}

/// What a panel's chart is called.
pub fn title(run: &RunModel, panel: Panel) -> String {
    let title = match panel {
        Panel::Accuracy => "Accuracy".to_owned(),
        Panel::InnerLoss => "Inner training loss".to_owned(),
        Panel::Speed => "Iterations a second".to_owned(),
        Panel::Memory => "Memory, MiB".to_owned(),
        Panel::Classes => "Distance by class".to_owned(),
        _ => match run.plan().map_or("matching distance", |plan| plan.objective.as_str()) {
            "" => "Nothing to learn".to_owned(),
            objective => capitalised(objective),
        },
    };
    let is_log = run.view.log && matches!(panel, Panel::Distance | Panel::InnerLoss);
    if is_log { format!("{title}, log") } else { title }
}

fn capitalised(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

/// Draws a panel's chart.
pub fn draw(model: &Model, run: &RunModel, frame: &mut Frame, area: Rect, panel: Panel) {
    let Some(metric) = metric(panel) else {
        draw_classes(model, run, frame, area);
        return;
    };
    let look = model.look;
    let mut chart = chart(model, run, metric);
    let learns = run.plan().is_none_or(|plan| !plan.objective.is_empty());
    if metric == Metric::Distance && !learns {
        chart.empty = "images are chosen";
    }
    let newest = if metric == Metric::Accuracy {
        let last = run.scores().next_back();
        last.map(|score| accuracy((score.mean, score.std), look.symbols()))
    } else {
        let last = chart.series.iter().flat_map(|one| one.points.iter()).next_back();
        last.map(|point| measure(point.last))
    };
    let newest = newest.map_or_else(String::new, |newest| format!(" {newest} "));
    let newest = Line::styled(newest, look.style(Role::Synthetic));
    let inside = super::draw_panel(model, run, frame, area, panel, &title(run, panel), newest);
    frame.render_widget(&chart, inside);
    panel::draw_foot(frame, area, look, run.view.x_by.name());
}

fn draw_classes(model: &Model, run: &RunModel, frame: &mut Frame, area: Rect) {
    let look = model.look;
    let columns = run.history.heat.columns();
    let classes = columns.last().map_or(0, |column| column.means().len());
    let labels: Vec<String> = (0..classes)
        .map(|class| run.class_name(class).map_or_else(|| class.to_string(), ToOwned::to_owned))
        .collect();
    let values = by_rows(columns.iter().map(HeatColumn::means), classes);
    let cursor = run.view.cursor.filter(|_| run.view.x_by == XBy::Iteration);
    let cursor = cursor.map(|at| {
        let behind = columns.partition_point(|column| (column.to as f64) < at);
        behind.min(columns.len().saturating_sub(1))
    });
    let ends = [columns.first().map(|column| column.from), columns.last().map(|column| column.to)];
    let strip = HeatStrip {
        look,
        ramp: look.ramp(),
        labels: &labels,
        values: &values,
        log: run.view.log,
        cursor,
        ends: ends.map(|end| end.map_or_else(String::new, |end| end.to_string())),
        unit: Unit::Number,
        empty: if run.digest().set_of.is_some() {
            "its set is another run's"
        } else {
            "no iteration yet"
        },
    };
    let (title, scale) = (title(run, Panel::Classes), strip.scale());
    let has_room = panel::has_room(area, &title, &scale);
    let title = if has_room { title.as_str() } else { "By class" };
    let inside = super::draw_panel(model, run, frame, area, Panel::Classes, title, scale);
    frame.render_widget(&strip, inside);
    panel::draw_foot(frame, area, look, XBy::Iteration.name());
}
