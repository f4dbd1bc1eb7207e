//! A chart: one curve, points with their spread, a line to compare with, and marks where a value was no
//! number. Values that are not finite never set a range.

mod axis;
mod curve;
mod dots;

use ratatui::{
    buffer::Buffer,
    layout::Rect,
    style::Style,
    text::{Line, Span},
    widgets::Widget,
};

pub use axis::Axis;
use curve::column;
use dots::Dots;

use super::fit::width;
use crate::tui::{
    figures::measure,
    look::{Look, Role},
};

/// A value with its spread.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Point {
    /// Across.
    pub x: f64,
    /// The value.
    pub mean: f64,
    /// To both sides of it.
    pub spread: f64,
}

/// What is measured upwards.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unit {
    /// A plain number.
    Number,
    /// A share, written in percent.
    Percent,
}

impl Unit {
    /// A number beside the axis, as exact as the step between two of them.
    fn label(self, value: f64, step: f64) -> String {
        let (value, step, sign) = match self {
            Self::Number => (value, step, ""),
            Self::Percent => (value * 100.0, step * 100.0, " %"),
        };
        if value.abs() >= 1e5 {
            return measure(value);
        }
        let decimals = (0..4).find(|decimals| {
            let scaled = step * 10_f64.powi(*decimals);
            (scaled - scaled.round()).abs() < 1e-6
        });
        format!("{value:.*}{sign}", decimals.unwrap_or(4) as usize)
    }
}

/// A horizontal line with a name.
#[derive(Debug, Clone, PartialEq)]
pub struct Reference {
    /// Where.
    pub value: f64,
    /// Its name, and a shorter one for a narrow chart.
    pub labels: [String; 2],
}

/// What is drawn.
#[derive(Debug)]
pub struct Chart<'a> {
    /// Colours and symbols.
    pub look: Look,
    /// The range across.
    pub x: Axis,
    /// A curve, x ascending.
    pub curve: &'a [(u64, f64)],
    /// Points with their spread, joined by nothing.
    pub points: Vec<Point>,
    /// A line to compare with.
    pub reference: Option<Reference>,
    /// Whether the range upwards is logarithmic.
    pub log_axis: bool,
    /// What is measured upwards.
    pub unit: Unit,
    /// What to say while there is nothing to draw.
    pub empty: &'a str,
}

/// The widest number beside an axis.
const LABEL_CELLS: u16 = 7;
/// Rows between two numbers.
const ROWS_PER_TICK: u16 = 3;

impl Widget for &Chart<'_> {
    fn render(self, area: Rect, buffer: &mut Buffer) {
        if area.width <= LABEL_CELLS + 6 || area.height < 3 {
            return;
        }
        let plot_rows = area.height - 2;
        let drawn = self.curve.iter().map(|point| point.1);
        let drawn = drawn.chain(
            self.points
                .iter()
                .flat_map(|point| [point.mean - point.spread, point.mean + point.spread]),
        );
        let drawn = drawn.chain(self.reference.iter().map(|line| line.value));
        let values = drawn.map(|value| self.up(value));
        let ticks = usize::from(plot_rows / ROWS_PER_TICK).max(1);
        let Some(y) = Axis::around(values, ticks) else {
            self.draw_marks(Rect { height: plot_rows, ..area }, buffer);
            let text = Span::styled(self.empty.to_owned(), self.look.style(Role::Quiet));
            let middle = Rect { y: area.y + area.height / 2, height: 1, ..area };
            Line::from(text).centered().render(middle, buffer);
            return;
        };
        let labels: Vec<String> = y.ticks.iter().map(|value| self.label(*value, y.step)).collect();
        let cells = labels.iter().map(|label| width(label) as u16).max().unwrap_or(0);
        let axis_cells = cells.min(LABEL_CELLS) + 2;
        let plot = Rect {
            x: area.x + axis_cells,
            width: area.width - axis_cells,
            height: plot_rows,
            ..area
        };
        self.draw_y_axis(area, plot, &y, &labels, buffer);
        self.draw_x_axis(area, plot, buffer);
        self.draw_reference(plot, &y, buffer);
        self.draw_curve(plot, &y, buffer);
        self.draw_points(plot, &y, buffer);
        self.draw_marks(plot, buffer);
    }
}

