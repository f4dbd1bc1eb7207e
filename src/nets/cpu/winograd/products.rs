//! The products over transformed tiles, in which most of the time of a network goes by.

use super::{
    ELEMENTS, Maps, SIDE, across_len, along_len, behind, column, kernels_len, tiles, tiles_len,
};
use crate::nets::cpu::simd::{LANES, Operands, ProductJob, Simd, Wide};

/// `output += kernels ∗ input`, from transformed tiles.
pub struct ConvolveTiles<'a> {
    /// The input's tiles along channels.
    pub tiles: &'a [f32],
    /// Blocks of input channels.
    pub inputs: usize,
    /// Transformed kernels.
    pub kernels: &'a [f32],
    /// Room for the products, floats `[16][to.blocks][tiles][16]`.
    pub products: &'a mut [f32],
    /// What is added to.
    pub output: &'a mut [f32],
    /// Its shape; blocks of sixteen channels.
    pub to: Maps,
}

impl ProductJob for ConvolveTiles<'_> {
    type Output = ();

    #[inline(always)]
    #[allow(unsafe_code)]
    unsafe fn run<O: Operands>(self) {
        let Self { tiles, inputs, kernels, products, output, to } = self;
        let count = self::tiles(&to);
        assert!(tiles.len() >= along_len(inputs, &to, O::DEPTH));
        assert!(products.len() >= tiles_len(to.blocks, &to));
        assert!(kernels.len() >= kernels_len(to.blocks, inputs) / O::DEPTH);
        // Words of one tile or kernel in a block of input channels.
        let words = LANES / O::DEPTH;
        for element in 0..ELEMENTS {
            let mut block = 0;
            while block < to.blocks {
                let two = block + 1 < to.blocks;
                let mut tile = 0;
                while tile < count {
                    // SAFETY: the assertions above hold every offset below inside its slice.
                    unsafe {
                        let input = tiles.as_ptr().add((element * inputs * count + tile) * words);
                        let row = element * to.blocks + block;
                        let kernel = inputs * words * LANES;
                        let first = kernels.as_ptr().add(row * kernel);
                        let second = first.add(if two { kernel } else { 0 });
                        let out = products.as_mut_ptr().add((row * count + tile) * LANES);
                        let other = out.add(if two { count * LANES } else { 0 });
                        tile += match (two, count - tile) {
                            (true, 8..) => product::<O, 2, 8>(
                                input,
                                inputs,
                                count,
                                [first, second],
                                [out, other],
                            ),
                            (true, 4..) => product::<O, 2, 4>(
                                input,
                                inputs,
                                count,
                                [first, second],
                                [out, other],
                            ),
                            (true, _) => product::<O, 2, 1>(
                                input,
                                inputs,
                                count,
                                [first, second],
                                [out, other],
                            ),
                            (false, 8..) => {
                                product::<O, 1, 8>(input, inputs, count, [first], [out])
                            }
                            (false, 4..) => {
                                product::<O, 1, 4>(input, inputs, count, [first], [out])
                            }
                            (false, _) => product::<O, 1, 1>(input, inputs, count, [first], [out]),
                        };
                    }
                }
                block += if two { 2 } else { 1 };
            }
        }
        let across = to.width / 2;
        for block in 0..to.blocks {
            for tile in 0..count {
                let mut half = [[Wide::<O::S>::splat(0.0); SIDE]; 2];
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
unsafe fn product<O: Operands, const B: usize, const P: usize>(
    input: *const f32,
    inputs: usize,
    count: usize,
    kernels: [*const f32; B],
    output: [*mut f32; B],
) -> usize {
    // SAFETY: the caller holds all offsets inside the slices.
    unsafe {
        let words = LANES / O::DEPTH;
        let mut sums = [[O::S::splat(0.0); P]; B];
        for block in 0..inputs {
            let pixels = input.add(block * count * words);
            for word in 0..words {
                let at = (block * words + word) * LANES;
                let weight: [O::V; B] =
                    std::array::from_fn(|block| O::load(kernels[block].add(at)));
                for tile in 0..P {
                    let value = O::splat(pixels.add(tile * words + word));
                    for block in 0..B {
                        sums[block][tile] = O::mul_add(weight[block], value, sums[block][tile]);
                    }
                }
            }
        }
        for block in 0..B {
            for tile in 0..P {
                O::S::store(output[block].add(tile * LANES), sums[block][tile]);
            }
        }
    }
    P
}

/// `gradient += Σ over tiles of slope ⊗ input`: what an image adds to the gradient of the kernels.
pub struct KernelGradient<'a> {
    /// The input's tiles across tiles.
    pub tiles: &'a [f32],
    /// Blocks of input channels.
    pub inputs: usize,
    /// The transformed gradient of the output, likewise.
    pub slopes: &'a [f32],
    /// Blocks of output channels.
    pub outputs: usize,
    /// Tiles of a map.
    pub count: usize,
    /// The gradient of the kernels, floats, added to.
    pub gradient: &'a mut [f32],
}

/// Input channels that are summed at once.
const CHANNELS: usize = 8;

impl ProductJob for KernelGradient<'_> {
    type Output = ();

    #[inline(always)]
    #[allow(unsafe_code)]
    unsafe fn run<O: Operands>(self) {
        let Self { tiles, inputs, slopes, outputs, count, gradient } = self;
        let (channels, groups) = (inputs * LANES, count.div_ceil(O::DEPTH));
        assert!(tiles.len() >= across_len(inputs, count, O::DEPTH));
        assert!(slopes.len() >= across_len(outputs, count, O::DEPTH));
        assert!(gradient.len() >= kernels_len(outputs, inputs));
        for element in 0..ELEMENTS {
            let mut block = 0;
            while block < outputs {
                let two = block + 1 < outputs;
                for channel in (0..channels).step_by(CHANNELS) {
                    // SAFETY: the assertions above hold every offset below inside its slice.
                    unsafe {
                        let source = (element * inputs + channel / LANES) * groups * LANES;
                        let input = tiles.as_ptr().add(source + channel % LANES);
                        let row = element * outputs + block;
                        let slope = slopes.as_ptr().add(row * groups * LANES);
                        let out = gradient.as_mut_ptr().add((row * channels + channel) * LANES);
                        if two {
                            let slope = [slope, slope.add(groups * LANES)];
                            outer::<O, 2>(input, slope, groups, [out, out.add(channels * LANES)]);
                        } else {
                            outer::<O, 1>(input, [slope], groups, [out]);
                        }
                    }
                }
                block += if two { 2 } else { 1 };
            }
        }
    }
}

/// The sums over all groups of tiles for [`CHANNELS`] input channels and `B` blocks of output channels.
#[inline(always)]
#[allow(unsafe_code)]
unsafe fn outer<O: Operands, const B: usize>(
    input: *const f32,
    slopes: [*const f32; B],
    groups: usize,
    output: [*mut f32; B],
) {
    // SAFETY: the caller holds all offsets inside the slices.
    unsafe {
        let mut sums: [[<O::S as Simd>::V; CHANNELS]; B] = std::array::from_fn(|block| {
            std::array::from_fn(|channel| O::S::load(output[block].add(channel * LANES)))
        });
        for group in 0..groups {
            let pixels = input.add(group * LANES);
            let slope: [O::V; B] =
                std::array::from_fn(|block| O::load(slopes[block].add(group * LANES)));
            for channel in 0..CHANNELS {
                let value = O::splat(pixels.add(channel));
                for block in 0..B {
                    sums[block][channel] = O::mul_add(slope[block], value, sums[block][channel]);
                }
            }
        }
        for block in 0..B {
            for channel in 0..CHANNELS {
                O::S::store(output[block].add(channel * LANES), sums[block][channel]);
            }
        }
    }
}
