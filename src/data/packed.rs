//! Images as bytes on a device that is not the CPU, normalised there.
//!
//! Such devices compute in words, not in bytes: four bytes of an image go into one integer and are taken
//! apart on the device. That is a quarter of what the same images take as f32, in its memory and on the
//! way to it, and spares the host the work. A data set that fits stays there, and a draw sends nothing but
//! indices ([`Resident`]); images of a larger one are sent as they are drawn.

use burn::tensor::{DType, Device, Int, Tensor, TensorData};

use super::{registry::ImageShape, set::Normalisation, split::Split};

/// Images in words of four bytes, the first one lowest.
#[derive(Debug, Clone)]
struct Packed {
    /// [images, words].
    words: Tensor<2, Int>,
    shape: ImageShape,
}

/// All images of a split, on a device.
#[derive(Debug, Clone)]
pub struct Resident {
    images: Packed,
    normalisation: Normalisation,
}

impl Resident {
    /// Sends all images of `split` to the device.
    pub fn new(split: &Split, normalisation: &Normalisation, device: &Device) -> Self {
        let images = Packed::new(split, 0..split.len(), device);
        Self { images, normalisation: normalisation.clone() }
    }

    /// Bytes that the images of `split` take on a device.
    pub fn bytes(split: &Split) -> u64 {
        (split.len() * words(split.shape()) * size_of::<i32>()) as u64
    }

    /// The images at `indices`, normalised: [indices, channels, height, width].
    pub fn images(&self, indices: &[usize]) -> Tensor<4> {
        let count = indices.len();
        let indices: Vec<i32> = indices.iter().map(|index| *index as i32).collect();
        let device = self.images.words.device();
        let options = (&device, DType::I32);
        let indices = Tensor::<1, Int>::from_data(TensorData::new(indices, [count]), options);
        let Packed { words, shape } = self.images.clone();
        Packed { words: words.select(0, indices), shape }.normalised(&self.normalisation)
    }
}

/// The images of `split` at `indices`, sent as bytes and normalised on the device.
pub(super) fn sent(
    split: &Split,
    normalisation: &Normalisation,
    indices: &[usize],
    device: &Device,
) -> Tensor<4> {
    Packed::new(split, indices.iter().copied(), device).normalised(normalisation)
}

impl Packed {
    fn new(split: &Split, indices: impl Iterator<Item = usize>, device: &Device) -> Self {
        let mut packed = Vec::new();
        let mut count = 0;
        for index in indices {
            packed.extend(split.image(index).chunks(4).map(word));
            count += 1;
        }
        let data = TensorData::new(packed, [count, words(split.shape())]);
        Self { words: Tensor::from_data(data, (device, DType::I32)), shape: split.shape() }
    }

    /// x = (byte / 255 − mean) / std, [images, channels, height, width].
    fn normalised(self, normalisation: &Normalisation) -> Tensor<4> {
        let [channels, height, width] = self.shape;
        let [count, words] = self.words.dims();
        let device = self.words.device();
        let shifts = Tensor::<3, Int>::from_data([[[0, 8, 16, 24]]], (&device, DType::I32));
        let bytes = self
            .words
            .reshape([count, words, 1])
            .expand([count, words, 4])
            .bitwise_right_shift(shifts.expand([count, words, 4]))
            .bitwise_and_scalar(255)
            .reshape([count, words * 4])
            .narrow(1, 0, channels * height * width)
            .float()
            .reshape([count, channels, height, width]);
        let per_channel = |values: &[f32]| {
            let data = TensorData::new(values.to_vec(), [1, channels, 1, 1]);
            Tensor::<4>::from_data(data, &device)
        };
        let [mean, std] = [&normalisation.mean, &normalisation.std].map(|part| per_channel(part));
        (bytes / 255.0 - mean) / std
    }
}

/// Words of an image.
fn words(shape: ImageShape) -> usize {
    shape.iter().product::<usize>().div_ceil(4)
}

fn word(bytes: &[u8]) -> i32 {
    let mut four = [0; 4];
    four[..bytes.len()].copy_from_slice(bytes);
    i32::from_le_bytes(four)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::batch::normalised_values;

    /// Nine bytes an image, so the last word is not full, and every byte there is.
    #[test]
    fn packed_images_are_those_of_the_table() {
        let (n, shape) = (57, [3, 1, 3]);
        let bytes: Vec<u8> = (0..n * 9).map(|at| (at * 7 % 256) as u8).collect();
        let split = Split::new(bytes, vec![0; n], shape, 1).unwrap();
        let normalisation = Normalisation { mean: vec![0.5, 0.25, 0.4], std: vec![0.1, 0.2, 0.3] };
        let device = Device::flex();
        let resident = Resident::new(&split, &normalisation, &device);
        assert_eq!(Resident::bytes(&split), 57 * 3 * 4);
        let all: Vec<usize> = (0..n).rev().collect();
        for indices in [&all[..], &[5, 5, 0], &[56]] {
            let wanted = normalised_values(&split, &normalisation, indices);
            let drawn = resident.images(indices);
            assert_eq!(drawn.dims(), [indices.len(), 3, 1, 3]);
            for images in [drawn, sent(&split, &normalisation, indices, &device)] {
                let found: Vec<f32> = images.try_into_vec_as().unwrap();
                assert!(found.iter().zip(&wanted).all(|(a, b)| (a - b).abs() < 1e-5));
            }
        }
    }
}
