//! Scale: the sampling grid is multiplied by `x` and `y`, each uniform in `[1/1.2, 1.2]` and independent:
//! above one the content shrinks, below one it grows (DSA, section 3.2).

use burn::tensor::Tensor;
use rand::{Rng, RngExt};

use super::{
    bilinear::{self, Affine},
    parameters::Parameters,
};

/// The largest factor, and the inverse of the smallest.
const RATIO: f64 = 1.2;

/// Factors of the sampling grid.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Factors {
    /// Along the columns.
    pub x: f64,
    /// Along the rows.
    pub y: f64,
}

/// Two independent factors.
pub(super) fn draw(rng: &mut impl Rng) -> Factors {
    let mut factor = || rng.random::<f64>() * (RATIO - 1.0 / RATIO) + 1.0 / RATIO;
    Factors { x: factor(), y: factor() }
}

/// Images `[n, c, h, w]` in, the same shape out.
pub(super) fn apply(
    images: Tensor<4>,
    factors: &Parameters<Factors>,
    align_corners: bool,
) -> Tensor<4> {
    let maps = factors.map(|f| Affine { x: [f.x, 0.0], y: [0.0, f.y] });
    bilinear::sample(images, &maps, align_corners)
}
