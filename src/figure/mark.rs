//! Colours and marks of the rows, told apart by either alone.
//!
//! The colours are those of Okabe and Ito (2008), which people with any kind of colour blindness tell apart,
//! without the yellow that does not show on white.

use plotters::prelude::*;

use super::{FigureError, layout::Area};

const COLOURS: [RGBColor; 7] = [
    RGBColor(0, 114, 178),
    RGBColor(213, 94, 0),
    RGBColor(0, 158, 115),
    RGBColor(204, 121, 167),
    RGBColor(230, 159, 0),
    RGBColor(86, 180, 233),
    RGBColor(0, 0, 0),
];
const SHAPES: [Shape; 8] = [
    Shape::Circle,
    Shape::Square,
    Shape::Up,
    Shape::Diamond,
    Shape::Down,
    Shape::Cross,
    Shape::Plus,
    Shape::Star,
];

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Shape {
    Circle,
    Square,
    Up,
    Diamond,
    Down,
    Cross,
    Plus,
    Star,
}

/// How a row is drawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Mark {
    /// Its colour.
    pub colour: RGBColor,
    shape: Shape,
}

/// How a mark is filled.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Fill {
    /// With its colour.
    Full,
    /// With its colour, thin enough to see what lies behind.
    Thin,
    /// With white, inside an outline of its colour.
    Open,
}

impl Mark {
    /// Of the row at this place. The pair of colour and shape comes again after 56 rows.
    pub fn of(row: usize) -> Self {
        Self { colour: COLOURS[row % COLOURS.len()], shape: SHAPES[row % SHAPES.len()] }
    }

    /// Draws it around a pixel, `size` pixels from there to its edge.
    pub fn draw<B: DrawingBackend>(
        self,
        area: &Area<B>,
        at: (i32, i32),
        size: i32,
        fill: Fill,
    ) -> Result<(), FigureError> {
        let inside = match fill {
            Fill::Full => self.colour.filled(),
            Fill::Thin => self.colour.mix(0.55).filled(),
            Fill::Open => WHITE.filled(),
        };
        if self.shape == Shape::Circle {
            area.draw(&Circle::new(at, size, inside)).map_err(FigureError::of)?;
            if fill == Fill::Open {
                let edge = self.colour.stroke_width(2);
                area.draw(&Circle::new(at, size, edge)).map_err(FigureError::of)?;
            }
            return Ok(());
        }
        let outline = outline(self.shape, at, f64::from(size));
        area.draw(&Polygon::new(outline.clone(), inside)).map_err(FigureError::of)?;
        if fill == Fill::Open {
            let closed: Vec<_> = outline.iter().chain(outline.first()).copied().collect();
            let edge = self.colour.stroke_width(2);
            area.draw(&PathElement::new(closed, edge)).map_err(FigureError::of)?;
        }
        Ok(())
    }
}

/// The corners of a shape whose area is about that of a circle of radius `r`.
fn outline(shape: Shape, (x, y): (i32, i32), r: f64) -> Vec<(i32, i32)> {
    let turned = |corners: u32, first: f64, radius: &dyn Fn(u32) -> f64| -> Vec<(f64, f64)> {
        (0..corners)
            .map(|at| {
                let turn = first + std::f64::consts::TAU * f64::from(at) / f64::from(corners);
                (radius(at) * turn.sin(), -radius(at) * turn.cos())
            })
            .collect()
    };
    // A plus, the cross turned.
    let plus = |turn: f64| -> Vec<(f64, f64)> {
        let (long, thick) = (1.25 * r, 0.45 * r);
        let arm = [(-thick, -long), (thick, -long), (thick, -thick)];
        (0..4)
            .flat_map(|quarter| {
                let (sin, cos) =
                    (turn + f64::from(quarter) * std::f64::consts::FRAC_PI_2).sin_cos();
                arm.map(|(x, y)| (x * cos - y * sin, x * sin + y * cos))
            })
            .collect()
    };
    let half = std::f64::consts::FRAC_PI_4;
    let corners = match shape {
        Shape::Circle => Vec::new(),
        Shape::Square => turned(4, half, &|_| 1.3 * r),
        Shape::Diamond => turned(4, 0.0, &|_| 1.4 * r),
        Shape::Up => turned(3, 0.0, &|_| 1.4 * r),
        Shape::Down => turned(3, std::f64::consts::PI, &|_| 1.4 * r),
        Shape::Cross => plus(half),
        Shape::Plus => plus(0.0),
        Shape::Star => turned(10, 0.0, &|at| if at % 2 == 0 { 1.5 * r } else { 0.6 * r }),
    };
    let pixel = |(dx, dy): (f64, f64)| (x + dx.round() as i32, y + dy.round() as i32);
    corners.into_iter().map(pixel).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_differ_in_colour_and_in_shape() {
        for row in 1..COLOURS.len() {
            let (one, before) = (Mark::of(row), Mark::of(row - 1));
            assert!(one.colour != before.colour && one.shape != before.shape);
        }
        let all: Vec<Mark> = (0..56).map(Mark::of).collect();
        assert!((1..56).all(|row| !all[..row].contains(&all[row])));
    }

    #[test]
    fn outlines_are_around_their_pixel() {
        for shape in &SHAPES[1..] {
            let corners = outline(*shape, (100, 200), 10.0);
            assert!(corners.len() >= 3, "{shape:?}");
            let left = corners.iter().map(|corner| corner.0).min().unwrap();
            let right = corners.iter().map(|corner| corner.0).max().unwrap();
            assert!((left + right - 200).abs() <= 1, "{shape:?}: {corners:?}");
            assert!((6..=16).contains(&(100 - left)), "{shape:?}: {corners:?}");
        }
    }
}
