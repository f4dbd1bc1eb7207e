//! How good the synthetic set is, beside as many random real images under the same evaluation.

use std::{
    ops::{ControlFlow, Range},
    time::Instant,
};

use burn::tensor::{Device, Tensor};

use crate::{
    data::DataSet,
    evaluate::{
        Candidate, CourseStep, Evaluation, EvaluationError, Progress, Score, Summary, TestBatches,
        TrainingAugmentation, TrainingSet,
    },
    nets::{Capacity, Network, Training},
    random::{Purpose, stream},
    record::event::{self, Subject},
    spec::Method,
};

use super::{estimate::Pace, failure::Failure, laboratory::Laboratory, transfer};

/// The images that networks are scored on.
struct TestImages<'a>(&'a DataSet);

impl TestBatches for TestImages<'_> {
    fn count(&self) -> usize {
        self.0.test.len()
    }

    fn batch(&self, range: Range<usize>, device: &Device) -> (Tensor<4>, Vec<usize>) {
        let labels = self.0.test.labels()[range.clone()].iter().map(|label| usize::from(*label));
        let labels = labels.collect();
        (self.0.test_images(&range.collect::<Vec<_>>(), device), labels)
    }
}

/// Randomly drawn real images, as many as the synthetic set has; a draw of its own for each network.
pub fn random_images(laboratory: &Laboratory, network: usize) -> Tensor<4> {
    let Laboratory { spec, data, device, .. } = laboratory;
    let indices: Vec<usize> = (0..laboratory.classes())
        .flat_map(|class| {
            let at = [network as u64, class as u64];
            let mut rng = stream(spec.seed, Purpose::RandomBaseline, &at);
            data.train.draw_from_class(class, spec.ipc, &mut rng)
        })
        .collect();
    data.train_images(&indices, device)
}

/// What is scored: a set, on the run's own network or on another one of its list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Scored {
    /// The set.
    pub subject: Subject,
    /// The place of the network in [`Laboratory::others`]; the run's own if none.
    pub other: Option<usize>,
}

impl Scored {
    /// A set on the run's own network.
    pub const fn own(subject: Subject) -> Self {
        Self { subject, other: None }
    }

    /// The network.
    pub fn network<'a>(&self, laboratory: &'a Laboratory) -> &'a Network {
        let other = self.other.and_then(|at| laboratory.others.get(at));
        other.map_or(&laboratory.network, |(_, network)| network)
    }

    /// The name of the network, if it is another than the run's own.
    pub fn name<'a>(&self, laboratory: &'a Laboratory) -> &'a str {
        let other = self.other.and_then(|at| laboratory.others.get(at));
        other.map_or("", |(name, _)| name)
    }

    /// The work of one image over that in the run's own network.
    pub fn weight(&self, laboratory: &Laboratory) -> f64 {
        let work = |network: &Network| network.multiply_adds().iter().sum::<u64>().max(1) as f64;
        work(self.network(laboratory)) / work(&laboratory.network)
    }
}

/// How many networks are trained and scored side by side, if there are so many.
pub fn at_once(laboratory: &Laboratory, network: &Network, capacity: Capacity) -> usize {
    let batch = laboratory.scored_images().min(laboratory.spec.evaluate.batch);
    Training::at_once(network, &laboratory.device, capacity, batch)
}

/// What networks of an evaluation learn from when `images` is the synthetic set: that, or all real images
/// where the run is about the whole data set.
pub fn subject(
    laboratory: &Laboratory,
    network: &Network,
    images: Tensor<4>,
) -> Result<TrainingSet, Failure> {
    if laboratory.spec.method != Method::Whole {
        return training_set(laboratory, network, images);
    }
    let train = &laboratory.data.train;
    let all: Vec<usize> = (0..train.len()).collect();
    let labels: Vec<usize> = train.labels().iter().map(|label| usize::from(*label)).collect();
    labelled(laboratory, network, laboratory.data.train_images(&all, &laboratory.device), &labels)
}

/// What a network of an evaluation learns from: images `[classes · ipc, channels, height, width]`, ipc of
/// class 0, then of class 1, …
pub fn training_set(
    laboratory: &Laboratory,
    network: &Network,
    images: Tensor<4>,
) -> Result<TrainingSet, Failure> {
    labelled(laboratory, network, images, &laboratory.labels())
}

fn labelled(
    laboratory: &Laboratory,
    network: &Network,
    images: Tensor<4>,
    labels: &[usize],
) -> Result<TrainingSet, Failure> {
    let spec = &laboratory.spec;
    let (kind, size) = (spec.evaluate.augmentation, laboratory.recipe.size);
    let augmentation = TrainingAugmentation::new(kind, &spec.augment, network.spec().norm, size);
    TrainingSet::new(images, laboratory.hard_labels(labels), augmentation).map_err(failure)
}

