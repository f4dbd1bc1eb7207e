//! Teaching a network a task without losing those before: end-to-end incremental learning (Castro et al. 2018;
//! reference section 6.2).
//!
//! A lesson is stochastic gradient descent with Nesterov's momentum on shuffled batches, its rate halved every so
//! many epochs, until its epochs are over or the network has learned enough. A task is two of them: one on
//! the task's real images and the memory of earlier tasks, taught on that memory by the network before the task;
//! then one on the memories alone, the new task's among them, so that no class has more images than another,
//! taught on all of it by the network that has just been trained.

use std::ops::{ControlFlow, Range};

use burn::tensor::{Device, Int, Tensor, TensorData};
use rand::seq::SliceRandom;
use rand_chacha::ChaCha8Rng;

use super::{distillation::Teaching, enough::Enough};
use crate::{
    evaluate::{EvaluationError, TrainingAugmentation, TrainingImages, accuracy::largest},
    nets::{Batch, Capacity, Labels, Network, NetworkState, SgdSettings, Training, inference},
    random::{Purpose, stream},
    spec::ContinualSpec,
};

/// Training images whose classes are asked for to see whether a network has learned enough.
const ASKED: usize = 1000;

/// A network that comes to a task, and the rules of learning it.
#[derive(Debug, Clone, Copy)]
pub struct TaskTraining<'a> {
    /// The network, with the outputs of all classes so far.
    pub network: &'a Network,
    /// Rates, batches and ends.
    pub settings: &'a ContinualSpec,
    /// How batches are augmented.
    pub augmentation: &'a TrainingAugmentation,
    /// The run's seed.
    pub seed: u64,
    /// The task, from 0.
    pub task: u64,
    /// Where.
    pub device: &'a Device,
    /// How much the device takes at once.
    pub capacity: Capacity,
}

/// What is learned at a time.
#[derive(Clone, Copy)]
pub struct Lesson<'a> {
    /// The images, whose classes are outputs of the network.
    pub images: &'a dyn TrainingImages,
    /// Who else says what they show.
    pub teacher: Option<Teacher<'a>>,
    /// Epochs, at most.
    pub epochs: usize,
    /// The learning rate that it starts with.
    pub lr: f64,
    /// Its number within the task, which names its chance.
    pub number: u64,
}

/// An earlier network, and the images that it is asked about.
#[derive(Debug, Clone, Copy)]
pub struct Teacher<'a> {
    /// The network; its outputs are the first ones of the network that is taught.
    pub network: &'a Network,
    /// What it knows.
    pub state: &'a NetworkState,
    /// The places of the images.
    pub images: &'a Range<usize>,
}

