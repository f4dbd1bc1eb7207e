//! Contrast, the last third of the colour token: `y = (x − m)·k + m` with `m` each image's mean over all
//! channels and pixels and `k` uniform in 0.5..1.5 (DSA, section 3.2).

use burn::tensor::Tensor;
use rand::{Rng, RngExt};

use super::parameters::Parameters;

/// Lower end of the range, of width one, that the factor is drawn from.
const LOWEST: f64 = 0.5;

/// The factor on each value's distance from the image's mean.
pub(super) fn draw(rng: &mut impl Rng) -> f64 {
    rng.random::<f64>() + LOWEST
}

/// Images `[n, c, h, w]` in, the same shape out.
pub(super) fn apply(images: Tensor<4>, factor: &Parameters<f64>) -> Tensor<4> {
    let [n, c, h, w] = images.dims();
    let mean = images.clone().reshape([n, c * h * w]).mean_dim(1).reshape([n, 1, 1, 1]);
    factor.multiplied_with(images.sub(mean.clone())).add(mean)
}
