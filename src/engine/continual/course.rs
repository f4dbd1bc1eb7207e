//! From task to task: the memory of each is made, then it is learned, then everything so far is scored.

use std::{
    path::{Path, PathBuf},
    sync::{Arc, atomic::AtomicBool},
};

use burn::tensor::{Tensor, TensorData};

use crate::{
    data::SetInfo,
    evaluate::{
        EvaluationError, Score, Summary, TrainingAugmentation, TrainingSet,
        continual::mean_accuracy,
    },
    nets::{Labels as Classes, Network, NetworkState},
    record::{
        Checkpoint, RunFolder, TaskCheckpoint, TaskPlace, atomic,
        event::{AfterTask, Evaluation, Fact, Outcome, Plan, Subject},
        synthetic_set::About,
    },
    spec::{Spec, TaskTraining},
};

use super::{
    super::{
        control::Control,
        devices::Chosen,
        failure::Failure,
        journal::{Journal, Part},
        run::is_text_of,
        transfer,
    },
    admit::faults_with,
    memory::{self, Memory, Shelf},
    shares::Shares,
    tasks::{Task, Tasks},
};

/// What a worker brings along.
pub struct Desk<'a> {
    /// The run folder.
    pub folder: &'a RunFolder,
    /// Where data sets, networks and memories are kept.
    pub data_dir: &'a Path,
    /// Where the work is done.
    pub chosen: &'a Chosen,
    /// Set by a signal to end.
    pub terminated: Arc<AtomicBool>,
}

/// A run over several tasks, in the hands of a worker.
pub struct Course<'a> {
    pub(super) spec: Spec,
    pub(super) tasks: Tasks,
    pub(super) desk: Desk<'a>,
    pub(super) journal: &'a mut Journal,
    pub(super) checkpoint: TaskCheckpoint,
    /// The memories of the tasks that have come.
    memories: Vec<Memory>,
    shares: Shares,
}

/// The checkpoint between tasks in `folder`, if it has one for this very spec.
fn usable_checkpoint(folder: &RunFolder, spec: &Spec) -> Result<Option<TaskCheckpoint>, Failure> {
    let path = folder.task_checkpoint();
    if !path.exists() {
        return Ok(None);
    }
    let advice = "remove the folders `checkpoint` and `tasks` to start the run from the beginning";
    let checkpoint = TaskCheckpoint::read(&path).map_err(|error| Failure::new(error, advice))?;
    if !is_text_of(spec, &checkpoint.place.spec) {
        let reason = format!("{} was written for another spec than spec.toml", path.display());
        return Err(Failure::new(reason, advice));
    }
    Ok(Some(checkpoint))
}

/// The iterations that are behind a run that goes on; none for one that begins.
pub fn resumed_at(folder: &RunFolder, spec: &Spec) -> Result<Option<u64>, Failure> {
    let checkpoint = usable_checkpoint(folder, spec)?;
    let learned = checkpoint.as_ref().map_or(0, |checkpoint| checkpoint.place.learned);
    let begun = folder.task(learned as usize).checkpoint();
    let begun = if begun.exists() { Checkpoint::read(&begun).ok() } else { None };
    let iterations = spec.condense.iterations as u64;
    let of_task = begun.as_ref().map_or(0, |begun| begun.place.iteration);
    let goes_on = checkpoint.is_some() || begun.is_some();
    Ok(goes_on.then_some(learned * iterations + of_task))
}

impl<'a> Course<'a> {
    /// Reads the data of all tasks and goes on from the last checkpoint, or begins.
    pub fn begin(spec: Spec, desk: Desk<'a>, journal: &'a mut Journal) -> Result<Self, Failure> {
        let tasks = Tasks::open(&spec, desk.data_dir, "spec.toml");
        let tasks = tasks.map_err(|fault| Failure::of_faults(&[fault]))?;
        Self::over(spec, tasks, desk, journal)
    }

    /// The same over tasks that are in memory.
    pub(super) fn over(
        spec: Spec,
        tasks: Tasks,
        desk: Desk<'a>,
        journal: &'a mut Journal,
    ) -> Result<Self, Failure> {
        let faults = faults_with(&spec, &tasks, "spec.toml");
        if !faults.is_empty() {
            return Err(Failure::of_faults(&faults));
        }
        let checkpoint = usable_checkpoint(desk.folder, &spec)?.unwrap_or_else(|| {
            let place = TaskPlace { spec: spec.to_toml(), ..TaskPlace::default() };
            TaskCheckpoint { place, network: None }
        });
        journal.went_on_from(checkpoint.place.used_secs);
        let shares = Shares::of(&spec, &tasks);
        Ok(Self { spec, tasks, desk, journal, checkpoint, memories: Vec::new(), shares })
    }

