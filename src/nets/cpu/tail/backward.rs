//! From the gradient of what came out to that of what the convolution gave.

use crate::spec::Pooling;

use super::{
    super::{
        convolution::Maps,
        simd::{Job, LANES, Simd, Wide},
    },
    Affine, CORNERS, Moments, Norm, Tail,
    curve::{Curve, Curved, values, with_curve},
};

/// Pooling, activation and normalisation of one image, the other way round.
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
        with_curve::<S>(self.tail.activation, self);
    }
}

impl Curved for Backward<'_> {
    #[inline(always)]
    fn with<S: Simd>(mut self, curve: impl Curve) {
        let lanes_in_all = self.tail.maps.blocks * LANES;
        for sums in self.sums.iter_mut() {
            sums.resize(lanes_in_all, 0.0);
        }
        for block in 0..self.tail.maps.blocks {
            self.through_pool_and_activation::<S>(block, curve);
        }
        if let Norm::Groups(groups) = self.tail.norm {
            let [plain, scaled] = &mut *self.sums;
            self.tail.group_means(plain, groups);
            self.tail.group_means(scaled, groups);
        } else {
            self.sums.iter_mut().for_each(|sums| sums.fill(0.0));
        }
        for block in 0..self.tail.maps.blocks {
            self.through_norm::<S>(block);
        }
    }
}

impl Backward<'_> {
    /// Writes h for every pixel and gathers its sums.
    #[inline(always)]
    fn through_pool_and_activation<S: Simd>(&mut self, block: usize, curve: impl Curve) {
        let tail = self.tail;
        let (maps, window, area) = (tail.maps, tail.window(), tail.area());
        let mean = Wide::<S>::load(&self.moments.mean, block * LANES);
        let inverse = Wide::<S>::load(&self.moments.inverse, block * LANES);
        let (zero, quarter) = (Wide::splat(0.0), Wide::splat(0.25));
        let (mut plain, mut scaled) = (zero, zero);
        let (mut weights, mut biases) = (zero, zero);
        if tail.leaves_an_edge() {
            self.slope_maps.clear(block, self.to);
        }
        for y in 0..tail.pooled.height {
            for x_at in 0..tail.pooled.width {
                let from = Wide::<S>::load(self.from, tail.pooled_at(block, y, x_at));
                let (mut normed, mut before, mut scales) = ([zero; 4], [zero; 4], [zero; 4]);
                for (at, (dy, dx)) in CORNERS[..area].iter().enumerate() {
                    let (y, x_at) = (y * window + dy, x_at * window + dx);
                    let pixel = Wide::load(self.x, maps.at(block, y, x_at));
                    let (weight, bias) = tail.affine_at(self.affine, block, y * maps.width + x_at);
                    normed[at] = (pixel - mean) * inverse;
                    before[at] = normed[at] * weight + bias;
                    scales[at] = weight;
                }
                let shares = match tail.pooling {
                    Pooling::None => [from; 4],
                    Pooling::Average => [from * quarter; 4],
                    Pooling::Max => Tail::of_largest(values(curve, before), [from; 4], zero),
                };
                for (at, (dy, dx)) in CORNERS[..area].iter().enumerate() {
                    let (y, x_at) = (y * window + dy, x_at * window + dx);
                    let slope = shares[at] * curve.slope(before[at]);
                    if tail.elementwise {
                        let element = (block * tail.pixels() + y * maps.width + x_at) * LANES;
                        (slope * normed[at]).add_to(self.weight, element);
                        slope.add_to(self.bias, element);
                    } else {
                        weights = weights + slope * normed[at];
                        biases = biases + slope;
                    }
                    let h = slope * scales[at];
                    plain = plain + h;
                    scaled = scaled + h * normed[at];
                    h.store(self.to, self.slope_maps.at(block, y, x_at));
                }
            }
        }
        if !tail.elementwise {
            weights.add_to(self.weight, block * LANES);
            biases.add_to(self.bias, block * LANES);
        }
        plain.store(&mut self.sums[0], block * LANES);
        scaled.store(&mut self.sums[1], block * LANES);
    }

    /// Turns h into the gradient of x, and adds up that of the convolution's bias.
    #[inline(always)]
    fn through_norm<S: Simd>(&mut self, block: usize) {
        let maps = self.tail.maps;
        let mean = Wide::<S>::load(&self.moments.mean, block * LANES);
        let inverse = Wide::<S>::load(&self.moments.inverse, block * LANES);
        let plain = Wide::<S>::load(&self.sums[0], block * LANES);
        let scaled = Wide::<S>::load(&self.sums[1], block * LANES);
        let mut sum = Wide::splat(0.0);
        for y in 0..maps.height {
            for x_at in 0..maps.width {
                let pixel = Wide::load(self.x, maps.at(block, y, x_at));
                let at = self.slope_maps.at(block, y, x_at);
                let h = Wide::load(self.to, at);
                let normed = (pixel - mean) * inverse;
                let slope = inverse * (h - plain - normed * scaled);
                sum = sum + slope;
                slope.store(self.to, at);
            }
        }
        sum.add_to(self.convolution_bias, block * LANES);
    }
}
