//! 3x3 convolutions with less than half the multiplications: Winograd's minimal filtering F(2x2, 3x3)
//! (Lavin & Gray, "Fast Algorithms for Convolutional Neural Networks", 2016).
//!
//! A 2x2 tile of the output depends on a 4x4 tile of the input d and the kernel g by
//!
//! ```text
//! y = Aᵀ [ (G·g·Gᵀ) ⊙ (Bᵀ·d·B) ] A
//! ```
//!
//! so with tiles and kernels transformed once, the sum over input channels is sixteen independent matrix
//! products, one for each element of the 4x4 tile: 16 multiplications for four outputs instead of 36. The
//! gradient of the kernel is Gᵀ [ Σ over tiles (A·ȳ·Aᵀ) ⊙ (Bᵀ·d·B) ] G by the same reasoning, and can be
//! summed over images before the last transform.
//!
//! ```text
//! tiles      [16][blocks][tiles][16 channels]
//! kernels    [16][out block][in channel][16 out channels]
//! ```

use super::{
    convolution::{KERNEL, Maps},
    simd::{Job, LANES, Simd, Wide},
};

/// Elements of a transformed tile.
const ELEMENTS: usize = 16;
/// Side of the tile of the input, and of a transformed tile.
const SIDE: usize = 4;
/// Taps of a kernel.
const AREA: usize = KERNEL * KERNEL;

/// Whether a convolution of blocks of sixteen channels to maps of this shape can be done in tiles.
pub const fn suits(from: &Maps, to: &Maps) -> bool {
    from.channels == LANES && to.height.is_multiple_of(2) && to.width.is_multiple_of(2)
}

/// Tiles of a map.
pub const fn tiles(to: &Maps) -> usize {
    (to.height / 2) * (to.width / 2)
}

/// Floats of all transformed tiles of maps with so many blocks.
pub const fn tiles_len(blocks: usize, to: &Maps) -> usize {
    ELEMENTS * blocks * tiles(to) * LANES
}

/// Floats of transformed kernels.
pub const fn kernels_len(outputs: usize, inputs: usize) -> usize {
    ELEMENTS * outputs * inputs * LANES * LANES
}

/// `N` vectors, one below the other. (A loop and no closure: it has to be inlined to be any good.)
#[inline(always)]
fn column<S: Simd, const N: usize>(values: &[f32], top: usize, step: usize) -> [Wide<S>; N] {
    let mut column = [Wide::splat(0.0); N];
    for at in 0..N {
        column[at] = Wide::load(values, top + at * step);
    }
    column
}

/// Bᵀ·d, one column.
#[inline(always)]
fn in_front<S: Simd>(d: [Wide<S>; 4]) -> [Wide<S>; 4] {
    [d[0] - d[2], d[1] + d[2], d[2] - d[1], d[1] - d[3]]
}

/// Aᵀ·m, one column.
#[inline(always)]
fn behind<S: Simd>(m: [Wide<S>; 4]) -> [Wide<S>; 2] {
    [m[0] + m[1] + m[2], m[1] - m[2] - m[3]]
}

/// A·y, one column.
#[inline(always)]
fn slope_in_front<S: Simd>(y: [Wide<S>; 2]) -> [Wide<S>; 4] {
    [y[0], y[0] + y[1], y[0] - y[1], Wide::splat(0.0) - y[1]]
}

/// G·g, one column.
#[inline(always)]
fn kernel_in_front<S: Simd>(g: [Wide<S>; 3]) -> [Wide<S>; 4] {
    let half = Wide::splat(0.5);
    let outer = (g[0] + g[2]) * half;
    let inner = g[1] * half;
    [g[0], outer + inner, outer - inner, g[2]]
}

/// Gᵀ·u, one column.
#[inline(always)]
fn kernel_behind<S: Simd>(u: [Wide<S>; 4]) -> [Wide<S>; 3] {
    let half = Wide::splat(0.5);
    let (sum, difference) = ((u[1] + u[2]) * half, (u[1] - u[2]) * half);
    [u[0] + sum, difference, sum + u[3]]
}

/// Transforms packed weights `[out block][in block][3][3][16][16]` into kernels.
pub struct TransformKernels<'a> {
    /// Packed weights.
    pub weights: &'a [f32],
    /// Blocks of output channels.
    pub outputs: usize,
    /// Blocks of input channels.
    pub inputs: usize,
    /// Filled with the kernels.
    pub kernels: &'a mut [f32],
}

