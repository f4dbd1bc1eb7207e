//! What follows a convolution, in one go over maps that are still in the cache: normalisation, activation
//! and pooling of one image, forward and backward.
//!
//! ```text
//! x̂ = (x − mean) · inverse       mean, inverse per channel, from the image's own groups or frozen
//! z = x̂ · weight + bias          per channel, or per element for layer normalisation
//! out = pool(activate(z))
//! ```
//!
//! Backward, with g = ∂L/∂z and h = g · weight: ∂L/∂x = inverse · (h − mean h − x̂ · mean(h · x̂)), where the
//! means go over the group; statistics that are frozen leave ∂L/∂x = inverse · h.

use crate::nets::layers::{activation, standardise};
use crate::spec::{Activation, Pooling};

use super::{
    convolution::Maps,
    simd::{Job, LANES, Simd},
};

const EPSILON: f32 = standardise::EPSILON as f32;
const LEAK: f32 = activation::LEAK as f32;

type Lanes = [f32; LANES];

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

#[inline(always)]
fn lanes(values: &[f32], at: usize) -> Lanes {
    let mut lanes = [0.0; LANES];
    lanes.copy_from_slice(&values[at..at + LANES]);
    lanes
}

#[inline(always)]
fn put(values: &mut [f32], at: usize, lanes: &Lanes) {
    values[at..at + LANES].copy_from_slice(lanes);
}

#[inline(always)]
fn each(map: impl Fn(usize) -> f32) -> Lanes {
    std::array::from_fn(map)
}

impl Tail {
    /// Pixels of a map before pooling.
    const fn pixels(&self) -> usize {
        self.maps.height * self.maps.width
    }

    /// Side of the pooling window.
    const fn window(&self) -> usize {
        if matches!(self.pooling, Pooling::None) { 1 } else { 2 }
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

    #[inline(always)]
    fn measure(&self, x: &[f32], moments: &mut Moments) {
        let lanes_in_all = self.maps.blocks * LANES;
        moments.mean.resize(lanes_in_all, 0.0);
        moments.inverse.resize(lanes_in_all, 0.0);
        let groups = match &self.norm {
            Norm::None => {
                moments.mean.fill(0.0);
                moments.inverse.fill(1.0);
                return;
            }
            Norm::Frozen(mean, inverse) => {
                moments.mean.copy_from_slice(mean);
                moments.inverse.copy_from_slice(inverse);
                return;
            }
            Norm::Groups(groups) => *groups,
        };
        for (block, x) in x.chunks_exact(self.maps.block()).take(self.maps.blocks).enumerate() {
            let mut sum = [0.0; LANES];
            for pixel in x.chunks_exact(LANES) {
                for lane in 0..LANES {
                    sum[lane] += pixel[lane];
                }
            }
            put(&mut moments.mean, block * LANES, &sum);
        }
        self.group_means(&mut moments.mean, groups);
        for (block, x) in x.chunks_exact(self.maps.block()).take(self.maps.blocks).enumerate() {
            let mean = lanes(&moments.mean, block * LANES);
            let mut sum = [0.0; LANES];
            for pixel in x.chunks_exact(LANES) {
                for lane in 0..LANES {
                    let off = pixel[lane] - mean[lane];
                    sum[lane] += off * off;
                }
            }
            put(&mut moments.inverse, block * LANES, &sum);
        }
        self.group_means(&mut moments.inverse, groups);
        for variance in &mut moments.inverse {
            *variance = 1.0 / (*variance + EPSILON).sqrt();
        }
    }
}

/// Whether z passes, as a factor; NaN passes as NaN.
#[inline(always)]
fn relu(z: f32) -> f32 {
    if z <= 0.0 { 0.0 } else { z }
}

fn sigmoid(z: f32) -> f32 {
    1.0 / (1.0 + (-z).exp())
}

/// An activation: its value and its slope.
trait Curve: Copy {
    fn value(self, z: f32) -> f32;
    fn slope(self, z: f32) -> f32;
}

macro_rules! curve {
    ($name:ident, $z:ident, $value:expr, $slope:expr) => {
        #[derive(Clone, Copy)]
        struct $name;
        impl Curve for $name {
            #[inline(always)]
            fn value(self, $z: f32) -> f32 {
                $value
            }
            #[inline(always)]
            fn slope(self, $z: f32) -> f32 {
                $slope
            }
        }
    };
}

curve!(Relu, z, relu(z), if z > 0.0 { 1.0 } else { 0.0 });
curve!(Leaky, z, if z > 0.0 { z } else { LEAK * z }, if z > 0.0 { 1.0 } else { LEAK });
curve!(Sigmoid, z, sigmoid(z), sigmoid(z) * (1.0 - sigmoid(z)));
curve!(Swish, z, z * sigmoid(z), {
    let s = sigmoid(z);
    s + z * s * (1.0 - s)
});

/// From what a convolution gave to what the next one takes.
pub struct Forward<'a> {
    /// The shape.
    pub tail: &'a Tail,
    /// Weight and bias of the normalisation.
    pub affine: Affine<'a>,
    /// What the convolution gave.
    pub x: &'a [f32],
    /// Filled with the image's moments.
    pub moments: &'a mut Moments,
    /// Filled with what comes out; the halo is left alone.
    pub out: &'a mut [f32],
}

