//! The kernels of `winograd`: maps, slopes and weights to transformed tiles, and back. A unit of work has a
//! tile of a channel, or a kernel of a pair of channels.
//!
//! Each transform is one of rows after one of columns. For F(2, 3) and F(4, 3), with B, G and A as in the
//! paper, `input` is Bᵀ·d, `output` Aᵀ·m, `slope` A·y, `kernel` G·g and `folded` Gᵀ·u of one column.

use cubecl::{ir::ElemType, prelude::*};

use super::{Start, Turned, launch::Numbers, winograd::Tiling};

/// Where a unit of work is.
#[derive(CubeType)]
struct Place {
    plane: usize,
    channel: usize,
    image: usize,
    top: usize,
    left: usize,
}

/// The tile of this unit: the number of its batch's channel, its image, and its first row and column.
#[cube]
fn own_tile(per: usize, #[comptime] channels: usize, #[comptime] tiling: Tiling) -> Place {
    let tiles = comptime!(tiling.count());
    let columns = comptime!(tiling.grid()[1]);
    let side = comptime!(tiling.side);
    let of_batch = per * tiles;
    let t = ABSOLUTE_POS % of_batch;
    let plane = ABSOLUTE_POS / of_batch;
    let tile = t % tiles;
    Place {
        plane,
        channel: plane % channels,
        image: plane / channels * per + t / tiles,
        top: tile / columns * side,
        left: tile % columns * side,
    }
}

/// Bᵀ·d·B of every tile of maps x [batches · per, channels, from].
#[cube(launch)]
pub fn transform_tiles<E: Float>(
    x: &Numbers,
    tiles: &mut Tensor<E>,
    per: usize,
    units: usize,
    #[comptime] channels: usize,
    #[comptime] from: [usize; 2],
    #[comptime] start: Start,
    #[comptime] tiling: Tiling,
    #[define(E)] _element: ElemType,
) {
    if ABSOLUTE_POS >= units {
        terminate!();
    }
    let place = own_tile(per, channels, tiling);
    let height = comptime!(from[0]);
    let width = comptime!(from[1]);
    let zeros = comptime!(start.zeros);
    let cut = comptime!(start.cut);
    let reach = comptime!(tiling.reach());
    let base = (place.image * channels + place.channel) * comptime!(from[0] * from[1]);
    let mut d = Array::<f32>::new(comptime!(tiling.elements()));
    #[unroll]
    for i in 0..reach {
        let y = place.top + i + cut;
        let in_row = y >= zeros && y < height + zeros;
        #[unroll]
        for j in 0..reach {
            let column = place.left + j + cut;
            let mut value = 0.0f32;
            if in_row && column >= zeros && column < width + zeros {
                value = x[base + y * width + column - comptime!(start.skipped(from[1]))];
            }
            d[i * reach + j] = value;
        }
    }
    let mut line = Array::<f32>::new(reach);
    #[unroll]
    for j in 0..reach {
        #[unroll]
        for i in 0..reach {
            line[i] = d[i * reach + j];
        }
        input(&mut line, tiling.side);
        #[unroll]
        for i in 0..reach {
            d[i * reach + j] = line[i];
        }
    }
    #[unroll]
    for i in 0..reach {
        #[unroll]
        for j in 0..reach {
            line[j] = d[i * reach + j];
        }
        input(&mut line, tiling.side);
        #[unroll]
        for j in 0..reach {
            tiles[ABSOLUTE_POS + (i * reach + j) * units] = E::cast_from(line[j]);
        }
    }
}

/// A·ȳ·Aᵀ of every tile of slopes [batches · per, channels, maps].
#[cube(launch)]
pub fn transform_slopes<E: Float>(
    slopes: &Numbers,
    tiles: &mut Tensor<E>,
    per: usize,
    units: usize,
    #[comptime] channels: usize,
    #[comptime] tiling: Tiling,
    #[define(E)] _element: ElemType,
) {
    if ABSOLUTE_POS >= units {
        terminate!();
    }
    let place = own_tile(per, channels, tiling);
    let height = comptime!(tiling.maps[0]);
    let width = comptime!(tiling.maps[1]);
    let side = comptime!(tiling.side);
    let reach = comptime!(tiling.reach());
    let base = (place.image * channels + place.channel) * comptime!(tiling.area());
    let mut half = Array::<f32>::new(comptime!(tiling.reach() * tiling.side));
    let mut short = Array::<f32>::new(side);
    let mut line = Array::<f32>::new(reach);
    #[unroll]
    for j in 0..side {
        #[unroll]
        for i in 0..side {
            let y = place.top + i;
            let column = place.left + j;
            let mut value = 0.0f32;
            if y < height && column < width {
                value = slopes[base + y * width + column];
            }
            short[i] = value;
        }
        slope(&short, &mut line, tiling.side);
        #[unroll]
        for i in 0..reach {
            half[i * side + j] = line[i];
        }
    }
    #[unroll]
    for i in 0..reach {
        #[unroll]
        for j in 0..side {
            short[j] = half[i * side + j];
        }
        slope(&short, &mut line, tiling.side);
        #[unroll]
        for j in 0..reach {
            tiles[ABSOLUTE_POS + (i * reach + j) * units] = E::cast_from(line[j]);
        }
    }
}