impl TaskTraining<'_> {
    /// The network behind a lesson. `progress` is told the epochs done; none when it has stopped it.
    ///
    /// # Errors
    /// When training diverges, there is no image, or the device fails.
    pub fn learn(
        &self,
        start: NetworkState,
        lesson: Lesson<'_>,
        mut progress: impl FnMut(f64) -> ControlFlow<()>,
    ) -> Result<Option<NetworkState>, EvaluationError> {
        let count = lesson.images.count();
        if count == 0 {
            return Err(EvaluationError::NoImages);
        }
        let ContinualSpec { momentum, weight_decay, batch, halve_every, stop_at, .. } =
            *self.settings;
        let plain = SgdSettings::plain(lesson.lr);
        let sgd = SgdSettings { momentum, weight_decay, nesterov: momentum > 0.0, ..plain };
        let mut training = Training::new(self.network, vec![start], sgd, self.capacity);
        let at = [self.task, lesson.number];
        let mut random = stream(self.seed, Purpose::TaskTraining, &at);
        let mut order: Vec<usize> = (0..count).collect();
        let (steps, mut enough) = (count.div_ceil(batch.max(1)), Enough::new(stop_at));
        for epoch in 0..lesson.epochs {
            if halve_every > 0 && epoch > 0 && epoch.is_multiple_of(halve_every) {
                training.set_rate(lesson.lr * 0.5_f64.powf((epoch / halve_every) as f64));
            }
            order.shuffle(&mut random);
            let mut losses = Vec::new();
            for (step, places) in order.chunks(batch.max(1)).enumerate() {
                let batch = self.batch(&training, &lesson, places, &mut random)?;
                losses.push(training.step(vec![batch]).map_err(failed)?);
                if progress(epoch as f64 + (step + 1) as f64 / steps as f64).is_break() {
                    return Ok(None);
                }
            }
            let losses: Vec<f32> = Tensor::cat(losses, 0).try_into_vec_as().map_err(failed)?;
            if losses.iter().any(|loss| !loss.is_finite()) {
                return Err(EvaluationError::TaskDiverged { task: self.task, epoch });
            }
            let asked = &order[..count.min(ASKED)];
            let known = enough.wants_to_know().then(|| self.accuracy(&training, &lesson, asked));
            if enough.is_reached(known.transpose()?) {
                break;
            }
        }
        Ok(training.into_states().map_err(failed)?.pop())
    }

    /// The images at these places, augmented, in the order of their places, with the labels that they teach.
    fn batch(
        &self,
        training: &Training<'_>,
        lesson: &Lesson<'_>,
        places: &[usize],
        random: &mut ChaCha8Rng,
    ) -> Result<Batch, EvaluationError> {
        let mut places = places.to_vec();
        places.sort_unstable();
        let images = lesson.images.images(&places, self.device);
        let images = self.augmentation.apply(images, random)?;
        let classes = places.iter().map(|place| lesson.images.class(*place));
        let taught = lesson.teacher.map(|teacher| {
            let first = places.partition_point(|place| *place < teacher.images.start);
            let end = places.partition_point(|place| *place < teacher.images.end);
            (teacher, first..end)
        });
        let Some((teacher, taught)) = taught.filter(|(_, taught)| !taught.is_empty()) else {
            let labels =
                TensorData::new(classes.map(|class| class as i64).collect(), [places.len()]);
            let labels = Labels::Hard(Tensor::<1, Int>::from_data(labels, self.device));
            return Ok(Batch { images, labels });
        };
        let outputs = self.network.classes();
        let mut labels = vec![0.0; places.len() * outputs];
        labels.chunks_exact_mut(outputs).zip(classes).for_each(|(row, class)| row[class] = 1.0);
        let shown = images.clone().narrow(0, taught.start, taught.len());
        let said = training.logits(&shown).map_err(failed)?.concat();
        let NetworkState { parameters, statistics } = teacher.state;
        let wanted = inference::logits(teacher.network, parameters, statistics, &shown);
        let wanted = wanted.map_err(failed)?;
        let ContinualSpec { temperature, weight, .. } = *self.settings;
        let rows = labels[taught.start * outputs..taught.end * outputs].chunks_exact_mut(outputs);
        let answers = said.chunks_exact(outputs);
        for ((row, said), wanted) in
            rows.zip(answers).zip(wanted.chunks_exact(teacher.network.classes()))
        {
            Teaching { temperature, weight }.draw(row, said, wanted);
        }
        let labels = TensorData::new(labels, [places.len(), outputs]);
        Ok(Batch { images, labels: Labels::Soft(Tensor::from_data(labels, self.device)) })
    }

    /// The share of the images at these places that the network has right.
    fn accuracy(
        &self,
        training: &Training<'_>,
        lesson: &Lesson<'_>,
        places: &[usize],
    ) -> Result<f64, EvaluationError> {
        let mut right = 0;
        for places in places.chunks(self.settings.batch.max(1)) {
            let images = lesson.images.images(places, self.device);
            let logits = training.logits(&images).map_err(failed)?.concat();
            let found = logits.chunks_exact(self.network.classes()).map(largest);
            let wanted = places.iter().map(|place| lesson.images.class(*place));
            right += found.zip(wanted).filter(|(found, wanted)| found == wanted).count();
        }
        Ok(right as f64 / places.len() as f64)
    }
}

fn failed(reason: impl std::fmt::Display) -> EvaluationError {
    EvaluationError::Device { reason: reason.to_string() }
}
