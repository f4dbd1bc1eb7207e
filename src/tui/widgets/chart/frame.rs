//! The axes around a plot: lines, ticks and their numbers.

use ratatui::{buffer::Buffer, layout::Rect};

use super::{axis::Axis, columns::column};
use crate::tui::{
    look::{Look, Role},
    widgets::fit::width,
};

/// The widest number beside an axis.
pub const LABEL_CELLS: u16 = 7;
/// Rows between two numbers.
const ROWS_PER_TICK: u16 = 3;
/// Cells between two numbers below a chart.
const CELLS_PER_TICK: u16 = 12;

/// A plot and its axes.
#[derive(Debug)]
pub struct Frame<'a> {
    /// Colours and symbols.
    pub look: Look,
    /// Everything: the plot, and the numbers beside and below it.
    pub area: Rect,
    /// Where values are drawn.
    pub plot: Rect,
    /// Across.
    pub x: &'a Axis,
    /// Upwards.
    pub y: &'a Axis,
}

/// How many numbers there shall be beside an axis of so many rows.
pub fn ticks_up(rows: u16) -> usize {
    usize::from(rows / ROWS_PER_TICK).max(1)
}

/// How many numbers there shall be below an axis of so many cells.
pub fn ticks_across(cells: u16) -> usize {
    usize::from(cells / CELLS_PER_TICK).max(1)
}

impl<'a> Frame<'a> {
    /// The frame of an area whose axis upwards has these labels.
    pub fn new(look: Look, area: Rect, x: &'a Axis, y: &'a Axis, labels: &[String]) -> Self {
        let cells = labels.iter().map(|label| width(label) as u16).max().unwrap_or(0);
        let axis = (cells.min(LABEL_CELLS) + 2).min(area.width);
        let plot = Rect {
            x: area.x + axis,
            width: area.width - axis,
            height: area.height.saturating_sub(2),
            ..area
        };
        Self { look, area, plot, x, y }
    }

    /// The row of a value, if it lies on the axis.
    pub fn row(&self, value: f64) -> Option<u16> {
        let last = f64::from(self.plot.height.checked_sub(1)?);
        let place = self.y.place(value);
        (0.0..=1.0).contains(&place).then(|| self.plot.y + (last - place * last).round() as u16)
    }

    /// The column of an x, if it lies on the axis.
    pub fn column(&self, x: f64) -> Option<u16> {
        let at = column(self.x.place(x), usize::from(self.plot.width))?;
        Some(self.plot.x + at as u16)
    }

    /// Draws the axis upwards with these labels of its ticks.
    pub fn draw_up(&self, labels: &[String], buffer: &mut Buffer) {
        let quiet = self.look.style(Role::Quiet);
        let [line, tick, ..] = self.look.symbols().axis;
        let (plot, axis) = (self.plot, self.plot.x.saturating_sub(1));
        let room = plot.x.saturating_sub(self.area.x + 2);
        for row in plot.top()..plot.bottom() {
            buffer.set_string(axis, row, line, quiet);
        }
        let mut free_from = plot.bottom();
        for (value, label) in self.y.ticks.iter().zip(labels) {
            let Some(row) = self.row(*value).filter(|row| *row < free_from) else { continue };
            free_from = row;
            let cells = (width(label) as u16).min(room);
            let at = self.area.x + room - cells;
            buffer.set_stringn(at, row, label, usize::from(cells), quiet);
            buffer.set_string(axis, row, tick, quiet);
        }
    }

    /// Draws the axis across; `label` writes its numbers.
    pub fn draw_across(&self, label: impl Fn(f64) -> String, buffer: &mut Buffer) {
        let quiet = self.look.style(Role::Quiet);
        let [_, _, corner, across] = self.look.symbols().axis;
        let (plot, area) = (self.plot, self.area);
        buffer.set_string(plot.x.saturating_sub(1), plot.bottom(), corner, quiet);
        for x in plot.left()..plot.right() {
            buffer.set_string(x, plot.bottom(), across, quiet);
        }
        let mut free_from = area.x;
        for value in &self.x.ticks {
            let Some(middle) = self.column(*value) else { continue };
            let text = label(*value);
            let cells = (width(&text) as u16).min(area.width);
            let start = middle.saturating_sub(cells / 2).min(area.right() - cells).max(area.x);
            if start >= free_from {
                buffer.set_stringn(start, plot.bottom() + 1, text, usize::from(cells), quiet);
                free_from = start + cells + 2;
            }
        }
    }
}
