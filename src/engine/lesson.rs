//! What networks of an evaluation are given: images and labels, the way in which they learn from them, and what
//! they are before.

use burn::tensor::{DType, Tensor};

use crate::{
    evaluate::{CourseStep, Regime, TrainingAugmentation, TrainingSet},
    nets::{Labels, Network, NetworkState},
    random::{Purpose, stream},
    record::{self, Steps, steps::Step},
    spec::{Method, Start},
};

use super::{
    failure::Failure,
    laboratory::Laboratory,
    learner::{self, Product},
    scoring,
    soft_labels::on_device,
    trained_network::trained_network,
};

/// A set with everything that belongs to training on it.
#[derive(Debug, Clone)]
pub struct Lesson {
    images: Tensor<4>,
    labels: Labels,
    regime: Regime,
    starts: Starts,
}

/// What networks are before their training.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Starts {
    /// Fresh, as everywhere.
    Usual,
    /// As dataset distillation starts them (reference section 5.6).
    Distillation(Start),
}

impl Lesson {
    /// Real images, `ipc` of class 0, then of class 1, …, to learn from in the ordinary way.
    pub fn of_real(laboratory: &Laboratory, images: Tensor<4>) -> Self {
        let labels = laboratory.hard_labels(&laboratory.labels());
        Self { images, labels, regime: Regime::FromScratch, starts: Starts::Usual }
    }

    /// All real images.
    pub fn of_all(laboratory: &Laboratory) -> Self {
        Self::of_first(laboratory, laboratory.data.train.len())
    }

    /// The first `count` real images, or all if there are fewer.
    pub fn of_first(laboratory: &Laboratory, count: usize) -> Self {
        let train = &laboratory.data.train;
        let first: Vec<usize> = (0..count.min(train.len())).collect();
        let labels = first.iter().map(|at| usize::from(train.labels()[*at]));
        let labels: Vec<usize> = labels.collect();
        let images = laboratory.data.train_images(&first, &laboratory.device);
        let labels = laboratory.hard_labels(&labels);
        Self { images, labels, regime: Regime::FromScratch, starts: Starts::Usual }
    }

    /// What a run has made of `images`, which are in the loop's order.
    ///
    /// # Errors
    /// When the labels do not fit the data set, which they do.
    pub fn of_product(
        laboratory: &Laboratory,
        images: Tensor<4>,
        product: &Product,
    ) -> Result<Self, Failure> {
        let images = match &product.order {
            Some(order) => images.select(0, laboratory.indices(order)),
            None => images,
        };
        let Product { labels, steps, adam_steps, .. } = product;
        Self::of_set(laboratory, images, labels, steps.as_ref(), *adam_steps)
    }

    /// Any set in the laboratory's space, with the step sizes or the number of steps that come with it.
    ///
    /// # Errors
    /// When its labels do not fit the data set or are none that can be learned from.
    pub fn of_set(
        laboratory: &Laboratory,
        images: Tensor<4>,
        labels: &record::Labels,
        steps: Option<&Steps>,
        adam_steps: Option<u64>,
    ) -> Result<Self, Failure> {
        let labels = on_device(laboratory, labels)?;
        let Some(steps) = steps else {
            let by_adam = |steps| Regime::Adam(learner::labels::course(laboratory, steps));
            let regime = adam_steps.map_or(Regime::FromScratch, by_adam);
            return Ok(Self { images, labels, regime, starts: Starts::Usual });
        };
        let spec = &laboratory.spec;
        let start = if spec.method == Method::Dd { spec.unroll.start } else { Start::Fresh };
        let starts = Starts::Distillation(start);
        Ok(Self { images, labels, regime: Regime::Course(course(steps)), starts })
    }

    /// The images.
    pub fn images(&self) -> &Tensor<4> {
        &self.images
    }

    /// Other images and labels, to be learned from in the same way.
    #[must_use]
    pub fn with(self, images: Tensor<4>, labels: Labels) -> Self {
        Self { images, labels, ..self }
    }

    /// The same set, learned from in another way by networks as everywhere.
    #[must_use]
    pub fn in_regime(self, regime: Regime) -> Self {
        Self { regime, starts: Starts::Usual, ..self }
    }

    /// How it is learned from.
    pub fn regime(&self) -> &Regime {
        &self.regime
    }

    /// The images that a network with the norm of `network` is trained on.
    ///
    /// # Errors
    /// When the device cannot be read.
    pub fn training_set(
        &self,
        laboratory: &Laboratory,
        network: &Network,
    ) -> Result<TrainingSet, Failure> {
        let spec = &laboratory.spec;
        let augmentation = match self.regime {
            Regime::FromScratch => {
                let (kind, size) = (spec.evaluate.augmentation, laboratory.recipe.size);
                TrainingAugmentation::new(kind, &spec.augment, network.spec().norm, size)
            }
            Regime::Course(_) | Regime::Adam(_) => TrainingAugmentation::None,
        };
        TrainingSet::new(self.images.clone(), self.labels.clone(), augmentation)
            .map_err(scoring::failure)
    }

    /// What the network number `index` is before its training; none if it is as everywhere. Trained ones are
    /// others than those that the images were made for.
    ///
    /// # Errors
    /// When a network has to be trained for it and that fails.
    pub fn start(
        &self,
        laboratory: &Laboratory,
        network: &Network,
        index: u64,
    ) -> Result<Option<NetworkState>, Failure> {
        let Starts::Distillation(start) = self.starts else { return Ok(None) };
        let spec = &laboratory.spec;
        let own = network.spec() == &spec.network;
        if start == Start::Trained && own {
            let number = spec.unroll.pool as u64 + index;
            let trained = trained_network(laboratory, number, &mut |_, _| true)?;
            return Ok(trained.map(|(trained, _)| trained.state));
        }
        let mut rng = if start == Start::Fixed && own {
            stream(spec.seed, Purpose::NetworkInit, &[0])
        } else {
            stream(spec.seed, Purpose::EvaluationNetwork, &[index])
        };
        let (device, dtype) = (&laboratory.device, DType::F32);
        Ok(Some(NetworkState {
            parameters: network.initialise_xavier(&mut rng, device, dtype),
            statistics: network.fresh_statistics(device, dtype),
        }))
    }
}

/// The learned steps as ranges of images.
fn course(steps: &Steps) -> Vec<CourseStep> {
    let start = |group: usize| steps.groups[..group].iter().sum::<usize>();
    let step = |step: &Step| {
        let first = start(step.group);
        CourseStep { images: first..first + steps.groups[step.group], rate: f64::from(step.rate) }
    };
    steps.steps.iter().map(step).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn learned_steps_are_ranges_of_their_groups() {
        let step = |group: usize, rate: f32| Step { group, rate };
        let steps = Steps { groups: vec![1, 2], steps: vec![step(1, 0.5), step(0, 0.25)] };
        let wanted = [(1..3, 0.5), (0..1, 0.25)];
        let wanted = wanted.map(|(images, rate)| CourseStep { images, rate });
        assert_eq!(course(&steps), wanted);
    }
}
