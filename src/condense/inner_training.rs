//! Training the network on the synthetic set between two image updates (reference section 1.5 e).
//!
//! Plain gradient descent on detached images, in shuffled minibatches, in training mode. It moves the
//! network on, so that the next update matches gradients further along a training run.

use burn::tensor::{Int, Tensor, TensorData};
use rand::Rng;
use rand::seq::SliceRandom;

use crate::nets::{Batch, Labels, Training};

/// How long and in which portions.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct InnerTraining {
    /// Passes over the synthetic set.
    pub epochs: usize,
    /// Images per training step; the last batch of an epoch may be smaller.
    pub batch: usize,
}

impl InnerTraining {
    /// Trains the one network of `training` on images [n, channels, h, w] with their labels.
    ///
    /// `augment` sees each minibatch once, `random` decides the order alone.
    ///
    /// Returns the losses of all steps summed, a single number still on the device: it is finite exactly
    /// when no step met NaN or ∞, and one read-back tells. `None` when there was no step.
    ///
    /// # Errors
    /// What the device says when it can no longer be read.
    pub fn run(
        self,
        training: &mut Training<'_>,
        images: &Tensor<4>,
        labels: &Labels,
        mut augment: impl FnMut(Tensor<4>) -> Tensor<4>,
        random: &mut impl Rng,
    ) -> Result<Option<Tensor<1>>, String> {
        let images = images.clone().inner();
        let mut order: Vec<i64> = (0..labels.len() as i64).collect();
        let mut total: Option<Tensor<1>> = None;
        for _ in 0..self.epochs {
            order.shuffle(random);
            for batch in order.chunks(self.batch.max(1)) {
                let data = TensorData::new(batch.to_vec(), [batch.len()]);
                let indices = Tensor::<1, Int>::from_data(data, &images.device());
                let images = augment(images.clone().select(0, indices.clone()));
                let labels = labels.select(indices);
                let loss = training.step(vec![Batch { images, labels }])?;
                total = Some(match total {
                    Some(total) => total + loss,
                    None => loss,
                });
            }
        }
        Ok(total)
    }
}

#[cfg(test)]
mod tests {
    use burn::tensor::{DType, Device};

    use super::*;
    use crate::nets::{Capacity, Network, NetworkState, SgdSettings};
    use crate::random::{Purpose, stream};
    use crate::spec::{Activation, NetworkSpec, Norm, Pooling};

    /// Runs on three tiny images and returns which images each batch held, the summed loss, and the
    /// parameters after it.
    fn run(epochs: usize, batch: usize, lr: f64) -> (Vec<Vec<f32>>, Option<f32>, Vec<Vec<f32>>) {
        let spec = NetworkSpec {
            width: 4,
            depth: 1,
            activation: Activation::Relu,
            norm: Norm::None,
            pooling: Pooling::Average,
            ..NetworkSpec::default()
        };
        let device = Device::flex();
        let network = Network::new(&spec, [3, 2, 2], 3).unwrap();
        let mut random = stream(1, Purpose::NetworkInit, &[0]);
        let parameters = network.initialise(&mut random, &device, DType::F32);
        let statistics = network.fresh_statistics(&device, DType::F32);
        let start = NetworkState { parameters, statistics };
        let mut training =
            Training::new(&network, vec![start], SgdSettings::plain(lr), Capacity::default());
        let labels = Labels::Hard(Tensor::from_data([0, 1, 2], &device));
        let marks = Tensor::<4>::from_data([[[[1.0]]], [[[2.0]]], [[[3.0]]]], &device);
        let images = marks.expand([3, 3, 2, 2]);
        let mut seen = Vec::new();
        let loss = InnerTraining { epochs, batch }.run(
            &mut training,
            &images,
            &labels,
            |shown| {
                let first = shown.clone().slice([0..shown.dims()[0], 0..1, 0..1, 0..1]);
                seen.push(first.try_into_vec_as().unwrap());
                shown
            },
            &mut stream(4, Purpose::InnerTraining, &[0]),
        );
        let after = training.into_states().unwrap().remove(0).parameters;
        (seen, loss.unwrap().map(Tensor::into_scalar), after.to_host().unwrap())
    }

    #[test]
    fn every_epoch_shows_every_image_once_in_its_own_order() {
        let (seen, _, _) = run(12, 2, 0.1);
        assert!(seen.iter().step_by(2).all(|batch| batch.len() == 2));
        let epochs: Vec<Vec<f32>> = seen.chunks(2).map(<[_]>::concat).collect();
        assert_eq!(epochs.len(), 12);
        for epoch in &epochs {
            let mut sorted = epoch.clone();
            sorted.sort_by(f32::total_cmp);
            assert_eq!(sorted, [1.0, 2.0, 3.0]);
        }
        assert!(epochs.iter().any(|epoch| *epoch != epochs[0]));
        assert_eq!(run(12, 2, 0.1).0, seen);
    }

    #[test]
    fn training_lowers_the_loss_and_nothing_happens_without_epochs() {
        let start = run(0, 3, 0.1);
        assert_eq!((start.0.len(), start.1), (0, None));
        let (_, first, _) = run(1, 3, 0.2);
        let (_, many, after) = run(200, 3, 0.2);
        let (first, mean) = (first.unwrap(), many.unwrap() / 200.0);
        assert!(mean < 0.9 * first, "{mean} {first}");
        assert_ne!(after, start.2);
    }

    #[test]
    fn a_loss_that_is_not_finite_shows_in_the_sum() {
        assert!(!run(3, 3, f64::INFINITY).1.unwrap().is_finite());
    }
}