/// Aᵀ·m·A of every tile, and the number of its channel in the bias: whether there is one, and one for every
/// batch.
#[cube(launch)]
pub fn back_from_tiles(
    products: &Numbers,
    bias: &Numbers,
    maps: &mut Numbers,
    per: usize,
    units: usize,
    #[comptime] channels: usize,
    #[comptime] has_bias: [bool; 2],
    #[comptime] tiling: Tiling,
) {
    if ABSOLUTE_POS >= units {
        terminate!();
    }
    let place = own_tile(per, channels, tiling);
    let height = comptime!(tiling.maps[0]);
    let width = comptime!(tiling.maps[1]);
    let side = comptime!(tiling.side);
    let reach = comptime!(tiling.reach());
    let base = (place.image * channels + place.channel) * comptime!(tiling.area());
    let mut half = Array::<f32>::new(comptime!(tiling.reach() * tiling.side));
    let mut line = Array::<f32>::new(reach);
    let mut short = Array::<f32>::new(side);
    #[unroll]
    for j in 0..reach {
        #[unroll]
        for i in 0..reach {
            line[i] = products[ABSOLUTE_POS + (i * reach + j) * units];
        }
        output(&line, &mut short, tiling.side);
        #[unroll]
        for i in 0..side {
            half[i * reach + j] = short[i];
        }
    }
    let mut shift = 0.0f32;
    if comptime!(has_bias[0]) {
        if comptime!(has_bias[1]) {
            shift = bias[place.plane];
        } else {
            shift = bias[place.channel];
        }
    }
    #[unroll]
    for i in 0..side {
        #[unroll]
        for j in 0..reach {
            line[j] = half[i * reach + j];
        }
        output(&line, &mut short, tiling.side);
        let y = place.top + i;
        #[unroll]
        for j in 0..side {
            let column = place.left + j;
            if y < height && column < width {
                maps[base + y * width + column] = short[j] + shift;
            }
        }
    }
}

/// G·g·Gᵀ of every kernel.
#[cube(launch)]
pub fn transform_kernels<E: Float>(
    weights: &Numbers,
    kernels: &mut Tensor<E>,
    units: usize,
    inputs: usize,
    outputs: usize,
    #[comptime] turned: Turned,
    #[comptime] side: usize,
    #[define(E)] _element: ElemType,
) {
    if ABSOLUTE_POS >= units {
        terminate!();
    }
    let reach = comptime!(side + 2);
    let input = ABSOLUTE_POS % inputs;
    let rest = ABSOLUTE_POS / inputs;
    let output = rest % outputs;
    let batch = rest / outputs;
    let mut first = ABSOLUTE_POS * 9;
    if comptime!(turned == Turned::Yes) {
        first = ((batch * inputs + input) * outputs + output) * 9;
    }
    let mut half = Array::<f32>::new(comptime!((side + 2) * 3));
    let mut short = Array::<f32>::new(3usize);
    let mut line = Array::<f32>::new(reach);
    #[unroll]
    for x in 0..3usize {
        #[unroll]
        for y in 0..3usize {
            let tap = comptime!(if turned == Turned::Yes { 8 - (y * 3 + x) } else { y * 3 + x });
            short[y] = weights[first + tap];
        }
        kernel(&short, &mut line, side);
        #[unroll]
        for y in 0..reach {
            half[y * 3 + x] = line[y];
        }
    }
    #[unroll]
    for y in 0..reach {
        #[unroll]
        for x in 0..3usize {
            short[x] = half[y * 3 + x];
        }
        kernel(&short, &mut line, side);
        #[unroll]
        for x in 0..reach {
            kernels[ABSOLUTE_POS + (y * reach + x) * units] = E::cast_from(line[x]);
        }
    }
}

