//! Images of any shape are brought to the one shape that a network takes.
//!
//! Sides change by a triangle filter that widens as it shrinks an image (what Pillow calls bilinear), so
//! nothing is skipped. Grey is ITU-R 601 luma, as in Pillow: L = 0.299 R + 0.587 G + 0.114 B.

use image::{
    GrayImage, ImageBuffer, Pixel, RgbImage,
    imageops::{self, FilterType},
};

use super::error::DataError;
use super::registry::ImageShape;
use super::set::{DataSet, Normalisation};
use super::split::Split;
use super::statistics::statistics;
use crate::spec::{DataSpec, Fit, ImageSize};

/// The shape that a user asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Shaping {
    /// The size, or the images' own.
    pub size: ImageSize,
    /// How an image of another shape is brought to it.
    pub fit: Fit,
    /// 1 for grey, 3 for colour; `None` for what the images have.
    pub channels: Option<usize>,
}

impl Default for Shaping {
    fn default() -> Self {
        Self { size: ImageSize::Own, fit: Fit::Crop, channels: None }
    }
}

impl Shaping {
    /// What the keys of a spec ask for.
    ///
    /// # Errors
    /// [`DataError::Channels`] for a number of channels that images cannot have.
    pub fn of(spec: &DataSpec) -> Result<Self, DataError> {
        let channels = match spec.channels {
            0 => None,
            1 | 3 => Some(spec.channels),
            channels => return Err(DataError::Channels { channels }),
        };
        Ok(Self { size: spec.size, fit: spec.fit, channels })
    }

    /// What becomes of images of the shape `own`.
    pub fn target(&self, own: ImageShape) -> ImageShape {
        let [channels, height, width] = own;
        let (height, width) = match self.size {
            ImageSize::Own => (height, width),
            ImageSize::Of { width, height } => (height, width),
        };
        [self.channels.unwrap_or(channels), height, width]
    }

    /// The data set in this shape.
    ///
    /// Where that changes the images, their mean and deviation are taken anew from the training pixels
    /// (reference section 11, point 8): the published ones belong to the published pixels.
    ///
    /// # Errors
    /// [`DataError::Room`] if the images would not fit into the memory.
    pub(super) fn applied(&self, set: DataSet) -> Result<DataSet, DataError> {
        let target = self.target(set.info.shape);
        if target == set.info.shape {
            return Ok(set);
        }
        let classes = set.info.classes.len();
        let fitted = |split: &Split| {
            let image_bytes = target.iter().product();
            let mut images = super::room::bytes(split.len(), image_bytes)?;
            for (index, place) in images.chunks_exact_mut(image_bytes).enumerate() {
                Raster::from_planes(split.image(index), split.shape())
                    .write(target, self.fit, place);
            }
            Ok::<_, DataError>(Split::new(images, split.labels().to_vec(), target, classes))
        };
        let unlikely = |fault| super::FileFault::from(fault).of(&set.info.name);
        let train = fitted(&set.train)?.map_err(unlikely)?;
        let test = fitted(&set.test)?.map_err(unlikely)?;
        let mut info = set.info;
        info.shape = target;
        info.normalisation = Normalisation::of(&train);
        Ok(DataSet { info, train, test })
    }
}

impl Normalisation {
    /// Mean and deviation of the pixels of `split`, channel by channel. A channel without any contrast is
    /// not scaled.
    pub fn of(split: &Split) -> Self {
        let (mean, std) = statistics(split)
            .into_iter()
            .map(|channel| (channel.mean as f32, channel.std as f32))
            .map(|(mean, std)| (mean, if std > 0.0 { std } else { 1.0 }))
            .unzip();
        Self { mean, std }
    }
}

/// One image, a byte a value, channels together.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Raster {
    Grey(GrayImage),
    Colour(RgbImage),
}

