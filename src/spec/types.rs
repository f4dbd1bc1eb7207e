//! The resolved spec: every number a run depends on, with nothing left to a default.
//!
//! Serialised as TOML it is the `spec.toml` of a run folder; the same text gives the same run.

use serde::{Deserialize, Serialize};

use super::choices::{
    Activation, Architecture, DeviceChoice, Distance, EvaluationAugmentation, Fit, Init, Method,
    Mode, Norm, Pooling, Precision, Sharing, Strategy,
};
use super::continual::ContinualSpec;
use super::image_size::ImageSize;
use super::label_learning::LabelSpec;
use super::networks::Networks;
use super::unroll::UnrollSpec;

/// One condensation experiment, complete.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Spec {
    /// A label for people; empty means that lists show method, data set and images per class.
    pub name: String,
    /// How the synthetic set is learned.
    pub method: Method,
    /// Synthetic images per class.
    pub ipc: usize,
    /// What the synthetic images start from.
    pub init: Init,
    /// The root of all randomness of the run.
    pub seed: u64,
    /// Where to run.
    pub device: DeviceChoice,
    /// Memory of its device that it is to have for itself, in GiB; 0 where that is not declared.
    #[serde(default)]
    pub memory: f64,
    /// What is condensed.
    pub data: DataSpec,
    /// The network that is matched and evaluated.
    pub network: NetworkSpec,
    /// The outer and inner loop.
    pub condense: CondenseSpec,
    /// Augmentation while matching and in the inner loop.
    pub augment: AugmentSpec,
    /// Dataset distillation.
    pub unroll: UnrollSpec,
    /// Label distillation.
    pub labels: LabelSpec,
    /// The network on the whole data set that coresets are chosen with.
    pub coreset: CoresetSpec,
    /// Training from scratch on the synthetic set.
    pub evaluate: EvaluateSpec,
    /// Tasks that are learned one after the other.
    pub continual: ContinualSpec,
    /// What is written how often.
    pub record: RecordSpec,
}

/// Which real data set is condensed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DataSpec {
    /// The registered name, such as `mnist-5k` or `cifar10`.
    pub set: String,
    /// The folder or archive it is read from; empty means where `data import` put it.
    pub path: String,
    /// The size that its images are brought to.
    #[serde(default)]
    pub size: ImageSize,
    /// How they are brought to it.
    #[serde(default = "crop")]
    pub fit: Fit,
    /// Channels that they are brought to, 1 or 3; 0 means those they have.
    #[serde(default)]
    pub channels: usize,
}

/// How images are fitted by a spec that does not say it, such as one from before it could.
const fn crop() -> Fit {
    Fit::Crop
}

/// A network of the reference's section 3. Its name in the papers is what it prints as.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NetworkSpec {
    /// What kind of network. Width, depth, activation and pooling are to be chosen in a `ConvNet` only.
    pub architecture: Architecture,
    /// Channels of every convolution.
    pub width: usize,
    /// Number of blocks.
    pub depth: usize,
    /// Activation of every block.
    pub activation: Activation,
    /// Normalisation of every block.
    pub norm: Norm,
    /// Pooling of every block.
    pub pooling: Pooling,
}

/// Loops and optimisers of gradient matching (reference sections 1.1, 1.2 and 1.5).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CondenseSpec {
    /// Fresh networks met, one after the other.
    pub iterations: usize,
    /// Image updates on one network.
    pub outer_steps: usize,
    /// Epochs the network trains on the synthetic set between two image updates.
    pub inner_epochs: usize,
    /// Real images per class and update.
    pub real_batch: usize,
    /// Synthetic images per inner training step.
    pub train_batch: usize,
    /// Learning rate of the pixels.
    pub image_lr: f64,
    /// Momentum of the pixels' optimiser.
    pub image_momentum: f64,
    /// Learning rate of the network in the inner loop.
    pub network_lr: f64,
    /// The matching distance.
    pub distance: Distance,
    /// How the products behind gradients of real batches are computed; all else is in single precision.
    pub real_precision: Precision,
}

/// Differentiable augmentation (reference section 2).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AugmentSpec {
    /// The tokens to draw from.
    pub strategy: Strategy,
    /// One token a batch or all of them.
    pub mode: Mode,
    /// Who shares parameters while matching.
    pub sharing: Sharing,
    /// The bilinear sampler's corner convention: true is that of torch 1.2.
    pub align_corners: bool,
}

/// Training of a network on the whole data set, for its embedding (herding, K-Center) and for what it
/// forgets (reference section 5). It is done once for each data set, network, seed and these values.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CoresetSpec {
    /// Epochs.
    pub epochs: usize,
    /// Images per training step.
    pub batch: usize,
    /// Learning rate.
    pub lr: f64,
    /// Momentum.
    pub momentum: f64,
}

/// Training from scratch on the synthetic set (reference section 1.8).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EvaluateSpec {
    /// Iterations between evaluations; 0 means only at the end.
    pub every: usize,
    /// Fresh networks trained at each evaluation.
    pub networks: usize,
    /// Index of the last training epoch (one more epoch than this is run, as in the reference).
    pub epochs: usize,
    /// Images per training step.
    pub batch: usize,
    /// Learning rate; a tenth of it in the second half.
    pub lr: f64,
    /// Momentum.
    pub momentum: f64,
    /// Weight decay.
    pub weight_decay: f64,
    /// How training batches are augmented.
    pub augmentation: EvaluationAugmentation,
    /// Whether randomly drawn real images are scored the same way, as the line to beat.
    pub random_baseline: bool,
    /// Other networks that the finished set is evaluated on.
    pub also_on: Networks,
}

/// How much a run writes down.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RecordSpec {
    /// Iterations between pictures of the synthetic set; 0 means only first and last.
    pub snapshot_every: usize,
    /// Iterations between checkpoints; 0 leaves it to the time alone.
    pub checkpoint_every: usize,
    /// Seconds after which a checkpoint is due in any case, even within an iteration; 0 for never.
    pub checkpoint_secs: u64,
}

impl Spec {
    /// The label for lists: the name, or method, data set and images per class.
    pub fn title(&self) -> String {
        if self.name.is_empty() {
            let what = self.continual.title(&self.data.set);
            format!("{} {what} ipc {}", self.method, self.ipc)
        } else {
            self.name.clone()
        }
    }

    /// The text that a run folder keeps and that gives the same run again.
    pub fn to_toml(&self) -> String {
        // Every type in here serialises: plain tables of numbers and words.
        toml::to_string_pretty(self).unwrap_or_default()
    }
}
