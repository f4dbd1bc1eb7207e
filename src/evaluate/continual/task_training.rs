//! Teaching a network a task without losing those before: end-to-end incremental learning (Castro et al. 2018;
//! reference section 6.2).
//!
//! A lesson is stochastic gradient descent with Nesterov's momentum on shuffled batches, its rate halved every so
//! many epochs, until its epochs are over or the network has learned enough. A task is two of them: one on
//! the task's real images and the memory of earlier tasks, taught by the network before the task; then one on the
//! memories alone, the new task's among them, so that no class has more images than another, taught by the network
//! that has just been trained. A teacher is asked about the images whose classes it knows. Where a task brings
//! new classes those are the memory's; where it brings new images of known classes, such as the digits of
//! another data set, they are all.

use std::ops::ControlFlow;

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

/// An earlier network, which is asked about images of the classes that it knows.
#[derive(Debug, Clone, Copy)]
pub struct Teacher<'a> {
    /// The network; its outputs are the first ones of the network that is taught.
    pub network: &'a Network,
    /// What it knows.
    pub state: &'a NetworkState,
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

    /// The images at these places, augmented, those that a teacher knows first, with the labels that they teach.
    fn batch(
        &self,
        training: &Training<'_>,
        lesson: &Lesson<'_>,
        places: &[usize],
        random: &mut ChaCha8Rng,
    ) -> Result<Batch, EvaluationError> {
        let mut places = places.to_vec();
        let known = lesson.teacher.map_or(0, |teacher| teacher.network.classes());
        places.sort_unstable_by_key(|place| (lesson.images.class(*place) >= known, *place));
        let images = lesson.images.images(&places, self.device);
        let images = self.augmentation.apply(images, random)?;
        let classes = places.iter().map(|place| lesson.images.class(*place));
        let taught = classes.clone().take_while(|class| *class < known).count();
        let Some(teacher) = lesson.teacher.filter(|_| taught > 0) else {
            let labels =
                TensorData::new(classes.map(|class| class as i64).collect(), [places.len()]);
            let labels = Labels::Hard(Tensor::<1, Int>::from_data(labels, self.device));
            return Ok(Batch { images, labels });
        };
        let outputs = self.network.classes();
        let mut labels = vec![0.0; places.len() * outputs];
        labels.chunks_exact_mut(outputs).zip(classes).for_each(|(row, class)| row[class] = 1.0);
        let shown = images.clone().narrow(0, 0, taught);
        let said = training.logits(&shown).map_err(failed)?.concat();
        let NetworkState { parameters, statistics } = teacher.state;
        let wanted = inference::logits(teacher.network, parameters, statistics, &shown);
        let wanted = wanted.map_err(failed)?;
        let ContinualSpec { temperature, weight, .. } = *self.settings;
        let rows = labels[..taught * outputs].chunks_exact_mut(outputs);
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        evaluate::{
            TestBatches,
            blobs::{Blobs, SIDE, blobs},
        },
        spec::{Method, NetworkSpec, defaults::published},
    };

    /// Images of the two kinds of blobs, some of one kind and some of the other, under outputs of their own.
    struct Part<'a> {
        blobs: &'a Blobs,
        places: Vec<usize>,
        outputs: [usize; 2],
    }

    impl<'a> Part<'a> {
        fn new(blobs: &'a Blobs, counts: [usize; 2], outputs: [usize; 2]) -> Self {
            let of = |kind: usize| (0..blobs.len()).filter(move |at| blobs.class_of(*at) == kind);
            let places = of(0).take(counts[0]).chain(of(1).take(counts[1])).collect();
            Self { blobs, places, outputs }
        }
    }

    impl TrainingImages for Part<'_> {
        fn count(&self) -> usize {
            self.places.len()
        }

        fn images(&self, indices: &[usize], device: &Device) -> Tensor<4> {
            let places: Vec<usize> = indices.iter().map(|at| self.places[*at]).collect();
            TrainingImages::images(self.blobs, &places, device)
        }

        fn class(&self, index: usize) -> usize {
            self.outputs[self.blobs.class_of(self.places[index])]
        }
    }

    struct Bench {
        networks: [Network; 2],
        settings: ContinualSpec,
    }

    impl Bench {
        fn new() -> Self {
            let spec = NetworkSpec { width: 8, depth: 2, ..NetworkSpec::default() };
            let network = |classes| Network::new(&spec, [1, SIDE, SIDE], classes).unwrap();
            let mut settings = published(Method::Random, "mnist", 1).continual;
            (settings.batch, settings.lr, settings.stop_at) = (16, 0.05, 2.0);
            Self { networks: [network(1), network(2)], settings }
        }

        fn learn(
            &self,
            task: usize,
            start: NetworkState,
            images: &dyn TrainingImages,
            teacher: Option<Teacher<'_>>,
            epochs: usize,
        ) -> (NetworkState, usize) {
            let training = TaskTraining {
                network: &self.networks[task],
                settings: &self.settings,
                augmentation: &TrainingAugmentation::None,
                seed: 3,
                task: task as u64,
                device: &Device::flex(),
                capacity: Capacity::default(),
            };
            let lesson = Lesson { images, teacher, epochs, lr: self.settings.lr, number: 0 };
            let mut ended = 0.0;
            let learned = training.learn(start, lesson, |done| {
                ended = done;
                ControlFlow::Continue(())
            });
            (learned.unwrap().unwrap(), ended as usize)
        }

        fn right(&self, state: &NetworkState, test: &Blobs, kind: usize) -> f64 {
            let (images, classes) = test.batch(0..test.len(), &Device::flex());
            let NetworkState { parameters, statistics } = state;
            let logits = inference::logits(&self.networks[1], parameters, statistics, &images);
            let logits = logits.unwrap();
            let found = logits.chunks_exact(2).map(largest).zip(classes);
            let own: Vec<_> = found.filter(|(_, class)| *class == kind).collect();
            own.iter().filter(|(found, class)| found == class).count() as f64 / own.len() as f64
        }

        /// The network that has learned the first kind of blobs.
        fn first(&self, images: &Blobs) -> NetworkState {
            let start = super::super::grown(&self.networks[0], None, 3, 0, &Device::flex());
            self.learn(0, start, &Part::new(images, [30, 0], [0, 1]), None, 5).0
        }

        fn grown(&self, before: &NetworkState) -> NetworkState {
            super::super::grown(&self.networks[1], Some(before), 3, 1, &Device::flex())
        }
    }

    #[test]
    fn a_few_remembered_images_keep_what_was_learned() {
        let (bench, images, test) = (Bench::new(), blobs(100, 1), blobs(200, 2));
        let before = bench.first(&images);
        let forgetful = Part::new(&images, [0, 40], [0, 1]);
        let mindful = Part::new(&images, [4, 40], [0, 1]);
        let (forgetful, _) = bench.learn(1, bench.grown(&before), &forgetful, None, 10);
        let (mindful, _) = bench.learn(1, bench.grown(&before), &mindful, None, 10);
        assert!(bench.right(&forgetful, &test, 0) < 0.1);
        assert!(bench.right(&mindful, &test, 0) > 0.8);
        assert!(bench.right(&mindful, &test, 1) > 0.8);
    }

    #[test]
    fn a_network_comes_to_answer_as_its_teacher_does() {
        let (mut bench, images, test) = (Bench::new(), blobs(100, 1), blobs(200, 2));
        let before = bench.first(&images);
        let both = Part::new(&images, [30, 30], [0, 1]);
        let turned = Part::new(&images, [30, 30], [1, 0]);
        let (teacher, _) = bench.learn(1, bench.grown(&before), &both, None, 20);
        assert!(bench.right(&teacher, &test, 0) > 0.9 && bench.right(&teacher, &test, 1) > 0.9);
        // Taught on all images by one that contradicts the labels.
        bench.settings.weight = 20.0;
        let learn = |teacher| bench.learn(1, bench.grown(&before), &turned, teacher, 20).0;
        let teacher = Teacher { network: &bench.networks[1], state: &teacher };
        let (none, all) = (learn(None), learn(Some(teacher)));
        for kind in [0, 1] {
            assert!(bench.right(&none, &test, kind) < 0.1);
            assert!(bench.right(&all, &test, kind) > 0.9);
        }
    }

    #[test]
    fn a_lesson_ends_when_enough_is_known_and_repeats_bit_for_bit() {
        let (mut bench, images) = (Bench::new(), blobs(100, 1));
        let before = bench.first(&images);
        let both = Part::new(&images, [30, 30], [0, 1]);
        bench.settings.stop_at = 0.9;
        bench.settings.halve_every = 7;
        let learn = || bench.learn(1, bench.grown(&before), &both, None, 60);
        let (one, epochs) = learn();
        assert_eq!(epochs, super::super::enough::LEAST_EPOCHS);
        let bits = |state: &NetworkState| state.parameters.to_host::<f32>().unwrap();
        assert_eq!(bits(&learn().0), bits(&one));
    }

    #[test]
    fn divergence_is_told_with_its_task() {
        let (bench, images) = (Bench::new(), blobs(40, 1));
        let before = bench.first(&images);
        let training = TaskTraining {
            network: &bench.networks[1],
            settings: &bench.settings,
            augmentation: &TrainingAugmentation::None,
            seed: 3,
            task: 1,
            device: &Device::flex(),
            capacity: Capacity::default(),
        };
        let images = &Part::new(&images, [20, 20], [0, 1]);
        let lesson = Lesson { images, teacher: None, epochs: 9, lr: 1e30, number: 0 };
        let go_on = |_| ControlFlow::Continue(());
        let error = training.learn(bench.grown(&before), lesson, go_on).unwrap_err();
        assert!(matches!(error, EvaluationError::TaskDiverged { task: 1, .. }), "{error}");
        assert!(error.to_string().starts_with("training on task 2 diverged"));
        let lesson = Lesson { lr: 0.1, ..lesson };
        let stopped = training.learn(bench.grown(&before), lesson, |_| ControlFlow::Break(()));
        assert!(stopped.unwrap().is_none());
    }
}
