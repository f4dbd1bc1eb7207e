//! Training a fresh network from scratch on a set of images, and scoring it on real test images: how
//! good a condensed set is (DC and DSA, section 4.1; reference section 1.8).
//!
//! Stochastic gradient descent with momentum and weight decay on shuffled, augmented batches; the last
//! epoch's network counts, none is chosen. The network's start and its training draw from streams of
//! their own, named by the network's index, so every network can be repeated by itself and two sets can
//! be compared on the same networks.

use std::ops::ControlFlow;

use burn::tensor::Tensor;
use rand::seq::SliceRandom;
use thiserror::Error;

use super::{
    accuracy::{Score, TestBatches, score},
    schedule::epochs,
    training_set::{Batches, TrainingAugmentation, TrainingSet},
};
use crate::{
    nets::{ConvNet, Sgd, SgdSettings, train_step},
    random::{Purpose, stream},
    spec::EvaluateSpec,
};

/// Epochs between two looks at the losses, each of which waits for the device.
const EPOCHS_BETWEEN_LOOKS: usize = 10;
/// Steps after which the losses are looked at even within an epoch.
const STEPS_BETWEEN_LOOKS: usize = 200;

/// Why a network could not be scored.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum EvaluationError {
    /// Training diverged.
    #[error(
        "the training loss is not finite in epoch {epoch}, so the network has no accuracy; a smaller \
         evaluate.lr may help, or the images themselves hold no numbers"
    )]
    NonFiniteLoss {
        /// Index of the first epoch with such a loss.
        epoch: usize,
    },
    /// The trained network answers with infinity or no number.
    #[error(
        "the trained network's logits are not finite, so it has no accuracy; a smaller evaluate.lr may \
         help, or the test images themselves hold no numbers"
    )]
    NonFiniteLogits,
    /// There is nothing to train on.
    #[error("there is no image to train on")]
    NoImages,
    /// The device failed while something was copied from it.
    #[error("the device cannot be read any more: {reason}")]
    Device {
        /// What the device said.
        reason: String,
    },
}

/// Where the scoring of one network is.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Progress {
    /// A training step is on its way to the device.
    Training {
        /// The epoch it belongs to, from 0.
        epoch: usize,
        /// The last epoch's index.
        last_epoch: usize,
        /// Mean loss over this epoch's steps, now and then: it costs a wait for the device.
        loss: Option<f64>,
    },
    /// A batch of test images is done.
    Testing {
        /// Test images done.
        done: usize,
        /// All test images.
        total: usize,
    },
}

/// Everything that the networks of one evaluation share.
pub struct Evaluation<'a> {
    /// What is trained.
    pub network: &'a ConvNet,
    /// What it is trained on; its device and precision are the training's.
    pub training: &'a TrainingSet,
    /// How training batches are augmented.
    pub augmentation: &'a TrainingAugmentation,
    /// What it is tested on.
    pub test: &'a dyn TestBatches,
    /// Epochs, batch size and optimiser.
    pub settings: &'a EvaluateSpec,
    /// The run's seed.
    pub seed: u64,
}

impl Evaluation<'_> {
    /// Trains and scores the network with this index.
    ///
    /// `progress` is called after every training step and test batch; it may wait, and may stop the
    /// whole: then the result is none, and the same call gives later what this one would have given.
    ///
    /// # Errors
    /// When training diverges, there is no image, or the device fails.
    pub fn run(
        &self,
        index: u64,
        mut progress: impl FnMut(Progress) -> ControlFlow<()>,
    ) -> Result<Option<Score>, EvaluationError> {
        if self.training.is_empty() {
            return Err(EvaluationError::NoImages);
        }
        let settings = self.settings;
        let (device, dtype) = (self.training.images().device(), self.training.images().dtype());
        let batches = Batches::new(self.training, self.augmentation)?;
        let mut start = stream(self.seed, Purpose::EvaluationNetwork, &[index]);
        let mut parameters = self.network.initialise(&mut start, &device, dtype);
        let mut statistics = self.network.fresh_statistics(&device, dtype);
        let mut rng = stream(self.seed, Purpose::EvaluationTraining, &[index]);

        let optimiser = |lr| {
            Sgd::new(SgdSettings {
                lr,
                momentum: settings.momentum,
                weight_decay: settings.weight_decay,
            })
        };
        let mut sgd = optimiser(settings.lr);
        let mut order: Vec<i32> = (0..self.training.len() as i32).collect();
        let mut losses = Losses::default();
        for epoch in epochs(settings.epochs, settings.lr) {
            if let Some(lr) = epoch.new_optimiser {
                sgd = optimiser(lr);
            }
            order.shuffle(&mut rng);
            let mut left = order.len();
            for chunk in order.chunks(settings.batch.max(1)) {
                let (images, labels) = batches.take(chunk, &mut rng);
                let loss = train_step(
                    self.network,
                    &mut parameters,
                    &mut statistics,
                    &mut sgd,
                    images,
                    &labels,
                );
                losses.pending.push((epoch.index, loss));
                left -= chunk.len();
                let due = left == 0
                    && (epoch.index.is_multiple_of(EPOCHS_BETWEEN_LOOKS)
                        || epoch.index == settings.epochs);
                let loss = if due || losses.pending.len() >= STEPS_BETWEEN_LOOKS {
                    Some(losses.look()?)
                } else {
                    None
                };
                let (epoch, last_epoch) = (epoch.index, settings.epochs);
                if progress(Progress::Training { epoch, last_epoch, loss }).is_break() {
                    return Ok(None);
                }
            }
        }
        let total = self.test.count();
        score(self.network, &parameters, &statistics, self.test, settings.batch, |done| {
            progress(Progress::Testing { done, total })
        })
    }
}

