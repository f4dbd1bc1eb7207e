//! A run from its first or its last written state to its end: iterations, and what happens between them.

use std::{ops::Range, time::Instant};

use crate::record::{
    Checkpoint, PixelSpace, RunFolder, SyntheticSet, atomic,
    contact_sheet::{self, PADDING, Pixels},
    event::{self, Fact, Outcome, Phase, Snapshot, Subject},
    synthetic_set::About,
};
use crate::spec::{
    Method, Spec,
    parse::{Typed, parse},
};

use super::{
    condensation::{Condensation, Went},
    control::{Control, Wish},
    coreset_choice,
    estimate::{Ahead, Pace},
    failure::Failure,
    first_look::{Look, first_look},
    journal::Journal,
    laboratory::Laboratory,
    lesson::Lesson,
    outlook::Outlook,
    scoring::{self, Scored},
    trained_network::trained_network,
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
    if !is_text_of(spec, &checkpoint.place.spec) {
        let reason = format!("{} was written for another spec than spec.toml", path.display());
        return Err(Failure::new(reason, advice));
    }
    Ok(Some(checkpoint))
}

/// Whether `text` is this spec, if need be as a version wrote it that knew fewer keys.
pub(super) fn is_text_of(spec: &Spec, text: &str) -> bool {
    let typed = Typed { source: "checkpoint", text, set: &[] };
    text == spec.to_toml() || parse(&typed).is_ok_and(|written| written == *spec)
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

    /// Measures evaluation's pace, unless an evaluation has done so already. Nothing can be said of the time
    /// that is left before the first iteration is through, so it is time enough then.
    fn measure_pace(&mut self) -> Result<(), Failure> {
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
            let Some((trained, _)) = trained else { return Ok(Heard::Stop) };
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

    /// Scores all that is due.
    fn evaluate(&mut self) -> Result<Heard, Failure> {
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

    fn report_progress(&mut self) -> Result<(), Failure> {
        let of = self.laboratory.spec.condense.iterations as u64;
        let ahead = self.outlook().ahead();
        Ok(self.journal.progress(Phase::Condensing, self.iteration(), of, &ahead)?)
    }

    /// Writes a picture of the set as it is.
    pub fn take_picture(&mut self) -> Result<(), Failure> {
        self.journal.guard()?;
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

    /// So that a run that is killed loses little.
    fn write_checkpoint_if_due(&mut self) -> Result<(), Failure> {
        let limit = self.laboratory.spec.record.checkpoint_secs;
        if limit > 0 && self.safe_since.elapsed().as_secs() >= limit {
            self.write_checkpoint()?;
        }
        Ok(())
    }

    fn write_checkpoint(&mut self) -> Result<(), Failure> {
        self.condensation.place.used_secs = self.journal.used_secs();
        let checkpoint = self.condensation.checkpoint(self.laboratory)?;
        self.journal.guard()?;
        checkpoint.write(&self.folder.checkpoint())?;
        self.safe_since = Instant::now();
        let iteration = self.iteration();
        Ok(self.journal.fact(Fact::Checkpoint { iteration })?)
    }

    /// Writes the set, unless it is the whole data set.
    fn write_result(&self) -> Result<(), Failure> {
        if self.laboratory.spec.method == Method::Whole {
            return Ok(());
        }
        let place = &self.condensation.place;
        let product = self.condensation.product(self.laboratory)?;
        self.journal.guard()?;
        let space = PixelSpace::Normalised(self.laboratory.space());
        let pixels = self.condensation.images_on_host()?;
        let images = match &product.order {
            Some(order) => {
                let image = pixels.len() / self.laboratory.images().max(1);
                order.iter().flat_map(|at| &pixels[at * image..(at + 1) * image]).copied().collect()
            }
            None => pixels,
        };
        let set = SyntheticSet {
            images,
            shape: self.laboratory.shape(),
            labels: product.labels,
            steps: product.steps,
            about: About {
                iteration: place.iteration,
                spec: self.laboratory.spec.to_toml(),
                network: self.laboratory.spec.network.to_string(),
                adam_steps: product.adam_steps,
                evaluations: place.evaluations.clone(),
                ..About::new(space, self.laboratory.data.info.classes.clone())
            },
        };
        atomic::create_folder(&self.folder.result())?;
        set.write(&self.folder.synthetic_set())?;
        Ok(set.write_pictures(&self.folder.result().join("images"))?)
    }
}
