//! Rotate: the sampling grid turns about the image's centre by an angle uniform in ±15°; its matrix has
//! the rows `(cos t, −sin t)` and `(sin t, cos t)` (DSA, section 3.2). On images that are not square the
//! turn is one of the normalised coordinates.

use burn::tensor::Tensor;
use rand::{Rng, RngExt};

use super::{
    bilinear::{self, Affine},
    parameters::Parameters,
};

/// The largest angle either way, in degrees.
const DEGREES: f64 = 15.0;

/// The angle, in degrees.
pub(super) fn draw(rng: &mut impl Rng) -> f64 {
    (rng.random::<f64>() - 0.5) * 2.0 * DEGREES
}

/// Images `[n, c, h, w]` in, the same shape out.
pub(super) fn apply(
    images: Tensor<4>,
    degrees: &Parameters<f64>,
    align_corners: bool,
) -> Tensor<4> {
    let maps = degrees.map(|degrees| {
        let (sin, cos) = degrees.to_radians().sin_cos();
        Affine { x: [cos, -sin], y: [sin, cos] }
    });
    bilinear::sample(images, &maps, align_corners)
}
