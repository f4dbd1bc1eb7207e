//! The way there and back without a direction.

use burn::tensor::Tensor;
use cubecl::prelude::*;

use super::{
    Affine, Tail,
    plane::{activated, own_plane, pooled_place, share, shifted, slope, sum_over_plane, winner},
};
use crate::nets::gpu::launch::{Numbers, primitive, room, tensor};
use crate::nets::layers::standardise;
use crate::spec::Pooling;

/// What keeps the variance of a constant plane away from zero.
pub const EPSILON: f32 = standardise::EPSILON as f32;

/// What goes back through a tail.
#[derive(Debug)]
pub struct Slopes {
    /// Of what the convolution made, [batches · n, channels, h, w].
    pub made: Tensor<4>,
    /// Their sums over images and pixels for each batch, flat [batches · channels].
    pub bias: Tensor<1>,
    /// Of the normalisation's parameters, flat [batches · channels].
    pub affine: Option<Affine>,
}

/// What a convolution made, [batches · n, channels, h, w], to what leaves the tail, and mean and inverse
/// deviation of every plane, [2, planes].
pub fn there(
    tail: Tail,
    made: Tensor<4>,
    affine: Option<&Affine>,
    batches: usize,
) -> (Tensor<4>, Tensor<2>) {
    let [images, channels, ..] = made.dims();
    let planes = images * channels;
    let made = primitive(made);
    let [height, width] = tail.left();
    let left = room(&made, &[images, channels, height, width]);
    let kept = room(&made, &[2, planes]);
    let [scale, shift] = Affine::or(affine, &made);
    let (count, dim) = tail.cubes(planes);
    let client = made.client.clone();
    leave::launch(
        &client,
        count,
        dim,
        made.into_tensor_arg(),
        scale.into_tensor_arg(),
        shift.into_tensor_arg(),
        left.clone().into_tensor_arg(),
        kept.clone().into_tensor_arg(),
        planes,
        planes / batches,
        tail,
    );
    (tensor(left), tensor(kept))
}

/// From slopes of what left the tail to those of what the convolution made and of the parameters.
pub fn back(
    tail: Tail,
    made: Tensor<4>,
    affine: Option<&Affine>,
    kept: Tensor<2>,
    slopes: Tensor<4>,
    batches: usize,
) -> Slopes {
    let shape @ [images, channels, ..] = made.dims();
    let planes = images * channels;
    let made = primitive(made);
    let of_made = room(&made, &shape);
    let sums = room(&made, &[3, planes]);
    let [scale, shift] = Affine::or(affine, &made);
    let (count, dim) = tail.cubes(planes);
    let client = made.client.clone();
    come_back::launch(
        &client,
        count,
        dim,
        made.into_tensor_arg(),
        scale.into_tensor_arg(),
        shift.into_tensor_arg(),
        primitive(kept).into_tensor_arg(),
        primitive(slopes).into_tensor_arg(),
        of_made.clone().into_tensor_arg(),
        sums.clone().into_tensor_arg(),
        planes,
        planes / batches,
        tail,
    );
    let sums: Tensor<2> = tensor(sums);
    let sums = sums.reshape([3, batches, images / batches, channels]).sum_dim(2);
    let part = |at: usize| sums.clone().narrow(0, at, 1).reshape([batches * channels]);
    let affine = affine.map(|_| Affine { scale: part(0), shift: part(1) });
    Slopes { made: tensor(of_made), bias: part(2), affine }
}

/// A plane's mean and inverse deviation; every unit of the cube calls it.
#[cube]
pub fn moments(made: &Numbers, base: usize, is_there: bool, #[comptime] tail: Tail) -> (f32, f32) {
    let area = comptime!(tail.area());
    let length = comptime!(tail.area() as f32);
    let mut mean = 0.0f32;
    let mut inverse = 1.0f32;
    if comptime!(tail.normed) {
        let mut sum = Array::<f32>::new(1usize);
        sum[0] = 0.0f32;
        let mut at = UNIT_POS_X as usize;
        while at < area {
            if is_there {
                sum[0] += made[base + at];
            }
            at += comptime!(tail.units());
        }
        sum_over_plane(&mut sum, 1usize, tail);
        mean = sum[0] / length;
        sum[0] = 0.0f32;
        let mut at = UNIT_POS_X as usize;
        while at < area {
            if is_there {
                let centred = made[base + at] - mean;
                sum[0] += centred * centred;
            }
            at += comptime!(tail.units());
        }
        sum_over_plane(&mut sum, 1usize, tail);
        inverse = 1.0 / (sum[0] / length + EPSILON).sqrt();
    }
    (mean, inverse)
}

