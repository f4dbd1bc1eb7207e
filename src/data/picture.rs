//! One picture file: what its header says, and its pixels.
//!
//! PNG, JPEG, BMP, GIF (the first frame) and WebP, told by their first bytes and not by their names. Sixteen
//! bits become eight, palettes colours; what is transparent is laid over black, the colour that padding
//! and augmentation put around images; a camera's note which side is up is heeded. A header is held
//! against the limits before any pixel is decoded.

use std::io::Cursor;

use image::{
    DynamicImage, GrayImage, ImageDecoder, ImageError, ImageFormat, ImageReader, Limits, RgbImage,
    metadata::Orientation,
};
use thiserror::Error;

use super::shaping::Raster;

/// Most bytes of one file.
pub(super) const MOST_BYTES: u64 = 256 << 20;

/// Most pixels of one image.
pub(super) const MOST_PIXELS: u64 = 64 << 20;

/// Endings of the names that are taken for pictures, in lower case.
pub(super) const EXTENSIONS: &[&str] = &["png", "jpg", "jpeg", "jpe", "jfif", "bmp", "gif", "webp"];

/// What is wrong with a picture.
#[derive(Debug, Error)]
pub enum PictureFault {
    /// The system would not read the file.
    #[error("cannot be read: {0}")]
    Read(std::io::Error),
    /// The file is longer than any picture should be.
    #[error("is {bytes} bytes long; at most {MOST_BYTES} are read of one picture")]
    Long {
        /// Its length.
        bytes: u64,
    },
    /// The file is empty.
    #[error("is empty")]
    Empty,
    /// Its first bytes are those of no known format.
    #[error("is not a picture: it begins like no PNG, JPEG, BMP, GIF or WebP file")]
    Unknown,
    /// It declares too many pixels.
    #[error(
        "says that it is {width} x {height} pixels large; at most {MOST_PIXELS} pixels are read"
    )]
    Large {
        /// Its width.
        width: u32,
        /// Its height.
        height: u32,
    },
    /// It is not of the size that all pictures should have.
    #[error("is {width} x {height} pixels large; expected {} x {}", expected.0, expected.1)]
    Size {
        /// Its width.
        width: u32,
        /// Its height.
        height: u32,
        /// The right width and height.
        expected: (u32, u32),
    },
    /// It has no pixel.
    #[error("has no pixel: it says that it is {width} x {height} large")]
    NoPixel {
        /// Its width.
        width: u32,
        /// Its height.
        height: u32,
    },
    /// It ends too early.
    #[error("is cut off in the middle of its pixels")]
    CutOff,
    /// The decoder does not understand it.
    #[error("is a damaged or unusual {format} file: {problem}")]
    Damaged {
        /// Which format.
        format: &'static str,
        /// What the decoder says.
        problem: String,
    },
}

/// What a picture's header says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Header {
    /// Pixels from left to right, when it stands upright.
    pub width: u32,
    /// Pixels from top to bottom.
    pub height: u32,
    /// Whether it has more than grey.
    pub colour: bool,
    /// Bytes that its pixels take while it is decoded.
    pub decoded_bytes: u64,
}

/// Reads the header of a picture file's content.
pub(super) fn header(content: &[u8]) -> Result<Header, PictureFault> {
    let (_, mut decoder) = decoder(content)?;
    let orientation = decoder.orientation().unwrap_or(Orientation::NoTransforms);
    let (width, height) = upright(decoder.dimensions(), orientation);
    Ok(Header {
        width,
        height,
        colour: decoder.color_type().has_color(),
        decoded_bytes: decoder.total_bytes(),
    })
}

/// Decodes a picture file's content.
pub(super) fn decode(content: &[u8]) -> Result<Raster, PictureFault> {
    let (format, mut decoder) = decoder(content)?;
    if format == ImageFormat::Jpeg && !jpeg_is_whole(content) {
        return Err(PictureFault::CutOff);
    }
    let orientation = decoder.orientation().unwrap_or(Orientation::NoTransforms);
    let mut picture = DynamicImage::from_decoder(decoder).map_err(|error| fault(format, &error))?;
    picture.apply_orientation(orientation);
    Ok(raster(picture))
}

fn upright((width, height): (u32, u32), orientation: Orientation) -> (u32, u32) {
    match orientation {
        Orientation::Rotate90
        | Orientation::Rotate270
        | Orientation::Rotate90FlipH
        | Orientation::Rotate270FlipH => (height, width),
        _ => (width, height),
    }
}

