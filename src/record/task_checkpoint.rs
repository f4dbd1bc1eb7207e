//! The state that a run over several tasks goes on from: the network behind the last task that it has learned, and
//! what has been measured. The memories lie in folders of their own.

use std::path::Path;

use serde::{Deserialize, Serialize};

use super::{
    event::Evaluation,
    tensor_file::{self, Array, TensorFileError},
};

/// A run between two tasks, or between two networks that are scored behind one.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct TaskCheckpoint {
    /// Where the run stands.
    pub place: TaskPlace,
    /// Parameters and running statistics of the network that goes from task to task, each as one flat list; none
    /// before the first task, and where networks are trained from scratch.
    pub network: Option<(Vec<f32>, Vec<f32>)>,
}

/// Where a run over several tasks stands.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct TaskPlace {
    /// Tasks learned and scored.
    pub learned: u64,
    /// Of every network that has been scored behind the next task, the test images of each task that it has right.
    pub correct: Vec<Vec<u64>>,
    /// What was found behind each task learned.
    pub evaluations: Vec<Evaluation>,
    /// Wall time of the run so far, over all its workers.
    pub used_secs: f64,
    /// The spec as TOML; a checkpoint of another spec is not gone on from.
    pub spec: String,
}

impl TaskCheckpoint {
    /// Writes the checkpoint over the one before, which stands until the new one is whole.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn write(&self, path: &Path) -> Result<(), TensorFileError> {
        if let Some(folder) = path.parent() {
            super::atomic::create_folder(folder)?;
        }
        let flat = |name: &str, values: &[f32]| Array::f32(name, &[values.len()], values.to_vec());
        let arrays = match &self.network {
            Some((parameters, statistics)) => {
                vec![flat("parameters", parameters), flat("statistics", statistics)]
            }
            None => Vec::new(),
        };
        tensor_file::write(path, &self.place, &arrays)
    }

    /// Reads a checkpoint.
    ///
    /// # Errors
    /// When it cannot be read, or is damaged.
    pub fn read(path: &Path) -> Result<Self, TensorFileError> {
        let (place, mut arrays): (TaskPlace, _) = tensor_file::read(path)?;
        if arrays.is_empty() {
            return Ok(Self { place, network: None });
        }
        let (_, parameters) = tensor_file::take_f32(path, &mut arrays, "parameters")?;
        let (_, statistics) = tensor_file::take_f32(path, &mut arrays, "statistics")?;
        Ok(Self { place, network: Some((parameters, statistics)) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_checkpoint_comes_back_bit_for_bit() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("checkpoint").join("tasks.safetensors");
        for network in [None, Some((vec![1.0 / 3.0, -0.0], vec![]))] {
            let place = TaskPlace { learned: 2, correct: vec![vec![3, 4]], ..TaskPlace::default() };
            let checkpoint = TaskCheckpoint { place, network };
            checkpoint.write(&path).unwrap();
            assert_eq!(TaskCheckpoint::read(&path).unwrap(), checkpoint);
        }
    }
}
