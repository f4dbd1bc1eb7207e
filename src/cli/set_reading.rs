//! What a command that reads a synthetic set may be told about the file, and what it says before it uses it.

use std::path::{Path, PathBuf};

use clap::ValueEnum;

use super::failure::Failure;
use crate::record::{
    exchange::{self, Found, Options, SpaceWish},
    labels::Meaning,
};

/// What a user says about a file that does not say it itself.
#[derive(Debug, clap::Args)]
pub struct Reading {
    /// What the pixels are: normalised, normalised:DATASET, normalised:MEAN,…/STD,…, unit, whitened, unknown
    #[arg(long, value_name = "SPACE")]
    space: Option<SpaceWish>,
    /// The file of the labels, where it is not beside the images under the same name
    #[arg(long, value_name = "FILE")]
    labels: Option<PathBuf>,
    /// What soft labels are
    #[arg(long, value_name = "WHAT")]
    label_values: Option<LabelValues>,
    /// Which experiment of a file with several, from 1 [default: the last one]
    #[arg(long, value_name = "N")]
    experiment: Option<usize>,
    /// Take every image apart into N x N smaller ones, enlarged (IDC)
    #[arg(long, value_name = "N")]
    factor: Option<usize>,
}

/// What soft labels are, as it is typed.
#[derive(Debug, Clone, Copy, ValueEnum)]
enum LabelValues {
    Probabilities,
    Logits,
    Regression,
}

impl Reading {
    /// Reads the set at `path`.
    pub fn read(&self, path: &Path) -> Result<Found, Failure> {
        let meaning = self.label_values.map(|values| match values {
            LabelValues::Probabilities => Meaning::Probabilities,
            LabelValues::Logits => Meaning::Logits,
            LabelValues::Regression => Meaning::Regression,
        });
        let options = Options {
            space: self.space.clone(),
            labels: self.labels.clone(),
            meaning,
            experiment: self.experiment,
            factor: self.factor,
        };
        Ok(exchange::read(path, &options)?)
    }
}

/// The sentence on what a file is taken for, and why.
pub fn taken_for(path: &Path, found: &Found) -> String {
    let (kind, space) = (found.kind.words(), &found.set.about.space);
    format!(
        "{} is read as {kind}; its pixels are taken as {space}, because {}",
        path.display(),
        found.reason
    )
}
