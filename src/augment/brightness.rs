//! Brightness, the first third of the colour token: `y = x + b`, `b` uniform in ±0.5 (DSA, section 3.2).

use burn::tensor::Tensor;
use rand::{Rng, RngExt};

use super::parameters::Parameters;

/// Width of the range that the shift is drawn from.
const RANGE: f64 = 1.0;

/// The shift of all pixels, in units of normalised space.
pub(super) fn draw(rng: &mut impl Rng) -> f64 {
    (rng.random::<f64>() - 0.5) * RANGE
}

/// Images `[n, c, h, w]` in, the same shape out.
pub(super) fn apply(images: Tensor<4>, shift: &Parameters<f64>) -> Tensor<4> {
    shift.added_to(images)
}
