//! NPZ, `NumPy`'s archive of arrays: images and labels under the names that people give them.
//!
//! ```text
//! x_train  y_train  x_test  y_test       images_train  labels_train  …       images  labels
//! ```
//!
//! Images are [n, height, width], [n, channels, height, width] or [n, height, width, channels], bytes or
//! floats in 0 to 1; labels are whole numbers from 0, \[n\] or [n, 1]. Without a test part a share of every
//! class is held out. Shapes are compared with what the archive really holds before memory is taken.

use std::{fs::File, io::BufReader, path::Path};

use thiserror::Error;
use zip::ZipArchive;

use super::error::{DataError, FileFault};
use super::npy::{Header, NpyFault};
use super::picture_folder::HeldOut;
use super::registry::ImageShape;
use super::room;
use super::set::{DataSet, Normalisation, SetInfo};
use super::split::Split;

/// Names of the four arrays, the commonest first; case does not matter.
const TRAIN_IMAGES: &[&str] = &["x_train", "images_train", "train_images", "train_x"];
const TRAIN_LABELS: &[&str] = &["y_train", "labels_train", "train_labels", "train_y"];
const TEST_IMAGES: &[&str] =
    &["x_test", "images_test", "test_images", "test_x", "x_val", "images_val", "val_images"];
const TEST_LABELS: &[&str] =
    &["y_test", "labels_test", "test_labels", "test_y", "y_val", "labels_val", "val_labels"];
/// Names of the two arrays where nothing is parted.
const IMAGES: &[&str] = &["images", "x"];
const LABELS: &[&str] = &["labels", "y", "targets"];

/// What is wrong with an archive of arrays.
#[derive(Debug, Error)]
pub enum NpzFault {
    /// It is not an archive.
    #[error("is not a sound NPZ file: {0}")]
    Archive(String),
    /// An array is not there.
    #[error("has no array `{wanted}`; it has {}", there.join(", "))]
    Missing {
        /// The name looked for.
        wanted: &'static str,
        /// The names there are.
        there: Vec<String>,
    },
    /// The shape is not that of images.
    #[error(
        "has the shape {0:?}; expected [images, height, width], or these with 1 or 3 channels behind \
         `images` or at the end"
    )]
    Images(Vec<usize>),
    /// The shape is not that of labels.
    #[error("has the shape {0:?}; expected one label for each image")]
    Labels(Vec<usize>),
    /// Images and labels do not belong together.
    #[error("has {labels} labels for {images} images")]
    Count {
        /// Number of images.
        images: usize,
        /// Number of labels.
        labels: usize,
    },
    /// Training and test images differ in shape.
    #[error("has images of {test:?}; those to train on are {train:?} (channels, height, width)")]
    Shapes {
        /// Channels, height and width of the images to train on.
        train: ImageShape,
        /// Of those to test on.
        test: ImageShape,
    },
    /// A class has no image to train on.
    #[error("has no image of class {class} to train on; labels must count the classes from 0")]
    Gap {
        /// The class.
        class: usize,
    },
    /// There is only one class.
    #[error("has one class; there must be at least 2 to tell apart")]
    OneClass,
    /// A class is too small to be parted.
    #[error("has one image of class {class}; at least 2 are needed to hold one out")]
    OneImage {
        /// The class.
        class: usize,
    },
}

impl NpzFault {
    fn of(self, path: &Path) -> DataError {
        FileFault::from(self).of(path)
    }
}

