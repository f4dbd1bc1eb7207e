//! Crop: a translation by whole pixels, `y[r, s] = x[r + dy, s + dx]`, zero where that lies outside, which
//! in normalised space is the data's mean. `dy` and `dx` are uniform in `−reach..=reach` with
//! `reach = ⌊size/8 + ½⌋`: 4 for 28 and for 32 pixels (DSA, section 3.2).
//!
//! An index move: shared, it is a slice and a border; per image, one gather out of the bordered images.

use burn::tensor::{Int, Tensor, TensorData, ops::PadMode};
use rand::{Rng, RngExt};

use super::parameters::Parameters;

/// The share of the image's side that it moves at most.
const RATIO: f64 = 0.125;

/// How far an image moves: output pixel `(r, s)` is input pixel `(r + dy, s + dx)`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Translation {
    /// Rows.
    pub dy: isize,
    /// Columns.
    pub dx: isize,
}

fn reach(size: usize) -> usize {
    (size as f64 * RATIO + 0.5) as usize
}

/// A translation for images of `[height, width]`.
pub(super) fn draw([height, width]: [usize; 2], rng: &mut impl Rng) -> Translation {
    let mut along = |size: usize| {
        let reach = reach(size);
        rng.random_range(0..=2 * reach) as isize - reach as isize
    };
    let dx = along(width);
    Translation { dy: along(height), dx }
}

/// Images `[n, c, h, w]` in, the same shape out. No translation may reach the image's side.
pub(super) fn apply(images: Tensor<4>, by: &Parameters<Translation>) -> Tensor<4> {
    match by {
        Parameters::Shared(translation) => all(images, *translation),
        Parameters::PerImage(translations) => each(images, translations),
    }
}

fn all(images: Tensor<4>, Translation { dy, dx }: Translation) -> Tensor<4> {
    let [n, c, h, w] = images.dims();
    let rows = source_rows(h, dy);
    let columns = source_rows(w, dx);
    let (above, below) = border(dy);
    let (left, right) = border(dx);
    images
        .slice([0..n, 0..c, rows, columns])
        .pad([(above, below), (left, right)], PadMode::Constant(0.0))
}

/// The part of a side that is still seen after a move by `delta`.
fn source_rows(size: usize, delta: isize) -> std::ops::Range<usize> {
    let (before, after) = border(delta);
    after..size - before
}

/// Zeros before and after that part: content that moves down (`delta < 0`) leaves them above.
fn border(delta: isize) -> (usize, usize) {
    if delta < 0 { (delta.unsigned_abs(), 0) } else { (0, delta.unsigned_abs()) }
}

fn each(images: Tensor<4>, translations: &[Translation]) -> Tensor<4> {
    let [n, c, h, w] = images.dims();
    let device = images.device();
    let most = |delta: fn(&Translation) -> isize| {
        translations.iter().map(|t| delta(t).unsigned_abs()).max().unwrap_or(0)
    };
    let (rows, columns) = (most(|t| t.dy), most(|t| t.dx));
    let (high, wide) = (h + 2 * rows, w + 2 * columns);

    // Positions in a bordered image: those of an unmoved one, plus each image's move.
    let unmoved: Vec<i32> =
        (0..h * w).map(|p| ((p / w + rows) * wide + p % w + columns) as i32).collect();
    let moves: Vec<i32> =
        translations.iter().map(|t| (t.dy * wide as isize + t.dx) as i32).collect();
    let unmoved = Tensor::<3, Int>::from_data(TensorData::new(unmoved, [1, 1, h * w]), &device);
    let moves = Tensor::<3, Int>::from_data(TensorData::new(moves, [n, 1, 1]), &device);
    let positions = unmoved.add(moves).expand([n, c, h * w]).reshape([n * c, h * w]);

    images
        .pad([(rows, rows), (columns, columns)], PadMode::Constant(0.0))
        .reshape([n * c, high * wide])
        .gather(1, positions)
        .reshape([n, c, h, w])
}
