//! A run from its first or its last written state to its end: iterations, and what happens between them.

use std::{ops::Range, time::Instant};

use crate::evaluate::Candidate;
use crate::record::{
    Checkpoint, Labels, PixelSpace, RunFolder, SyntheticSet, atomic,
    contact_sheet::{self, PADDING, Pixels},
    event::{self, Evaluation, Fact, Outcome, Phase, Snapshot, Subject},
    synthetic_set::About,
};
use crate::spec::Spec;

use super::{
    condensation::{Condensation, Went},
    control::{Control, Wish},
    estimate::{Ahead, Pace},
    failure::Failure,
    journal::Journal,
    laboratory::Laboratory,
    scoring,
};

/// A run in the hands of a worker.
pub struct Run<'a> {
    laboratory: &'a Laboratory,
    folder: &'a RunFolder,
    journal: &'a mut Journal,
    control: Control,
    condensation: Condensation,
    /// When the last checkpoint was written, or the run taken up.
    safe_since: Instant,
}

/// Whether to go on after a control point.
enum Heard {
    GoOn,
    Stop,
}

/// The checkpoint of `folder`, if it has one for this very spec.
pub fn usable_checkpoint(folder: &RunFolder, spec: &Spec) -> Result<Option<Checkpoint>, Failure> {
    let path = folder.checkpoint();
    if !path.exists() {
        return Ok(None);
    }
    let advice = "remove the checkpoint folder to start the run from the beginning";
    let checkpoint = Checkpoint::read(&path).map_err(|error| Failure::new(error, advice))?;
    if checkpoint.place.spec != spec.to_toml() {
        let reason = format!("{} was written for another spec than spec.toml", path.display());
        return Err(Failure::new(reason, advice));
    }
    Ok(Some(checkpoint))
}

impl<'a> Run<'a> {
    /// Goes on from `checkpoint`, or begins.
    pub fn begin(
        laboratory: &'a Laboratory,
        folder: &'a RunFolder,
        journal: &'a mut Journal,
        control: Control,
        checkpoint: Option<Checkpoint>,
    ) -> Result<Self, Failure> {
        let fresh = checkpoint.is_none();
        let condensation = match checkpoint {
            Some(checkpoint) => Condensation::restore(laboratory, checkpoint)?,
            None => Condensation::begin(laboratory),
        };
        journal.went_on_from(condensation.place.used_secs);
        let safe_since = Instant::now();
        let mut run = Self { laboratory, folder, journal, control, condensation, safe_since };
        run.journal.progress(Phase::Preparing, 0, 1, &run.ahead())?;
        if fresh {
            run.take_picture()?;
        }
        scoring::measure_pace(run.laboratory, run.condensation.images(), &mut run.journal.pace)?;
        Ok(run)
    }

    /// Iterations done.
    pub fn iteration(&self) -> u64 {
        self.condensation.place.iteration
    }

    /// Does everything that is left, or stops with a checkpoint when that is wished.
    pub fn to_the_end(&mut self) -> Result<Outcome, Failure> {
        let iterations = self.laboratory.spec.condense.iterations as u64;
        loop {
            if self.is_evaluation_due() && matches!(self.evaluate()?, Heard::Stop) {
                return self.stop();
            }
            if self.iteration() >= iterations {
                break;
            }
            if matches!(self.iterate()?, Heard::Stop) {
                return self.stop();
            }
        }
        self.write_result()?;
        self.write_checkpoint()?;
        Ok(Outcome::Finished)
    }

    fn stop(&mut self) -> Result<Outcome, Failure> {
        self.write_checkpoint()?;
        Ok(Outcome::Stopped)
    }

    fn iterate(&mut self) -> Result<Heard, Failure> {
        let spec = &self.laboratory.spec;
        let before = self.condensation.clone();
        let done = loop {
            match self.outer_steps() {
                Ok(Some(done)) => break done,
                Ok(None) => return Ok(Heard::Stop),
                Err(failure) if failure.device_full => self.take_less(&before, failure)?,
                Err(failure) => return Err(failure),
            }
        };
        Pace::measured(&mut self.journal.pace.iteration_secs, done.secs);
        let iteration = done.iteration;
        self.journal.fact(Fact::Iteration(done))?;
        self.report_progress()?;
        let last = iteration == spec.condense.iterations as u64;
        let due = |every: usize| every > 0 && iteration.is_multiple_of(every as u64);
        if last || due(spec.record.snapshot_every) || self.control.snapshot_wished() {
            self.take_picture()?;
        }
        if last || due(spec.record.checkpoint_every) {
            self.write_checkpoint()?;
        }
        Ok(Heard::GoOn)
    }

    /// Goes back to where the iteration was taken up, to do it again with less on the device at once.
    fn take_less(&mut self, before: &Condensation, failure: Failure) -> Result<(), Failure> {
        let Some(less) = before.with_less_than(&self.condensation) else { return Err(failure) };
        let iteration = before.place.iteration + 1;
        let text = format!(
            "{} in iteration {iteration}, which is done again with half as much on it at once",
            failure.reason
        );
        self.condensation = less;
        Ok(self.journal.fact(Fact::Note { text })?)
    }

