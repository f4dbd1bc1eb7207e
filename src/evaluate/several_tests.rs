//! Networks that are scored on several sets of test images, one after the other: those of the tasks of continual
//! learning, whose classes are outputs of one network (reference sections 6.2 and 6.3).

use std::ops::ControlFlow;

use super::{
    Candidate, Evaluation, EvaluationError, Progress, Score, TestBatches, TrainingSet,
    accuracy::score,
};
use crate::nets::{NetworkState, SgdSettings, Training};

impl Evaluation<'_> {
    /// Trains these networks as [`Evaluation::run`] does, and scores each of them on every one of `tests` in
    /// place of its own test images.
    ///
    /// # Errors
    /// When training diverges, there is no image, or the device fails.
    pub fn run_on_each(
        &self,
        candidates: &[Candidate<'_>],
        tests: &[&dyn TestBatches],
        mut progress: impl FnMut(Progress) -> ControlFlow<()>,
    ) -> Result<Option<Vec<Vec<Score>>>, EvaluationError> {
        let Some(training) = self.train(candidates, &mut progress)? else { return Ok(None) };
        self.on_each(&training, candidates, tests, progress)
    }

    /// The scores of a network that has been trained before, on every one of `tests`; `training` is any set on
    /// its device.
    ///
    /// # Errors
    /// When its logits are not finite, or the device fails.
    pub fn scores_of(
        &self,
        state: NetworkState,
        training: &TrainingSet,
        tests: &[&dyn TestBatches],
        progress: impl FnMut(Progress) -> ControlFlow<()>,
    ) -> Result<Option<Vec<Score>>, EvaluationError> {
        let still = SgdSettings::plain(0.0);
        let trained = Training::new(self.network, vec![state], still, self.capacity);
        let candidates = [Candidate { index: 0, training, start: None }];
        Ok(self.on_each(&trained, &candidates, tests, progress)?.and_then(|mut all| all.pop()))
    }

    /// For every network its scores, one for each of `tests`.
    fn on_each(
        &self,
        training: &Training<'_>,
        candidates: &[Candidate<'_>],
        tests: &[&dyn TestBatches],
        mut progress: impl FnMut(Progress) -> ControlFlow<()>,
    ) -> Result<Option<Vec<Vec<Score>>>, EvaluationError> {
        let total = tests.iter().map(|test| test.count()).sum();
        let (mut before, mut all) = (0, vec![Vec::new(); candidates.len()]);
        for test in tests {
            let heard = |done| progress(Progress::Testing { done: before + done, total });
            let scores = score(training, candidates, *test, self.settings.batch, heard)?;
            let Some(scores) = scores else { return Ok(None) };
            all.iter_mut().zip(scores).for_each(|(own, score)| own.push(score));
            before += test.count();
        }
        Ok(Some(all))
    }
}