impl Job for TransformKernels<'_> {
    type Output = ();

    #[inline(always)]
    #[allow(unsafe_code)]
    unsafe fn run<S: Simd>(self) {
        let Self { weights, outputs, inputs, kernels } = self;
        let channels = inputs * LANES;
        for pair in 0..outputs * inputs {
            let (output, input) = (pair / inputs, pair % inputs);
            for channel in 0..LANES {
                let mut half = [[Wide::<S>::splat(0.0); KERNEL]; SIDE];
                for x in 0..KERNEL {
                    let top = ((pair * AREA + x) * LANES + channel) * LANES;
                    let column = column(weights, top, KERNEL * LANES * LANES);
                    for (row, value) in half.iter_mut().zip(kernel_in_front(column)) {
                        row[x] = value;
                    }
                }
                for (y, row) in half.into_iter().enumerate() {
                    for (x, value) in kernel_in_front(row).into_iter().enumerate() {
                        let element = y * SIDE + x;
                        let place =
                            (element * outputs + output) * channels + input * LANES + channel;
                        value.store(kernels, place * LANES);
                    }
                }
            }
        }
    }
}

/// Adds the gradient of kernels, taken back through their transform, to that of packed weights.
pub struct FoldKernels<'a> {
    /// The gradient of the kernels.
    pub kernels: &'a [f32],
    /// Blocks of output channels.
    pub outputs: usize,
    /// Blocks of input channels.
    pub inputs: usize,
    /// `[out block][in block][3][3][16][16]`, added to.
    pub gradient: &'a mut [f32],
}

impl Job for FoldKernels<'_> {
    type Output = ();

    #[inline(always)]
    #[allow(unsafe_code)]
    unsafe fn run<S: Simd>(self) {
        let Self { kernels, outputs, inputs, gradient } = self;
        let channels = inputs * LANES;
        for pair in 0..outputs * inputs {
            let (output, input) = (pair / inputs, pair % inputs);
            for channel in 0..LANES {
                let mut half = [[Wide::<S>::splat(0.0); SIDE]; KERNEL];
                for x in 0..SIDE {
                    let top = (x * outputs + output) * channels + input * LANES + channel;
                    let step = SIDE * outputs * channels * LANES;
                    let column = column(kernels, top * LANES, step);
                    for (row, value) in half.iter_mut().zip(kernel_behind(column)) {
                        row[x] = value;
                    }
                }
                for (y, row) in half.into_iter().enumerate() {
                    for (x, value) in kernel_behind(row).into_iter().enumerate() {
                        let tap = y * KERNEL + x;
                        let place = (pair * AREA + tap) * LANES + channel;
                        value.add_to(gradient, place * LANES);
                    }
                }
            }
        }
    }
}

/// Transforms the overlapping 4x4 tiles of an input.
pub struct TransformTiles<'a> {
    /// The maps that are convolved; their halo is as wide as the kernel reaches.
    pub input: &'a [f32],
    /// Their shape.
    pub from: Maps,
    /// The shape of what comes out.
    pub to: Maps,
    /// Filled with the transformed tiles, `[16][from.blocks][tiles][16]`.
    pub tiles: &'a mut [f32],
}

impl Job for TransformTiles<'_> {
    type Output = ();

    #[inline(always)]
    #[allow(unsafe_code)]
    unsafe fn run<S: Simd>(self) {
        let Self { input, from, to, tiles } = self;
        let count = self::tiles(&to);
        let across = to.width / 2;
        for block in 0..from.blocks {
            for tile in 0..count {
                let corner = block * from.block()
                    + 2 * (tile / across) * from.row()
                    + 2 * (tile % across) * LANES;
                let mut half = [[Wide::<S>::splat(0.0); SIDE]; SIDE];
                for x in 0..SIDE {
                    let column = column(input, corner + x * LANES, from.row());
                    for (row, value) in half.iter_mut().zip(in_front(column)) {
                        row[x] = value;
                    }
                }
                for (y, row) in half.into_iter().enumerate() {
                    for (x, value) in in_front(row).into_iter().enumerate() {
                        let place = ((y * SIDE + x) * from.blocks + block) * count + tile;
                        value.store(tiles, place * LANES);
                    }
                }
            }
        }
    }
}

/// Transforms the 2x2 tiles of the gradient of an output, for the gradient of the kernels.
pub struct TransformSlopes<'a> {
    /// The gradient of what came out.
    pub slope: &'a [f32],
    /// Its shape; any halo.
    pub to: Maps,
    /// Filled with the transformed tiles, `[16][to.blocks][tiles][16]`.
    pub tiles: &'a mut [f32],
}

