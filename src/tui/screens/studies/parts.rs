//! The parts of an open study beside its table: curves over tasks, forgetting, comparisons, and what a search
//! found.

use std::borrow::Cow;

use ratatui::{
    Frame,
    layout::Rect,
    style::{Modifier, Style},
    text::{Line, Span},
};

use super::table::{Sheet, figures};
use crate::{
    study::{
        Table,
        search::{Point, Standing},
        table::{Comparison, Content},
    },
    tui::{
        look::Role,
        model::{
            Model,
            studies::{OpenStudy, space, tasks},
        },
        widgets::{
            chart::{Chart, ChartView, Marker, Series, Unit, XUnit},
            fit::{fit, fit_line},
            scatter::{Place, Scatter},
        },
    },
};

/// Where accuracies under the reference would stand.
const UNHELD: &str = "nothing can be held against the reference before it is done";

/// The style of a row, stronger under the cursor.
fn style(model: &Model, open: &OpenStudy, row: usize) -> Style {
    let style = model.look.style(Role::Series(row));
    if row == open.row { style.add_modifier(Modifier::BOLD) } else { style }
}

/// Accuracies over something, the whole of it.
fn chart<'a>(
    model: &Model,
    series: Vec<Series<'a>>,
    x: XUnit<'a>,
    empty: &'static str,
) -> Chart<'a> {
    Chart {
        look: model.look,
        series,
        references: Vec::new(),
        view: ChartView::default(),
        planned: None,
        x,
        unit: Unit::Percent,
        empty,
    }
}

/// Accuracy against the tasks that are learned, a line for each row.
pub fn draw_curves(model: &Model, open: &OpenStudy, frame: &mut Frame, inside: Rect) {
    let Some(table) = open.table() else { return };
    let series = table.rows.iter().enumerate().map(|(row, (name, entries))| {
        let markers = entries.iter().enumerate().filter_map(|(task, entry)| match &entry.ours {
            Content::Done { summary, .. } => {
                Some(Marker { x: task as f64, mean: summary.mean, spread: summary.std })
            }
            _ => None,
        });
        let markers: Vec<Marker> = markers.collect();
        Series {
            name: Cow::Borrowed(name.as_str()),
            markers: markers.into(),
            is_joined: true,
            style: style(model, open, row),
            ..Series::default()
        }
    });
    let empty = "no memory has learned a task yet";
    let chart = chart(model, series.collect(), XUnit::Names(&table.columns), empty);
    frame.render_widget(&chart, inside);
}

/// The forgetting of every task, and its mean.
pub fn forgetting(model: &Model, open: &OpenStudy, table: &Table) -> Sheet {
    let tasks_told = tasks::forgettable(table);
    let mut columns: Vec<String> = table.columns.iter().take(tasks_told).cloned().collect();
    columns.push("mean".to_owned());
    let rows = table.rows.iter().map(|(name, entries)| {
        let found = tasks::forgetting(entries);
        let mut cells: Vec<Option<f64>> =
            (0..tasks_told).map(|task| found.get(task).copied()).collect();
        cells.push(tasks::mean(&found));
        (name.clone(), cells)
    });
    let cursor = (open.row, open.column.min(tasks_told));
    figures(&table.corner, columns, rows.collect(), cursor, model.look.symbols().absent)
}

/// Pairs of rows, those of the column under the cursor first.
pub fn draw_comparisons(model: &Model, open: &OpenStudy, frame: &mut Frame, inside: Rect) {
    let Some(table) = open.table() else { return };
    let column = table.columns.get(open.column);
    let is_read = |comparison: &&Comparison| Some(&comparison.column) == column;
    let read = table.comparisons.iter().filter(is_read);
    let others = table.comparisons.iter().filter(|comparison| !is_read(comparison));
    let look = model.look;
    for (comparison, y) in read.chain(others).zip(inside.top()..inside.bottom()) {
        let line = fit_line(sentence(model, comparison), inside.width.into(), look.symbols().cut);
        frame.render_widget(line, Rect { y, height: 1, ..inside });
    }
}