/// The decoder of `content`, whose header is within the limits.
fn decoder(content: &[u8]) -> Result<(ImageFormat, impl ImageDecoder + '_), PictureFault> {
    if content.is_empty() {
        return Err(PictureFault::Empty);
    }
    let mut reader =
        ImageReader::new(Cursor::new(content)).with_guessed_format().map_err(PictureFault::Read)?;
    let format =
        reader.format().filter(ImageFormat::reading_enabled).ok_or(PictureFault::Unknown)?;
    let mut limits = Limits::default();
    // Sixteen bits in four channels, and as much again for a decoder's own work.
    limits.max_alloc = Some(16 * MOST_PIXELS);
    reader.limits(limits);
    let decoder = reader.into_decoder().map_err(|error| fault(format, &error))?;
    let (width, height) = decoder.dimensions();
    match u64::from(width) * u64::from(height) {
        0 => Err(PictureFault::NoPixel { width, height }),
        pixels if pixels > MOST_PIXELS => Err(PictureFault::Large { width, height }),
        _ => Ok((format, decoder)),
    }
}

/// Whether a JPEG file has its end marker behind its first scan.
///
/// Decoders fill what is missing with grey and say nothing. Inside compressed pixels the bytes of the
/// marker cannot stand; before them every part states its length.
fn jpeg_is_whole(content: &[u8]) -> bool {
    const END: [u8; 2] = [0xff, 0xd9];
    let mut at = 2;
    while let Some([0xff, kind]) = content.get(at..at + 2) {
        match kind {
            // A filling byte before a marker.
            0xff => at += 1,
            0x01 | 0xd0..=0xd8 => at += 2,
            0xd9 => return true,
            kind => {
                let Some([high, low]) = content.get(at + 2..at + 4) else { return false };
                at += 2 + usize::from(*high) * 256 + usize::from(*low);
                if *kind == 0xda {
                    let scan = content.get(at..).unwrap_or_default();
                    return scan.windows(2).any(|pair| pair == END);
                }
            }
        }
    }
    false
}

/// Eight bits, grey or colour, nothing transparent.
fn raster(picture: DynamicImage) -> Raster {
    let colour = picture.color();
    match (colour.has_color(), colour.has_alpha()) {
        (false, false) => Raster::Grey(picture.into_luma8()),
        (true, false) => Raster::Colour(picture.into_rgb8()),
        (false, true) => {
            let image = picture.into_luma_alpha8();
            let over_black = |x, y| {
                let [value, alpha] = image.get_pixel(x, y).0;
                image::Luma([dimmed(value, alpha)])
            };
            Raster::Grey(GrayImage::from_fn(image.width(), image.height(), over_black))
        }
        (true, true) => {
            let image = picture.into_rgba8();
            let over_black = |x, y| {
                let [red, green, blue, alpha] = image.get_pixel(x, y).0;
                image::Rgb([red, green, blue].map(|value| dimmed(value, alpha)))
            };
            Raster::Colour(RgbImage::from_fn(image.width(), image.height(), over_black))
        }
    }
}

fn dimmed(value: u8, alpha: u8) -> u8 {
    ((u16::from(value) * u16::from(alpha) + 127) / 255) as u8
}

fn fault(format: ImageFormat, error: &ImageError) -> PictureFault {
    let cut_off = |error: &std::io::Error| error.kind() == std::io::ErrorKind::UnexpectedEof;
    if matches!(error, ImageError::IoError(error) if cut_off(error)) {
        return PictureFault::CutOff;
    }
    let format = match format {
        ImageFormat::Png => "PNG",
        ImageFormat::Jpeg => "JPEG",
        ImageFormat::Bmp => "BMP",
        ImageFormat::Gif => "GIF",
        ImageFormat::WebP => "WebP",
        _ => "picture",
    };
    PictureFault::Damaged { format, problem: error.to_string() }
}

#[cfg(test)]
mod tests {
    use image::{ImageBuffer, Luma, LumaA, Rgb, Rgba};

    use super::*;
    use crate::data::sample_pictures::{bomb_png, encoded, jpeg_turned, palette_png};

    fn colour(content: &[u8]) -> RgbImage {
        match decode(content).unwrap() {
            Raster::Colour(image) => image,
            Raster::Grey(_) => panic!("grey"),
        }
    }

