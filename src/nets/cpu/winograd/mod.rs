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
//! Tiles and kernels are transformed in single precision ([`transforms`]) and multiplied ([`products`]) as
//! [`Operands`](super::simd::Operands) have it: one float to a word, or two bf16 that are neighbours along
//! what is summed over, which is the input channels in a convolution and the tiles in the gradient of the
//! kernel; a last tile without a neighbour gets zero for one. With d values to a word:
//!
//! ```text
//! tiles along channels     [16][blocks][tiles][16 / d words]
//! tiles across tiles       [16][blocks][tiles / d][16 words]          the same where d = 1
//! kernels                  [16][out block][in channels / d][16 words of out channels]
//! gradient of kernels      [16][out block][in channels][16 out channels]    floats
//! ```

mod products;
mod transforms;

use super::{
    convolution::{KERNEL, Maps},
    simd::{LANES, Simd, Wide},
};
pub use products::{ConvolveTiles, KernelGradient};
pub use transforms::{FoldKernels, TransformKernels, TransformSlopes, TransformTiles};

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

/// Words of the same along channels, with `depth` values in each.
pub const fn along_len(blocks: usize, to: &Maps, depth: usize) -> usize {
    tiles_len(blocks, to) / depth
}

/// Words of the same across tiles, with `depth` values in each.
pub const fn across_len(blocks: usize, count: usize, depth: usize) -> usize {
    ELEMENTS * blocks * count.div_ceil(depth) * LANES
}

/// Values of transformed kernels.
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
