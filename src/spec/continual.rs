//! Learning one task after the other with a memory of condensed images (reference sections 6.2 and 6.3).
//!
//! The values that stand here when nothing is said are the recipe of end-to-end incremental learning
//! (Castro et al. 2018), as the reference's section 6.2 lists it, but for the learning rates. Its 0.5 belongs to
//! another network and another scale of the loss: a `ConvNet` under cross-entropy forgets with it. On five tasks of
//! two digits each, with ten random images of each in memory, 0.5, 0.2, 0.05 and 0.01 (and a tenth of it for the
//! tuning) left 61, 74, 88 and 91 % in the end. So it is 0.01 here, at which the papers train their `ConvNet`s.

use serde::{Deserialize, Serialize};

use super::{
    choices::TaskTraining,
    field::{Field, Kind, field},
};

/// The tasks of a run and how a network learns them; no continual learning without tasks.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ContinualSpec {
    /// Names of data sets with spaces between, a task each, in this order.
    pub tasks: String,
    /// Into how many tasks the classes of the run's data set are divided; 0 for not at all.
    pub steps: usize,
    /// The seed of the order of the classes where they are divided; the run's own seed if nothing is said.
    pub order: u64,
    /// How a network learns them.
    pub training: TaskTraining,
    /// Whether the network before a task teaches the one behind it, in end-to-end training.
    pub distillation: bool,
    /// The temperature of that teaching.
    pub temperature: f64,
    /// Its weight beside the classification loss.
    pub weight: f64,
    /// Epochs on a task's real images and the memory, at most.
    pub epochs: usize,
    /// Images per training step.
    pub batch: usize,
    /// Learning rate.
    pub lr: f64,
    /// Nesterov momentum.
    pub momentum: f64,
    /// Weight decay.
    pub weight_decay: f64,
    /// Epochs after which the learning rate is halved, again and again; 0 for never.
    pub halve_every: usize,
    /// The training accuracy, 0 to 1, at which a network has learned enough.
    pub stop_at: f64,
    /// Epochs of the balanced training on memories alone behind that, at most.
    pub tuning_epochs: usize,
    /// Its learning rate.
    pub tuning_lr: f64,
}

impl ContinualSpec {
    /// No tasks, and the recipe for some.
    pub(super) fn none() -> Self {
        Self {
            tasks: String::new(),
            steps: 0,
            order: 0,
            training: TaskTraining::EndToEnd,
            distillation: true,
            temperature: 2.0,
            weight: 0.5,
            epochs: 400,
            batch: 400,
            lr: 0.01,
            momentum: 0.9,
            weight_decay: 1e-4,
            halve_every: 50,
            stop_at: 0.998,
            tuning_epochs: 300,
            tuning_lr: 0.001,
        }
    }

    /// Whether there are tasks.
    pub fn is_on(&self) -> bool {
        self.steps > 0 || self.sets().next().is_some()
    }

    /// The data sets that are a task each.
    pub fn sets(&self) -> impl Iterator<Item = &str> {
        self.tasks.split_whitespace()
    }

    /// What is learned, where lists name the data set `set`: `svhn > mnist > usps`, `cifar100 in 10 steps`.
    pub fn title(&self, set: &str) -> String {
        match self.steps {
            0 if self.is_on() => self.sets().collect::<Vec<_>>().join(" > "),
            0 => set.to_owned(),
            steps => format!("{set} in {steps} steps"),
        }
    }
}

/// What a spec can say about it.
pub(super) const FIELDS: &[Field] = &[
    field(
        "continual.tasks",
        "tasks",
        "",
        Kind::Text,
        "Data sets to learn one after the other, with spaces between.",
    ),
    field(
        "continual.steps",
        "steps",
        "tasks",
        Kind::Integer(0, 1000),
        "Divides the classes of the data set into so many tasks; 0 does not.",
    ),
    field(
        "continual.order",
        "class order",
        "",
        Kind::Integer(0, i64::MAX as u64),
        "Seed of the order in which its classes come; the run's seed if left out.",
    ),
    field(
        "continual.training",
        "task training",
        "",
        Kind::Choice(TaskTraining::NAMES),
        "One network on real images and memory, or new ones on memory alone.",
    ),
    field(
        "continual.distillation",
        "distillation",
        "",
        Kind::Switch,
        "Whether the network before a task teaches the one behind it.",
    ),
    field(
        "continual.temperature",
        "temperature",
        "",
        Kind::Number(0.01, 1000.0),
        "Logits are divided by it where networks teach.",
    ),
    field(
        "continual.weight",
        "teacher's weight",
        "",
        Kind::Number(0.0, 1000.0),
        "Weight of the teaching beside the classification loss.",
    ),
    field(
        "continual.epochs",
        "task epochs",
        "epochs",
        Kind::Integer(1, 100_000),
        "On a task's real images and the memory, at most.",
    ),
    field(
        "continual.batch",
        "task batch",
        "images",
        Kind::Integer(1, 100_000),
        "Images per training step.",
    ),
    field("continual.lr", "task rate", "", Kind::Number(0.0, 1e3), "Learning rate on a task."),
    field(
        "continual.momentum",
        "task momentum",
        "",
        Kind::Number(0.0, 0.9999),
        "Nesterov momentum on a task.",
    ),
    field(
        "continual.weight_decay",
        "task decay",
        "",
        Kind::Number(0.0, 10.0),
        "Weight decay on a task.",
    ),
    field(
        "continual.halve_every",
        "halve every",
        "epochs",
        Kind::Integer(0, 100_000),
        "The learning rate is halved after so many epochs; 0 for never.",
    ),
    field(
        "continual.stop_at",
        "stop at",
        "",
        Kind::Number(0.0, 2.0),
        "Training accuracy that is enough, now and 4 epochs before; above 1 for none.",
    ),
    field(
        "continual.tuning_epochs",
        "tuning epochs",
        "epochs",
        Kind::Integer(0, 100_000),
        "Balanced training on the memories behind a task, at most; 0 for none.",
    ),
    field(
        "continual.tuning_lr",
        "tuning rate",
        "",
        Kind::Number(0.0, 1e3),
        "Learning rate of that balanced training.",
    ),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_title_says_what_is_learned() {
        let mut spec = ContinualSpec::none();
        assert!(!spec.is_on());
        assert_eq!(spec.title("mnist"), "mnist");
        spec.tasks = " svhn  mnist usps ".to_owned();
        assert!(spec.is_on());
        assert_eq!(spec.title("svhn"), "svhn > mnist > usps");
        (spec.tasks, spec.steps) = (String::new(), 5);
        assert_eq!(spec.title("cifar100"), "cifar100 in 5 steps");
    }
}