    /// The outer steps that are left of the iteration, and what it measured; `None` when a stop was wished.
    fn outer_steps(&mut self) -> Result<Option<event::Iteration>, Failure> {
        let spec = &self.laboratory.spec;
        let steps = spec.condense.outer_steps as u64;
        while self.condensation.place.outer_step < steps {
            if matches!(self.listen()?, Heard::Stop) {
                return Ok(None);
            }
            let control = &self.control;
            let went = self.condensation.outer_step(self.laboratory, &mut || {
                // A pause is kept at the next control point; only a stop breaks off in mid-step.
                control.wish() == Wish::Stop
            })?;
            if went == Went::BrokenOff {
                return Ok(None);
            }
            self.report_progress()?;
            let limit = spec.record.checkpoint_secs;
            if limit > 0 && self.safe_since.elapsed().as_secs() >= limit {
                self.write_checkpoint()?;
            }
        }
        self.condensation.finish_iteration(self.laboratory).map(Some)
    }

    /// A control point: waits while a pause is wished, with a checkpoint for the case that the wait ends
    /// otherwise than by going on.
    fn listen(&mut self) -> Result<Heard, Failure> {
        match self.control.wish() {
            Wish::Run => return Ok(Heard::GoOn),
            Wish::Stop => return Ok(Heard::Stop),
            Wish::Pause => {}
        }
        let iteration = self.iteration();
        self.write_checkpoint()?;
        self.journal.fact(Fact::Paused { iteration })?;
        let waited = Instant::now();
        let wish = self.control.wait();
        self.journal.waited(waited.elapsed());
        if wish == Wish::Stop {
            return Ok(Heard::Stop);
        }
        self.journal.fact(Fact::Continued { iteration })?;
        Ok(Heard::GoOn)
    }

    /// Whether the set as it is has to be scored before the run goes on.
    fn is_evaluation_due(&self) -> bool {
        let every = self.laboratory.spec.evaluate.every as u64;
        let place = &self.condensation.place;
        let last = place.iteration == self.laboratory.spec.condense.iterations as u64;
        let due = last || (every > 0 && place.iteration.is_multiple_of(every));
        due && place.outer_step == 0 && self.score_of(Subject::Synthetic).is_none()
    }

    /// The finished evaluation of the set as it is, or the random baseline.
    fn score_of(&self, subject: Subject) -> Option<&Evaluation> {
        let place = &self.condensation.place;
        place.evaluations.iter().find(|evaluation| {
            evaluation.subject == subject
                && (subject == Subject::Random || evaluation.iteration == place.iteration)
        })
    }

    fn evaluate(&mut self) -> Result<Heard, Failure> {
        let baseline = self.laboratory.spec.evaluate.random_baseline;
        let missing = baseline && self.score_of(Subject::Random).is_none();
        if missing && matches!(self.score(Subject::Random)?, Heard::Stop) {
            return Ok(Heard::Stop);
        }
        let heard = self.score(Subject::Synthetic)?;
        // What the last evaluation found is written down with the result.
        let last = self.iteration() == self.laboratory.spec.condense.iterations as u64;
        if !last && matches!(heard, Heard::GoOn) {
            self.write_checkpoint()?;
        }
        Ok(heard)
    }

    fn score(&mut self, subject: Subject) -> Result<Heard, Failure> {
        let networks = self.laboratory.spec.evaluate.networks;
        let started = Instant::now();
        while self.condensation.place.accuracies.len() < networks {
            if matches!(self.listen()?, Heard::Stop) {
                return Ok(Heard::Stop);
            }
            let first = self.condensation.place.accuracies.len();
            let last = (first + scoring::at_once(self.laboratory)).min(networks);
            let Some(accuracies) = self.score_networks(subject, first..last)? else {
                return Ok(Heard::Stop);
            };
            self.condensation.place.accuracies.extend(accuracies);
        }
        let accuracies = std::mem::take(&mut self.condensation.place.accuracies);
        let evaluation = scoring::summary(
            self.laboratory,
            subject,
            self.iteration(),
            accuracies,
            started.elapsed().as_secs_f64(),
        );
        let place = &mut self.condensation.place;
        place.evaluations.retain(|known| known.subject != subject);
        place.evaluations.push(evaluation.clone());
        self.journal.fact(Fact::Evaluation(evaluation))?;
        Ok(Heard::GoOn)
    }

