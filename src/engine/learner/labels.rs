//! Label distillation in the loop (reference section 5.7): labels, the network that learns along, and the best
//! labels so far.
//!
//! The real images that get labels, the base images, are those of the loop and never change. A part of the
//! training images is held out: now and then a fresh network is trained on base images and labels, and tells on the
//! held-out images how good the labels are. The best ones are the result, with the number of steps that they
//! are good for.

use std::{
    ops::{ControlFlow, Range},
    sync::Arc,
};

use burn::tensor::{DType, Device, IndexingUpdateOp, Tensor};
use serde::{Deserialize, Serialize};

use super::{Moment, Product, Stepped, stored::Stored};
use crate::{
    condense::{
        ClassSteps, LabelStep, Part, Restart, Ridge, RidgeState, SecondOrder, Watch,
        label_distillation::to_probabilities,
    },
    data::{DataSet, split::draw},
    engine::{failure::Failure, laboratory::Laboratory, scoring, transfer},
    evaluate::{
        AdamCourse, Candidate, Evaluation, Regime, TestBatches, TrainingAugmentation, TrainingSet,
    },
    nets::{Adam, Batch, Betas, Labels, NetworkState},
    random::{Purpose, stream},
    record::{self, labels::Meaning},
    spec::LabelRule,
};

/// Labels and network between two updates.
#[derive(Debug, Clone)]
pub struct LabelLearner {
    /// [images, classes].
    labels: Tensor<2>,
    adam: Adam,
    /// The network that learns along; a fresh one is made when there is none.
    network: Option<Student>,
    known: Known,
    /// The best labels so far.
    best: Option<Tensor<2>>,
    /// Real images that labels are pulled by, and those that are held out.
    split: Arc<Split>,
}

/// A network with its optimisers.
#[derive(Debug, Clone)]
struct Student {
    state: NetworkState,
    adam: Adam,
    ridge: RidgeState,
    scale_adam: Adam,
}

/// What is known beside tensors.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Known {
    restart: Restart,
    /// Networks that have started.
    networks: u64,
    /// Accuracy of the best labels on the held-out images, and the steps that they were tried with.
    best: Option<(f64, u64)>,
}

#[derive(Debug)]
struct Split {
    outer: Vec<usize>,
    held_out: Vec<usize>,
}

impl Split {
    /// The held-out images are drawn from all but the base images.
    fn of(laboratory: &Laboratory) -> Self {
        let Laboratory { spec, data, .. } = laboratory;
        let base = laboratory.initial_indices();
        let rest: Vec<usize> = (0..data.train.len()).filter(|at| !base.contains(at)).collect();
        let count = (rest.len() as f64 * spec.labels.held_out).ceil() as usize;
        let mut rng = stream(spec.seed, Purpose::Validation, &[]);
        let mut shuffled = draw(rest, usize::MAX, &mut rng);
        let held_out = shuffled.split_off(shuffled.len() - count.min(shuffled.len()));
        shuffled.extend(base);
        Self { outer: shuffled, held_out }
    }
}

impl LabelLearner {
    /// Every label says the same of all classes.
    pub fn begin(laboratory: &Laboratory) -> Self {
        let (images, classes) = (laboratory.images(), laboratory.classes());
        let labels = Tensor::full([images, classes], 1.0 / classes as f64, &laboratory.device);
        let restart = Restart::new(laboratory.spec.labels.window);
        Self {
            labels,
            adam: Adam::new(Betas::USUAL),
            network: None,
            known: Known { restart, networks: 0, best: None },
            best: None,
            split: Arc::new(Split::of(laboratory)),
        }
    }

    /// As a checkpoint left it.
    pub fn restore(laboratory: &Laboratory, mut stored: Stored) -> Result<Self, Failure> {
        let fresh = Self::begin(laboratory);
        if stored.lists.is_empty() {
            return Ok(fresh);
        }
        let known: Known = stored.said()?;
        let shape = fresh.labels.dims();
        let labels = stored.tensor(laboratory, "labels", shape)?.unwrap_or(fresh.labels);
        let best = stored.tensor(laboratory, "best-labels", shape)?;
        let adam = stored.adam(laboratory, "adam", Betas::USUAL, &[shape[0] * shape[1]])?;
        let network = match stored.network(laboratory)? {
            Some(state) => Some(Student::restore(laboratory, state, &mut stored)?),
            None => None,
        };
        Ok(Self { labels, adam, network, known, best, split: fresh.split })
    }