impl Raster {
    /// An image [channels, height, width] of one channel or three.
    pub(super) fn from_planes(planes: &[u8], shape: ImageShape) -> Self {
        let [channels, height, width] = shape;
        let size = (width as u32, height as u32);
        let plane = height * width;
        if channels == 1 {
            let value = |x: u32, y: u32| planes[y as usize * width + x as usize];
            return Self::Grey(GrayImage::from_fn(size.0, size.1, |x, y| {
                image::Luma([value(x, y)])
            }));
        }
        Self::Colour(RgbImage::from_fn(size.0, size.1, |x, y| {
            let at = y as usize * width + x as usize;
            image::Rgb([planes[at], planes[plane + at], planes[2 * plane + at]])
        }))
    }

    /// Writes the image in the shape `target`, [channels, height, width], to `place`.
    pub(super) fn write(self, target: ImageShape, fit: Fit, place: &mut [u8]) {
        let [channels, height, width] = target;
        let size = (width as u32, height as u32);
        let plane = height * width;
        match (self, channels) {
            (Self::Grey(image), _) => {
                let grey = fitted(image, size, fit);
                for one in place.chunks_exact_mut(plane) {
                    one.copy_from_slice(grey.as_raw());
                }
            }
            (Self::Colour(image), 1) => {
                let colour = fitted(image, size, fit);
                for (value, pixel) in place.iter_mut().zip(colour.pixels()) {
                    *value = luma(pixel.0);
                }
            }
            (Self::Colour(image), _) => {
                let colour = fitted(image, size, fit);
                for (at, pixel) in colour.pixels().enumerate() {
                    for (channel, value) in pixel.0.into_iter().enumerate() {
                        place[channel * plane + at] = value;
                    }
                }
            }
        }
    }
}

/// Pillow's luma, in its own arithmetic.
fn luma([red, green, blue]: [u8; 3]) -> u8 {
    let sum = 19_595 * u32::from(red) + 38_470 * u32::from(green) + 7_471 * u32::from(blue);
    ((sum + 0x8000) >> 16) as u8
}

/// `image` in the size (width, height). An image without pixels becomes a black one.
fn fitted<P>(image: ImageBuffer<P, Vec<u8>>, size: (u32, u32), fit: Fit) -> ImageBuffer<P, Vec<u8>>
where
    P: Pixel<Subpixel = u8> + 'static,
{
    let own = image.dimensions();
    if own == size {
        return image;
    }
    if own.0 == 0 || own.1 == 0 {
        return ImageBuffer::new(size.0, size.1);
    }
    match fit {
        Fit::Resize => imageops::resize(&image, size.0, size.1, FilterType::Triangle),
        Fit::Crop => {
            let part = within(own, size);
            let (x, y) = ((own.0 - part.0) / 2, (own.1 - part.1) / 2);
            let middle = imageops::crop_imm(&image, x, y, part.0, part.1);
            if part == size {
                return middle.to_image();
            }
            imageops::resize(&*middle, size.0, size.1, FilterType::Triangle)
        }
        Fit::Pad => {
            let part = within(size, own);
            let whole = imageops::resize(&image, part.0, part.1, FilterType::Triangle);
            let mut padded = ImageBuffer::new(size.0, size.1);
            let (x, y) = ((size.0 - part.0) / 2, (size.1 - part.1) / 2);
            imageops::replace(&mut padded, &whole, i64::from(x), i64::from(y));
            padded
        }
    }
}

