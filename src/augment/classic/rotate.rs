//! Classic rotate: by a whole number of degrees in −45..=44 about the centre, interpolated with cubic
//! splines, on a canvas that grows to hold the turned image and is cut back to size about its centre.
//! What lies outside the image is filled with the mean of the batch's channel means.
//!
//! Geometry and boundary rules are those of `scipy.ndimage.rotate` with its defaults, which DC uses.

use rand::{Rng, RngExt};

use super::spline::Spline;

/// The angles, in degrees, end excluded.
const DEGREES: std::ops::Range<i32> = -45..45;

/// The angle in degrees; positive turns the columns' axis towards the rows' axis.
pub(super) fn draw(rng: &mut impl Rng) -> i32 {
    rng.random_range(DEGREES)
}

/// Turns one image, planes of `[height, width]`, in place.
pub(super) fn apply(image: &mut [f32], [height, width]: [usize; 2], fill: f64, degrees: i32) {
    let (sin, cos) = f64::from(degrees).to_radians().sin_cos();
    let (h, w) = (height as f64, width as f64);
    // The box around the turned image, and where the cut begins in it.
    let grown =
        [h * cos.abs() + w * sin.abs(), h * sin.abs() + w * cos.abs()].map(|s| (s + 0.5).floor());
    let cut = [((grown[0] - h) / 2.0).trunc(), ((grown[1] - w) / 2.0).trunc()];
    for plane in image.chunks_exact_mut(height * width) {
        let spline = Spline::through(plane, [height, width]);
        for (at, pixel) in plane.iter_mut().enumerate() {
            let y = (at / width) as f64 + cut[0] - (grown[0] - 1.0) / 2.0;
            let x = (at % width) as f64 + cut[1] - (grown[1] - 1.0) / 2.0;
            let row = cos * y + sin * x + (h - 1.0) / 2.0;
            let column = cos * x - sin * y + (w - 1.0) / 2.0;
            *pixel = spline.at(row, column).unwrap_or(fill) as f32;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The image that `tests/fixtures/augment/classic_rotate.json` was made from, with `scipy` 1.17's
    /// `ndimage.rotate(image, degrees, axes=(-2, -1), cval=fill)` and the centre cut.
    fn picture(channels: usize, height: usize, width: usize) -> Vec<f32> {
        (0..channels * height * width)
            .map(|i| ((i * 7919 % 1009) as f32 / 1009.0 - 0.5) * 4.0)
            .collect()
    }

    #[test]
    fn no_turn_changes_nothing() {
        let before = picture(2, 9, 7);
        let mut image = before.clone();
        apply(&mut image, [9, 7], 5.0, 0);
        for (is, was) in image.iter().zip(&before) {
            assert!((is - was).abs() < 1e-6, "{is} {was}");
        }
    }

    #[test]
    fn a_turn_agrees_with_scipy() {
        let text = include_str!("../../../tests/fixtures/augment/classic_rotate.json");
        let cases: Vec<Case> = serde_json::from_str(text).unwrap();
        assert!(cases.len() >= 6);
        for case in cases {
            let [c, h, w] = case.shape;
            let mut image = picture(c, h, w);
            apply(&mut image, [h, w], case.fill, case.degrees);
            for (at, (is, expected)) in image.iter().zip(&case.pixels).enumerate() {
                assert!(
                    (f64::from(*is) - expected).abs() < 2e-6,
                    "{:?} turned by {}: value {at} is {is}, not {expected}",
                    case.shape,
                    case.degrees
                );
            }
        }
    }

    #[derive(serde::Deserialize)]
    struct Case {
        shape: [usize; 3],
        degrees: i32,
        fill: f64,
        pixels: Vec<f64>,
    }
}
