//! Activations as curves: value, slope and bend of each, on sixteen lanes.

use crate::nets::layers::activation;
use crate::spec::Activation;

use super::super::simd::{Simd, Wide};

const LEAK: f32 = activation::LEAK as f32;

/// An activation and its first two derivatives.
pub trait Curve: Copy {
    /// Whether it is made of straight lines: its second derivative is zero.
    const STRAIGHT: bool;
    /// f(z); NaN passes as NaN.
    fn value<S: Simd>(self, z: Wide<S>) -> Wide<S>;
    /// f'(z).
    fn slope<S: Simd>(self, z: Wide<S>) -> Wide<S>;
    /// f''(z).
    fn bend<S: Simd>(self, z: Wide<S>) -> Wide<S>;
}

/// Work that wants a curve.
pub trait Curved {
    /// Does it with this one.
    fn with<S: Simd>(self, curve: impl Curve);
}

/// Does the work with the curve of an activation.
#[inline(always)]
pub fn with_curve<S: Simd>(activation: Activation, work: impl Curved) {
    match activation {
        Activation::Relu => work.with::<S>(Relu),
        Activation::LeakyRelu => work.with::<S>(LeakyRelu),
        Activation::Sigmoid => work.with::<S>(Sigmoid),
        Activation::Swish => work.with::<S>(Swish),
    }
}

/// The values of a pooling window.
#[inline(always)]
pub fn values<S: Simd>(curve: impl Curve, z: [Wide<S>; 4]) -> [Wide<S>; 4] {
    [curve.value(z[0]), curve.value(z[1]), curve.value(z[2]), curve.value(z[3])]
}

#[derive(Clone, Copy)]
struct Relu;

impl Curve for Relu {
    const STRAIGHT: bool = true;

    #[inline(always)]
    fn value<S: Simd>(self, z: Wide<S>) -> Wide<S> {
        let zero = Wide::splat(0.0);
        zero.where_greater(z, zero, z)
    }

    #[inline(always)]
    fn slope<S: Simd>(self, z: Wide<S>) -> Wide<S> {
        z.where_greater(Wide::splat(0.0), Wide::splat(1.0), Wide::splat(0.0))
    }

    #[inline(always)]
    fn bend<S: Simd>(self, _: Wide<S>) -> Wide<S> {
        Wide::splat(0.0)
    }
}

#[derive(Clone, Copy)]
struct LeakyRelu;

impl Curve for LeakyRelu {
    const STRAIGHT: bool = true;

    #[inline(always)]
    fn value<S: Simd>(self, z: Wide<S>) -> Wide<S> {
        z * self.slope(z)
    }

    #[inline(always)]
    fn slope<S: Simd>(self, z: Wide<S>) -> Wide<S> {
        z.where_greater(Wide::splat(0.0), Wide::splat(1.0), Wide::splat(LEAK))
    }

    #[inline(always)]
    fn bend<S: Simd>(self, _: Wide<S>) -> Wide<S> {
        Wide::splat(0.0)
    }
}

fn sigmoid(z: f32) -> f32 {
    1.0 / (1.0 + (-z).exp())
}

#[derive(Clone, Copy)]
struct Sigmoid;

impl Curve for Sigmoid {
    const STRAIGHT: bool = false;

    #[inline(always)]
    fn value<S: Simd>(self, z: Wide<S>) -> Wide<S> {
        z.map(sigmoid)
    }

    #[inline(always)]
    fn slope<S: Simd>(self, z: Wide<S>) -> Wide<S> {
        z.map(|z| sigmoid(z) * (1.0 - sigmoid(z)))
    }

    #[inline(always)]
    fn bend<S: Simd>(self, z: Wide<S>) -> Wide<S> {
        z.map(|z| {
            let s = sigmoid(z);
            s * (1.0 - s) * (1.0 - 2.0 * s)
        })
    }
}

#[derive(Clone, Copy)]
struct Swish;

impl Curve for Swish {
    const STRAIGHT: bool = false;

    #[inline(always)]
    fn value<S: Simd>(self, z: Wide<S>) -> Wide<S> {
        z.map(|z| z * sigmoid(z))
    }

    #[inline(always)]
    fn slope<S: Simd>(self, z: Wide<S>) -> Wide<S> {
        z.map(|z| {
            let s = sigmoid(z);
            s + z * s * (1.0 - s)
        })
    }

    #[inline(always)]
    fn bend<S: Simd>(self, z: Wide<S>) -> Wide<S> {
        z.map(|z| {
            let s = sigmoid(z);
            s * (1.0 - s) * (2.0 + z * (1.0 - 2.0 * s))
        })
    }
}
