//! Training a fresh network from scratch on a set of images, and scoring it on real test images: how
//! good a condensed set is (DC and DSA, section 4.1; reference section 1.8).
//!
//! Stochastic gradient descent with momentum and weight decay on shuffled, augmented batches; the last
//! epoch's network counts, none is chosen. The network's start and its training draw from streams of
//! their own, named by the network's index, so every network can be repeated by itself and two sets can
//! be compared on the same networks. Several networks take their steps together, for speed alone: each is
//! the network that it would be alone, bit for bit.

use std::ops::ControlFlow;

use super::{
    accuracy::{Score, TestBatches, score},
    curriculum::Curricula,
    error::EvaluationError,
    losses::Losses,
    schedule::epochs,
    training_set::TrainingSet,
};
use crate::{
    nets::{Capacity, Network, NetworkState, SgdSettings, Training},
    random::{Purpose, stream},
    spec::EvaluateSpec,
};

/// Epochs between two looks at the losses, each of which waits for the device.
const EPOCHS_BETWEEN_LOOKS: usize = 10;
/// Steps after which the losses are looked at even within an epoch.
const STEPS_BETWEEN_LOOKS: usize = 200;

/// Where the scoring of some networks is.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Progress {
    /// A training step is on its way to the device.
    Training {
        /// The epoch it belongs to, from 0.
        epoch: usize,
        /// The last epoch's index.
        last_epoch: usize,
        /// Mean loss over this epoch's steps and over the networks, now and then: it costs a wait for
        /// the device.
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

/// A network that is to be trained and scored.
#[derive(Debug, Clone, Copy)]
pub struct Candidate<'a> {
    /// Names its random streams.
    pub index: u64,
    /// What it is trained on; the device and precision of the set are the training's.
    pub training: &'a TrainingSet,
    /// What it is before its training; drawn anew, by its index, if none.
    pub start: Option<&'a NetworkState>,
}

/// Everything that the networks of one evaluation share.
pub struct Evaluation<'a> {
    /// What is trained.
    pub network: &'a Network,
    /// What it is tested on.
    pub test: &'a dyn TestBatches,
    /// Epochs, batch size and optimiser.
    pub settings: &'a EvaluateSpec,
    /// The run's seed.
    pub seed: u64,
    /// What the device takes at once.
    pub capacity: Capacity,
}

impl Evaluation<'_> {
    /// Trains and scores these networks, side by side; their sets have the same number of images.
    ///
    /// `progress` is called after every training step and test batch; it may wait, and may stop the
    /// whole: then the result is none, and the same call gives later what this one would have given.
    ///
    /// # Errors
    /// When training diverges, there is no image, or the device fails.
    pub fn run(
        &self,
        candidates: &[Candidate<'_>],
        mut progress: impl FnMut(Progress) -> ControlFlow<()>,
    ) -> Result<Option<Vec<Score>>, EvaluationError> {
        let Some(training) = self.train(candidates, &mut progress)? else { return Ok(None) };
        let total = self.test.count();
        score(&training, candidates, self.test, self.settings.batch, |done| {
            progress(Progress::Testing { done, total })
        })
    }

    /// The networks trained; none when it was stopped.
    pub(super) fn train(
        &self,
        candidates: &[Candidate<'_>],
        progress: &mut impl FnMut(Progress) -> ControlFlow<()>,
    ) -> Result<Option<Training<'_>>, EvaluationError> {
        let images = candidates.first().map_or(0, |candidate| candidate.training.len());
        debug_assert!(candidates.iter().all(|candidate| candidate.training.len() == images));
        if images == 0 {
            return Err(EvaluationError::NoImages);
        }
        let settings = self.settings;
        let last_epoch = settings.epochs;
        let starts = candidates.iter().map(|candidate| self.start(candidate)).collect();
        let optimiser = self.optimiser(settings.lr);
        let mut training = Training::new(self.network, starts, optimiser, self.capacity);
        let mut curricula = Curricula::new(self.seed, candidates);
        let mut losses = Losses::default();
        for epoch in epochs(settings.epochs, settings.lr) {
            if let Some(lr) = epoch.new_optimiser {
                training.new_optimiser(self.optimiser(lr));
            }
            let epoch = epoch.index;
            curricula.shuffle();
            for start in (0..images).step_by(settings.batch.max(1)) {
                let end = (start + settings.batch.max(1)).min(images);
                losses.push(epoch, curricula.step(&mut training, &(start..end))?);
                let due = end == images
                    && (epoch.is_multiple_of(EPOCHS_BETWEEN_LOOKS) || epoch == last_epoch);
                let loss = if due || losses.len() >= STEPS_BETWEEN_LOOKS {
                    Some(losses.look(candidates)?)
                } else {
                    None
                };
                if progress(Progress::Training { epoch, last_epoch, loss }).is_break() {
                    return Ok(None);
                }
            }
        }
        Ok(Some(training))
    }

    /// A network before its training.
    pub(super) fn start(&self, candidate: &Candidate<'_>) -> NetworkState {
        if let Some(start) = candidate.start {
            return start.clone();
        }
        let images = candidate.training.images();
        let (device, dtype) = (images.device(), images.dtype());
        let mut random = stream(self.seed, Purpose::EvaluationNetwork, &[candidate.index]);
        NetworkState {
            parameters: self.network.initialise(&mut random, &device, dtype),
            statistics: self.network.fresh_statistics(&device, dtype),
        }
    }

    fn optimiser(&self, lr: f64) -> SgdSettings {
        let EvaluateSpec { momentum, weight_decay, .. } = *self.settings;
        SgdSettings { momentum, weight_decay, ..SgdSettings::plain(lr) }
    }
}