fn sentence(model: &Model, comparison: &Comparison) -> Line<'static> {
    let look = model.look;
    let quiet = look.style(Role::Quiet);
    let Comparison { rows: [first, second], column, found } = comparison;
    let about = format!("{first} - {second}, {column}: ");
    let mut spans = vec![Span::raw(fit(&about, 200, look.symbols().cut))];
    match found {
        None => spans.push(Span::styled("not both are done", quiet)),
        Some(paired) => {
            let (difference, half) = (100.0 * paired.difference, 100.0 * paired.half_width);
            let text = format!("{difference:+.2} {} {half:.2} points", look.symbols().plus_minus);
            spans.push(Span::styled(text, look.style(Role::Title)));
            let p = if paired.p_value < 1e-3 {
                format!("{:.0e}", paired.p_value)
            } else {
                format!("{:.3}", paired.p_value)
            };
            let text = format!("  (95 %), p = {p}, {} pairs", paired.pairs);
            spans.push(Span::styled(text, quiet));
        }
    }
    Line::from(spans)
}

/// Accuracy by the proxy of the row against that by the reference.
pub fn draw_scatter(model: &Model, open: &OpenStudy, frame: &mut Frame, inside: Rect) {
    let empty = match (open.proxy(), open.search()) {
        (None, Some(_)) => "this row is not done yet",
        _ => UNHELD,
    };
    let ranked = open.proxy().map(|proxy| space::ranked(proxy, open.filter.text()));
    let ranked = ranked.unwrap_or_default();
    let best = open.proxy().map_or(&[][..], |proxy| &proxy.best);
    let places = ranked.iter().map(|one| {
        let Point { architecture, accuracy, reference, .. } = one.point;
        let is_ringed = best.contains(architecture);
        Place { x: reference.unwrap_or(f64::NAN), y: accuracy.mean, is_ringed }
    });
    let points: Vec<Place> = places.collect();
    let scatter = Scatter {
        look: model.look,
        points: &points,
        cursor: Some(open.place),
        x: Unit::Percent,
        y: Unit::Percent,
        style: model.look.style(Role::Synthetic),
        empty,
    };
    frame.render_widget(&scatter, inside);
}

/// Architectures, the best by the proxy first.
pub fn draw_ranks(model: &Model, open: &OpenStudy, frame: &mut Frame, inside: Rect) {
    let look = model.look;
    let quiet = look.style(Role::Quiet);
    let Some(proxy) = open.proxy() else {
        frame.render_widget(Line::styled("this row is not done yet", quiet), inside);
        return;
    };
    let ranked = space::ranked(proxy, open.filter.text());
    let names = usize::from(inside.width).saturating_sub(28).max(8);
    let head = format!("  rank  {:<names$}  proxy  whole  rank", "architecture");
    frame.render_widget(
        fit_line(Line::styled(head, quiet), inside.width.into(), look.symbols().cut),
        Rect { height: 1.min(inside.height), ..inside },
    );
    let visible = usize::from(inside.height.saturating_sub(1)).max(1);
    let first = (open.place + 1).saturating_sub(visible);
    let shown = ranked.iter().enumerate().skip(first);
    for ((place, one), y) in shown.zip(inside.y + 1..inside.bottom()) {
        let is_selected = place == open.place;
        let marker = if is_selected { look.symbols().marker } else { " " };
        let name = fit(&one.point.architecture, names, look.symbols().cut);
        let absent = || look.symbols().absent.to_owned();
        let truth = one.point.reference.map_or_else(absent, |t| format!("{:.1}", 100.0 * t));
        let rank = one.true_rank.map_or_else(absent, |rank| rank.to_string());
        let mean = 100.0 * one.point.accuracy.mean;
        let text = format!("{:>4}  {name:<names$}  {mean:>5.1}  {truth:>5}  {rank:>4}", one.rank);
        let modifier = if is_selected { Modifier::BOLD } else { Modifier::empty() };
        let line = Line::from(vec![
            Span::styled(format!("{marker} "), look.style(Role::Accent)),
            Span::raw(text).patch_style(modifier),
        ]);
        let line = fit_line(line, inside.width.into(), look.symbols().cut);
        frame.render_widget(line, Rect { y, height: 1, ..inside });
    }
}

/// How good the best architecture so far is, over the time of the device, by every proxy that is done.
pub fn draw_search(model: &Model, open: &OpenStudy, frame: &mut Frame, inside: Rect) {
    let Some(table) = open.search() else { return };
    let series = table.rows.iter().enumerate().filter_map(|(row, line)| {
        let Standing::Done(proxy) = &line.ours else { return None };
        let found = space::best_so_far(proxy, open.filter.text());
        let points = crate::tui::widgets::chart::steps(&found);
        (!points.is_empty()).then(|| Series {
            name: Cow::Borrowed(line.name.as_str()),
            points: points.into(),
            style: style(model, open, row),
            ..Series::default()
        })
    });
    let chart = chart(model, series.collect(), XUnit::Secs, UNHELD);
    frame.render_widget(&chart, inside);
}
