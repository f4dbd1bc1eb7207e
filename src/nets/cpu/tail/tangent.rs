//! Forward and backward along a tangent: everything together with its derivative d/dε, where the
//! parameters are θ + ε·v.
//!
//! With n = x̂, i = 1/√(variance + ε₀) and the means over a group, forward:
//!
//! ```text
//! n' = i · (x' − mean x' − n · mean(n · x'))
//! z' = n' · w + n · w' + b'           out' = pool(f'(z) · z')
//! ```
//!
//! Backward, for the gradient a of what came out and its own derivative a':
//!
//! ```text
//! h  = a · f'(z) · w                  h' = (a' · f'(z) + a · f''(z) · z') · w + a · f'(z) · w'
//! p  = mean h                         p' = mean h'
//! q  = mean(h · n)                    q' = mean(h' · n + h · n')
//! g  = i · (h − p − n · q)
//! g' = i · (h' − p' − n' · q − n · q') − i · mean(n · x') · g
//! ```

use crate::spec::Pooling;

use super::{
    super::{
        convolution::Maps,
        simd::{Job, LANES, Simd, Wide},
    },
    Affine, CORNERS, Moments, Norm, Tail,
    curve::{Curve, Curved, values, with_curve},
    forward::total,
};

/// How the moments of one image change along the direction: mean x' and mean(x̂ · x') of every channel,
/// zero for statistics that are frozen.
#[derive(Debug, Clone, Default)]
pub struct Drift {
    mean: Vec<f32>,
    along: Vec<f32>,
}

/// The tail of one image forward, after [`super::Forward`] has left the image's moments.
pub struct ForwardAlong<'a> {
    /// The shape.
    pub tail: &'a Tail,
    /// Weight and bias of the normalisation.
    pub affine: Affine<'a>,
    /// Their direction.
    pub direction: Affine<'a>,
    /// What the convolution gave.
    pub x: &'a [f32],
    /// Its tangent.
    pub tangent: &'a [f32],
    /// The image's moments.
    pub moments: &'a Moments,
    /// Filled with their drift.
    pub drift: &'a mut Drift,
    /// Filled with the tangent of what comes out; the halo is left alone.
    pub out: &'a mut [f32],
}