/// Reads the data set in the archive at `path`.
///
/// # Errors
/// [`DataError::File`], or [`DataError::Room`] if it would not fit into the memory.
pub(super) fn read(name: &str, path: &Path, held_out: HeldOut) -> Result<DataSet, DataError> {
    let mut archive = Archive::open(path)?;
    let (train, test) = if archive.find(IMAGES).is_some() && archive.find(TRAIN_IMAGES).is_none() {
        (archive.part(IMAGES, LABELS)?, None)
    } else {
        let train = archive.part(TRAIN_IMAGES, TRAIN_LABELS)?;
        let test = archive.find(TEST_IMAGES).is_some();
        (train, test.then(|| archive.part(TEST_IMAGES, TEST_LABELS)).transpose()?)
    };
    let classes = train.labels.iter().max().map_or(0, |label| usize::from(*label) + 1);
    let mut per_class = vec![0_usize; classes];
    for label in &train.labels {
        per_class[usize::from(*label)] += 1;
    }
    if let Some(class) = per_class.iter().position(|count| *count == 0) {
        return Err(NpzFault::Gap { class }.of(path));
    }
    if classes < 2 {
        return Err(NpzFault::OneClass.of(path));
    }
    let (train, test) = match test {
        Some(test) if test.shape != train.shape => {
            return Err(NpzFault::Shapes { train: train.shape, test: test.shape }.of(path));
        }
        Some(test) => (train, test),
        None => {
            if let Some(class) = per_class.iter().position(|count| *count == 1) {
                return Err(NpzFault::OneImage { class }.of(path));
            }
            train.parted(&per_class, held_out)?
        }
    };
    let shape = train.shape;
    let split = |part: Part| {
        Split::new(part.images, part.labels, shape, classes)
            .map_err(|fault| FileFault::from(fault).of(path))
    };
    let (train, test) = (split(train)?, split(test)?);
    let info = SetInfo {
        name: name.to_owned(),
        title: name.to_owned(),
        shape,
        classes: (0..classes).map(|class| class.to_string()).collect(),
        normalisation: Normalisation::of(&train),
    };
    Ok(DataSet { info, train, test })
}

/// Images, [n, channels, height, width], and their labels.
struct Part {
    images: Vec<u8>,
    labels: Vec<u16>,
    shape: ImageShape,
}

impl Part {
    /// Holds out a share of each class.
    fn parted(self, per_class: &[usize], held_out: HeldOut) -> Result<(Self, Self), DataError> {
        let draws: Vec<_> = per_class
            .iter()
            .enumerate()
            .map(|(class, count)| held_out.draw(class, *count))
            .collect();
        let image_bytes: usize = self.shape.iter().product();
        let out = draws.iter().flatten().filter(|out| **out).count();
        let part = |count| {
            let images = room::bytes(count, image_bytes)?;
            Ok::<_, DataError>(Self {
                images,
                labels: Vec::with_capacity(count),
                shape: self.shape,
            })
        };
        let mut parts = [part(self.labels.len() - out)?, part(out)?];
        let mut seen = vec![0_usize; per_class.len()];
        for (image, label) in self.images.chunks_exact(image_bytes).zip(&self.labels) {
            let class = usize::from(*label);
            let part = &mut parts[usize::from(draws[class][seen[class]])];
            seen[class] += 1;
            let place = part.labels.len() * image_bytes;
            part.images[place..place + image_bytes].copy_from_slice(image);
            part.labels.push(*label);
        }
        let [train, test] = parts;
        Ok((train, test))
    }
}

/// An archive and the names of its arrays.
struct Archive<'a> {
    path: &'a Path,
    zip: ZipArchive<BufReader<File>>,
    /// In the archive's order, without `.npy`.
    names: Vec<String>,
}

impl<'a> Archive<'a> {
    fn open(path: &'a Path) -> Result<Self, DataError> {
        let file = File::open(path).map_err(|error| FileFault::Read(error).of(path))?;
        let sound = |error: zip::result::ZipError| NpzFault::Archive(error.to_string()).of(path);
        let mut zip = ZipArchive::new(BufReader::new(file)).map_err(sound)?;
        let mut names = Vec::new();
        for index in 0..zip.len() {
            let member = zip.by_index_raw(index).map_err(sound)?;
            let name = String::from_utf8_lossy(member.name_raw()).into_owned();
            names.push(name.strip_suffix(".npy").unwrap_or(&name).to_owned());
        }
        Ok(Self { path, zip, names })
    }

    fn find(&self, wanted: &[&str]) -> Option<usize> {
        wanted
            .iter()
            .find_map(|wanted| self.names.iter().position(|name| name.eq_ignore_ascii_case(wanted)))
    }

