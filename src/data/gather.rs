//! Many pictures become the images of one split: decoded on all cores, each straight to its place.
//!
//! Where the user names no shape, the headers decide: grey only if every picture is, and one size only if
//! all have it. What cannot be read is collected, so that one import tells of every bad file.

use std::{
    collections::BTreeMap,
    path::PathBuf,
    sync::{
        Condvar, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicUsize, Ordering},
    },
};

use rayon::prelude::*;

use super::error::DataError;
use super::picture::{self, Header, PictureFault};
use super::registry::ImageShape;
use super::room;
use super::shaping::Shaping;
use crate::spec::ImageSize;

/// How many bad pictures are named; more are counted.
const NAMED: usize = 8;

/// Bytes that all pictures that are being decoded may take together.
const DECODING_BYTES: u64 = 1 << 30;

/// Pictures to be read, by their number.
pub(super) trait Pictures: Sync {
    /// How many there are.
    fn len(&self) -> usize;
    /// What messages call one of them.
    fn name(&self, index: usize) -> PathBuf;
    /// The content of its file.
    fn content(&self, index: usize) -> Result<Vec<u8>, PictureFault>;
}

/// What is told while pictures are read: how many of how many.
pub type Watch<'a> = &'a (dyn Fn(usize, usize) + Sync);

/// The shape that all of `pictures` are to have: what the user asked for, and for the rest what they have.
///
/// # Errors
/// [`DataError::Sizes`] if no size was asked for and they have several; [`DataError::Pictures`] if headers
/// cannot be read.
pub(super) fn shape(
    pictures: &dyn Pictures,
    shaping: Shaping,
    watch: Watch<'_>,
) -> Result<ImageShape, DataError> {
    if let (ImageSize::Of { width, height }, Some(channels)) = (shaping.size, shaping.channels) {
        return Ok([channels, height, width]);
    }
    let headers = each(pictures, watch, |content, _| picture::header(content))?;
    let colour = headers.iter().any(|header| header.colour);
    let size = |header: &Header| (header.width as usize, header.height as usize);
    let mut own = headers.first().map_or((1, 1), size);
    if shaping.size == ImageSize::Own {
        let other = headers.iter().position(|header| size(header) != own);
        if let Some(other) = other {
            return Err(DataError::Sizes {
                first: pictures.name(0),
                first_size: own,
                other: pictures.name(other),
                other_size: size(&headers[other]),
            });
        }
        let longest = crate::spec::image_size::LONGEST_SIDE;
        if own.0.max(own.1) > longest {
            return Err(DataError::LargeImages { width: own.0, height: own.1, longest });
        }
    } else {
        own = (1, 1);
    }
    Ok(shaping.target([if colour { 3 } else { 1 }, own.1, own.0]))
}

/// All of `pictures` in the shape `target`: [pictures, channels, height, width].
///
/// # Errors
/// [`DataError::Pictures`] with those that cannot be read; [`DataError::Room`] if they would not fit into
/// the memory.
pub(super) fn images(
    pictures: &dyn Pictures,
    shaping: Shaping,
    target: ImageShape,
    watch: Watch<'_>,
) -> Result<Vec<u8>, DataError> {
    let image_bytes: usize = target.iter().product();
    let mut images = room::bytes(pictures.len(), image_bytes)?;
    let budget = Budget::default();
    let places: Vec<_> = images.chunks_exact_mut(image_bytes.max(1)).map(Mutex::new).collect();
    each(pictures, watch, |content, index| {
        let header = picture::header(content)?;
        let (width, height) = (header.width, header.height);
        let size = (target[2] as u32, target[1] as u32);
        if shaping.size == ImageSize::Own && (width, height) != size {
            return Err(PictureFault::Size { width, height, expected: size });
        }
        // A decoder may hold a picture twice, and its eight-bit copy.
        let _share = budget.take(3 * header.decoded_bytes);
        let raster = picture::decode(content)?;
        raster.write(target, shaping.fit, &mut locked(&places[index]));
        Ok(())
    })?;
    drop(places);
    Ok(images)
}

/// What `read` makes of the content of each picture, or all that it cannot read.
fn each<T: Send>(
    pictures: &dyn Pictures,
    watch: Watch<'_>,
    read: impl Fn(&[u8], usize) -> Result<T, PictureFault> + Sync,
) -> Result<Vec<T>, DataError> {
    let done = AtomicUsize::new(0);
    let faults = Mutex::new(BTreeMap::new());
    let bad = AtomicUsize::new(0);
    let all = (0..pictures.len()).into_par_iter().map(|index| {
        let made = pictures.content(index).and_then(|content| read(&content, index));
        watch(done.fetch_add(1, Ordering::Relaxed) + 1, pictures.len());
        made.map_err(|fault| {
            bad.fetch_add(1, Ordering::Relaxed);
            let mut faults = locked(&faults);
            faults.insert(index, fault);
            if faults.len() > NAMED {
                faults.pop_last();
            }
        })
        .ok()
    });
    let made: Vec<Option<T>> = all.collect();
    let bad = bad.into_inner();
    if bad > 0 {
        let faults = faults.into_inner().unwrap_or_else(PoisonError::into_inner);
        let named = faults.into_iter().map(|(index, fault)| (pictures.name(index), fault));
        return Err(DataError::Pictures { named: named.collect(), bad, of: pictures.len() });
    }
    Ok(made.into_iter().flatten().collect())
}

/// Bytes that are shared out to those who decode.
#[derive(Default)]
struct Budget {
    taken: Mutex<u64>,
    returned: Condvar,
}

