//! How good the synthetic set is, beside as many random real images under the same evaluation.

use std::{
    ops::{ControlFlow, Range},
    time::Instant,
};

use burn::tensor::{Device, Tensor};

use crate::{
    data::DataSet,
    evaluate::{
        Evaluation, EvaluationError, Progress, Summary, TestBatches, TrainingAugmentation,
        TrainingSet,
    },
    random::{Purpose, stream},
    record::event::{self, Subject},
};

use super::{estimate::Pace, failure::Failure, laboratory::Laboratory};

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

/// The test accuracy of the network with this index, trained from scratch on `images`
/// `[classes · ipc, channels, height, width]`; `None` when it was broken off. `heard` is told the epochs
/// done and the pace as it is measured on the way; false breaks off.
pub fn score(
    laboratory: &Laboratory,
    images: Tensor<4>,
    network: usize,
    pace: &mut Pace,
    heard: &mut dyn FnMut(u64, &Pace) -> bool,
) -> Result<Option<f64>, Failure> {
    let spec = &laboratory.spec;
    let labels = laboratory.hard_labels(&laboratory.labels());
    let steps_per_epoch = laboratory.images().div_ceil(spec.evaluate.batch);
    let (mut steps, mut at, mut tested) = (0, Instant::now(), Instant::now());
    let outcome = Evaluation {
        network: &laboratory.network,
        training: &TrainingSet::new(images, labels),
        augmentation: &augmentation(laboratory),
        test: &TestImages(&laboratory.data),
        settings: &spec.evaluate,
        seed: spec.seed,
    }
    .run(network as u64, |progress| {
        let epochs = match progress {
            Progress::Training { epoch, loss, .. } => {
                steps += 1;
                // The device was waited for when a loss is there, so only then the clock tells the work.
                if loss.is_some() {
                    let epochs = f64::from(steps) / steps_per_epoch as f64;
                    Pace::measured(&mut pace.epoch_secs, at.elapsed().as_secs_f64() / epochs);
                    (steps, at) = (0, Instant::now());
                }
                tested = Instant::now();
                epoch as u64
            }
            Progress::Testing { done, total } => {
                if done == total {
                    Pace::measured(&mut pace.test_secs, tested.elapsed().as_secs_f64());
                }
                spec.evaluate.epochs as u64 + 1
            }
        };
        if heard(epochs, pace) { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
    });
    outcome.map(|score| score.map(|score| score.accuracy())).map_err(|error| match error {
        EvaluationError::Device { .. } => {
            Failure::new(error, "`retry` goes on from the last checkpoint")
        }
        _ => Failure::new(
            format!("network {} of the evaluation: {error}", network + 1),
            "the last checkpoint is kept",
        ),
    })
}

/// What an evaluation gave, as a fact.
pub fn summary(
    laboratory: &Laboratory,
    subject: Subject,
    iteration: u64,
    accuracies: Vec<f64>,
    secs: f64,
) -> event::Evaluation {
    let (mean, std) = Summary::of(&accuracies)
        .map_or((f64::NAN, f64::NAN), |summary| (summary.mean, summary.std));
    let augmentation = laboratory.spec.evaluate.augmentation.to_string();
    event::Evaluation { subject, iteration, accuracies, mean, std, augmentation, secs }
}

/// A first measurement of evaluation's pace, so that a run can say from the start how long it will take:
/// a few epochs on the set as it is, and a part of the test set.
pub fn measure_pace(
    laboratory: &Laboratory,
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
    let labels = laboratory.hard_labels(&laboratory.labels());
    let few = Few(TestImages(&laboratory.data));
    let (mut first, mut trained, started) = (None, None, Instant::now());
    Evaluation {
        network: &laboratory.network,
        training: &TrainingSet::new(images.clone(), labels),
        augmentation: &augmentation(laboratory),
        test: &few,
        settings: &settings,
        seed: spec.seed,
    }
    .run(0, |progress| {
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
    .map_err(Failure::plain)?;
    let trained = trained.unwrap_or(started);
    let epochs_secs = trained.duration_since(first.unwrap_or(started)).as_secs_f64();
    let share = few.count() as f64 / laboratory.data.test.len() as f64;
    pace.epoch_secs = Some(epochs_secs / FEW_EPOCHS as f64);
    pace.test_secs = Some(trained.elapsed().as_secs_f64() / share);
    Ok(())
}

fn augmentation(laboratory: &Laboratory) -> TrainingAugmentation {
    let spec = &laboratory.spec;
    let kind = spec.evaluate.augmentation;
    TrainingAugmentation::new(kind, &spec.augment, spec.network.norm, laboratory.recipe.size)
}
