//! A run from its first or its last written state to its end: iterations, and what happens between them.
//!
//! ```text
//! begin, or go on from a checkpoint ─► choice of images ─► iterations ◄─► evaluations ─► result
//! ```
//!
//! `evaluations` has sets scored, `files` writes what stays: pictures, checkpoints, the result. A control point, where
//! a pause or a stop is heard, comes between any two steps.

mod evaluations;
mod files;

use std::time::Instant;

use crate::record::{
    Checkpoint, RunFolder,
    event::{self, Fact, Outcome, Phase},
};

use super::{
    condensation::{Condensation, Went},
    control::{Control, Wish},
    coreset_choice,
    estimate::{Ahead, Pace},
    failure::Failure,
    journal::Journal,
    laboratory::Laboratory,
    outlook::Outlook,
    trained_network::trained_network,
};

pub(super) use files::is_text_of;
pub use files::usable_checkpoint;

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
        journal.device = Some(laboratory.device.clone());
        let safe_since = Instant::now();
        let mut run = Self { laboratory, folder, journal, control, condensation, safe_since };
        run.journal.progress(Phase::Preparing, 0, 1, &run.outlook().ahead())?;
        // A coreset has no picture before it is chosen, and the whole set is no matter of a few seconds.
        if fresh && !run.condensation.awaits_choice(laboratory) {
            run.take_picture()?;
        }
        Ok(run)
    }

    /// Iterations done.
    pub fn iteration(&self) -> u64 {
        self.condensation.place.iteration
    }

    /// Does everything that is left, or stops with a checkpoint when that is wished.
    pub fn to_the_end(&mut self) -> Result<Outcome, Failure> {
        if self.condensation.awaits_choice(self.laboratory) && matches!(self.choose()?, Heard::Stop)
        {
            return self.stop();
        }
        if matches!(self.train_pool()?, Heard::Stop) {
            return self.stop();
        }
        loop {
            if matches!(self.evaluate()?, Heard::Stop) {
                return self.stop();
            }
            if self.outlook().is_through() {
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

    /// Lets a coreset's rule choose the images.
    fn choose(&mut self) -> Result<Heard, Failure> {
        let ahead = self.outlook().ahead();
        let (control, journal) = (&self.control, &mut *self.journal);
        let (mut trouble, mut last) = (None, Instant::now());
        let choice = coreset_choice::choose(self.laboratory, &mut |done, of| {
            Pace::measured(&mut journal.pace.choosing_secs, last.elapsed().as_secs_f64());
            last = Instant::now();
            let ahead = Ahead { choosing: (of - done) as f64, ..ahead };
            trouble = journal.progress(Phase::Choosing, done, of, &ahead).err();
            trouble.is_none() && control.wish() != Wish::Stop
        })?;
        if let Some(error) = trouble {
            return Err(error.into());
        }
        let Some(choice) = choice else { return Ok(Heard::Stop) };
        self.journal.fact(Fact::Note { text: choice.text })?;
        self.condensation.start_from(self.laboratory, &choice.images);
        self.journal.gain();
        self.take_picture()?;
        self.write_checkpoint()?;
        self.measure_pace()?;
        Ok(Heard::GoOn)
    }

    /// Trains the networks that dataset distillation starts from, where those are trained ones, and as many to
    /// evaluate with.
    fn train_pool(&mut self) -> Result<Heard, Failure> {
        let mut pool = Vec::new();
        for index in 0..self.laboratory.trained_networks_needed(false) {
            let ahead = self.outlook().ahead();
            let (control, journal) = (&self.control, &mut *self.journal);
            let mut trouble = None;
            let trained = trained_network(self.laboratory, index, &mut |done, of| {
                trouble = journal.progress(Phase::Choosing, done, of, &ahead).err();
                trouble.is_none() && control.wish() != Wish::Stop
            })?;
            if let Some(error) = trouble {
                return Err(error.into());
            }
            let Some((trained, was_kept)) = trained else { return Ok(Heard::Stop) };
            if !was_kept {
                self.journal.gain();
            }
            if index < self.laboratory.spec.unroll.pool as u64 {
                pool.push(trained.state);
            }
        }
        self.condensation.draw_from(pool);
        Ok(Heard::GoOn)
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
                Err(failure) if failure.device_full => {
                    let iteration = before.place.iteration + 1;
                    self.take_less(&before, failure, &format!("in iteration {iteration}"))?;
                }
                Err(failure) => return Err(failure),
            }
        };
        Pace::measured(&mut self.journal.pace.iteration_secs, done.secs);
        let iteration = done.iteration;
        self.journal.fact(Fact::Iteration(done))?;
        self.measure_pace()?;
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

    /// Goes back to where the work was taken up, to do it again with less on the device at once.
    fn take_less(
        &mut self,
        before: &Condensation,
        failure: Failure,
        when: &str,
    ) -> Result<(), Failure> {
        let Some(less) = before.with_less_than(&self.condensation) else { return Err(failure) };
        let text = format!(
            "{} {when}, which is done again with half as much on it at once",
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
            self.journal.gain();
            self.report_progress()?;
            self.write_checkpoint_if_due()?;
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

    /// What is before the run.
    fn outlook(&self) -> Outlook<'_> {
        Outlook::new(self.laboratory, &self.condensation, &self.journal.pace)
    }

    fn report_progress(&mut self) -> Result<(), Failure> {
        let of = self.laboratory.spec.condense.iterations as u64;
        let ahead = self.outlook().ahead();
        Ok(self.journal.progress(Phase::Condensing, self.iteration(), of, &ahead)?)
    }
}
