//! Where the panels of the run screen lie, by the size of the window.
//!
//! ```text
//! small            medium           large            wide
//! summary          summary          summary          summary
//! one panel        images           images           charts        │ images
//!                  two charts       two charts       two by two,   │
//!                  or one other     log or other     log or other  │
//! ```
//!
//! The panel that has the focus is always among those that are shown; one that wants the screen for itself has it.

use ratatui::layout::Rect;

use crate::{
    config::Setting,
    tui::{
        media::{Grid, grid::Pictures},
        model::panels::{Focus, Panel},
        tty::CellPixels,
        widgets::{
            borders::Borders,
            panel,
            split::{split_columns, split_rows},
        },
    },
};

/// Where things lie.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Parts {
    /// State, progress, device, scores.
    pub summary: Rect,
    /// Whether the summary has a box.
    pub boxed: bool,
    /// The panels that are shown.
    pub panels: Vec<(Panel, Rect)>,
}

impl Parts {
    /// Where a panel lies.
    pub fn area(&self, panel: Panel) -> Option<Rect> {
        self.panels.iter().find(|shown| shown.0 == panel).map(|shown| shown.1)
    }
}

/// What the images ask for.
#[derive(Debug, Clone, Copy)]
pub struct Wanted {
    /// What there is to show; unknown before the first picture.
    pub pictures: Option<Pictures>,
    /// The pixels of a cell; none where pictures are not shown at all.
    pub cell: Option<CellPixels>,
    /// The first class of the page.
    pub first: usize,
}

/// Rows and columns of a box's border.
const BORDER: u16 = 2;
/// The fewest rows of curves and of the log, borders included.
const CURVES: u16 = 9;
const LOG: u16 = 6;
/// Rows for images before it is known how many there are.
const IMAGES: u16 = 8;
/// The fewest columns of a chart beside another one.
const CHART_COLUMNS: u16 = 40;
/// The fewest rows of images, curves and the log where a border was moved.
const LEAST_IMAGES: u16 = 5;
const LEAST_CURVES: u16 = 7;
const LEAST_LOG: u16 = 4;

/// Lays the panels out in `body`; `available` are those that have something to show.
pub fn lay_out(
    body: Rect,
    focus: Focus,
    available: &[Panel],
    wanted: Wanted,
    borders: &mut Borders<'_>,
) -> Parts {
    if focus.alone || body.width < 66 || body.height < 20 {
        small(body, focus.panel)
    } else if body.width >= 150 && body.height >= 40 {
        wide(body, focus.panel, available, wanted, borders)
    } else if body.width >= 96 && body.height >= 32 {
        large(body, focus.panel, available, wanted, borders)
    } else {
        medium(body, focus.panel, available, wanted, borders)
    }
}

/// So many charts: the first ones, and among them the one that has the focus.
fn charts(focus: Panel, available: &[Panel], most: usize) -> Vec<Panel> {
    let all = available.iter().copied().filter(|panel| panel.is_chart());
    let mut shown: Vec<Panel> = all.take(most).collect();
    if focus.is_chart() && !shown.contains(&focus) {
        shown.pop();
        shown.push(focus);
    }
    shown
}

/// The panel of text: the log, or the one that has the focus.
const fn text(focus: Panel) -> Panel {
    if focus.is_text() { focus } else { Panel::Log }
}

/// Lays panels side by side, the first a little wider than its share.
fn side_by_side(panels: &[Panel], area: Rect) -> Vec<(Panel, Rect)> {
    match panels {
        [] => Vec::new(),
        [one] => vec![(*one, area)],
        [first, second] => {
            let (left, right) = split_columns(area, area.width * 11 / 20);
            vec![(*first, left), (*second, right)]
        }
        [first, rest @ ..] => {
            let (left, right) = split_columns(area, area.width / panels.len() as u16);
            let mut all = vec![(*first, left)];
            all.extend(side_by_side(rest, right));
            all
        }
    }
}

/// Rows for images in an area at most `most` high: as many as the pictures need at their best scale.
fn image_rows(area: Rect, most: u16, wanted: Wanted) -> Option<u16> {
    let cell = wanted.cell?;
    let Some(pictures) = wanted.pictures else { return Some(IMAGES.min(most)) };
    let inside = panel::inside(Rect { height: most, ..area });
    let grid = Grid::fit(pictures, inside, cell, wanted.first);
    Some(grid.map_or(IMAGES.min(most), |grid| grid.height() + BORDER))
}

fn wide(
    body: Rect,
    focus: Panel,
    available: &[Panel],
    wanted: Wanted,
    borders: &mut Borders<'_>,
) -> Parts {
    let (summary, rest) = split_rows(body, 6);
    let (left, images) = match wanted.cell {
        Some(_) => {
            let left = rest.width * 9 / 20;
            borders.columns(Setting::RunColumns, rest, left, [CHART_COLUMNS; 2])
        }
        None => (rest, Rect::ZERO),
    };
    let columns = (left.width / CHART_COLUMNS).clamp(1, 3);
    let rows = (left.height.saturating_sub(LOG + 4) / CURVES).clamp(1, 3);
    let charts = charts(focus, available, usize::from(columns * rows));
    let rows = charts.len().div_ceil(usize::from(columns)).max(1) as u16;
    let share = if rows == 1 { 10 } else { 14 };
    let curves = (left.height * share / 20 / rows).max(CURVES) * rows;
    let (mut curves, log) =
        borders.rows(Setting::RunCharts, left, curves, [LEAST_CURVES * rows, LEAST_LOG]);
    let mut panels = Vec::new();
    for (row, below) in charts.chunks(usize::from(columns)).zip((1..=rows).rev()) {
        let (top, rest) = split_rows(curves, curves.height / below);
        panels.extend(side_by_side(row, top));
        curves = rest;
    }
    panels.push((text(focus), log));
    panels.extend(wanted.cell.map(|_| (Panel::Images, images)));
    Parts { summary, boxed: true, panels }
}