/// Losses that are still on the device, each with its epoch.
#[derive(Default)]
struct Losses {
    pending: Vec<(usize, Tensor<1>)>,
}

impl Losses {
    /// Waits for the pending losses, in one copy, and returns the mean over those of the last epoch.
    fn look(&mut self) -> Result<f64, EvaluationError> {
        let (epochs, losses): (Vec<_>, Vec<_>) = self.pending.drain(..).unzip();
        let values: Vec<f64> = Tensor::cat(losses, 0)
            .try_into_vec_as()
            .map_err(|error| EvaluationError::Device { reason: error.to_string() })?;
        let mut last = (0, 0.0, 0.0);
        for (epoch, loss) in epochs.into_iter().zip(values) {
            if !loss.is_finite() {
                return Err(EvaluationError::NonFiniteLoss { epoch });
            }
            let (sum, steps) = if epoch == last.0 { (last.1, last.2) } else { (0.0, 0.0) };
            last = (epoch, sum + loss, steps + 1.0);
        }
        Ok(last.1 / last.2)
    }
}

#[cfg(test)]
mod tests {
    use burn::tensor::{Device, Int, TensorData};

    use super::*;
    use crate::{
        evaluate::blobs::{Blobs, SIDE, blobs, training_set},
        nets::Labels,
        spec::{
            Activation, EvaluationAugmentation, Method, NetworkSpec, Norm, Pooling,
            defaults::published,
        },
    };

    fn network(norm: Norm) -> ConvNet {
        let spec = NetworkSpec {
            width: 8,
            depth: 2,
            activation: Activation::Relu,
            norm,
            pooling: Pooling::Average,
        };
        ConvNet::new(&spec, [1, SIDE, SIDE], 2).unwrap()
    }

    fn settings(epochs: usize, batch: usize) -> EvaluateSpec {
        EvaluateSpec { epochs, batch, ..published(Method::Dsa, "mnist", 1).evaluate }
    }

    /// Every loss that was shown, with its epoch.
    type Shown = Vec<(usize, f64)>;

    /// Trains network `index`; returns its score and every loss that was shown, with its epoch.
    fn run(
        norm: Norm,
        augmentation: &TrainingAugmentation,
        settings: &EvaluateSpec,
        index: u64,
    ) -> (Result<Option<Score>, EvaluationError>, Shown) {
        let test = blobs(200, 2);
        let evaluation = Evaluation {
            network: &network(norm),
            training: &training_set(20, 1),
            augmentation,
            test: &test,
            settings,
            seed: 3,
        };
        let mut shown = Vec::new();
        let score = evaluation.run(index, |progress| {
            if let Progress::Training { epoch, loss: Some(loss), .. } = progress {
                shown.push((epoch, loss));
            }
            ControlFlow::Continue(())
        });
        (score, shown)
    }

    fn every_augmentation() -> [TrainingAugmentation; 3] {
        let mut augment = published(Method::Dsa, "mnist", 1).augment;
        augment.strategy = "color_crop_flip_scale_rotate".parse().unwrap();
        EvaluationAugmentation::ALL
            .iter()
            .map(|kind| TrainingAugmentation::new(*kind, &augment, Norm::Batch, [SIDE, SIDE]))
            .collect::<Vec<_>>()
            .try_into()
            .unwrap()
    }

    #[test]
    fn two_classes_are_learned_from_few_images() {
        for norm in [Norm::Instance, Norm::Batch] {
            for augmentation in every_augmentation() {
                let (score, losses) = run(norm, &augmentation, &settings(60, 8), 0);
                let score = score.unwrap().unwrap();
                assert_eq!(score.total, 200);
                assert!(score.accuracy() > 0.9, "{norm} {augmentation:?}: {score:?}");
                assert!(losses.last().unwrap().1 < losses[0].1, "{losses:?}");
            }
        }
    }

    #[test]
    fn a_seed_and_an_index_give_the_same_network_bit_for_bit() {
        for augmentation in every_augmentation() {
            let settings = settings(12, 8);
            let one = run(Norm::Instance, &augmentation, &settings, 0);
            assert_eq!(run(Norm::Instance, &augmentation, &settings, 0), one);
            assert_ne!(run(Norm::Instance, &augmentation, &settings, 1).1, one.1);
        }
    }

