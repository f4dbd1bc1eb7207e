//! How networks are trained on a set: the ordinary way, or the one that its method made it for.

use std::ops::ControlFlow;

use super::{
    accuracy::Score,
    adam_course::AdamCourse,
    course::CourseStep,
    error::EvaluationError,
    train_from_scratch::{Candidate, Evaluation, Progress},
};

/// A way of training.
#[derive(Debug, Clone, PartialEq)]
pub enum Regime {
    /// From scratch, by the settings of the evaluation (reference section 1.8).
    FromScratch,
    /// By learned step sizes, as dataset distillation does (reference section 5.6).
    Course(Vec<CourseStep>),
    /// By so many steps of Adam, as label distillation does (reference section 5.7).
    Adam(AdamCourse),
}

impl Evaluation<'_> {
    /// Trains and scores these networks in a regime, side by side; see [`Evaluation::run`].
    ///
    /// # Errors
    /// When training diverges, there is nothing to train on, or the device fails.
    pub fn in_regime(
        &self,
        regime: &Regime,
        candidates: &[Candidate<'_>],
        progress: impl FnMut(Progress) -> ControlFlow<()>,
    ) -> Result<Option<Vec<Score>>, EvaluationError> {
        match regime {
            Regime::FromScratch => self.run(candidates, progress),
            Regime::Course(course) => self.follow(candidates, course, progress),
            Regime::Adam(course) => self.by_adam(candidates, *course, progress),
        }
    }
}
