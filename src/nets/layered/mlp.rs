//! MLP: two hidden layers of 128 (reference section 3.1).

use crate::spec::Norm;

use super::builder::Builder;

/// Everything before the classifier.
pub fn layers(images: Builder, _: Norm) -> Builder {
    images.flatten().linear(128).relu().linear(128).relu()
}
