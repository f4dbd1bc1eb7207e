//! A whole data set in one file: what an import of pictures or arrays leaves behind, and what the cache
//! keeps.
//!
//! It is a safetensors file, so other programs can read it: `train_images` and `test_images`, u8 [images,
//! channels, height, width]; `train_labels` and `test_labels`, u16 \[images\]. The metadata's one entry,
//! `stillroom`, is JSON: name, classes, mean and deviation, where it came from, and the SHA-256 of all
//! images and labels, so that `verify` tells whether they are still what was imported.

use std::{
    borrow::Cow,
    collections::HashMap,
    fs::File,
    io::{self, BufReader, Read, Seek, SeekFrom},
    path::Path,
};

use safetensors::{Dtype, View, tensor::Metadata};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use thiserror::Error;

use super::content;
use super::error::{DataError, FileFault};
use super::registry::ImageShape;
use super::room;
use super::set::{DataSet, Normalisation, SetInfo};
use super::split::Split;
use crate::record::checksum::digits;

/// The name of the file in a data set's folder.
pub(super) const NAME: &str = "set.safetensors";

/// The version of the layout.
const VERSION: u32 = 1;

/// Longest header that is read: a class name for every label there can be.
const LONGEST_HEADER: u64 = 32 << 20;

/// What the file says about the set, beside its images.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Label {
    version: u32,
    /// The name used in specs.
    pub name: String,
    /// The name used in prose.
    pub title: String,
    /// What the classes are called, in label order.
    pub classes: Vec<String>,
    /// Channels, height and width.
    pub shape: ImageShape,
    /// Mean of each channel.
    pub mean: Vec<f32>,
    /// Standard deviation of each channel.
    pub std: Vec<f32>,
    /// Images to train on.
    pub train: usize,
    /// Images to test on.
    pub test: usize,
    /// Where it came from and how it was shaped, for people.
    pub origin: String,
    /// The SHA-256 of all images and labels.
    pub sha256: String,
}

/// What is wrong with such a file.
#[derive(Debug, Error)]
pub enum SetFileFault {
    /// Its header is not one.
    #[error("is not a data set of this program: {0}; import it again")]
    Header(String),
    /// It comes from another version of the program.
    #[error("has layout {found}; this program reads layout {VERSION}; import it again")]
    Version {
        /// The layout that it says it has.
        found: u32,
    },
    /// It is shorter or longer than its header says.
    #[error("is {found} bytes long; its header speaks of {expected}; import it again")]
    Length {
        /// Bytes of the file.
        found: u64,
        /// Bytes that the header speaks of.
        expected: u64,
    },
}

/// Writes `set` to `path`, and waits until it is on the disk.
///
/// # Errors
/// [`DataError::Write`], with a part of the file left over.
pub(super) fn write(path: &Path, set: &DataSet, origin: &str) -> Result<Label, DataError> {
    let labels = [&set.train, &set.test].map(label_bytes);
    let label = Label {
        version: VERSION,
        name: set.info.name.clone(),
        title: set.info.title.clone(),
        classes: set.info.classes.clone(),
        shape: set.info.shape,
        mean: set.info.normalisation.mean.clone(),
        std: set.info.normalisation.std.clone(),
        train: set.train.len(),
        test: set.test.len(),
        origin: origin.to_owned(),
        sha256: sum(set.train.images(), &labels[0], set.test.images(), &labels[1]),
    };
    let fail = |cause: io::Error| DataError::Write { path: path.to_owned(), cause };
    let json = serde_json::to_string(&label).map_err(|error| fail(io::Error::other(error)))?;
    let [channels, height, width] = label.shape;
    let images = |split: &Split| vec![split.len(), channels, height, width];
    let tensors = [
        ("train_images", Dtype::U8, images(&set.train), set.train.images()),
        ("test_images", Dtype::U8, images(&set.test), set.test.images()),
        ("train_labels", Dtype::U16, vec![set.train.len()], &labels[0]),
        ("test_labels", Dtype::U16, vec![set.test.len()], &labels[1]),
    ];
    let views = tensors.map(|(name, dtype, shape, bytes)| (name, Stored { dtype, shape, bytes }));
    let metadata = HashMap::from([("stillroom".to_owned(), json)]);
    safetensors::serialize_to_file(views, Some(metadata), path).map_err(|error| match error {
        safetensors::SafeTensorError::IoError(cause) => fail(cause),
        other => fail(io::Error::other(other)),
    })?;
    File::open(path).and_then(|file| file.sync_all()).map_err(fail)?;
    Ok(label)
}

