//! The outer loop of gradient matching, one outer step after the other (reference section 1.5).
//!
//! ```text
//! per iteration: a fresh network
//!   per outer step: match the gradients of every class, update ALL images once,
//!                   then train the network on them, unless it was the last step
//! ```
//!
//! Where the loop stands is a value: images, momentum, the network in use, and how far it is. It changes
//! only from one outer step to the next, so it can be written down between any two and gone on from. What
//! was broken off in between is done again from the same named random streams: the images are the same,
//! bit for bit, as those of a run that was never stopped.

use std::time::Instant;

use burn::tensor::{DType, Tensor, TensorData};

use crate::{
    augment::{Pair, siamese},
    condense::{
        ClassPair, ClassSteps, DistributionMatching, GradientMatching, ImageOptimiser,
        InnerTraining, Part, Side, Watch,
    },
    nets::{Capacity, NetworkState, SgdSettings, Training, per_batch},
    random::{Purpose, stream},
    record::{Checkpoint, Place, event},
    spec::Method,
};

use super::{
    failure::Failure,
    laboratory::Laboratory,
    measurements::{Measured, Measurements},
    transfer,
};

/// How an outer step ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Went {
    /// It is done.
    Through,
    /// It was broken off on request; nothing has changed.
    BrokenOff,
}

/// The loop between two outer steps.
#[derive(Debug, Clone)]
pub struct Condensation {
    /// How far it is, and what has been measured.
    pub place: Place,
    images: Tensor<4>,
    optimiser: ImageOptimiser,
    /// The network of the iteration that has begun.
    network: Option<NetworkState>,
    measurements: Measurements,
    /// How much the device is given at once.
    capacity: Capacity,
}

/// How many real images per class batch normalisation takes its statistics from (reference section 1.5 a).
const STATISTICS_IMAGES: usize = 16;

impl Condensation {
    /// The loop before its first iteration.
    pub fn begin(laboratory: &Laboratory) -> Self {
        let place = Place {
            distances: vec![0.0; laboratory.classes()],
            spec: laboratory.spec.to_toml(),
            ..Place::default()
        };
        Self {
            place,
            images: laboratory.initial_images(),
            optimiser: optimiser(laboratory, None),
            network: None,
            measurements: Measurements::default(),
            capacity: laboratory.capacity,
        }
    }

    /// The loop as a checkpoint left it.
    pub fn restore(laboratory: &Laboratory, checkpoint: Checkpoint) -> Result<Self, Failure> {
        let Checkpoint { place, images, momentum, network } = checkpoint;
        let shape = laboratory.shape();
        let pixels = |values: Vec<f32>| {
            if values.len() == shape.iter().product::<usize>() {
                Ok(Tensor::from_data(TensorData::new(values, shape), &laboratory.device))
            } else {
                Err(Failure::new(
                    format!("the checkpoint holds {} pixels for a set of {shape:?}", values.len()),
                    "remove the checkpoint folder to start the run from the beginning",
                ))
            }
        };
        let momentum = if momentum.is_empty() { None } else { Some(pixels(momentum)?) };
        let network = network
            .map(|(parameters, statistics)| {
                Ok::<_, Failure>(NetworkState {
                    parameters: transfer::parameters(laboratory, parameters)?,
                    statistics: transfer::statistics(laboratory, &statistics)?,
                })
            })
            .transpose()?;
        Ok(Self {
            place,
            images: pixels(images)?,
            optimiser: optimiser(laboratory, momentum),
            network,
            measurements: Measurements::default(),
            capacity: laboratory.capacity,
        })
    }

    /// True when a coreset's rule has still to choose the images.
    pub fn awaits_choice(&self, laboratory: &Laboratory) -> bool {
        laboratory.spec.init.is_coreset() && self.place.coreset.is_empty()
    }

    /// Starts from these real images.
    pub fn start_from(&mut self, laboratory: &Laboratory, images: &[usize]) {
        self.images = laboratory.data.train_images(images, &laboratory.device);
        self.place.coreset = images.iter().map(|image| *image as u64).collect();
    }

    /// The synthetic images `[classes · ipc, channels, height, width]`, normalised.
    pub fn images(&self) -> &Tensor<4> {
        &self.images
    }

    /// The synthetic images on the host.
    pub fn images_on_host(&self) -> Result<Vec<f32>, Failure> {
        transfer::to_host(self.images.clone())
    }

    /// How much the device is given at once.
    pub fn capacity(&self) -> Capacity {
        self.capacity
    }

    /// This state, with half as much given to the device at once as `tried` was; `None` when that cannot
    /// help.
    pub fn with_less_than(&self, tried: &Self) -> Option<Self> {
        Some(Self { capacity: tried.capacity.halved()?, ..self.clone() })
    }

