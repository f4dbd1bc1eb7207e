//! One half of a data set, the one to train on or the one to test on: u8 images, labels, and who
//! belongs to which class.

use rand::RngExt;
use rand_chacha::ChaCha8Rng;
use thiserror::Error;

use super::registry::ImageShape;

/// Images and their labels. Images stay u8; see [`super::batch`] for the way to tensors.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Split {
    /// [images, channels, height, width], one byte a value.
    images: Vec<u8>,
    /// The class of each image.
    labels: Vec<u16>,
    /// For each class, the indices of its images, ascending.
    by_class: Vec<Vec<usize>>,
    /// Channels, height and width of an image.
    shape: ImageShape,
}

/// Why images and labels make no split.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum SplitFault {
    /// There are not as many images as labels.
    #[error(
        "{bytes} bytes of pixels and {labels} labels; expected {image_bytes} bytes for each label"
    )]
    Count {
        /// Bytes of all images.
        bytes: usize,
        /// Number of labels.
        labels: usize,
        /// Bytes of one image.
        image_bytes: usize,
    },
    /// A label names no class.
    #[error("image {index} has the label {label}; expected 0 to {}", classes.saturating_sub(1))]
    Label {
        /// The image, from 0.
        index: usize,
        /// Its label.
        label: u16,
        /// Number of classes.
        classes: usize,
    },
}

impl Split {
    /// A split of n `images`, [n, channels, height, width], and their n `labels` in 0..`classes`.
    ///
    /// # Errors
    /// If the numbers of images and labels differ, or a label names no class.
    pub fn new(
        images: Vec<u8>,
        labels: Vec<u16>,
        shape: ImageShape,
        classes: usize,
    ) -> Result<Self, SplitFault> {
        let image_bytes: usize = shape.iter().product();
        if images.len() != labels.len() * image_bytes {
            let (bytes, labels) = (images.len(), labels.len());
            return Err(SplitFault::Count { bytes, labels, image_bytes });
        }
        check_labels(&labels, classes)?;
        let mut by_class = vec![Vec::new(); classes];
        for (index, label) in labels.iter().enumerate() {
            by_class[usize::from(*label)].push(index);
        }
        Ok(Self { images, labels, by_class, shape })
    }

    /// Number of images.
    pub fn len(&self) -> usize {
        self.labels.len()
    }

    /// True without any image.
    pub fn is_empty(&self) -> bool {
        self.labels.is_empty()
    }

    /// Number of classes.
    pub fn classes(&self) -> usize {
        self.by_class.len()
    }

    /// Channels, height and width of every image.
    pub fn shape(&self) -> ImageShape {
        self.shape
    }

    /// All images, [n, channels, height, width].
    pub fn images(&self) -> &[u8] {
        &self.images
    }

    /// The image at `index` in 0..[`len`](Self::len), [channels, height, width].
    pub fn image(&self, index: usize) -> &[u8] {
        let bytes: usize = self.shape.iter().product();
        &self.images[index * bytes..(index + 1) * bytes]
    }

    /// The labels of all images.
    pub fn labels(&self) -> &[u16] {
        &self.labels
    }

    /// The indices of the images of `class`, ascending; none for a class that does not exist.
    pub fn of_class(&self, class: usize) -> &[usize] {
        self.by_class.get(class).map_or(&[], Vec::as_slice)
    }

    /// Number of images of every class.
    pub fn per_class(&self) -> Vec<usize> {
        self.by_class.iter().map(Vec::len).collect()
    }

    /// The indices of `count` images of `class`, drawn uniformly without replacement, in the order drawn;
    /// all of them, shuffled, if the class has no more than that.
    ///
    /// The first steps of a Fisher–Yates shuffle: a larger `count` only lengthens the list.
    pub fn draw_from_class(&self, class: usize, count: usize, rng: &mut ChaCha8Rng) -> Vec<usize> {
        draw(self.of_class(class).to_vec(), count, rng)
    }
}

