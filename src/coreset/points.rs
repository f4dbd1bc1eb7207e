//! Images as points: one row of features each.

use rayon::iter::{IndexedParallelIterator, IntoParallelIterator, ParallelIterator};

/// Points in a space of `features` dimensions, one after the other.
#[derive(Debug, Clone, Copy)]
pub struct Points<'a> {
    values: &'a [f32],
    features: usize,
}

impl<'a> Points<'a> {
    /// Rows of `features` values each.
    pub fn new(values: &'a [f32], features: usize) -> Self {
        Self { values, features: features.max(1) }
    }

    /// How many points.
    pub fn len(&self) -> usize {
        self.values.len() / self.features
    }

    /// True without any point.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The features of one of them.
    pub fn row(&self, at: usize) -> &'a [f32] {
        &self.values[at * self.features..(at + 1) * self.features]
    }

    /// Their mean.
    pub fn mean(&self) -> Vec<f64> {
        let mut mean = vec![0.0; self.features];
        for row in self.values.chunks_exact(self.features) {
            for (sum, value) in mean.iter_mut().zip(row) {
                *sum += f64::from(*value);
            }
        }
        let count = self.len().max(1) as f64;
        mean.into_iter().map(|sum| sum / count).collect()
    }

    /// The squared distance of every point to `target`, on all threads.
    pub fn squared_distances(&self, target: &[f64]) -> Vec<f64> {
        let one = |at: usize| {
            let pairs = self.row(at).iter().zip(target);
            pairs.map(|(value, target)| (f64::from(*value) - target).powi(2)).sum()
        };
        (0..self.len()).into_par_iter().with_min_len(64).map(one).collect()
    }
}

/// The place of the smallest of these values among the places that `counts` lets in; the first of equals.
pub(super) fn nearest(values: &[f64], counts: impl Fn(usize) -> bool) -> Option<usize> {
    let mut best: Option<usize> = None;
    for (at, value) in values.iter().enumerate() {
        if counts(at) && best.is_none_or(|best| *value < values[best]) {
            best = Some(at);
        }
    }
    best
}
