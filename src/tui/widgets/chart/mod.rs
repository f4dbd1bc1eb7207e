//! A chart of several series on one pair of axes: curves of any length, evaluations with their spread, lines
//! to compare with, a cursor that reads them, and marks where a value was no number.
//!
//! ```text
//! points ─► columns of the shown window ─► dots ─► cells
//!    └─► smoothing, over the dimmed raw curve
//! ```
//!
//! Every column spans the lowest to the highest of its values; values that are not finite never set a range.
//! Several series have a letter each, at the end of the line and in the legend, and without colour along the
//! line too.

mod axis;
pub(in crate::tui) mod columns;
pub(super) mod dots;
pub(super) mod frame;
mod legend;
mod lines;
mod point;
mod smooth;
#[cfg(test)]
mod tests;
mod unit;
mod view;

use ratatui::{
    buffer::Buffer,
    layout::Rect,
    style::{Modifier, Style},
    text::{Line, Span},
    widgets::Widget,
};

pub use self::{
    axis::Axis,
    point::{ChartPoint, Marker, Reference, Series, steps, xs},
    smooth::Smoothing,
    unit::{Unit, XUnit},
    view::{ChartView, Extent, XBy},
};
use self::{
    columns::{Columns, Scale},
    dots::Dots,
    frame::{Frame, ticks_across, ticks_up},
};
use super::fit::width;
use crate::tui::look::{Look, Role};

/// What is drawn.
#[derive(Debug, Clone)]
pub struct Chart<'a> {
    /// Colours and symbols.
    pub look: Look,
    /// What is drawn; the last one lies over the others.
    pub series: Vec<Series<'a>>,
    /// Lines to compare with.
    pub references: Vec<Reference>,
    /// How it is looked at.
    pub view: ChartView,
    /// Where x will end, if that is known.
    pub planned: Option<f64>,
    /// What is measured across.
    pub x: XUnit<'a>,
    /// What is measured upwards.
    pub unit: Unit,
    /// What to say while there is nothing to draw.
    pub empty: &'a str,
}

/// Below this nothing is drawn.
const SMALLEST: (u16, u16) = (13, 3);
/// Every so many rows, one may be a row of the legend.
const ROWS_PER_LEGEND: u16 = 5;
/// Cells between two signs along a line, where there is no colour.
const CELLS_PER_SIGN: usize = 24;

impl Widget for &Chart<'_> {
    fn render(self, area: Rect, buffer: &mut Buffer) {
        if area.width < SMALLEST.0 || area.height < SMALLEST.1 {
            return;
        }
        let most = usize::from(area.height / ROWS_PER_LEGEND);
        let legend = legend::rows(self, usize::from(area.width), most);
        for (row, y) in legend.iter().zip(area.top()..) {
            row.render(Rect { y, height: 1, ..area }, buffer);
        }
        let taken = legend.len() as u16;
        let area = Rect { y: area.y + taken, height: area.height - taken, ..area };
        let window = self.view.shown(self.whole());
        let x = self.x.axis(window, ticks_across(area.width));
        let ticks = ticks_up(area.height.saturating_sub(2));
        let Some((scale, y)) = self.upwards(window, ticks) else {
            let frame = Frame::new(self.look, area, &x, &x, &[]);
            self.draw_bad(&frame, buffer);
            let text = Span::styled(self.empty.to_owned(), self.look.style(Role::Quiet));
            let middle = Rect { y: area.y + area.height / 2, height: 1, ..area };
            Line::from(text).centered().render(middle, buffer);
            return;
        };
        let labels: Vec<String> =
            y.ticks.iter().map(|value| self.label(scale, *value, y.step)).collect();
        let frame = Frame::new(self.look, area, &x, &y, &labels);
        frame.draw_up(&labels, buffer);
        frame.draw_across(|value| self.x.label(value, x.step), buffer);
        self.draw_references(&frame, scale, buffer);
        self.draw_cursor(&frame, buffer);
        self.draw_curves(&frame, scale, window, buffer);
        self.draw_markers(&frame, scale, buffer);
        self.draw_bad(&frame, buffer);
    }
}