    /// All of it, to be written down.
    pub fn checkpoint(&mut self, laboratory: &Laboratory) -> Result<Checkpoint, Failure> {
        self.settle(laboratory)?;
        let momentum = match self.optimiser.buffer() {
            Some(buffer) => transfer::to_host(buffer.clone())?,
            None => Vec::new(),
        };
        let network = match &self.network {
            Some(NetworkState { parameters, statistics }) => Some((
                transfer::parameters_to_host(parameters)?,
                transfer::statistics_to_host(statistics)?,
            )),
            None => None,
        };
        Ok(Checkpoint {
            place: self.place.clone(),
            images: self.images_on_host()?,
            momentum,
            network,
        })
    }

    /// One image update over all classes and, unless it is the iteration's last, the training of the
    /// network behind it. `broken_off` is asked between classes and between epochs.
    pub fn outer_step(
        &mut self,
        laboratory: &Laboratory,
        broken_off: &mut dyn FnMut() -> bool,
    ) -> Result<Went, Failure> {
        let started = Instant::now();
        // Tensors are handles, so a copy is cheap; it becomes the state only when the step is through.
        let mut next = self.clone();
        let mut network = match next.network.take() {
            Some(network) => network,
            None => next.fresh_network(laboratory),
        };
        next.gather_statistics(laboratory, &mut network);
        laboratory.stopwatch.lap(Part::FreshNetwork);
        let Some(gradient) = next.match_classes(laboratory, &network, broken_off) else {
            return Ok(Went::BrokenOff);
        };
        next.images = next.optimiser.step(next.images.clone(), gradient);
        laboratory.stopwatch.lap(Part::ImageUpdate);
        let last = next.place.outer_step + 1 == laboratory.spec.condense.outer_steps as u64;
        if !last && laboratory.spec.method.trains_networks() {
            let Some(trained) = next.train_network(laboratory, network, broken_off)? else {
                return Ok(Went::BrokenOff);
            };
            next.network = Some(trained);
        }
        next.place.outer_step += 1;
        next.place.iteration_secs += started.elapsed().as_secs_f64();
        *self = next;
        Ok(Went::Through)
    }

    /// Closes the iteration whose outer steps are all done, and says what it measured.
    pub fn finish_iteration(
        &mut self,
        laboratory: &Laboratory,
    ) -> Result<event::Iteration, Failure> {
        self.settle(laboratory)?;
        let steps = laboratory.spec.condense.outer_steps as f64;
        let place = &mut self.place;
        let by_class: Vec<f64> = place.distances.iter().map(|sum| sum / steps).collect();
        place.iteration += 1;
        place.outer_step = 0;
        place.distances.fill(0.0);
        let secs = std::mem::take(&mut place.iteration_secs);
        place.condense_secs += secs;
        Ok(event::Iteration {
            iteration: place.iteration,
            distance: by_class.iter().sum::<f64>() / by_class.len() as f64,
            by_class,
            inner_loss: place.inner_loss.take(),
            secs,
            condense_secs: place.condense_secs,
        })
    }

    fn fresh_network(&self, laboratory: &Laboratory) -> NetworkState {
        let Laboratory { spec, device, network, .. } = laboratory;
        let mut rng = stream(spec.seed, Purpose::NetworkInit, &[self.place.iteration]);
        NetworkState {
            parameters: network.initialise(&mut rng, device, DType::F32),
            statistics: network.fresh_statistics(device, DType::F32),
        }
    }

    /// Batch normalisation meets real images of all classes before it is frozen (reference section 1.5 a).
    fn gather_statistics(&self, laboratory: &Laboratory, in_use: &mut NetworkState) {
        let Laboratory { spec, network, data, .. } = laboratory;
        // Distributions are matched with the statistics of the batches themselves.
        if !network.has_batch_norm() || spec.method == Method::Dm {
            return;
        }
        let at = [self.place.iteration, self.place.outer_step];
        let mut rng = stream(spec.seed, Purpose::BatchNormImages, &at);
        let indices: Vec<usize> = (0..laboratory.classes())
            .flat_map(|class| data.train.draw_from_class(class, STATISTICS_IMAGES, &mut rng))
            .collect();
        let images = laboratory.real_images(&[&indices]).remove(0);
        network.gather_statistics(&in_use.parameters, &mut in_use.statistics, images);
    }

