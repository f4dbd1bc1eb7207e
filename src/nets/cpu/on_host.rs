//! A batch as the kernels take it: pixels and targets on the host, and the portions it is divided into.

use burn::tensor::DType;

use crate::nets::batch::Batch;

/// A batch is taken in at most so many portions, which are summed on their own: more than the threads of
/// most machines, few enough that adding their gradients up costs next to nothing.
const PORTIONS: usize = 16;
/// And in portions of at least so many images: adding up the gradients of a network costs about a tenth of
/// what the gradient of one image does.
const PORTION: usize = 4;

/// How many portions `images` images are divided into: a matter of their number alone, so that sums over
/// portions are the same on any number of threads.
pub const fn portions(images: usize) -> usize {
    images.div_ceil(portion(images))
}

/// Images of a portion; the last one may have fewer.
pub const fn portion(images: usize) -> usize {
    let portions = images / PORTION;
    images.div_ceil(if portions > PORTIONS {
        PORTIONS
    } else if portions > 1 {
        portions
    } else {
        1
    })
}

/// Images and labels of one batch on the host.
pub struct OnHost {
    pixels: Vec<f32>,
    targets: Vec<f32>,
    /// Number of images.
    pub count: usize,
}

impl OnHost {
    /// Copies a batch to the host; `None` when the device cannot be read.
    pub fn read(batch: &Batch, classes: usize) -> Option<Self> {
        let [count, ..] = batch.images.dims();
        let pixels = batch.images.clone().inner().try_into_vec_as().ok()?;
        let targets = batch.labels.probabilities(classes, DType::F32).try_into_vec_as().ok()?;
        Some(Self { pixels, targets, count })
    }

    /// Copies several batches to the host.
    pub fn read_all(batches: &[Batch], classes: usize) -> Option<Vec<Self>> {
        batches.iter().map(|batch| Self::read(batch, classes)).collect()
    }

    /// Pixels `[channels][height][width]` and class probabilities of one image.
    pub fn image(&self, at: usize) -> (&[f32], &[f32]) {
        let (values, classes) = (self.pixels.len() / self.count, self.targets.len() / self.count);
        (
            &self.pixels[at * values..(at + 1) * values],
            &self.targets[at * classes..(at + 1) * classes],
        )
    }

    /// The images of one portion.
    pub fn portion(&self, at: usize) -> impl Iterator<Item = (&[f32], &[f32])> {
        let size = portion(self.count);
        (at * size..((at + 1) * size).min(self.count)).map(|image| self.image(image))
    }

    /// The weight of an image in the mean over the batch.
    pub fn share(&self) -> f32 {
        1.0 / self.count as f32
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn portions_cover_a_batch_evenly() {
        for images in 1..300 {
            let (size, count) = (portion(images), portions(images));
            assert!(size * (count - 1) < images && images <= size * count, "{images}");
            assert!(count <= PORTIONS && (size >= PORTION || count == 1), "{images}");
        }
        assert_eq!([1, 7, 10, 100, 256].map(portions), [1, 1, 2, 15, 16]);
    }
}
