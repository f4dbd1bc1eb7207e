//! Tiny-ImageNet: 200 classes of 500 images to train on and 50 to test on, JPEG files of 64 x 64 pixels, as
//! the folder `tiny-imagenet-200` or as the archive that it is published in, which is read without being
//! unpacked.
//!
//! Files have fixed names: `train/SYNSET/images/SYNSET_0.JPEG` to `…_499.JPEG`, and `val/images/val_0.JPEG`
//! to `val_9999.JPEG`, whose classes are in `val/val_annotations.txt`. So nothing is listed, and no name in
//! an archive can lead anywhere. Labels count the synsets in their order; grey images become colours.

use std::{
    fs::File,
    io::{Cursor, Read},
    path::{Path, PathBuf},
    sync::Arc,
};

use zip::ZipArchive;

use super::class_names::TINY_IMAGENET_SYNSETS;
use super::error::{DataError, FileFault};
use super::gather::{self, Pictures, Watch};
use super::picture::PictureFault;
use super::picture_file;
use super::registry::Entry;
use super::shaping::Shaping;
use super::split::Split;

/// The folder that everything lies in.
pub(super) const FOLDER: &str = "tiny-imagenet-200";

/// The file with the classes of the images to test on, below the folder.
pub(super) const ANNOTATIONS: &str = "val/val_annotations.txt";

/// Most bytes of the annotations, of one image, and of the archive.
const MOST_TEXT: u64 = 4 << 20;
const MOST_PICTURE: u64 = 1 << 20;
const MOST_ARCHIVE: u64 = 1 << 30;

/// Where the files are.
enum Files {
    /// In the folder with `train` and `val`.
    Folder(PathBuf),
    /// In an archive that is in memory, so that all cores can read it.
    Archive(ZipArchive<Cursor<Arc<[u8]>>>, PathBuf),
}

/// The images of `entry` to train and to test on, from the folder with `train` and `val`.
///
/// # Errors
/// [`DataError::File`] and [`DataError::Pictures`] with the files that are not as they should be.
pub(super) fn read_folder(
    root: &Path,
    entry: &Entry,
    watch: Watch<'_>,
) -> Result<(Split, Split), DataError> {
    read(&Files::Folder(root.to_owned()), entry, watch)
}

/// The same from the archive at `path`.
///
/// # Errors
/// As for the folder.
pub(super) fn read_archive(
    path: &Path,
    entry: &Entry,
    watch: Watch<'_>,
) -> Result<(Split, Split), DataError> {
    let open = || {
        let mut file = File::open(path).map_err(FileFault::Read)?;
        let bytes = file.metadata().map_err(FileFault::Read)?.len();
        if bytes > MOST_ARCHIVE {
            return Err(FileFault::TooLong { limit: MOST_ARCHIVE });
        }
        let mut content = Vec::with_capacity(bytes as usize);
        Read::by_ref(&mut file)
            .take(MOST_ARCHIVE)
            .read_to_end(&mut content)
            .map_err(FileFault::Read)?;
        ZipArchive::new(Cursor::new(content.into()))
            .map_err(|error| FileFault::Zip(error.to_string()))
    };
    let archive = open().map_err(|fault: FileFault| fault.of(path))?;
    read(&Files::Archive(archive, path.to_owned()), entry, watch)
}

fn read(files: &Files, entry: &Entry, watch: Watch<'_>) -> Result<(Split, Split), DataError> {
    let classes = entry.classes.len();
    let test_labels = annotations(&files.text(ANNOTATIONS)?, entry.test)
        .map_err(|fault| fault.of(files.place(ANNOTATIONS)))?;
    let per_class = entry.train / classes;
    let train_labels: Vec<u16> =
        (0..classes as u16).flat_map(|class| std::iter::repeat_n(class, per_class)).collect();
    let train_name = |index: usize| {
        let synset = TINY_IMAGENET_SYNSETS[index / per_class];
        format!("train/{synset}/images/{synset}_{}.JPEG", index % per_class)
    };
    let test_name = |index: usize| format!("val/images/val_{index}.JPEG");
    let split = |name: &(dyn Fn(usize) -> String + Sync), labels: Vec<u16>| {
        let images = Images { files, count: labels.len(), name };
        let images = gather::images(&images, Shaping::default(), entry.shape, watch)?;
        Split::new(images, labels, entry.shape, classes)
            .map_err(|fault| FileFault::from(fault).of(files.place("")))
    };
    // The test files first: there are fewer, and they tell soon whether this is the right set.
    let test = split(&test_name, test_labels)?;
    Ok((split(&train_name, train_labels)?, test))
}

