//! A heat strip on paper.

use std::fmt::Write;

use plotters::prelude::*;

use super::Kind;
use crate::{
    figure::{
        FigureError, Picture,
        layout::{Area, Side, frame, text},
    },
    study::csv::field,
    tui::widgets::{heat_strip::HeatStrip, ramp},
};

/// Pixels of the strip across, and of a row.
const WIDTH: i32 = 680;
const MOST_HEIGHT: i32 = 900;
/// Pixels for the names of rows, and below the strip.
const MARGINS: (i32, i32) = (130, 70);
/// Colours that differ; neighbours of one colour are one piece.
const STEPS: f64 = 96.0;
/// The colour of what is no number.
const BAD: RGBColor = RGBColor(200, 0, 0);

/// A heat strip and what stands around it.
#[derive(Debug)]
pub struct HeatFigure<'a> {
    /// The heading.
    pub title: &'a str,
    /// The strip.
    pub strip: &'a HeatStrip<'a>,
}

impl HeatFigure<'_> {
    /// The bytes of its file.
    ///
    /// # Errors
    /// When the drawing library gives up.
    pub fn write(&self, kind: Kind) -> Result<Vec<u8>, FigureError> {
        kind.write(self, || self.csv())
    }

    fn csv(&self) -> String {
        let columns = self.strip.columns();
        let mut lines = "row,column,value\n".to_owned();
        for (row, name) in self.strip.labels.iter().enumerate() {
            let values = self.strip.values.iter().skip(row * columns).take(columns);
            for (column, value) in values.enumerate() {
                // A string takes everything.
                let _ = writeln!(lines, "{},{column},{value}", field(name));
            }
        }
        lines
    }

    fn row_height(&self) -> i32 {
        (MOST_HEIGHT / self.strip.labels.len().max(1) as i32).clamp(4, 28)
    }
}

/// A colour of the scale.
fn colour(share: f64) -> RGBColor {
    let [red, green, blue] = ramp::colour(share);
    RGBColor(red, green, blue)
}

impl Picture for HeatFigure<'_> {
    fn size(&self) -> (u32, u32) {
        let height = self.row_height() * self.strip.labels.len() as i32 + MARGINS.1 + 60;
        ((WIDTH + MARGINS.0 + 30) as u32, height as u32)
    }

    fn draw<B: DrawingBackend>(&self, sheet: &Area<B>) -> Result<(), FigureError> {
        let strip = self.strip;
        let area = frame(sheet, self.title, "")?;
        let (columns, row_height) = (strip.columns(), self.row_height());
        let Some(range) = strip.range() else {
            return text(&area, strip.empty, (MARGINS.0, 40), 16, Side::Right);
        };
        let x = |column: usize| MARGINS.0 + (column * WIDTH as usize / columns.max(1)) as i32;
        let fill = |from: (i32, i32), to: (i32, i32), colour: RGBColor| {
            area.draw(&Rectangle::new([from, to], colour.filled())).map_err(FigureError::of)
        };
        let step = |value: f32| {
            let value = f64::from(value);
            let share = strip.share(value, range).clamp(0.0, 1.0);
            value.is_finite().then(|| (share * STEPS).round())
        };
        for (row, name) in strip.labels.iter().enumerate() {
            let (top, bottom) = (row as i32 * row_height, (row as i32 + 1) * row_height - 1);
            let every = (16 / row_height).max(1) as usize;
            if row.is_multiple_of(every) {
                let at = (MARGINS.0 - 8, top + row_height / 2);
                text(&area, name, at, 13.min(row_height.max(9)), Side::Left)?;
            }
            let values = strip.values.get(row * columns..(row + 1) * columns).unwrap_or_default();
            let mut start = 0;
            for part in values.chunk_by(|one, other| step(*one) == step(*other)) {
                let end = start + part.len();
                let paint = part.first().and_then(|value| step(*value));
                let paint = paint.map_or(BAD, |step| colour(step / STEPS));
                fill((x(start), top), ((x(end) - 1).max(x(start)), bottom), paint)?;
                start = end;
            }
        }
        let below = strip.labels.len() as i32 * row_height;
        let [first, last] = &strip.ends;
        text(&area, first, (MARGINS.0, below + 6), 14, Side::Below)?;
        text(&area, last, (MARGINS.0 + WIDTH, below + 6), 14, Side::Below)?;
        let (low, high) = (strip.unit.value(range.0), strip.unit.value(range.1));
        let (left, y) = (MARGINS.0 + WIDTH / 2 - 100, below + 34);
        for at in 0..200 {
            fill((left + at, y), (left + at, y + 14), colour(f64::from(at) / 199.0))?;
        }
        text(&area, &low, (left - 8, y + 7), 14, Side::Left)?;
        text(&area, &high, (left + 208, y + 7), 14, Side::Right)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        figure::tests::{pixels, svg},
        tui::{
            look::Look,
            widgets::{chart::Unit, ramp::Ramp},
        },
    };

    #[test]
    fn every_value_is_a_piece_of_its_colour() {
        let labels = ["a & b".to_owned(), "c".to_owned()];
        let values = [0.0, 0.0, 1.0, 1.0, f32::NAN, 0.5];
        let strip = HeatStrip {
            look: Look::bare(false, true),
            ramp: Ramp::True,
            labels: &labels,
            values: &values,
            log: false,
            cursor: None,
            ends: ["1".to_owned(), "3".to_owned()],
            unit: Unit::Number,
            empty: "nothing yet",
        };
        let figure = HeatFigure { title: "Classes", strip: &strip };
        let drawn = svg(&figure);
        // Sheet, two pieces, three pieces, scale.
        assert_eq!(drawn.matches("<rect ").count(), 1 + 2 + 3 + 200);
        assert!(drawn.contains("a &amp; b") && drawn.contains("1.00"));
        let image = pixels(&figure);
        assert!(image.pixels().filter(|pixel| pixel.0 == [200, 0, 0]).count() > 2000);
        let csv = String::from_utf8(figure.write(Kind::Csv).unwrap()).unwrap();
        assert!(csv.ends_with("c,0,1\nc,1,NaN\nc,2,0.5\n"), "{csv}");
        let none = HeatStrip { labels: &[], values: &[], ..strip };
        assert!(svg(&HeatFigure { title: "t", strip: &none }).contains("nothing yet"));
    }
}
