//! The state that a run goes on from: everything that later steps depend on and that chance and the
//! spec do not give again.
//!
//! Randomness is not in it: every draw is named by seed, purpose and place (see [`crate::random`]).

use std::{collections::BTreeMap, path::Path};

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{
    event::Evaluation,
    tensor_file::{self, Array, TensorFileError, Values},
};

/// A run between two updates of its set.
#[derive(Debug, Clone, PartialEq)]
pub struct Checkpoint {
    /// Where the run stands.
    pub place: Place,
    /// The synthetic images, normalised, row-major.
    pub images: Vec<f32>,
    /// What else the method keeps from update to update, such as `momentum`, `parameters` or `labels`: flat
    /// lists by their names.
    pub learner: BTreeMap<String, Vec<f32>>,
}

/// Where a run stands, and what it has measured on the way there.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Place {
    /// Iterations done.
    pub iteration: u64,
    /// Outer steps done in the iteration that has begun.
    pub outer_step: u64,
    /// The matching distance of each class, summed over those outer steps; a single loss for methods that
    /// learn from all classes together.
    pub distances: Vec<f64>,
    /// The last inner training loss in the iteration that has begun.
    pub inner_loss: Option<f64>,
    /// Seconds spent in the iteration that has begun.
    pub iteration_secs: f64,
    /// Wall time of all iterations so far.
    pub condense_secs: f64,
    /// Wall time of the run so far, over all its workers.
    pub used_secs: f64,
    /// The real images that a coreset's rule has chosen, class by class; none before it has.
    #[serde(default)]
    pub coreset: Vec<u64>,
    /// Finished evaluations of the latest set, and the random baseline.
    pub evaluations: Vec<Evaluation>,
    /// Accuracies of the evaluation that has begun.
    pub accuracies: Vec<f64>,
    /// What the method knows beside its numbers, in its own words.
    #[serde(default, skip_serializing_if = "Value::is_null")]
    pub learner: Value,
    /// Seconds spent in it.
    #[serde(default)]
    pub evaluation_secs: f64,
    /// The spec as TOML; a checkpoint of another spec is not gone on from.
    pub spec: String,
}

impl Checkpoint {
    /// Writes the checkpoint over the one before, which stands until the new one is whole.
    pub fn write(&self, path: &Path) -> Result<(), TensorFileError> {
        if let Some(folder) = path.parent() {
            super::atomic::create_folder(folder)?;
        }
        let flat =
            |name: &str, values: &Vec<f32>| Array::f32(name, &[values.len()], values.clone());
        let mut arrays = vec![flat("images", &self.images)];
        arrays.extend(self.learner.iter().map(|(name, values)| flat(name, values)));
        tensor_file::write(path, &self.place, &arrays)
    }

    /// Reads a checkpoint.
    pub fn read(path: &Path) -> Result<Self, TensorFileError> {
        let (place, mut arrays): (Place, _) = tensor_file::read(path)?;
        let (_, images) = tensor_file::take_f32(path, &mut arrays, "images")?;
        let flat = |array: Array| match array.values {
            Values::F32(values) => Some((array.name, values)),
            Values::I64(_) => None,
        };
        Ok(Self { place, images, learner: arrays.into_iter().filter_map(flat).collect() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_checkpoint_comes_back_bit_for_bit() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("checkpoint").join("latest.safetensors");
        let momentum = ("momentum".to_owned(), vec![-0.0; 6]);
        let parameters = ("parameters".to_owned(), vec![0.1, 0.2]);
        for learner in [vec![momentum.clone()], vec![momentum, parameters]] {
            let checkpoint = Checkpoint {
                place: Place {
                    iteration: 3,
                    distances: vec![0.1 + 0.2],
                    learner: serde_json::json!({ "lowest": 0.1 }),
                    ..Place::default()
                },
                images: vec![1.0 / 3.0; 6],
                learner: learner.into_iter().collect(),
            };
            checkpoint.write(&path).unwrap();
            let back = Checkpoint::read(&path).unwrap();
            assert_eq!(back, checkpoint);
            assert!(back.learner["momentum"][0].is_sign_negative());
        }
    }
}
