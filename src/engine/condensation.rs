//! The outer loop (reference section 1.5), one outer step after the other.
//!
//! ```text
//! per iteration, per outer step: what the method does ([`super::learner`]), and the numbers that tell of it
//! ```
//!
//! Where the loop stands is a value: images, what the method keeps, and how far it is. It changes only from one
//! outer step to the next, so it can be written down between any two and gone on from. What was broken off in
//! between is done again from the same named random streams: the images are the same, bit for bit, as those
//! of a run that was never stopped.

use std::time::Instant;

use burn::tensor::{Tensor, TensorData};

use crate::{
    condense::{Part, Watch},
    nets::{Capacity, NetworkState},
    record::{Checkpoint, Place, event},
};

use super::{
    failure::Failure,
    laboratory::Laboratory,
    learner::{Learner, Moment, Product, Stepped, stored::Stored},
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
    learner: Learner,
    measurements: Measurements,
    /// How much the device is given at once.
    capacity: Capacity,
}

impl Condensation {
    /// The loop before its first iteration.
    pub fn begin(laboratory: &Laboratory) -> Self {
        let learner = Learner::begin(laboratory);
        let measured = if learner.measures_classes() { laboratory.classes() } else { 1 };
        let place = Place {
            distances: vec![0.0; measured],
            spec: laboratory.spec.to_toml(),
            ..Place::default()
        };
        Self {
            place,
            images: laboratory.initial_images(),
            learner,
            measurements: Measurements::default(),
            capacity: laboratory.capacity,
        }
    }

    /// The loop as a checkpoint left it.
    pub fn restore(laboratory: &Laboratory, checkpoint: Checkpoint) -> Result<Self, Failure> {
        let Checkpoint { place, images, learner } = checkpoint;
        let shape = laboratory.shape();
        if images.len() != shape.iter().product::<usize>() {
            return Err(Failure::new(
                format!("the checkpoint holds {} pixels for a set of {shape:?}", images.len()),
                "remove the checkpoint folder to start the run from the beginning",
            ));
        }
        let stored = Stored { lists: learner, about: place.learner.clone() };
        Ok(Self {
            images: Tensor::from_data(TensorData::new(images, shape), &laboratory.device),
            learner: Learner::restore(laboratory, stored)?,
            place,
            measurements: Measurements::default(),
            capacity: laboratory.capacity,
        })
    }

    /// Gives the method trained networks to start from.
    pub fn draw_from(&mut self, pool: Vec<NetworkState>) {
        if let Learner::Course(learner) = &mut self.learner {
            learner.draw_from(pool);
        }
    }

    /// The epochs that a network of an evaluation is trained for, or what comes to as much.
    pub fn epochs(&self, laboratory: &Laboratory) -> f64 {
        self.learner.epochs(laboratory)
    }

    /// What the method has made beside images.
    pub fn product(&self, laboratory: &Laboratory) -> Result<Product, Failure> {
        self.learner.product(laboratory)
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
        let Stored { lists, about } = self.learner.store()?;
        self.place.learner = about;
        Ok(Checkpoint { place: self.place.clone(), images: self.images_on_host()?, learner: lists })
    }

    /// One outer step of the method. `broken_off` is asked on the way.
    pub fn outer_step(
        &mut self,
        laboratory: &Laboratory,
        broken_off: &mut dyn FnMut() -> bool,
    ) -> Result<Went, Failure> {
        let started = Instant::now();
        // Tensors are handles, so a copy is cheap; it becomes the state only when the step is through.
        let mut next = self.clone();
        let (place, images, capacity) = (&self.place, &self.images, self.capacity);
        let moment = Moment { laboratory, place, images, capacity };
        let Some(Stepped { images, measured, inner_loss }) =
            next.learner.outer_step(moment, broken_off)?
        else {
            return Ok(Went::BrokenOff);
        };
        next.images = images;
        next.measurements.matched(place.outer_step, &measured);
        next.measurements.trained(inner_loss);
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
        let distance = by_class.iter().sum::<f64>() / by_class.len() as f64;
        let by_class = if self.learner.measures_classes() { by_class } else { Vec::new() };
        place.iteration += 1;
        place.outer_step = 0;
        place.distances.fill(0.0);
        let secs = std::mem::take(&mut place.iteration_secs);
        place.condense_secs += secs;
        Ok(event::Iteration {
            iteration: place.iteration,
            distance,
            by_class,
            inner_loss: place.inner_loss.take(),
            secs,
            condense_secs: place.condense_secs,
        })
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
        let value = if distance.is_finite() { "infinite".to_owned() } else { distance.to_string() };
        let (iteration, outer_step) = (self.place.iteration + 1, outer_step + 1);
        if !self.learner.measures_classes() {
            return Failure::new(
                format!(
                    "the loss of real images or its gradient became {value} in update {iteration}"
                ),
                "lower unroll.rate or unroll.lr (DD), labels.lr or labels.inner_lr (LD); the last checkpoint is \
                 kept",
            );
        }
        let class = &laboratory.data.info.classes[class];
        Failure::new(
            format!(
                "the matching distance or its gradient became {value} in iteration {iteration}, outer step \
                 {outer_step}, class {class}"
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
}
