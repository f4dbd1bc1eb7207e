//! Training that follows learned step sizes: the course that a set of dataset distillation was made for
//! (Wang et al. 2018; reference section 5.6).
//!
//! ```text
//! for every step t:   w ← w − lr_t · ∇_w CE(net_w(images of its group), their labels)
//! ```
//!
//! Whole groups, in order, without momentum, weight decay or augmentation.

use std::ops::{ControlFlow, Range};

use super::{
    accuracy::{Score, score},
    error::EvaluationError,
    train_from_scratch::{Candidate, Evaluation, Progress},
};
use crate::nets::{Batch, SgdSettings, Training};

/// One step of a course.
#[derive(Debug, Clone, PartialEq)]
pub struct CourseStep {
    /// The images of the set that it trains on.
    pub images: Range<usize>,
    /// Its step size.
    pub rate: f64,
}

impl Evaluation<'_> {
    /// Trains these networks by the steps of a course, side by side, and scores them; `progress` hears of
    /// test batches only.
    ///
    /// # Errors
    /// When training diverges, there is no step, or the device fails.
    pub(super) fn follow(
        &self,
        candidates: &[Candidate<'_>],
        course: &[CourseStep],
        mut progress: impl FnMut(Progress) -> ControlFlow<()>,
    ) -> Result<Option<Vec<Score>>, EvaluationError> {
        let Some(first) = course.first() else { return Err(EvaluationError::NoImages) };
        let starts = candidates.iter().map(|candidate| self.start(candidate)).collect();
        let settings = SgdSettings::plain(first.rate);
        let mut training = Training::new(self.network, starts, settings, self.capacity);
        for CourseStep { images, rate } in course {
            training.new_optimiser(SgdSettings::plain(*rate));
            let batch = |candidate: &Candidate<'_>| {
                let (start, length) = (images.start, images.len());
                Batch {
                    images: candidate.training.images().clone().narrow(0, start, length),
                    labels: candidate.training.labels().narrow(start, length),
                }
            };
            let batches = candidates.iter().map(batch).collect();
            training.step(batches).map_err(|reason| EvaluationError::Device { reason })?;
        }
        let total = self.test.count();
        score(&training, candidates, self.test, self.settings.batch, |done| {
            progress(Progress::Testing { done, total })
        })
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

    fn scores(course: &[CourseStep]) -> Result<Option<Vec<Score>>, EvaluationError> {
        let spec = NetworkSpec { width: 8, depth: 2, ..NetworkSpec::default() };
        let network = Network::new(&spec, [1, SIDE, SIDE], 2).unwrap();
        let (test, settings) = (blobs(100, 2), published(Method::Dsa, "mnist", 1).evaluate);
        let training = &training_set(20, 1, &TrainingAugmentation::None);
        let (network, test, settings, capacity) = (&network, &test, &settings, Capacity::default());
        let evaluation = Evaluation { network, test, settings, seed: 3, capacity };
        let candidates = [0, 1].map(|index| Candidate { index, training, start: None });
        evaluation.follow(&candidates, course, |_| ControlFlow::Continue(()))
    }

    #[test]
    fn a_course_is_followed_step_by_step() {
        let halves = |rate: f64| {
            (0..200).map(move |step| CourseStep { images: step % 2 * 10..step % 2 * 10 + 10, rate })
        };
        let learned = scores(&halves(0.05).collect::<Vec<_>>()).unwrap().unwrap();
        assert!(learned.iter().all(|score| score.accuracy() > 0.9), "{learned:?}");
        // Without a step size nothing is learned, however many steps there are.
        let idle = |steps: usize| scores(&halves(0.0).take(steps).collect::<Vec<_>>()).unwrap();
        assert_eq!(idle(200), idle(1));
        assert_ne!(idle(1).unwrap(), learned);
        assert_eq!(scores(&[]).unwrap_err(), EvaluationError::NoImages);
        let wild = scores(&halves(1e30).collect::<Vec<_>>()).unwrap_err();
        assert!(matches!(wild, EvaluationError::NonFiniteLogits { .. }));
    }
}
