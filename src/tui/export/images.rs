//! Images of a synthetic set as files: all classes or one, at one iteration as PNG or over iterations as GIF.

use std::io::Cursor;

use image::{
    Delay, Frame, ImageFormat, Rgb, RgbImage,
    codecs::gif::{GifEncoder, Repeat},
    imageops,
};
use thiserror::Error;

use crate::{record::contact_sheet::PADDING, tui::media::Sheet};

/// Images that cannot be written.
#[derive(Debug, Error)]
pub enum ExportError {
    /// There is no picture, or no class of that number.
    #[error("there are no images to write yet")]
    Nothing,
    /// The pictures do not belong together.
    #[error("the picture of iteration {iteration} has another size than the first one")]
    Size {
        /// The odd one.
        iteration: u64,
    },
    /// The encoder gave up.
    #[error("the images cannot be written: {0}")]
    Encoder(#[from] image::ImageError),
}

/// The longest side of an image is enlarged to about so many pixels.
const TILE: u32 = 96;
/// No side of a file is longer.
const LONGEST: u32 = 4096;
/// White between two pictures.
const BETWEEN: u32 = 24;
/// How fast colours are chosen, from 1 (best) to 30.
const SPEED: i32 = 10;

/// A class per row, or the one class, at one iteration.
///
/// # Errors
/// When there is nothing to write.
pub fn png(sheet: &Sheet, class: Option<usize>) -> Result<Vec<u8>, ExportError> {
    let mut bytes = Cursor::new(Vec::new());
    lay_out(sheet, class)?.write_to(&mut bytes, ImageFormat::Png)?;
    Ok(bytes.into_inner())
}

/// All classes of several pictures, picture beside picture.
///
/// # Errors
/// When one of them has nothing to write.
pub fn side_by_side(sheets: &[&Sheet]) -> Result<Vec<u8>, ExportError> {
    let all = sheets.iter().map(|sheet| lay_out(sheet, None)).collect::<Result<Vec<_>, _>>()?;
    let width = all.iter().map(|image| image.width() + BETWEEN).sum::<u32>();
    let height = all.iter().map(RgbImage::height).max().ok_or(ExportError::Nothing)?;
    let mut whole = RgbImage::from_pixel(width - BETWEEN, height, Rgb([u8::MAX; 3]));
    let mut x = 0;
    for image in all {
        imageops::replace(&mut whole, &image, x, 0);
        x += i64::from(image.width() + BETWEEN);
    }
    let mut bytes = Cursor::new(Vec::new());
    whole.write_to(&mut bytes, ImageFormat::Png)?;
    Ok(bytes.into_inner())
}

/// The same over iterations, each shown for so many milliseconds, again and again.
///
/// # Errors
/// When there is nothing to write, or sizes differ.
pub fn gif(sheets: &[&Sheet], class: Option<usize>, millis: u32) -> Result<Vec<u8>, ExportError> {
    let mut bytes = Vec::new();
    let mut size = None;
    let mut encoder = GifEncoder::new_with_speed(&mut bytes, SPEED);
    encoder.set_repeat(Repeat::Infinite)?;
    for sheet in sheets {
        let image = lay_out(sheet, class)?;
        if *size.get_or_insert(image.dimensions()) != image.dimensions() {
            return Err(ExportError::Size { iteration: sheet.snapshot.iteration });
        }
        let image = image::DynamicImage::ImageRgb8(image).into_rgba8();
        let delay = Delay::from_numer_denom_ms(millis.max(20), 1);
        encoder.encode_frame(Frame::from_parts(image, 0, 0, delay))?;
    }
    drop(encoder);
    if size.is_some() { Ok(bytes) } else { Err(ExportError::Nothing) }
}

/// The images in rows, enlarged by a whole number so that every pixel is seen.
fn lay_out(sheet: &Sheet, class: Option<usize>) -> Result<RgbImage, ExportError> {
    let rows = match class {
        Some(class) => sheet.classes.get(class..=class).unwrap_or_default(),
        None => sheet.classes.as_slice(),
    };
    let first = rows.first().and_then(|row| row.images.first()).ok_or(ExportError::Nothing)?;
    let (width, height) = first.dimensions();
    let columns = rows.iter().map(|row| row.images.len()).max().unwrap_or(0) as u32;
    let count = rows.len() as u32;
    let largest = |scale: &u32| {
        let side = |count: u32, length: u32| count.saturating_mul(length * scale + PADDING);
        side(columns, width).max(side(count, height)) <= LONGEST
            && width.max(height) * scale <= TILE.max(width.max(height))
    };
    let scale = (1..=TILE).rev().find(largest).unwrap_or(1);
    let (w, h) = (width * scale, height * scale);
    let mut whole =
        RgbImage::new(columns * (w + PADDING) + PADDING, count * (h + PADDING) + PADDING);
    for (row, images) in (0..).zip(rows) {
        for (column, image) in (0..).zip(&images.images) {
            let image = imageops::resize(image, w, h, imageops::FilterType::Nearest);
            let (x, y) = (column * (w + PADDING) + PADDING, row * (h + PADDING) + PADDING);
            imageops::replace(&mut whole, &image, x.into(), y.into());
        }
    }
    Ok(whole)
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use image::{AnimationDecoder, codecs::gif::GifDecoder};

    use super::*;
    use crate::{record::event::Snapshot, tui::media::ClassImages};

    fn sheet(iteration: u64, shade: u8) -> Sheet {
        let path = String::new();
        let snapshot = Snapshot { iteration, path, rows: 3, columns: 2, tile: [8, 8], padding: 2 };
        let class = |class: u8| {
            let image = |at: u8| RgbImage::from_pixel(8, 8, Rgb([shade, class * 40, at * 90]));
            Arc::new(ClassImages { images: vec![image(0), image(1)], hash: 0 })
        };
        Sheet { snapshot, classes: (0..3).map(class).collect() }
    }

    #[test]
    fn every_class_is_a_row_of_enlarged_images() {
        let bytes = png(&sheet(1, 200), None).unwrap();
        let image = image::load_from_memory(&bytes).unwrap().to_rgb8();
        assert_eq!(image.dimensions(), (2 * 98 + 2, 3 * 98 + 2));
        assert_eq!(image.get_pixel(50, 250).0, [200, 80, 0]);
        assert_eq!(image.get_pixel(150, 50).0, [200, 0, 90]);
        let one = image::load_from_memory(&png(&sheet(1, 200), Some(1)).unwrap()).unwrap();
        assert_eq!((one.width(), one.height()), (198, 100));
        assert!(matches!(png(&sheet(1, 200), Some(3)), Err(ExportError::Nothing)));
    }

    #[test]
    fn pictures_stand_side_by_side() {
        let (one, other) = (sheet(1, 200), sheet(1, 10));
        let bytes = side_by_side(&[&one, &other]).unwrap();
        let image = image::load_from_memory(&bytes).unwrap().to_rgb8();
        assert_eq!(image.dimensions(), (2 * 198 + 24, 296));
        let reds = [50, 210, 198 + 24 + 50].map(|x| image.get_pixel(x, 50).0[0]);
        assert_eq!(reds, [200, 255, 10]);
        assert!(matches!(side_by_side(&[]), Err(ExportError::Nothing)));
    }

    #[test]
    fn a_gif_has_a_frame_for_every_iteration() {
        let sheets = [sheet(0, 0), sheet(10, 120), sheet(20, 250)];
        let bytes = gif(&sheets.each_ref(), Some(0), 200).unwrap();
        let decoder = GifDecoder::new(Cursor::new(bytes)).unwrap();
        let frames = decoder.into_frames().collect_frames().unwrap();
        let reds: Vec<u8> =
            frames.iter().map(|frame| frame.buffer().get_pixel(50, 50).0[0]).collect();
        assert!(reds.len() == 3 && reds[0] < 20 && reds[2] > 230, "{reds:?}");
        assert_eq!(frames[0].delay().numer_denom_ms(), (200, 1));
        assert!(matches!(gif(&[], None, 200), Err(ExportError::Nothing)));
        let mut other = sheet(30, 1);
        other.classes.pop();
        let error = gif(&[&sheets[0], &other], None, 200).unwrap_err();
        assert!(error.to_string().contains("iteration 30"), "{error}");
    }
}
