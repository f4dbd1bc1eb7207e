//! IDC's `data.pt`: a list of images and targets, unit range, each stored image perhaps several in one.
//!
//! IDC (reference section 7.3) keeps f·f smaller images in the place of one and trains on them enlarged. The
//! file does not say f. With a factor each stored image becomes its f·f patches, row by row, each brought to
//! the stored size bilinearly (corners not aligned), all with the image's label.

use std::path::Path;

use super::{
    Options,
    assemble::{Assembled, Parts, assemble},
    constants::Known,
    error::Fault,
    matching::file_name,
    pickle::Id,
    pt_file::PtFile,
};
use crate::record::{
    PixelSpace,
    tensor_file::{Array, Values},
};

/// The largest factor.
const MOST_FACTOR: usize = 16;
/// The most values that the enlarged patches of a set may have.
const MOST_VALUES: usize = 1 << 28;

/// Whether the file's value is a list of images and targets.
pub fn is_one(file: &PtFile) -> bool {
    let rank = |id: &Id| file.tree.array(*id).map(|array| array.layout.shape.len());
    let items = file.tree.items(file.root).unwrap_or_default();
    matches!(items, [images, targets]
        if rank(images) == Some(4) && matches!(rank(targets), Some(1 | 2)))
}

/// Reads the set.
///
/// # Errors
/// If images and targets do not fit together, or the factor does not fit the images.
pub fn read(file: &mut PtFile, path: &Path, options: &Options) -> Result<Assembled, Fault> {
    let items = file.tree.items(file.root).unwrap_or_default();
    let (images, targets) = (items[0], items[1]);
    let images = file.array(images, "images")?;
    let labels = file.array(targets, "targets")?;
    let factor = options.factor.unwrap_or(1);
    let many =
        if factor > 1 { format!(", taken apart by {factor}x{factor}") } else { String::new() };
    let (images, labels) = take_apart(images, labels, factor)?;
    let reason = "IDC keeps a list of images and targets in the range 0 to 1";
    let parts = Parts {
        images,
        labels,
        steps: None,
        space: (PixelSpace::Unit, reason.to_owned()),
        meaning: None,
        known: Known::in_path(path),
        origin: format!("{}{many}", file_name(path)),
    };
    assemble(parts, options)
}

/// Each image's `factor`² patches at the image's size, each with the image's label.
fn take_apart(images: Array, labels: Array, factor: usize) -> Result<(Array, Array), Fault> {
    if factor == 1 {
        return Ok((images, labels));
    }
    let (Values::F32(pixels), &[count, channels, height, width]) =
        (&images.values, &images.shape[..])
    else {
        return Err("holds images that are no floats, so nothing can be taken apart".into());
    };
    if !(1..=MOST_FACTOR).contains(&factor) || height % factor != 0 || width % factor != 0 {
        let problem =
            format!("images of {height}x{width} cannot be taken apart by {factor}x{factor}");
        return Err(format!("{problem}: the factor must divide both sides").into());
    }
    if pixels.len() > MOST_VALUES / (factor * factor) {
        return Err(format!("would be more than {MOST_VALUES} values, taken apart").into());
    }
    if labels.shape.first() != Some(&count) {
        return Err(format!("`targets` does not hold one label for each of {count} images").into());
    }
    let patch = Patch { height: height / factor, width: width / factor, row: width };
    let mut patches = Vec::with_capacity(pixels.len() * factor * factor);
    for image in pixels.chunks(channels * height * width) {
        for (y, x) in (0..factor).flat_map(|y| (0..factor).map(move |x| (y, x))) {
            for plane in image.chunks(height * width) {
                let corner = y * patch.height * width + x * patch.width;
                patch.enlarge(&plane[corner..], [height, width], &mut patches);
            }
        }
    }
    let times = factor * factor;
    let labels = repeated(labels, count, times);
    let shape = vec![count * times, channels, height, width];
    Ok((Array { shape, values: Values::F32(patches), ..images }, labels))
}

