//! Classic noise: independent normal noise of standard deviation 0.001 on every value.

use rand::Rng;
use rand_distr::{Distribution, StandardNormal};

/// Standard deviation, in normalised space.
const STD: f32 = 0.001;

/// Adds the noise to one image in place.
pub(super) fn apply(image: &mut [f32], rng: &mut impl Rng) {
    for value in image {
        let normal: f32 = StandardNormal.sample(rng);
        *value += STD * normal;
    }
}
