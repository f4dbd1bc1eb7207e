//! Saturation, the second third of the colour token: `y = (x − m)·s + m` with `m` each pixel's mean over
//! the channels and `s` uniform in 0..2 (DSA, section 3.2). One channel is its own mean: nothing happens.

use burn::tensor::Tensor;
use rand::{Rng, RngExt};

use super::parameters::Parameters;

/// Upper end of the range that the factor is drawn from.
const RANGE: f64 = 2.0;

/// The factor on each pixel's distance from grey.
pub(super) fn draw(rng: &mut impl Rng) -> f64 {
    rng.random::<f64>() * RANGE
}

/// Images `[n, c, h, w]` in, the same shape out.
pub(super) fn apply(images: Tensor<4>, factor: &Parameters<f64>) -> Tensor<4> {
    let mean = images.clone().mean_dim(1); // [n, 1, h, w]
    factor.multiplied_with(images.sub(mean.clone())).add(mean)
}
