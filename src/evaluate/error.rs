//! Why networks could not be scored.

use thiserror::Error;

/// Why networks could not be scored. Networks count from 0 here and from 1 in sentences.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum EvaluationError {
    /// Training diverged.
    #[error(
        "the training loss of network {} is not finite in epoch {epoch}, so it has no accuracy; a \
         smaller evaluate.lr may help, or the images themselves hold no numbers", .network + 1
    )]
    NonFiniteLoss {
        /// Index of the network.
        network: u64,
        /// Index of the first epoch with such a loss.
        epoch: usize,
    },
    /// A trained network answers with infinity or no number.
    #[error(
        "the logits of network {}, trained, are not finite, so it has no accuracy; a smaller \
         evaluate.lr may help, or the test images themselves hold no numbers", .network + 1
    )]
    NonFiniteLogits {
        /// Index of the network.
        network: u64,
    },
    /// Training on the whole data set diverged.
    #[error(
        "training on the whole data set diverged in epoch {epoch}; a smaller coreset.lr may help, or \
         the images themselves hold no numbers"
    )]
    WholeSetDiverged {
        /// Index of the epoch.
        epoch: usize,
    },
    /// Training on a task diverged. Tasks count from 0 here and from 1 in sentences.
    #[error(
        "training on task {} diverged in epoch {epoch}; a smaller continual.lr may help, or the images \
         themselves hold no numbers", .task + 1
    )]
    TaskDiverged {
        /// Index of the task.
        task: u64,
        /// Index of the epoch.
        epoch: usize,
    },
    /// There is nothing to train on.
    #[error("there is no image to train on")]
    NoImages,
    /// The device failed while something was copied from it.
    #[error("the device cannot be read any more: {reason}")]
    Device {
        /// What the device said.
        reason: String,
    },
}