/// Every label `times` times.
fn repeated(labels: Array, count: usize, times: usize) -> Array {
    fn rows<T: Copy>(values: &[T], count: usize, times: usize) -> Vec<T> {
        let row = (values.len() / count.max(1)).max(1);
        values
            .chunks(row)
            .flat_map(|row| std::iter::repeat_n(row, times))
            .flatten()
            .copied()
            .collect()
    }
    let values = match &labels.values {
        Values::F32(values) => Values::F32(rows(values, count, times)),
        Values::I64(values) => Values::I64(rows(values, count, times)),
    };
    let mut shape = labels.shape;
    shape[0] = count * times;
    Array { shape, values, ..labels }
}

/// A patch of a plane.
#[derive(Debug, Clone, Copy)]
struct Patch {
    height: usize,
    width: usize,
    /// Pixels from one row of the plane to the next.
    row: usize,
}

impl Patch {
    /// The patch that begins at `plane`, in another size, bilinearly.
    fn enlarge(self, plane: &[f32], [height, width]: [usize; 2], into: &mut Vec<f32>) {
        for y in 0..height {
            let (top, bottom, down) = neighbours(y, height, self.height);
            for x in 0..width {
                let (left, right, across) = neighbours(x, width, self.width);
                let at = |y: usize, x: usize| plane[y * self.row + x];
                let upper = at(top, left) * (1.0 - across) + at(top, right) * across;
                let lower = at(bottom, left) * (1.0 - across) + at(bottom, right) * across;
                into.push(upper * (1.0 - down) + lower * down);
            }
        }
    }
}

/// The two source pixels of a target pixel, and the share of the second.
fn neighbours(at: usize, target: usize, source: usize) -> (usize, usize, f32) {
    let place = ((at as f32 + 0.5) * source as f32 / target as f32 - 0.5).max(0.0);
    let first = (place as usize).min(source - 1);
    (first, (first + 1).min(source - 1), place - first as f32)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_image_becomes_its_patches_enlarged() {
        // 4x4 with a constant value in each quarter but the first, which is a ramp.
        let image = [
            0.0, 1.0, 5.0, 5.0, //
            2.0, 3.0, 5.0, 5.0, //
            6.0, 6.0, 7.0, 7.0, //
            6.0, 6.0, 7.0, 7.0,
        ];
        let images = Array::f32("images", &[1, 1, 4, 4], image.to_vec());
        let (images, labels) = take_apart(images, Array::i64("targets", vec![9]), 2).unwrap();
        assert_eq!((images.shape, labels), (vec![4, 1, 4, 4], Array::i64("targets", vec![9; 4])));
        let Values::F32(pixels) = images.values else { panic!() };
        // torch.nn.functional.interpolate of the first quarter, mode='bilinear', size 4.
        let first = [
            0.0, 0.25, 0.75, 1.0, 0.5, 0.75, 1.25, 1.5, 1.5, 1.75, 2.25, 2.5, 2.0, 2.25, 2.75, 3.0,
        ];
        assert_eq!(pixels[..16], first);
        assert_eq!(pixels[16..], [[5.0; 16], [6.0; 16], [7.0; 16]].concat());
    }

    #[test]
    fn soft_labels_are_repeated_row_by_row() {
        let rows = Array::f32("t", &[2, 2], vec![1.0, 2.0, 3.0, 4.0]);
        let found = repeated(rows, 2, 2);
        assert_eq!(found, Array::f32("t", &[4, 2], vec![1.0, 2.0, 1.0, 2.0, 3.0, 4.0, 3.0, 4.0]));
    }

    #[test]
    fn a_factor_that_does_not_divide_is_refused() {
        let images = || Array::f32("images", &[1, 1, 4, 4], vec![0.0; 16]);
        for factor in [0, 3, 32, usize::MAX] {
            let error = take_apart(images(), Array::i64("t", vec![9]), factor).unwrap_err();
            assert!(error.to_string().contains("must divide both sides"), "{error}");
        }
    }
}
