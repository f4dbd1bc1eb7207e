//! New networks behind every task, trained from scratch on the memories of all tasks so far (Zhao & Bilen 2023;
//! reference section 6.3).

use std::ops::Range;

use crate::{
    engine::failure::Failure,
    evaluate::{Candidate, Evaluation, Progress, Score, TestBatches, TrainingSet},
    nets::{Capacity, Network, Training},
    record::event::{Fact, Phase},
};

use super::{
    course::{Course, failure},
    ear::Ear,
    images::Exam,
};

impl Course<'_> {
    /// The scores of every network on every task so far; none when a stop was wished on the way.
    pub(super) fn by_new_networks(
        &mut self,
        at: usize,
    ) -> Result<Option<Vec<Vec<Score>>>, Failure> {
        let network = self.network(at)?;
        let nothing = || Failure::plain("the memories of the tasks so far hold no image");
        let (training, _) = self.remembered(at + 1)?.ok_or_else(nothing)?;
        let networks = self.spec.evaluate.networks;
        let mut capacity = self.desk.chosen.capacity;
        while self.checkpoint.place.correct.len() < networks {
            let first = self.checkpoint.place.correct.len();
            let batch = training.len().min(self.spec.evaluate.batch);
            let at_once = Training::at_once(&network, &self.desk.chosen.handle, capacity, batch);
            let some = first..(first + at_once).min(networks);
            match self.score_networks(at, &network, &training, some, capacity) {
                Err(failure) if failure.device_full => {
                    let Some(less) = capacity.halved() else { return Err(failure) };
                    let text = format!(
                        "{} behind task {}, which is done again with half as much on it at once",
                        failure.reason,
                        at + 1
                    );
                    self.journal.fact(Fact::Note { text })?;
                    capacity = less;
                }
                found => {
                    let Some(scores) = found? else { return Ok(None) };
                    let correct =
                        |own: Vec<Score>| own.iter().map(|one| one.correct as u64).collect();
                    self.checkpoint.place.correct.extend(scores.into_iter().map(correct));
                    self.journal.gain();
                    if self.checkpoint.place.correct.len() < networks {
                        self.write_checkpoint()?;
                    }
                }
            }
        }
        let totals = self.tasks.all.iter().map(|task| task.data.test.len());
        let scores = |own: &Vec<u64>| {
            let each = own.iter().zip(totals.clone());
            each.map(|(correct, total)| Score { correct: *correct as usize, total }).collect()
        };
        Ok(Some(self.checkpoint.place.correct.iter().map(scores).collect()))
    }

    fn score_networks(
        &mut self,
        at: usize,
        network: &Network,
        training: &TrainingSet,
        networks: Range<usize>,
        capacity: Capacity,
    ) -> Result<Option<Vec<Vec<Score>>>, Failure> {
        let exams: Vec<Exam> = self.tasks.all.iter().take(at + 1).map(Exam).collect();
        let tests: Vec<&dyn TestBatches> = exams.iter().map(|exam| exam as _).collect();
        let candidates: Vec<_> = networks
            .clone()
            .map(|index| Candidate { index: index as u64, training, start: None })
            .collect();
        let control = self.control();
        let (settings, seed) = (&self.spec.evaluate, self.spec.seed);
        let test = &exams[at];
        let epochs = settings.epochs as u64 + 1;
        let (before, beside) = (networks.start as u64 * epochs, networks.len() as u64);
        let of = settings.networks as u64 * epochs;
        let mut ear = Ear::new(&control, self.journal, Phase::Evaluating);
        let scored = Evaluation { network, test, settings, seed, capacity }.run_on_each(
            &candidates,
            &tests,
            |progress| {
                let done = match progress {
                    Progress::Training { epoch, .. } => epoch as u64,
                    Progress::Testing { .. } => epochs,
                };
                ear.hear(before + done * beside, of)
            },
        );
        ear.outcome(scored.map_err(failure)?)
    }
}
