//! Runs side by side: what they differ by and what that is worth, their curves on one pair of axes, and the
//! pictures of two of them at the same iteration, with their difference.

mod layout;
mod nothing;
pub mod verdict;

use std::borrow::Cow;

use ratatui::{Frame, layout::Rect, text::Line};

use self::layout::{Parts, lay_out};
use super::{
    run::images::{draw_album, label_width},
    run_series::{Metric, series, x_unit},
};
use crate::{
    queue::RunId,
    tui::{
        look::{Look, Role},
        media::{Grid, Protocol},
        model::{
            Model,
            compare::{Part, sides::Side},
            gallery::album::Album,
        },
        msg::AlbumOf,
        view,
        widgets::{
            borders::Borders,
            chart::{Chart, ChartView, XBy},
            fit::{fit, width},
            panel,
        },
    },
};

fn parts(model: &Model) -> Parts {
    laid_out(model, &mut Borders::new(&model.preferences.choices))
}

/// Lays the screen out, for its borders.
pub fn find_borders(model: &Model, borders: &mut Borders<'_>) {
    laid_out(model, borders);
}

fn laid_out(model: &Model, borders: &mut Borders<'_>) -> Parts {
    let rows = verdict::rows(&model.compare.sides);
    let compare = &model.compare;
    let alone = (compare.alone || hides_parts(model)).then_some(compare.part);
    lay_out(view::areas(model).body, alone, rows, borders)
}

/// Draws the box of a part: the one that has the focus among others stands out.
fn draw_panel(
    model: &Model,
    frame: &mut Frame,
    area: Rect,
    part: Part,
    title: &str,
    figure: Line<'_>,
) -> Rect {
    let has_focus = model.compare.part == part && !model.compare.alone && !hides_parts(model);
    let draw = if has_focus { panel::draw_over } else { panel::draw };
    draw(frame, area, model.look, title, figure)
}

/// The part at a cell of the screen.
pub fn part_at(model: &Model, column: u16, row: u16) -> Option<Part> {
    let Parts { verdict, images, distance, accuracy } = parts(model);
    let images = images.into_iter().flatten().map(|area| (area, Part::Images));
    let others = [(verdict, Part::Verdict), (distance, Part::Distance), (accuracy, Part::Accuracy)];
    let mut all = others.into_iter().filter_map(|(area, part)| Some((area?, part))).chain(images);
    all.find(|(area, _)| area.contains((column, row).into())).map(|found| found.1)
}

/// True when this window cannot show all parts at once.
pub fn hides_parts(model: &Model) -> bool {
    layout::hides_parts(view::areas(model).body)
}

/// Whose pictures are shown, and where.
pub fn grids(model: &Model) -> Vec<(AlbumOf, Grid)> {
    let pair = model.compare.shown_pair();
    let areas = parts(model).images.filter(|_| model.canvas.protocol != Protocol::None);
    let (Some((first, second)), Some(areas)) = (pair, areas) else { return Vec::new() };
    let of = [AlbumOf::Run(first), AlbumOf::Run(second), AlbumOf::Difference];
    // A third may be a cell larger than another, and the same images must stand at the same places in all of them.
    let width = areas.iter().map(|area| area.width).min().unwrap_or(0);
    let height = areas.iter().map(|area| area.height).min().unwrap_or(0);
    let placed = of.into_iter().zip(areas).filter_map(|(of, area)| {
        let album = album(model, of)?;
        let label = model.runs.get(first).map_or(1, label_width);
        let contents = album.contents(label)?;
        let area = panel::inside(Rect { width, height, ..area });
        let grid = Grid::fit(contents, area, model.canvas.cell, album.first)?;
        Some((of, grid))
    });
    placed.collect()
}

fn album(model: &Model, of: AlbumOf) -> Option<&Album> {
    match of {
        AlbumOf::Run(run) => Some(&model.runs.get(run)?.gallery.album),
        AlbumOf::Difference => Some(&model.compare.difference.album),
        AlbumOf::Memory => None,
    }
}

/// Draws the screen. Images under `covered` are left out.
pub fn draw(model: &Model, frame: &mut Frame, covered: &[Rect]) {
    if model.compare.runs.is_empty() {
        nothing::draw(model, frame, view::areas(model).body);
        return;
    }
    let sides = &model.compare.sides;
    let Parts { verdict, images, distance, accuracy } = parts(model);
    if let Some(area) = verdict {
        verdict::draw(model, sides, frame, area);
    }
    if let Some(areas) = images {
        draw_images(model, sides, frame, areas, covered);
    }
    if let Some(area) = distance {
        draw_chart(model, frame, area, Part::Distance, Metric::Distance);
    }
    if let Some(area) = accuracy {
        draw_chart(model, frame, area, Part::Accuracy, Metric::Accuracy);
    }
}

