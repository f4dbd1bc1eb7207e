//! From u8 images to what networks see, one batch at a time: x = (byte / 255 - mean) / std, channel by
//! channel (reference section 1.3).
//!
//! A byte has 256 values, so on the CPU each channel's are computed once and looked up, which gives the
//! bits of the formula at the price of a copy. Other devices compute it ([`packed`]).

use burn::tensor::{Device, Tensor, TensorData};

use super::packed;
use super::set::{DataSet, Normalisation};
use super::split::Split;

/// Normalised images of one batch and their labels.
#[derive(Debug, Clone)]
pub struct Batch<'a> {
    /// [images, channels, height, width].
    pub images: Tensor<4>,
    /// The class of each image.
    pub labels: &'a [u16],
}

impl DataSet {
    /// The images to train on at `indices`, normalised: [indices, channels, height, width].
    ///
    /// # Panics
    /// If there is no index, or one is not below the number of images.
    pub fn train_images(&self, indices: &[usize], device: &Device) -> Tensor<4> {
        normalised(&self.train, &self.info.normalisation, indices, device)
    }

    /// The images to test on at `indices`, normalised: [indices, channels, height, width].
    ///
    /// # Panics
    /// If there is no index, or one is not below the number of images.
    pub fn test_images(&self, indices: &[usize], device: &Device) -> Tensor<4> {
        normalised(&self.test, &self.info.normalisation, indices, device)
    }

    /// All images to test on, in order, in batches of `size` (the last one may be smaller).
    pub fn test_batches(&self, size: usize, device: &Device) -> impl Iterator<Item = Batch<'_>> {
        let size = size.max(1);
        (0..self.test.len()).step_by(size).map(move |start| {
            let end = (start + size).min(self.test.len());
            let indices: Vec<_> = (start..end).collect();
            Batch {
                images: self.test_images(&indices, device),
                labels: &self.test.labels()[start..end],
            }
        })
    }
}

/// The images of `split` at `indices` as a tensor [indices, channels, height, width].
fn normalised(
    split: &Split,
    normalisation: &Normalisation,
    indices: &[usize],
    device: &Device,
) -> Tensor<4> {
    if *device != Device::flex() {
        return packed::sent(split, normalisation, indices, device);
    }
    let [channels, height, width] = split.shape();
    let values = normalised_values(split, normalisation, indices);
    Tensor::from_data(TensorData::new(values, [indices.len(), channels, height, width]), device)
}

/// The images of `split` at `indices`, normalised, one after the other, [channels, height, width] each.
///
/// # Panics
/// If an index is not below the number of images.
pub fn normalised_values(
    split: &Split,
    normalisation: &Normalisation,
    indices: &[usize],
) -> Vec<f32> {
    let tables: Vec<[f32; 256]> = normalisation
        .mean
        .iter()
        .zip(&normalisation.std)
        .map(|(mean, std)| std::array::from_fn(|byte| (byte as f32 / 255.0 - mean) / std))
        .collect();
    let [_, height, width] = split.shape();
    let image_values: usize = split.shape().iter().product();
    let mut values = Vec::with_capacity(indices.len() * image_values);
    for index in indices {
        for (plane, table) in split.image(*index).chunks_exact(height * width).zip(&tables) {
            values.extend(plane.iter().map(|byte| table[usize::from(*byte)]));
        }
    }
    values
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::set::SetInfo;

    /// Three 2x1x2 images to train on and five to test on, in two classes.
    fn data() -> DataSet {
        let split = |n: u8, first: u8| {
            let labels = (0..n).map(|index| u16::from(index % 2)).collect();
            Split::new((first..first + 4 * n).collect(), labels, [2, 1, 2], 2).unwrap()
        };
        DataSet {
            info: SetInfo {
                name: "tiny".to_owned(),
                title: "Tiny".to_owned(),
                shape: [2, 1, 2],
                classes: vec!["even".to_owned(), "odd".to_owned()],
                normalisation: Normalisation { mean: vec![0.5, 0.25], std: vec![0.1, 0.2] },
            },
            train: split(3, 200),
            test: split(5, 10),
        }
    }

    /// What the formula makes of one byte.
    fn formula(byte: u8, mean: f32, std: f32) -> f32 {
        (f32::from(byte) / 255.0 - mean) / std
    }

    #[test]
    fn a_batch_is_the_formula_in_the_order_of_the_indices() {
        let batch = data().train_images(&[2, 0, 2], &Device::flex());
        assert_eq!(batch.dims(), [3, 2, 1, 2]);
        let values = batch.into_data().try_to_vec::<f32>().unwrap();
        let image = |first: u8| {
            [
                formula(first, 0.5, 0.1),
                formula(first + 1, 0.5, 0.1),
                formula(first + 2, 0.25, 0.2),
                formula(first + 3, 0.25, 0.2),
            ]
        };
        assert_eq!(values, [image(208), image(200), image(208)].concat());
    }

    #[test]
    fn the_whole_test_set_passes_once_and_in_order() {
        let data = data();
        let device = Device::flex();
        for size in [1, 2, 5, 100] {
            let mut values = Vec::new();
            let mut labels = Vec::new();
            for batch in data.test_batches(size, &device) {
                assert!(batch.images.dims()[0] <= size);
                assert_eq!(batch.images.dims()[0], batch.labels.len());
                values.extend(batch.images.into_data().try_to_vec::<f32>().unwrap());
                labels.extend_from_slice(batch.labels);
            }
            let all: Vec<_> = (0..5).collect();
            assert_eq!(values, normalised_values(&data.test, &data.info.normalisation, &all));
            assert_eq!(labels, data.test.labels());
        }
    }
}