/// Gᵀ·u·G of every kernel.
#[cube(launch)]
pub fn fold_kernels(
    kernels: &Numbers,
    weights: &mut Numbers,
    units: usize,
    #[comptime] side: usize,
) {
    if ABSOLUTE_POS >= units {
        terminate!();
    }
    let reach = comptime!(side + 2);
    let mut half = Array::<f32>::new(comptime!((side + 2) * 3));
    let mut line = Array::<f32>::new(reach);
    let mut short = Array::<f32>::new(3usize);
    #[unroll]
    for x in 0..reach {
        #[unroll]
        for y in 0..reach {
            line[y] = kernels[ABSOLUTE_POS + (y * reach + x) * units];
        }
        folded(&line, &mut short, side);
        #[unroll]
        for y in 0..3usize {
            half[y * reach + x] = short[y];
        }
    }
    #[unroll]
    for y in 0..3usize {
        #[unroll]
        for x in 0..reach {
            line[x] = half[y * reach + x];
        }
        folded(&line, &mut short, side);
        #[unroll]
        for x in 0..3usize {
            weights[ABSOLUTE_POS * 9 + y * 3 + x] = short[x];
        }
    }
}

/// Bᵀ·d in place.
#[cube]
fn input(d: &mut Array<f32>, #[comptime] side: usize) {
    if comptime!(side == 2) {
        let (a, b, c, e) = (d[0], d[1], d[2], d[3]);
        d[0] = a - c;
        d[1] = b + c;
        d[2] = c - b;
        d[3] = b - e;
    } else {
        let first = d[0];
        let last = d[5];
        let (a, b, c, e) = (d[1], d[2], d[3], d[4]);
        d[0] = 4.0 * first - 5.0 * b + e;
        let even = e - 4.0 * b;
        let odd = c - 4.0 * a;
        d[1] = even + odd;
        d[2] = even - odd;
        let even = e - b;
        let odd = 2.0 * (c - a);
        d[3] = even + odd;
        d[4] = even - odd;
        d[5] = 4.0 * a - 5.0 * c + last;
    }
}

/// Aᵀ·m.
#[cube]
fn output(m: &Array<f32>, y: &mut Array<f32>, #[comptime] side: usize) {
    if comptime!(side == 2) {
        y[0] = m[0] + m[1] + m[2];
        y[1] = m[1] - m[2] - m[3];
    } else {
        let (even, odd) = (m[1] + m[2], m[1] - m[2]);
        let (far_even, far_odd) = (m[3] + m[4], m[3] - m[4]);
        y[0] = m[0] + even + far_even;
        y[1] = odd + 2.0 * far_odd;
        y[2] = even + 4.0 * far_even;
        y[3] = odd + 8.0 * far_odd + m[5];
    }
}

/// A·y.
#[cube]
fn slope(y: &Array<f32>, s: &mut Array<f32>, #[comptime] side: usize) {
    if comptime!(side == 2) {
        s[0] = y[0];
        s[1] = y[0] + y[1];
        s[2] = y[0] - y[1];
        s[3] = 0.0 - y[1];
    } else {
        let (even, odd) = (y[0] + y[2], y[1] + y[3]);
        let (far_even, far_odd) = (y[0] + 4.0 * y[2], 2.0 * y[1] + 8.0 * y[3]);
        s[0] = y[0];
        s[1] = even + odd;
        s[2] = even - odd;
        s[3] = far_even + far_odd;
        s[4] = far_even - far_odd;
        s[5] = y[3];
    }
}

/// G·g.
#[cube]
fn kernel(g: &Array<f32>, u: &mut Array<f32>, #[comptime] side: usize) {
    if comptime!(side == 2) {
        let (outer, inner) = ((g[0] + g[2]) * 0.5, g[1] * 0.5);
        u[0] = g[0];
        u[1] = outer + inner;
        u[2] = outer - inner;
        u[3] = g[2];
    } else {
        let (outer, inner) = ((g[0] + g[2]) * SIXTH, g[1] * SIXTH);
        let (far_outer, far_inner) = (g[0] * TWENTY_FOURTH + g[2] * SIXTH, g[1] * TWELFTH);
        u[0] = g[0] * 0.25;
        u[1] = 0.0 - outer - inner;
        u[2] = inner - outer;
        u[3] = far_outer + far_inner;
        u[4] = far_outer - far_inner;
        u[5] = g[2];
    }
}

/// Gᵀ·u.
#[cube]
fn folded(u: &Array<f32>, g: &mut Array<f32>, #[comptime] side: usize) {
    if comptime!(side == 2) {
        let (sum, difference) = ((u[1] + u[2]) * 0.5, (u[1] - u[2]) * 0.5);
        g[0] = u[0] + sum;
        g[1] = difference;
        g[2] = sum + u[3];
    } else {
        let sum = (u[1] + u[2]) * SIXTH;
        let far = u[3] + u[4];
        g[0] = u[0] * 0.25 - sum + far * TWENTY_FOURTH;
        g[1] = (u[3] - u[4]) * TWELFTH - (u[1] - u[2]) * SIXTH;
        g[2] = far * SIXTH - sum + u[5];
    }
}

const SIXTH: f32 = 1.0 / 6.0;
const TWELFTH: f32 = 1.0 / 12.0;
const TWENTY_FOURTH: f32 = 1.0 / 24.0;