fn large(
    body: Rect,
    focus: Panel,
    available: &[Panel],
    wanted: Wanted,
    borders: &mut Borders<'_>,
) -> Parts {
    let (summary, rest) = split_rows(body, 6);
    let (mut panels, rest) =
        images_above(rest, [CURVES + LOG, LEAST_CURVES + LEAST_LOG], wanted, borders);
    let log = (rest.height * 2 / 5).max(LOG).min(rest.height - LEAST_CURVES);
    let least = [LEAST_CURVES, LEAST_LOG];
    let (curves, log) = borders.rows(Setting::RunCharts, rest, rest.height - log, least);
    panels.extend(side_by_side(&charts(focus, available, 2), curves));
    panels.push((text(focus), log));
    Parts { summary, boxed: true, panels }
}

fn medium(
    body: Rect,
    focus: Panel,
    available: &[Panel],
    wanted: Wanted,
    borders: &mut Borders<'_>,
) -> Parts {
    let (summary, rest) = split_rows(body, 3);
    let (mut panels, rest) = images_above(rest, [CURVES, LEAST_CURVES], wanted, borders);
    if focus.is_text() {
        panels.push((focus, rest));
    } else {
        panels.extend(side_by_side(&charts(focus, available, 2), rest));
    }
    Parts { summary, boxed: false, panels }
}

/// Images over what else there is, which keeps so many rows; and so many where the border was moved.
fn images_above(
    rest: Rect,
    [others, least]: [u16; 2],
    wanted: Wanted,
    borders: &mut Borders<'_>,
) -> (Vec<(Panel, Rect)>, Rect) {
    match image_rows(rest, rest.height.saturating_sub(others), wanted) {
        Some(rows) => {
            let (images, rest) =
                borders.rows(Setting::RunImages, rest, rows, [LEAST_IMAGES, least]);
            (vec![(Panel::Images, images)], rest)
        }
        None => (Vec::new(), rest),
    }
}

fn small(body: Rect, panel: Panel) -> Parts {
    let (summary, rest) = split_rows(body, 3);
    Parts { summary, boxed: false, panels: vec![(panel, rest)] }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::config::{Choices, Value};

    fn wanted(images: bool) -> Wanted {
        let pictures = Pictures { classes: 10, images: 1, size: [28, 28], label: 1 };
        let cell = CellPixels { width: 8, height: 15 };
        Wanted { pictures: Some(pictures), cell: images.then_some(cell), first: 0 }
    }

    fn at(columns: u16, rows: u16, panel: Panel, images: bool) -> Parts {
        let focus = Focus { panel, alone: false };
        let choices = Choices::default();
        let mut borders = Borders::new(&choices);
        lay_out(Rect::new(0, 1, columns, rows), focus, &Panel::ALL, wanted(images), &mut borders)
    }

    #[test]
    fn images_take_the_rows_that_they_need() {
        let parts = at(120, 38, Panel::Images, true);
        assert_eq!(parts.area(Panel::Images), Some(Rect::new(0, 7, 120, 16)));
        let shown: Vec<Panel> = parts.panels.iter().map(|shown| shown.0).collect();
        assert_eq!(shown, [Panel::Images, Panel::Distance, Panel::Accuracy, Panel::Log]);
    }

    #[test]
    fn without_images_curves_have_their_room() {
        let height =
            |images| at(120, 38, Panel::Images, images).area(Panel::Distance).unwrap().height;
        assert!(height(false) > height(true));
        assert_eq!(at(120, 38, Panel::Images, false).area(Panel::Images), None);
    }

    #[test]
    fn a_wide_window_shows_all_charts() {
        let parts = at(200, 58, Panel::Images, true);
        let charts = parts.panels.iter().filter(|shown| shown.0.is_chart()).count();
        assert_eq!(charts, 6);
    }

    proptest! {
        #[test]
        fn panels_fill_the_body_and_do_not_overlap_and_the_focus_is_shown(
            columns in 40_u16..260, rows in 10_u16..90, images: bool, alone: bool, panel in 0_usize..Panel::ALL.len(),
            share in 0_u16..=90,
        ) {
            let mut choices = Choices::default();
            for setting in [Setting::RunImages, Setting::RunCharts, Setting::RunColumns] {
                choices.set(setting, Some(Value::Number(f64::from(share))));
            }
            let panel = Panel::ALL[panel];
            let body = Rect::new(0, 1, columns, rows);
            let mut borders = Borders::new(&choices);
            let focus = Focus { panel, alone };
            let parts = lay_out(body, focus, &Panel::ALL, wanted(images), &mut borders);
            let mut all: Vec<Rect> = parts.panels.iter().map(|shown| shown.1).collect();
            all.push(parts.summary);
            for (index, part) in all.iter().enumerate() {
                prop_assert_eq!(part.intersection(body), *part);
                prop_assert!(all[index + 1..].iter().all(|other| !other.intersects(*part)));
            }
            let cells: u32 = all.iter().map(|part| part.area()).sum();
            prop_assert_eq!(cells, body.area());
            prop_assert!(parts.area(panel).is_some() || (panel == Panel::Images && !images));
        }
    }
}