/// The class of each image to test on, from lines `val_0.JPEG<tab>SYNSET<tab>…`.
fn annotations(text: &str, count: usize) -> Result<Vec<u16>, FileFault> {
    let mut labels = vec![None; count];
    for (number, line) in text.lines().enumerate().filter(|(_, line)| !line.is_empty()) {
        let fault = |problem: String| FileFault::Line { line: number + 1, problem };
        let mut words = line.split_ascii_whitespace();
        let (name, synset) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
        let digits = name.strip_prefix("val_").and_then(|rest| rest.strip_suffix(".JPEG"));
        let place = digits.and_then(|digits| digits.parse::<usize>().ok());
        let place = place.and_then(|place| labels.get_mut(place));
        let place = place
            .ok_or_else(|| fault(format!("no image from val_0.JPEG to val_{}.JPEG", count - 1)))?;
        let class = TINY_IMAGENET_SYNSETS.binary_search(&synset);
        let class = class.map_err(|_| fault(format!("`{synset}` is none of the 200 classes")))?;
        if place.replace(class as u16).is_some() {
            return Err(fault(format!("{name} is there twice")));
        }
    }
    labels
        .into_iter()
        .enumerate()
        .map(|(index, label)| {
            let problem = || format!("val_{index}.JPEG is missing");
            label.ok_or_else(|| FileFault::Line { line: text.lines().count(), problem: problem() })
        })
        .collect()
}

impl Files {
    /// What messages call the file `name` below the folder.
    fn place(&self, name: &str) -> PathBuf {
        match self {
            Self::Folder(root) => root.join(name),
            Self::Archive(_, path) => path.join(FOLDER).join(name),
        }
    }

    fn text(&self, name: &str) -> Result<String, DataError> {
        let read = || {
            let content = match self {
                Self::Folder(root) => File::open(root.join(name)).and_then(|file| {
                    let mut content = Vec::new();
                    file.take(MOST_TEXT + 1).read_to_end(&mut content)?;
                    Ok(content)
                }),
                Self::Archive(archive, _) => member(archive, name, MOST_TEXT),
            };
            let content = content.map_err(FileFault::Read)?;
            if content.len() as u64 > MOST_TEXT {
                return Err(FileFault::TooLong { limit: MOST_TEXT });
            }
            Ok(String::from_utf8_lossy(&content).into_owned())
        };
        read().map_err(|fault| fault.of(self.place(name)))
    }
}

/// The content of the file `name` below the archive's folder, at most `most` bytes and one more.
fn member(
    archive: &ZipArchive<Cursor<Arc<[u8]>>>,
    name: &str,
    most: u64,
) -> std::io::Result<Vec<u8>> {
    // The list of members is shared; only the place in it is each core's own.
    let mut archive = archive.clone();
    let member = archive.by_name(&format!("{FOLDER}/{name}")).map_err(std::io::Error::other)?;
    let mut content = Vec::with_capacity(member.size().min(most) as usize);
    member.take(most + 1).read_to_end(&mut content)?;
    Ok(content)
}

/// Some of the images, by their names below the folder.
struct Images<'a> {
    files: &'a Files,
    count: usize,
    name: &'a (dyn Fn(usize) -> String + Sync),
}

