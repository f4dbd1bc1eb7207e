//! A folder of PNG files, one folder per class, as people look at and other tools load them.
//!
//! A PNG holds bytes: pixels are clamped to 0..1 and rounded to 256 shades, which the other formats do not
//! do. `set.json` says so, with the constants of the space that the pixels came from, the range that they had,
//! and labels and rates; with it a reader gets back the set as far as bytes carry it, in the same order. A
//! folder without it is anybody's: classes are its folders, sorted, and the pixels are in the unit range.

use std::{
    fs,
    path::{Path, PathBuf},
};

use image::{DynamicImage, ImageDecoder, ImageReader, Limits};
use serde::{Deserialize, Serialize};

use super::{
    Options,
    assemble::{Assembled, decide},
    error::{ExchangeError, Fault},
    matching::file_name,
};
use crate::record::{
    Labels, PixelSpace, Space, SyntheticSet, atomic,
    contact_sheet::{self, Pixels},
    set_header::{Header, StoredLabels},
    synthetic_set::{About, tame},
};

/// The file beside the classes' folders.
const DESCRIPTION: &str = "set.json";
/// The most images that a folder may have.
const MOST_IMAGES: usize = 1 << 20;
/// The most values that all images together may have.
const MOST_VALUES: usize = 1 << 28;
/// The largest side of an image.
const MOST_SIDE: u32 = 4096;
/// The most bytes that the description may have.
const MOST_DESCRIPTION: u64 = 256 << 20;

/// What `set.json` holds.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Description {
    #[serde(flatten)]
    header: Header,
    /// What happened to the pixels on their way into bytes.
    #[serde(default)]
    pixels: Option<Range>,
    /// Rows of soft labels, in the order of the images' numbers.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    soft_labels: Option<Vec<Vec<f32>>>,
}

/// The range that the pixels had, with 0 for black and 1 for white.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Range {
    /// The lowest value.
    pub lowest: f32,
    /// The highest value.
    pub highest: f32,
    /// How many values were below 0 or above 1 and were clamped.
    pub clamped: usize,
    /// How many values there are.
    pub of: usize,
}

/// Whether the folder holds pictures in folders, or says so.
pub fn is_one(folder: &Path) -> bool {
    folder.join(DESCRIPTION).is_file()
        || class_folders(folder).is_ok_and(|classes| !classes.is_empty())
}

/// Writes `CLASS/NUMBER.png` for every image, and `set.json`.
///
/// # Errors
/// If the pixels have no colours, or a file cannot be written.
pub fn write(set: &SyntheticSet, folder: &Path) -> Result<Range, ExchangeError> {
    let refuse = |problem: String| Fault::Content(problem).of(folder);
    if matches!(set.about.space, PixelSpace::Whitened | PixelSpace::Unknown) {
        return Err(refuse(format!(
            "cannot hold a set whose pixel space is {}: a PNG needs colours; choose another format",
            set.about.space
        )));
    }
    let [count, channels, height, width] = set.shape;
    if !matches!(channels, 1 | 3) {
        return Err(refuse(format!(
            "cannot hold images of {channels} channels; choose another format"
        )));
    }
    let bytes = set.display_bytes();
    let pixels = Pixels { bytes: &bytes, shape: [channels, height, width] };
    let mut made = vec![false; set.about.classes.len()];
    for index in 0..count {
        let Some(image) = pixels.image(index) else { continue };
        let class = set.labels.class_of(index);
        let inside = folder.join(format!("{class:03}-{}", tame(&set.about.classes[class])));
        if !std::mem::replace(&mut made[class], true) {
            atomic::create_folder(&inside)?;
        }
        let png = contact_sheet::png(&image).map_err(|error| refuse(error.to_string()))?;
        atomic::write(&inside.join(format!("{index:06}.png")), &png)?;
    }
    let range = range(set);
    let soft_labels = match &set.labels {
        Labels::Soft { values, classes, .. } => {
            Some(values.chunks(*classes).map(<[f32]>::to_vec).collect())
        }
        Labels::Hard(_) => None,
    };
    let description = Description { header: Header::of(set), pixels: Some(range), soft_labels };
    let text =
        serde_json::to_vec_pretty(&description).map_err(|error| refuse(error.to_string()))?;
    atomic::write(&folder.join(DESCRIPTION), &text)?;
    Ok(range)
}

