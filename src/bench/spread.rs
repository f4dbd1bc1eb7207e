//! The median of repeated measurements, and how far they lie apart.
//!
//! Whatever else a machine does only ever adds time, now and then much of it: a median is not moved by a
//! single disturbed measurement, and the smallest and the largest show that there was one.

use serde::{Deserialize, Serialize};

/// What is shown of repeated measurements.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Spread {
    /// The middle one; of an even number the mean of the two in the middle.
    pub median: f64,
    /// The smallest.
    pub min: f64,
    /// The largest.
    pub max: f64,
}

impl Spread {
    /// The spread of some values; of none no number is the right one, and none is given.
    pub fn of(values: impl IntoIterator<Item = f64>) -> Self {
        let mut sorted: Vec<f64> = values.into_iter().collect();
        sorted.sort_by(f64::total_cmp);
        let at = |index: usize| sorted.get(index).copied().unwrap_or(f64::NAN);
        let last = sorted.len().saturating_sub(1);
        let median = f64::midpoint(at(last / 2), at(sorted.len() / 2));
        Self { median, min: at(0), max: at(last) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_median_is_the_middle_whatever_the_order() {
        let spread = |median, min, max| Spread { median, min, max };
        assert_eq!(Spread::of([3.0, 1.0, 100.0]), spread(3.0, 1.0, 100.0));
        assert_eq!(Spread::of([4.0, 1.0, 2.0, 100.0]), spread(3.0, 1.0, 100.0));
        assert_eq!(Spread::of([2.5]), spread(2.5, 2.5, 2.5));
        assert!(Spread::of([]).median.is_nan());
    }
}
