//! What a spec comes to: which differences between two specs matter, and for what.

use super::{
    choices::{DeviceChoice, Method, Start, TaskTraining},
    continual::ContinualSpec,
    defaults::published,
    types::{EvaluateSpec, Spec},
};

impl Spec {
    /// This spec without everything that makes no difference to a result, such as name, device, its
    /// memory, how often something is written down, and settings of what does not happen. Equal work gives equal results.
    #[must_use]
    pub fn work(&self) -> Self {
        let (name, device) = (String::new(), DeviceChoice::Auto);
        let mut plain = Self { name, device, memory: 0.0, ..self.clone() };
        let usual = published(plain.method, &plain.data.set, 1);
        if plain.method == Method::Whole {
            plain.ipc = 1;
        }
        plain.evaluate.also_on = plain.evaluate.also_on.without(&plain.network);
        if !plain.method.learns() {
            plain.condense = usual.condense;
        }
        if plain.method != Method::Dd {
            plain.unroll = usual.unroll;
        }
        if plain.method != Method::Ld {
            plain.labels = usual.labels;
        }
        if !plain.init.is_coreset() && plain.unroll.start != Start::Trained {
            plain.coreset = usual.coreset;
        }
        plain.continual = continual(&plain.continual, &usual.continual);
        if plain.continual.is_on() && plain.continual.training == TaskTraining::EndToEnd {
            let EvaluateSpec { batch, augmentation, .. } = plain.evaluate;
            plain.evaluate = EvaluateSpec { batch, augmentation, ..usual.evaluate };
        }
        plain.record.snapshot_every = 0;
        plain.record.checkpoint_every = 0;
        plain.record.checkpoint_secs = 0;
        plain
    }

    /// This spec without everything that makes no difference to the finished set: its work, whatever it is
    /// evaluated like.
    #[must_use]
    pub fn condensation(&self) -> Self {
        let usual = published(self.method, &self.data.set, 1);
        let mut plain =
            Self { evaluate: usual.evaluate, continual: usual.continual, ..self.work() };
        if !plain.method.learns() {
            plain.augment = usual.augment;
        }
        plain
    }
}

/// What of the settings of continual learning matters.
fn continual(spec: &ContinualSpec, usual: &ContinualSpec) -> ContinualSpec {
    let mut plain = spec.clone();
    if plain.steps == 0 {
        plain.order = usual.order;
    }
    match plain.training {
        _ if !plain.is_on() => plain = usual.clone(),
        TaskTraining::EndToEnd if !plain.distillation => {
            (plain.temperature, plain.weight) = (usual.temperature, usual.weight);
        }
        TaskTraining::EndToEnd => {}
        TaskTraining::FromScratch => {
            let ContinualSpec { tasks, steps, order, training, .. } = plain;
            plain = ContinualSpec { tasks, steps, order, training, ..usual.clone() };
        }
    }
    plain
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_work_gives_equal_results() {
        let spec = published(Method::Dsa, "mnist-5k", 1);
        let mut other = spec.clone();
        other.name = "mine".to_owned();
        other.device = DeviceChoice::Cpu;
        other.memory = 12.0;
        other.record.snapshot_every = 3;
        other.unroll.epochs = 7;
        assert_eq!(spec.work(), other.work());
        other.seed += 1;
        assert_ne!(spec.work(), other.work());
        other.seed = spec.seed;
        other.continual.lr = 7.0;
        assert_eq!(spec.work(), other.work(), "what does not happen does not matter");
        other.continual.steps = 5;
        assert_ne!(spec.work(), other.work());
        let with = |change: fn(&mut Spec)| {
            let mut with = other.clone();
            change(&mut with);
            with.work()
        };
        assert_eq!(other.work(), with(|spec| spec.evaluate.epochs = 3));
        assert_ne!(other.work(), with(|spec| spec.continual.distillation = false));
        assert_ne!(other.work(), with(|spec| spec.continual.order = 9));
        // All data are all data, whatever the images per class.
        let whole = |ipc| Spec { method: Method::Whole, ipc, ..spec.clone() }.work();
        assert_eq!(whole(1), whole(10));
    }

    #[test]
    fn a_set_does_not_depend_on_its_evaluation() {
        let spec = published(Method::Dd, "mnist-5k", 1);
        let mut other = spec.clone();
        other.evaluate.networks = 3;
        assert_ne!(spec.work(), other.work());
        assert_eq!(spec.condensation(), other.condensation());
        other.unroll.epochs = 7;
        assert_ne!(spec.condensation(), other.condensation());
    }
}