#[cfg(test)]
mod tests {
    use burn::tensor::{Device, Int, Tensor, TensorData};
    use rand::seq::SliceRandom;

    use super::*;
    use crate::{
        evaluate::{
            TrainingAugmentation,
            blobs::{Blobs, SIDE, blobs, training_set},
        },
        nets::{Labels, Sgd, train_step},
        spec::{
            Activation, EvaluationAugmentation, Method, NetworkSpec, Norm, Pooling,
            defaults::published,
        },
    };

    fn network(norm: Norm) -> Network {
        let spec = NetworkSpec {
            width: 8,
            depth: 2,
            activation: Activation::Relu,
            norm,
            pooling: Pooling::Average,
            ..NetworkSpec::default()
        };
        Network::new(&spec, [1, SIDE, SIDE], 2).unwrap()
    }

    fn settings(epochs: usize, batch: usize) -> EvaluateSpec {
        EvaluateSpec { epochs, batch, ..published(Method::Dsa, "mnist", 1).evaluate }
    }

    /// Every loss that was shown, with its epoch.
    type Shown = Vec<(usize, f64)>;

    /// Trains networks of these indices; returns their scores and every loss that was shown, with its epoch.
    fn run(
        norm: Norm,
        augmentation: &TrainingAugmentation,
        settings: &EvaluateSpec,
        indices: &[u64],
    ) -> (Result<Option<Vec<Score>>, EvaluationError>, Shown) {
        let test = blobs(200, 2);
        let training = &training_set(20, 1, augmentation);
        let evaluation = Evaluation {
            network: &network(norm),
            test: &test,
            settings,
            seed: 3,
            capacity: Capacity::default(),
        };
        let mut shown = Vec::new();
        let candidates: Vec<_> =
            indices.iter().map(|&index| Candidate { index, training, start: None }).collect();
        let scores = evaluation.run(&candidates, |progress| {
            if let Progress::Training { epoch, loss: Some(loss), .. } = progress {
                shown.push((epoch, loss));
            }
            ControlFlow::Continue(())
        });
        (scores, shown)
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
                let (score, losses) = run(norm, &augmentation, &settings(60, 8), &[0]);
                let score = score.unwrap().unwrap()[0];
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
            let one = run(Norm::Instance, &augmentation, &settings, &[0]);
            assert_eq!(run(Norm::Instance, &augmentation, &settings, &[0]), one);
            assert_ne!(run(Norm::Instance, &augmentation, &settings, &[1]).1, one.1);
        }
    }

    /// Which networks are beside it, on how many threads, changes nothing for a network.
    #[test]
    fn networks_side_by_side_are_the_networks_alone() {
        let training = &training_set(20, 1, &every_augmentation()[1]);
        let test = blobs(50, 2);
        for norm in [Norm::Instance, Norm::Batch] {
            let network = network(norm);
            let settings = settings(8, 8);
            let trained = |indices: &[u64], threads: usize| {
                let candidates: Vec<_> = indices
                    .iter()
                    .map(|&index| Candidate { index, training, start: None })
                    .collect();
                let run = || {
                    let (network, settings) = (&network, &settings);
                    let evaluation = Evaluation {
                        network,
                        test: &test,
                        settings,
                        seed: 3,
                        capacity: Capacity::default(),
                    };
                    let trained = evaluation.train(&candidates, &mut |_| ControlFlow::Continue(()));
                    trained.unwrap().unwrap().into_states().unwrap()
                };
                let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
                let states = pool.install(run);
                let bits = |state: NetworkState| {
                    let values = state.parameters.to_host::<f32>().unwrap().concat();
                    values.into_iter().map(f32::to_bits).collect::<Vec<_>>()
                };
                states.into_iter().map(bits).collect::<Vec<_>>()
            };
            let together = trained(&[4, 0, 2], 3);
            for (index, beside) in [4, 0, 2].into_iter().zip(&together) {
                assert!(trained(&[index], 1)[0] == *beside, "{norm}: network {index} differs");
            }
            assert_ne!(together[0], together[1]);
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
            let sgd = |lr| {
                let plain = SgdSettings::plain(lr);
                Sgd::new(SgdSettings { momentum: 0.9, weight_decay: 5e-4, ..plain })
            };
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
        let (_, losses) = run(Norm::Instance, &TrainingAugmentation::None, &settings(6, 8), &[4]);
        let found: Vec<u64> = losses.iter().map(|(_, loss)| loss.to_bits()).collect();
        assert_eq!(losses.iter().map(|(epoch, _)| *epoch).collect::<Vec<_>>(), [0, 6]);
        assert_eq!(found[1], by_hand(true).to_bits());
        assert_ne!(found[1], by_hand(false).to_bits());
    }

    #[test]
    fn divergence_names_the_first_bad_epoch() {
        let mut settings = settings(30, 8);
        settings.lr = 1e30;
        let (score, _) = run(Norm::None, &TrainingAugmentation::None, &settings, &[6, 2]);
        // The step of epoch 0's first batch ruins the second batch's loss.
        assert_eq!(score, Err(EvaluationError::NonFiniteLoss { network: 6, epoch: 0 }));
    }

    #[test]
    fn a_stop_ends_training_and_testing_without_a_score() {
        let test = blobs(40, 2);
        let network = network(Norm::Instance);
        let training = &training_set(20, 1, &TrainingAugmentation::None);
        let candidates = &[0, 1].map(|index| Candidate { index, training, start: None });
        let evaluation = Evaluation {
            network: &network,
            test: &test,
            settings: &settings(2, 16),
            seed: 3,
            capacity: Capacity::default(),
        };
        let mut seen = Vec::new();
        let scores = evaluation.run(candidates, |progress| {
            seen.push(progress);
            ControlFlow::Continue(())
        });
        assert_eq!(scores.unwrap().unwrap().len(), 2);
        // Three epochs of two steps, three test batches.
        assert_eq!(seen.len(), 9);
        assert_eq!(seen[8], Progress::Testing { done: 40, total: 40 });
        for stop_at in 0..9 {
            let mut calls = 0;
            let stopped = evaluation.run(candidates, |progress| {
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
            TrainingAugmentation::None,
        );
        let test = Blobs::default();
        let evaluation = Evaluation {
            network: &network(Norm::Instance),
            test: &test,
            settings: &settings(2, 16),
            seed: 3,
            capacity: Capacity::default(),
        };
        let candidates = &[Candidate { index: 0, training: &none.unwrap(), start: None }];
        let error = evaluation.run(candidates, |_| ControlFlow::Continue(())).unwrap_err();
        assert_eq!(error.to_string(), "there is no image to train on");
    }
}
