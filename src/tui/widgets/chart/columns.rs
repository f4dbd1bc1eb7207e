//! A curve of any length in a number of columns, honestly: each column spans the lowest to the highest value
//! that falls into it, so that no spike disappears, and at the edges of the window the curve goes on to
//! where its next point is.

use super::point::ChartPoint;

/// What falls into one column.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Column {
    /// The first value.
    pub first: f64,
    /// The last value.
    pub last: f64,
    /// The lowest value that the scale can show.
    pub low: f64,
    /// The highest value.
    pub high: f64,
    /// Whether there are values below all that the scale can show.
    pub is_deeper: bool,
}

/// What is drawn upwards: values, or their logarithms.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scale {
    /// The value.
    Linear,
    /// Its logarithm to base 10; what has none lies below everything.
    Log,
}

impl Scale {
    /// How high a value is drawn.
    pub fn up(self, value: f64) -> f64 {
        match self {
            Self::Linear => value,
            Self::Log if value > 0.0 => value.log10(),
            Self::Log => f64::NEG_INFINITY,
        }
    }

    fn can_show(self, value: f64) -> bool {
        self == Self::Linear || value > 0.0
    }
}

/// A curve in columns, as high as it is drawn.
#[derive(Debug, Clone, PartialEq)]
pub struct Columns {
    /// From left to right.
    pub parts: Vec<Option<Column>>,
    /// Where it crosses the left edge, on its way from a point before it.
    pub left: Option<f64>,
    /// Where it crosses the right edge, on its way to a point behind it.
    pub right: Option<f64>,
}

impl Columns {
    /// Parts points (x ascending) of a window into `columns`. Values that are not finite are left out.
    pub fn of(
        points: impl Iterator<Item = ChartPoint>,
        columns: usize,
        (low, high): (f64, f64),
        scale: Scale,
    ) -> Self {
        let mut parts: Vec<Option<Column>> = vec![None; columns];
        let per_x = columns.saturating_sub(1) as f64 / (high - low);
        let (mut before, mut first, mut last, mut after) = (None, None, None, None);
        for point in points.filter(is_drawable) {
            if point.x < low {
                before = Some((point.x, point.last));
                continue;
            }
            if point.x > high {
                after = Some((point.x, point.first));
                break;
            }
            let index = ((point.x - low) * per_x).round() as usize;
            let Some(part) = parts.get_mut(index) else { continue };
            first = first.or(Some((point.x, point.first)));
            last = Some((point.x, point.last));
            let lowest = lowest(&point, scale);
            let is_deeper = !scale.can_show(point.low);
            match part {
                None => {
                    let ChartPoint { first, last, high, .. } = point;
                    *part = Some(Column { first, last, low: lowest, high, is_deeper });
                }
                Some(column) => {
                    column.last = point.last;
                    column.low = column.low.min(lowest);
                    column.high = column.high.max(point.high);
                    column.is_deeper |= is_deeper;
                }
            }
        }
        let up = |value: f64| scale.up(value);
        if scale == Scale::Log {
            for part in parts.iter_mut().flatten() {
                let Column { first, last, low, high, is_deeper } = *part;
                let (first, last, low, high) = (up(first), up(last), up(low), up(high));
                *part = Column { first, last, low, high, is_deeper };
            }
        }
        let crossing = |from: Option<(f64, f64)>, to: Option<(f64, f64)>, at: f64| {
            let ((x0, y0), (x1, y1)) = from.zip(to)?;
            let (y0, y1) = (up(y0), up(y1));
            Some(y0 + (y1 - y0) * ((at - x0) / (x1 - x0)))
        };
        let left = crossing(before, first.or(after), low);
        let right = crossing(last.or(before), after, high);
        Self { parts, left, right }
    }

    /// Every value that the axis has to hold.
    pub fn values(&self) -> impl Iterator<Item = f64> {
        let inside = self.parts.iter().flatten();
        let inside = inside.flat_map(|part| [part.low, part.high, part.first, part.last]);
        inside.chain(self.left).chain(self.right)
    }

    /// The last column with a value, and that value.
    pub fn end(&self) -> Option<(usize, f64)> {
        let mut parts = self.parts.iter().enumerate().rev();
        parts.find_map(|(at, part)| part.map(|part| (at, part.last)))
    }
}