    /// The accuracies of some fresh networks; `None` when a stop was wished on the way.
    fn score_networks(
        &mut self,
        subject: Subject,
        networks: Range<usize>,
    ) -> Result<Option<Vec<f64>>, Failure> {
        let spec = &self.laboratory.spec.evaluate;
        let epochs = spec.epochs as u64 + 1;
        let synthetic = || self.condensation.images().clone();
        let sets = match subject {
            Subject::Synthetic => vec![scoring::training_set(self.laboratory, synthetic())?],
            Subject::Random => networks
                .clone()
                .map(|network| scoring::random_images(self.laboratory, network))
                .map(|images| scoring::training_set(self.laboratory, images))
                .collect::<Result<_, _>>()?,
        };
        // The synthetic set is every network's.
        let sets = sets.iter().cycle();
        let candidates: Vec<_> = networks
            .clone()
            .zip(sets)
            .map(|(index, training)| Candidate { index: index as u64, training })
            .collect();
        let side_by_side = candidates.len() as u64;
        let phase = match subject {
            Subject::Synthetic => Phase::Evaluating,
            Subject::Random => Phase::Baseline,
        };
        let before = networks.start as u64 * epochs;
        let of = spec.networks as u64 * epochs;
        let start = self.ahead();
        let control = &self.control;
        let journal = &mut *self.journal;
        let mut pace = journal.pace;
        let mut trouble = None;
        let accuracies =
            scoring::score(self.laboratory, &candidates, &mut pace, &mut |done, pace| {
                journal.pace = *pace;
                let trained = done > spec.epochs as u64;
                let tested = if trained { side_by_side as f64 } else { 0.0 };
                let done = done * side_by_side;
                let ahead = Ahead {
                    epochs: start.epochs - done as f64,
                    tests: start.tests - tested,
                    ..start
                };
                trouble = journal.progress(phase, before + done, of, &ahead).err();
                trouble.is_none() && control.wish() != Wish::Stop
            })?;
        match trouble {
            Some(error) => Err(error.into()),
            None => Ok(accuracies),
        }
    }

    fn report_progress(&mut self) -> Result<(), Failure> {
        let of = self.laboratory.spec.condense.iterations as u64;
        let ahead = self.ahead();
        Ok(self.journal.progress(Phase::Condensing, self.iteration(), of, &ahead)?)
    }

    /// The work before the run.
    fn ahead(&self) -> Ahead {
        let spec = &self.laboratory.spec;
        let place = &self.condensation.place;
        let iterations = spec.condense.iterations as u64;
        let begun = place.outer_step as f64 / spec.condense.outer_steps as f64;
        let every = spec.evaluate.every as u64;
        let now = u64::from(self.is_evaluation_due());
        let later = if every > 0 {
            let last_extra = u64::from(!iterations.is_multiple_of(every));
            iterations / every - place.iteration / every + last_extra
        } else {
            u64::from(place.iteration < iterations)
        };
        let baseline = spec.evaluate.random_baseline && self.score_of(Subject::Random).is_none();
        let scored = place.accuracies.len() as f64;
        let rounds = (now + later + u64::from(baseline)) as f64;
        let networks = rounds * spec.evaluate.networks as f64 - scored;
        Ahead {
            iterations: (iterations - place.iteration) as f64 - begun,
            epochs: networks * (spec.evaluate.epochs + 1) as f64,
            tests: networks,
        }
    }

    fn take_picture(&mut self) -> Result<(), Failure> {
        let [_, channels, height, width] = self.laboratory.shape();
        let bytes =
            self.laboratory.space().to_bytes(&self.condensation.images_on_host()?, height * width);
        let ipc = self.laboratory.spec.ipc;
        let sheet =
            contact_sheet::lay_out(Pixels { bytes: &bytes, shape: [channels, height, width] }, ipc);
        let png = contact_sheet::png(&sheet).map_err(Failure::plain)?;
        let name = RunFolder::snapshot_name(self.iteration());
        let path = self.folder.path().join(&name);
        atomic::create_folder(&self.folder.path().join("snapshots"))?;
        atomic::write(&path, &png)?;
        self.journal.fact(Fact::Snapshot(Snapshot {
            iteration: self.iteration(),
            path: name,
            rows: self.laboratory.classes() as u32,
            columns: ipc as u32,
            tile: [width as u32, height as u32],
            padding: PADDING,
        }))?;
        Ok(())
    }

    fn write_checkpoint(&mut self) -> Result<(), Failure> {
        self.condensation.place.used_secs = self.journal.used_secs();
        let checkpoint = self.condensation.checkpoint(self.laboratory)?;
        checkpoint.write(&self.folder.checkpoint())?;
        self.safe_since = Instant::now();
        let iteration = self.iteration();
        Ok(self.journal.fact(Fact::Checkpoint { iteration })?)
    }

    fn write_result(&self) -> Result<(), Failure> {
        let place = &self.condensation.place;
        let labels = self.laboratory.labels();
        let space = PixelSpace::Normalised(self.laboratory.space());
        let set = SyntheticSet {
            images: self.condensation.images_on_host()?,
            shape: self.laboratory.shape(),
            labels: Labels::Hard(labels.into_iter().map(|label| label as i64).collect()),
            steps: None,
            about: About {
                iteration: place.iteration,
                spec: self.laboratory.spec.to_toml(),
                evaluations: place.evaluations.clone(),
                ..About::new(space, self.laboratory.data.info.classes.clone())
            },
        };
        atomic::create_folder(&self.folder.result())?;
        set.write(&self.folder.synthetic_set())?;
        Ok(set.write_pictures(&self.folder.result().join("images"))?)
    }
}
