//! What keys do to the charts of a run, or of a comparison: zoom, move, smooth, read, write into files.

use crate::tui::{
    action::Action,
    export::{self, Kind},
    media::Sheet,
    model::{
        Model, Screen,
        panels::{Panel, of_run},
    },
    msg::Effect,
    screens::{
        self,
        run_series::{Metric, converted},
    },
    widgets::chart::{Chart, xs},
};

/// The part of a chart's width by which one key moves it.
const PAN: f64 = 0.25;
/// Steps of the cursor from one end of a chart to the other.
const CURSOR_STEPS: f64 = 100.0;

/// The chart that keys are about: that of the panel with the focus, or the first one.
fn chart(model: &Model) -> Option<Chart<'_>> {
    if model.screen == Screen::Compare {
        return Some(screens::compare::chart(model, Metric::Distance));
    }
    let run = model.open_run()?;
    let metric = screens::run::charts::metric(run.focus.panel);
    Some(screens::run::charts::chart(model, run, metric.unwrap_or(Metric::Distance)))
}

/// Does what an action says to the charts.
pub fn perform(model: &mut Model, action: Action) -> Vec<Effect> {
    let Some((whole, xs)) = chart(model).map(|chart| (chart.whole(), xs(&chart.series))) else {
        return Vec::new();
    };
    let cursor = cursor_by_next_x(model);
    let screen = model.screen;
    let view = match screen {
        Screen::Compare => &mut model.compare.view,
        _ => match model.open_run_mut() {
            Some(run) => &mut run.view,
            None => return Vec::new(),
        },
    };
    let (low, high) = view.shown(whole);
    let stride = (high - low) / CURSOR_STEPS;
    match action {
        Action::LogAxis => view.toggle_log(),
        Action::ZoomIn => view.zoom_in(whole),
        Action::ZoomOut => view.zoom_out(whole),
        Action::SeeAll => {
            view.see_all();
            view.cursor = None;
        }
        Action::PanLeft => view.pan(-PAN, whole),
        Action::PanRight => view.pan(PAN, whole),
        Action::FollowChart => view.toggle_follow(whole),
        Action::CursorLeft => view.move_cursor(-1, stride, &xs, whole),
        Action::CursorRight => view.move_cursor(1, stride, &xs, whole),
        Action::Smoother => view.step_smoothing(true),
        Action::Rougher => view.step_smoothing(false),
        Action::XAxis => view.next_x(cursor),
        _ => {}
    }
    Vec::new()
}

/// Where the cursor will stand when the next thing is measured across: at the same iteration. Of several runs, that
/// of the first one that has come so far.
fn cursor_by_next_x(model: &Model) -> Option<f64> {
    let (view, runs) = match model.screen {
        Screen::Compare => {
            let compare = &model.compare;
            let shown = compare.sides.iter().filter_map(|side| compare.shown_run(side));
            (&compare.view, shown.filter_map(|run| model.runs.get(run)).collect())
        }
        _ => model.open_run().map(|run| (&run.view, vec![run]))?,
    };
    let at = view.cursor?;
    runs.into_iter().find_map(|run| converted(run, at, view.x_by, view.x_by.next()))
}

/// Moves the focus to the next panel of the open run, or to the one before.
pub fn turn_focus(model: &mut Model, forward: bool) -> Vec<Effect> {
    if let Some(run) = model.open_run_mut() {
        let panels = of_run(&run.history);
        run.focus.turn(forward, &panels);
    }
    Vec::new()
}

/// Writes what has the focus into files: a chart as SVG, PNG and CSV, the picture as PNG.
pub fn export(model: &Model) -> Vec<Effect> {
    let Some(run) = model.open_run() else { return Vec::new() };
    if let (Panel::Images, Some(sheet)) = (run.focus.panel, &run.gallery.sheet) {
        return write_picture(run.id.number, sheet);
    }
    let metric = screens::run::charts::metric(run.focus.panel).unwrap_or(Metric::Distance);
    let panel = if screens::run::charts::metric(run.focus.panel).is_some() {
        run.focus.panel
    } else {
        Panel::Distance
    };
    let chart = screens::run::charts::chart(model, run, metric);
    let upwards = screens::run::charts::title(run, panel);
    let title = format!("run {}, {upwards}", run.id);
    vec![Effect::Write(files(&title, &upwards, &chart))]
}

/// A chart as files, with their names.
pub(super) fn files(title: &str, upwards: &str, chart: &Chart<'_>) -> Vec<(String, Vec<u8>)> {
    let figure = export::ChartFigure { title, upwards, chart };
    // A figure that cannot be drawn in one way is written in the others.
    let written = Kind::ALL.into_iter().filter_map(|kind| {
        Some((export::file_name(title, kind.extension()), figure.write(kind).ok()?))
    });
    written.collect()
}

fn write_picture(run: u64, sheet: &Sheet) -> Vec<Effect> {
    let title = format!("run {run}, iteration {}", sheet.snapshot.iteration);
    match export::png(sheet, None) {
        Ok(bytes) => vec![Effect::Write(vec![(export::file_name(&title, "png"), bytes)])],
        Err(_) => Vec::new(),
    }
}
