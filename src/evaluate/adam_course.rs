//! A number of steps of Adam on shuffled batches: how label distillation trains a network on its images and
//! labels, to try them and in the end (reference section 5.7).
//!
//! Cross-entropy with the labels as they are, no weight decay, one rate from the first step to the last.

use std::ops::ControlFlow;

use burn::tensor::Device;
use rand::seq::SliceRandom;
use rayon::prelude::*;

use super::{
    accuracy::{Score, score},
    error::EvaluationError,
    train_from_scratch::{Candidate, Evaluation, Progress},
};
use crate::{
    nets::{
        Adam, Batch, Betas, NetworkState, SgdSettings, Statistics, Training,
        train_step::loss_and_gradients,
    },
    random::{Purpose, stream},
};

/// How long and how fast.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct AdamCourse {
    /// Steps.
    pub steps: u64,
    /// Images in each.
    pub batch: usize,
    /// Learning rate.
    pub lr: f64,
}

impl Evaluation<'_> {
    /// Trains these networks by a course of Adam and scores them; `progress` hears of test batches only.
    ///
    /// # Errors
    /// When training diverges, there is no image, or the device fails.
    pub(super) fn by_adam(
        &self,
        candidates: &[Candidate<'_>],
        course: AdamCourse,
        mut progress: impl FnMut(Progress) -> ControlFlow<()>,
    ) -> Result<Option<Vec<Score>>, EvaluationError> {
        let Some(first) = candidates.first().filter(|first| !first.training.is_empty()) else {
            return Err(EvaluationError::NoImages);
        };
        let on_cpu = first.training.images().device() == Device::flex();
        let train = |candidate: &Candidate<'_>| self.trained_by_adam(candidate, course);
        // The networks do not meet; one of them keeps a single core busy.
        let states = if on_cpu {
            candidates.par_iter().map(train).collect()
        } else {
            candidates.iter().map(train).collect()
        };
        let training = Training::new(self.network, states, SgdSettings::plain(0.0), self.capacity);
        let total = self.test.count();
        score(&training, candidates, self.test, self.settings.batch, |done| {
            progress(Progress::Testing { done, total })
        })
    }

    fn trained_by_adam(&self, candidate: &Candidate<'_>, course: AdamCourse) -> NetworkState {
        let NetworkState { mut parameters, mut statistics } = self.start(candidate);
        let mut random = stream(self.seed, Purpose::EvaluationTraining, &[candidate.index]);
        let mut adam = Adam::new(Betas::USUAL);
        let mut order: Vec<i32> = (0..candidate.training.len() as i32).collect();
        let mut at = order.len();
        for _ in 0..course.steps {
            if at >= order.len() {
                order.shuffle(&mut random);
                at = 0;
            }
            let end = (at + course.batch.max(1)).min(order.len());
            let Batch { images, labels } = candidate.training.take(&order[at..end], &mut random);
            at = end;
            let training = Statistics::Batch(&mut statistics);
            let (_, slope) =
                loss_and_gradients(self.network, &parameters, training, images, &labels);
            adam.step_network(course.lr, &mut parameters, slope);
        }
        NetworkState { parameters, statistics }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        evaluate::{
            TrainingAugmentation,
            blobs::{SIDE, blobs, training_set},
        },
        nets::{Capacity, Network},
        spec::{Method, NetworkSpec, defaults::published},
    };

    #[test]
    fn a_network_learns_by_adam_and_not_without_a_step() {
        let spec = NetworkSpec { width: 8, depth: 2, ..NetworkSpec::default() };
        let network = &Network::new(&spec, [1, SIDE, SIDE], 2).unwrap();
        let (test, settings) = (&blobs(100, 2), &published(Method::Dsa, "mnist", 1).evaluate);
        let training = &training_set(20, 1, &TrainingAugmentation::None);
        let candidates = [0, 1].map(|index| Candidate { index, training, start: None });
        let capacity = Capacity::default();
        let evaluation = Evaluation { network, test, settings, seed: 3, capacity };
        let mut tested = 0;
        let mut scores = |steps| {
            let course = AdamCourse { steps, batch: 8, lr: 0.01 };
            let scores = evaluation.by_adam(&candidates, course, |_| {
                tested += 1;
                ControlFlow::Continue(())
            });
            scores.unwrap().unwrap()
        };
        let learned = scores(100);
        assert!(learned.iter().all(|score| score.accuracy() > 0.9), "{learned:?}");
        assert_ne!(scores(0), learned);
        // A network is the same beside others and alone.
        let alone = evaluation.by_adam(
            &candidates[1..],
            AdamCourse { steps: 100, batch: 8, lr: 0.01 },
            |_| ControlFlow::Continue(()),
        );
        assert_eq!(alone.unwrap().unwrap(), learned[1..]);
        assert!(tested > 0);
    }
}