impl Budget {
    /// Waits until there is room for `bytes`; something that is larger than all the room goes alone.
    fn take(&self, bytes: u64) -> Share<'_> {
        let mut taken = locked(&self.taken);
        while *taken > 0 && *taken + bytes > DECODING_BYTES {
            taken = self.returned.wait(taken).unwrap_or_else(PoisonError::into_inner);
        }
        *taken += bytes;
        Share { budget: self, bytes }
    }
}

struct Share<'a> {
    budget: &'a Budget,
    bytes: u64,
}

impl Drop for Share<'_> {
    fn drop(&mut self) {
        *locked(&self.budget.taken) -= self.bytes;
        self.budget.returned.notify_all();
    }
}

/// Nothing in here is left half done by a panic.
fn locked<T: ?Sized>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use std::io;

    use image::{DynamicImage, GrayImage, ImageFormat, Luma, Rgb, RgbImage};

    use super::*;
    use crate::{
        data::sample_pictures::{bomb_png, encoded},
        spec::Fit,
    };

    /// The content of some files, or none where the system refuses.
    struct Files(Vec<Option<Vec<u8>>>);

    impl Pictures for Files {
        fn len(&self) -> usize {
            self.0.len()
        }
        fn name(&self, index: usize) -> PathBuf {
            format!("{index}.png").into()
        }
        fn content(&self, index: usize) -> Result<Vec<u8>, PictureFault> {
            self.0[index]
                .clone()
                .ok_or_else(|| PictureFault::Read(io::Error::from(io::ErrorKind::PermissionDenied)))
        }
    }

    fn grey(width: u32, height: u32, value: u8) -> Vec<u8> {
        let image: DynamicImage = GrayImage::from_pixel(width, height, Luma([value])).into();
        encoded(&image, ImageFormat::Png)
    }

    const SILENT: Watch<'static> = &|_, _| ();

    #[test]
    fn every_picture_goes_to_its_place_and_is_counted_once() {
        let files = Files((0..100).map(|n| Some(grey(2, 2, n))).collect());
        let seen = AtomicUsize::new(0);
        let watch = |done, of| {
            assert!((1..=100).contains(&done) && of == 100);
            seen.fetch_add(1, Ordering::Relaxed);
        };
        let target = shape(&files, Shaping::default(), SILENT).unwrap();
        assert_eq!(target, [1, 2, 2]);
        let images = images(&files, Shaping::default(), target, &watch).unwrap();
        assert_eq!(seen.into_inner(), 100);
        assert!(images.chunks(4).enumerate().all(|(n, image)| image == [n as u8; 4]));
    }

    #[test]
    fn one_colour_picture_makes_a_set_of_colours() {
        let red: DynamicImage = RgbImage::from_pixel(2, 2, Rgb([255, 0, 0])).into();
        let files = Files(vec![Some(grey(2, 2, 9)), Some(encoded(&red, ImageFormat::Png))]);
        let target = shape(&files, Shaping::default(), SILENT).unwrap();
        assert_eq!(target, [3, 2, 2]);
        let images = images(&files, Shaping::default(), target, SILENT).unwrap();
        assert_eq!(images[..12], [9; 12]);
        assert_eq!(images[12..], [255, 255, 255, 255, 0, 0, 0, 0, 0, 0, 0, 0]);
    }

    #[test]
    fn several_sizes_need_one_that_is_asked_for() {
        let files = Files(vec![Some(grey(2, 2, 0)), Some(grey(4, 2, 100))]);
        let error = shape(&files, Shaping::default(), SILENT).unwrap_err().to_string();
        assert!(error.contains("0.png is 2x2 and 1.png 4x2"), "{error}");
        assert!(error.contains("--size"), "{error}");
        let size = ImageSize::Of { width: 3, height: 1 };
        let shaping = Shaping { size, fit: Fit::Resize, channels: None };
        assert_eq!(shape(&files, shaping, SILENT).unwrap(), [1, 1, 3]);
        assert_eq!(images(&files, shaping, [1, 1, 3], SILENT).unwrap(), [0, 0, 0, 100, 100, 100]);
        let error =
            shape(&Files(vec![Some(grey(2000, 2, 0))]), Shaping::default(), SILENT).unwrap_err();
        assert!(error.to_string().contains("2000x2"), "{error}");
    }

    #[test]
    fn every_bad_picture_is_told_of_and_the_first_ones_by_name() {
        let mut files = vec![Some(grey(1, 1, 0)); 3];
        files[1] = None;
        files.push(Some(bomb_png(60_000, 60_000)));
        files.extend(vec![Some(b"text".to_vec()); 20]);
        let files = Files(files);
        for error in [
            shape(&files, Shaping::default(), SILENT).unwrap_err().to_string(),
            images(&files, Shaping::default(), [1, 1, 1], SILENT).unwrap_err().to_string(),
        ] {
            assert!(error.starts_with("22 of 24 pictures cannot be used:"), "{error}");
            assert!(error.contains("1.png cannot be read"), "{error}");
            assert!(error.contains("3.png says that it is 60000 x 60000"), "{error}");
            assert!(error.contains("4.png is not a picture"), "{error}");
            assert!(error.contains("9.png") && !error.contains("10.png"), "{error}");
        }
    }

    #[test]
    fn shares_of_the_budget_come_back() {
        let budget = Budget::default();
        let large = budget.take(5 * DECODING_BYTES);
        drop(large);
        let (first, second) = (budget.take(DECODING_BYTES / 2), budget.take(DECODING_BYTES / 2));
        drop((first, second));
        assert_eq!(*locked(&budget.taken), 0);
    }
}