impl Chart<'_> {
    /// What there is to look at, across.
    pub fn whole(&self) -> Extent {
        let ends = self.series.iter().filter_map(Series::ends);
        let ends = ends.reduce(|one, other| (one.0.min(other.0), one.1.max(other.1)));
        self.x.extent(ends, self.planned)
    }

    /// The range upwards of what is shown, logarithmic where that is wished and anything has a logarithm.
    pub(in crate::tui) fn upwards(
        &self,
        window: (f64, f64),
        ticks: usize,
    ) -> Option<(Scale, Axis)> {
        let wished = if self.view.log { Scale::Log } else { Scale::Linear };
        let mut scales = [wished, Scale::Linear].into_iter();
        scales.find_map(|scale| {
            let curves = self
                .series
                .iter()
                .map(|one| Columns::of(one.points.iter().copied(), 1, window, scale))
                .collect::<Vec<_>>();
            let markers = self.series.iter().flat_map(|one| one.markers.iter());
            let markers = markers
                .filter(|marker| (window.0..=window.1).contains(&marker.x))
                .flat_map(|marker| [marker.mean - marker.spread, marker.mean + marker.spread])
                .chain(self.references.iter().map(|line| line.value))
                .map(|value| scale.up(value));
            let values = curves.iter().flat_map(Columns::values).chain(markers);
            let axis = match scale {
                Scale::Linear => Axis::around(values, ticks),
                Scale::Log => Axis::around_logarithms(values, ticks),
            };
            Some((scale, axis?))
        })
    }

    /// A number beside the axis upwards.
    pub(in crate::tui) fn label(&self, scale: Scale, value: f64, step: f64) -> String {
        match scale {
            Scale::Linear => self.unit.label(value, step),
            Scale::Log => self.unit.label_of_logarithm(value),
        }
    }

    fn draw_references(&self, frame: &Frame<'_>, scale: Scale, buffer: &mut Buffer) {
        let plot = frame.plot;
        for reference in &self.references {
            let Some(row) = frame.row(scale.up(reference.value)) else { continue };
            for x in plot.left()..plot.right() {
                buffer.set_string(x, row, self.look.symbols().dash, reference.style);
            }
            // The newest point is at the right, so the name stands at the left.
            let labels = reference.labels.iter().map(|label| format!(" {label} "));
            if let Some(label) =
                labels.into_iter().find(|label| width(label) + 4 < plot.width.into())
            {
                buffer.set_string(plot.left() + 2, row, label, reference.style);
            }
        }
    }

    fn draw_cursor(&self, frame: &Frame<'_>, buffer: &mut Buffer) {
        let Some(x) = self.view.cursor.and_then(|at| frame.column(at)) else { return };
        let style = self.look.style(Role::Accent);
        let [line, foot] = self.look.symbols().cursor;
        for y in frame.plot.top()..frame.plot.bottom() {
            buffer.set_string(x, y, line, style);
        }
        buffer.set_string(x, frame.plot.bottom(), foot, style);
    }

    fn draw_curves(
        &self,
        frame: &Frame<'_>,
        scale: Scale,
        window: (f64, f64),
        buffer: &mut Buffer,
    ) {
        let plot = frame.plot;
        let field = || Dots::new(plot.width, plot.height, self.look.ascii);
        let (mut raw, mut front) = (field(), field());
        let (across, _) = raw.size();
        let is_smooth = self.view.smooth > 0.0;
        let mut ends = Vec::with_capacity(self.series.len());
        for (place, series) in self.series.iter().enumerate() {
            let owner = place as u8;
            let points = || series.points.iter().copied();
            let mut curve = Columns::of(points(), across, window, scale);
            if is_smooth {
                lines::draw(&mut raw, &curve, frame.y, owner);
                let mut smoothing = Smoothing::new(self.view.smooth);
                let smoothed = points().filter_map(|point| {
                    Some(ChartPoint::value(point.x, smoothing.next(point.mean)?))
                });
                curve = Columns::of(smoothed, across, window, scale);
            }
            lines::draw(&mut front, &curve, frame.y, owner);
            if series.is_joined {
                let means = series.markers.iter();
                let means = means.map(|marker| ChartPoint::value(marker.x, marker.mean));
                let line = Columns::of(means, across, window, scale);
                lines::draw(&mut front, &line, frame.y, owner);
            }
            ends.push(curve);
        }
        self.paint(plot, &raw, Modifier::DIM, buffer);
        self.paint(plot, &front, Modifier::empty(), buffer);
        if self.series.len() > 1 {
            self.draw_signs(frame, &ends, buffer);
        }
    }

    fn paint(&self, plot: Rect, dots: &Dots, modifier: Modifier, buffer: &mut Buffer) {
        for row in 0..plot.height {
            for column in 0..plot.width {
                if let Some((symbol, owner)) = dots.symbol(column.into(), row.into())
                    && let Some(cell) = buffer.cell_mut((plot.x + column, plot.y + row))
                {
                    let style = self.series.get(usize::from(owner)).map(|series| series.style);
                    cell.reset();
                    cell.set_char(symbol).set_style(style.unwrap_or_default());
                    cell.modifier |= modifier;
                }
            }
        }
    }

    /// Each curve's letter at its end, beside those that are there; without colour along the line too.
    fn draw_signs(&self, frame: &Frame<'_>, curves: &[Columns], buffer: &mut Buffer) {
        let mut taken: Vec<(u16, u16)> = Vec::new();
        for (place, (curve, series)) in curves.iter().zip(&self.series).enumerate() {
            let per_cell = curve.parts.len().div_ceil(usize::from(frame.plot.width).max(1)).max(1);
            let Some((end, _)) = curve.end() else { continue };
            let cells = curve.parts.chunks(per_cell).enumerate().filter_map(|(cell, parts)| {
                let last = parts.iter().rev().flatten().next()?;
                Some((frame.plot.x + cell as u16, frame.row(last.last)?))
            });
            let cells: Vec<(u16, u16)> = cells.collect();
            let mut from_end = cells.iter().rev().filter(|at| !taken.contains(at));
            let mut places: Vec<(u16, u16)> = from_end.next().copied().into_iter().collect();
            if !self.look.colour {
                let shift = place * 5 + CELLS_PER_SIGN / 2;
                let along = |at: &&(u16, u16)| {
                    let column = usize::from(at.0 - frame.plot.x);
                    (column + shift).is_multiple_of(CELLS_PER_SIGN) && column + 4 < end / per_cell
                };
                places.extend(cells.iter().filter(along));
            }
            let style = series.style.add_modifier(Modifier::BOLD);
            for (x, y) in places {
                Self::put(buffer, (x, y), legend::sign(place), style);
                taken.push((x, y));
            }
        }
    }

    fn put(buffer: &mut Buffer, at: (u16, u16), symbol: char, style: Style) {
        if let Some(cell) = buffer.cell_mut(at) {
            cell.reset();
            cell.set_char(symbol).set_style(style);
        }
    }

    fn draw_markers(&self, frame: &Frame<'_>, scale: Scale, buffer: &mut Buffer) {
        let symbols = self.look.symbols();
        for (place, series) in self.series.iter().enumerate() {
            for marker in series.markers.iter() {
                let Some(x) = frame.column(marker.x) else { continue };
                let row = |value| frame.row(scale.up(value));
                let (low, high) = (marker.mean - marker.spread, marker.mean + marker.spread);
                // A spread that reaches below the axis goes on to its end.
                let bottom = row(low).unwrap_or(frame.plot.bottom().saturating_sub(1));
                if let Some(top) = row(high) {
                    for row in top..=bottom {
                        buffer.set_string(x, row, symbols.spread, series.style);
                    }
                }
                let Some(row) = row(marker.mean) else { continue };
                if self.series.len() > 1 {
                    let style = series.style.add_modifier(Modifier::BOLD);
                    Self::put(buffer, (x, row), legend::sign(place), style);
                } else {
                    buffer.set_string(x, row, symbols.point, series.style);
                }
            }
        }
    }

    /// Where a value was no number stands a mark, on the lowest row.
    fn draw_bad(&self, frame: &Frame<'_>, buffer: &mut Buffer) {
        let style = self.look.style(Role::Bad);
        let row = frame.plot.bottom().saturating_sub(1);
        for series in &self.series {
            let points = series.points.iter().filter(|point| point.bad > 0).map(|point| point.x);
            let markers = series.markers.iter().filter(|marker| !marker.mean.is_finite());
            for x in points.chain(markers.map(|marker| marker.x)) {
                if let Some(x) = frame.column(x) {
                    buffer.set_string(x, row, self.look.symbols().nan, style);
                }
            }
        }
    }
}