struct Stored<'a> {
    dtype: Dtype,
    shape: Vec<usize>,
    bytes: &'a [u8],
}

impl View for Stored<'_> {
    fn dtype(&self) -> Dtype {
        self.dtype
    }
    fn shape(&self) -> &[usize] {
        &self.shape
    }
    fn data(&self) -> Cow<'_, [u8]> {
        self.bytes.into()
    }
    fn data_len(&self) -> usize {
        self.bytes.len()
    }
}

fn label_bytes(split: &Split) -> Vec<u8> {
    split.labels().iter().flat_map(|label| label.to_le_bytes()).collect()
}

/// The SHA-256 over training images, their labels, test images, their labels.
fn sum(train: &[u8], train_labels: &[u8], test: &[u8], test_labels: &[u8]) -> String {
    let mut hash = Sha256::new();
    for part in [train, train_labels, test, test_labels] {
        hash.update(part);
    }
    digits(&hash.finalize())
}

/// Reads what the file at `path` says about its set; no image.
///
/// # Errors
/// [`DataError::File`].
pub(super) fn label(path: &Path) -> Result<Label, DataError> {
    Opened::new(path).map(|opened| opened.label).map_err(|fault| fault.of(path))
}

/// Reads the set at `path`.
///
/// # Errors
/// [`DataError::File`], or [`DataError::Room`] if it would not fit into the memory.
pub(super) fn read(path: &Path) -> Result<DataSet, DataError> {
    let mut opened = Opened::new(path).map_err(|fault| fault.of(path))?;
    let train = opened.split(path, "train", opened.label.train)?;
    let test = opened.split(path, "test", opened.label.test)?;
    let Label { name, title, classes, shape, mean, std, .. } = opened.label;
    let info = SetInfo { name, title, shape, classes, normalisation: Normalisation { mean, std } };
    Ok(DataSet { info, train, test })
}

/// The SHA-256 of the images and labels that `set` has, to compare with its [`Label`]'s.
pub(super) fn sum_of(set: &DataSet) -> String {
    let labels = [&set.train, &set.test].map(label_bytes);
    sum(set.train.images(), &labels[0], set.test.images(), &labels[1])
}

/// A file whose header has been read and agrees with itself.
struct Opened {
    file: BufReader<File>,
    label: Label,
    metadata: Metadata,
    data_start: u64,
}

impl Opened {
    fn new(path: &Path) -> Result<Self, FileFault> {
        let file = File::open(path).map_err(FileFault::Read)?;
        let found = file.metadata().map_err(FileFault::Read)?.len();
        let mut file = BufReader::with_capacity(1 << 16, file);
        let header = |problem: String| SetFileFault::Header(problem);
        let mut length = [0; 8];
        if content::read_up_to(&mut file, &mut length)? < 8 {
            return Err(header("it is too short".to_owned()).into());
        }
        let header_bytes = u64::from_le_bytes(length);
        if header_bytes > LONGEST_HEADER.min(found) {
            return Err(header(format!("its header would be {header_bytes} bytes long")).into());
        }
        let mut bytes = vec![0; header_bytes as usize];
        if content::read_up_to(&mut file, &mut bytes)? < bytes.len() {
            return Err(header("it ends within its header".to_owned()).into());
        }
        let metadata: Metadata =
            serde_json::from_slice(&bytes).map_err(|error| header(error.to_string()))?;
        let said = metadata.metadata().as_ref().and_then(|entries| entries.get("stillroom"));
        let said = said.ok_or_else(|| header("its header has no entry `stillroom`".to_owned()))?;
        let label: Label = serde_json::from_str(said).map_err(|error| header(error.to_string()))?;
        if label.version != VERSION {
            return Err(SetFileFault::Version { found: label.version }.into());
        }
        let data_start = 8 + header_bytes;
        let expected = data_start + metadata.data_len() as u64;
        if expected != found {
            return Err(SetFileFault::Length { found, expected }.into());
        }
        let opened = Self { file, label, metadata, data_start };
        opened.check().map_err(header)?;
        Ok(opened)
    }

