//! Two pictures against each other: pixel by pixel, how far the one is from the other.

use std::sync::Arc;

use image::{Rgb, RgbImage};

use crate::tui::{
    media::{Sheet, sheet::ClassImages},
    model::gallery::album::{Album, Strip},
};

/// The difference of two pictures, made anew when one of them changes.
#[derive(Debug, Default)]
pub struct Difference {
    /// The strips and tiles.
    pub album: Album,
    of: Option<(u64, u64)>,
}

impl Difference {
    /// Makes the difference of these pictures, unless it is the one that is there.
    pub fn take(&mut self, first: &Sheet, second: &Sheet) {
        let of = Some((hash(first), hash(second)));
        if self.of == of {
            return;
        }
        self.of = of;
        let pairs = first.classes.iter().zip(&second.classes).enumerate();
        let strips = pairs.map(|(class, (first, second))| {
            let images = first.images.iter().zip(&second.images);
            let images = images.map(|(first, second)| subtract(first, second)).collect();
            Strip { class, image: None, images: Arc::new(ClassImages::new(images)) }
        });
        self.album.fill(strips.collect());
    }
}

fn hash(sheet: &Sheet) -> u64 {
    sheet.classes.iter().fold(0, |all, class| all.rotate_left(7) ^ class.hash)
}

/// Black where both are the same, white where they differ most. Of images of unlike sizes what both have.
fn subtract(first: &RgbImage, second: &RgbImage) -> RgbImage {
    let (width, height) = (first.width().min(second.width()), first.height().min(second.height()));
    RgbImage::from_fn(width, height, |x, y| {
        let (a, b) = (first.get_pixel(x, y).0, second.get_pixel(x, y).0);
        Rgb([0, 1, 2].map(|channel| a[channel].abs_diff(b[channel])))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::event::Snapshot;

    fn sheet(values: &[u8]) -> Sheet {
        let class = |value: &u8| {
            let image = RgbImage::from_pixel(2, 2, Rgb([*value; 3]));
            Arc::new(ClassImages::new(vec![image]))
        };
        let path = String::new();
        let snapshot =
            Snapshot { iteration: 1, path, rows: 2, columns: 1, tile: [2, 2], padding: 0 };
        Sheet { snapshot, classes: values.iter().map(class).collect() }
    }

    fn values(difference: &Difference) -> Vec<u8> {
        let strips = difference.album.strips().iter();
        strips.map(|strip| strip.images.images[0].get_pixel(1, 1).0[0]).collect()
    }

    #[test]
    fn it_is_how_far_apart_pixels_are() {
        let mut difference = Difference::default();
        difference.take(&sheet(&[10, 200]), &sheet(&[30, 200]));
        assert_eq!(values(&difference), [20, 0]);
        difference.take(&sheet(&[10, 200]), &sheet(&[10, 190]));
        assert_eq!(values(&difference), [0, 10]);
    }

    #[test]
    fn pictures_that_do_not_match_show_what_they_share() {
        let mut difference = Difference::default();
        difference.take(&sheet(&[10, 200, 3]), &sheet(&[30]));
        assert_eq!(values(&difference), [20]);
    }
}