    /// All of it, to be written down.
    pub fn store(&self) -> Result<Stored, Failure> {
        let mut stored = Stored::default();
        stored.put("labels", &self.labels)?;
        stored.put_adam("adam", &self.adam)?;
        if let Some(best) = &self.best {
            stored.put("best-labels", best)?;
        }
        if let Some(Student { state, adam, ridge, scale_adam }) = &self.network {
            stored.put_network(state)?;
            stored.put_adam("network-adam", adam)?;
            stored.put("classifier", &ridge.classifier)?;
            stored.put("scale", &ridge.scale)?;
            stored.put_adam("scale-adam", scale_adam)?;
        }
        stored.say(&self.known)?;
        Ok(stored)
    }

    /// One update of the labels and of the network.
    pub fn outer_step(
        &mut self,
        moment: Moment<'_>,
        broken_off: &mut dyn FnMut() -> bool,
    ) -> Result<Option<Stepped>, Failure> {
        let Moment { laboratory, place, images, .. } = moment;
        let Laboratory { spec, stopwatch, .. } = laboratory;
        if broken_off() {
            return Ok(None);
        }
        let mut student = match self.network.take() {
            Some(student) => student,
            None => self.fresh(laboratory),
        };
        stopwatch.lap(Part::FreshNetwork);
        let real = self.real_batch(laboratory, place.iteration);
        let count = laboratory.images();
        let mut rng = stream(spec.seed, Purpose::BaseBatch, &[place.iteration]);
        let shown = draw((0..count).collect(), spec.labels.batch, &mut rng);
        let shown = laboratory.indices(&shown);
        stopwatch.lap(Part::RealData);
        let base = images.clone().select(0, shown.clone());
        let labels = self.labels.clone().select(0, shown.clone());
        let LabelStep { loss, labels: slope, parameters } =
            student.step(laboratory, base, labels, &real)?;
        let gradient = self.labels.zeros_like();
        let gradient = gradient.select_assign(0, shown, slope, IndexingUpdateOp::Add);
        let shape = self.labels.dims();
        let length = shape[0] * shape[1];
        let (flat, slopes) =
            (self.labels.clone().reshape([length]), gradient.clone().reshape([length]));
        let moved = self.adam.step(spec.labels.lr, vec![flat], vec![slopes]).pop();
        if let Some(moved) = moved {
            self.labels = to_probabilities(moved.reshape(shape));
        }
        let Student { state, adam, .. } = &mut student;
        adam.step_network(spec.labels.model_lr, &mut state.parameters, parameters);
        stopwatch.lap(Part::ImageUpdate);
        let told = transfer::to_host(loss.clone())?;
        if !self.known.restart.observe(told.first().copied().map_or(f64::NAN, f64::from)) {
            self.network = Some(student);
        }
        let done = place.iteration + 1;
        let due = done.is_multiple_of(spec.labels.check_every as u64);
        if due || done == spec.condense.iterations as u64 {
            self.check(moment)?;
        }
        // Where images are expected there are labels: whoever checks the numbers sees these.
        let measured = vec![ClassSteps {
            distances: loss,
            image_gradients: gradient.reshape([1, 1, shape[0], shape[1]]),
        }];
        Ok(Some(Stepped { images: images.clone(), measured, inner_loss: None }))
    }

    /// Tries the labels on the held-out images, and keeps them if they are the best.
    fn check(&mut self, moment: Moment<'_>) -> Result<(), Failure> {
        let Moment { laboratory, images, capacity, .. } = moment;
        let Laboratory { spec, network, .. } = laboratory;
        let steps = self.known.restart.steps();
        let course = course(laboratory, steps);
        let labels = Labels::Soft(self.labels.clone());
        let training = TrainingSet::new(images.clone(), labels, TrainingAugmentation::None);
        let training = &training.map_err(scoring::failure)?;
        let held_out = HeldOut { data: &laboratory.data, images: &self.split.held_out };
        let evaluation = Evaluation {
            network,
            test: &held_out,
            settings: &spec.evaluate,
            seed: spec.seed,
            capacity,
        };
        // The index keeps it from being one of the networks that the set is evaluated on.
        let index = (1 << 32) + moment.place.iteration;
        let candidates = [Candidate { index, training, start: None }];
        let scores = evaluation
            .in_regime(&Regime::Adam(course), &candidates, |_| ControlFlow::Continue(()))
            .map_err(scoring::failure)?;
        let accuracy = scores.and_then(|scores| Some(scores.first()?.accuracy())).unwrap_or(0.0);
        if self.known.best.is_none_or(|(best, _)| accuracy > best) {
            self.known.best = Some((accuracy, steps));
            self.best = Some(self.labels.clone());
        }
        laboratory.stopwatch.lap(Part::Forward);
        Ok(())
    }

