//! Everything of a synthetic set but its numbers, as one JSON object that every format carries.
//!
//! With it a file says by itself what its pixels, labels and rates are. Version 1 knew normalised pixels
//! and hard labels only; its files read as before.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{
    labels::{Labels, Meaning},
    steps::Steps,
    synthetic_set::{About, SyntheticSet},
};

/// The header of a stored set.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Header {
    /// What is known about the set.
    #[serde(flatten)]
    pub about: About,
    /// What its labels are.
    #[serde(default)]
    pub labels: LabelForm,
    /// The learned step sizes, if it has any.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub steps: Option<Steps>,
}

/// What the stored labels are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(tag = "form", rename_all = "snake_case")]
pub enum LabelForm {
    /// One class per image.
    #[default]
    Hard,
    /// One row per image.
    Soft {
        /// What the values are.
        values: Meaning,
    },
}

/// Labels as a format holds them, before the header says what they are.
#[derive(Debug, Clone, PartialEq)]
pub enum StoredLabels {
    /// `[images]`.
    Whole(Vec<i64>),
    /// `[images, columns]`.
    Rows {
        /// The values.
        values: Vec<f32>,
        /// Values per image.
        columns: usize,
    },
}

impl Header {
    /// The header of `set`.
    pub fn of(set: &SyntheticSet) -> Self {
        let labels = match &set.labels {
            Labels::Hard(_) => LabelForm::Hard,
            Labels::Soft { meaning, .. } => LabelForm::Soft { values: *meaning },
        };
        Self { about: set.about.clone(), labels, steps: set.steps.clone() }
    }

    /// Reads a header of any version up to this one.
    ///
    /// # Errors
    /// A sentence, if it is the header of something else, or of a newer version.
    pub fn parse(header: Value) -> Result<Self, String> {
        if header.get("format").and_then(Value::as_str) != Some(About::FORMAT) {
            return Err("it holds something other than a synthetic set".to_owned());
        }
        match header.get("version").and_then(Value::as_u64) {
            Some(version) if version > u64::from(About::VERSION) => {
                return Err(
                    "it was written by a newer version of stillroom: update to read it".to_owned()
                );
            }
            Some(_) => {}
            None => return Err("its header does not say its version".to_owned()),
        }
        serde_json::from_value(header).map_err(|error| format!("its header is damaged: {error}"))
    }

    /// The set with this header.
    ///
    /// # Errors
    /// A sentence, if header, images and labels contradict each other.
    pub fn join(
        self,
        images: Vec<f32>,
        shape: &[usize],
        labels: StoredLabels,
    ) -> Result<SyntheticSet, String> {
        let shape = shape.try_into().map_err(|_| "`images` does not have four dimensions")?;
        let labels = match (labels, self.labels) {
            (StoredLabels::Whole(labels), LabelForm::Hard) => Labels::Hard(labels),
            (StoredLabels::Rows { values, columns }, LabelForm::Soft { values: meaning }) => {
                Labels::Soft { values, classes: columns, meaning }
            }
            (StoredLabels::Whole(_), LabelForm::Soft { .. }) => {
                return Err(
                    "`labels` holds a class per image, not the soft labels it speaks of".to_owned()
                );
            }
            (StoredLabels::Rows { .. }, LabelForm::Hard) => {
                return Err("`labels` does not hold one whole number per image".to_owned());
            }
        };
        let set = SyntheticSet { images, shape, labels, steps: self.steps, about: self.about };
        set.check()?;
        // What was read is of the version that it would be written as.
        Ok(SyntheticSet { about: About { version: About::VERSION, ..set.about }, ..set })
    }
}
