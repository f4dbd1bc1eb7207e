//! The way there along a direction, and back from slopes of both what leaves and its tangent: the
//! second-order half of gradient matching.

use burn::tensor::Tensor;
use cubecl::prelude::*;

use super::{
    Affine, Tail,
    plain::{affine_of, moments},
    plane::{
        activated, curve, own_plane, pooled_place, share, shifted, slope, sum_over_plane, winner,
    },
};
use crate::nets::{
    gpu::launch::{Numbers, primitive, room, tensor},
    value::Value,
};
use crate::spec::Pooling;

/// What a convolution made and its tangent, both [batches · n, channels, h, w], to what leaves the tail and
/// its tangent, and of every plane mean, inverse deviation, mean of the tangent and m, [4, planes]. The
/// direction in the parameters is there where they are.
pub fn along(
    tail: Tail,
    made: Tensor<4>,
    tangent: Tensor<4>,
    affine: Option<(&Affine, &Affine)>,
    batches: usize,
) -> (Value<4>, Tensor<2>) {
    let [images, channels, ..] = made.dims();
    let planes = images * channels;
    let made = primitive(made);
    let [height, width] = tail.left();
    let left = room(&made, &[images, channels, height, width]);
    let left_tangent = room(&made, &[images, channels, height, width]);
    let kept = room(&made, &[4, planes]);
    let [scale, shift] = Affine::or(affine.map(|both| both.0), &made);
    let [scale_along, shift_along] = Affine::or(affine.map(|both| both.1), &made);
    let (count, dim) = tail.cubes(planes);
    let client = made.client.clone();
    leave_along::launch(
        &client,
        count,
        dim,
        made.into_tensor_arg(),
        primitive(tangent).into_tensor_arg(),
        scale.into_tensor_arg(),
        shift.into_tensor_arg(),
        scale_along.into_tensor_arg(),
        shift_along.into_tensor_arg(),
        left.clone().into_tensor_arg(),
        left_tangent.clone().into_tensor_arg(),
        kept.clone().into_tensor_arg(),
        planes,
        planes / batches,
        tail,
    );
    (Value::with_tangent(tensor(left), tensor(left_tangent)), tensor(kept))
}

/// From the slopes of what left the tail and of its tangent to those of what the convolution made and of
/// that one's tangent.
pub fn back_along(
    tail: Tail,
    made: Value<4>,
    affine: Option<(&Affine, &Affine)>,
    kept: Tensor<2>,
    slopes: Tensor<4>,
    of_tangent: Tensor<4>,
    batches: usize,
) -> Option<Value<4>> {
    let shape @ [images, channels, ..] = made.primal.dims();
    let planes = images * channels;
    let tangent = primitive(made.tangent?);
    let made = primitive(made.primal);
    let of_made = room(&made, &shape);
    let of_made_tangent = room(&made, &shape);
    let [scale, shift] = Affine::or(affine.map(|both| both.0), &made);
    let [scale_along, shift_along] = Affine::or(affine.map(|both| both.1), &made);
    let (count, dim) = tail.cubes(planes);
    let client = made.client.clone();
    come_back_along::launch(
        &client,
        count,
        dim,
        made.into_tensor_arg(),
        tangent.into_tensor_arg(),
        scale.into_tensor_arg(),
        shift.into_tensor_arg(),
        scale_along.into_tensor_arg(),
        shift_along.into_tensor_arg(),
        primitive(kept).into_tensor_arg(),
        primitive(slopes).into_tensor_arg(),
        primitive(of_tangent).into_tensor_arg(),
        of_made.clone().into_tensor_arg(),
        of_made_tangent.clone().into_tensor_arg(),
        planes,
        planes / batches,
        tail,
    );
    Some(Value::with_tangent(tensor(of_made), tensor(of_made_tangent)))
}

#[cube(launch)]
fn leave_along(
    made: &Numbers,
    tangent: &Numbers,
    scales: &Numbers,
    shifts: &Numbers,
    scales_along: &Numbers,
    shifts_along: &Numbers,
    left: &mut Numbers,
    left_tangent: &mut Numbers,
    kept: &mut Numbers,
    planes: usize,
    of_batch: usize,
    #[comptime] tail: Tail,
) {
    let plane = own_plane(tail);
    let is_there = plane < planes;
    let area = comptime!(tail.area());
    let length = comptime!(tail.area() as f32);
    let width = comptime!(tail.width);
    let base = plane * area;
    let (mean, inverse) = moments(made, base, is_there, tail);
    let (scale, shift) = affine_of(scales, shifts, plane, of_batch, is_there, tail);
    let (scale_along, shift_along) =
        direction_of(scales_along, shifts_along, plane, of_batch, is_there, tail);
    let mut mean_along = 0.0f32;
    let mut turn = 0.0f32;
    if comptime!(tail.normed) {
        let mut both = Array::<f32>::new(2usize);
        both[0] = 0.0f32;
        both[1] = 0.0f32;
        let mut at = UNIT_POS_X as usize;
        while at < area {
            if is_there {
                let along = tangent[base + at];
                both[0] += along;
                both[1] += along * (made[base + at] - mean) * inverse;
            }
            at += comptime!(tail.units());
        }
        sum_over_plane(&mut both, 2usize, tail);
        mean_along = both[0] / length;
        turn = both[1] / length;
    }
    if is_there {
        if UNIT_POS_X == 0 {
            kept[plane] = mean;
            kept[planes + plane] = inverse;
            kept[2 * planes + plane] = mean_along;
            kept[3 * planes + plane] = turn;
        }
        let columns = comptime!(tail.left()[1]);
        let count = comptime!(tail.left()[0] * tail.left()[1]);
        let mut at = UNIT_POS_X as usize;
        while at < count {
            let mut value = 0.0f32;
            let mut along = 0.0f32;
            let mut first = base + at;
            if comptime!(tail.pooling != Pooling::None) {
                first = base + at / columns * 2 * width + at % columns * 2;
            }
            if comptime!(tail.pooling == Pooling::Max) {
                first = winner(made, first, mean, inverse, scale, shift, tail);
            }
            let window = comptime!(if tail.pooling == Pooling::Average { 4usize } else { 1usize });
            #[unroll]
            for other in 0..window {
                let place = first + comptime!(other / 2) * width + comptime!(other % 2);
                let x = made[place];
                let z = shifted(x, mean, inverse, scale, shift);
                let z_along = shifted_along(
                    (x - mean) * inverse,
                    tangent[place] - mean_along,
                    inverse,
                    turn,
                    scale,
                    scale_along,
                    shift_along,
                    tail,
                );
                value += activated(z, tail.activation);
                along += slope(z, tail.activation) * z_along;
            }
            let part = comptime!(if tail.pooling == Pooling::Average { 0.25f32 } else { 1.0f32 });
            left[plane * count + at] = value * part;
            left_tangent[plane * count + at] = along * part;
            at += comptime!(tail.units());
        }
    }
}