impl Job for TransformSlopes<'_> {
    type Output = ();

    #[inline(always)]
    #[allow(unsafe_code)]
    unsafe fn run<S: Simd>(self) {
        let Self { slope, to, tiles } = self;
        let count = self::tiles(&to);
        let across = to.width / 2;
        for block in 0..to.blocks {
            for tile in 0..count {
                let (y, x) = (2 * (tile / across), 2 * (tile % across));
                let mut half = [[Wide::<S>::splat(0.0); 2]; SIDE];
                for dx in 0..2 {
                    let column = column(slope, to.at(block, y, x + dx), to.row());
                    for (row, value) in half.iter_mut().zip(slope_in_front(column)) {
                        row[dx] = value;
                    }
                }
                for (y, row) in half.into_iter().enumerate() {
                    for (x, value) in slope_in_front(row).into_iter().enumerate() {
                        let place = ((y * SIDE + x) * to.blocks + block) * count + tile;
                        value.store(tiles, place * LANES);
                    }
                }
            }
        }
    }
}

/// `output += kernels ∗ input`, from transformed tiles.
pub struct ConvolveTiles<'a> {
    /// The input's tiles, `[16][inputs][tiles][16]`.
    pub tiles: &'a [f32],
    /// Blocks of input channels.
    pub inputs: usize,
    /// Transformed kernels.
    pub kernels: &'a [f32],
    /// Room for the products, `[16][to.blocks][tiles][16]`.
    pub products: &'a mut [f32],
    /// What is added to.
    pub output: &'a mut [f32],
    /// Its shape; blocks of sixteen channels.
    pub to: Maps,
}

impl Job for ConvolveTiles<'_> {
    type Output = ();

    #[inline(always)]
    #[allow(unsafe_code)]
    unsafe fn run<S: Simd>(self) {
        let Self { tiles, inputs, kernels, products, output, to } = self;
        let count = self::tiles(&to);
        assert!(
            tiles.len() >= tiles_len(inputs, &to) && products.len() >= tiles_len(to.blocks, &to)
        );
        assert!(kernels.len() >= kernels_len(to.blocks, inputs));
        let channels = inputs * LANES;
        for element in 0..ELEMENTS {
            let mut block = 0;
            while block < to.blocks {
                let two = block + 1 < to.blocks;
                let mut tile = 0;
                while tile < count {
                    // SAFETY: the assertions above hold every offset below inside its slice.
                    unsafe {
                        let input = tiles.as_ptr().add((element * inputs * count + tile) * LANES);
                        let row = element * to.blocks + block;
                        let first = kernels.as_ptr().add(row * channels * LANES);
                        let second = first.add(if two { channels * LANES } else { 0 });
                        let out = products.as_mut_ptr().add((row * count + tile) * LANES);
                        let other = out.add(if two { count * LANES } else { 0 });
                        tile += match (two, count - tile) {
                            (true, 8..) => product::<S, 2, 8>(
                                input,
                                inputs,
                                count,
                                [first, second],
                                [out, other],
                            ),
                            (true, 4..) => product::<S, 2, 4>(
                                input,
                                inputs,
                                count,
                                [first, second],
                                [out, other],
                            ),
                            (true, _) => product::<S, 2, 1>(
                                input,
                                inputs,
                                count,
                                [first, second],
                                [out, other],
                            ),
                            (false, 8..) => {
                                product::<S, 1, 8>(input, inputs, count, [first], [out])
                            }
                            (false, 4..) => {
                                product::<S, 1, 4>(input, inputs, count, [first], [out])
                            }
                            (false, _) => product::<S, 1, 1>(input, inputs, count, [first], [out]),
                        };
                    }
                }
                block += if two { 2 } else { 1 };
            }
        }
        let across = to.width / 2;
        for block in 0..to.blocks {
            for tile in 0..count {
                let mut half = [[Wide::<S>::splat(0.0); SIDE]; 2];
                for x in 0..SIDE {
                    let top = (x * to.blocks + block) * count + tile;
                    let step = SIDE * to.blocks * count * LANES;
                    let column = column(products, top * LANES, step);
                    for (row, value) in half.iter_mut().zip(behind(column)) {
                        row[x] = value;
                    }
                }
                let (y, x) = (2 * (tile / across), 2 * (tile % across));
                for (dy, row) in half.into_iter().enumerate() {
                    for (dx, value) in behind(row).into_iter().enumerate() {
                        value.add_to(output, to.at(block, y + dy, x + dx));
                    }
                }
            }
        }
    }
}