/// The tail of one image backward.
pub struct BackwardAlong<'a> {
    /// The shape.
    pub tail: &'a Tail,
    /// Weight and bias of the normalisation.
    pub affine: Affine<'a>,
    /// Their direction.
    pub direction: Affine<'a>,
    /// What the convolution gave, and its tangent.
    pub x: [&'a [f32]; 2],
    /// The image's moments, as forward left them.
    pub moments: &'a Moments,
    /// Their drift, as forward left it.
    pub drift: &'a Drift,
    /// The gradient of what came out, `[blocks][pooled height · pooled width][16]`, and its tangent.
    pub from: [&'a [f32]; 2],
    /// Filled with the gradient of what the convolution gave, and its tangent.
    pub to: [&'a mut [f32]; 2],
    /// The shape of `to`: as the convolution's maps, with a halo that is left alone.
    pub slope_maps: Maps,
    /// Room for four numbers per channel.
    pub sums: &'a mut [Vec<f32>; 4],
}

/// What the formulas know of one channel block.
#[derive(Clone, Copy)]
struct Channels<S: Simd> {
    mean: Wide<S>,
    inverse: Wide<S>,
    drift: Wide<S>,
    along: Wide<S>,
}

impl<S: Simd> Channels<S> {
    #[inline(always)]
    fn of(moments: &Moments, drift: &Drift, block: usize) -> Self {
        let at = block * LANES;
        Self {
            mean: Wide::load(&moments.mean, at),
            inverse: Wide::load(&moments.inverse, at),
            drift: Wide::load(&drift.mean, at),
            along: Wide::load(&drift.along, at),
        }
    }

    /// x̂ and its tangent.
    #[inline(always)]
    fn norm(self, x: Wide<S>, tangent: Wide<S>) -> [Wide<S>; 2] {
        let normed = (x - self.mean) * self.inverse;
        [normed, self.inverse * (tangent - self.drift - normed * self.along)]
    }
}

impl Tail {
    #[inline(always)]
    fn measure_drift<S: Simd>(
        &self,
        x: &[f32],
        tangent: &[f32],
        moments: &Moments,
        drift: &mut Drift,
    ) {
        let lanes_in_all = self.maps.blocks * LANES;
        drift.mean.resize(lanes_in_all, 0.0);
        drift.along.resize(lanes_in_all, 0.0);
        let Norm::Groups(groups) = self.norm else {
            drift.mean.fill(0.0);
            drift.along.fill(0.0);
            return;
        };
        let zero = Wide::<S>::splat(0.0);
        for block in 0..self.maps.blocks {
            let start = self.maps.at(block, 0, 0);
            let mean = Wide::load(&moments.mean, block * LANES);
            let inverse = Wide::load(&moments.inverse, block * LANES);
            let (mut plain, mut along) = ([zero; 4], [zero; 4]);
            for at in 0..self.pixels() {
                let slope = Wide::load(tangent, start + at * LANES);
                let normed = (Wide::load(x, start + at * LANES) - mean) * inverse;
                plain[at % 4] = plain[at % 4] + slope;
                along[at % 4] = along[at % 4] + normed * slope;
            }
            total(plain).store(&mut drift.mean, block * LANES);
            total(along).store(&mut drift.along, block * LANES);
        }
        self.group_means(&mut drift.mean, groups);
        self.group_means(&mut drift.along, groups);
    }
}

impl Job for ForwardAlong<'_> {
    type Output = ();

    #[inline(always)]
    #[allow(unsafe_code)]
    unsafe fn run<S: Simd>(self) {
        with_curve::<S>(self.tail.activation, self);
    }
}

impl Curved for ForwardAlong<'_> {
    #[inline(always)]
    fn with<S: Simd>(self, curve: impl Curve) {
        let Self { tail, affine, direction, x, tangent, moments, drift, out } = self;
        tail.measure_drift::<S>(x, tangent, moments, drift);
        let (window, area) = (tail.window(), tail.area());
        let (zero, quarter) = (Wide::<S>::splat(0.0), Wide::splat(0.25));
        for block in 0..tail.maps.blocks {
            let channels = Channels::<S>::of(moments, drift, block);
            for y in 0..tail.pooled.height {
                for x_at in 0..tail.pooled.width {
                    let (mut values, mut slopes) = ([zero; 4], [zero; 4]);
                    for (at, (dy, dx)) in CORNERS[..area].iter().enumerate() {
                        let (y, x_at) = (y * window + dy, x_at * window + dx);
                        let pixel = y * tail.maps.width + x_at;
                        let (weight, bias) = tail.affine_at::<S>(affine, block, pixel);
                        let (turn, shift) = tail.affine_at::<S>(direction, block, pixel);
                        let place = tail.maps.at(block, y, x_at);
                        let [normed, moved] =
                            channels.norm(Wide::load(x, place), Wide::load(tangent, place));
                        let before = normed * weight + bias;
                        slopes[at] = curve.slope(before) * (moved * weight + normed * turn + shift);
                        if tail.pooling == Pooling::Max {
                            values[at] = curve.value(before);
                        }
                    }
                    let slope = match tail.pooling {
                        Pooling::None => slopes[0],
                        Pooling::Average => {
                            (slopes[0] + slopes[1] + slopes[2] + slopes[3]) * quarter
                        }
                        Pooling::Max => total(Tail::of_largest(values, slopes, zero)),
                    };
                    slope.store(out, tail.pooled.at(block, y, x_at));
                }
            }
        }
    }
}

impl Job for BackwardAlong<'_> {
    type Output = ();

    #[inline(always)]
    #[allow(unsafe_code)]
    unsafe fn run<S: Simd>(self) {
        with_curve::<S>(self.tail.activation, self);
    }
}

impl Curved for BackwardAlong<'_> {
    #[inline(always)]
    fn with<S: Simd>(mut self, curve: impl Curve) {
        let lanes_in_all = self.tail.maps.blocks * LANES;
        for sums in self.sums.iter_mut() {
            sums.resize(lanes_in_all, 0.0);
        }
        for block in 0..self.tail.maps.blocks {
            self.through_pool_and_activation::<S, _>(block, curve);
        }
        for sums in self.sums.iter_mut() {
            match self.tail.norm {
                Norm::Groups(groups) => self.tail.group_means(sums, groups),
                _ => sums.fill(0.0),
            }
        }
        for block in 0..self.tail.maps.blocks {
            self.through_norm::<S>(block);
        }
    }
}

