//! 3x3 convolutions of one image in blocks of sixteen channels: forward, gradient of the input, gradient
//! of the weights (which are all the same two loops with other roles).
//!
//! ```text
//! maps      [blocks][height + 2·halo][width + 2·halo][16]    the halo is zero
//! outputs   [blocks][height][width][16]
//! weights   [out block][in block][kernel y][kernel x][in channel][16 out channels]
//! ```
//!
//! The forward kernel keeps two blocks of output channels of eight pixels in registers and runs over all
//! input channels of a block; the gradient of the input is the same with the roles of the channels changed
//! and the kernel turned about. The gradient of the weights keeps two blocks of output channels for eight
//! taps in registers and runs over all pixels.

use super::simd::{Job, LANES, Simd};

/// Side of the kernel.
pub const KERNEL: usize = 3;

/// A stack of maps: where one block of channels of one image begins, and how far pixels lie apart.
#[derive(Debug, Clone, Copy)]
pub struct Maps {
    /// Blocks of channels.
    pub blocks: usize,
    /// Channels of a block that lie side by side: sixteen, or all of an image's own one to fifteen.
    pub channels: usize,
    /// Rows without the halo.
    pub height: usize,
    /// Columns without the halo.
    pub width: usize,
    /// Rows and columns of zeros on each side.
    pub halo: usize,
}

impl Maps {
    /// Floats from one row to the next.
    pub const fn row(&self) -> usize {
        (self.width + 2 * self.halo) * self.channels
    }

    /// Floats of one block.
    pub const fn block(&self) -> usize {
        self.row() * (self.height + 2 * self.halo)
    }

    /// Floats of all blocks.
    pub const fn len(&self) -> usize {
        self.block() * self.blocks
    }

    /// The first float of a pixel in a block; y and x count without the halo.
    pub const fn at(&self, block: usize, y: usize, x: usize) -> usize {
        block * self.block() + (y + self.halo) * self.row() + (x + self.halo) * self.channels
    }

    /// Sets one block of maps to zero, but for the halo.
    pub fn clear(&self, block: usize, maps: &mut [f32]) {
        for y in 0..self.height {
            let at = self.at(block, y, 0);
            maps[at..at + self.width * self.channels].fill(0.0);
        }
    }
}

/// `output += weights ∗ input`, over all blocks of both.
///
/// `input`'s halo is at least as wide as the kernel reaches: output pixel (y, x) meets the input pixels
/// (y + ky, x + kx) counted from the corner of the halo.
pub struct Convolve<'a> {
    /// The maps that are convolved.
    pub input: &'a [f32],
    /// Their shape.
    pub from: Maps,
    /// `[to.blocks][from.blocks][3][3][from.channels][16]`.
    pub weights: &'a [f32],
    /// What is added to.
    pub output: &'a mut [f32],
    /// Its shape; blocks of sixteen channels, without a halo.
    pub to: Maps,
}

impl Job for Convolve<'_> {
    type Output = ();

    #[inline(always)]
    #[allow(unsafe_code)]
    unsafe fn run<S: Simd>(self) {
        let Self { input, from, weights, output, to } = self;
        let per_pair = KERNEL * KERNEL * from.channels * LANES;
        assert!(input.len() >= from.len() && output.len() >= to.len());
        assert!(weights.len() >= to.blocks * from.blocks * per_pair);
        assert!(to.channels == LANES && to.halo == 0);
        assert!(to.height + KERNEL <= from.height + 2 * from.halo + 1);
        assert!(to.width + KERNEL <= from.width + 2 * from.halo + 1);
        let mut block = 0;
        while block < to.blocks {
            let two = block + 1 < to.blocks;
            for source in 0..from.blocks {
                for y in 0..to.height {
                    let mut x = 0;
                    while x < to.width {
                        let left = to.width - x;
                        // SAFETY: the assertions above hold every offset below inside its slice: the
                        // strip's last pixel and the kernel's last tap are inside the input's halo.
                        unsafe {
                            let input = input
                                .as_ptr()
                                .add(source * from.block() + y * from.row() + x * from.channels);
                            let first =
                                weights.as_ptr().add((block * from.blocks + source) * per_pair);
                            let second = first.add(if two { from.blocks * per_pair } else { 0 });
                            let base = output.as_mut_ptr();
                            let out = base.add(to.at(block, y, x));
                            let other = base.add(to.at(block + usize::from(two), y, x));
                            x += match (two, left) {
                                (true, 8..) => {
                                    strip::<S, 2, 8>(input, &from, [first, second], [out, other])
                                }
                                (true, 4..) => {
                                    strip::<S, 2, 4>(input, &from, [first, second], [out, other])
                                }
                                (true, _) => {
                                    strip::<S, 2, 1>(input, &from, [first, second], [out, other])
                                }
                                (false, 8..) => strip::<S, 1, 8>(input, &from, [first], [out]),
                                (false, 4..) => strip::<S, 1, 4>(input, &from, [first], [out]),
                                (false, _) => strip::<S, 1, 1>(input, &from, [first], [out]),
                            };
                        }
                    }
                }
            }
            block += if two { 2 } else { 1 };
        }
    }
}