fn draw_images(
    model: &Model,
    sides: &[Side],
    frame: &mut Frame,
    areas: [Rect; 3],
    covered: &[Rect],
) {
    let look = model.look;
    let pair = model.compare.shown_pair();
    if pair.is_none() {
        let text = if model.compare.is_incomplete() {
            "the specs of the runs are on the way"
        } else {
            "one side alone has nothing to be held against"
        };
        let all = areas.into_iter().reduce(Rect::union).unwrap_or_default();
        let inside = draw_panel(model, frame, all, Part::Images, "Images", Line::default());
        panel::draw_middle(frame, inside, Line::styled(text, look.style(Role::Quiet)));
        return;
    }
    let grids = grids(model);
    let names = [Some(0), Some(model.compare.against), None];
    for (place, (area, side)) in areas.into_iter().zip(names).enumerate() {
        let run = pair.and_then(|pair| [Some(pair.0), Some(pair.1), None][place]);
        let title = side.map_or_else(|| "Difference".to_owned(), |side| name(sides, side));
        let shown = run.or(pair.map(|pair| pair.0));
        let said = shown.map_or_else(Vec::new, |shown| said(model, shown, run.is_some()));
        let (title, figure) = titled(&title, &said, area.width, look);
        let inside = draw_panel(model, frame, area, Part::Images, &title, figure);
        let of = run.map_or(AlbumOf::Difference, AlbumOf::Run);
        let shown = pair.and_then(|(first, _)| {
            let first = model.runs.get(first)?;
            let (_, grid) = grids.iter().find(|grid| grid.0 == of)?;
            Some((first, album(model, of)?, *grid))
        });
        if let Some((first, album, grid)) = shown {
            draw_album(model, first, album, frame, grid, covered);
        } else {
            panel::draw_middle(
                frame,
                inside,
                Line::styled("no picture yet", look.style(Role::Quiet)),
            );
        }
    }
}

fn name(sides: &[Side], place: usize) -> String {
    let name = sides.get(place).map_or("", |side| side.name.as_str());
    format!("{} {name}", verdict::letter(place))
}

/// Which run's picture, and of which iteration: at length and in short. The difference is of no run.
fn said(model: &Model, run: RunId, is_of_run: bool) -> Vec<Line<'static>> {
    let Some(open) = model.runs.get(run) else { return Vec::new() };
    if let Some(fault) = open.gallery.fault().filter(|_| is_of_run) {
        return vec![Line::styled(format!(" {fault} "), model.look.style(Role::Bad))];
    }
    let Some(sheet) = &open.gallery.sheet else { return Vec::new() };
    let iteration = sheet.snapshot.iteration;
    let of_run = is_of_run.then(|| format!("run {run}, iteration {iteration}"));
    let all =
        of_run.into_iter().chain([format!("iteration {iteration}"), format!("it. {iteration}")]);
    all.map(|text| Line::styled(format!(" {text} "), model.look.style(Role::Quiet))).collect()
}

/// A title and the first of the figures beside which all of the title has room; where it has none beside any of
/// them, the title is cut, since the iteration is what tells one picture from the next.
fn titled(
    title: &str,
    figures: &[Line<'static>],
    area: u16,
    look: Look,
) -> (String, Line<'static>) {
    let room = |figure: &Line<'_>| usize::from(area).saturating_sub(figure.width() + panel::AROUND);
    let whole = figures.iter().find(|figure| width(title) <= room(figure));
    let short = || figures.iter().rev().find(|figure| room(figure) > 2);
    let figure = whole.or_else(short);
    let room = figure.map_or(usize::from(area).saturating_sub(4), room);
    (fit(title, room, look.symbols().cut), figure.cloned().unwrap_or_default())
}

/// What a chart is called.
pub const fn title(model: &Model, metric: Metric) -> &'static str {
    match metric {
        Metric::Accuracy => "Accuracy",
        _ if model.compare.view.log => "Distance, log",
        _ => "Distance",
    }
}

fn draw_chart(model: &Model, frame: &mut Frame, area: Rect, part: Part, metric: Metric) {
    let seed = model.compare.shown_seed().filter(|_| model.compare.pairs() > 1);
    let seed = seed.map_or_else(String::new, |seed| format!(" seed {seed} "));
    let seed = Line::styled(seed, model.look.style(Role::Quiet));
    let inside = draw_panel(model, frame, area, part, title(model, metric), seed);
    frame.render_widget(&chart(model, metric), inside);
    panel::draw_foot(frame, area, model.look, model.compare.view.x_by.name());
}

/// One run of each side on one pair of axes, so that the letters of lines are those of sides.
pub fn chart(model: &Model, metric: Metric) -> Chart<'_> {
    let view = model.compare.view;
    let mut all = Vec::new();
    let mut planned = 0.0_f64;
    for (place, side) in model.compare.sides.iter().enumerate() {
        let run = model.compare.shown_run(side);
        let Some(open) = run.and_then(|run| model.runs.get(run)) else { continue };
        let mut one = series(open, metric, view.x_by, verdict::style(model, place));
        one.name = Cow::Borrowed(side.name.as_str());
        planned = planned.max(open.digest().iterations.map_or(0.0, |all| all as f64));
        all.push(one);
    }
    Chart {
        look: model.look,
        series: all,
        references: Vec::new(),
        view: ChartView { log: view.log && metric != Metric::Accuracy, ..view },
        planned: (planned > 0.0 && view.x_by == XBy::Iteration).then_some(planned),
        x: x_unit(view.x_by),
        unit: metric.unit(),
        empty: if metric == Metric::Accuracy { "not evaluated yet" } else { "no iteration yet" },
    }
}