/// γ' and β' of a plane, zero without a normalisation.
#[cube]
fn direction_of(
    scales: &Numbers,
    shifts: &Numbers,
    plane: usize,
    of_batch: usize,
    is_there: bool,
    #[comptime] tail: Tail,
) -> (f32, f32) {
    let mut scale = 0.0f32;
    let mut shift = 0.0f32;
    if comptime!(tail.normed) {
        (scale, shift) = affine_of(scales, shifts, plane, of_batch, is_there, tail);
    }
    (scale, shift)
}

/// z' of one pixel from its x̂ and c'.
#[cube]
fn shifted_along(
    row: f32,
    centred: f32,
    inverse: f32,
    turn: f32,
    scale: f32,
    scale_along: f32,
    shift_along: f32,
    #[comptime] tail: Tail,
) -> f32 {
    let mut along = centred;
    if comptime!(tail.normed) {
        along = (centred - row * turn) * inverse * scale + row * scale_along + shift_along;
    }
    along
}

#[cube(launch)]
fn come_back_along(
    made: &Numbers,
    tangent: &Numbers,
    scales: &Numbers,
    shifts: &Numbers,
    scales_along: &Numbers,
    shifts_along: &Numbers,
    kept: &Numbers,
    slopes: &Numbers,
    of_tangent: &Numbers,
    of_made: &mut Numbers,
    of_made_tangent: &mut Numbers,
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
    let (scale_along, shift_along) =
        direction_of(scales_along, shifts_along, plane, of_batch, is_there, tail);
    let mut mean = 0.0f32;
    let mut inverse = 1.0f32;
    let mut mean_along = 0.0f32;
    let mut turn = 0.0f32;
    if is_there {
        mean = kept[plane];
        inverse = kept[planes + plane];
        mean_along = kept[2 * planes + plane];
        turn = kept[3 * planes + plane];
    }
    // Over the plane: u, u·x̂, u·x̂', q, q·x̂.
    let mut sums = Array::<f32>::new(5usize);
    #[unroll]
    for part in 0..5usize {
        sums[part] = 0.0f32;
    }
    let mut at = UNIT_POS_X as usize;
    while at < area {
        if is_there {
            let x = made[base + at];
            let row = (x - mean) * inverse;
            let centred = tangent[base + at] - mean_along;
            let z = shifted(x, mean, inverse, scale, shift);
            let z_along =
                shifted_along(row, centred, inverse, turn, scale, scale_along, shift_along, tail);
            let own = share(made, base, at, mean, inverse, scale, shift, tail);
            let place = pooled + pooled_place(at, tail);
            let bent = slope(z, tail.activation);
            let through_along = own * of_tangent[place];
            let of_z_along = through_along * bent;
            let of_z =
                own * slopes[place] * bent + through_along * curve(z, tail.activation) * z_along;
            let u = of_z_along * scale;
            let q = of_z * scale + of_z_along * scale_along;
            of_made[base + at] = q;
            of_made_tangent[base + at] = u;
            if comptime!(tail.normed) {
                sums[0] += u;
                sums[1] += u * row;
                sums[2] += u * (centred - row * turn) * inverse;
                sums[3] += q;
                sums[4] += q * row;
            }
        }
        at += comptime!(tail.units());
    }
    if comptime!(tail.normed) {
        sum_over_plane(&mut sums, 5usize, tail);
        let mean_u = sums[0] / length;
        let u_row = sums[1] / length;
        let u_row_along = sums[2] / length;
        // Of w, whose c' has mean zero and whose mean(c'·x̂) is m.
        let mean_w = sums[3] / length - inverse * turn * mean_u;
        let w_row = sums[4] / length - 2.0 * inverse * turn * u_row;
        let mut at = UNIT_POS_X as usize;
        while at < area {
            if is_there {
                let row = (made[base + at] - mean) * inverse;
                let centred = tangent[base + at] - mean_along;
                let u = of_made_tangent[base + at];
                let w = of_made[base + at] - inverse * (u * turn + centred * u_row);
                of_made_tangent[base + at] = inverse * (u - mean_u - row * u_row);
                of_made[base + at] = inverse * (w - mean_w - row * (w_row + u_row_along));
            }
            at += comptime!(tail.units());
        }
    }
}
