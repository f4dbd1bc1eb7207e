//! Who has which parameters inside one batch: one set for all of its images, or one set for each.
//!
//! Parameters are plain host values. Drawing them is separate from applying them, so that one draw can
//! be laid on any number of batches; only the numbers travel to the device, never the pixels back.

use burn::tensor::{Tensor, TensorData};

/// How many parameter sets a batch gets.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sets {
    /// One set that every image shares; the batch may have any size.
    Shared,
    /// This many sets, one for each image.
    PerImage(usize),
}

/// The parameters `P` of one operation on one batch.
#[derive(Debug, Clone, PartialEq)]
pub enum Parameters<P> {
    /// Every image meets the same.
    Shared(P),
    /// Image `i` meets the `i`-th; there are as many as images.
    PerImage(Vec<P>),
}

impl<P> Parameters<P> {
    /// Calls `draw` once for each set.
    pub(super) fn draw(sets: Sets, mut draw: impl FnMut() -> P) -> Self {
        match sets {
            Sets::Shared => Self::Shared(draw()),
            Sets::PerImage(count) => Self::PerImage((0..count).map(|_| draw()).collect()),
        }
    }

    /// Takes the sets of other images behind its own; those that every image shares stay as they are.
    pub(super) fn append(&mut self, other: Self) {
        if let (Self::PerImage(own), Self::PerImage(other)) = (self, other) {
            own.extend(other);
        }
    }

    /// The same number of sets, each of them turned into something else.
    pub(super) fn map<Q>(&self, turn: impl Fn(&P) -> Q) -> Parameters<Q> {
        match self {
            Self::Shared(set) => Parameters::Shared(turn(set)),
            Self::PerImage(sets) => Parameters::PerImage(sets.iter().map(turn).collect()),
        }
    }
}

impl Parameters<f64> {
    /// `images` plus each image's number.
    pub(super) fn added_to(&self, images: Tensor<4>) -> Tensor<4> {
        match self {
            Self::Shared(number) => images.add_scalar(*number),
            Self::PerImage(numbers) => {
                let column = column(&images, numbers);
                images.add(column)
            }
        }
    }

    /// `images` times each image's number.
    pub(super) fn multiplied_with(&self, images: Tensor<4>) -> Tensor<4> {
        match self {
            Self::Shared(number) => images.mul_scalar(*number),
            Self::PerImage(numbers) => {
                let column = column(&images, numbers);
                images.mul(column)
            }
        }
    }
}

/// One number per image as `[n, 1, 1, 1]`, on the device and in the precision of `images`.
pub(super) fn column(images: &Tensor<4>, numbers: &[f64]) -> Tensor<4> {
    let data = TensorData::new(numbers.to_vec(), [numbers.len(), 1, 1, 1]);
    Tensor::from_data(data, (&images.device(), images.dtype()))
}
