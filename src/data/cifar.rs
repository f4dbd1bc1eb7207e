//! CIFAR's binary version: records of one or two label bytes and 3 x 32 x 32 pixels, channel by channel,
//! and nothing between them. CIFAR-10 has six files of 10 000 records; CIFAR-100 has `train.bin` and
//! `test.bin`, whose first label byte is the coarse class and whose second is the fine one.
//!
//! The number of records is the registry's, so files of any other length are refused and every image
//! goes straight to its place. The archive that CIFAR is published in is [`super::cifar_archive`]'s.

use std::{io::Read, path::PathBuf};

use super::content::{Content, expect_end, read_up_to};
use super::error::{DataError, FileFault};
use super::registry::{CifarFiles, Entry, ImageShape};
use super::split::{Split, SplitFault};

/// How the records of a data set are laid out.
#[derive(Debug, Clone, Copy)]
pub struct Layout {
    /// Bytes of label before the pixels.
    pub label_bytes: usize,
    /// Which of them is the class.
    pub label_at: usize,
    /// Number of classes.
    pub classes: usize,
    /// Channels, height and width.
    pub shape: ImageShape,
}

impl Layout {
    /// The layout of `entry`, whose files are `files`.
    pub fn of(entry: &Entry, files: &CifarFiles) -> Self {
        Self {
            label_bytes: files.label_bytes,
            label_at: files.label_at,
            classes: entry.classes.len(),
            shape: entry.shape,
        }
    }

    /// Bytes of one image.
    pub fn image_bytes(&self) -> usize {
        self.shape.iter().product()
    }

    /// Bytes of one record.
    pub fn record_bytes(&self) -> usize {
        self.label_bytes + self.image_bytes()
    }
}

/// The images and labels of several files of equally many records, in the making.
pub(super) struct Records {
    layout: Layout,
    per_file: usize,
    pixels: Vec<u8>,
    labels: Vec<u16>,
}

impl Records {
    /// Room for `files` files that hold `records` in all.
    pub(super) fn new(layout: Layout, files: usize, records: usize) -> Self {
        let pixels = vec![0; records * layout.image_bytes()];
        Self { layout, per_file: records / files, pixels, labels: vec![0; records] }
    }

    /// Bytes of each file.
    pub(super) fn file_bytes(&self) -> u64 {
        (self.per_file * self.layout.record_bytes()) as u64
    }

    /// Takes the records of the file with this number from `reader`, of which nothing may be left.
    ///
    /// `bytes` is the file's length, where it is known in advance.
    pub(super) fn fill(
        &mut self,
        file: usize,
        mut reader: impl Read,
        bytes: Option<u64>,
    ) -> Result<(), FileFault> {
        let expected = self.file_bytes();
        if let Some(found) = bytes
            && found != expected
        {
            return Err(FileFault::Size { found, expected });
        }
        let layout = self.layout;
        let records = file * self.per_file..(file + 1) * self.per_file;
        let mut record = vec![0; layout.record_bytes()];
        for (nth, index) in records.enumerate() {
            let filled = read_up_to(&mut reader, &mut record)?;
            if filled < record.len() {
                let found = (nth * record.len() + filled) as u64;
                return Err(FileFault::Truncated { found, expected });
            }
            let label = u16::from(record[layout.label_at]);
            if usize::from(label) >= layout.classes {
                let classes = layout.classes;
                return Err(SplitFault::Label { index: nth, label, classes }.into());
            }
            self.labels[index] = label;
            let place = index * layout.image_bytes();
            self.pixels[place..place + layout.image_bytes()]
                .copy_from_slice(&record[layout.label_bytes..]);
        }
        expect_end(&mut reader, expected)
    }

    /// The split that the records are.
    pub(super) fn split(self) -> Result<Split, SplitFault> {
        Split::new(self.pixels, self.labels, self.layout.shape, self.layout.classes)
    }
}

