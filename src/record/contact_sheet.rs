//! One picture of a whole synthetic set: a class per row, padded as torchvision's grid is
//! (reference section 1.11), so that pictures of other programs lie beside ours.

use image::{DynamicImage, GrayImage, ImageError, RgbImage};

/// Pixels between and around the images of a sheet.
pub const PADDING: u32 = 2;

/// Images in display space: one byte per channel, channels first.
#[derive(Debug, Clone, Copy)]
pub struct Pixels<'a> {
    /// `[images, channels, height, width]`, 0 to 255.
    pub bytes: &'a [u8],
    /// Channels (1 or 3), height, width.
    pub shape: [usize; 3],
}

impl Pixels<'_> {
    /// The image with this index, ready to be encoded. `None` when there is none.
    pub fn image(&self, index: usize) -> Option<DynamicImage> {
        let [channels, height, width] = self.shape;
        let plane = height * width;
        let bytes = self.bytes.get(index * channels * plane..(index + 1) * channels * plane)?;
        let (w, h) = (width as u32, height as u32);
        if channels == 1 {
            return GrayImage::from_raw(w, h, bytes.to_vec()).map(DynamicImage::ImageLuma8);
        }
        let interleaved =
            (0..plane).flat_map(|at| (0..3).map(move |channel| bytes[channel * plane + at]));
        RgbImage::from_raw(w, h, interleaved.collect()).map(DynamicImage::ImageRgb8)
    }
}

/// Lays images out with `columns` per row.
pub fn lay_out(pixels: Pixels<'_>, columns: usize) -> DynamicImage {
    let [channels, height, width] = pixels.shape;
    let count = pixels.bytes.len() / (channels * height * width).max(1);
    let columns = columns.max(1);
    let (w, h) = (width as u32 + PADDING, height as u32 + PADDING);
    let rows = count.div_ceil(columns) as u32;
    let (sheet_w, sheet_h) = (columns as u32 * w + PADDING, rows * h + PADDING);
    let mut sheet = if channels == 1 {
        DynamicImage::new_luma8(sheet_w, sheet_h)
    } else {
        DynamicImage::new_rgb8(sheet_w, sheet_h)
    };
    for index in 0..count {
        if let Some(image) = pixels.image(index) {
            let x = (index % columns) as u32 * w + PADDING;
            let y = (index / columns) as u32 * h + PADDING;
            image::imageops::replace(&mut sheet, &image, i64::from(x), i64::from(y));
        }
    }
    sheet
}

/// A picture as the bytes of a PNG file. Grey stays grey.
pub fn png(image: &DynamicImage) -> Result<Vec<u8>, ImageError> {
    let mut bytes = std::io::Cursor::new(Vec::new());
    match image {
        DynamicImage::ImageLuma8(grey) => grey.write_to(&mut bytes, image::ImageFormat::Png)?,
        other => other.to_rgb8().write_to(&mut bytes, image::ImageFormat::Png)?,
    }
    Ok(bytes.into_inner())
}

#[cfg(test)]
mod tests {
    use super::*;
    use image::GenericImageView;

    #[test]
    fn every_image_stands_in_its_class_row() {
        // Three classes of two images, 2x3 pixels, every byte its image's number.
        let bytes: Vec<u8> = (0..6).flat_map(|image| [image * 10 + 5; 3 * 6]).collect();
        let sheet = lay_out(Pixels { bytes: &bytes, shape: [3, 2, 3] }, 2);
        assert_eq!(sheet.dimensions(), (2 * 5 + 2, 3 * 4 + 2));
        for image in 0..6_u32 {
            let (x, y) = (2 + image % 2 * 5, 2 + image / 2 * 4);
            let value = image as u8 * 10 + 5;
            assert_eq!(sheet.get_pixel(x, y).0, [value, value, value, 255]);
            assert_eq!(sheet.get_pixel(x + 2, y + 1).0, [value, value, value, 255]);
        }
        assert_eq!(sheet.get_pixel(1, 1).0, [0, 0, 0, 255]);
    }

    #[test]
    fn a_grey_sheet_is_a_grey_file() {
        let sheet = lay_out(Pixels { bytes: &[7; 4], shape: [1, 2, 2] }, 1);
        let back = image::load_from_memory(&png(&sheet).unwrap()).unwrap();
        assert_eq!(back.color(), image::ColorType::L8);
        assert_eq!(back.dimensions(), (6, 6));
    }
}
