//! The evaluations of a run: what is due is scored network by network, and written down when all have been.

use std::{ops::Range, time::Instant};

use super::{
    super::{
        control::Wish,
        estimate::Ahead,
        failure::Failure,
        first_look::{Look, first_look},
        lesson::Lesson,
        scoring::{self, Scored},
    },
    Heard, Run,
};
use crate::{
    record::event::{Fact, Phase, Subject},
    spec::Method,
};

impl Run<'_> {
    /// Measures evaluation's pace, unless an evaluation has done so already. Nothing can be said of the time
    /// that is left before the first iteration is through, so it is time enough then.
    pub(super) fn measure_pace(&mut self) -> Result<(), Failure> {
        let started = self.condensation.clone();
        while self.laboratory.is_scored && self.journal.pace.epoch_secs.is_none() {
            let (laboratory, capacity) = (self.laboratory, self.condensation.capacity());
            match first_look(laboratory, &laboratory.network, capacity) {
                Err(failure) if failure.device_full => {
                    self.take_less(&started, failure, "in a first look at evaluation")?;
                }
                Err(failure) => return Err(failure),
                Ok(Look { epoch_secs, test_secs }) => {
                    let pace = &mut self.journal.pace;
                    (pace.epoch_secs, pace.test_secs) = (Some(epoch_secs), Some(test_secs));
                }
            }
        }
        Ok(())
    }

    /// Scores all that is due.
    pub(super) fn evaluate(&mut self) -> Result<Heard, Failure> {
        let mut scored_any = false;
        while let Some(scored) = self.outlook().next_score() {
            if matches!(self.score(scored)?, Heard::Stop) {
                return Ok(Heard::Stop);
            }
            scored_any = true;
            self.write_checkpoint_if_due()?;
        }
        // What the last evaluation found is written down with the result.
        if scored_any && !self.outlook().is_through() {
            self.write_checkpoint()?;
        }
        Ok(Heard::GoOn)
    }

    fn score(&mut self, scored: Scored) -> Result<Heard, Failure> {
        let networks = self.laboratory.spec.evaluate.networks;
        while self.condensation.place.accuracies.len() < networks {
            if matches!(self.listen()?, Heard::Stop) {
                return Ok(Heard::Stop);
            }
            let first = self.condensation.place.accuracies.len();
            let network = scored.network(self.laboratory);
            let capacity = self.condensation.capacity();
            let at_once = scoring::at_once(self.laboratory, network, capacity);
            let last = (first + at_once).min(networks);
            let started = Instant::now();
            match self.score_networks(scored, first..last) {
                Ok(Some(accuracies)) => {
                    let place = &mut self.condensation.place;
                    place.accuracies.extend(accuracies);
                    place.evaluation_secs += started.elapsed().as_secs_f64();
                    self.journal.gain();
                    self.write_checkpoint_if_due()?;
                }
                Ok(None) => return Ok(Heard::Stop),
                Err(failure) if failure.device_full => {
                    let before = self.condensation.clone();
                    self.take_less(&before, failure, "in an evaluation")?;
                }
                Err(failure) => return Err(failure),
            }
        }
        let accuracies = std::mem::take(&mut self.condensation.place.accuracies);
        let secs = std::mem::take(&mut self.condensation.place.evaluation_secs);
        let evaluation =
            scoring::summary(self.laboratory, scored, self.iteration(), accuracies, secs);
        let place = &mut self.condensation.place;
        place.evaluations.retain(|known| {
            known.subject != evaluation.subject || known.network != evaluation.network
        });
        place.evaluations.push(evaluation.clone());
        self.journal.fact(Fact::Evaluation(evaluation))?;
        Ok(Heard::GoOn)
    }

    /// The accuracies of some fresh networks; `None` when a stop was wished on the way.
    fn score_networks(
        &mut self,
        scored: Scored,
        networks: Range<usize>,
    ) -> Result<Option<Vec<f64>>, Failure> {
        let spec = &self.laboratory.spec.evaluate;
        let capacity = self.condensation.capacity();
        let epochs = spec.epochs as u64 + 1;
        let lessons = self.lessons(scored.subject, networks.clone())?;
        let side_by_side = networks.len() as u64;
        let phase = match scored.subject {
            Subject::Synthetic => Phase::Evaluating,
            Subject::Random => Phase::Baseline,
        };
        let before = networks.start as u64 * epochs;
        let of = spec.networks as u64 * epochs;
        let (start, expected) = (self.outlook().ahead(), self.outlook().expected_secs(scored));
        let control = &self.control;
        let journal = &mut *self.journal;
        let mut pace = journal.pace;
        let mut trouble = None;
        let accuracies = scoring::score(
            self.laboratory,
            scored,
            capacity,
            &lessons,
            networks.clone(),
            &mut pace,
            &mut |done, pace| {
                let trained = done > spec.epochs as u64;
                let tested = if trained { side_by_side as f64 } else { 0.0 };
                let done = done * side_by_side;
                let ahead = if scored.other.is_some() {
                    let behind = expected.map(|secs| secs * done as f64 / epochs as f64);
                    let others = start.others.zip(behind);
                    Ahead { others: others.map(|(all, behind)| all - behind), ..start }
                } else {
                    journal.pace = *pace;
                    let (epochs, tests) = (start.epochs - done as f64, start.tests - tested);
                    Ahead { epochs, tests, ..start }
                };
                trouble = journal.progress(phase, before + done, of, &ahead).err();
                trouble.is_none() && control.wish() != Wish::Stop
            },
        )?;
        match trouble {
            Some(error) => Err(error.into()),
            None => Ok(accuracies),
        }
    }

    /// What these networks learn from: the set as it is, or random real images of each network's own.
    fn lessons(&self, subject: Subject, networks: Range<usize>) -> Result<Vec<Lesson>, Failure> {
        let laboratory = self.laboratory;
        if subject == Subject::Random {
            let images = networks.map(|network| scoring::random_images(laboratory, network));
            return Ok(images.map(|images| Lesson::of_real(laboratory, images)).collect());
        }
        if laboratory.spec.method == Method::Whole {
            return Ok(vec![Lesson::of_all(laboratory)]);
        }
        let product = self.condensation.product(laboratory)?;
        let images = self.condensation.images().clone();
        Ok(vec![Lesson::of_product(laboratory, images, &product)?])
    }
}