impl Chart<'_> {
    /// A value as it is measured upwards: itself, or its logarithm.
    fn up(&self, value: f64) -> f64 {
        if self.log_axis { value.log10() } else { value }
    }

    fn row(plot: Rect, y: &Axis, value: f64) -> Option<u16> {
        let last = f64::from(plot.height.checked_sub(1)?);
        let place = y.place(value);
        (0.0..=1.0).contains(&place).then(|| plot.y + (last - place * last).round() as u16)
    }

    fn label(&self, value: f64, step: f64) -> String {
        if self.log_axis { measure(10_f64.powf(value)) } else { self.unit.label(value, step) }
    }

    fn draw_y_axis(
        &self,
        area: Rect,
        plot: Rect,
        y: &Axis,
        labels: &[String],
        buffer: &mut Buffer,
    ) {
        let quiet = self.look.style(Role::Quiet);
        let [line, tick, ..] = self.look.symbols().axis;
        let axis = plot.x - 1;
        let room = plot.x - area.x - 2;
        for row in plot.top()..plot.bottom() {
            buffer.set_string(axis, row, line, quiet);
        }
        let mut free_from = plot.bottom();
        for (value, label) in y.ticks.iter().zip(labels) {
            let Some(row) = Self::row(plot, y, *value).filter(|row| *row < free_from) else {
                continue;
            };
            free_from = row;
            let cells = (width(label) as u16).min(room);
            buffer.set_stringn(area.x + room - cells, row, label, usize::from(cells), quiet);
            buffer.set_string(axis, row, tick, quiet);
        }
    }

    fn draw_x_axis(&self, area: Rect, plot: Rect, buffer: &mut Buffer) {
        let quiet = self.look.style(Role::Quiet);
        let [_, _, corner, across] = self.look.symbols().axis;
        buffer.set_string(plot.x - 1, plot.bottom(), corner, quiet);
        for x in plot.left()..plot.right() {
            buffer.set_string(x, plot.bottom(), across, quiet);
        }
        let mut free_from = area.x;
        for value in &self.x.ticks {
            let Some(at) = column(self.x.place(*value), usize::from(plot.width)) else { continue };
            let text = format!("{value}");
            let cells = width(&text) as u16;
            let middle = plot.x + at as u16;
            let start = middle.saturating_sub(cells / 2).min(area.right() - cells.min(area.width));
            if start >= free_from {
                buffer.set_string(start, plot.bottom() + 1, text, quiet);
                free_from = start + cells + 2;
            }
        }
    }

    fn draw_reference(&self, plot: Rect, y: &Axis, buffer: &mut Buffer) {
        let Some(reference) = &self.reference else { return };
        let Some(row) = Self::row(plot, y, self.up(reference.value)) else { return };
        let style = self.look.style(Role::Random);
        for x in plot.left()..plot.right() {
            buffer.set_string(x, row, self.look.symbols().dash, style);
        }
        // The newest point is at the right, so the name stands at the left.
        let labels = reference.labels.iter().map(|label| format!(" {label} "));
        if let Some(label) = labels.into_iter().find(|label| width(label) + 4 < plot.width.into()) {
            buffer.set_string(plot.left() + 2, row, label, style);
        }
    }

    fn draw_curve(&self, plot: Rect, y: &Axis, buffer: &mut Buffer) {
        let mut dots = Dots::new(plot.width, plot.height, self.look.ascii);
        let (across, down) = dots.size();
        let points = self.curve.iter().map(|point| (point.0 as f64, self.up(point.1)));
        let parts = curve::columns(points, across, |x| self.x.place(x));
        let height = |value: f64| {
            let last = down.saturating_sub(1) as f64;
            (last - y.place(value).clamp(0.0, 1.0) * last).round() as usize
        };
        let mut before: Option<(usize, f64)> = None;
        for (x, part) in parts.iter().enumerate() {
            let Some(part) = part else { continue };
            if let Some((from, value)) = before {
                join(&mut dots, (from, height(value)), (x, height(part.first)));
            }
            dots.vertical(x, height(part.high), height(part.low));
            before = Some((x, part.last));
        }
        let style = self.look.style(Role::Synthetic);
        Self::paint(plot, &dots, style, buffer);
    }

    fn paint(plot: Rect, dots: &Dots, style: Style, buffer: &mut Buffer) {
        for row in 0..plot.height {
            for column in 0..plot.width {
                if let Some(symbol) = dots.symbol(usize::from(column), usize::from(row))
                    && let Some(cell) = buffer.cell_mut((plot.x + column, plot.y + row))
                {
                    cell.set_char(symbol).set_style(style);
                }
            }
        }
    }

    fn draw_points(&self, plot: Rect, y: &Axis, buffer: &mut Buffer) {
        let style = self.look.style(Role::Synthetic);
        let symbols = self.look.symbols();
        for point in &self.points {
            let Some(at) = column(self.x.place(point.x), usize::from(plot.width)) else { continue };
            let x = plot.x + at as u16;
            let row = |value| Self::row(plot, y, self.up(value));
            let ends = row(point.mean + point.spread).zip(row(point.mean - point.spread));
            if let Some((top, bottom)) = ends {
                for row in top..=bottom {
                    buffer.set_string(x, row, symbols.spread, style);
                }
            }
            if let Some(row) = row(point.mean) {
                buffer.set_string(x, row, symbols.point, style);
            }
        }
    }

    /// Where a value was no number stands a mark, on the lowest row.
    fn draw_marks(&self, plot: Rect, buffer: &mut Buffer) {
        let style = self.look.style(Role::Bad);
        for (x, _) in self.curve.iter().filter(|point| !point.1.is_finite()) {
            if let Some(at) = column(self.x.place(*x as f64), usize::from(plot.width)) {
                let row = plot.bottom().saturating_sub(1);
                buffer.set_string(plot.x + at as u16, row, self.look.symbols().nan, style);
            }
        }
    }
}

