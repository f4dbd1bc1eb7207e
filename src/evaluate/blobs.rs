//! A problem for tests that a network solves in a second: noise with a bright blob in the upper half
//! (class 0) or the lower half (class 1) of one-channel images.

use std::ops::Range;

use burn::tensor::{Device, Tensor, TensorData};
use rand_distr::{Distribution, StandardNormal};

use super::{
    accuracy::TestBatches,
    training_set::{TrainingAugmentation, TrainingSet},
};
use crate::{
    nets::Labels,
    random::{Purpose, stream},
};

/// Height and width of the images.
pub(super) const SIDE: usize = 8;

/// Images and their classes, as many of one as of the other.
#[derive(Default)]
pub(super) struct Blobs {
    pixels: Vec<f32>,
    classes: Vec<usize>,
}

/// `count` images, drawn from `seed`.
pub(super) fn blobs(count: usize, seed: u64) -> Blobs {
    let mut rng = stream(seed, Purpose::SyntheticInit, &[0]);
    let classes: Vec<usize> = (0..count).map(|image| image % 2).collect();
    let mut pixels = Vec::with_capacity(count * SIDE * SIDE);
    for class in &classes {
        let centre = if *class == 0 { 2 } else { 5 };
        for at in 0..SIDE * SIDE {
            let noise: f32 = StandardNormal.sample(&mut rng);
            let (row, column) = (at / SIDE, at % SIDE);
            let inside = row.abs_diff(centre) <= 1 && (3..5).contains(&column);
            pixels.push(0.5 * noise + if inside { 2.0 } else { 0.0 });
        }
    }
    Blobs { pixels, classes }
}

/// The same as a set to train on, on the CPU.
pub(super) fn training_set(
    count: usize,
    seed: u64,
    augmentation: &TrainingAugmentation,
) -> TrainingSet {
    let (blobs, device) = (blobs(count, seed), Device::flex());
    let (images, labels) = (blobs.images(0..count, &device), blobs.labels(&device));
    TrainingSet::new(images, labels, augmentation.clone()).unwrap()
}

impl Blobs {
    /// Images `[range, 1, SIDE, SIDE]`.
    pub(super) fn images(&self, range: Range<usize>, device: &Device) -> Tensor<4> {
        let shape = [range.len(), 1, SIDE, SIDE];
        let pixels = &self.pixels[range.start * SIDE * SIDE..range.end * SIDE * SIDE];
        Tensor::from_data(TensorData::new(pixels.to_vec(), shape), device)
    }

    /// Number of images.
    pub(super) fn len(&self) -> usize {
        self.classes.len()
    }

    /// The class of one of them.
    pub(super) fn class_of(&self, image: usize) -> usize {
        self.classes[image]
    }

    /// All classes.
    pub(super) fn labels(&self, device: &Device) -> Labels {
        let classes: Vec<i32> = self.classes.iter().map(|class| *class as i32).collect();
        let count = classes.len();
        Labels::Hard(Tensor::from_data(TensorData::new(classes, [count]), device))
    }
}

impl TestBatches for Blobs {
    fn count(&self) -> usize {
        self.classes.len()
    }

    fn batch(&self, range: Range<usize>, device: &Device) -> (Tensor<4>, Vec<usize>) {
        (self.images(range.clone(), device), self.classes[range].to_vec())
    }
}
