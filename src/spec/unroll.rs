//! What dataset distillation needs to be told: the inner training that it looks through, and how it learns
//! (reference section 5.6).

use serde::{Deserialize, Serialize};

use super::choices::Start;

/// The section `[unroll]`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct UnrollSpec {
    /// Groups that the images of a class are spread over, one for each inner step; 0 for one image per group.
    pub groups: usize,
    /// How often the groups are gone through.
    pub epochs: usize,
    /// The step sizes before they are learned.
    pub rate: f64,
    /// Learning rate of images and step sizes (Adam).
    pub lr: f64,
    /// That rate halves from each of so many equal parts of the run to the next.
    pub lr_levels: usize,
    /// Real images of all classes together in an update.
    pub outer_batch: usize,
    /// Which networks the images are made for.
    pub start: Start,
    /// Trained networks to draw from, where they are.
    pub pool: usize,
    /// Networks whose gradients are averaged in an update.
    pub networks: usize,
}

impl Default for UnrollSpec {
    /// The published values.
    fn default() -> Self {
        Self {
            groups: 0,
            epochs: 3,
            rate: 0.02,
            lr: 0.01,
            lr_levels: 10,
            outer_batch: 1024,
            start: Start::Fresh,
            pool: 4,
            networks: 1,
        }
    }
}