    fn grey(content: &[u8]) -> GrayImage {
        match decode(content).unwrap() {
            Raster::Grey(image) => image,
            Raster::Colour(_) => panic!("colour"),
        }
    }

    #[test]
    fn every_depth_and_kind_of_pixel_becomes_eight_bits_of_grey_or_colour() {
        let png = |image: DynamicImage| encoded(&image, ImageFormat::Png);
        let wide = ImageBuffer::from_fn(2, 1, |x, _| Luma([u16::from(x == 1) * 0x80ff]));
        assert_eq!(grey(&png(wide.into())).as_raw(), &[0, 128]);
        let wide = ImageBuffer::from_pixel(1, 1, Rgb([0xffff_u16, 0, 0x8000]));
        assert_eq!(colour(&png(wide.into())).as_raw(), &[255, 0, 128]);
        let seen = ImageBuffer::from_fn(2, 1, |x, _| Rgba([200_u8, 100, 0, 255 * (x as u8)]));
        assert_eq!(colour(&png(seen.into())).as_raw(), &[0, 0, 0, 200, 100, 0]);
        let half = ImageBuffer::from_pixel(1, 1, LumaA([201_u8, 128]));
        assert_eq!(grey(&png(half.into())).as_raw(), &[101]);
        assert_eq!(colour(&palette_png()).as_raw(), &[0, 0, 255, 255, 0, 0]);
    }

    #[test]
    fn every_format_is_read_and_told_by_its_content() {
        let image: DynamicImage = RgbImage::from_pixel(4, 3, Rgb([250, 10, 20])).into();
        let formats = [
            ImageFormat::Png,
            ImageFormat::Jpeg,
            ImageFormat::Bmp,
            ImageFormat::Gif,
            ImageFormat::WebP,
        ];
        for format in formats {
            let content = encoded(&image, format);
            let seen = header(&content).unwrap();
            assert_eq!((seen.width, seen.height, seen.colour), (4, 3, true), "{format:?}");
            let [red, green, blue] = colour(&content).get_pixel(2, 1).0;
            assert!(red > 245 && green < 20 && blue < 30, "{format:?}");
        }
        let grey_jpeg = encoded(&GrayImage::new(3, 3).into(), ImageFormat::Jpeg);
        assert!(!header(&grey_jpeg).unwrap().colour);
    }

    #[test]
    fn a_camera_on_its_side_is_stood_up() {
        // Light on the left; turned clockwise it is light at the top.
        let content = jpeg_turned();
        let seen = header(&content).unwrap();
        assert_eq!((seen.width, seen.height), (16, 32));
        let image = grey(&content);
        assert_eq!(image.dimensions(), (16, 32));
        assert!(image.get_pixel(8, 2).0[0] > 200 && image.get_pixel(8, 29).0[0] < 50);
    }

    #[test]
    fn what_is_no_picture_or_half_of_one_is_told() {
        let said = |content: &[u8]| decode(content).unwrap_err().to_string();
        assert_eq!(said(b""), "is empty");
        assert!(said(b"<!doctype html>").starts_with("is not a picture"));
        assert!(said(&[0xff; 900]).starts_with("is not a picture"));
        let noise = GrayImage::from_fn(64, 64, |x, y| Luma([(x * 37 + y * 91 + x * y) as u8]));
        for format in [ImageFormat::Png, ImageFormat::Jpeg, ImageFormat::Bmp] {
            let content = encoded(&noise.clone().into(), format);
            for part in [2, 3] {
                let half = &content[..content.len() * (part - 1) / part];
                let text = said(half);
                assert!(
                    text.contains("cut off") || text.contains("is a damaged"),
                    "{format:?}: {text}"
                );
            }
        }
        let jpeg = encoded(&noise.into(), ImageFormat::Jpeg);
        assert_eq!(said(&jpeg[..jpeg.len() - 2]), "is cut off in the middle of its pixels");
    }

    #[test]
    fn a_header_that_declares_too_much_is_refused_before_any_pixel() {
        let said = |content: &[u8]| header(content).unwrap_err().to_string();
        let text = said(&bomb_png(60_000, 60_000));
        assert!(text.starts_with("says that it is 60000 x 60000 pixels large"), "{text}");
        let text = said(&bomb_png(0, 5));
        assert!(text.contains("PNG") || text.contains("no pixel"), "{text}");
    }
}