/// The test accuracies of these networks, trained from scratch side by side; `None` when they were broken
/// off. `heard` is told the epochs that each has done and the pace as it is measured on the way; false
/// breaks off.
pub fn score(
    laboratory: &Laboratory,
    scored: Scored,
    capacity: Capacity,
    candidates: &[Candidate<'_>],
    pace: &mut Pace,
    heard: &mut dyn FnMut(u64, &Pace) -> bool,
) -> Result<Option<Vec<f64>>, Failure> {
    let spec = &laboratory.spec;
    let images = candidates.first().map_or(1, |candidate| candidate.training.len());
    let steps_per_epoch = images.div_ceil(spec.evaluate.batch);
    // Time is measured in units of the run's own network.
    let networks = candidates.len() as f64 * scored.weight(laboratory);
    let (mut steps, mut at, mut tested) = (0, Instant::now(), Instant::now());
    let outcome = Evaluation {
        network: scored.network(laboratory),
        test: &TestImages(&laboratory.data),
        settings: &spec.evaluate,
        seed: spec.seed,
        capacity,
    }
    .run(candidates, |progress| {
        let epochs = match progress {
            Progress::Training { epoch, loss, .. } => {
                steps += 1;
                // The device was waited for when a loss is there, so only then the clock tells the work.
                if loss.is_some() {
                    let epochs = networks * f64::from(steps) / steps_per_epoch as f64;
                    Pace::measured(&mut pace.epoch_secs, at.elapsed().as_secs_f64() / epochs);
                    (steps, at) = (0, Instant::now());
                }
                tested = Instant::now();
                epoch as u64
            }
            Progress::Testing { done, total } => {
                if done == total {
                    let secs = tested.elapsed().as_secs_f64() / networks;
                    Pace::measured(&mut pace.test_secs, secs);
                }
                spec.evaluate.epochs as u64 + 1
            }
        };
        if heard(epochs, pace) { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
    });
    let accuracies = |scores: Vec<Score>| scores.iter().map(Score::accuracy).collect();
    outcome.map(|scores| scores.map(accuracies)).map_err(failure)
}

/// The test accuracies of these networks, trained by the steps of a course.
pub fn follow(
    laboratory: &Laboratory,
    scored: Scored,
    capacity: Capacity,
    candidates: &[Candidate<'_>],
    course: &[CourseStep],
) -> Result<Option<Vec<f64>>, Failure> {
    let (test, seed) = (&TestImages(&laboratory.data), laboratory.spec.seed);
    let (network, settings) = (scored.network(laboratory), &laboratory.spec.evaluate);
    let evaluation = Evaluation { network, test, settings, seed, capacity };
    let scores = evaluation.follow(candidates, course).map_err(failure)?;
    Ok(scores.map(|scores| scores.iter().map(Score::accuracy).collect()))
}

fn failure(error: EvaluationError) -> Failure {
    match error {
        EvaluationError::Device { reason } => transfer::unreadable(reason),
        _ => Failure::new(format!("evaluation: {error}"), "the last checkpoint is kept"),
    }
}

/// What an evaluation gave, as a fact.
pub fn summary(
    laboratory: &Laboratory,
    scored: Scored,
    iteration: u64,
    accuracies: Vec<f64>,
    secs: f64,
) -> event::Evaluation {
    let (mean, std) = Summary::of(&accuracies)
        .map_or((f64::NAN, f64::NAN), |summary| (summary.mean, summary.std));
    let augmentation = laboratory.spec.evaluate.augmentation.to_string();
    let (subject, network) = (scored.subject, scored.name(laboratory).to_owned());
    let after = None;
    event::Evaluation {
        subject,
        iteration,
        accuracies,
        mean,
        std,
        augmentation,
        network,
        secs,
        after,
    }
}

/// A first measurement of evaluation's pace, so that a run can say early how long it will take:
/// a few epochs of as many networks as are taken at once, on the set as it is, and a part of the test set.
pub fn measure_pace(
    laboratory: &Laboratory,
    capacity: Capacity,
    images: &Tensor<4>,
    pace: &mut Pace,
) -> Result<(), Failure> {
    struct Few<'a>(TestImages<'a>);
    impl TestBatches for Few<'_> {
        fn count(&self) -> usize {
            self.0.count().min(FEW_IMAGES)
        }
        fn batch(&self, range: Range<usize>, device: &Device) -> (Tensor<4>, Vec<usize>) {
            self.0.batch(range, device)
        }
    }
    const FEW_EPOCHS: usize = 2;
    const FEW_IMAGES: usize = 256;

    let spec = &laboratory.spec;
    let mut settings = spec.evaluate.clone();
    settings.epochs = FEW_EPOCHS;
    let network = &laboratory.network;
    let training = &training_set(laboratory, network, images.clone())?;
    let networks = at_once(laboratory, network, capacity).min(spec.evaluate.networks).max(1);
    let candidates: Vec<_> =
        (0..networks as u64).map(|index| Candidate { index, training }).collect();
    let networks = networks as f64;
    let few = Few(TestImages(&laboratory.data));
    let (mut first, mut trained, started) = (None, None, Instant::now());
    let (test, settings, seed) = (&few, &settings, spec.seed);
    Evaluation { network, test, settings, seed, capacity }
        .run(&candidates, |progress| {
            match progress {
                // The first epoch warms up; its loss is looked at, and so is the last one's.
                Progress::Training { epoch: 0, loss: Some(_), .. } => first = Some(Instant::now()),
                Progress::Training { epoch: FEW_EPOCHS, loss: Some(_), .. } => {
                    trained = Some(Instant::now());
                }
                _ => {}
            }
            ControlFlow::Continue(())
        })
        .map_err(failure)?;
    let trained = trained.unwrap_or(started);
    let epochs_secs = trained.duration_since(first.unwrap_or(started)).as_secs_f64();
    let share = few.count() as f64 / laboratory.data.test.len() as f64;
    pace.epoch_secs = Some(epochs_secs / FEW_EPOCHS as f64 / networks);
    pace.test_secs = Some(trained.elapsed().as_secs_f64() / share / networks);
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// So that the same networks are tried again, fewer at a time.
    #[test]
    fn a_device_that_is_full_in_an_evaluation_is_told_from_one_that_is_lost() {
        let said = |reason: &str| failure(EvaluationError::Device { reason: reason.to_owned() });
        assert!(said("An error happened\nCaused by:\n  out of device memory").device_full);
        let lost = said("the device was lost");
        assert!(!lost.device_full);
        assert_eq!(lost.reason, "the device was lost while it worked");
    }
}
