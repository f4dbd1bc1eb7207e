//! A curve of any length in a number of columns, honestly: each column spans the lowest to the highest value
//! that falls into it, so that no spike disappears.

/// What falls into one column.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Column {
    /// The first value.
    pub first: f64,
    /// The last value.
    pub last: f64,
    /// The lowest value.
    pub low: f64,
    /// The highest value.
    pub high: f64,
}

/// Parts points (x ascending) into `columns`; `place` says where an x lies, 0 to 1. Values that are not
/// finite are left out.
pub fn columns(
    points: impl Iterator<Item = (f64, f64)>,
    columns: usize,
    place: impl Fn(f64) -> f64,
) -> Vec<Option<Column>> {
    let mut parts: Vec<Option<Column>> = vec![None; columns];
    for (x, y) in points.filter(|point| point.1.is_finite()) {
        let Some(part) = column(place(x), columns).and_then(|index| parts.get_mut(index)) else {
            continue;
        };
        match part {
            None => *part = Some(Column { first: y, last: y, low: y, high: y }),
            Some(column) => {
                column.last = y;
                column.low = column.low.min(y);
                column.high = column.high.max(y);
            }
        }
    }
    parts
}

/// The column in which a place between 0 and 1 lies.
pub fn column(place: f64, columns: usize) -> Option<usize> {
    let last = columns.checked_sub(1)?;
    (0.0..=1.0).contains(&place).then(|| (place * last as f64).round() as usize)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_spike_disappears() {
        let points = (0..100_000).map(|index| {
            let y = if index == 54_321 { 99.0 } else { f64::from(index % 7) };
            (f64::from(index), y)
        });
        let parts = columns(points, 50, |x| x / 99_999.0);
        let highest = parts.iter().flatten().map(|part| part.high).fold(0.0, f64::max);
        assert!((highest - 99.0).abs() < f64::EPSILON);
        assert!(parts.iter().all(|part| part.is_some_and(|part| part.low == 0.0)));
    }

    #[test]
    fn what_is_no_number_leaves_a_gap_at_most() {
        let points = [(0.0, 1.0), (0.5, f64::NAN), (1.0, f64::INFINITY)];
        let parts = columns(points.into_iter(), 3, |x| x);
        assert_eq!(parts.iter().map(Option::is_some).collect::<Vec<_>>(), [true, false, false]);
    }

    #[test]
    fn the_ends_are_the_first_and_the_last_column() {
        assert_eq!((column(0.0, 10), column(1.0, 10)), (Some(0), Some(9)));
        assert_eq!((column(1.01, 10), column(0.5, 0), column(f64::NAN, 3)), (None, None, None));
    }
}
