//! What follows a convolution, in one go over maps that are still in the cache: normalisation, activation
//! and pooling of one image, forward and backward, and both along a tangent.
//!
//! ```text
//! x̂ = (x − mean) · inverse       mean, inverse per channel, from the image's own groups or frozen
//! z = x̂ · weight + bias          per channel, or per element for layer normalisation
//! out = pool(activate(z))
//! ```
//!
//! Backward, with g = ∂L/∂z and h = g · weight: ∂L/∂x = inverse · (h − mean h − x̂ · mean(h · x̂)), where the
//! means go over the group; statistics that are frozen leave ∂L/∂x = inverse · h. What happens to all of
//! this along a direction in the parameters is in `tangent`.

mod backward;
mod curve;
mod forward;
mod tangent;

use crate::nets::layers::standardise;
use crate::spec::{Activation, Pooling};

use super::{
    convolution::Maps,
    simd::{LANES, Simd, Wide},
};

pub use backward::Backward;
pub use forward::Forward;
pub use tangent::{BackwardAlong, Drift, ForwardAlong};

const EPSILON: f32 = standardise::EPSILON as f32;

/// Where mean and variance come from.
#[derive(Debug, Clone, PartialEq)]
pub enum Norm {
    /// There is no normalisation.
    None,
    /// From each image's own values, in this many groups of channels.
    Groups(usize),
    /// Gathered before: mean and 1/√(variance + ε) of each channel, padded to whole blocks.
    Frozen(Vec<f32>, Vec<f32>),
}

/// The shape of a tail, the same for all images.
#[derive(Debug, Clone)]
pub struct Tail {
    /// Real channels; the last block may have lanes beyond them.
    pub channels: usize,
    /// What the convolution gives, without a halo.
    pub maps: Maps,
    /// What comes out, with the halo that the next convolution wants.
    pub pooled: Maps,
    /// Where mean and variance come from.
    pub norm: Norm,
    /// Whether weight and bias have a value for each element instead of one for each channel.
    pub elementwise: bool,
    /// The activation.
    pub activation: Activation,
    /// The pooling.
    pub pooling: Pooling,
}

/// Mean and 1/√(variance + ε) of every channel of one image.
#[derive(Debug, Clone, Default)]
pub struct Moments {
    mean: Vec<f32>,
    inverse: Vec<f32>,
}

/// Weight and bias, `[blocks][16]` or `[blocks][height · width][16]`.
#[derive(Debug, Clone, Copy)]
pub struct Affine<'a> {
    /// Scale; zero beyond the real channels.
    pub weight: &'a [f32],
    /// Shift; zero beyond the real channels.
    pub bias: &'a [f32],
}

/// The corners of a pooling window.
const CORNERS: [(usize, usize); 4] = [(0, 0), (0, 1), (1, 0), (1, 1)];

impl Tail {
    /// Pixels of a map before pooling.
    const fn pixels(&self) -> usize {
        self.maps.height * self.maps.width
    }

    /// How many values a channel has in weight and bias.
    pub const fn affine_elements(&self) -> usize {
        if self.elementwise { self.pixels() } else { 1 }
    }

    /// Side of the pooling window.
    const fn window(&self) -> usize {
        if matches!(self.pooling, Pooling::None) { 1 } else { 2 }
    }

    /// Pixels of a pooling window.
    const fn area(&self) -> usize {
        self.window() * self.window()
    }

    /// Where what pooling gives for (y, x) lies in maps without a halo.
    const fn pooled_at(&self, block: usize, y: usize, x: usize) -> usize {
        ((block * self.pooled.height + y) * self.pooled.width + x) * LANES
    }

    /// Whether pooling leaves out pixels at the edge of an odd map.
    const fn leaves_an_edge(&self) -> bool {
        let window = self.window();
        self.pooled.height * window < self.maps.height
            || self.pooled.width * window < self.maps.width
    }

    /// Turns sums over each channel into means over each channel's group, in place.
    fn group_means(&self, sums: &mut [f32], groups: usize) {
        let size = self.channels / groups.max(1);
        let count = (size * self.pixels()) as f32;
        for group in sums[..self.channels].chunks_mut(size.max(1)) {
            let mean = group.iter().sum::<f32>() / count;
            group.fill(mean);
        }
        sums[self.channels..].fill(0.0);
    }

    /// Weight and bias of a pixel.
    #[inline(always)]
    fn affine_at<S: Simd>(
        &self,
        affine: Affine<'_>,
        block: usize,
        pixel: usize,
    ) -> (Wide<S>, Wide<S>) {
        let at = if self.elementwise { block * self.pixels() + pixel } else { block } * LANES;
        (Wide::load(affine.weight, at), Wide::load(affine.bias, at))
    }

    /// The first of the largest values of a pooling window; NaN is larger than any number.
    #[inline(always)]
    fn largest<S: Simd>(values: [Wide<S>; 4]) -> Wide<S> {
        let mut best = values[0];
        for value in &values[1..] {
            best = value.where_greater(best, *value, best);
            best = value.where_nan(*value, best);
        }
        best
    }

    /// For each pixel of a pooling window the first of two where it is the one that
    /// [`Self::largest`] takes, else the second.
    #[inline(always)]
    fn of_largest<S: Simd>(
        values: [Wide<S>; 4],
        then: [Wide<S>; 4],
        otherwise: Wide<S>,
    ) -> [Wide<S>; 4] {
        let mut best = values[0];
        let mut chosen = [otherwise; 4];
        chosen[0] = then[0];
        for at in 1..4 {
            let value = values[at];
            for earlier in 0..at {
                let kept = value.where_greater(best, otherwise, chosen[earlier]);
                chosen[earlier] = value.where_nan(otherwise, kept);
            }
            chosen[at] = value.where_greater(best, then[at], otherwise);
            chosen[at] = value.where_nan(then[at], chosen[at]);
            best = value.where_greater(best, value, best);
            best = value.where_nan(value, best);
        }
        chosen
    }
}
