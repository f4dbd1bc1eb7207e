//! Matching in the loop (reference sections 1.5 and 1.12): one step of DC, DSA or DM for all classes, one update of
//! all images, and the training of the network behind it.

use burn::tensor::{DType, Tensor};

use super::{Moment, Stepped, stored::Stored};
use crate::{
    augment::{Pair, siamese},
    condense::{
        ClassPair, ClassSteps, DistributionMatching, GradientMatching, ImageOptimiser,
        InnerTraining, Part, Side, Watch,
    },
    engine::{failure::Failure, laboratory::Laboratory, transfer},
    nets::{NetworkState, SgdSettings, Training, per_batch},
    random::{Purpose, stream},
    spec::Method,
};

/// How many real images per class batch normalisation takes its statistics from (reference section 1.5 a).
const STATISTICS_IMAGES: usize = 16;

/// Optimiser and network between two outer steps.
#[derive(Debug, Clone)]
pub struct MatchingLearner {
    optimiser: ImageOptimiser,
    /// The network of the iteration that has begun.
    network: Option<NetworkState>,
}

impl MatchingLearner {
    /// No momentum, no network.
    pub fn begin(laboratory: &Laboratory) -> Self {
        Self { optimiser: optimiser(laboratory, None), network: None }
    }

    /// As a checkpoint left it.
    pub fn restore(laboratory: &Laboratory, mut stored: Stored) -> Result<Self, Failure> {
        let momentum = stored.tensor(laboratory, "momentum", laboratory.shape())?;
        let network = stored.network(laboratory)?;
        Ok(Self { optimiser: optimiser(laboratory, momentum), network })
    }

    /// All of it, to be written down.
    pub fn store(&self) -> Result<Stored, Failure> {
        let mut stored = Stored::default();
        if let Some(momentum) = self.optimiser.buffer() {
            stored.put("momentum", momentum)?;
        }
        if let Some(network) = &self.network {
            stored.put_network(network)?;
        }
        Ok(stored)
    }

    /// One image update over all classes and, unless it is the iteration's last, the training of the network
    /// behind it.
    pub fn outer_step(
        &mut self,
        moment: Moment<'_>,
        broken_off: &mut dyn FnMut() -> bool,
    ) -> Result<Option<Stepped>, Failure> {
        let Moment { laboratory, place, images, .. } = moment;
        let mut network = self.network.take().unwrap_or_else(|| moment.fresh_network());
        moment.gather_statistics(&mut network);
        laboratory.stopwatch.lap(Part::FreshNetwork);
        let Some(measured) = moment.match_classes(&network, broken_off) else { return Ok(None) };
        let gradients = measured.iter().map(|step| step.image_gradients.clone()).collect();
        let images = self.optimiser.step(images.clone(), Tensor::cat(gradients, 0));
        laboratory.stopwatch.lap(Part::ImageUpdate);
        let last = place.outer_step + 1 == laboratory.spec.condense.outer_steps as u64;
        let mut inner_loss = None;
        if !last && laboratory.spec.method.trains_networks() {
            let moment = Moment { images: &images, ..moment };
            let Some((trained, loss)) = moment.train_network(network, broken_off)? else {
                return Ok(None);
            };
            (self.network, inner_loss) = (trained, loss);
        }
        Ok(Some(Stepped { images, measured, inner_loss }))
    }
}

/// A network after inner training, and the sum of its losses.
type Trained = (Option<NetworkState>, Option<Tensor<1>>);

