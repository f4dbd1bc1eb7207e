//! The first convolution, of images of one to four channels: so few products for each number that it makes
//! that tiles would write far more than they save. A unit of work reads the neighbourhood of a pixel once
//! for several channels of the output.

use burn::tensor::Tensor;
use cubecl::prelude::*;

use super::{
    AREA, Shape, Start,
    launch::{Numbers, bias_or, cubes, primitive, room, tensor},
};

/// Channels of the output that a unit of work makes.
const CHUNK: usize = 8;

/// See [`super::convolve`].
pub fn convolve(
    shape: &Shape,
    x: Tensor<4>,
    weights: Tensor<1>,
    bias: Option<Tensor<1>>,
    batches: usize,
) -> Tensor<4> {
    let Shape { inputs, outputs, from, .. } = *shape;
    let images = x.dims()[0];
    let [height, width] = shape.made();
    let own_weights = weights.dims()[0] > outputs * inputs * AREA;
    let (x, weights) = (primitive(x), primitive(weights));
    let made = room(&x, &[images, outputs, height, width]);
    let units = images * outputs.div_ceil(CHUNK) * height * width;
    let (cube_count, cube_dim) = cubes(&x, units);
    let client = x.client.clone();
    let (bias, [has_bias, own_bias]) = bias_or(&weights, bias, outputs);
    direct::launch(
        &client,
        cube_count,
        cube_dim,
        x.into_tensor_arg(),
        weights.into_tensor_arg(),
        bias.into_tensor_arg(),
        made.clone().into_tensor_arg(),
        images / batches,
        units,
        [inputs, outputs],
        from,
        [height, width],
        shape.start(),
        [own_weights, has_bias, own_bias],
    );
    tensor(made)
}

/// See [`super::weight_gradients`]: a product for each image, and their sums.
pub fn weight_gradients(
    shape: &Shape,
    x: Tensor<4>,
    slopes: Tensor<4>,
    batches: usize,
) -> Tensor<1> {
    let [images, outputs, height, width] = slopes.dims();
    let columns = columns(shape, x);
    let products =
        slopes.reshape([images, outputs, height * width]).matmul(columns.swap_dims(1, 2));
    let length = outputs * shape.inputs * AREA;
    products.reshape([batches, images / batches, length]).sum_dim(1).reshape([batches * length])
}

/// Numbers of the columns of an image.
pub fn columns_len(channels: usize, made: [usize; 2]) -> usize {
    channels * AREA * made[0] * made[1]
}

/// The neighbourhoods of all pixels of x [n, in, h, w] as columns, [n, in · 3 · 3, h' · w'].
fn columns(shape: &Shape, x: Tensor<4>) -> Tensor<3> {
    let images = x.dims()[0];
    let [height, width] = shape.made();
    let x = primitive(x);
    let made = room(&x, &[images, shape.inputs * AREA, height * width]);
    let units = images * shape.inputs * AREA * height * width;
    let (cube_count, cube_dim) = cubes(&x, units);
    let client = x.client.clone();
    lay_out::launch(
        &client,
        cube_count,
        cube_dim,
        x.into_tensor_arg(),
        made.clone().into_tensor_arg(),
        units,
        shape.from,
        [height, width],
        shape.start(),
    );
    tensor(made)
}

/// The pixel of a map at so many rows and columns behind the start, or zero beyond the edge.
#[cube]
fn pixel(
    x: &Numbers,
    base: usize,
    row: usize,
    column: usize,
    #[comptime] from: [usize; 2],
    #[comptime] start: Start,
) -> f32 {
    let height = comptime!(from[0]);
    let width = comptime!(from[1]);
    let zeros = comptime!(start.zeros);
    let cut = comptime!(start.cut);
    let y = row + cut;
    let x_at = column + cut;
    let mut value = 0.0f32;
    if y >= zeros && y < height + zeros && x_at >= zeros && x_at < width + zeros {
        value = x[base + y * width + x_at - comptime!(start.skipped(from[1]))];
    }
    value
}

/// Up to eight channels of one pixel for each unit of work.
#[cube(launch)]
fn direct(
    x: &Numbers,
    weights: &Numbers,
    bias: &Numbers,
    maps: &mut Numbers,
    per: usize,
    units: usize,
    #[comptime] channels: [usize; 2],
    #[comptime] from: [usize; 2],
    #[comptime] made: [usize; 2],
    #[comptime] start: Start,
    #[comptime] whose: [bool; 3],
) {
    if ABSOLUTE_POS >= units {
        terminate!();
    }
    let inputs = comptime!(channels[0]);
    let outputs = comptime!(channels[1]);
    let area = comptime!(from[0] * from[1]);
    let pixels = comptime!(made[0] * made[1]);
    let chunks = comptime!(channels[1].div_ceil(CHUNK));
    let at = ABSOLUTE_POS % pixels;
    let rest = ABSOLUTE_POS / pixels;
    let chunk = rest % chunks;
    let image = rest / chunks;
    let batch = image / per;
    let row = at / comptime!(made[1]);
    let column = at % comptime!(made[1]);
    let taps = comptime!(channels[0] * AREA);
    let mut seen = Array::<f32>::new(taps);
    #[unroll]
    for channel in 0..inputs {
        #[unroll]
        for tap in 0..9usize {
            let base = (image * inputs + channel) * area;
            seen[channel * 9 + tap] = pixel(x, base, row + tap / 3, column + tap % 3, from, start);
        }
    }
    #[unroll]
    for of_chunk in 0..8usize {
        let output = chunk * 8 + of_chunk;
        if output < outputs {
            let mut first = output;
            if comptime!(whose[0]) {
                first = batch * outputs + output;
            }
            let mut sum = 0.0f32;
            if comptime!(whose[1]) {
                if comptime!(whose[2]) {
                    sum = bias[batch * outputs + output];
                } else {
                    sum = bias[output];
                }
            }
            #[unroll]
            for tap in 0..taps {
                sum += seen[tap] * weights[first * taps + tap];
            }
            maps[(image * outputs + output) * pixels + at] = sum;
        }
    }
}

/// One number of the columns for each unit of work.
#[cube(launch)]
fn lay_out(
    x: &Numbers,
    columns: &mut Numbers,
    units: usize,
    #[comptime] from: [usize; 2],
    #[comptime] made: [usize; 2],
    #[comptime] start: Start,
) {
    if ABSOLUTE_POS >= units {
        terminate!();
    }
    let pixels = comptime!(made[0] * made[1]);
    let at = ABSOLUTE_POS % pixels;
    let rest = ABSOLUTE_POS / pixels;
    let tap = rest % 9;
    let plane = rest / 9;
    let row = at / comptime!(made[1]) + tap / 3;
    let column = at % comptime!(made[1]) + tap % 3;
    columns[ABSOLUTE_POS] =
        pixel(x, plane * comptime!(from[0] * from[1]), row, column, from, start);
}
