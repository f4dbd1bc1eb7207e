//! From what a convolution gave to what the next one takes.

use crate::spec::Pooling;

use super::{
    super::simd::{Job, LANES, Simd, Wide},
    Affine, CORNERS, EPSILON, Moments, Norm, Tail,
    curve::{Curve, Curved, with_curve},
};

/// Normalisation, activation and pooling of one image.
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
        with_curve::<S>(self.tail.activation, self);
    }
}

impl Curved for Forward<'_> {
    #[inline(always)]
    fn with<S: Simd>(self, curve: impl Curve) {
        let Self { tail, affine, x, moments, out } = self;
        tail.measure::<S>(x, moments);
        let (window, area) = (tail.window(), tail.area());
        let quarter = Wide::splat(0.25);
        for block in 0..tail.maps.blocks {
            let mean = Wide::<S>::load(&moments.mean, block * LANES);
            let inverse = Wide::<S>::load(&moments.inverse, block * LANES);
            for y in 0..tail.pooled.height {
                for x_at in 0..tail.pooled.width {
                    let mut values = [Wide::<S>::splat(0.0); 4];
                    for (value, (dy, dx)) in values[..area].iter_mut().zip(CORNERS) {
                        let (y, x_at) = (y * window + dy, x_at * window + dx);
                        let (weight, bias) =
                            tail.affine_at::<S>(affine, block, y * tail.maps.width + x_at);
                        let pixel = Wide::load(x, tail.maps.at(block, y, x_at));
                        *value = curve.value((pixel - mean) * inverse * weight + bias);
                    }
                    let value = match tail.pooling {
                        Pooling::None => values[0],
                        Pooling::Average => {
                            (values[0] + values[1] + values[2] + values[3]) * quarter
                        }
                        Pooling::Max => Tail::largest(values),
                    };
                    value.store(out, tail.pooled.at(block, y, x_at));
                }
            }
        }
    }
}

impl Tail {
    /// Mean and 1/√(variance + ε) of every channel.
    #[inline(always)]
    fn measure<S: Simd>(&self, x: &[f32], moments: &mut Moments) {
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
        let zero = Wide::<S>::splat(0.0);
        for block in 0..self.maps.blocks {
            let start = self.maps.at(block, 0, 0);
            let mut sums = [zero; 4];
            for at in 0..self.pixels() {
                sums[at % 4] = sums[at % 4] + Wide::load(x, start + at * LANES);
            }
            total(sums).store(&mut moments.mean, block * LANES);
        }
        self.group_means(&mut moments.mean, groups);
        for block in 0..self.maps.blocks {
            let start = self.maps.at(block, 0, 0);
            let mean = Wide::load(&moments.mean, block * LANES);
            let mut sums = [zero; 4];
            for at in 0..self.pixels() {
                let off = Wide::load(x, start + at * LANES) - mean;
                sums[at % 4] = sums[at % 4] + off * off;
            }
            total(sums).store(&mut moments.inverse, block * LANES);
        }
        self.group_means(&mut moments.inverse, groups);
        for variance in &mut moments.inverse {
            *variance = 1.0 / (*variance + EPSILON).sqrt();
        }
    }
}

/// Four partial sums as one. One after the other, additions would wait for each other.
#[inline(always)]
pub fn total<S: Simd>(sums: [Wide<S>; 4]) -> Wide<S> {
    (sums[0] + sums[1]) + (sums[2] + sums[3])
}