    fn part(
        &mut self,
        images: &[&'static str],
        labels: &[&'static str],
    ) -> Result<Part, DataError> {
        let place = |names: &[&'static str]| {
            self.find(names).ok_or_else(|| {
                let there = self.names.iter().take(20).cloned().collect();
                NpzFault::Missing { wanted: names.first().copied().unwrap_or_default(), there }
                    .of(self.path)
            })
        };
        let (images, labels) = (place(images)?, place(labels)?);
        let labels_name = self.names[labels].clone();
        // Labels first: they are small, and tell soon whether the pair is the right one.
        let labels = self.labels(labels)?;
        let (images, shape, count) = self.images(images)?;
        if count != labels.len() {
            let fault = NpzFault::Count { images: count, labels: labels.len() };
            return Err(member_fault(&labels_name, fault.into(), self.path));
        }
        Ok(Part { images, labels, shape })
    }

    fn labels(&mut self, index: usize) -> Result<Vec<u16>, DataError> {
        self.read(index, |header, reader| {
            if !matches!(header.shape[..], [_] | [_, 1]) {
                return Err(NpzFault::Labels(header.shape.clone()).into());
            }
            if let Err(error) = room::expect(header.len(), 2) {
                return Ok(Err(error));
            }
            let mut labels = Vec::new();
            header.values(reader, |at, value| {
                let whole = (0.0..f64::from(u16::MAX)).contains(&value) && value.fract() == 0.0;
                let expected = "whole numbers from 0 to 65534";
                whole.then(|| labels.push(value as u16)).ok_or(NpyFault::Value {
                    value,
                    at,
                    expected,
                })
            })?;
            Ok(Ok(labels))
        })
    }

    /// The images as bytes, their shape, and their number.
    fn images(&mut self, index: usize) -> Result<(Vec<u8>, ImageShape, usize), DataError> {
        self.read(index, |header, reader| {
            let (count, shape, channels_last) =
                layout(&header.shape).ok_or_else(|| NpzFault::Images(header.shape.clone()))?;
            let mut images = match room::bytes(count, shape.iter().product()) {
                Ok(images) => images,
                Err(error) => return Ok(Err(error)),
            };
            let float = header.is_float();
            header.values(reader, |at, value| {
                let (byte, expected) = if float {
                    (value * 255.0, "0 to 1 (divide bytes by 255)")
                } else {
                    (value, "0 to 255")
                };
                if !(0.0..=255.0).contains(&byte) {
                    return Err(NpyFault::Value { value, at, expected });
                }
                images[at] = byte.round() as u8;
                Ok(())
            })?;
            if channels_last {
                to_planes(&mut images, shape);
            }
            Ok(Ok((images, shape, count)))
        })
    }

    /// What `take` makes of the array with this number, of which nothing may be left.
    fn read<T>(
        &mut self,
        index: usize,
        take: impl FnOnce(&Header, &mut dyn std::io::Read) -> Result<Result<T, DataError>, FileFault>,
    ) -> Result<T, DataError> {
        let name = self.names[index].clone();
        let path = self.path;
        let taken = (|| {
            let sound = |error: zip::result::ZipError| NpzFault::Archive(error.to_string());
            let mut member = self.zip.by_index(index).map_err(sound)?;
            let bytes = member.size();
            let mut start = Counted { reader: &mut member, bytes: 0 };
            let header = Header::read(&mut start)?;
            let expected = start.bytes + header.value_bytes();
            if bytes != expected {
                return Err(FileFault::Size { found: bytes, expected });
            }
            take(&header, &mut member)
        })();
        taken.map_err(|fault| member_fault(&name, fault, path))?
    }
}

/// A reader that knows how much it has given.
struct Counted<R> {
    reader: R,
    bytes: u64,
}

impl<R: std::io::Read> std::io::Read for Counted<R> {
    fn read(&mut self, into: &mut [u8]) -> std::io::Result<usize> {
        let count = self.reader.read(into)?;
        self.bytes += count as u64;
        Ok(count)
    }
}

fn member_fault(name: &str, fault: FileFault, path: &Path) -> DataError {
    FileFault::Array { name: name.to_owned(), fault: Box::new(fault) }.of(path)
}

/// Number and shape of images in an array of these dimensions, and whether channels come last.
fn layout(dimensions: &[usize]) -> Option<(usize, ImageShape, bool)> {
    let longest = crate::spec::image_size::LONGEST_SIDE;
    let (count, shape, last) = match *dimensions {
        [count, height, width] => (count, [1, height, width], false),
        [count, channels @ (1 | 3), height, width] => (count, [channels, height, width], false),
        [count, height, width, channels @ (1 | 3)] => (count, [channels, height, width], true),
        _ => return None,
    };
    let sides = 1..=longest;
    (count > 0 && sides.contains(&shape[1]) && sides.contains(&shape[2]))
        .then_some((count, shape, last))
}

/// Turns images [height, width, channels] into [channels, height, width], one after the other.
fn to_planes(images: &mut [u8], [channels, height, width]: ImageShape) {
    let plane = height * width;
    let mut pixels = vec![0; channels * plane];
    for image in images.chunks_exact_mut(channels * plane) {
        pixels.copy_from_slice(image);
        for (at, pixel) in pixels.chunks_exact(channels).enumerate() {
            for (channel, value) in pixel.iter().enumerate() {
                image[channel * plane + at] = *value;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use zip::{CompressionMethod, ZipWriter, write::SimpleFileOptions};

    use super::*;
    use crate::data::npy::array;

    type Arrays = Vec<(&'static str, Vec<u8>)>;

    /// An archive of these arrays, in a folder that lives as long.
    fn npz(arrays: &[(&str, Vec<u8>)]) -> (tempfile::TempDir, std::path::PathBuf) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("set.npz");
        let mut writer = ZipWriter::new(File::create(&path).unwrap());
        for (number, (name, content)) in arrays.iter().enumerate() {
            let method = [CompressionMethod::Stored, CompressionMethod::Deflated][number % 2];
            let options = SimpleFileOptions::default().compression_method(method);
            writer.start_file(format!("{name}.npy"), options).unwrap();
            writer.write_all(content).unwrap();
        }
        writer.finish().unwrap();
        (folder, path)
    }

    fn open(arrays: &[(&str, Vec<u8>)]) -> Result<DataSet, String> {
        let (_folder, path) = npz(arrays);
        read("mine", &path, HeldOut::default()).map_err(|error| error.to_string())
    }

    /// Four images of 1 x 2 pixels in three channels, and labels.
    fn four(labels: &[u8]) -> Arrays {
        vec![
            ("x_train", array("|u1", "(4, 3, 1, 2)", &(0..24).collect::<Vec<_>>())),
            ("y_train", array("|u1", "(4,)", labels)),
            ("x_test", array("|u1", "(1, 3, 1, 2)", &[9; 6])),
            ("y_test", array("<i8", "(1, 1)", &1_i64.to_le_bytes())),
        ]
    }

    #[test]
    fn four_arrays_are_a_data_set() {
        let set = open(&four(&[0, 1, 1, 0])).unwrap();
        assert_eq!((set.info.shape, set.info.classes.len()), ([3, 1, 2], 2));
        assert_eq!(set.train.labels(), [0, 1, 1, 0]);
        assert_eq!(set.train.image(1), [6, 7, 8, 9, 10, 11]);
        assert_eq!((set.test.labels(), set.test.image(0)), (&[1][..], &[9; 6][..]));
        assert_eq!(set.info.normalisation, Normalisation::of(&set.train));
    }

    #[test]
    fn channels_may_come_last_and_floats_are_read() {
        let mut arrays = four(&[0, 1, 1, 0]);
        arrays[0].1 = array("|u1", "(4, 2, 1, 3)", &(0..24).collect::<Vec<_>>());
        arrays[2].1 = array("|u1", "(1, 2, 1, 3)", &[9; 6]);
        let set = open(&arrays).unwrap();
        assert_eq!(set.info.shape, [3, 2, 1]);
        assert_eq!(set.train.image(1), [6, 9, 7, 10, 8, 11]);

        let floats: Vec<u8> =
            [0.0_f32, 1.0, 0.5, 0.25].iter().flat_map(|v| v.to_le_bytes()).collect();
        let arrays = [
            ("Images", array("<f4", "(4, 1, 1)", &floats)),
            ("LABELS", array("<i4", "(4,)", &[0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0])),
        ];
        let set = open(&arrays).unwrap();
        assert_eq!((set.train.per_class(), set.test.per_class()), (vec![1, 1], vec![1, 1]));
        let mut values: Vec<u8> = [set.train.images(), set.test.images()].concat();
        values.sort_unstable();
        assert_eq!(values, [0, 64, 128, 255]);
    }

    #[test]
    fn what_does_not_fit_together_is_said_with_the_array() {
        let said = |change: &dyn Fn(&mut Arrays)| {
            let mut arrays = four(&[0, 1, 1, 0]);
            change(&mut arrays);
            open(&arrays).unwrap_err()
        };
        let text = said(&|arrays| arrays[1].1 = array("|u1", "(3,)", &[0, 1, 1]));
        assert!(text.ends_with("set.npz: its array y_train has 3 labels for 4 images"), "{text}");
        let text = said(&|arrays| drop(arrays.remove(1)));
        assert!(text.contains("has no array `y_train`; it has x_train, x_test, y_test"), "{text}");
        let text = said(&|arrays| arrays[1].1 = array("|u1", "(4,)", &[0, 1, 3, 3]));
        assert!(text.contains("has no image of class 2 to train on"), "{text}");
        let text = said(&|arrays| arrays[1].1 = array("|i1", "(4,)", &[0, 1, 255, 0]));
        assert!(text.contains("its array y_train has the value -1 at 2; expected whole"), "{text}");
        let text = said(&|arrays| arrays[1].1 = array("|u1", "(4,)", &[0; 4]));
        assert!(text.contains("has one class"), "{text}");
        let text = said(&|arrays| arrays[3].1 = array("|u1", "(1,)", &[7]));
        assert!(text.contains("image 0 has the label 7; expected 0 to 1"), "{text}");
        let text = said(&|arrays| arrays[2].1 = array("|u1", "(1, 2, 3)", &[0; 6]));
        assert!(
            text.contains("has images of [1, 2, 3]; those to train on are [3, 1, 2]"),
            "{text}"
        );
        let text = said(&|arrays| arrays[0].1 = array("|u1", "(4, 6)", &[0; 24]));
        assert!(text.contains("its array x_train has the shape [4, 6]"), "{text}");
        let text = said(&|arrays| arrays[0].1 = array("|O", "(4,)", b"\x80\x04c"));
        assert!(text.contains("its array x_train holds Python objects"), "{text}");
        let text = said(&|arrays| {
            arrays[0].1 = array("<i2", "(4, 1, 3, 2)", &[0, 1].repeat(24));
        });
        assert!(text.contains("has the value 256 at 0; expected 0 to 255"), "{text}");
        let text = said(&|arrays| {
            arrays[0].1 = array("<f4", "(4, 1, 1)", &f32::NAN.to_le_bytes().repeat(4));
        });
        assert!(text.contains("has the value NaN at 0; expected 0 to 1"), "{text}");
    }

    #[test]
    fn shapes_that_lie_cost_nothing() {
        let mut arrays = four(&[0, 1, 1, 0]);
        arrays[0].1 = array("|u1", "(1152921504606, 3, 100, 100)", &[0; 24]);
        let text = open(&arrays).unwrap_err();
        assert!(text.contains("its array x_train is ") && text.contains("bytes long"), "{text}");
        let (_folder, path) = npz(&four(&[0, 1, 1, 0]));
        let whole = std::fs::read(&path).unwrap();
        for cut in [0, 10, whole.len() / 2, whole.len() - 5] {
            std::fs::write(&path, &whole[..cut]).unwrap();
            let text = read("mine", &path, HeldOut::default()).unwrap_err().to_string();
            assert!(text.contains("is not a sound NPZ file"), "{text}");
        }
    }

    #[test]
    fn a_class_of_one_image_cannot_be_parted() {
        let arrays =
            [("x", array("|u1", "(3, 1, 1)", &[1, 2, 3])), ("y", array("|u1", "(3,)", &[0, 0, 1]))];
        assert!(open(&arrays).unwrap_err().contains("has one image of class 1"));
    }
}