fn range(set: &SyntheticSet) -> Range {
    let unit = Space { mean: vec![0.0; set.shape[1]], std: vec![1.0; set.shape[1]] };
    let plane = set.shape[2] * set.shape[3];
    let values = set.about.space.normalised(&set.images, plane, &unit).unwrap_or_default();
    Range {
        lowest: values.iter().copied().fold(f32::INFINITY, f32::min),
        highest: values.iter().copied().fold(f32::NEG_INFINITY, f32::max),
        clamped: values.iter().filter(|value| !(0.0..=1.0).contains(*value)).count(),
        of: values.len(),
    }
}

/// Reads the set.
///
/// # Errors
/// If a class is empty, a file is no picture of the others' size, or the description does not fit.
pub fn read(folder: &Path, options: &Options) -> Result<Assembled, ExchangeError> {
    let description = describe(folder)?;
    let mut pictures = Vec::new();
    let classes = class_folders(folder)?;
    for (class, inside) in classes.iter().enumerate() {
        let files = files(inside)?;
        if files.is_empty() && description.is_none() {
            return Err(Fault::from("is the folder of a class, but holds no image").of(inside));
        }
        pictures.extend(files.into_iter().map(|path| Picture { class, path }));
    }
    if pictures.is_empty() {
        return Err(Fault::from("holds no folders of PNG files").of(folder));
    }
    if pictures.len() > MOST_IMAGES {
        return Err(Fault::Content(format!("holds more than {MOST_IMAGES} images")).of(folder));
    }
    match description {
        Some(description) => described(folder, description, pictures, &classes, options),
        None => plain(folder, &pictures, &classes, options),
    }
}

/// A file, and the place of its folder among the sorted ones.
#[derive(Debug)]
struct Picture {
    class: usize,
    path: PathBuf,
}

fn describe(folder: &Path) -> Result<Option<Description>, ExchangeError> {
    let path = folder.join(DESCRIPTION);
    if !path.is_file() {
        return Ok(None);
    }
    let fault = |problem: String| Fault::Content(problem).of(&path);
    let bytes = fs::metadata(&path).map_err(|error| Fault::Read(error).of(&path))?.len();
    if bytes > MOST_DESCRIPTION {
        return Err(fault(format!("is larger than {MOST_DESCRIPTION} bytes")));
    }
    let text = fs::read(&path).map_err(|error| Fault::Read(error).of(&path))?;
    let value: serde_json::Value =
        serde_json::from_slice(&text).map_err(|error| fault(error.to_string()))?;
    Header::parse(value.clone()).map_err(fault)?;
    serde_json::from_value(value).map(Some).map_err(|error| fault(error.to_string()))
}

/// A folder of this program's.
fn described(
    folder: &Path,
    description: Description,
    mut pictures: Vec<Picture>,
    classes: &[PathBuf],
    options: &Options,
) -> Result<Assembled, ExchangeError> {
    let refuse = |problem: String| Fault::Content(problem).of(folder);
    // The number of an image is its place in the set; that of a folder is its class.
    pictures.sort_by_key(|picture| number(&picture.path));
    for (at, picture) in pictures.iter().enumerate() {
        if number(&picture.path) != Some(at) {
            return Err(refuse(format!("has no image number {at}, or has it twice")));
        }
    }
    let count = description.header.about.classes.len();
    let class = |picture: &Picture| {
        let class = number(&classes[picture.class]).filter(|class| *class < count);
        class.map(|class| class as i64).ok_or_else(|| {
            Fault::from("begins with the number of no class").of(&classes[picture.class])
        })
    };
    let hard = pictures.iter().map(class).collect::<Result<Vec<_>, _>>()?;
    let labels = match description.soft_labels {
        None => StoredLabels::Whole(hard),
        Some(rows) => {
            let columns = rows.first().map_or(0, Vec::len);
            if rows.iter().any(|row| row.len() != columns) {
                return Err(refuse("has soft labels of different lengths".to_owned()));
            }
            StoredLabels::Rows { values: rows.concat(), columns }
        }
    };
    let (unit, shape) = decode(&pictures)?;
    let space = description.header.about.space.clone();
    space.check(shape[1]).map_err(refuse)?;
    let images = match &space {
        PixelSpace::Normalised(space) => {
            let plane = shape[2] * shape[3];
            PixelSpace::Unit.normalised(&unit, plane, space).unwrap_or_default()
        }
        _ => unit,
    };
    let mut set = description.header.join(images, &shape, labels).map_err(refuse)?;
    let guess = (space, format!("{DESCRIPTION} says so"));
    let (space, reason) =
        decide(guess, set.about.known(), options).map_err(|fault| fault.of(folder))?;
    space.check(shape[1]).map_err(refuse)?;
    set.about.space = space;
    Ok(Assembled { set, reason })
}

