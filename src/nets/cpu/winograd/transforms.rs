//! From maps, their gradients and packed weights to transformed tiles and kernels, and from the gradient of
//! kernels back to that of weights.

use super::{
    AREA, KERNEL, Maps, SIDE, column, in_front, kernel_behind, kernel_in_front, slope_in_front,
    tiles,
};
use crate::nets::cpu::simd::{Job, LANES, Operands, ProductJob, Simd, Wide};

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

impl ProductJob for TransformKernels<'_> {
    type Output = ();

    #[inline(always)]
    #[allow(unsafe_code)]
    unsafe fn run<O: Operands>(self) {
        let Self { weights, outputs, inputs, kernels } = self;
        let words = LANES / O::DEPTH;
        for pair in 0..outputs * inputs {
            let (output, input) = (pair / inputs, pair % inputs);
            for word in 0..words {
                let mut halves = [[[Wide::<O::S>::splat(0.0); KERNEL]; SIDE]; 2];
                for at in 0..O::DEPTH {
                    let channel = word * O::DEPTH + at;
                    for x in 0..KERNEL {
                        let top = ((pair * AREA + x) * LANES + channel) * LANES;
                        let column = column(weights, top, KERNEL * LANES * LANES);
                        for (row, value) in halves[at].iter_mut().zip(kernel_in_front(column)) {
                            row[x] = value;
                        }
                    }
                }
                for y in 0..SIDE {
                    let rows = [kernel_in_front(halves[0][y]), kernel_in_front(halves[1][y])];
                    for x in 0..SIDE {
                        let row = (y * SIDE + x) * outputs + output;
                        let place = (row * inputs + input) * words + word;
                        // SAFETY: the caller vouches for the instructions of the operands.
                        unsafe {
                            O::store_across([rows[0][x], rows[1][x]], kernels, place * LANES);
                        }
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
    /// Filled with the transformed tiles along channels.
    pub along: &'a mut [f32],
    /// Filled with the same across tiles, if there is room for anything.
    pub across: &'a mut [f32],
}

impl ProductJob for TransformTiles<'_> {
    type Output = ();

    #[inline(always)]
    #[allow(unsafe_code)]
    unsafe fn run<O: Operands>(self) {
        let Self { input, from, to, along, across } = self;
        let count = tiles(&to);
        let groups = count.div_ceil(O::DEPTH);
        let row_of_tiles = to.width / 2;
        for block in 0..from.blocks {
            for group in 0..groups {
                let mut halves = [[[Wide::<O::S>::splat(0.0); SIDE]; SIDE]; 2];
                for at in 0..O::DEPTH {
                    let tile = group * O::DEPTH + at;
                    // The last group may lack a tile, which counts as zero.
                    if tile < count {
                        let corner = block * from.block()
                            + 2 * (tile / row_of_tiles) * from.row()
                            + 2 * (tile % row_of_tiles) * LANES;
                        for x in 0..SIDE {
                            let column = column(input, corner + x * LANES, from.row());
                            for (row, value) in halves[at].iter_mut().zip(in_front(column)) {
                                row[x] = value;
                            }
                        }
                    }
                }
                for y in 0..SIDE {
                    let rows = [in_front(halves[0][y]), in_front(halves[1][y])];
                    for x in 0..SIDE {
                        let row = (y * SIDE + x) * from.blocks + block;
                        // SAFETY: the caller vouches for the instructions of the operands.
                        unsafe {
                            for at in 0..O::DEPTH {
                                let tile = group * O::DEPTH + at;
                                if tile < count {
                                    let place = (row * count + tile) * (LANES / O::DEPTH);
                                    O::store_along(rows[at][x], along, place);
                                }
                            }
                            if !across.is_empty() {
                                let place = (row * groups + group) * LANES;
                                O::store_across([rows[0][x], rows[1][x]], across, place);
                            }
                        }
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
    /// Filled with the transformed tiles across tiles.
    pub across: &'a mut [f32],
}

impl ProductJob for TransformSlopes<'_> {
    type Output = ();

    #[inline(always)]
    #[allow(unsafe_code)]
    unsafe fn run<O: Operands>(self) {
        let Self { slope, to, across } = self;
        let count = tiles(&to);
        let groups = count.div_ceil(O::DEPTH);
        let row_of_tiles = to.width / 2;
        for block in 0..to.blocks {
            for group in 0..groups {
                let mut halves = [[[Wide::<O::S>::splat(0.0); 2]; SIDE]; 2];
                for at in 0..O::DEPTH {
                    let tile = group * O::DEPTH + at;
                    if tile < count {
                        let (y, x) = (2 * (tile / row_of_tiles), 2 * (tile % row_of_tiles));
                        for dx in 0..2 {
                            let column = column(slope, to.at(block, y, x + dx), to.row());
                            for (row, value) in halves[at].iter_mut().zip(slope_in_front(column)) {
                                row[dx] = value;
                            }
                        }
                    }
                }
                for y in 0..SIDE {
                    let rows = [slope_in_front(halves[0][y]), slope_in_front(halves[1][y])];
                    for x in 0..SIDE {
                        let row = (y * SIDE + x) * to.blocks + block;
                        let place = (row * groups + group) * LANES;
                        // SAFETY: the caller vouches for the instructions of the operands.
                        unsafe { O::store_across([rows[0][x], rows[1][x]], across, place) };
                    }
                }
            }
        }
    }
}
