//! What a measurement found, as figures that a script can read.

use serde::{Deserialize, Serialize};

use super::{
    case::{Case, Subject},
    peak::Peak,
    spread::Spread,
};
use crate::condense::Part;

/// Everything that was measured of a case.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Report {
    /// Name and version of the program.
    pub program: String,
    /// The first thing that was asked for.
    #[serde(flatten)]
    pub headline: Headline,
    /// In the words of a spec, as it was chosen: `cpu`, `gpu:0`.
    pub device: String,
    /// The device's own name.
    pub device_name: String,
    /// The most that the device can compute.
    pub peak: Peak,
    /// Iterations of the outer loop.
    pub condense: Option<Iterations>,
    /// The real batches without a gradient.
    pub forward: Option<Iterations>,
    /// Training from scratch.
    pub evaluate: Option<Evaluation>,
    /// Memory of process and device.
    pub memory: Memory,
    /// What was measured.
    pub case: Case,
}

/// What other programs are asked for as well, under these names.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Headline {
    /// Of iterations: the medians.
    Iteration {
        /// Wall time.
        seconds_per_iteration: f64,
        /// Processor time, all threads together.
        cpu_seconds_per_iteration: f64,
    },
    /// Of an evaluation with one network.
    Epoch {
        /// Wall time.
        seconds_per_epoch: f64,
        /// Processor time, all threads together.
        cpu_seconds_per_epoch: f64,
    },
}

/// Iterations, repeated.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Iterations {
    /// Wall time of one.
    pub seconds: Spread,
    /// Wall time of each, in order.
    pub each_seconds: Vec<f64>,
    /// Processor time of one, all threads together: the median. It is disturbed least by other programs.
    pub cpu_seconds: f64,
    /// Images that one shows the network.
    pub images: u64,
    /// The same in a second.
    pub images_per_second: f64,
    /// 10⁹ floating-point operations of the network passes of one, as [`Flops`](crate::nets::Flops) counts
    /// them.
    pub gflop: f64,
    /// The same in a second of the whole.
    pub gflops: f64,
    /// The same as a share of the peak; above 1 where kernels get by with fewer operations than are counted.
    pub share_of_peak: f64,
    /// The share of the time that a graphics card was busy with it, as its driver counts it; none where it does not
    /// tell, and of less than a second.
    #[serde(default)]
    pub device_busy: Option<f64>,
    /// Where the time goes.
    pub parts: Vec<PartTime>,
}

/// A part of an iteration.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PartTime {
    /// Which.
    pub part: Part,
    /// Seconds of one iteration, on average.
    pub seconds: f64,
    /// The share of all parts together, 0 to 1.
    pub share: f64,
    /// 10⁹ floating-point operations of its network passes; none where it has none.
    pub gflop: Option<f64>,
    /// The same in a second.
    pub gflops: Option<f64>,
    /// The same as a share of the peak.
    pub share_of_peak: Option<f64>,
}

/// Training from scratch on the synthetic set.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Evaluation {
    /// Images that are trained on: those of an epoch.
    pub images: usize,
    /// Epochs that were timed.
    pub epochs: usize,
    /// One network.
    pub one: Training,
    /// Several, in the order and the groups of a run.
    pub several: Option<Training>,
    /// Wall time of testing one network on a thousand images.
    pub seconds_per_1000_test_images: f64,
}

/// What the training of some networks takes.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Training {
    /// How many.
    pub networks: usize,
    /// Wall time in which each of them trains one epoch.
    pub seconds_per_epoch: f64,
    /// The same for a thousand.
    pub seconds_per_1000_epochs: f64,
    /// Processor time, all threads together, in which each of them trains a thousand epochs.
    pub cpu_seconds_per_1000_epochs: f64,
    /// Images in a second, all networks together.
    pub images_per_second: f64,
    /// 10⁹ floating-point operations of the network passes in a second.
    pub gflops: f64,
    /// The same as a share of the peak.
    pub share_of_peak: f64,
}

/// Memory at its fullest.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Memory {
    /// The most that the process ever held.
    pub process_bytes: u64,
    /// What of it are the random images, which stand for a data set.
    pub data_bytes: u64,
    /// What the device's allocator holds in the end, where it says: it keeps what it once took.
    pub device_bytes: Option<u64>,
}

impl Report {
    /// 10⁹ floating-point operations of the network passes that the headline is about.
    pub fn gflop(&self) -> f64 {
        let found = match self.case.measure.first() {
            Some(Subject::Condense) => self.condense.as_ref().map(|found| found.gflop),
            Some(Subject::Forward) => self.forward.as_ref().map(|found| found.gflop),
            Some(Subject::Evaluate) => {
                self.evaluate.as_ref().map(|found| found.one.gflops * found.one.seconds_per_epoch)
            }
            None => None,
        };
        found.unwrap_or(f64::NAN)
    }
}

impl Headline {
    /// The key of the wall time. That of the processor time has `cpu_` before it.
    pub const fn key(&self) -> &'static str {
        match self {
            Self::Iteration { .. } => "seconds_per_iteration",
            Self::Epoch { .. } => "seconds_per_epoch",
        }
    }

    /// Wall time.
    pub const fn seconds(&self) -> f64 {
        match self {
            Self::Iteration { seconds_per_iteration: seconds, .. }
            | Self::Epoch { seconds_per_epoch: seconds, .. } => *seconds,
        }
    }

    /// Processor time.
    pub const fn cpu_seconds(&self) -> f64 {
        match self {
            Self::Iteration { cpu_seconds_per_iteration: seconds, .. }
            | Self::Epoch { cpu_seconds_per_epoch: seconds, .. } => *seconds,
        }
    }
}

impl From<&Iterations> for Headline {
    fn from(found: &Iterations) -> Self {
        Self::Iteration {
            seconds_per_iteration: found.seconds.median,
            cpu_seconds_per_iteration: found.cpu_seconds,
        }
    }
}

impl From<&Evaluation> for Headline {
    fn from(Evaluation { one, .. }: &Evaluation) -> Self {
        Self::Epoch {
            seconds_per_epoch: one.seconds_per_epoch,
            cpu_seconds_per_epoch: one.cpu_seconds_per_1000_epochs / 1000.0,
        }
    }
}
