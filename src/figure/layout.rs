//! What all figures have: a sheet with a heading above, a legend to the right and a remark below.

use plotters::{
    coord::Shift,
    prelude::*,
    style::text_anchor::{HPos, Pos, VPos},
};

use super::{
    FONT, FigureError,
    mark::{Fill, Mark},
};

/// A part of the sheet, in pixels.
pub type Area<B> = DrawingArea<B, Shift>;

/// Pixels that a letter is wide, for one of height 1.
const LETTER: f64 = 0.52;

/// Where a text stands beside its pixel.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Side {
    /// To the right of it, in the middle of the height.
    Right,
    /// Below it, in the middle of the width.
    Below,
    /// Above it, in the middle of the width.
    Above,
    /// To the left of it, in the middle of the height.
    Left,
}

/// Writes a text of this height in pixels.
pub fn text<B: DrawingBackend>(
    area: &Area<B>,
    words: &str,
    at: (i32, i32),
    height: i32,
    side: Side,
) -> Result<(), FigureError> {
    let position = match side {
        Side::Right => Pos::new(HPos::Left, VPos::Center),
        Side::Below => Pos::new(HPos::Center, VPos::Top),
        Side::Above => Pos::new(HPos::Center, VPos::Bottom),
        Side::Left => Pos::new(HPos::Right, VPos::Center),
    };
    let style = (FONT, height).into_font().color(&BLACK).pos(position);
    area.draw(&Text::new(words.to_owned(), at, style)).map_err(FigureError::of)
}

/// A text in lines that are at most so many pixels wide.
pub fn wrapped(words: &str, height: i32, width: u32) -> Vec<String> {
    let most = (f64::from(width) / (LETTER * f64::from(height))) as usize;
    let mut lines: Vec<String> = Vec::new();
    for word in words.split_whitespace() {
        match lines.last_mut() {
            Some(line) if line.chars().count() + word.chars().count() < most => {
                line.push(' ');
                line.push_str(word);
            }
            _ => lines.push(word.to_owned()),
        }
    }
    lines
}

/// Writes the heading and the remark over the width of the sheet; what is left between them.
pub fn frame<B: DrawingBackend>(
    sheet: &Area<B>,
    heading: &str,
    remark: &str,
) -> Result<Area<B>, FigureError> {
    let (width, height) = sheet.dim_in_pixel();
    let (mut top, middle) = (12, width as i32 / 2);
    for line in wrapped(heading, 19, width - 40) {
        text(sheet, &line, (middle, top), 19, Side::Below)?;
        top += 24;
    }
    let lines = wrapped(remark, 14, width - 40);
    let bottom = height as i32 - 18 * lines.len() as i32 - 6;
    for (at, line) in lines.iter().enumerate() {
        text(sheet, line, (20, bottom + 9 + 18 * at as i32), 14, Side::Right)?;
    }
    let below = height - bottom as u32;
    Ok(sheet.margin(top as u32 + 4, below, 0, 0))
}

/// Names of columns below an axis, in lines that are as wide as a column.
pub struct Names {
    lines: Vec<Vec<String>>,
}

impl Names {
    /// Of these columns, for a plot of so many pixels.
    pub fn new(columns: &[String], width: u32) -> Self {
        let each = width / columns.len().max(1) as u32;
        Self { lines: columns.iter().map(|name| wrapped(name, 15, each)).collect() }
    }

    /// The pixels that they need.
    pub fn height(&self) -> u32 {
        14 + 18 * self.lines.iter().map(Vec::len).max().unwrap_or(0) as u32
    }

    /// Writes them below the points of the axis that `at` tells.
    pub fn draw<B: DrawingBackend>(
        &self,
        sheet: &Area<B>,
        at: impl Fn(usize) -> (i32, i32),
    ) -> Result<(), FigureError> {
        for (column, lines) in self.lines.iter().enumerate() {
            let (x, y) = at(column);
            for (line, words) in lines.iter().enumerate() {
                text(sheet, words, (x, y + 8 + 18 * line as i32), 15, Side::Below)?;
            }
        }
        Ok(())
    }
}

/// How published values are drawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Published {
    /// As a white diamond.
    Diamond,
    /// As an open circle.
    Circle,
}

impl Published {
    /// Draws it around a pixel.
    pub fn draw<B: DrawingBackend>(
        self,
        area: &Area<B>,
        (x, y): (i32, i32),
    ) -> Result<(), FigureError> {
        if self == Self::Circle {
            let circle = Circle::new((x, y), 5, BLACK.stroke_width(2));
            return area.draw(&circle).map_err(FigureError::of);
        }
        let corners = vec![(x, y - 5), (x + 5, y), (x, y + 5), (x - 5, y), (x, y - 5)];
        area.draw(&Polygon::new(corners.clone(), WHITE.filled())).map_err(FigureError::of)?;
        area.draw(&PathElement::new(corners, BLACK.stroke_width(1))).map_err(FigureError::of)
    }
}

/// An entry of a legend: its mark, or how published values are drawn.
#[derive(Debug, Clone, Copy)]
pub enum Key<'a> {
    /// A row.
    Row(&'a str, Mark),
    /// Published values.
    Published(Published),
}

/// Pixels that a legend of these rows is wide.
pub fn legend_width<'a>(names: impl Iterator<Item = &'a str>) -> u32 {
    let longest = names.map(|name| name.chars().count()).max().unwrap_or(0).max(10);
    (60.0 + LETTER * 15.0 * longest as f64).min(330.0) as u32
}

/// Writes a legend into its part of the sheet.
pub fn legend<B: DrawingBackend>(
    area: &Area<B>,
    title: &str,
    keys: &[Key<'_>],
) -> Result<(), FigureError> {
    let (width, _) = area.dim_in_pixel();
    text(area, title, (14, 20), 15, Side::Right)?;
    let mut y = 46;
    for key in keys {
        let name = match key {
            Key::Row(name, mark) => {
                mark.draw(area, (22, y), 6, Fill::Full)?;
                *name
            }
            Key::Published(published) => {
                published.draw(area, (22, y))?;
                "published"
            }
        };
        for line in wrapped(name, 15, width - 44) {
            text(area, &line, (38, y), 15, Side::Right)?;
            y += 19;
        }
        y += 5;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_break_between_words() {
        assert_eq!(wrapped("", 10, 100), [""; 0]);
        let lines = wrapped("one two three four", 10, 51);
        assert_eq!(lines, ["one two", "three", "four"]);
        assert_eq!(wrapped("incomprehensibilities", 10, 20), ["incomprehensibilities"]);
    }
}
