//! One pass over a test set: the share of images whose largest logit is their class's.

use std::ops::{ControlFlow, Range};

use burn::tensor::{Device, Tensor};

use super::{Candidate, EvaluationError};
use crate::nets::Training;

/// Images to test on, which come a batch at a time so that they need not all be tensors at once.
pub trait TestBatches: Sync {
    /// Number of images.
    fn count(&self) -> usize;

    /// Images `[range, c, h, w]` in normalised space on `device`, never augmented, and the class of each.
    fn batch(&self, range: Range<usize>, device: &Device) -> (Tensor<4>, Vec<usize>);
}

/// How many images a network got right.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Score {
    /// Images whose class was found.
    pub correct: usize,
    /// Images shown.
    pub total: usize,
}

impl Score {
    /// The share of images whose class was found, 0 to 1; of no images, 0.
    pub fn accuracy(&self) -> f64 {
        if self.total == 0 { 0.0 } else { self.correct as f64 / self.total as f64 }
    }
}

/// Scores networks in evaluation mode, `batch` images at a time that all of them are shown.
/// `progress` hears of the images done after every batch and may stop it: then the result is none.
///
/// # Errors
/// When logits are not finite, or the device can no longer be read.
pub(super) fn score(
    training: &Training<'_>,
    candidates: &[Candidate<'_>],
    test: &dyn TestBatches,
    batch: usize,
    mut progress: impl FnMut(usize) -> ControlFlow<()>,
) -> Result<Option<Vec<Score>>, EvaluationError> {
    let total = test.count();
    let mut scores = vec![Score { correct: 0, total }; candidates.len()];
    let Some(first) = candidates.first() else { return Ok(Some(scores)) };
    let (device, dtype) = (first.training.images().device(), first.training.images().dtype());
    for start in (0..total).step_by(batch.max(1)) {
        let end = (start + batch.max(1)).min(total);
        let (images, labels) = test.batch(start..end, &device);
        let logits = training
            .logits(&images.cast(dtype))
            .map_err(|reason| EvaluationError::Device { reason })?;
        for ((score, logits), candidate) in scores.iter_mut().zip(logits).zip(candidates) {
            if logits.iter().any(|logit| !logit.is_finite()) {
                return Err(EvaluationError::NonFiniteLogits { network: candidate.index });
            }
            let found = logits.chunks_exact(logits.len() / labels.len()).map(largest);
            score.correct += found.zip(&labels).filter(|(found, label)| found == *label).count();
        }
        if progress(end).is_break() {
            return Ok(None);
        }
    }
    Ok(Some(scores))
}

/// The position of the largest value, the first of equals.
pub(super) fn largest(values: &[f32]) -> usize {
    let mut best = 0;
    for (at, value) in values.iter().enumerate() {
        if *value > values[best] {
            best = at;
        }
    }
    best
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_of_equal_logits_counts() {
        assert_eq!(largest(&[0.5, 2.0, 2.0, -1.0]), 1);
        assert_eq!(largest(&[-3.0]), 0);
    }

    #[test]
    fn accuracy_is_a_share() {
        assert!((Score { correct: 3, total: 4 }.accuracy() - 0.75).abs() < 1e-12);
        assert!(Score { correct: 0, total: 0 }.accuracy().abs() < 1e-12);
    }
}
