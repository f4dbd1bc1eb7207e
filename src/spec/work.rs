//! What a spec comes to: which differences between two specs matter, and for what.

use super::{
    choices::{DeviceChoice, Method, Start},
    defaults::published,
    types::Spec,
};

impl Spec {
    /// This spec without everything that makes no difference to a result, such as name, device, how often
    /// something is written down, and settings of what does not happen. Equal work gives equal results.
    #[must_use]
    pub fn work(&self) -> Self {
        let (name, device) = (String::new(), DeviceChoice::Auto);
        let mut plain = Self { name, device, ..self.clone() };
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
        Self { evaluate: usual.evaluate, ..self.work() }
    }
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
        other.record.snapshot_every = 3;
        other.unroll.epochs = 7;
        assert_eq!(spec.work(), other.work());
        other.seed += 1;
        assert_ne!(spec.work(), other.work());
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