/// Anybody's folder.
fn plain(
    folder: &Path,
    pictures: &[Picture],
    classes: &[PathBuf],
    options: &Options,
) -> Result<Assembled, ExchangeError> {
    let (images, shape) = decode(pictures)?;
    let labels = Labels::Hard(pictures.iter().map(|picture| picture.class as i64).collect());
    let reason = "its images are PNG files, which hold bytes from black to white";
    let guess = (PixelSpace::Unit, reason.to_owned());
    let (space, reason) = decide(guess, None, options).map_err(|fault| fault.of(folder))?;
    let names = classes.iter().map(|class| file_name(class)).collect();
    let about = About { origin: file_name(folder), ..About::new(space, names) };
    let set = SyntheticSet { images, shape, labels, steps: None, about };
    set.check().map_err(|problem| Fault::Content(problem).of(folder))?;
    Ok(Assembled { set, reason })
}

/// All images as values in the unit range.
fn decode(pictures: &[Picture]) -> Result<(Vec<f32>, [usize; 4]), ExchangeError> {
    let mut values = Vec::new();
    let mut first: Option<[usize; 3]> = None;
    for Picture { path, .. } in pictures {
        let image = open(path)?;
        let (width, height) = (image.width() as usize, image.height() as usize);
        let grey = !image.color().has_color();
        let shape = [if grey { 1 } else { 3 }, height, width];
        let expected = *first.get_or_insert(shape);
        if shape != expected {
            let shown =
                |[channels, height, width]: [usize; 3]| format!("{channels}x{height}x{width}");
            let (found, expected) = (shown(shape), shown(expected));
            let problem = format!("is an image of {found}, the first one of {expected}");
            return Err(Fault::Content(problem).of(path));
        }
        if shape.iter().product::<usize>() * pictures.len() > MOST_VALUES {
            let problem = format!("and the others together hold more than {MOST_VALUES} values");
            return Err(Fault::Content(problem).of(path));
        }
        let bytes = if grey { image.into_luma8().into_raw() } else { image.into_rgb8().into_raw() };
        for channel in 0..shape[0] {
            let plane = bytes.iter().skip(channel).step_by(shape[0]);
            values.extend(plane.map(|byte| f32::from(*byte) / 255.0));
        }
    }
    let [channels, height, width] = first.unwrap_or_default();
    Ok((values, [pictures.len(), channels, height, width]))
}

/// One picture.
fn open(path: &Path) -> Result<DynamicImage, ExchangeError> {
    let fault = |problem: String| Fault::Content(problem).of(path);
    let mut reader = ImageReader::open(path).map_err(|error| Fault::Read(error).of(path))?;
    reader.set_format(image::ImageFormat::Png);
    let mut limits = Limits::default();
    limits.max_image_width = Some(MOST_SIDE);
    limits.max_image_height = Some(MOST_SIDE);
    reader.limits(limits);
    let no_picture = |error: image::ImageError| fault(format!("is no sound PNG image: {error}"));
    let decoder = reader.into_decoder().map_err(no_picture)?;
    if !matches!(decoder.color_type(), image::ColorType::L8 | image::ColorType::Rgb8) {
        return Err(fault(format!(
            "has pixels of the kind {:?}; 8-bit grey and 8-bit colour without transparency are read",
            decoder.color_type()
        )));
    }
    DynamicImage::from_decoder(decoder).map_err(no_picture)
}