/// Draws `count` of these without replacement, or all of them in random order if there are fewer.
pub fn draw(mut pool: Vec<usize>, count: usize, rng: &mut ChaCha8Rng) -> Vec<usize> {
    let count = count.min(pool.len());
    for place in 0..count {
        let other = rng.random_range(place..pool.len());
        pool.swap(place, other);
    }
    pool.truncate(count);
    pool
}

/// Checks that every label names one of `classes`.
pub(super) fn check_labels(labels: &[u16], classes: usize) -> Result<(), SplitFault> {
    match labels.iter().position(|label| usize::from(*label) >= classes) {
        Some(index) => Err(SplitFault::Label { index, label: labels[index], classes }),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;
    use crate::random::{Purpose, stream};

    /// `n` images of 1x1x2 pixels, labelled 0, 1, 2, 0, 1, …
    fn split(n: usize) -> Split {
        let labels = (0..n).map(|index| (index % 3) as u16).collect();
        Split::new((0..2 * n).map(|value| value as u8).collect(), labels, [1, 1, 2], 3).unwrap()
    }

    #[test]
    fn images_and_classes_are_found_again() {
        let split = split(8);
        assert_eq!((split.len(), split.classes()), (8, 3));
        assert_eq!(split.image(3), [6, 7]);
        assert_eq!(split.of_class(1), [1, 4, 7]);
        assert_eq!(split.of_class(3), [0; 0]);
        assert_eq!(split.per_class(), [3, 3, 2]);
    }

    #[test]
    fn what_does_not_fit_together_is_refused() {
        let count = Split::new(vec![0; 5], vec![0, 0], [1, 1, 2], 3).unwrap_err();
        assert_eq!(
            count.to_string(),
            "5 bytes of pixels and 2 labels; expected 2 bytes for each label"
        );
        let label = Split::new(vec![0; 4], vec![0, 3], [1, 1, 2], 3).unwrap_err();
        assert_eq!(label.to_string(), "image 1 has the label 3; expected 0 to 2");
    }

    #[test]
    fn a_draw_repeats_with_its_stream_and_never_repeats_an_image() {
        let split = split(300);
        let draw = |iteration, count| {
            let mut rng = stream(7, Purpose::RealBatch, &[iteration]);
            split.draw_from_class(2, count, &mut rng)
        };
        let batch = draw(0, 40);
        assert_eq!(batch, draw(0, 40));
        assert_ne!(batch, draw(1, 40));
        assert_eq!(batch[..10], draw(0, 10));
        assert_eq!(batch.iter().collect::<HashSet<_>>().len(), 40);
        assert!(batch.iter().all(|index| split.labels()[*index] == 2));
    }

    #[test]
    fn a_draw_of_more_than_there_are_is_all_of_them() {
        let split = split(9);
        let mut rng = stream(1, Purpose::RealBatch, &[]);
        let mut all = split.draw_from_class(0, 100, &mut rng);
        all.sort_unstable();
        assert_eq!(all, [0, 3, 6]);
        assert!(split.draw_from_class(9, 5, &mut rng).is_empty());
    }

    #[test]
    fn every_image_is_as_likely_as_any_other() {
        let split = split(15);
        let mut rng = stream(3, Purpose::RealBatch, &[]);
        let mut drawn = [0_i32; 15];
        for _ in 0..10_000 {
            for index in split.draw_from_class(0, 2, &mut rng) {
                drawn[index] += 1;
            }
        }
        // 5 images, 2 of them at a time: 4 000 each, with a standard deviation of 49.
        for index in split.of_class(0) {
            assert!((drawn[*index] - 4_000).abs() < 250, "{drawn:?}");
        }
    }

    #[test]
    fn a_draw_is_the_same_on_every_platform_and_with_every_version() {
        let mut rng = stream(0, Purpose::RealBatch, &[0, 0, 0]);
        assert_eq!(split(30).draw_from_class(0, 5, &mut rng), [18, 12, 0, 27, 24]);
    }
}