impl Pictures for Images<'_> {
    fn len(&self) -> usize {
        self.count
    }

    fn name(&self, index: usize) -> PathBuf {
        self.files.place(&(self.name)(index))
    }

    fn content(&self, index: usize) -> Result<Vec<u8>, PictureFault> {
        match self.files {
            Files::Folder(_) => picture_file::content(&self.name(index)),
            Files::Archive(archive, _) => {
                let content = member(archive, &(self.name)(index), MOST_PICTURE);
                let content = content.map_err(PictureFault::Read)?;
                if content.len() as u64 > MOST_PICTURE {
                    return Err(PictureFault::Long { bytes: content.len() as u64 });
                }
                Ok(content)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::{fs, io::Write};

    use image::{DynamicImage, GrayImage, ImageFormat, Luma, Rgb, RgbImage};
    use zip::{ZipWriter, write::SimpleFileOptions};

    use super::*;
    use crate::data::{registry, sample_pictures::encoded};

    const SILENT: Watch<'static> = &|_, _| ();

    /// Tiny-ImageNet with one image of each class to train on and three to test on.
    fn entry() -> Entry {
        Entry { train: 200, test: 3, ..*registry::find("tiny-imagenet").unwrap() }
    }

    /// Its files: class n is of the shade n; every tenth image is grey.
    fn files() -> Vec<(String, Vec<u8>)> {
        let picture = |shade: u8| {
            let image: DynamicImage = if shade.is_multiple_of(10) {
                GrayImage::from_pixel(64, 64, Luma([shade])).into()
            } else {
                RgbImage::from_pixel(64, 64, Rgb([shade, 0, 0])).into()
            };
            encoded(&image, ImageFormat::Jpeg)
        };
        let mut files: Vec<_> = TINY_IMAGENET_SYNSETS
            .iter()
            .enumerate()
            .map(|(class, synset)| {
                (format!("train/{synset}/images/{synset}_0.JPEG"), picture(class as u8))
            })
            .collect();
        files.extend((0..3).map(|n| (format!("val/images/val_{n}.JPEG"), picture(10 * n))));
        let lines = "val_2.JPEG\tn12267677\t0\t0\t63\t63\nval_0.JPEG\tn01443537\t0\t0\t1\t1\n\
                     val_1.JPEG\tn01629819\t0\t0\t63\t63\n";
        files.push((ANNOTATIONS.to_owned(), lines.into()));
        files
    }

    fn in_folder(files: &[(String, Vec<u8>)]) -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        for (name, content) in files {
            let path = folder.path().join(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, content).unwrap();
        }
        folder
    }

    #[test]
    fn folder_and_archive_are_the_same_set() {
        let folder = in_folder(&files());
        let (train, test) = read_folder(folder.path(), &entry(), SILENT).unwrap();
        assert_eq!((train.len(), test.labels()), (200, &[0, 1, 199][..]));
        assert_eq!(train.shape(), [3, 64, 64]);
        // Class 120 is grey, class 121 red.
        let near = |image: &[u8], plane: usize, shade: u8| image[plane * 4096].abs_diff(shade) < 6;
        let (grey, red) = (train.image(120), train.image(121));
        assert!(near(grey, 0, 120) && near(grey, 2, 120) && near(red, 0, 121) && near(red, 2, 0));

        let path = folder.path().join("x.zip");
        let mut writer = ZipWriter::new(File::create(&path).unwrap());
        for (name, content) in files() {
            writer.start_file(format!("{FOLDER}/{name}"), SimpleFileOptions::default()).unwrap();
            writer.write_all(&content).unwrap();
        }
        writer.start_file("../../climbing", SimpleFileOptions::default()).unwrap();
        writer.finish().unwrap();
        assert_eq!(read_archive(&path, &entry(), SILENT).unwrap(), (train, test));
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 3);

        let whole = fs::read(&path).unwrap();
        fs::write(&path, &whole[..whole.len() / 2]).unwrap();
        let text = read_archive(&path, &entry(), SILENT).unwrap_err().to_string();
        assert!(text.contains("x.zip: is not a sound zip archive"), "{text}");
    }

    #[test]
    fn what_is_missing_or_of_another_size_is_named() {
        let mut some = files();
        some.remove(7);
        let large = RgbImage::new(65, 64);
        some[100].1 = encoded(&large.into(), ImageFormat::Jpeg);
        let folder = in_folder(&some);
        let text = read_folder(folder.path(), &entry(), SILENT).unwrap_err().to_string();
        assert!(text.starts_with("2 of 200 pictures cannot be used"), "{text}");
        assert!(text.contains("n01770393_0.JPEG cannot be read"), "{text}");
        assert!(text.contains("is 65 x 64 pixels large; expected 64 x 64"), "{text}");
    }

    #[test]
    fn annotations_name_every_image_once() {
        let said = |text: &str| annotations(text, 2).unwrap_err().to_string();
        let line = "val_0.JPEG\tn01443537\t0\t0\t1\t1\n";
        assert!(said(line).contains("val_1.JPEG is missing"));
        assert!(said(&line.repeat(2)).starts_with("line 2: val_0.JPEG is there twice"));
        assert!(said("val_9.JPEG n01443537").contains("no image from val_0.JPEG to val_1.JPEG"));
        assert!(said("val_0.JPEG n0").contains("`n0` is none of the 200 classes"));
    }
}
