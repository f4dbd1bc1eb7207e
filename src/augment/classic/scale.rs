//! Classic scale: nearest-neighbour resizing to two independent sides of 0.8 to 1.2 times the image's
//! height, centred on a canvas of zeros and cut back to size about the centre.

use rand::{Rng, RngExt};

/// The largest relative change of a side.
const SPREAD: f64 = 0.2;

/// The resized height and width, both relative to the image's height.
pub(super) fn draw(height: usize, rng: &mut impl Rng) -> [usize; 2] {
    let mut side =
        || ((1.0 - SPREAD + 2.0 * SPREAD * rng.random::<f64>()) * height as f64) as usize;
    [side(), side()]
}

/// Resizes one image, planes of `[height, width]`, in place; a resized side of zero leaves zeros.
pub(super) fn apply(image: &mut [f32], [height, width]: [usize; 2], [high, wide]: [usize; 2]) {
    let canvas = high.max(wide).max(height).max(width);
    let rows = sources(height, high, canvas);
    let columns = sources(width, wide, canvas);
    for plane in image.chunks_exact_mut(height * width) {
        let before = plane.to_vec();
        for (at, pixel) in plane.iter_mut().enumerate() {
            *pixel = match (rows[at / width], columns[at % width]) {
                (Some(row), Some(column)) => before[row * width + column],
                _ => 0.0,
            };
        }
    }
}

/// For each pixel along a side of `size`: which pixel it shows once that side is resized to `resized`
/// and centred, or none if it lies beside the content.
fn sources(size: usize, resized: usize, canvas: usize) -> Vec<Option<usize>> {
    let (content, cut) = ((canvas - resized) / 2, (canvas - size) / 2);
    // Torch takes the ratio and the product in single precision, which decides exact ties.
    let ratio = size as f32 / resized as f32;
    (0..size)
        .map(|at| {
            let place = (at + cut).checked_sub(content).filter(|place| *place < resized)?;
            Some(((place as f32 * ratio) as usize).min(size - 1))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::{Purpose, stream};

    #[test]
    fn a_smaller_image_stands_in_the_middle_of_zeros() {
        let mut image: Vec<f32> = (1..=16).map(|i| i as f32).collect();
        apply(&mut image, [4, 4], [2, 2]);
        let expected =
            [0.0, 0.0, 0.0, 0.0, 0.0, 1.0, 3.0, 0.0, 0.0, 9.0, 11.0, 0.0, 0.0, 0.0, 0.0, 0.0];
        assert_eq!(image, expected);
    }

    #[test]
    fn a_larger_image_is_cut_about_its_centre() {
        let mut image: Vec<f32> = (1..=16).map(|i| i as f32).collect();
        apply(&mut image, [4, 4], [8, 4]);
        let rows: Vec<f32> = image.iter().step_by(4).copied().collect();
        assert_eq!(rows, [5.0, 5.0, 9.0, 9.0]);
        assert_eq!(image[..4], [5.0, 6.0, 7.0, 8.0]);
    }

    #[test]
    fn sides_stay_within_a_fifth() {
        let mut rng = stream(1, Purpose::EvaluationTraining, &[]);
        let drawn: Vec<_> = (0..2000).flat_map(|_| draw(28, &mut rng)).collect();
        assert_eq!(drawn.iter().min(), Some(&22));
        assert_eq!(drawn.iter().max(), Some(&33));
    }
}
