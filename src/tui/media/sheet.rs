//! A contact sheet taken apart: from the PNG of a snapshot to the images of each class.

use std::{
    hash::{DefaultHasher, Hash, Hasher},
    io::Cursor,
    sync::Arc,
};

use image::{ImageFormat, ImageReader, RgbImage, imageops};
use thiserror::Error;

use crate::record::event::Snapshot;

/// A sheet that is not what was announced.
#[derive(Debug, Error)]
pub enum SheetError {
    /// It is no readable PNG.
    #[error("the picture {path} cannot be read: {source}")]
    Unreadable {
        /// The file.
        path: String,
        /// What the decoder says.
        source: image::ImageError,
    },
    /// It has another size.
    #[error("the picture {path} is {found:?} pixels large; {expected:?} were announced")]
    Size {
        /// The file.
        path: String,
        /// What it is.
        found: (u32, u32),
        /// What was announced.
        expected: (u64, u64),
    },
}

/// Images that are shown side by side: those of one class, or some of them.
#[derive(Debug, PartialEq, Eq)]
pub struct ClassImages {
    /// In the order of the sheet.
    pub images: Vec<RgbImage>,
    /// Equal when the pixels are.
    pub hash: u64,
}

impl ClassImages {
    /// These images.
    pub fn new(images: Vec<RgbImage>) -> Self {
        let mut hasher = DefaultHasher::new();
        for image in &images {
            image.as_raw().hash(&mut hasher);
        }
        Self { images, hash: hasher.finish() }
    }
}

/// A sheet, class by class.
#[derive(Debug, Clone, PartialEq)]
pub struct Sheet {
    /// What announced it.
    pub snapshot: Snapshot,
    /// One entry per class.
    pub classes: Vec<Arc<ClassImages>>,
}

impl Sheet {
    /// Decodes the PNG that `snapshot` announces.
    pub fn decode(bytes: &[u8], snapshot: Snapshot) -> Result<Self, SheetError> {
        let path = || snapshot.path.clone();
        let unreadable = |source| SheetError::Unreadable { path: path(), source };
        let reader = || ImageReader::with_format(Cursor::new(bytes), ImageFormat::Png);
        let [width, height] = snapshot.tile;
        let padding = u64::from(snapshot.padding);
        let length =
            |count: u32, tile: u32| u64::from(count) * (u64::from(tile) + padding) + padding;
        let expected = (length(snapshot.columns, width), length(snapshot.rows, height));
        // Before it is decoded: a size that was not announced may be one that fills the memory.
        let found = reader().into_dimensions().map_err(unreadable)?;
        if (u64::from(found.0), u64::from(found.1)) != expected {
            return Err(SheetError::Size { path: path(), found, expected });
        }
        let sheet = reader().decode().map_err(unreadable)?.to_rgb8();
        let classes = (0..snapshot.rows).map(|row| {
            let images: Vec<RgbImage> = (0..snapshot.columns)
                .map(|column| {
                    let x = column * (width + snapshot.padding) + snapshot.padding;
                    let y = row * (height + snapshot.padding) + snapshot.padding;
                    imageops::crop_imm(&sheet, x, y, width, height).to_image()
                })
                .collect();
            Arc::new(ClassImages::new(images))
        });
        Ok(Self { classes: classes.collect(), snapshot })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::contact_sheet::{PADDING, Pixels, lay_out, png};

    fn snapshot(rows: u32) -> Snapshot {
        let path = "snapshots/0000004.png".to_owned();
        Snapshot { iteration: 4, path, rows, columns: 2, tile: [3, 2], padding: PADDING }
    }

    fn sheet() -> Vec<u8> {
        let bytes: Vec<u8> = (0..6).flat_map(|image| [image * 10 + 5; 6]).collect();
        png(&lay_out(Pixels { bytes: &bytes, shape: [1, 2, 3] }, 2)).unwrap()
    }

    #[test]
    fn every_class_gets_its_images() {
        let sheet = Sheet::decode(&sheet(), snapshot(3)).unwrap();
        for (class, images) in sheet.classes.iter().enumerate() {
            for (column, image) in images.images.iter().enumerate() {
                let value = (class * 2 + column) as u8 * 10 + 5;
                assert_eq!(image.dimensions(), (3, 2));
                assert!(image.as_raw().iter().all(|byte| *byte == value));
            }
        }
        assert_ne!(sheet.classes[0].hash, sheet.classes[1].hash);
    }

    #[test]
    fn another_size_than_announced_is_refused() {
        let error = Sheet::decode(&sheet(), snapshot(4)).unwrap_err().to_string();
        assert!(error.contains("snapshots/0000004.png is (12, 14) pixels large"), "{error}");
        assert!(Sheet::decode(b"no picture", snapshot(3)).is_err());
    }
}