impl BackwardAlong<'_> {
    /// Writes h and h' for every pixel and gathers the sums of p, q, p' and q'.
    #[inline(always)]
    fn through_pool_and_activation<S: Simd, C: Curve>(&mut self, block: usize, curve: C) {
        let tail = self.tail;
        let (maps, window, area) = (tail.maps, tail.window(), tail.area());
        let channels = Channels::<S>::of(self.moments, self.drift, block);
        let (zero, quarter) = (Wide::splat(0.0), Wide::splat(0.25));
        let mut sums = [zero; 4];
        if tail.leaves_an_edge() {
            self.to.iter_mut().for_each(|to| self.slope_maps.clear(block, to));
        }
        for y in 0..tail.pooled.height {
            for x_at in 0..tail.pooled.width {
                let place = tail.pooled_at(block, y, x_at);
                let from = [Wide::<S>::load(self.from[0], place), Wide::load(self.from[1], place)];
                let mut normed = [[zero; 2]; 4];
                let (mut before, mut moved) = ([zero; 4], [zero; 4]);
                let (mut weights, mut turns) = ([zero; 4], [zero; 4]);
                for (at, (dy, dx)) in CORNERS[..area].iter().enumerate() {
                    let (y, x_at) = (y * window + dy, x_at * window + dx);
                    let place = maps.at(block, y, x_at);
                    let pixel = y * maps.width + x_at;
                    let (weight, bias) = tail.affine_at::<S>(self.affine, block, pixel);
                    let (turn, shift) = tail.affine_at::<S>(self.direction, block, pixel);
                    let [n, m] =
                        channels.norm(Wide::load(self.x[0], place), Wide::load(self.x[1], place));
                    normed[at] = [n, m];
                    before[at] = n * weight + bias;
                    moved[at] = m * weight + n * turn + shift;
                    (weights[at], turns[at]) = (weight, turn);
                }
                let shares = match tail.pooling {
                    Pooling::None => [[from[0]; 4], [from[1]; 4]],
                    Pooling::Average => [[from[0] * quarter; 4], [from[1] * quarter; 4]],
                    Pooling::Max => {
                        let values = values(curve, before);
                        [
                            Tail::of_largest(values, [from[0]; 4], zero),
                            Tail::of_largest(values, [from[1]; 4], zero),
                        ]
                    }
                };
                for (at, (dy, dx)) in CORNERS[..area].iter().enumerate() {
                    let (y, x_at) = (y * window + dy, x_at * window + dx);
                    let [n, m] = normed[at];
                    let rise = curve.slope(before[at]);
                    let slope = shares[0][at] * rise;
                    let mut change = shares[1][at] * rise;
                    if !C::STRAIGHT {
                        change = change + shares[0][at] * curve.bend(before[at]) * moved[at];
                    }
                    let h = slope * weights[at];
                    let k = change * weights[at] + slope * turns[at];
                    sums[0] = sums[0] + h;
                    sums[1] = sums[1] + h * n;
                    sums[2] = sums[2] + k;
                    sums[3] = sums[3] + (k * n + h * m);
                    let place = self.slope_maps.at(block, y, x_at);
                    h.store(self.to[0], place);
                    k.store(self.to[1], place);
                }
            }
        }
        for (to, sum) in self.sums.iter_mut().zip(sums) {
            sum.store(to, block * LANES);
        }
    }

    /// Turns h and h' into the gradient of x and its tangent.
    #[inline(always)]
    fn through_norm<S: Simd>(&mut self, block: usize) {
        let maps = self.tail.maps;
        let channels = Channels::<S>::of(self.moments, self.drift, block);
        let p = Wide::<S>::load(&self.sums[0], block * LANES);
        let q = Wide::<S>::load(&self.sums[1], block * LANES);
        let p_along = Wide::<S>::load(&self.sums[2], block * LANES);
        let q_along = Wide::<S>::load(&self.sums[3], block * LANES);
        for y in 0..maps.height {
            for x_at in 0..maps.width {
                let place = maps.at(block, y, x_at);
                let [n, m] =
                    channels.norm(Wide::load(self.x[0], place), Wide::load(self.x[1], place));
                let at = self.slope_maps.at(block, y, x_at);
                let h = Wide::load(self.to[0], at);
                let k = Wide::load(self.to[1], at);
                let slope = channels.inverse * (h - p - n * q);
                let change =
                    channels.inverse * (k - p_along - m * q - n * q_along - channels.along * slope);
                slope.store(self.to[0], at);
                change.store(self.to[1], at);
            }
        }
    }
}