    /// Iterations behind the run, those of kept memories among them.
    pub fn iteration(&self) -> u64 {
        self.memories.len() as u64 * self.spec.condense.iterations as u64
    }

    /// Does everything that is left, or stops when that is wished.
    pub fn to_the_end(&mut self) -> Result<Outcome, Failure> {
        for task in 0..self.tasks.all.len() {
            let is_learned = (task as u64) < self.checkpoint.place.learned;
            if !is_learned {
                self.announce(task)?;
            }
            let Some(memory) = self.memory(task)? else { return Ok(Outcome::Stopped) };
            self.memories.push(memory);
            if !is_learned && !self.learn(task)? {
                return Ok(Outcome::Stopped);
            }
        }
        self.write_result()?;
        Ok(Outcome::Finished)
    }

    pub(super) fn task(&self, task: usize) -> &Task {
        &self.tasks.all[task]
    }

    /// What all tasks have in common.
    fn info(&self) -> &SetInfo {
        &self.task(0).data.info
    }

    pub(super) fn control(&self) -> Control {
        Control::new(self.desk.folder.control(), Arc::clone(&self.desk.terminated))
    }

    /// Says what comes. The rows of pictures are the task's classes.
    fn announce(&mut self, at: usize) -> Result<(), Failure> {
        let (task, spec, condense) = (self.task(at), &self.spec, &self.spec.condense);
        let (all, images) = (self.tasks.all.len(), task.data.train.len());
        let classes = task.data.info.classes.clone();
        let text = format!(
            "task {} of {all}: {}, {} classes, {images} images",
            at + 1,
            task.name,
            classes.len()
        );
        let plan = Plan {
            classes,
            ipc: spec.ipc as u64,
            shape: task.data.info.shape.map(|side| side as u64),
            iterations: (all * condense.iterations) as u64,
            outer_steps: condense.outer_steps as u64,
            inner_epochs: condense.inner_epochs as u64,
            loops_reason: format!("{all} tasks of {} iterations", condense.iterations),
            objective: spec.method.objective().to_owned(),
            train_images: images as u64,
            other_networks: 0,
        };
        self.journal.fact(Fact::Plan(plan))?;
        Ok(self.journal.fact(Fact::Note { text })?)
    }

    /// The memory of a task; none when a stop was wished on the way.
    fn memory(&mut self, at: usize) -> Result<Option<Memory>, Failure> {
        let control = self.control();
        let keep = |name: &str| -> PathBuf { self.desk.data_dir.join(name) };
        let shelf = Shelf {
            folder: self.desk.folder,
            memories: keep("memories"),
            networks: keep("networks"),
            chosen: self.desk.chosen,
        };
        self.journal.enter(Part {
            offset: self.memories.len() as u64 * self.spec.condense.iterations as u64,
            folder: RunFolder::task_name(at),
            shares: self.shares.memory(at),
        });
        shelf.memory(&self.spec, at, &self.tasks.all[at], self.journal, control)
    }

    /// Learns a task and scores what was learned so far; false when a stop was wished on the way.
    fn learn(&mut self, at: usize) -> Result<bool, Failure> {
        let (offset, folder) = (self.iteration(), RunFolder::task_name(at));
        self.journal.enter(Part { offset, folder, shares: self.shares.learning(at) });
        let started = std::time::Instant::now();
        let scores = match self.spec.continual.training {
            TaskTraining::EndToEnd => self.by_one_network(at)?,
            TaskTraining::FromScratch => self.by_new_networks(at)?,
        };
        let Some(scores) = scores else {
            self.write_checkpoint()?;
            return Ok(false);
        };
        let evaluation = self.evaluation(at, &scores, started.elapsed().as_secs_f64());
        self.journal.fact(Fact::Evaluation(evaluation.clone()))?;
        let place = &mut self.checkpoint.place;
        place.evaluations.push(evaluation);
        place.correct.clear();
        place.learned = at as u64 + 1;
        self.write_checkpoint()?;
        Ok(true)
    }

