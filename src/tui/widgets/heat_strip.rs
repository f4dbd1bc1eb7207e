//! A matrix as a strip of cells: a row for each class, time across, and the value as colour or ink. Below it
//! stand the ends of time; the scale of values is given apart from it.
//!
//! Where the matrix is larger than the strip, a cell shows the highest of its values, so that nothing that
//! stands out disappears; a cell with a value that is no number has a mark, whatever else is in it.

use ratatui::{
    buffer::Buffer,
    layout::Rect,
    style::Style,
    text::{Line, Span},
    widgets::Widget,
};

use super::{
    chart::Unit,
    fit::{fit, width},
    ramp::Ramp,
};
use crate::tui::look::{Look, Role};

/// What is drawn.
#[derive(Debug, Clone)]
pub struct HeatStrip<'a> {
    /// Colours and symbols.
    pub look: Look,
    /// How values are shown.
    pub ramp: Ramp,
    /// Names of the rows.
    pub labels: &'a [String],
    /// Row by row, as many values in each.
    pub values: &'a [f32],
    /// On a logarithmic scale.
    pub log: bool,
    /// The column at which values are read.
    pub cursor: Option<usize>,
    /// What stands below the left and the right end.
    pub ends: [String; 2],
    /// What is measured.
    pub unit: Unit,
    /// What to say while there is nothing to draw.
    pub empty: &'a str,
}

/// What a cell shows.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Shown {
    Nothing,
    Bad,
    Value(f64),
}

/// Cells of the scale.
const SCALE_CELLS: u16 = 8;
/// Below this nothing is drawn.
const SMALLEST: (u16, u16) = (8, 2);

impl HeatStrip<'_> {
    /// Values of a row.
    pub fn columns(&self) -> usize {
        self.values.len().checked_div(self.labels.len()).unwrap_or(0)
    }

    /// The lowest and the highest value that the scale can show.
    pub fn range(&self) -> Option<(f64, f64)> {
        let can_show = |value: &f64| value.is_finite() && (!self.log || *value > 0.0);
        let values = self.values.iter().map(|value| f64::from(*value)).filter(can_show);
        let range = values.fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), value| {
            (low.min(value), high.max(value))
        });
        (range.0 <= range.1).then_some(range)
    }

    /// Where a value lies on the scale. On a flat one everything is in the middle.
    pub fn share(&self, value: f64, (low, high): (f64, f64)) -> f64 {
        let place = |value: f64, low: f64, high: f64| (value - low) / (high - low);
        if low >= high {
            0.5
        } else if self.log {
            place(value.max(low).ln(), low.ln(), high.ln())
        } else {
            place(value, low, high)
        }
    }

    fn shown(&self, rows: std::ops::Range<usize>, columns: std::ops::Range<usize>) -> Shown {
        let across = self.columns();
        let mut shown = Shown::Nothing;
        for row in rows {
            let start = row * across;
            let part = self.values.get(start + columns.start..start + columns.end.min(across));
            for value in part.unwrap_or_default().iter().map(|value| f64::from(*value)) {
                shown = match shown {
                    _ if !value.is_finite() => return Shown::Bad,
                    Shown::Value(other) => Shown::Value(other.max(value)),
                    _ => Shown::Value(value),
                };
            }
        }
        shown
    }

    /// The name of a group of rows.
    fn label(&self, rows: std::ops::Range<usize>, cells: usize) -> String {
        let cut = self.look.symbols().cut;
        let name = |at: usize| self.labels.get(at).map_or("", String::as_str);
        if rows.len() < 2 {
            return fit(name(rows.start), cells, cut);
        }
        let dash = if self.look.ascii { "-" } else { "–" };
        let both = format!("{}{dash}{}", name(rows.start), name(rows.end - 1));
        if width(&both) <= cells { both } else { fit(name(rows.start), cells, cut) }
    }

    /// The colours from the lowest to the highest value, for the border above: below the strip, among the ends of
    /// time, its numbers would be taken for times.
    pub fn scale(&self) -> Line<'static> {
        let Some(range) = self.range() else { return Line::default() };
        let quiet = self.look.style(Role::Quiet);
        let mut spans = vec![Span::styled(format!(" {} ", self.unit.value(range.0)), quiet)];
        spans.extend((0..SCALE_CELLS).map(|at| {
            let (symbol, style) = self.ramp.cell(f64::from(at) / f64::from(SCALE_CELLS - 1));
            Span::styled(symbol, style)
        }));
        spans.push(Span::styled(format!(" {} ", self.unit.value(range.1)), quiet));
        Line::from(spans)
    }

    fn draw_ends(&self, area: Rect, buffer: &mut Buffer) {
        let quiet = self.look.style(Role::Quiet);
        let [first, last] = &self.ends;
        let cells = |text: &str| width(text) as u16;
        buffer.set_stringn(area.x, area.y, first, area.width.into(), quiet);
        if cells(first) + cells(last) < area.width {
            buffer.set_string(area.right() - cells(last), area.y, last, quiet);
        }
    }
}