/// γ and β of a plane.
#[cube]
pub fn affine_of(
    scales: &Numbers,
    shifts: &Numbers,
    plane: usize,
    of_batch: usize,
    is_there: bool,
    #[comptime] tail: Tail,
) -> (f32, f32) {
    let channels = comptime!(tail.channels);
    let mut scale = 1.0f32;
    let mut shift = 0.0f32;
    if comptime!(tail.normed) {
        if is_there {
            let place = plane / of_batch * channels + plane % channels;
            scale = scales[place];
            shift = shifts[place];
        }
    }
    (scale, shift)
}

#[cube(launch)]
fn leave(
    made: &Numbers,
    scales: &Numbers,
    shifts: &Numbers,
    left: &mut Numbers,
    kept: &mut Numbers,
    planes: usize,
    of_batch: usize,
    #[comptime] tail: Tail,
) {
    let plane = own_plane(tail);
    let is_there = plane < planes;
    let width = comptime!(tail.width);
    let base = plane * comptime!(tail.area());
    let (mean, inverse) = moments(made, base, is_there, tail);
    let (scale, shift) = affine_of(scales, shifts, plane, of_batch, is_there, tail);
    if is_there {
        if UNIT_POS_X == 0 {
            kept[plane] = mean;
            kept[planes + plane] = inverse;
        }
        let columns = comptime!(tail.left()[1]);
        let count = comptime!(tail.left()[0] * tail.left()[1]);
        let mut at = UNIT_POS_X as usize;
        while at < count {
            let mut value = 0.0f32;
            if comptime!(tail.pooling == Pooling::None) {
                let z = shifted(made[base + at], mean, inverse, scale, shift);
                value = activated(z, tail.activation);
            } else {
                let first = base + at / columns * 2 * width + at % columns * 2;
                if comptime!(tail.pooling == Pooling::Average) {
                    #[unroll]
                    for other in 0..4usize {
                        let place = first + comptime!(other / 2) * width + comptime!(other % 2);
                        let z = shifted(made[place], mean, inverse, scale, shift);
                        value += activated(z, tail.activation);
                    }
                    value *= 0.25f32;
                } else {
                    let place = winner(made, first, mean, inverse, scale, shift, tail);
                    let z = shifted(made[place], mean, inverse, scale, shift);
                    value = activated(z, tail.activation);
                }
            }
            left[plane * count + at] = value;
            at += comptime!(tail.units());
        }
    }
}

#[cube(launch)]
fn come_back(
    made: &Numbers,
    scales: &Numbers,
    shifts: &Numbers,
    kept: &Numbers,
    slopes: &Numbers,
    of_made: &mut Numbers,
    sums: &mut Numbers,
    planes: usize,
    of_batch: usize,
    #[comptime] tail: Tail,
) {
    let plane = own_plane(tail);
    let is_there = plane < planes;
    let area = comptime!(tail.area());
    let length = comptime!(tail.area() as f32);
    let base = plane * area;
    let pooled = plane * comptime!(tail.left()[0] * tail.left()[1]);
    let (scale, shift) = affine_of(scales, shifts, plane, of_batch, is_there, tail);
    let mut mean = 0.0f32;
    let mut inverse = 1.0f32;
    if is_there {
        mean = kept[plane];
        inverse = kept[planes + plane];
    }
    let mut both = Array::<f32>::new(2usize);
    both[0] = 0.0f32;
    both[1] = 0.0f32;
    let mut at = UNIT_POS_X as usize;
    while at < area {
        if is_there {
            let x = made[base + at];
            let z = shifted(x, mean, inverse, scale, shift);
            let own = share(made, base, at, mean, inverse, scale, shift, tail)
                * slopes[pooled + pooled_place(at, tail)]
                * slope(z, tail.activation);
            both[0] += own * (x - mean) * inverse;
            both[1] += own;
        }
        at += comptime!(tail.units());
    }
    sum_over_plane(&mut both, 2usize, tail);
    let mut total = Array::<f32>::new(1usize);
    total[0] = 0.0f32;
    let mut at = UNIT_POS_X as usize;
    while at < area {
        if is_there {
            let x = made[base + at];
            let z = shifted(x, mean, inverse, scale, shift);
            let mut own = share(made, base, at, mean, inverse, scale, shift, tail)
                * slopes[pooled + pooled_place(at, tail)]
                * slope(z, tail.activation);
            if comptime!(tail.normed) {
                let row = (x - mean) * inverse;
                own = inverse * scale * (own - both[1] / length - row * (both[0] / length));
            }
            of_made[base + at] = own;
            total[0] += own;
        }
        at += comptime!(tail.units());
    }
    sum_over_plane(&mut total, 1usize, tail);
    if is_there && UNIT_POS_X == 0 {
        sums[plane] = both[0];
        sums[planes + plane] = both[1];
        sums[2 * planes + plane] = total[0];
    }
}
