//! Flip: the left-right mirror, met by half of the draws (DSA, section 3.2). An index move.

use burn::tensor::{Bool, Tensor, TensorData};
use rand::{Rng, RngExt};

use super::parameters::Parameters;

/// How often an image is mirrored.
const PROBABILITY: f64 = 0.5;

/// Whether to mirror.
pub(super) fn draw(rng: &mut impl Rng) -> bool {
    rng.random::<f64>() < PROBABILITY
}

/// Images `[n, c, h, w]` in, the same shape out.
pub(super) fn apply(images: Tensor<4>, mirrored: &Parameters<bool>) -> Tensor<4> {
    match mirrored {
        Parameters::Shared(false) => images,
        Parameters::Shared(true) => images.flip([3]),
        Parameters::PerImage(mirrored) => {
            let data = TensorData::new(mirrored.clone(), [mirrored.len(), 1, 1, 1]);
            let mask = Tensor::<4, Bool>::from_data(data, &images.device()).expand(images.dims());
            images.clone().mask_where(mask, images.flip([3]))
        }
    }
}