/// The folders in `folder`, sorted; a file among them that is no description is somebody's mistake.
fn class_folders(folder: &Path) -> Result<Vec<PathBuf>, ExchangeError> {
    let mut inside = entries(folder)?;
    inside.retain(|path| path.is_dir());
    Ok(inside)
}

/// The PNG files in the folder of a class, sorted.
fn files(folder: &Path) -> Result<Vec<PathBuf>, ExchangeError> {
    let files = entries(folder)?;
    match files.iter().find(|path| !path.is_file() || path.extension().is_none_or(|e| e != "png")) {
        Some(other) => Err(Fault::from("is no PNG file; a class holds nothing else").of(other)),
        None => Ok(files),
    }
}

/// What is in a folder but hidden files, sorted by number where every name begins with one, else by name.
fn entries(folder: &Path) -> Result<Vec<PathBuf>, ExchangeError> {
    let read = |error| Fault::Read(error).of(folder);
    let mut entries = Vec::new();
    for entry in fs::read_dir(folder).map_err(read)? {
        let path = entry.map_err(read)?.path();
        if !file_name(&path).starts_with('.') {
            entries.push(path);
        }
        if entries.len() > MOST_IMAGES {
            return Err(Fault::Content(format!("holds more than {MOST_IMAGES} files")).of(folder));
        }
    }
    entries.sort();
    if entries.iter().all(|path| number(path).is_some()) {
        entries.sort_by_key(|path| number(path));
    }
    Ok(entries)
}

