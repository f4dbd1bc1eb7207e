//! Classic crop: four pixels of the batch's channel means on every side, cut at an offset of 0 to 7 both
//! ways (eight values, so the unmoved image is not the middle one).

use rand::{Rng, RngExt};

/// Pixels of border on every side.
const BORDER: usize = 4;

/// Where the image is cut out of its bordered self: row and column.
pub(super) fn draw(rng: &mut impl Rng) -> [usize; 2] {
    [rng.random_range(0..2 * BORDER), rng.random_range(0..2 * BORDER)]
}

/// Moves one image of `means.len()` planes of `[height, width]` in place.
pub(super) fn apply(
    image: &mut [f32],
    [height, width]: [usize; 2],
    means: &[f64],
    [down, right]: [usize; 2],
) {
    for (plane, mean) in image.chunks_exact_mut(height * width).zip(means) {
        let before = plane.to_vec();
        for (at, pixel) in plane.iter_mut().enumerate() {
            let row = (at / width + down).checked_sub(BORDER).filter(|row| *row < height);
            let column = (at % width + right).checked_sub(BORDER).filter(|column| *column < width);
            *pixel = match (row, column) {
                (Some(row), Some(column)) => before[row * width + column],
                _ => *mean as f32,
            };
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_uncovered_is_the_channels_mean() {
        let mut image: Vec<f32> = (0..18).map(|i| i as f32).collect();
        apply(&mut image, [3, 3], &[-1.0, -2.0], [5, 3]);
        assert_eq!(image[..9], [-1.0, 3.0, 4.0, -1.0, 6.0, 7.0, -1.0, -1.0, -1.0]);
        assert_eq!(image[9..], [-2.0, 12.0, 13.0, -2.0, 15.0, 16.0, -2.0, -2.0, -2.0]);
        let before = image.clone();
        apply(&mut image, [3, 3], &[0.0, 0.0], [4, 4]);
        assert_eq!(image, before);
    }
}
