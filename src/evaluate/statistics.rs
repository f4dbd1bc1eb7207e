//! Mean and standard deviation of accuracies, as the papers report them.

use serde::{Deserialize, Serialize};

/// What is printed as `mean ± std`.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Summary {
    /// Arithmetic mean.
    pub mean: f64,
    /// Population standard deviation (divisor n, not n − 1): the papers' figures are `numpy.std`'s.
    pub std: f64,
    /// How many values.
    pub count: usize,
}

impl Summary {
    /// The summary of some values, or none of no values.
    pub fn of(values: &[f64]) -> Option<Self> {
        if values.is_empty() {
            return None;
        }
        let count = values.len() as f64;
        let mean = values.iter().sum::<f64>() / count;
        let variance = values.iter().map(|value| (value - mean).powi(2)).sum::<f64>() / count;
        Some(Self { mean, std: variance.sqrt(), count: values.len() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_deviation_is_that_of_the_population() {
        let summary = Summary::of(&[2.0, 4.0, 4.0, 4.0, 5.0, 5.0, 7.0, 9.0]).unwrap();
        assert_eq!(summary, Summary { mean: 5.0, std: 2.0, count: 8 });
        assert_eq!(Summary::of(&[0.25]), Some(Summary { mean: 0.25, std: 0.0, count: 1 }));
        assert_eq!(Summary::of(&[]), None);
    }
}
