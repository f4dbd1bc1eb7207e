//! SVHN, cropped digits: `train_32x32.mat` and `test_32x32.mat`, each with `X`, bytes [height, width,
//! channels, images] with the first dimension fastest, and `y`, [images, 1], in which 10 means the digit 0.

use std::path::Path;

use super::content::Content;
use super::error::{DataError, FileFault};
use super::mat::{self, Variable};
use super::registry::ImageShape;
use super::split::Split;

/// The split of `count` images in the file at `path`.
///
/// # Errors
/// [`DataError::File`] if the file is not as it should be.
pub(super) fn read(
    path: &Path,
    count: usize,
    shape: ImageShape,
    classes: usize,
) -> Result<Split, DataError> {
    Content::open(path)
        .and_then(|content| parse(content, count, shape, classes))
        .map_err(|fault| fault.of(path))
}

fn parse(
    reader: impl std::io::Read,
    count: usize,
    shape: ImageShape,
    classes: usize,
) -> Result<Split, FileFault> {
    let [channels, height, width] = shape;
    let [mut images, labels] = mat::read(
        reader,
        [
            Variable { name: "X", dimensions: &[height, width, channels, count] },
            Variable { name: "y", dimensions: &[count, 1] },
        ],
    )?;
    let mut columns = vec![0; height * width];
    for plane in images.chunks_exact_mut(height * width) {
        columns.copy_from_slice(plane);
        for (at, value) in plane.iter_mut().enumerate() {
            *value = columns[at % width * height + at / width];
        }
    }
    let digit = |(index, label): (usize, &u8)| match usize::from(*label) {
        label @ 1.. if label < classes => Ok(label as u16),
        label if label == classes => Ok(0),
        _ => Err(FileFault::Digit { index, label: *label, most: classes }),
    };
    let labels = labels.iter().enumerate().map(digit).collect::<Result<_, _>>()?;
    Ok(Split::new(images, labels, shape, classes)?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::mat::made::{array, compressed, header};

    /// Two images of 2 rows and 3 columns in two channels. A value is its place, [image, channel, row,
    /// column].
    fn file(labels: [u8; 2]) -> Vec<u8> {
        let mut values = Vec::new();
        for image in 0..2 {
            for channel in 0..2 {
                for column in 0..3 {
                    for row in 0..2 {
                        values.push(100 * image + 40 * channel + 10 * row + column);
                    }
                }
            }
        }
        let x = compressed(&array("X", &[2, 3, 2, 2], 2, &values));
        let y = compressed(&array("y", &[2, 1], 2, &labels));
        [header(), x, y].concat()
    }

    #[test]
    fn columns_become_rows_and_ten_becomes_nought() {
        let split = parse(file([10, 9]).as_slice(), 2, [2, 2, 3], 10).unwrap();
        assert_eq!(split.labels(), [0, 9]);
        assert_eq!(split.image(0), [0, 1, 2, 10, 11, 12, 40, 41, 42, 50, 51, 52]);
        assert_eq!(split.image(1)[..3], [100, 101, 102]);
    }

    #[test]
    fn a_label_that_is_no_digit_is_told() {
        for label in [0, 11] {
            let fault = parse(file([1, label]).as_slice(), 2, [2, 2, 3], 10).unwrap_err();
            assert_eq!(
                fault.to_string(),
                format!("image 1 has the label {label}; expected 1 to 10")
            );
        }
        let fault = parse(file([1, 2]).as_slice(), 3, [2, 2, 3], 10).unwrap_err().to_string();
        assert!(
            fault.contains("X says that it holds 2 x 3 x 2 x 2; expected 2 x 3 x 2 x 3"),
            "{fault}"
        );
    }
}