    /// The gradient of the matching distance in all images; `None` when it was broken off.
    fn match_classes(
        &mut self,
        laboratory: &Laboratory,
        in_use: &NetworkState,
        broken_off: &mut dyn FnMut() -> bool,
    ) -> Option<Tensor<4>> {
        let Laboratory { spec, device, network, data, stopwatch, .. } = laboratory;
        let classes: Vec<usize> = (0..laboratory.classes()).collect();
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
            let drawn: Vec<_> = group.iter().map(|class| self.draw(laboratory, *class)).collect();
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
                .zip(laboratory.real_images(&indices))
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
            steps.push(self.step(laboratory, in_use, &pairs));
        }
        self.measurements.matched(self.place.outer_step, &steps);
        let gradients = steps.into_iter().map(|step| step.image_gradients).collect();
        Some(Tensor::cat(gradients, 0))
    }

    /// The step of the spec's method for a group of classes.
    fn step(
        &self,
        laboratory: &Laboratory,
        in_use: &NetworkState,
        pairs: &[ClassPair<'_>],
    ) -> ClassSteps {
        let Laboratory { spec, network, stopwatch: watch, .. } = laboratory;
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
    fn draw(&self, laboratory: &Laboratory, class: usize) -> (Vec<usize>, Pair) {
        let Laboratory { spec, data, recipe, .. } = laboratory;
        let at = [self.place.iteration, self.place.outer_step, class as u64];
        let mut rng = stream(spec.seed, Purpose::RealBatch, &at);
        let indices = data.train.draw_from_class(class, spec.condense.real_batch, &mut rng);
        let mut rng = stream(spec.seed, Purpose::MatchingAugmentation, &at);
        let pair = siamese::draw(recipe, spec.augment.sharing, indices.len(), spec.ipc, &mut rng);
        (indices, pair)
    }

    /// Reads what the outer steps so far have measured, in one wait for the device, and adds it up; says so
    /// when a distance, a gradient or a loss is no number.
    pub fn settle(&mut self, laboratory: &Laboratory) -> Result<(), Failure> {
        let started = Instant::now();
        for measured in self.measurements.read()? {
            let Measured { outer_step, distances, slopes, loss } = measured;
            let numbers = distances.iter().zip(&slopes);
            for (class, (distance, slope)) in numbers.enumerate() {
                if !(distance.is_finite() && slope.is_finite()) {
                    let distance = f64::from(*distance);
                    return Err(self.diverged(laboratory, outer_step, class, distance));
                }
                self.place.distances[class] += f64::from(*distance);
            }
            if let Some(total) = loss {
                self.place.inner_loss = Some(self.inner_loss(laboratory, outer_step, total)?);
            }
        }
        laboratory.stopwatch.lap(Part::ReadBack);
        self.place.iteration_secs += started.elapsed().as_secs_f64();
        Ok(())
    }

    fn diverged(
        &self,
        laboratory: &Laboratory,
        outer_step: u64,
        class: usize,
        distance: f64,
    ) -> Failure {
        Failure::new(
            format!(
                "the matching distance or its gradient became {} in iteration {}, outer step {}, class {}",
                if distance.is_finite() { "infinite".to_owned() } else { distance.to_string() },
                self.place.iteration + 1,
                outer_step + 1,
                laboratory.data.info.classes[class],
            ),
            "lower condense.image_lr (or condense.network_lr); the last checkpoint is kept",
        )
    }

    /// The mean over the training steps behind an outer step, from the sum of their losses.
    fn inner_loss(
        &self,
        laboratory: &Laboratory,
        outer_step: u64,
        total: f32,
    ) -> Result<f64, Failure> {
        let condense = &laboratory.spec.condense;
        let batches = laboratory.images().div_ceil(condense.train_batch);
        let loss = f64::from(total) / (batches * condense.inner_epochs) as f64;
        if loss.is_finite() {
            return Ok(loss);
        }
        Err(Failure::new(
            format!(
                "the inner training loss became {loss} in iteration {}, outer step {}",
                self.place.iteration + 1,
                outer_step + 1
            ),
            "lower condense.network_lr or condense.image_lr; the last checkpoint is kept",
        ))
    }

    /// The network after inner training (reference section 1.5 e); `None` when it was broken off.
    fn train_network(
        &mut self,
        laboratory: &Laboratory,
        in_use: NetworkState,
        broken_off: &mut dyn FnMut() -> bool,
    ) -> Result<Option<NetworkState>, Failure> {
        let Laboratory { spec, network, recipe, .. } = laboratory;
        let (iteration, step) = (self.place.iteration, self.place.outer_step);
        let mut order = stream(spec.seed, Purpose::InnerTraining, &[iteration, step, 0]);
        let mut chance = stream(spec.seed, Purpose::InnerTraining, &[iteration, step, 1]);
        let settings = SgdSettings::plain(spec.condense.network_lr);
        let mut training = Training::new(network, vec![in_use], settings, self.capacity);
        let labels = laboratory.hard_labels(&laboratory.labels());
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
                .run(&mut training, &self.images, &labels, augment, &mut order)
                .map_err(transfer::unreadable)?;
            total = match (total, loss) {
                (Some(total), Some(loss)) => Some(total + loss),
                (total, loss) => total.or(loss),
            };
        }
        self.measurements.trained(total);
        let trained = training.into_states().map_err(transfer::unreadable)?.pop();
        laboratory.stopwatch.lap(Part::InnerTraining);
        Ok(trained)
    }
}

fn optimiser(laboratory: &Laboratory, momentum: Option<Tensor<4>>) -> ImageOptimiser {
    let condense = &laboratory.spec.condense;
    ImageOptimiser::new(condense.image_lr, condense.image_momentum, momentum)
}