/// A split of `records` images from CIFAR files that hold equally many each.
///
/// # Errors
/// [`DataError::File`] with the file that is not as it should be.
pub fn read(paths: &[PathBuf], records: usize, layout: Layout) -> Result<Split, DataError> {
    let mut all = Records::new(layout, paths.len().max(1), records);
    for (number, path) in paths.iter().enumerate() {
        let content = Content::open(path).map_err(|fault| fault.of(path))?;
        let bytes = content.length();
        all.fill(number, content, bytes).map_err(|fault| fault.of(path))?;
    }
    let folder = paths.first().cloned().unwrap_or_default();
    all.split().map_err(|fault| FileFault::from(fault).of(folder))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Records as CIFAR-100 has them, of 2x1x1 pixels and four classes.
    const LAYOUT: Layout = Layout { label_bytes: 2, label_at: 1, classes: 4, shape: [2, 1, 1] };

    /// Two records, of the classes 3 and 0; the coarse classes are out of range on purpose.
    const TWO: [u8; 8] = [19, 3, 10, 11, 17, 0, 20, 21];

    fn fill(bytes: &[u8]) -> Result<Split, FileFault> {
        let mut records = Records::new(LAYOUT, 1, 2);
        records.fill(0, bytes, Some(bytes.len() as u64))?;
        Ok(records.split()?)
    }

    #[test]
    fn records_become_images_and_fine_labels() {
        let split = fill(&TWO).unwrap();
        assert_eq!(split.labels(), [3, 0]);
        assert_eq!(split.images(), [10, 11, 20, 21]);
    }

    #[test]
    fn files_follow_one_another_and_the_one_at_fault_is_named() {
        let folder = tempfile::tempdir().unwrap();
        let paths = ["a.bin", "b.bin"].map(|name| folder.path().join(name));
        std::fs::write(&paths[0], TWO).unwrap();
        std::fs::write(&paths[1], [0, 1, 30, 31, 0, 2, 40, 41]).unwrap();
        let split = read(&paths, 4, LAYOUT).unwrap();
        assert_eq!(split.labels(), [3, 0, 1, 2]);
        assert_eq!(split.image(3), [40, 41]);

        std::fs::write(&paths[1], [0, 1, 30, 31, 0, 4, 40, 41]).unwrap();
        let error = read(&paths, 4, LAYOUT).unwrap_err().to_string();
        assert!(error.ends_with("b.bin: image 1 has the label 4; expected 0 to 3"), "{error}");
        std::fs::write(&paths[1], [0, 1, 30, 31, 0, 3, 40]).unwrap();
        let error = read(&paths, 4, LAYOUT).unwrap_err().to_string();
        assert!(error.ends_with("b.bin: is 7 bytes long; expected 8"), "{error}");
    }

    #[test]
    fn a_stream_that_is_too_short_or_too_long_is_refused() {
        let unmeasured =
            |bytes: &[u8]| Records::new(LAYOUT, 1, 2).fill(0, bytes, None).unwrap_err().to_string();
        assert_eq!(unmeasured(&TWO[..6]), "ends after 6 of 8 bytes; get it again");
        assert_eq!(
            unmeasured(&[&TWO[..], &[0]].concat()),
            "goes on after the 8 bytes that it should hold"
        );
    }

    proptest! {
        #[test]
        fn any_bytes_are_refused_or_read_whole_without_a_panic(
            bytes in prop::collection::vec(0_u8..6, 0..12),
            measured in any::<bool>(),
        ) {
            let mut records = Records::new(LAYOUT, 1, 2);
            let length = measured.then_some(bytes.len() as u64);
            let sound = bytes.len() == 8 && bytes[1] < 4 && bytes[5] < 4;
            prop_assert_eq!(records.fill(0, bytes.as_slice(), length).is_ok(), sound);
            prop_assert_eq!((records.pixels.capacity(), records.labels.capacity()), (4, 2));
        }
    }
}