    #[test]
    fn the_loop_is_the_reference_recipe() {
        // The recipe written out for 6 epochs: indices 0 to 6, a tenth and a new optimiser from index 5.
        let by_hand = |new_at_five: bool| {
            let device = Device::flex();
            let network = network(Norm::Instance);
            let set = blobs(20, 1);
            let (images, labels) = (set.images(0..20, &device), set.labels(&device));
            let mut start = stream(3, Purpose::EvaluationNetwork, &[4]);
            let mut rng = stream(3, Purpose::EvaluationTraining, &[4]);
            let mut parameters = network.initialise(&mut start, &device, images.dtype());
            let mut statistics = network.fresh_statistics(&device, images.dtype());
            let sgd = |lr| Sgd::new(SgdSettings { lr, momentum: 0.9, weight_decay: 5e-4 });
            let mut optimiser = sgd(0.01);
            let mut order: Vec<i32> = (0..20).collect();
            let mut last = Vec::new();
            for epoch in 0..=6 {
                if epoch == 5 && new_at_five {
                    optimiser = sgd(0.001);
                }
                last.clear();
                order.shuffle(&mut rng);
                for batch in order.chunks(8) {
                    let at = TensorData::new(batch.to_vec(), [batch.len()]);
                    let at = Tensor::<1, Int>::from_data(at, &device);
                    let (x, y) = (images.clone().select(0, at.clone()), labels.select(at));
                    let loss = train_step(
                        &network,
                        &mut parameters,
                        &mut statistics,
                        &mut optimiser,
                        x,
                        &y,
                    );
                    last.push(f64::from(loss.into_scalar::<f32>()));
                }
            }
            assert_eq!(last.len(), 3);
            last.iter().sum::<f64>() / 3.0
        };
        let (_, losses) = run(Norm::Instance, &TrainingAugmentation::None, &settings(6, 8), 4);
        let found: Vec<u64> = losses.iter().map(|(_, loss)| loss.to_bits()).collect();
        assert_eq!(losses.iter().map(|(epoch, _)| *epoch).collect::<Vec<_>>(), [0, 6]);
        assert_eq!(found[1], by_hand(true).to_bits());
        assert_ne!(found[1], by_hand(false).to_bits());
    }

    #[test]
    fn divergence_names_the_first_bad_epoch() {
        let mut settings = settings(30, 8);
        settings.lr = 1e30;
        let (score, _) = run(Norm::None, &TrainingAugmentation::None, &settings, 0);
        // The step of epoch 0's first batch ruins the second batch's loss.
        assert_eq!(score, Err(EvaluationError::NonFiniteLoss { epoch: 0 }));
    }

    #[test]
    fn a_look_at_the_losses_finds_the_first_bad_epoch_and_the_last_mean() {
        let look = |losses: &[(usize, f32)]| {
            let device = Device::flex();
            let loss = |(epoch, loss): &(usize, f32)| (*epoch, Tensor::from_data([*loss], &device));
            Losses { pending: losses.iter().map(loss).collect() }.look()
        };
        let bad = look(&[(0, 1.0), (3, f32::INFINITY), (3, 1.0), (5, f32::NAN)]);
        assert_eq!(bad, Err(EvaluationError::NonFiniteLoss { epoch: 3 }));
        assert_eq!(look(&[(0, 4.0), (1, 1.0), (1, 3.0)]), Ok(2.0));
    }

    #[test]
    fn a_stop_ends_training_and_testing_without_a_score() {
        let test = blobs(40, 2);
        let network = network(Norm::Instance);
        let evaluation = Evaluation {
            network: &network,
            training: &training_set(20, 1),
            augmentation: &TrainingAugmentation::None,
            test: &test,
            settings: &settings(2, 16),
            seed: 3,
        };
        let mut seen = Vec::new();
        let score = evaluation.run(0, |progress| {
            seen.push(progress);
            ControlFlow::Continue(())
        });
        assert!(score.unwrap().is_some());
        // Three epochs of two steps, three test batches.
        assert_eq!(seen.len(), 9);
        assert_eq!(seen[8], Progress::Testing { done: 40, total: 40 });
        for stop_at in 0..9 {
            let mut calls = 0;
            let stopped = evaluation.run(0, |progress| {
                assert_eq!(progress, seen[calls]);
                calls += 1;
                if calls == stop_at + 1 {
                    ControlFlow::Break(())
                } else {
                    ControlFlow::Continue(())
                }
            });
            assert_eq!((stopped, calls), (Ok(None), stop_at + 1));
        }
    }

    #[test]
    fn nothing_to_train_on_is_said() {
        let device = Device::flex();
        let none = TrainingSet::new(
            Tensor::zeros([0, 1, SIDE, SIDE], &device),
            Labels::Hard(Tensor::zeros([0], &device)),
        );
        let test = Blobs::default();
        let evaluation = Evaluation {
            network: &network(Norm::Instance),
            training: &none,
            augmentation: &TrainingAugmentation::None,
            test: &test,
            settings: &settings(2, 16),
            seed: 3,
        };
        let error = evaluation.run(0, |_| ControlFlow::Continue(())).unwrap_err();
        assert_eq!(error.to_string(), "there is no image to train on");
    }
}