/// The number that a name begins with.
fn number(path: &Path) -> Option<usize> {
    let name = path.file_name()?.to_str()?;
    let digits = name.split(|c: char| !c.is_ascii_digit()).next()?;
    digits.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::labels::Meaning;

    fn picture(path: &Path, side: u32) {
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        image::GrayImage::from_pixel(side, side, image::Luma([51])).save(path).unwrap();
    }

    fn fault(folder: &Path) -> String {
        read(folder, &Options::default()).unwrap_err().to_string()
    }

    fn set(space: PixelSpace) -> SyntheticSet {
        SyntheticSet {
            images: (0..18).map(|at| at as f32 * 0.4 - 3.0).collect(),
            shape: [3, 3, 1, 2],
            labels: Labels::Hard(vec![1, 0, 1]),
            steps: None,
            about: About::new(space, vec!["a/b".to_owned(), "ü".to_owned(), "none".to_owned()]),
        }
    }

    fn normalised() -> PixelSpace {
        PixelSpace::Normalised(Space { mean: vec![0.5, 0.4, 0.3], std: vec![0.2, 0.3, 0.4] })
    }

    #[test]
    fn bytes_order_labels_and_constants_come_back() {
        let folder = tempfile::tempdir().unwrap();
        let mut set = set(normalised());
        let meaning = Meaning::Logits;
        let hard = set.labels.clone();
        for labels in [hard, Labels::Soft { values: vec![0.1; 9], classes: 3, meaning }] {
            set.labels = labels;
            let place = folder.path().join(format!("{}", set.labels.class_of(0)));
            let range = write(&set, &place).unwrap();
            assert_eq!((range.of, range.clamped), (18, 10), "{range:?}");
            let back = read(&place, &Options::default()).unwrap().set;
            assert_eq!(back.display_bytes(), set.display_bytes());
            assert_eq!((&back.labels, &back.about), (&set.labels, &set.about));
            // What has been bytes once stays as it is.
            let again = folder.path().join(format!("again{}", set.labels.class_of(0)));
            write(&back, &again).unwrap();
            assert_eq!(read(&again, &Options::default()).unwrap().set, back);
        }
    }

    #[test]
    fn what_has_no_colours_is_not_written() {
        let folder = tempfile::tempdir().unwrap();
        let error = write(&set(PixelSpace::Whitened), folder.path()).unwrap_err().to_string();
        assert!(error.contains("whose pixel space is whitened"), "{error}");
    }

    #[test]
    fn anybodys_folder_is_classes_of_unit_range() {
        let folder = tempfile::tempdir().unwrap();
        for name in ["n02/b.png", "n01/x.png", "n02/a.png"] {
            picture(&folder.path().join(name), 2);
        }
        let found = read(folder.path(), &Options::default()).unwrap();
        assert_eq!(found.set.labels, Labels::Hard(vec![0, 1, 1]));
        assert_eq!(found.set.about.classes, ["n01", "n02"]);
        assert_eq!((found.set.shape, found.set.images[0]), ([3, 1, 2, 2], 0.2));
        assert_eq!(found.set.about.space, PixelSpace::Unit);
    }

    #[test]
    fn numbered_classes_are_in_the_order_of_their_numbers() {
        let folder = tempfile::tempdir().unwrap();
        for class in 0..12 {
            picture(&folder.path().join(format!("{class}/x.png")), 2);
        }
        let found = read(folder.path(), &Options::default()).unwrap();
        let classes = found.set.about.classes.iter().map(|name| name.parse().unwrap());
        assert_eq!(classes.collect::<Vec<usize>>(), (0..12).collect::<Vec<_>>());
    }

    #[test]
    fn what_is_no_class_of_images_is_named() {
        let folder = tempfile::tempdir().unwrap();
        assert!(fault(folder.path()).contains("holds no folders of PNG files"));
        let one = folder.path().join("a/0.png");
        picture(&one, 2);
        fs::create_dir(folder.path().join("b")).unwrap();
        assert!(fault(folder.path()).contains("b: is the folder of a class, but holds no image"));
        let other = folder.path().join("b/0.png");
        fs::write(&other, "<html>no image</html>").unwrap();
        assert!(fault(folder.path()).contains("0.png: is no sound PNG image"));
        picture(&other, 3);
        assert!(
            fault(folder.path()).contains("0.png: is an image of 1x3x3, the first one of 1x2x2")
        );
        let whole = fs::read(&one).unwrap();
        fs::write(&other, &whole[..whole.len() / 2]).unwrap();
        assert!(fault(folder.path()).contains("0.png: is no sound PNG image"));
        picture(&other, 2);
        fs::write(folder.path().join("b/readme.txt"), "").unwrap();
        assert!(fault(folder.path()).contains("readme.txt: is no PNG file"));
    }

    #[test]
    fn a_picture_that_says_it_is_huge_is_refused_at_once() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a/0.png");
        picture(&path, 2);
        let mut bytes = fs::read(&path).unwrap();
        // Width and height in the header, and the header's sum.
        bytes[16..24].copy_from_slice(&[0x40, 0, 0, 0, 0x40, 0, 0, 0]);
        let sum = crc(&bytes[12..29]);
        bytes[29..33].copy_from_slice(&sum.to_be_bytes());
        fs::write(&path, bytes).unwrap();
        assert!(fault(folder.path()).contains("0.png: is no sound PNG image"));
    }

    /// PNG's checksum.
    fn crc(bytes: &[u8]) -> u32 {
        let mut sum = flate2::Crc::new();
        sum.update(bytes);
        sum.sum()
    }

    #[test]
    fn a_folder_that_contradicts_its_description_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        write(&set(normalised()), folder.path()).unwrap();
        let first = folder.path().join("001-ü/000000.png");
        let gone = fs::read(&first).unwrap();
        fs::remove_file(&first).unwrap();
        assert!(fault(folder.path()).contains("has no image number 0"));
        fs::create_dir(folder.path().join("007-x")).unwrap();
        fs::write(folder.path().join("007-x/000000.png"), gone).unwrap();
        assert!(fault(folder.path()).contains("007-x: begins with the number of no class"));
        fs::write(folder.path().join(DESCRIPTION), "{}").unwrap();
        assert!(fault(folder.path()).contains("something other than a synthetic set"));
    }
}
