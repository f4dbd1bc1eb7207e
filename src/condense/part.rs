//! The parts that an iteration's time goes into, and who is told when one of them is through.
//!
//! The methods know no clock. They say where they are, and whoever measures them listens.

use std::fmt;

use serde::{Deserialize, Serialize};

/// A part of an iteration, in the order in which they come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Part {
    /// A fresh network, and what batch normalisation takes from real images before it is frozen.
    FreshNetwork,
    /// Real images drawn, normalised and brought to the device.
    RealData,
    /// Both sides augmented; the way back to the pixels is part of the image gradient.
    Augmentation,
    /// The gradient of the real batch.
    RealGradient,
    /// The gradient of the synthetic images' loss in the parameters.
    SyntheticGradient,
    /// The distance of the two, and its direction.
    Distance,
    /// The gradient of the distance in the pixels: with tangents forward, then back.
    ImageGradient,
    /// Distances brought to the host and checked: what waits for the device.
    ReadBack,
    /// The step of the pixels.
    ImageUpdate,
    /// The network trained on the synthetic images before the next step.
    InnerTraining,
    /// Real images through the network without a gradient.
    Forward,
    /// The gradient of the real loss in the labels: with tangents forward, or through a regression.
    LabelGradient,
}

impl Part {
    /// Every part.
    pub const ALL: [Self; 12] = [
        Self::FreshNetwork,
        Self::RealData,
        Self::Augmentation,
        Self::RealGradient,
        Self::SyntheticGradient,
        Self::Distance,
        Self::ImageGradient,
        Self::ReadBack,
        Self::ImageUpdate,
        Self::InnerTraining,
        Self::Forward,
        Self::LabelGradient,
    ];

    /// What it is called in prose.
    pub const fn label(self) -> &'static str {
        match self {
            Self::FreshNetwork => "fresh network",
            Self::RealData => "real data",
            Self::Augmentation => "augmentation",
            Self::RealGradient => "real gradient",
            Self::SyntheticGradient => "synthetic gradient",
            Self::Distance => "distance",
            Self::ImageGradient => "image gradient",
            Self::ReadBack => "read-back",
            Self::ImageUpdate => "image update",
            Self::InnerTraining => "inner training",
            Self::Forward => "forward pass",
            Self::LabelGradient => "label gradient",
        }
    }
}

/// Whoever is told when a part is through.
pub trait Watch: fmt::Debug {
    /// All work since the call before was this part's.
    fn lap(&self, part: Part);
}

/// Nobody.
impl Watch for () {
    fn lap(&self, _: Part) {}
}
