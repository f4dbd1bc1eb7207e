//! A data set in memory: what it is, and its images to train and to test on.

use serde::Serialize;

use super::registry::{Entry, ImageShape};
use super::split::Split;

/// A data set that has been read.
#[derive(Debug, Clone, PartialEq)]
pub struct DataSet {
    /// What it is.
    pub info: SetInfo,
    /// The images that are condensed.
    pub train: Split,
    /// The images that networks are scored on.
    pub test: Split,
}

/// What a data set is, apart from its images.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct SetInfo {
    /// The name used in specs.
    pub name: String,
    /// The name used in prose.
    pub title: String,
    /// Channels, height and width.
    pub shape: ImageShape,
    /// What the classes are called, in label order.
    pub classes: Vec<String>,
    /// How pixels become network input.
    pub normalisation: Normalisation,
}

/// Mean and standard deviation of each channel, of pixels in 0 to 1: networks see (x - mean) / std.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Normalisation {
    /// Mean of each channel.
    pub mean: Vec<f32>,
    /// Standard deviation of each channel.
    pub std: Vec<f32>,
}

impl From<&Entry> for SetInfo {
    fn from(entry: &Entry) -> Self {
        Self {
            name: entry.name.to_owned(),
            title: entry.title.to_owned(),
            shape: entry.shape,
            classes: entry.classes.iter().map(|class| (*class).to_owned()).collect(),
            normalisation: Normalisation { mean: entry.mean.to_vec(), std: entry.std.to_vec() },
        }
    }
}
