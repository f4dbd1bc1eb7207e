//! A cubic B-spline surface through the pixels of one plane, mirrored at its borders.
//!
//! `f(x) = Σ c_k β³(x − k)`, where the coefficients `c` are found so that `f` meets every pixel: a
//! recursive filter with the pole `z = √3 − 2` forwards and backwards along both sides, its starting
//! value the exact sum over the mirrored signal (Unser, Aldroubi & Eden 1993).

/// The pole of the cubic B-spline's inverse filter.
const POLE: f64 = -0.267_949_192_431_122_7;
/// The gain `(1 − z)(1 − 1/z)` that makes the filter exact.
const GAIN: f64 = 6.0;

/// Spline coefficients of one plane, row by row.
pub(super) struct Spline {
    coefficients: Vec<f64>,
    height: usize,
    width: usize,
}

impl Spline {
    /// The spline that meets every pixel of a plane of `[height, width]`.
    pub(super) fn through(plane: &[f32], [height, width]: [usize; 2]) -> Self {
        let mut coefficients: Vec<f64> = plane.iter().copied().map(f64::from).collect();
        let mut line = vec![0.0; height];
        for column in 0..width {
            for (row, value) in line.iter_mut().enumerate() {
                *value = coefficients[row * width + column];
            }
            filter(&mut line);
            for (row, value) in line.iter().enumerate() {
                coefficients[row * width + column] = *value;
            }
        }
        coefficients.chunks_exact_mut(width).for_each(filter);
        Self { coefficients, height, width }
    }

    /// The surface's value, or none outside the outermost pixels' centres.
    pub(super) fn at(&self, row: f64, column: f64) -> Option<f64> {
        let rows = taps(row, self.height)?;
        let columns = taps(column, self.width)?;
        let along = |y: usize| {
            columns
                .iter()
                .map(|(x, weight)| self.coefficients[y * self.width + x] * weight)
                .sum::<f64>()
        };
        Some(rows.iter().map(|(y, weight)| along(*y) * weight).sum())
    }
}

/// Turns the samples of a line into spline coefficients.
fn filter(line: &mut [f64]) {
    let last = line.len() - 1;
    if last == 0 {
        return;
    }
    for value in line.iter_mut() {
        *value *= GAIN;
    }

    // Forwards, from Σ z^k over the signal and its mirror image, which repeat every 2·last samples.
    let round = POLE.powi(last as i32);
    let mut power = POLE;
    let mut start = line[0] + round * line[last];
    for k in 1..last {
        start += power * (line[k] + round * line[last - k]);
        power *= POLE;
    }
    line[0] = start / (1.0 - round * round);
    for k in 1..=last {
        line[k] += POLE * line[k - 1];
    }

    // Backwards.
    line[last] = POLE / (POLE * POLE - 1.0) * (line[last] + POLE * line[last - 1]);
    for k in (0..last).rev() {
        line[k] = POLE * (line[k + 1] - line[k]);
    }
}

/// The four coefficients around a position and their weights β³, or none outside `0..=size − 1`.
fn taps(position: f64, size: usize) -> Option<[(usize, f64); 4]> {
    let last = size as i64 - 1;
    if !(0.0..=last as f64).contains(&position) {
        return None;
    }
    let first = position.floor();
    let t = position - first;
    let weights = [
        (1.0 - t).powi(3) / 6.0,
        2.0 / 3.0 - t * t * (1.0 - t / 2.0),
        2.0 / 3.0 - (1.0 - t).powi(2) * (1.0 + t) / 2.0,
        t.powi(3) / 6.0,
    ];
    let mirrored = |index: i64| {
        let index = index.abs();
        (if index > last { (2 * last - index).max(0) } else { index }) as usize
    };
    let mut offset = first as i64 - 2;
    Some(weights.map(|weight| {
        offset += 1;
        (mirrored(offset), weight)
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_surface_meets_every_pixel() {
        let plane: Vec<f32> = (0..35).map(|i| (i as f32 * 1.7).sin()).collect();
        let spline = Spline::through(&plane, [5, 7]);
        for (at, pixel) in plane.iter().enumerate() {
            let value = spline.at((at / 7) as f64, (at % 7) as f64).unwrap();
            assert!((value - f64::from(*pixel)).abs() < 1e-12);
        }
        assert!(spline.at(-1e-9, 0.0).is_none());
        assert!(spline.at(0.0, 6.0 + 1e-9).is_none());
    }

    #[test]
    fn a_parabola_is_met_between_pixels_too() {
        // Cubic splines hold parabolas exactly away from the mirrored borders.
        let plane: Vec<f32> = (0..41).map(|i| ((i - 20) * (i - 20)) as f32).collect();
        let spline = Spline::through(&plane, [1, 41]);
        let value = spline.at(0.0, 20.5).unwrap();
        assert!((value - 0.25).abs() < 1e-6, "{value}");
    }
}