/// The products of `P` neighbouring tiles with the kernels of `B` blocks, for one element; returns `P`.
#[inline(always)]
#[allow(unsafe_code)]
unsafe fn product<S: Simd, const B: usize, const P: usize>(
    input: *const f32,
    inputs: usize,
    count: usize,
    kernels: [*const f32; B],
    output: [*mut f32; B],
) -> usize {
    // SAFETY: the caller holds all offsets inside the slices.
    unsafe {
        let mut sums: [[S::V; P]; B] = [[S::splat(0.0); P]; B];
        for block in 0..inputs {
            let pixels = input.add(block * count * LANES);
            for channel in 0..LANES {
                let at = (block * LANES + channel) * LANES;
                let weight: [S::V; B] =
                    std::array::from_fn(|block| S::load(kernels[block].add(at)));
                for tile in 0..P {
                    let value = S::splat(*pixels.add(tile * LANES + channel));
                    for block in 0..B {
                        sums[block][tile] = S::mul_add(weight[block], value, sums[block][tile]);
                    }
                }
            }
        }
        for block in 0..B {
            for tile in 0..P {
                S::store(output[block].add(tile * LANES), sums[block][tile]);
            }
        }
    }
    P
}

/// `gradient += Σ over tiles of slope ⊗ input`: what an image adds to the gradient of the kernels.
pub struct KernelGradient<'a> {
    /// The input's tiles, `[16][inputs][tiles][16]`.
    pub tiles: &'a [f32],
    /// Blocks of input channels.
    pub inputs: usize,
    /// The transformed gradient of the output, `[16][outputs][tiles][16]`.
    pub slopes: &'a [f32],
    /// Blocks of output channels.
    pub outputs: usize,
    /// Tiles of a map.
    pub count: usize,
    /// The gradient of the kernels, added to.
    pub gradient: &'a mut [f32],
}

/// Input channels that are summed at once.
const CHANNELS: usize = 8;

impl Job for KernelGradient<'_> {
    type Output = ();

    #[inline(always)]
    #[allow(unsafe_code)]
    unsafe fn run<S: Simd>(self) {
        let Self { tiles, inputs, slopes, outputs, count, gradient } = self;
        let channels = inputs * LANES;
        assert!(tiles.len() >= ELEMENTS * inputs * count * LANES);
        assert!(slopes.len() >= ELEMENTS * outputs * count * LANES);
        assert!(gradient.len() >= kernels_len(outputs, inputs));
        for element in 0..ELEMENTS {
            let mut block = 0;
            while block < outputs {
                let two = block + 1 < outputs;
                for channel in (0..channels).step_by(CHANNELS) {
                    // SAFETY: the assertions above hold every offset below inside its slice.
                    unsafe {
                        let source = (element * inputs + channel / LANES) * count * LANES;
                        let input = tiles.as_ptr().add(source + channel % LANES);
                        let row = element * outputs + block;
                        let slope = slopes.as_ptr().add(row * count * LANES);
                        let out = gradient.as_mut_ptr().add((row * channels + channel) * LANES);
                        if two {
                            let slope = [slope, slope.add(count * LANES)];
                            outer::<S, 2>(input, slope, count, [out, out.add(channels * LANES)]);
                        } else {
                            outer::<S, 1>(input, [slope], count, [out]);
                        }
                    }
                }
                block += if two { 2 } else { 1 };
            }
        }
    }
}

/// The sums over all tiles for [`CHANNELS`] input channels and `B` blocks of output channels.
#[inline(always)]
#[allow(unsafe_code)]
unsafe fn outer<S: Simd, const B: usize>(
    input: *const f32,
    slopes: [*const f32; B],
    count: usize,
    output: [*mut f32; B],
) {
    // SAFETY: the caller holds all offsets inside the slices.
    unsafe {
        let mut sums: [[S::V; CHANNELS]; B] = std::array::from_fn(|block| {
            std::array::from_fn(|channel| S::load(output[block].add(channel * LANES)))
        });
        for tile in 0..count {
            let pixels = input.add(tile * LANES);
            let slope: [S::V; B] =
                std::array::from_fn(|block| S::load(slopes[block].add(tile * LANES)));
            for channel in 0..CHANNELS {
                let value = S::splat(*pixels.add(channel));
                for block in 0..B {
                    sums[block][channel] = S::mul_add(slope[block], value, sums[block][channel]);
                }
            }
        }
        for block in 0..B {
            for channel in 0..CHANNELS {
                S::store(output[block].add(channel * LANES), sums[block][channel]);
            }
        }
    }
}