impl Job for Forward<'_> {
    type Output = ();

    #[inline(always)]
    #[allow(unsafe_code)]
    unsafe fn run<S: Simd>(self) {
        match self.tail.activation {
            Activation::Relu => self.with(Relu),
            Activation::LeakyRelu => self.with(Leaky),
            Activation::Sigmoid => self.with(Sigmoid),
            Activation::Swish => self.with(Swish),
        }
    }
}

impl Forward<'_> {
    #[inline(always)]
    fn with(self, curve: impl Curve) {
        let Self { tail, affine, x, moments, out } = self;
        tail.measure(x, moments);
        let window = tail.window();
        for block in 0..tail.maps.blocks {
            let mean = lanes(&moments.mean, block * LANES);
            let inverse = lanes(&moments.inverse, block * LANES);
            let activated = |y: usize, x_at: usize| {
                let pixel = lanes(x, tail.maps.at(block, y, x_at));
                let (weight, bias) = tail.affine_at(affine, block, y * tail.maps.width + x_at);
                each(|l| curve.value((pixel[l] - mean[l]) * inverse[l] * weight[l] + bias[l]))
            };
            for y in 0..tail.pooled.height {
                for x_at in 0..tail.pooled.width {
                    let mut value = activated(y * window, x_at * window);
                    if window == 2 {
                        let others = [
                            activated(y * 2, x_at * 2 + 1),
                            activated(y * 2 + 1, x_at * 2),
                            activated(y * 2 + 1, x_at * 2 + 1),
                        ];
                        value = if tail.pooling == Pooling::Max {
                            others.iter().fold(value, |best, other| {
                                each(|l| {
                                    if other[l] > best[l] || other[l].is_nan() {
                                        other[l]
                                    } else {
                                        best[l]
                                    }
                                })
                            })
                        } else {
                            each(|l| (value[l] + others[0][l] + others[1][l] + others[2][l]) * 0.25)
                        };
                    }
                    put(out, tail.pooled.at(block, y, x_at), &value);
                }
            }
        }
    }
}

impl Tail {
    #[inline(always)]
    fn affine_at(&self, affine: Affine<'_>, block: usize, pixel: usize) -> (Lanes, Lanes) {
        let at = if self.elementwise { block * self.pixels() + pixel } else { block } * LANES;
        (lanes(affine.weight, at), lanes(affine.bias, at))
    }
}

/// From the gradient of what came out to that of what the convolution gave.
pub struct Backward<'a> {
    /// The shape.
    pub tail: &'a Tail,
    /// Weight and bias of the normalisation.
    pub affine: Affine<'a>,
    /// What the convolution gave.
    pub x: &'a [f32],
    /// The image's moments, as forward left them.
    pub moments: &'a Moments,
    /// The gradient of what came out, `[blocks][pooled height · pooled width][16]`.
    pub from: &'a [f32],
    /// Filled with the gradient of what the convolution gave.
    pub to: &'a mut [f32],
    /// The shape of `to`: as the convolution's maps, with a halo that is left alone.
    pub slope_maps: Maps,
    /// Added to: the gradient of the weight.
    pub weight: &'a mut [f32],
    /// Added to: the gradient of the bias.
    pub bias: &'a mut [f32],
    /// Added to: the gradient of the convolution's bias, `[blocks][16]`.
    pub convolution_bias: &'a mut [f32],
    /// Room for two numbers per channel.
    pub sums: &'a mut [Vec<f32>; 2],
}

impl Job for Backward<'_> {
    type Output = ();

    #[inline(always)]
    #[allow(unsafe_code)]
    unsafe fn run<S: Simd>(self) {
        match self.tail.activation {
            Activation::Relu => self.with(Relu),
            Activation::LeakyRelu => self.with(Leaky),
            Activation::Sigmoid => self.with(Sigmoid),
            Activation::Swish => self.with(Swish),
        }
    }
}