/// Adds to `P` neighbouring pixels of `B` blocks what one block of input channels contributes; returns `P`.
#[inline(always)]
#[allow(unsafe_code)]
unsafe fn strip<S: Simd, const B: usize, const P: usize>(
    input: *const f32,
    from: &Maps,
    weights: [*const f32; B],
    output: [*mut f32; B],
) -> usize {
    let (row, channels) = (from.row(), from.channels);
    // SAFETY: the caller holds all offsets inside the slices.
    unsafe {
        let mut sums: [[S::V; P]; B] = std::array::from_fn(|block| {
            std::array::from_fn(|pixel| S::load(output[block].add(pixel * LANES)))
        });
        let mut tap = 0;
        for ky in 0..KERNEL {
            for kx in 0..KERNEL {
                let pixels = input.add(ky * row + kx * channels);
                for channel in 0..channels {
                    let weight: [S::V; B] =
                        std::array::from_fn(|block| S::load(weights[block].add(tap)));
                    for pixel in 0..P {
                        let value = S::splat(*pixels.add(pixel * channels + channel));
                        for block in 0..B {
                            sums[block][pixel] =
                                S::mul_add(weight[block], value, sums[block][pixel]);
                        }
                    }
                    tap += LANES;
                }
            }
        }
        for block in 0..B {
            for pixel in 0..P {
                S::store(output[block].add(pixel * LANES), sums[block][pixel]);
            }
        }
    }
    P
}

/// `gradient += Σ over pixels of slope ⊗ input`: what an image adds to the gradient of the weights.
pub struct WeightGradient<'a> {
    /// The maps that went into the convolution.
    pub input: &'a [f32],
    /// Their shape.
    pub from: Maps,
    /// The gradient of what came out.
    pub slope: &'a [f32],
    /// Its shape; blocks of sixteen channels, any halo.
    pub to: Maps,
    /// `[to.blocks][from.blocks][3][3][from.channels][16]`, added to.
    pub gradient: &'a mut [f32],
}

/// Taps that are summed at once.
const TAPS: usize = 8;

impl Job for WeightGradient<'_> {
    type Output = ();

    #[inline(always)]
    #[allow(unsafe_code)]
    unsafe fn run<S: Simd>(self) {
        let Self { input, from, slope, to, gradient } = self;
        let taps = KERNEL * KERNEL * from.channels;
        assert!(input.len() >= from.len() && slope.len() >= to.len());
        assert!(gradient.len() >= to.blocks * from.blocks * taps * LANES);
        assert!(to.channels == LANES);
        assert!(to.height + KERNEL <= from.height + 2 * from.halo + 1);
        assert!(to.width + KERNEL <= from.width + 2 * from.halo + 1);
        let offset = |tap: usize| {
            let (ky, rest) = (tap / (KERNEL * from.channels), tap % (KERNEL * from.channels));
            ky * from.row() + rest
        };
        let mut block = 0;
        while block < to.blocks {
            let two = block + 1 < to.blocks;
            for source in 0..from.blocks {
                for first in (0..taps).step_by(TAPS) {
                    let count = TAPS.min(taps - first);
                    // Taps beyond the last one repeat it; they are summed and not stored.
                    let offsets = std::array::from_fn(|at| offset(first + at.min(count - 1)));
                    let index = (block * from.blocks + source) * taps + first;
                    // SAFETY: the assertions above hold every offset inside its slice, as in `Convolve`.
                    unsafe {
                        let pixels = input.as_ptr().add(source * from.block());
                        let slopes = slope.as_ptr().add(to.at(block, 0, 0));
                        let out = gradient.as_mut_ptr().add(index * LANES);
                        if two {
                            let slopes = [slopes, slopes.add(to.block())];
                            let out = [out, out.add(from.blocks * taps * LANES)];
                            tap_sums::<S, 2>(pixels, &from, slopes, &to, offsets, out, count);
                        } else {
                            tap_sums::<S, 1>(pixels, &from, [slopes], &to, offsets, [out], count);
                        }
                    }
                }
            }
            block += if two { 2 } else { 1 };
        }
    }
}

/// The sums over all pixels for [`TAPS`] taps of `B` blocks, of which the first `count` are stored.
#[inline(always)]
#[allow(unsafe_code)]
unsafe fn tap_sums<S: Simd, const B: usize>(
    input: *const f32,
    from: &Maps,
    slopes: [*const f32; B],
    to: &Maps,
    offsets: [usize; TAPS],
    output: [*mut f32; B],
    count: usize,
) {
    // SAFETY: the caller holds all offsets inside the slices.
    unsafe {
        let mut sums: [[S::V; TAPS]; B] = [[S::splat(0.0); TAPS]; B];
        for y in 0..to.height {
            let mut pixel = input.add(y * from.row());
            let mut slope: [*const f32; B] =
                std::array::from_fn(|block| slopes[block].add(y * to.row()));
            for _ in 0..to.width {
                let vectors: [S::V; B] = std::array::from_fn(|block| S::load(slope[block]));
                for tap in 0..TAPS {
                    let value = S::splat(*pixel.add(offsets[tap]));
                    for block in 0..B {
                        sums[block][tap] = S::mul_add(vectors[block], value, sums[block][tap]);
                    }
                }
                pixel = pixel.add(from.channels);
                for pointer in &mut slope {
                    *pointer = pointer.add(LANES);
                }
            }
        }
        for block in 0..B {
            for tap in 0..count {
                let to = output[block].add(tap * LANES);
                let one = S::splat(1.0);
                S::store(to, S::mul_add(one, sums[block][tap], S::load(to)));
            }
        }
    }
}
