//! Exponential smoothing: `s ← w·s + (1 − w)·y`, divided by `1 − wⁿ`, which takes out that it began at zero.

/// The largest weight. At 1 nothing would ever move.
pub const HEAVIEST: f64 = 0.99;

/// A running mean in which what was before weighs `weight`.
#[derive(Debug, Clone, Copy)]
pub struct Smoothing {
    weight: f64,
    sum: f64,
    /// The weight of the beginning that is still in the sum.
    beginning: f64,
}

impl Smoothing {
    /// Smoothing of this weight, from 0, which changes nothing, to [`HEAVIEST`].
    pub fn new(weight: f64) -> Self {
        let weight = if weight.is_finite() { weight.clamp(0.0, HEAVIEST) } else { 0.0 };
        Self { weight, sum: 0.0, beginning: 1.0 }
    }

    /// Takes in a value; the mean so far. What is no number is left out and has no mean.
    pub fn next(&mut self, value: f64) -> Option<f64> {
        if !value.is_finite() {
            return None;
        }
        self.sum = self.weight * self.sum + (1.0 - self.weight) * value;
        self.beginning *= self.weight;
        Some(self.sum / (1.0 - self.beginning))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn smoothed(weight: f64, values: &[f64]) -> Vec<Option<f64>> {
        let mut smoothing = Smoothing::new(weight);
        values.iter().map(|value| smoothing.next(*value)).collect()
    }

    #[test]
    fn it_does_not_begin_at_zero() {
        let flat = smoothed(0.99, &[5.0; 20]);
        assert!(flat.iter().flatten().all(|value| (value - 5.0).abs() < 1e-9), "{flat:?}");
        // (0.5·0.5·1 + 0.5·3) / (1 − 0.25)
        let two = smoothed(0.5, &[1.0, 3.0]);
        assert!((two[1].unwrap() - 1.75 / 0.75).abs() < 1e-12);
    }

    #[test]
    fn without_weight_nothing_changes_and_what_is_no_number_is_left_out() {
        assert_eq!(smoothed(0.0, &[1.0, f64::NAN, 3.0]), [Some(1.0), None, Some(3.0)]);
        assert_eq!(smoothed(f64::NAN, &[1.0, 9.0]), [Some(1.0), Some(9.0)]);
        let heavy = smoothed(7.0, &[0.0, 1.0]);
        assert!(heavy[1].is_some_and(|value| value < 0.6));
    }
}