    /// The scores of every network on every task so far, as a fact.
    fn evaluation(&self, at: usize, scores: &[Vec<Score>], secs: f64) -> Evaluation {
        let sets = self.tasks.sets_of(at);
        let accuracies: Vec<f64> = scores.iter().map(|own| mean_accuracy(own, &sets)).collect();
        let (mean, std) = Summary::of(&accuracies)
            .map_or((f64::NAN, f64::NAN), |summary| (summary.mean, summary.std));
        let on = |task: usize| {
            let all: Vec<f64> = scores.iter().map(|own| own[task].accuracy()).collect();
            Summary::of(&all).map_or(f64::NAN, |summary| summary.mean)
        };
        Evaluation {
            subject: Subject::Synthetic,
            iteration: 0,
            accuracies,
            mean,
            std,
            augmentation: self.spec.evaluate.augmentation.to_string(),
            network: String::new(),
            secs,
            after: Some(AfterTask {
                task: at as u64 + 1,
                of: self.tasks.all.len() as u64,
                name: self.task(at).name.clone(),
                by_task: (0..=at).map(on).collect(),
            }),
        }
    }

    /// Writes down what the tasks so far have given.
    pub(super) fn write_checkpoint(&mut self) -> Result<(), Failure> {
        self.checkpoint.place.used_secs = self.journal.used_secs();
        self.journal.guard()?;
        self.checkpoint.write(&self.desk.folder.task_checkpoint())?;
        Ok(self.journal.fact(Fact::Checkpoint { iteration: 0 })?)
    }

    /// The network with the outputs of all classes behind a task.
    pub(super) fn network(&self, task: usize) -> Result<Network, Failure> {
        Network::new(&self.spec.network, self.info().shape, self.tasks.seen(task))
            .map_err(Failure::plain)
    }

    /// The network that the checkpoint holds, which has learned the tasks before this one.
    pub(super) fn learned(&self, task: usize) -> Result<Option<(Network, NetworkState)>, Failure> {
        let Some((parameters, statistics)) = &self.checkpoint.network else { return Ok(None) };
        let (network, device) = (self.network(task.saturating_sub(1))?, &self.desk.chosen.handle);
        let state = NetworkState {
            parameters: transfer::parameters_of(&network, device, parameters.clone())?,
            statistics: transfer::statistics_of(&network, device, statistics)?,
        };
        Ok(Some((network, state)))
    }

    /// How batches are augmented, whatever they are of.
    pub(super) fn augmentation(&self) -> TrainingAugmentation {
        let Spec { evaluate, augment, network, .. } = &self.spec;
        let [_, height, width] = self.info().shape;
        TrainingAugmentation::new(evaluate.augmentation, augment, network.norm, [height, width])
    }

    /// The memories of the first `count` tasks as a set to train on, and the output of each image; none without
    /// any image.
    pub(super) fn remembered(
        &self,
        count: usize,
    ) -> Result<Option<(TrainingSet, Vec<usize>)>, Failure> {
        let own = self.memories.iter().zip(&self.tasks.all).take(count);
        let outputs: Vec<usize> = own
            .clone()
            .flat_map(|(memory, task)| memory.classes.iter().map(|class| task.outputs[*class]))
            .collect();
        if outputs.is_empty() {
            return Ok(None);
        }
        let device = &self.desk.chosen.handle;
        let [channels, height, width] = self.info().shape;
        let pixels: Vec<f32> = own.flat_map(|(memory, _)| memory.images.clone()).collect();
        let shape = [outputs.len(), channels, height, width];
        let images = Tensor::from_data(TensorData::new(pixels, shape), device);
        let labels: Vec<i64> = outputs.iter().map(|output| *output as i64).collect();
        let labels = TensorData::new(labels, [outputs.len()]);
        let labels = Classes::Hard(Tensor::from_data(labels, device));
        let set = TrainingSet::new(images, labels, self.augmentation()).map_err(failure)?;
        Ok(Some((set, outputs)))
    }

    /// Writes the memories of all tasks as the set that the run has made.
    fn write_result(&self) -> Result<(), Failure> {
        let own = self.memories.iter().zip(&self.tasks.all);
        let memories: Vec<_> =
            own.map(|(memory, task)| (memory.clone(), task.outputs.clone())).collect();
        let info = self.info();
        let outputs = self.tasks.outputs.clone();
        let mut set = memory::joined(&memories, outputs, info.shape, &info.normalisation);
        set.about = About {
            iteration: self.iteration(),
            spec: self.spec.to_toml(),
            network: self.spec.network.to_string(),
            evaluations: self.checkpoint.place.evaluations.clone(),
            ..set.about
        };
        self.journal.guard()?;
        atomic::create_folder(&self.desk.folder.result())?;
        set.write(&self.desk.folder.synthetic_set())?;
        Ok(set.write_pictures(&self.desk.folder.result().join("images"))?)
    }
}

/// What went wrong while a network learned or was scored.
pub(super) fn failure(error: EvaluationError) -> Failure {
    match error {
        EvaluationError::Device { reason } => transfer::unreadable(reason),
        _ => Failure::new(error, "the tasks before are kept"),
    }
}
