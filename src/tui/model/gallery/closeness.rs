//! How close one looks at a picture: all classes, the images of one class, or a single image.

use std::sync::Arc;

use image::RgbImage;

use super::album::Strip;
use crate::tui::media::sheet::ClassImages;

/// What of a picture is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Closeness {
    /// Every class.
    #[default]
    All,
    /// The images of this class, one by one.
    Class(usize),
    /// One image of a class.
    Image(usize, usize),
}

impl Closeness {
    /// One step closer, to what is first; from a single image back to all.
    #[must_use]
    pub const fn closer(self, first: usize) -> Self {
        match self {
            Self::All => Self::Class(first),
            Self::Class(class) => Self::Image(class, 0),
            Self::Image(..) => Self::All,
        }
    }

    /// One step back; `None` from all.
    pub const fn farther(self) -> Option<Self> {
        match self {
            Self::All => None,
            Self::Class(_) => Some(Self::All),
            Self::Image(class, _) => Some(Self::Class(class)),
        }
    }

    /// The next class, or the next image, or the one before, of as many as `classes` has images.
    #[must_use]
    pub fn turned(self, forward: bool, classes: &[Arc<ClassImages>]) -> Self {
        let turn = |at: usize, of: usize| match (forward, of) {
            (_, 0) => 0,
            (true, of) => (at + 1) % of,
            (false, of) => (at + of - 1) % of,
        };
        match self {
            Self::All => Self::All,
            Self::Class(class) => Self::Class(turn(class, classes.len())),
            Self::Image(class, image) => {
                let images = classes.get(class).map_or(0, |class| class.images.len());
                Self::Image(class, turn(image, images))
            }
        }
    }

    /// The strips of a picture.
    pub fn strips(self, classes: &[Arc<ClassImages>]) -> Vec<Strip> {
        let single = |class: usize, place: usize, image: &RgbImage| Strip {
            class,
            image: Some(place),
            images: Arc::new(ClassImages::new(vec![image.clone()])),
        };
        let images = |class: usize| classes.get(class).into_iter().flat_map(|of| &of.images);
        match self {
            Self::All => {
                let strips = classes.iter().enumerate().map(|(class, images)| Strip {
                    class,
                    image: None,
                    images: Arc::clone(images),
                });
                strips.collect()
            }
            Self::Class(class) => {
                let images = images(class).enumerate();
                images.map(|(place, image)| single(class, place, image)).collect()
            }
            Self::Image(class, place) => {
                let image = images(class).nth(place);
                image.map(|image| single(class, place, image)).into_iter().collect()
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn classes() -> Vec<Arc<ClassImages>> {
        let class = |value: u8| {
            let image = |at: u8| RgbImage::from_pixel(2, 2, image::Rgb([value, at, 0]));
            Arc::new(ClassImages::new((0..3).map(image).collect()))
        };
        vec![class(1), class(2)]
    }

    #[test]
    fn one_looks_closer_step_by_step_and_back() {
        let classes = classes();
        let all = Closeness::All;
        assert_eq!(all.strips(&classes).len(), 2);
        let class = all.closer(1);
        let strips = class.strips(&classes);
        assert_eq!((class, strips.len(), strips[2].image), (Closeness::Class(1), 3, Some(2)));
        let image = class.closer(0).turned(false, &classes);
        assert_eq!(image, Closeness::Image(1, 2));
        let strips = image.strips(&classes);
        assert_eq!(strips[0].images.images[0].get_pixel(0, 0).0, [2, 2, 0]);
        assert_eq!(image.closer(0), all);
        assert_eq!(image.farther().and_then(Closeness::farther), Some(all));
        assert_eq!(all.farther(), None);
    }

    #[test]
    fn turning_goes_round_and_survives_an_empty_picture() {
        assert_eq!(Closeness::Class(1).turned(true, &classes()), Closeness::Class(0));
        assert_eq!(Closeness::Image(7, 0).turned(true, &classes()), Closeness::Image(7, 0));
        assert!(Closeness::Image(7, 0).strips(&classes()).is_empty());
        assert_eq!(Closeness::Class(3).turned(false, &[]), Closeness::Class(0));
    }
}
