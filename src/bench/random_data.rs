//! Images without a file: noise of the right shape. What is measured does not depend on what they show.

use rand_chacha::rand_core::Rng;

use super::case::Case;
use crate::{
    data::{
        DataSet, SetInfo,
        set::Normalisation,
        split::{Split, SplitFault},
    },
    random::{Purpose, stream},
};

/// Test images, enough for a batch.
const TEST_IMAGES: usize = 256;

/// What the data set of a case is.
pub fn info(case: &Case) -> SetInfo {
    let [channels, ..] = case.shape;
    SetInfo {
        name: "random".to_owned(),
        title: "the random images".to_owned(),
        shape: case.shape,
        classes: (0..case.classes).map(|class| class.to_string()).collect(),
        // Mean and deviation of evenly distributed bytes.
        normalisation: Normalisation {
            mean: vec![0.5; channels],
            std: vec![(1.0_f32 / 12.0).sqrt(); channels],
        },
    }
}

/// Training images of each class: twice those of a real batch, so that a draw is a choice, and enough to
/// start from.
pub fn per_class(case: &Case) -> usize {
    (2 * case.spec.condense.real_batch).max(case.spec.ipc)
}

/// The data set of a case.
pub fn data_set(case: &Case) -> Result<DataSet, SplitFault> {
    let mut rng = stream(case.spec.seed, Purpose::Benchmark, &[]);
    let mut split = |count: usize| {
        let mut images = vec![0; count * case.shape.iter().product::<usize>()];
        rng.fill_bytes(&mut images);
        let labels = (0..count).map(|image| (image % case.classes) as u16).collect();
        Split::new(images, labels, case.shape, case.classes)
    };
    Ok(DataSet {
        info: info(case),
        train: split(per_class(case) * case.classes)?,
        test: split(TEST_IMAGES)?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bench::tiny;

    #[test]
    fn every_class_has_more_than_a_batch_and_enough_to_start_from() {
        let mut case = tiny();
        let set = data_set(&case).unwrap();
        assert_eq!(set.train.per_class(), [8, 8]);
        assert_eq!((set.train.shape(), set.info.classes.len()), ([1, 8, 8], 2));
        assert_eq!(set.test.len(), 256);
        case.spec.ipc = 20;
        assert_eq!(data_set(&case).unwrap().train.per_class(), [20, 20]);
    }

    #[test]
    fn a_case_has_the_same_images_every_time() {
        let mut case = tiny();
        let first = data_set(&case).unwrap();
        assert_eq!(first, data_set(&case).unwrap());
        case.spec.seed += 1;
        assert_ne!(first, data_set(&case).unwrap());
    }
}
