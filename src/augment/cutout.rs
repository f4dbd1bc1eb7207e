//! Cutout: a square block of half the image's side is set to zero, the data's mean in normalised space.
//! The block's centre is uniform over the image (over the pixel borders 0..=size for an even block), so
//! blocks at the edge are smaller (DSA, section 3.2).
//!
//! A mask: `y = x·(1 − r⊗s)`, `r` and `s` the block's rows and columns.

use std::ops::Range;

use burn::tensor::{Tensor, TensorData};
use rand::{Rng, RngExt};

use super::parameters::Parameters;

/// The block's share of the image's side.
const RATIO: f64 = 0.5;

/// Where the block is centred, in pixels from the upper left corner.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Centre {
    /// Row.
    pub row: usize,
    /// Column.
    pub column: usize,
}

/// The block's side in an image of this side: 14 for 28 pixels, 16 for 32.
fn block(size: usize) -> usize {
    (size as f64 * RATIO + 0.5) as usize
}

/// The rows (or columns) that a block centred here covers.
fn covered(size: usize, centre: usize) -> Range<usize> {
    let half = block(size) / 2;
    let end = (centre + block(size)).saturating_sub(half).min(size);
    centre.saturating_sub(half).min(end)..end
}

/// A centre for images of `[height, width]`.
pub(super) fn draw([height, width]: [usize; 2], rng: &mut impl Rng) -> Centre {
    let mut along = |size: usize| rng.random_range(0..=size - block(size) % 2);
    Centre { row: along(height), column: along(width) }
}

/// Images `[n, c, h, w]` in, the same shape out.
pub(super) fn apply(images: Tensor<4>, centres: &Parameters<Centre>) -> Tensor<4> {
    let [_, _, h, w] = images.dims();
    let centres = match centres {
        Parameters::Shared(centre) => std::slice::from_ref(centre),
        Parameters::PerImage(centres) => centres,
    };
    let inside = |size: usize, place: fn(&Centre) -> usize, shape: [usize; 4]| {
        let marks: Vec<f32> = centres
            .iter()
            .flat_map(|centre| {
                let block = covered(size, place(centre));
                (0..size).map(move |at| if block.contains(&at) { 1.0 } else { 0.0 })
            })
            .collect();
        let data = TensorData::new(marks, shape);
        Tensor::<4>::from_data(data, (&images.device(), images.dtype()))
    };
    let rows = inside(h, |centre| centre.row, [centres.len(), 1, h, 1]);
    let columns = inside(w, |centre| centre.column, [centres.len(), 1, 1, w]);
    let kept = rows.mul(columns).neg().add_scalar(1.0); // [1 or n, 1, h, w]
    images.mul(kept)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_block_is_half_the_side_and_is_cut_with_the_image() {
        assert_eq!(covered(32, 16), 8..24);
        assert_eq!(covered(32, 0), 0..8);
        assert_eq!(covered(32, 32), 24..32);
        // An odd block of 7 in 13 pixels starts at its centre minus 3.
        assert_eq!((block(13), covered(13, 6), covered(13, 0)), (7, 3..10, 0..4));
        assert_eq!((block(1), covered(1, 0)), (1, 0..1));
    }
}
