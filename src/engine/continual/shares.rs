//! How the work of a run over several tasks is divided, for its progress: images that go through a network and
//! back, counted before anything is done.

use crate::spec::{Spec, TaskTraining};

use super::tasks::{Task, Tasks};

/// Epochs that a network is expected to need where training accuracy may end them.
const EXPECTED_EPOCHS: usize = 25;
/// The work of an image that only goes forward, over that of one that comes back as well.
const FORWARD: f64 = 1.0 / 3.0;

/// The work of every task, memory and learning, as shares of the whole that add up.
#[derive(Debug, Clone, PartialEq)]
pub struct Shares(Vec<f64>);

impl Shares {
    /// The shares of these tasks.
    pub fn of(spec: &Spec, tasks: &Tasks) -> Self {
        let mut work = Vec::new();
        let mut remembered = 0;
        for (at, task) in tasks.all.iter().enumerate() {
            work.push(memory(spec, task));
            remembered += task.outputs.len() * spec.ipc;
            let tested = tasks.all.iter().take(at + 1).map(|task| task.data.test.len()).sum();
            work.push(learning(spec, task, remembered, tested));
        }
        let total: f64 = work.iter().sum();
        let mut behind = 0.0;
        let ends = work.iter().map(|work| {
            behind += work / total.max(1.0);
            behind
        });
        Self(ends.collect())
    }

    /// The share that is behind when a task's memory is begun and when it is there.
    pub fn memory(&self, task: usize) -> [f64; 2] {
        self.stage(2 * task)
    }

    /// The share that is behind when a task is begun to be learned and when it is.
    pub fn learning(&self, task: usize) -> [f64; 2] {
        self.stage(2 * task + 1)
    }

    fn stage(&self, at: usize) -> [f64; 2] {
        let end = |at: usize| self.0.get(at).copied().unwrap_or(1.0);
        [if at == 0 { 0.0 } else { end(at - 1) }, end(at)]
    }
}

fn memory(spec: &Spec, task: &Task) -> f64 {
    let (classes, condense) = (task.outputs.len(), &spec.condense);
    let synthetic = classes * spec.ipc;
    let mut work = 1.0;
    if spec.init.is_coreset() {
        work += (spec.coreset.epochs * task.data.train.len()) as f64 * (1.0 + FORWARD);
    }
    if spec.method.trains_networks() {
        let inner = (condense.outer_steps - 1) * condense.inner_epochs * synthetic;
        let matched = condense.outer_steps * (classes * condense.real_batch + 2 * synthetic);
        work += (condense.iterations * (inner + matched)) as f64;
    } else if spec.method.learns() {
        let matched = FORWARD * (classes * condense.real_batch) as f64 + synthetic as f64;
        work += condense.iterations as f64 * matched;
    }
    work
}

/// Images that go through a network and back for a task to be learned, with so many in all memories and so many
/// to be tested on.
pub(super) fn learning(spec: &Spec, task: &Task, remembered: usize, tested: usize) -> f64 {
    let (continual, evaluate) = (&spec.continual, &spec.evaluate);
    let tests = FORWARD * tested as f64;
    match continual.training {
        TaskTraining::EndToEnd => {
            let expected = |most: usize| {
                if continual.stop_at < 1.0 { most.min(EXPECTED_EPOCHS) } else { most }
            };
            let seen = expected(continual.epochs) * (task.data.train.len() + remembered);
            (seen + expected(continual.tuning_epochs) * remembered) as f64 + tests
        }
        TaskTraining::FromScratch => {
            evaluate.networks as f64 * ((evaluate.epochs + 1) as f64 * remembered as f64 + tests)
        }
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::spec::{Method, defaults};

    #[test]
    fn shares_follow_one_another_to_the_end() {
        for (method, training) in
            [(Method::Random, TaskTraining::FromScratch), (Method::Dsa, TaskTraining::EndToEnd)]
        {
            let mut spec = defaults::published(method, "mnist-5k", 10);
            (spec.continual.steps, spec.continual.training) = (5, training);
            let tasks = Tasks::open(&spec, Path::new("/nowhere"), "").unwrap();
            let shares = Shares::of(&spec, &tasks);
            let mut behind = 0.0;
            for task in 0..5 {
                for [from, to] in [shares.memory(task), shares.learning(task)] {
                    assert!((from - behind).abs() < 1e-9 && to > from);
                    behind = to;
                }
            }
            assert!((behind - 1.0).abs() < 1e-9);
            // Random images are there at once, learned ones are most of the work.
            let [from, to] = shares.memory(1);
            assert_eq!(to - from > 0.1, method == Method::Dsa, "{}", to - from);
        }
    }
}
