//! Lines of dots: from columns of a curve to a field of dots, with joins between them.

use super::{axis::Axis, columns::Columns, dots::Dots};

/// Draws a curve into the field. What lies below or above the axis is drawn at its end.
pub fn draw(dots: &mut Dots, curve: &Columns, y: &Axis, owner: u8) {
    let (across, down) = dots.size();
    let height = |value: f64| row(y, value, down);
    let mut before = curve.left.map(|value| (0, height(value)));
    for (x, part) in curve.parts.iter().enumerate() {
        let Some(part) = part else { continue };
        if let Some(from) = before {
            join(dots, from, (x, height(part.first)), owner);
        }
        let low = if part.is_deeper { f64::NEG_INFINITY } else { part.low };
        dots.vertical(x, height(part.high), height(low), owner);
        before = Some((x, height(part.last)));
    }
    if let Some((from, value)) = before.zip(curve.right) {
        join(dots, from, (across.saturating_sub(1), height(value)), owner);
    }
}

/// The row of dots, counted from the top, of a value.
fn row(y: &Axis, value: f64, rows: usize) -> usize {
    let last = rows.saturating_sub(1) as f64;
    let place = y.place(value);
    // A crossing on the way to what has no logarithm is none, and lies below.
    let place = if place.is_nan() { 0.0 } else { place.clamp(0.0, 1.0) };
    (last - place * last).round() as usize
}

/// Joins two dots by a line, column by column.
fn join(dots: &mut Dots, (x0, y0): (usize, usize), (x1, y1): (usize, usize), owner: u8) {
    let steps = x1.saturating_sub(x0).max(1) as f64;
    let height = |x: usize| {
        let share = x.saturating_sub(x0) as f64 / steps;
        (y0 as f64 + (y1 as f64 - y0 as f64) * share).round() as usize
    };
    for x in x0..x1 {
        // Half of the way to the next column is drawn in this one, the rest in that one.
        let (here, next) = (height(x), height(x + 1));
        let middle = usize::midpoint(here, next);
        dots.vertical(x, here, middle, owner);
        dots.vertical(x + 1, middle, next, owner);
    }
}

#[cfg(test)]
mod tests {
    use super::super::{columns::Scale, point::ChartPoint};
    use super::*;

    fn text(points: &[(f64, f64)], window: (f64, f64), scale: Scale) -> Vec<String> {
        let mut dots = Dots::new(6, 3, true);
        let points = points.iter().map(|(x, y)| ChartPoint::value(*x, *y));
        let curve = Columns::of(points, 6, window, scale);
        let [low, high] = [1.0, 6.0].map(|value| scale.up(value));
        let y = Axis { low, high, ticks: Vec::new(), step: 1.0 };
        draw(&mut dots, &curve, &y, 0);
        let symbol = |column, row| dots.symbol(column, row).map_or(' ', |found| found.0);
        (0..3).map(|row| (0..6).map(|column| symbol(column, row)).collect()).collect()
    }

    #[test]
    fn points_are_joined() {
        assert_eq!(
            text(&[(0.0, 1.0), (5.0, 6.0)], (0.0, 5.0), Scale::Linear),
            ["   .:'", " .:'  ", ":'    "]
        );
    }

    #[test]
    fn a_window_between_two_points_has_their_line() {
        let whole = text(&[(-5.0, 1.0), (10.0, 6.0)], (0.0, 5.0), Scale::Linear);
        assert!(whole.iter().any(|row| row.trim().len() >= 3), "{whole:?}");
    }

    #[test]
    fn what_is_below_the_axis_is_drawn_at_its_end() {
        let rows = text(&[(0.0, 6.0), (2.0, -1.0), (5.0, 6.0)], (0.0, 5.0), Scale::Log);
        assert_eq!(&rows[2][2..3], ":", "{rows:?}");
    }
}
