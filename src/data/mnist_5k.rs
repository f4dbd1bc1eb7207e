//! The data set that is part of the program: 5 000 images of MNIST's training set, 500 of each class
//! (`assets/mnist-5k/ATTRIBUTION.md`).
//!
//! The file is a gzipped table: a line for each image, 784 pixels and the label, separated by commas,
//! sorted by class. It has no split of its own. Here every fifth image of each class, in the file's
//! order (its 5th, 10th, … 500th), is one to test on: 400 of each class to train on and 100 to test on.

use std::io::Read;

use flate2::read::GzDecoder;

use super::content::read_fault;
use super::error::FileFault;
use super::registry::{Entry, ImageShape};
use super::split::{Split, check_labels};

/// The file as it was published.
pub(super) const FILE: &[u8] = include_bytes!("../../assets/mnist-5k/mnist_5k.csv.gz");

/// Its SHA-256.
pub(super) const SHA256: &str = "846f6cad587fea3877f6e0fe0a1968dfc68867ce170d3bc9fc2dccdbed17961d";

/// Where it lies in the source tree: its name in messages.
pub(super) const NAME: &str = "assets/mnist-5k/mnist_5k.csv.gz";

/// Bytes of the table, and a little more.
const TABLE_BYTES: usize = 9_200_000;

/// One image of this many of each class is one to test on.
const TEST_EVERY: usize = 5;

/// The images to train and to test on.
///
/// # Errors
/// If the embedded file is damaged.
pub(super) fn load(entry: &Entry) -> Result<(Split, Split), FileFault> {
    let mut table = Vec::with_capacity(TABLE_BYTES);
    GzDecoder::new(FILE).take(TABLE_BYTES as u64).read_to_end(&mut table).map_err(read_fault)?;
    let rows = parse(&table, entry.shape)?;
    check_labels(&rows.labels, entry.classes.len())?;
    let (train, test) = rows.split(entry.classes.len());
    let split = |rows: Rows| Split::new(rows.images, rows.labels, entry.shape, entry.classes.len());
    Ok((split(train)?, split(test)?))
}

/// Images and their labels, in the table's order.
#[derive(Debug, Default, PartialEq, Eq)]
struct Rows {
    images: Vec<u8>,
    labels: Vec<u16>,
}

impl Rows {
    /// Parts the rows by the rule above. Labels are below `classes`.
    fn split(&self, classes: usize) -> (Self, Self) {
        let (mut train, mut test) = (Self::default(), Self::default());
        let mut seen = vec![0_usize; classes];
        let image_bytes = self.images.len() / self.labels.len().max(1);
        for (image, label) in self.images.chunks_exact(image_bytes.max(1)).zip(&self.labels) {
            let of_class = &mut seen[usize::from(*label)];
            *of_class += 1;
            let part = if of_class.is_multiple_of(TEST_EVERY) { &mut test } else { &mut train };
            part.images.extend_from_slice(image);
            part.labels.push(*label);
        }
        (train, test)
    }
}

/// The rows of a table whose lines are the values of one image and its label.
fn parse(table: &[u8], shape: ImageShape) -> Result<Rows, FileFault> {
    let image_bytes: usize = shape.iter().product();
    let mut rows = Rows::default();
    rows.images.reserve_exact(table.len() / 2);
    for (index, line) in table.split(|byte| *byte == b'\n').enumerate() {
        if line.is_empty() {
            continue;
        }
        let fault = |problem: String| FileFault::Line { line: index + 1, problem };
        let start = rows.images.len();
        let mut value = 0_u16;
        for byte in line {
            match byte {
                b'0'..=b'9' if value <= 255 => value = value * 10 + u16::from(byte - b'0'),
                b',' if value <= 255 => {
                    rows.images.push(value as u8);
                    value = 0;
                }
                _ => return Err(fault("expected numbers from 0 to 255 and commas".to_owned())),
            }
        }
        let pixels = rows.images.len() - start;
        if pixels != image_bytes {
            let problem = format!("{pixels} pixels and a label; expected {image_bytes} pixels");
            return Err(fault(problem));
        }
        rows.labels.push(value);
    }
    Ok(rows)
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;
    use crate::data::{content::sha256, registry};

    #[test]
    fn the_embedded_file_is_the_published_one() {
        assert_eq!(sha256(FILE).unwrap(), SHA256);
    }

    #[test]
    fn the_split_is_stratified_and_disjoint() {
        let entry = registry::find("mnist-5k").unwrap();
        let (train, test) = load(entry).unwrap();
        assert_eq!((train.len(), test.len()), (entry.train, entry.test));
        assert_eq!((train.per_class(), test.per_class()), (vec![400; 10], vec![100; 10]));
        // The 5 000 images differ from one another, so equal images would be one image in both parts.
        let images = |split: &Split| -> HashSet<Vec<u8>> {
            split.images().chunks(784).map(<[u8]>::to_vec).collect()
        };
        let (train, test) = (images(&train), images(&test));
        assert_eq!((train.len(), test.len()), (4_000, 1_000));
        assert!(train.is_disjoint(&test));
    }

    #[test]
    fn the_images_are_those_of_the_table() {
        let (train, test) = load(registry::find("mnist-5k").unwrap()).unwrap();
        // Line 1 of the table: its first ink is in row 4, columns 15 to 19.
        assert_eq!(train.image(0)[4 * 28 + 14..4 * 28 + 21], [0, 51, 159, 253, 159, 50, 0]);
        assert!(train.image(0)[..4 * 28 + 15].iter().all(|value| *value == 0));
        let mean = |split: &Split| {
            let sum: u64 = split.images().iter().map(|value| u64::from(*value)).sum();
            sum as f64 / split.images().len() as f64 / 255.0
        };
        // 0.131320 over the whole table.
        assert!(((mean(&train) * 4.0 + mean(&test)) / 5.0 - 0.131_319_63).abs() < 1e-7);
    }

    #[test]
    fn a_table_that_is_not_one_is_refused_with_its_line() {
        let fault = |text: &str| parse(text.as_bytes(), [1, 1, 2]).unwrap_err().to_string();
        assert_eq!(
            parse(b"1,2,3\n255,0,9\n", [1, 1, 2]).unwrap(),
            Rows { images: vec![1, 2, 255, 0], labels: vec![3, 9] }
        );
        assert_eq!(fault("1,2,3\n1,2\n"), "line 2: 1 pixels and a label; expected 2 pixels");
        for text in ["1,256,3", "1,x,3", "1,99999999999999,3", "1,-2,3"] {
            assert_eq!(fault(text), "line 1: expected numbers from 0 to 255 and commas", "{text}");
        }
    }
}
