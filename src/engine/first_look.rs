//! A first measurement of evaluation's pace, so that a run, or a study before it starts, can say how long it
//! will take: a few epochs of as many networks as are taken at once, and a part of the test set.
//!
//! How fast a network trains does not depend on what it sees, so it sees real images, as many as there will be;
//! of the whole data set a part.

use std::{
    ops::{ControlFlow, Range},
    time::Instant,
};

use burn::tensor::{Device, Tensor};

use crate::{
    evaluate::{Candidate, Evaluation, Progress, TestBatches},
    nets::{Capacity, Network},
};

use super::{
    failure::Failure,
    laboratory::Laboratory,
    lesson::Lesson,
    scoring::{TestImages, at_once, failure},
};

/// Epochs that are timed, after one to warm up.
const EPOCHS: usize = 2;
/// Test images that are timed.
const TEST_IMAGES: usize = 256;
/// The most images that are trained on.
const TRAINING_IMAGES: usize = 1024;

/// What a network of an evaluation takes.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Look {
    /// One epoch on all images that it will be trained on.
    pub epoch_secs: f64,
    /// One pass over the test set.
    pub test_secs: f64,
}

struct Few<'a>(TestImages<'a>);

impl TestBatches for Few<'_> {
    fn count(&self) -> usize {
        self.0.count().min(TEST_IMAGES)
    }

    fn batch(&self, range: Range<usize>, device: &Device) -> (Tensor<4>, Vec<usize>) {
        self.0.batch(range, device)
    }
}

/// Times networks of this architecture.
///
/// # Errors
/// When the device fails.
pub fn first_look(
    laboratory: &Laboratory,
    network: &Network,
    capacity: Capacity,
) -> Result<Look, Failure> {
    let spec = &laboratory.spec;
    let mut settings = spec.evaluate.clone();
    settings.epochs = EPOCHS;
    let images = laboratory.scored_images();
    let shown = images.min(TRAINING_IMAGES);
    let training = &Lesson::of_first(laboratory, shown).training_set(laboratory, network)?;
    let networks = at_once(laboratory, network, capacity).min(spec.evaluate.networks).max(1);
    let candidates: Vec<_> =
        (0..networks as u64).map(|index| Candidate { index, training, start: None }).collect();
    let networks = networks as f64;
    let few = Few(TestImages(&laboratory.data));
    let (mut first, mut trained, started) = (None, None, Instant::now());
    let (test, settings, seed) = (&few, &settings, spec.seed);
    Evaluation { network, test, settings, seed, capacity }
        .run(&candidates, |progress| {
            match progress {
                // The first epoch warms up; its loss is looked at, and so is the last one's.
                Progress::Training { epoch: 0, loss: Some(_), .. } => first = Some(Instant::now()),
                Progress::Training { epoch: EPOCHS, loss: Some(_), .. } => {
                    trained = Some(Instant::now());
                }
                _ => {}
            }
            ControlFlow::Continue(())
        })
        .map_err(failure)?;
    let trained = trained.unwrap_or(started);
    let epochs_secs = trained.duration_since(first.unwrap_or(started)).as_secs_f64();
    let tested = few.count() as f64 / laboratory.data.test.len() as f64;
    Ok(Look {
        epoch_secs: epochs_secs / EPOCHS as f64 / networks * images as f64 / shown as f64,
        test_secs: trained.elapsed().as_secs_f64() / tested / networks,
    })
}