impl Backward<'_> {
    #[inline(always)]
    fn with(mut self, curve: impl Curve) {
        let lanes_in_all = self.tail.maps.blocks * LANES;
        for sums in self.sums.iter_mut() {
            sums.resize(lanes_in_all, 0.0);
        }
        for block in 0..self.tail.maps.blocks {
            self.through_pool_and_activation(block, curve);
        }
        if let Norm::Groups(groups) = self.tail.norm {
            let [plain, scaled] = &mut *self.sums;
            self.tail.group_means(plain, groups);
            self.tail.group_means(scaled, groups);
        } else {
            self.sums.iter_mut().for_each(|sums| sums.fill(0.0));
        }
        for block in 0..self.tail.maps.blocks {
            self.through_norm(block);
        }
    }

    /// Writes h for every pixel and gathers its sums.
    #[inline(always)]
    fn through_pool_and_activation(&mut self, block: usize, curve: impl Curve) {
        let tail = self.tail;
        let (maps, window) = (tail.maps, tail.window());
        let mean = lanes(&self.moments.mean, block * LANES);
        let inverse = lanes(&self.moments.inverse, block * LANES);
        let (mut plain, mut scaled) = ([0.0; LANES], [0.0; LANES]);
        let (mut weights, mut biases) = ([0.0; LANES], [0.0; LANES]);
        // Pixels that pooling leaves out, at the edge of an odd map, have no gradient of their own.
        if tail.pooled.height * window < maps.height || tail.pooled.width * window < maps.width {
            for y in 0..maps.height {
                let at = self.slope_maps.at(block, y, 0);
                self.to[at..at + maps.width * LANES].fill(0.0);
            }
        }
        for y in 0..tail.pooled.height {
            for x_at in 0..tail.pooled.width {
                let from = lanes(
                    self.from,
                    (block * tail.pooled.height * tail.pooled.width + y * tail.pooled.width + x_at)
                        * LANES,
                );
                let places = [(0, 0), (0, 1), (1, 0), (1, 1)];
                let places = &places[..window * window];
                let mut normed = [[0.0; LANES]; 4];
                let mut before = [[0.0; LANES]; 4];
                let mut scales = [[0.0; LANES]; 4];
                for (at, (dy, dx)) in places.iter().enumerate() {
                    let (y, x_at) = (y * window + dy, x_at * window + dx);
                    let pixel = lanes(self.x, maps.at(block, y, x_at));
                    let (weight, bias) = tail.affine_at(self.affine, block, y * maps.width + x_at);
                    normed[at] = each(|l| (pixel[l] - mean[l]) * inverse[l]);
                    before[at] = each(|l| normed[at][l] * weight[l] + bias[l]);
                    scales[at] = weight;
                }
                let shares: [Lanes; 4] = match tail.pooling {
                    Pooling::None => [from; 4],
                    Pooling::Average => [each(|l| from[l] * 0.25); 4],
                    Pooling::Max => {
                        let values: [Lanes; 4] =
                            std::array::from_fn(|at| each(|l| curve.value(before[at][l])));
                        let best: [usize; LANES] = std::array::from_fn(|l| {
                            (1..4).fold(0, |best, at| {
                                let higher =
                                    values[at][l] > values[best][l] || values[at][l].is_nan();
                                if higher { at } else { best }
                            })
                        });
                        std::array::from_fn(|at| {
                            each(|l| if best[l] == at { from[l] } else { 0.0 })
                        })
                    }
                };
                for (at, (dy, dx)) in places.iter().enumerate() {
                    let (y, x_at) = (y * window + dy, x_at * window + dx);
                    let slope = each(|l| shares[at][l] * curve.slope(before[at][l]));
                    let scaled_slope = each(|l| slope[l] * normed[at][l]);
                    if tail.elementwise {
                        let element = (block * tail.pixels() + y * maps.width + x_at) * LANES;
                        for l in 0..LANES {
                            self.weight[element + l] += scaled_slope[l];
                            self.bias[element + l] += slope[l];
                        }
                    } else {
                        for l in 0..LANES {
                            weights[l] += scaled_slope[l];
                            biases[l] += slope[l];
                        }
                    }
                    let h = each(|l| slope[l] * scales[at][l]);
                    for l in 0..LANES {
                        plain[l] += h[l];
                        scaled[l] += h[l] * normed[at][l];
                    }
                    put(self.to, self.slope_maps.at(block, y, x_at), &h);
                }
            }
        }
        if !tail.elementwise {
            for l in 0..LANES {
                self.weight[block * LANES + l] += weights[l];
                self.bias[block * LANES + l] += biases[l];
            }
        }
        put(&mut self.sums[0], block * LANES, &plain);
        put(&mut self.sums[1], block * LANES, &scaled);
    }

    /// Turns h into the gradient of x, and adds up that of the convolution's bias.
    #[inline(always)]
    fn through_norm(&mut self, block: usize) {
        let maps = self.tail.maps;
        let mean = lanes(&self.moments.mean, block * LANES);
        let inverse = lanes(&self.moments.inverse, block * LANES);
        let plain = lanes(&self.sums[0], block * LANES);
        let scaled = lanes(&self.sums[1], block * LANES);
        let mut total = [0.0; LANES];
        for y in 0..maps.height {
            for x_at in 0..maps.width {
                let pixel = lanes(self.x, maps.at(block, y, x_at));
                let at = self.slope_maps.at(block, y, x_at);
                let h = lanes(self.to, at);
                let slope = each(|l| {
                    let normed = (pixel[l] - mean[l]) * inverse[l];
                    inverse[l] * (h[l] - plain[l] - normed * scaled[l])
                });
                for l in 0..LANES {
                    total[l] += slope[l];
                }
                put(self.to, at, &slope);
            }
        }
        for l in 0..LANES {
            self.convolution_bias[block * LANES + l] += total[l];
        }
    }
}