/// The largest size with the proportions of `like` that fits into `room`, at least one pixel a side.
fn within(room: (u32, u32), like: (u32, u32)) -> (u32, u32) {
    let [room_w, room_h, like_w, like_h] = [room.0, room.1, like.0, like.1].map(u64::from);
    let rounded = |value: u64, by: u64| ((2 * value + by) / (2 * by)).max(1);
    if room_w * like_h <= like_w * room_h {
        (room.0, rounded(room_w * like_h, like_w).min(room_h) as u32)
    } else {
        (rounded(room_h * like_w, like_h).min(room_w) as u32, room.1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn grey(width: u32, height: u32, value: impl Fn(u32, u32) -> u8) -> Raster {
        Raster::Grey(GrayImage::from_fn(width, height, |x, y| image::Luma([value(x, y)])))
    }

    fn written(raster: Raster, target: ImageShape, fit: Fit) -> Vec<u8> {
        let mut place = vec![77; target.iter().product()];
        raster.write(target, fit, &mut place);
        place
    }

    #[test]
    fn a_crop_is_the_middle_and_a_pad_the_whole() {
        let wide = || grey(6, 2, |x, _| 10 * x as u8);
        assert_eq!(written(wide(), [1, 2, 2], Fit::Crop), [20, 30, 20, 30]);
        let padded = written(wide(), [1, 6, 6], Fit::Pad);
        assert_eq!(padded[..12], [0; 12]);
        assert_eq!(padded[12..18], [0, 10, 20, 30, 40, 50]);
        assert_eq!(padded[24..], [0; 12]);
        let stretched = written(grey(2, 2, |_, y| 200 * y as u8), [1, 2, 6], Fit::Resize);
        assert_eq!(stretched, [[0; 6], [200; 6]].concat());
    }

    #[test]
    fn a_smaller_image_is_the_mean_of_what_it_covers() {
        // Pillow 11: Image.resize((2, 2), BILINEAR) of a 8x8 checkerboard of 0 and 255 is 128 throughout.
        let board = grey(8, 8, |x, y| if (x + y) % 2 == 0 { 0 } else { 255 });
        for value in written(board, [1, 2, 2], Fit::Resize) {
            assert!((126..=129).contains(&value), "{value}");
        }
    }

    #[test]
    fn channels_are_doubled_or_weighed() {
        assert_eq!(
            written(grey(2, 1, |x, _| 9 + x as u8), [3, 1, 2], Fit::Crop),
            [9, 10, 9, 10, 9, 10]
        );
        let planes = [255, 0, 0, 255, 0, 0];
        let colour = Raster::from_planes(&planes, [3, 1, 2]);
        assert_eq!(written(colour.clone(), [3, 1, 2], Fit::Crop), planes);
        // Red is 76, green 150, as in Pillow.
        assert_eq!(written(colour, [1, 1, 2], Fit::Crop), [76, 150]);
        assert_eq!((luma([0, 0, 255]), luma([255; 3]), luma([7; 3])), (29, 255, 7));
    }

    #[test]
    fn proportions_are_kept_to_the_nearest_pixel() {
        assert_eq!(within((500, 375), (64, 64)), (375, 375));
        assert_eq!(within((64, 64), (500, 375)), (64, 48));
        assert_eq!(within((1, 60_000), (64, 64)), (1, 1));
        assert_eq!(within((64, 64), (1, 60_000)), (1, 64));
        assert_eq!(within((3, 3), (3, 3)), (3, 3));
    }

    #[test]
    fn a_known_set_can_be_had_in_the_shape_of_another() {
        let set = crate::data::open("mnist-5k", None, std::path::Path::new("/nowhere")).unwrap();
        let same = Shaping::default().applied(set.clone()).unwrap();
        assert_eq!(same, set);
        let shaping = Shaping {
            size: ImageSize::Of { width: 32, height: 32 },
            fit: Fit::Pad,
            channels: Some(3),
        };
        let colour = shaping.applied(set.clone()).unwrap();
        assert_eq!((colour.info.shape, colour.train.len()), ([3, 32, 32], 4_000));
        let image = colour.train.image(7);
        assert_eq!(image[..1024], image[2048..]);
        let [mean, ..] = colour.info.normalisation.mean[..] else { panic!() };
        assert_eq!(colour.info.normalisation.mean, [mean; 3]);
        // The filter keeps the mean up to rounding.
        let own = Normalisation::of(&set.train).mean[0];
        assert!((mean - own).abs() < 2e-3, "{mean} {own}");
    }
}