/// A bucket without a single number has nothing to draw but its mark.
fn is_drawable(point: &ChartPoint) -> bool {
    let ChartPoint { first, last, low, high, .. } = point;
    [first, last, low, high].into_iter().all(|value| value.is_finite())
}

/// The lowest value of a bucket that the scale can show; infinity where it can show none.
fn lowest(point: &ChartPoint, scale: Scale) -> f64 {
    if scale.can_show(point.low) {
        return point.low;
    }
    let others = [point.first, point.last, point.mean, point.high];
    others.into_iter().filter(|value| scale.can_show(*value)).fold(f64::INFINITY, f64::min)
}

/// The column in which a place between 0 and 1 lies.
pub fn column(place: f64, columns: usize) -> Option<usize> {
    let last = columns.checked_sub(1)?;
    (0.0..=1.0).contains(&place).then(|| (place * last as f64).round() as usize)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(points: &[(f64, f64)], columns: usize, window: (f64, f64)) -> Columns {
        let points = points.iter().map(|(x, y)| ChartPoint::value(*x, *y));
        Columns::of(points, columns, window, Scale::Linear)
    }

    #[test]
    fn no_spike_disappears() {
        let points: Vec<(f64, f64)> = (0..100_000)
            .map(|index| {
                let y = if index == 54_321 { 99.0 } else { f64::from(index % 7) };
                (f64::from(index), y)
            })
            .collect();
        let found = of(&points, 50, (0.0, 99_999.0));
        let highest = found.parts.iter().flatten().map(|part| part.high).fold(0.0, f64::max);
        assert!((highest - 99.0).abs() < f64::EPSILON);
        assert!(found.parts.iter().all(|part| part.is_some_and(|part| part.low == 0.0)));
        // Nor does one that is inside a bucket.
        let bucket = ChartPoint { high: 99.0, ..ChartPoint::value(1.0, 2.0) };
        let one = Columns::of([bucket].into_iter(), 3, (0.0, 2.0), Scale::Linear);
        assert_eq!(one.parts[1].map(|part| (part.last, part.high)), Some((2.0, 99.0)));
    }

    #[test]
    fn what_is_no_number_leaves_a_gap_at_most() {
        let found = of(&[(0.0, 1.0), (0.5, f64::NAN), (1.0, f64::INFINITY)], 3, (0.0, 1.0));
        let parts: Vec<bool> = found.parts.iter().map(Option::is_some).collect();
        assert_eq!(parts, [true, false, false]);
        assert_eq!(found.end(), Some((0, 1.0)));
    }

    #[test]
    fn what_has_no_logarithm_lies_below_everything_and_hides_nothing() {
        let points = [(0.0, 100.0), (1.0, -3.0), (2.0, 0.0), (3.0, 10.0)];
        let points = points.map(|(x, y)| ChartPoint::value(x, y));
        let whole = Columns::of(points.into_iter(), 1, (0.0, 3.0), Scale::Log);
        let part = whole.parts[0].unwrap();
        assert_eq!((part.low, part.high, part.is_deeper), (1.0, 2.0, true));
        let finite: Vec<f64> = whole.values().filter(|value| value.is_finite()).collect();
        assert!(finite.iter().all(|value| (1.0..=2.0).contains(value)), "{finite:?}");
        let alone = Columns::of(points[1..3].iter().copied(), 2, (1.0, 2.0), Scale::Log);
        assert!(alone.values().all(|value| !value.is_finite()));
    }

    #[test]
    fn a_curve_goes_on_over_the_edges_of_the_window() {
        let found = of(&[(0.0, 0.0), (4.0, 4.0), (6.0, 6.0), (10.0, 10.0)], 5, (2.0, 8.0));
        assert_eq!((found.left, found.right), (Some(2.0), Some(8.0)));
        let between = of(&[(0.0, 0.0), (10.0, 10.0)], 5, (2.0, 8.0));
        assert_eq!((between.left, between.right, between.end()), (Some(2.0), Some(8.0), None));
        let whole = of(&[(2.0, 1.0), (8.0, 2.0)], 5, (2.0, 8.0));
        assert_eq!((whole.left, whole.right), (None, None));
    }

    #[test]
    fn the_ends_are_the_first_and_the_last_column() {
        assert_eq!((column(0.0, 10), column(1.0, 10)), (Some(0), Some(9)));
        assert_eq!((column(1.01, 10), column(0.5, 0), column(f64::NAN, 3)), (None, None, None));
    }
}