/// Columns of a matrix as [`HeatStrip::values`] want them, row by row. What a short column lacks is no number.
pub fn by_rows<C: IntoIterator<Item = f64>>(
    columns: impl ExactSizeIterator<Item = C>,
    rows: usize,
) -> Vec<f32> {
    let across = columns.len();
    let mut values = vec![f32::NAN; rows * across];
    for (at, column) in columns.enumerate() {
        for (row, value) in column.into_iter().take(rows).enumerate() {
            values[row * across + at] = value as f32;
        }
    }
    values
}

/// The part of `whole` that lies in the part `at` of `parts`; never empty while there is a whole.
fn part(at: u16, parts: u16, whole: usize) -> std::ops::Range<usize> {
    let (at, parts) = (usize::from(at), usize::from(parts).max(1));
    let start = at * whole / parts;
    start..((at + 1) * whole / parts).max(start + 1).min(whole)
}

impl Widget for &HeatStrip<'_> {
    fn render(self, area: Rect, buffer: &mut Buffer) {
        if area.width < SMALLEST.0 || area.height < SMALLEST.1 {
            return;
        }
        let (rows, columns) = (self.labels.len(), self.columns());
        let range = self.range();
        if rows == 0 || columns == 0 || (range.is_none() && self.values.is_empty()) {
            let quiet = self.look.style(Role::Quiet);
            let middle = Rect { y: area.y + area.height / 2, height: 1, ..area };
            let text = Span::styled(self.empty.to_owned(), quiet);
            Line::from(text).centered().render(middle, buffer);
            return;
        }
        let longest = self.labels.iter().map(|label| width(label)).max().unwrap_or(0);
        // A group is named after its first and its last row.
        let is_grouped = rows > usize::from(area.height - 1);
        let longest = if is_grouped { 2 * longest + 1 } else { longest };
        let names = (longest as u16).min(area.width / 4);
        let strip = Rect {
            x: area.x + names + 1,
            width: area.width - names - 1,
            height: (area.height - 1).min(rows as u16),
            ..area
        };
        let quiet = self.look.style(Role::Quiet);
        for y in 0..strip.height {
            let group = part(y, strip.height, rows);
            let label = self.label(group.clone(), names.into());
            let start = area.x + names - width(&label) as u16;
            buffer.set_string(start, strip.y + y, label, quiet);
            for x in 0..strip.width {
                let (symbol, style) = match self.shown(group.clone(), part(x, strip.width, columns))
                {
                    Shown::Nothing => (" ", Style::new()),
                    Shown::Bad => (self.look.symbols().nan, self.look.style(Role::Bad)),
                    Shown::Value(value) => match range {
                        Some(range) => self.ramp.cell(self.share(value, range)),
                        None => (" ", Style::new()),
                    },
                };
                buffer.set_string(strip.x + x, strip.y + y, symbol, style);
            }
        }
        let below = Rect { y: strip.bottom(), height: 1, ..strip };
        let mut cells = 0..strip.width;
        let cursor = self.cursor.filter(|cursor| *cursor < columns);
        let foot =
            cursor.and_then(|at| cells.find(|x| part(*x, strip.width, columns).contains(&at)));
        if range.is_some() {
            self.draw_ends(below, buffer);
        }
        if let Some(x) = foot {
            let foot = self.look.symbols().cursor[1];
            buffer.set_string(strip.x + x, below.y, foot, self.look.style(Role::Accent));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn strip<'a>(labels: &'a [String], values: &'a [f32]) -> HeatStrip<'a> {
        HeatStrip {
            look: Look::bare(true, false),
            ramp: Ramp::Ascii,
            labels,
            values,
            log: false,
            cursor: None,
            ends: ["0".to_owned(), "1000".to_owned()],
            unit: Unit::Number,
            empty: "nothing yet",
        }
    }

    fn draw(strip: &HeatStrip<'_>, columns: u16, rows: u16) -> Vec<String> {
        let area = Rect::new(0, 0, columns, rows);
        let mut buffer = Buffer::empty(area);
        strip.render(area, &mut buffer);
        (0..rows)
            .map(|y| (0..columns).map(|x| buffer[(x, y)].symbol()).collect::<String>())
            .map(|line| line.trim_end().to_owned())
            .collect()
    }

    fn names(count: usize) -> Vec<String> {
        (0..count).map(|at| format!("c{at}")).collect()
    }

    /// Falling over time, faster in later rows.
    fn falling(rows: usize, columns: usize) -> Vec<f32> {
        let cell = |at: usize| {
            let (row, column) = (at / columns, at % columns);
            (((row + 1) * column) as f32 / -(columns as f32)).exp()
        };
        (0..rows * columns).map(cell).collect()
    }

    #[test]
    fn classes_are_rows_and_time_goes_across() {
        let (names, mut values) = (names(5), falling(5, 256));
        values[256 + 100] = f32::NAN;
        let mut strip = strip(&names, &values);
        strip.cursor = Some(128);
        insta::assert_snapshot!("strip-of-five", draw(&strip, 60, 7).join("\n"));
        strip.ramp = Ramp::Shades;
        strip.look.ascii = false;
        strip.log = true;
        insta::assert_snapshot!("strip-of-five-shades", draw(&strip, 40, 7).join("\n"));
    }

    #[test]
    fn times_and_values_stand_apart() {
        let (names, values) = (names(2), [11.0, 63.0, 12.0, 20.0]);
        let strip = strip(&names, &values);
        assert_eq!(strip.scale().to_string(), " 11.00  .:-=+*# 63.00 ");
        assert_eq!(draw(&strip, 40, 3)[2].split_whitespace().collect::<Vec<_>>(), ["0", "1000"]);
        let nothing = HeatStrip { values: &[], ..strip };
        assert_eq!(nothing.scale().width(), 0);
    }

    #[test]
    fn rows_and_columns_that_do_not_fit_share_cells_and_hide_nothing() {
        let names = names(100);
        let mut values = vec![0.0; 100 * 200];
        values[57 * 200 + 133] = 1.0;
        let lines = draw(&strip(&names, &values), 30, 11);
        assert_eq!(lines.concat().matches('#').count(), 1, "{lines:#?}");
        assert!(lines[5].contains('#') && lines[5].starts_with("c50-c59"), "{lines:#?}");
        values[3 * 200] = f32::INFINITY;
        let lines = draw(&strip(&names, &values), 30, 11);
        assert!(lines[0].contains('X'), "{lines:#?}");
    }

    #[test]
    fn columns_become_rows() {
        let values = by_rows([vec![1.0, 2.0], vec![3.0, 4.0], vec![5.0]].into_iter(), 2);
        assert_eq!(values[..5], [1.0, 3.0, 5.0, 2.0, 4.0]);
        assert!(values[5].is_nan());
    }

    #[test]
    fn few_columns_fill_the_strip_and_a_flat_one_has_a_colour() {
        let (names, values) = (names(1), [2.0, 2.0]);
        let lines = draw(&strip(&names, &values), 20, 2);
        assert_eq!(lines[0].matches('=').count(), 17, "{lines:#?}");
        let none = draw(&strip(&names, &[]), 20, 3);
        assert!(none[1].contains("nothing yet"));
        let bad = [f32::NAN; 3];
        assert!(draw(&strip(&names, &bad), 20, 3)[0].contains("XXX"));
    }

    #[test]
    fn no_size_is_too_small() {
        let (names, values) = (names(7), falling(7, 30));
        let mut strip = strip(&names, &values);
        strip.cursor = Some(29);
        for (columns, rows) in (0..40).flat_map(|x| (0..10).map(move |y| (x, y))) {
            draw(&strip, columns, rows);
        }
    }
}
