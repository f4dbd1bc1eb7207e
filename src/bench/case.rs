//! What is measured: a spec, the data it is to meet, and how often.

use serde::{Deserialize, Serialize};

use crate::{data::registry::ImageShape, spec::Spec};

/// A thing that takes time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, clap::ValueEnum)]
#[serde(rename_all = "snake_case")]
pub enum Subject {
    /// Iterations of the outer loop, part by part
    Condense,
    /// The real batches of all classes through the network, without a gradient
    Forward,
    /// Training from scratch on the synthetic set, one network and several
    Evaluate,
}

/// A measurement, complete: a process needs no more to do it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Case {
    /// Method, network, images per class, batches, loops, device.
    pub spec: Spec,
    /// Channels, height and width of the random images.
    pub shape: ImageShape,
    /// Their classes.
    pub classes: usize,
    /// Threads of the CPU.
    pub threads: usize,
    /// What is measured, in this order.
    pub measure: Vec<Subject>,
    /// Iterations that count.
    pub iterations: usize,
    /// Iterations before them.
    pub warmup: usize,
    /// Epochs of each evaluation network, after one to warm up.
    pub evaluation_epochs: usize,
    /// Evaluation networks, the first of which is also told by itself.
    pub evaluation_networks: usize,
}
