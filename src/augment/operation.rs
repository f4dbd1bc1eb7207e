//! One operation with its parameters: what a token of a strategy becomes once it is drawn.

use burn::tensor::Tensor;
use rand::Rng;

use super::{
    brightness, contrast, crop,
    crop::Translation,
    cutout,
    cutout::Centre,
    flip,
    parameters::{Parameters, Sets},
    rotate, saturation, scale,
    scale::Factors,
};
use crate::spec::Token;

/// A differentiable operation on images, complete with its numbers.
#[derive(Debug, Clone, PartialEq)]
pub enum Operation {
    /// Added to all values.
    Brightness(Parameters<f64>),
    /// Factor on each pixel's distance from its mean over the channels.
    Saturation(Parameters<f64>),
    /// Factor on each value's distance from the image's mean.
    Contrast(Parameters<f64>),
    /// Move by whole pixels.
    Crop(Parameters<Translation>),
    /// Centre of the block that is set to zero.
    Cutout(Parameters<Centre>),
    /// Whether mirrored.
    Flip(Parameters<bool>),
    /// Factors of the sampling grid.
    Scale(Parameters<Factors>),
    /// Angle in degrees.
    Rotate(Parameters<f64>),
}

impl Operation {
    /// Draws the parameters of a token's operations, for images of `[height, width]`: three operations
    /// for the colour token, one for every other.
    pub(super) fn draw(
        token: Token,
        sets: Sets,
        size: [usize; 2],
        rng: &mut impl Rng,
    ) -> Vec<Self> {
        match token {
            Token::Color => vec![
                Self::Brightness(Parameters::draw(sets, || brightness::draw(rng))),
                Self::Saturation(Parameters::draw(sets, || saturation::draw(rng))),
                Self::Contrast(Parameters::draw(sets, || contrast::draw(rng))),
            ],
            Token::Crop => vec![Self::Crop(Parameters::draw(sets, || crop::draw(size, rng)))],
            Token::Cutout => vec![Self::Cutout(Parameters::draw(sets, || cutout::draw(size, rng)))],
            Token::Flip => vec![Self::Flip(Parameters::draw(sets, || flip::draw(rng)))],
            Token::Scale => vec![Self::Scale(Parameters::draw(sets, || scale::draw(rng)))],
            Token::Rotate => vec![Self::Rotate(Parameters::draw(sets, || rotate::draw(rng)))],
        }
    }

    /// Images `[n, c, h, w]` in, the same shape out; differentiable in the images.
    pub(super) fn apply(&self, images: Tensor<4>, align_corners: bool) -> Tensor<4> {
        match self {
            Self::Brightness(shift) => brightness::apply(images, shift),
            Self::Saturation(factor) => saturation::apply(images, factor),
            Self::Contrast(factor) => contrast::apply(images, factor),
            Self::Crop(by) => crop::apply(images, by),
            Self::Cutout(centres) => cutout::apply(images, centres),
            Self::Flip(mirrored) => flip::apply(images, mirrored),
            Self::Scale(factors) => scale::apply(images, factors, align_corners),
            Self::Rotate(degrees) => rotate::apply(images, degrees, align_corners),
        }
    }
}