/// Joins two dots by a line, column by column.
fn join(dots: &mut Dots, (x0, y0): (usize, usize), (x1, y1): (usize, usize)) {
    let steps = x1.saturating_sub(x0).max(1) as f64;
    let height = |x: usize| {
        let share = x.saturating_sub(x0) as f64 / steps;
        (y0 as f64 + (y1 as f64 - y0 as f64) * share).round() as usize
    };
    for x in x0..x1 {
        // Half of the way to the next column is drawn in this one, the rest in that one.
        let (here, next) = (height(x), height(x + 1));
        let middle = usize::midpoint(here, next);
        dots.vertical(x, here, middle);
        dots.vertical(x + 1, middle, next);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn draw(chart: &Chart<'_>, columns: u16, rows: u16) -> Vec<String> {
        let area = Rect::new(0, 0, columns, rows);
        let mut buffer = Buffer::empty(area);
        chart.render(area, &mut buffer);
        (0..rows)
            .map(|y| (0..columns).map(|x| buffer[(x, y)].symbol()).collect::<String>())
            .map(|line| line.trim_end().to_owned())
            .collect()
    }

    fn chart(curve: &[(u64, f64)]) -> Chart<'_> {
        let last = curve.last().map_or(0, |point| point.0);
        Chart {
            look: Look::bare(true, false),
            x: Axis::iterations(last, None, 3),
            curve,
            points: Vec::new(),
            reference: None,
            log_axis: false,
            unit: Unit::Number,
            empty: "nothing yet",
        }
    }

    #[test]
    fn a_curve_falls_from_left_to_right() {
        let curve: Vec<_> = (0..=10).map(|x| (x, 10.0 - x as f64)).collect();
        let lines = draw(&chart(&curve), 30, 8);
        insta::assert_snapshot!(lines.join("\n"));
    }

    #[test]
    fn what_is_no_number_is_a_mark_and_breaks_no_axis() {
        let curve: Vec<_> =
            (0..=10).map(|x| (x, if x == 5 { f64::NAN } else { 10.0 - x as f64 })).collect();
        let lines = draw(&chart(&curve), 30, 8);
        assert!(lines[5].contains('X'), "{lines:#?}");
        let whole: Vec<_> = (0..=10).map(|x| (x, 10.0 - x as f64)).collect();
        let first_column = |lines: &[String]| {
            lines.iter().map(|line| line.chars().take(7).collect::<String>()).collect::<Vec<_>>()
        };
        assert_eq!(first_column(&lines), first_column(&draw(&chart(&whole), 30, 8)));
        let nothing = [(1, f64::NAN), (2, f64::INFINITY)];
        let lines = draw(&chart(&nothing), 30, 8);
        assert!(lines.iter().any(|line| line.contains("nothing yet")));
        assert!(lines.iter().any(|line| line.contains('X')));
    }

    #[test]
    fn points_have_their_spread_and_a_line_to_beat() {
        let chart = Chart {
            points: vec![Point { x: 10.0, mean: 0.8, spread: 0.05 }],
            reference: Some(Reference {
                value: 0.6,
                labels: ["random 60 %".to_owned(), String::new()],
            }),
            unit: Unit::Percent,
            x: Axis::iterations(10, None, 3),
            ..chart(&[])
        };
        insta::assert_snapshot!(draw(&chart, 40, 11).join("\n"));
    }

    #[test]
    fn no_size_is_too_small() {
        let curve = [(1, 1.0), (2, 3.0)];
        for columns in 0..20 {
            for rows in 0..8 {
                draw(&chart(&curve), columns, rows);
            }
        }
    }
}