    /// Whether label and tensors speak of the same set.
    fn check(&self) -> Result<(), String> {
        let Label { shape, mean, std, classes, train, test, .. } = &self.label;
        let [channels, height, width] = *shape;
        if !matches!(channels, 1 | 3) || height == 0 || width == 0 {
            return Err(format!("it has images of {channels} x {height} x {width}"));
        }
        let normal = mean.iter().chain(std).all(|value| value.is_finite());
        if mean.len() != channels || std.len() != channels || !normal || std.contains(&0.0) {
            return Err("its mean and deviation are not those of its channels".to_owned());
        }
        if classes.len() < 2 || classes.len() > usize::from(u16::MAX) {
            return Err(format!("it has {} classes", classes.len()));
        }
        for (part, count) in [("train", *train), ("test", *test)] {
            for (name, dtype, dimensions) in [
                (format!("{part}_images"), Dtype::U8, vec![count, channels, height, width]),
                (format!("{part}_labels"), Dtype::U16, vec![count]),
            ] {
                let info = self.metadata.info(&name);
                if !info.is_some_and(|info| info.dtype == dtype && info.shape == dimensions) {
                    return Err(format!("{name} is not {dimensions:?} of {dtype:?}"));
                }
            }
        }
        Ok(())
    }

    fn split(&mut self, path: &Path, part: &str, count: usize) -> Result<Split, DataError> {
        let shape = self.label.shape;
        let mut images = room::bytes(count, shape.iter().product())?;
        let mut labels = room::bytes(count, 2)?;
        let mut fill = |name: String, place: &mut [u8]| {
            let start = self.metadata.info(&name).map_or(0, |info| info.data_offsets.0) as u64;
            self.file.seek(SeekFrom::Start(self.data_start + start))?;
            self.file.read_exact(place)
        };
        fill(format!("{part}_images"), &mut images)
            .and_then(|()| fill(format!("{part}_labels"), &mut labels))
            .map_err(|error| FileFault::Read(error).of(path))?;
        let labels = labels.chunks_exact(2).map(|two| u16::from_le_bytes([two[0], two[1]]));
        Split::new(images, labels.collect(), shape, self.label.classes.len())
            .map_err(|fault| FileFault::from(fault).of(path))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn set() -> DataSet {
        let split = |n: u8| {
            let labels = (0..n).map(|index| u16::from(index % 2)).collect();
            Split::new((0..6 * n).collect(), labels, [3, 1, 2], 2).unwrap()
        };
        let (train, test) = (split(5), split(2));
        DataSet {
            info: SetInfo {
                name: "tiny".to_owned(),
                title: "Tiny".to_owned(),
                shape: [3, 1, 2],
                classes: vec!["even".to_owned(), "odd \u{201c}".to_owned()],
                normalisation: Normalisation::of(&train),
            },
            train,
            test,
        }
    }

    fn written() -> (tempfile::TempDir, std::path::PathBuf) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(NAME);
        write(&path, &set(), "made up").unwrap();
        (folder, path)
    }

    #[test]
    fn a_set_reads_as_it_was_written() {
        let (_folder, path) = written();
        assert_eq!(read(&path).unwrap(), set());
        let label = label(&path).unwrap();
        assert_eq!((label.train, label.test, label.origin.as_str()), (5, 2, "made up"));
        assert_eq!(label.sha256, sum_of(&set()));
    }

    #[test]
    fn a_file_that_was_cut_or_has_grown_is_refused() {
        let (_folder, path) = written();
        let whole = std::fs::read(&path).unwrap();
        let said = |bytes: &[u8]| {
            std::fs::write(&path, bytes).unwrap();
            read(&path).unwrap_err().to_string()
        };
        assert!(said(&whole[..whole.len() - 1]).contains("its header speaks of"));
        assert!(said(&[&whole[..], b"x"].concat()).contains("its header speaks of"));
        assert!(said(b"x").contains("it is too short"));
        assert!(said(&[0xff; 40]).contains("its header would be 18446744073709551615 bytes long"));
        assert!(said(&whole[..40]).contains("is not a data set of this program"));
        let other = String::from_utf8_lossy(&whole).into_owned();
        let other = other.replace("\\\"version\\\":1", "\\\"version\\\":9");
        assert!(said(other.as_bytes()).contains("has layout 9"));
    }

    proptest! {
        #[test]
        fn damage_never_panics(flips in prop::collection::vec((0_usize..700, any::<u8>()), 1..5)) {
            let (_folder, path) = written();
            let mut bytes = std::fs::read(&path).unwrap();
            for (place, value) in flips {
                let place = place % bytes.len();
                bytes[place] = value;
            }
            std::fs::write(&path, bytes).unwrap();
            if let Ok(found) = read(&path) {
                prop_assert_eq!(found.train.len() + found.test.len(), 7);
            }
        }
    }
}