    fn fresh(&mut self, laboratory: &Laboratory) -> Student {
        let Laboratory { spec, device, network, .. } = laboratory;
        let mut rng = stream(spec.seed, Purpose::NetworkInit, &[self.known.networks]);
        self.known.networks += 1;
        Student::fresh(
            laboratory,
            NetworkState {
                parameters: network.initialise(&mut rng, device, DType::F32),
                statistics: network.fresh_statistics(device, DType::F32),
            },
        )
    }

    fn real_batch(&self, laboratory: &Laboratory, iteration: u64) -> Batch {
        let spec = &laboratory.spec;
        let mut rng = stream(spec.seed, Purpose::RealBatch, &[iteration]);
        let indices = draw(self.split.outer.clone(), spec.labels.outer_batch, &mut rng);
        laboratory.real_batch(&indices)
    }

    /// Steps that the best labels are good for, or those of now before they were tried.
    pub fn steps(&self) -> u64 {
        self.known.best.map_or_else(|| self.known.restart.steps(), |(_, steps)| steps)
    }

    /// The best labels, or those of now before they were tried.
    pub fn product(&self) -> Result<Product, Failure> {
        let labels = self.best.as_ref().unwrap_or(&self.labels);
        let [_, classes] = labels.dims();
        Ok(Product {
            order: None,
            labels: record::Labels::Soft {
                values: transfer::to_host(labels.clone())?,
                classes,
                meaning: Meaning::Probabilities,
            },
            steps: None,
            adam_steps: Some(self.steps()),
        })
    }
}

/// How a network is trained by labels that are good for so many steps.
pub fn course(laboratory: &Laboratory, steps: u64) -> AdamCourse {
    let settings = &laboratory.spec.labels;
    AdamCourse { steps, batch: settings.batch, lr: settings.model_lr }
}

impl Student {
    fn fresh(laboratory: &Laboratory, state: NetworkState) -> Self {
        let ridge = RidgeState::fresh(&laboratory.network, &laboratory.device);
        let adam = || Adam::new(Betas::USUAL);
        Self { state, adam: adam(), ridge, scale_adam: adam() }
    }

    fn restore(
        laboratory: &Laboratory,
        state: NetworkState,
        stored: &mut Stored,
    ) -> Result<Self, Failure> {
        let fresh = Self::fresh(laboratory, state);
        let RidgeState { classifier, scale } = fresh.ridge;
        let shape = classifier.dims();
        let ridge = RidgeState {
            classifier: stored.tensor(laboratory, "classifier", shape)?.unwrap_or(classifier),
            scale: stored.tensor(laboratory, "scale", [1])?.unwrap_or(scale),
        };
        let lengths: Vec<usize> =
            laboratory.network.infos().iter().map(crate::nets::ParameterInfo::len).collect();
        Ok(Self {
            adam: stored.adam(laboratory, "network-adam", Betas::USUAL, &lengths)?,
            scale_adam: stored.adam(laboratory, "scale-adam", Betas::USUAL, &[1])?,
            ridge,
            ..fresh
        })
    }

    /// The gradients of an update by the spec's rule; the regression's scale learns at once.
    fn step(
        &mut self,
        laboratory: &Laboratory,
        images: Tensor<4>,
        labels: Tensor<2>,
        real: &Batch,
    ) -> Result<LabelStep, Failure> {
        let Laboratory { spec, network, stopwatch: watch, .. } = laboratory;
        let settings = &spec.labels;
        let NetworkState { parameters, statistics } = &mut self.state;
        if settings.rule == LabelRule::SecondOrder {
            let rate = settings.inner_lr;
            let rule = SecondOrder { network, parameters, rate, watch };
            return Ok(rule.step(statistics, images, labels, real));
        }
        let (penalty, share) = (settings.ridge, settings.ridge_share);
        let rule = Ridge { network, parameters, penalty, share, watch };
        let (step, along) = rule
            .step(&mut self.ridge, statistics, images, labels, real)
            .map_err(transfer::unreadable)?;
        let scale = vec![self.ridge.scale.clone()];
        if let Some(scale) = self.scale_adam.step(settings.scale_lr, scale, vec![along]).pop() {
            self.ridge.scale = scale;
        }
        Ok(step)
    }
}

/// The held-out images as a test set.
struct HeldOut<'a> {
    data: &'a DataSet,
    images: &'a [usize],
}

impl TestBatches for HeldOut<'_> {
    fn count(&self) -> usize {
        self.images.len()
    }

    fn batch(&self, range: Range<usize>, device: &Device) -> (Tensor<4>, Vec<usize>) {
        let images = &self.images[range];
        let labels = images.iter().map(|at| usize::from(self.data.train.labels()[*at])).collect();
        (self.data.train_images(images, device), labels)
    }
}
