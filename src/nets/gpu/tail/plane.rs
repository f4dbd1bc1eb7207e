//! What the kernels of a tail share: sums over the units of a plane, activations and their derivatives, and
//! the share that a pixel has in its window.

use cubecl::prelude::*;

use super::{Tail, UNITS};
use crate::nets::gpu::launch::Numbers;
use crate::spec::{Activation, Pooling};

/// Slope of the leaky rectifier below zero.
const LEAK: f32 = crate::nets::layers::activation::LEAK as f32;

/// The plane of this unit of work.
#[cube]
pub fn own_plane(#[comptime] tail: Tail) -> usize {
    CUBE_POS * comptime!(tail.planes()) + UNIT_POS_Y as usize
}

/// The sums of `count` values over the units of each plane, left in `values`; every unit of the cube calls
/// it.
#[cube]
pub fn sum_over_plane(values: &mut Array<f32>, #[comptime] count: usize, #[comptime] tail: Tail) {
    let units = comptime!(tail.units());
    let mut shared = Shared::<[f32]>::new_slice(comptime!(count * UNITS));
    let row = UNIT_POS_Y as usize * units;
    let own = UNIT_POS_X as usize;
    #[unroll]
    for at in 0..count {
        shared[at * UNITS + row + own] = values[at];
    }
    sync_cube();
    let mut reach = comptime!(tail.units() / 2).runtime();
    while reach > 0 {
        if own < reach {
            #[unroll]
            for at in 0..count {
                let place = at * UNITS + row + own;
                let other = shared[place + reach];
                shared[place] += other;
            }
        }
        sync_cube();
        reach /= 2;
    }
    #[unroll]
    for at in 0..count {
        values[at] = shared[at * UNITS + row];
    }
    sync_cube();
}

/// f(z).
#[cube]
pub fn activated(z: f32, #[comptime] activation: Activation) -> f32 {
    let mut a = z;
    match comptime!(activation) {
        Activation::Sigmoid => a = gate(z),
        Activation::Relu => {
            if z <= 0.0 {
                a = 0.0f32;
            }
        }
        Activation::LeakyRelu => {
            if z <= 0.0 {
                a = z * LEAK;
            }
        }
        Activation::Swish => a = z * gate(z),
    }
    a
}

/// f'(z).
#[cube]
pub fn slope(z: f32, #[comptime] activation: Activation) -> f32 {
    let mut s = 1.0f32;
    match comptime!(activation) {
        Activation::Sigmoid => {
            let gate = gate(z);
            s = gate * (1.0 - gate);
        }
        Activation::Relu => {
            if z <= 0.0 {
                s = 0.0f32;
            }
        }
        Activation::LeakyRelu => {
            if z <= 0.0 {
                s = LEAK.runtime();
            }
        }
        Activation::Swish => {
            let gate = gate(z);
            s = gate * (1.0 + z * (1.0 - gate));
        }
    }
    s
}

/// f''(z).
#[cube]
pub fn curve(z: f32, #[comptime] activation: Activation) -> f32 {
    let mut c = 0.0f32;
    match comptime!(activation) {
        Activation::Sigmoid => {
            let gate = gate(z);
            c = gate * (1.0 - gate) * (1.0 - 2.0 * gate);
        }
        Activation::Relu | Activation::LeakyRelu => {}
        Activation::Swish => {
            let gate = gate(z);
            let slope = gate * (1.0 - gate);
            c = slope * (2.0 + z * (1.0 - 2.0 * gate));
        }
    }
    c
}

#[cube]
fn gate(z: f32) -> f32 {
    1.0 / (1.0 + (0.0 - z).exp())
}

/// z of one pixel.
#[cube]
pub fn shifted(x: f32, mean: f32, inverse: f32, scale: f32, shift: f32) -> f32 {
    (x - mean) * inverse * scale + shift
}

/// Where the pooled number is that pixel `at` of a plane goes into; anywhere for one that goes nowhere.
#[cube]
pub fn pooled_place(at: usize, #[comptime] tail: Tail) -> usize {
    let width = comptime!(tail.width);
    let left = comptime!(tail.left()[1]);
    let mut place = at;
    if comptime!(tail.pooling != Pooling::None) {
        let y = at / width / 2;
        let x = at % width / 2;
        place = 0;
        if y < comptime!(tail.left()[0]) && x < left {
            place = y * left + x;
        }
    }
    place
}

/// What of the pooled number's slope pixel `at` of the plane at `base` has.
#[cube]
pub fn share(
    made: &Numbers,
    base: usize,
    at: usize,
    mean: f32,
    inverse: f32,
    scale: f32,
    shift: f32,
    #[comptime] tail: Tail,
) -> f32 {
    let width = comptime!(tail.width);
    let mut share = 1.0f32;
    if comptime!(tail.pooling != Pooling::None) {
        let y = at / width;
        let x = at % width;
        share = 0.0f32;
        if y / 2 < comptime!(tail.left()[0]) && x / 2 < comptime!(tail.left()[1]) {
            if comptime!(tail.pooling == Pooling::Average) {
                share = 0.25f32;
            } else {
                let first = base + y / 2 * 2 * width + x / 2 * 2;
                if winner(made, first, mean, inverse, scale, shift, tail) == base + at {
                    share = 1.0f32;
                }
            }
        }
    }
    share
}

/// Where the maximum of the window is whose first pixel is at `first`; of equal ones the first.
#[cube]
pub fn winner(
    made: &Numbers,
    first: usize,
    mean: f32,
    inverse: f32,
    scale: f32,
    shift: f32,
    #[comptime] tail: Tail,
) -> usize {
    let width = comptime!(tail.width);
    let mut place = first;
    let z = shifted(made[first], mean, inverse, scale, shift);
    let mut best = activated(z, tail.activation);
    #[unroll]
    for other in 1..4usize {
        let candidate = first + comptime!(other / 2) * width + comptime!(other % 2);
        let z = shifted(made[candidate], mean, inverse, scale, shift);
        let a = activated(z, tail.activation);
        if a > best {
            best = a;
            place = candidate;
        }
    }
    place
}