impl Moment<'_> {
    fn fresh_network(self) -> NetworkState {
        let Laboratory { spec, device, network, .. } = self.laboratory;
        let mut rng = stream(spec.seed, Purpose::NetworkInit, &[self.place.iteration]);
        NetworkState {
            parameters: network.initialise(&mut rng, device, DType::F32),
            statistics: network.fresh_statistics(device, DType::F32),
        }
    }

    /// Batch normalisation meets real images of all classes before it is frozen (reference section 1.5 a).
    fn gather_statistics(self, in_use: &mut NetworkState) {
        let Laboratory { spec, network, data, .. } = self.laboratory;
        // Distributions are matched with the statistics of the batches themselves.
        if !network.has_batch_norm() || spec.method == Method::Dm {
            return;
        }
        let at = [self.place.iteration, self.place.outer_step];
        let mut rng = stream(spec.seed, Purpose::BatchNormImages, &at);
        let indices: Vec<usize> = (0..self.laboratory.classes())
            .flat_map(|class| data.train.draw_from_class(class, STATISTICS_IMAGES, &mut rng))
            .collect();
        let images = self.laboratory.real_images(&[&indices]).remove(0);
        network.gather_statistics(&in_use.parameters, &mut in_use.statistics, images);
    }

    /// Distances and image gradients of all classes, in groups; `None` when it was broken off.
    fn match_classes(
        self,
        in_use: &NetworkState,
        broken_off: &mut dyn FnMut() -> bool,
    ) -> Option<Vec<ClassSteps>> {
        let Laboratory { spec, device, network, data, stopwatch, .. } = self.laboratory;
        let classes: Vec<usize> = (0..self.laboratory.classes()).collect();
        let shape = data.info.shape;
        let most = spec.condense.real_batch.max(spec.ipc);
        let distributions = spec.method == Method::Dm;
        let together = if distributions && network.has_batch_norm() {
            classes.len()
        } else {
            per_batch::at_once(device, self.capacity, network, most, shape)
        };
        let mut steps = Vec::new();
        for group in classes.chunks(together) {
            if broken_off() {
                return None;
            }
            let drawn: Vec<_> = group.iter().map(|class| self.draw(*class)).collect();
            let augments: Vec<_> = drawn
                .iter()
                .map(|(_, pair)| {
                    let real = |images| pair.real.apply(images);
                    let synthetic = |images| pair.synthetic.apply(images);
                    (real, synthetic)
                })
                .collect();
            let indices: Vec<_> = drawn.iter().map(|(indices, _)| indices.as_slice()).collect();
            let pairs: Vec<_> = group
                .iter()
                .zip(self.laboratory.real_images(&indices))
                .zip(&augments)
                .map(|((&class, images), (real, synthetic))| ClassPair {
                    class,
                    real: Side { images, augment: real },
                    synthetic: Side {
                        images: self.images.clone().narrow(0, class * spec.ipc, spec.ipc),
                        augment: synthetic,
                    },
                })
                .collect();
            stopwatch.lap(Part::RealData);
            steps.push(self.match_group(in_use, &pairs));
        }
        Some(steps)
    }

    /// The step of the spec's method for a group of classes.
    fn match_group(self, in_use: &NetworkState, pairs: &[ClassPair<'_>]) -> ClassSteps {
        let Laboratory { spec, network, stopwatch: watch, .. } = self.laboratory;
        let NetworkState { parameters, statistics } = in_use;
        if spec.method == Method::Dm {
            return DistributionMatching { network, parameters, statistics, watch }.step(pairs);
        }
        GradientMatching {
            network,
            parameters,
            statistics,
            metric: spec.condense.distance,
            real_precision: spec.condense.real_precision,
            capacity: self.capacity,
            watch,
        }
        .step(pairs)
    }

    /// Which real images a class shows in this outer step, and how both sides are augmented.
    fn draw(self, class: usize) -> (Vec<usize>, Pair) {
        let Laboratory { spec, data, recipe, .. } = self.laboratory;
        let at = [self.place.iteration, self.place.outer_step, class as u64];
        let mut rng = stream(spec.seed, Purpose::RealBatch, &at);
        let indices = data.train.draw_from_class(class, spec.condense.real_batch, &mut rng);
        let mut rng = stream(spec.seed, Purpose::MatchingAugmentation, &at);
        let pair = siamese::draw(recipe, spec.augment.sharing, indices.len(), spec.ipc, &mut rng);
        (indices, pair)
    }

    /// The network after inner training (reference section 1.5 e) and the sum of its losses; `None` when it
    /// was broken off.
    fn train_network(
        self,
        in_use: NetworkState,
        broken_off: &mut dyn FnMut() -> bool,
    ) -> Result<Option<Trained>, Failure> {
        let Laboratory { spec, network, recipe, .. } = self.laboratory;
        let (iteration, step) = (self.place.iteration, self.place.outer_step);
        let mut order = stream(spec.seed, Purpose::InnerTraining, &[iteration, step, 0]);
        let mut chance = stream(spec.seed, Purpose::InnerTraining, &[iteration, step, 1]);
        let settings = SgdSettings::plain(spec.condense.network_lr);
        let mut training = Training::new(network, vec![in_use], settings, self.capacity);
        let labels = self.laboratory.hard_labels(&self.laboratory.labels());
        let epoch = InnerTraining { epochs: 1, batch: spec.condense.train_batch };
        let mut total: Option<Tensor<1>> = None;
        for _ in 0..spec.condense.inner_epochs {
            if broken_off() {
                return Ok(None);
            }
            let augment = |images: Tensor<4>| {
                recipe.draw_training(images.dims()[0], &mut chance).apply(images)
            };
            let loss = epoch
                .run(&mut training, self.images, &labels, augment, &mut order)
                .map_err(transfer::unreadable)?;
            total = match (total, loss) {
                (Some(total), Some(loss)) => Some(total + loss),
                (total, loss) => total.or(loss),
            };
        }
        let trained = training.into_states().map_err(transfer::unreadable)?.pop();
        self.laboratory.stopwatch.lap(Part::InnerTraining);
        Ok(Some((trained, total)))
    }
}

fn optimiser(laboratory: &Laboratory, momentum: Option<Tensor<4>>) -> ImageOptimiser {
    let condense = &laboratory.spec.condense;
    ImageOptimiser::new(condense.image_lr, condense.image_momentum, momentum)
}
