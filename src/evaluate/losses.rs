//! Training losses that are still on the device: looked at now and then, since each look waits for it.

use burn::tensor::Tensor;

use super::{Candidate, EvaluationError};

/// Losses of steps that nobody has looked at, \[networks\] each, with their epoch.
#[derive(Default)]
pub(super) struct Losses {
    pending: Vec<(usize, Tensor<1>)>,
}

impl Losses {
    /// Keeps the losses of a step.
    pub(super) fn push(&mut self, epoch: usize, losses: Tensor<1>) {
        self.pending.push((epoch, losses));
    }

    /// How many steps have not been looked at.
    pub(super) fn len(&self) -> usize {
        self.pending.len()
    }

    /// Waits for the pending losses of these networks, in one copy, and returns the mean over those of
    /// the last epoch.
    ///
    /// # Errors
    /// The first loss that is not finite, and the first network that has it.
    pub(super) fn look(&mut self, networks: &[Candidate<'_>]) -> Result<f64, EvaluationError> {
        let (epochs, losses): (Vec<_>, Vec<_>) = self.pending.drain(..).unzip();
        let values: Vec<f64> = Tensor::cat(losses, 0)
            .try_into_vec_as()
            .map_err(|error| EvaluationError::Device { reason: error.to_string() })?;
        let mut last = (0, 0.0, 0.0);
        for (epoch, losses) in epochs.into_iter().zip(values.chunks_exact(networks.len())) {
            for (loss, Candidate { index, .. }) in losses.iter().zip(networks) {
                if !loss.is_finite() {
                    return Err(EvaluationError::NonFiniteLoss { network: *index, epoch });
                }
            }
            let (sum, count) = if epoch == last.0 { (last.1, last.2) } else { (0.0, 0.0) };
            last = (epoch, sum + losses.iter().sum::<f64>(), count + losses.len() as f64);
        }
        Ok(last.1 / last.2)
    }
}

#[cfg(test)]
mod tests {
    use burn::tensor::{Device, TensorData};

    use super::*;
    use crate::evaluate::{TrainingAugmentation, blobs::training_set};

    #[test]
    fn a_look_at_the_losses_finds_the_first_bad_epoch_and_the_last_mean() {
        let training = &training_set(1, 1, &TrainingAugmentation::None);
        let look = |networks: u64, steps: &[(usize, &[f32])]| {
            let device = Device::flex();
            let loss = |(epoch, losses): &(usize, &[f32])| {
                let data = TensorData::new(losses.to_vec(), [losses.len()]);
                (*epoch, Tensor::from_data(data, &device))
            };
            let networks: Vec<_> =
                (7..7 + networks).map(|index| Candidate { index, training, start: None }).collect();
            Losses { pending: steps.iter().map(loss).collect() }.look(&networks)
        };
        let (nan, infinite) = (f32::NAN, f32::INFINITY);
        let bad = look(1, &[(0, &[1.0]), (3, &[infinite]), (3, &[1.0]), (5, &[nan])]);
        assert_eq!(bad, Err(EvaluationError::NonFiniteLoss { network: 7, epoch: 3 }));
        let bad = look(2, &[(2, &[1.0, nan]), (3, &[infinite, 1.0])]);
        assert_eq!(bad, Err(EvaluationError::NonFiniteLoss { network: 8, epoch: 2 }));
        assert_eq!(look(1, &[(0, &[4.0]), (1, &[1.0]), (1, &[3.0])]), Ok(2.0));
        assert_eq!(look(2, &[(0, &[4.0, 8.0]), (1, &[1.0, 3.0]), (1, &[5.0, 7.0])]), Ok(4.0));
    }
}
