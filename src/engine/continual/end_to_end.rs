//! One network all the way: a task's real images and the memory of those before, then the memories alone
//! (Castro et al. 2018; reference section 6.2).

use crate::{
    engine::{failure::Failure, transfer},
    evaluate::{
        Evaluation, Progress, Score, TestBatches, TrainingImages, TrainingSet,
        continual::{Lesson, TaskTraining, Teacher, grown},
    },
    nets::{Capacity, Network, NetworkState},
    record::event::{Fact, Phase},
};

use super::{
    course::{Course, failure},
    ear::Ear,
    images::{Exam, Lessons},
};

/// The memories when a task has come: those before it, and with its own.
struct Remembered {
    before: Option<(TrainingSet, Vec<usize>)>,
    all: (TrainingSet, Vec<usize>),
}

impl Course<'_> {
    /// The scores of the network on every task so far, when it has learned this one; none when a stop was wished
    /// on the way.
    pub(super) fn by_one_network(&mut self, at: usize) -> Result<Option<Vec<Vec<Score>>>, Failure> {
        let network = self.network(at)?;
        let nothing = || Failure::plain("the memory of this task holds no image");
        let remembered = Remembered {
            before: self.remembered(at)?,
            all: self.remembered(at + 1)?.ok_or_else(nothing)?,
        };
        let mut capacity = self.desk.chosen.capacity;
        let state = loop {
            match self.learned_with(at, &network, &remembered, capacity) {
                Err(failure) if failure.device_full => {
                    let Some(less) = capacity.halved() else { return Err(failure) };
                    let text = format!(
                        "{} while task {} was learned, which is done again with half as much on it at once",
                        failure.reason,
                        at + 1
                    );
                    self.journal.fact(Fact::Note { text })?;
                    capacity = less;
                }
                other => break other?,
            }
        };
        let Some(state) = state else { return Ok(None) };
        let scores = self.scores(at, &network, &state, &remembered.all.0, capacity)?;
        if scores.is_some() {
            self.checkpoint.network = Some((
                transfer::parameters_to_host(&state.parameters)?,
                transfer::statistics_to_host(&state.statistics)?,
            ));
        }
        Ok(scores.map(|own| vec![own]))
    }

    /// The network behind both lessons of a task.
    fn learned_with(
        &mut self,
        at: usize,
        network: &Network,
        remembered: &Remembered,
        capacity: Capacity,
    ) -> Result<Option<NetworkState>, Failure> {
        let before = self.learned(at)?;
        let (augmentation, control) = (self.augmentation(), self.control());
        let (settings, device) = (&self.spec.continual, &self.desk.chosen.handle);
        let training = TaskTraining {
            network,
            settings,
            augmentation: &augmentation,
            seed: self.spec.seed,
            task: at as u64,
            device,
            capacity,
        };
        let known = before.as_ref().map(|(_, state)| state);
        let start = grown(network, known, self.spec.seed, at as u64, device);

        let task = Some(&self.tasks.all[at]);
        let (memory, outputs) = match &remembered.before {
            Some((set, outputs)) => (Some(set.images().clone()), outputs.as_slice()),
            None => (None, &[][..]),
        };
        let lessons = Lessons { task, memory, outputs };
        let (all, tuned) = (lessons.count() as f64, remembered.all.1.len() as f64);
        let ends = [settings.epochs as f64 * all, settings.tuning_epochs as f64 * tuned];
        let of = (ends[0] + ends[1]) as u64;
        let mut ear = Ear::new(&control, self.journal, Phase::Learning);
        let teacher = before.as_ref().filter(|_| settings.distillation);
        let teacher = teacher.map(|(network, state)| Teacher { network, state });
        let (epochs, lr) = (settings.epochs, settings.lr);
        let first = Lesson { images: &lessons, teacher, epochs, lr, number: 0 };
        let learned = training.learn(start, first, |done| ear.hear((done * all) as u64, of));
        let learned = ear.outcome(learned.map_err(failure)?)?;
        let Some(learned) = learned else { return Ok(None) };
        if settings.tuning_epochs == 0 {
            return Ok(Some(learned));
        }

        let (set, outputs) = &remembered.all;
        let memory = Lessons { task: None, memory: Some(set.images().clone()), outputs };
        let mut ear = Ear::new(&control, self.journal, Phase::Learning);
        let teacher = settings.distillation.then_some(Teacher { network, state: &learned });
        let (epochs, lr) = (settings.tuning_epochs, settings.tuning_lr);
        let second = Lesson { images: &memory, teacher, epochs, lr, number: 1 };
        let done = |epochs: f64| (ends[0] + epochs * tuned) as u64;
        let tuned = training.learn(learned.clone(), second, |epochs| ear.hear(done(epochs), of));
        ear.outcome(tuned.map_err(failure)?)
    }

    fn scores(
        &mut self,
        at: usize,
        network: &Network,
        state: &NetworkState,
        training: &TrainingSet,
        capacity: Capacity,
    ) -> Result<Option<Vec<Score>>, Failure> {
        let exams: Vec<Exam> = self.tasks.all.iter().take(at + 1).map(Exam).collect();
        let tests: Vec<&dyn TestBatches> = exams.iter().map(|exam| exam as _).collect();
        let control = self.control();
        let (settings, seed) = (&self.spec.evaluate, self.spec.seed);
        let test = &exams[at];
        let mut ear = Ear::new(&control, self.journal, Phase::Evaluating);
        let scored = Evaluation { network, test, settings, seed, capacity }.scores_of(
            state.clone(),
            training,
            &tests,
            |progress| match progress {
                Progress::Testing { done, total } => ear.hear(done as u64, total as u64),
                Progress::Training { .. } => std::ops::ControlFlow::Continue(()),
            },
        );
        ear.outcome(scored.map_err(failure)?)
    }
}
