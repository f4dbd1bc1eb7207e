//! What batch normalisation knows about its inputs, and who decides whether it learns more.
//!
//! A network in training mode normalises with the statistics of the batch before it and moves its running
//! statistics a tenth of the way there; while gradients are matched the running ones are frozen and used
//! instead (reference section 1.5 a). Other normalisations have no statistics: their list is empty.

use burn::tensor::{DType, Device, Tensor};

/// The share of a new batch in the running statistics (`PyTorch`'s default).
const MOMENTUM: f64 = 0.1;

/// Running mean and variance of one batch normalisation, each \[channels\], outside any autodiff graph.
#[derive(Debug, Clone)]
pub struct NormStatistics {
    /// Running mean; starts at 0.
    pub mean: Tensor<1>,
    /// Running unbiased variance; starts at 1.
    pub variance: Tensor<1>,
}

impl NormStatistics {
    /// Moves towards a batch of `count` values per channel with this mean and biased variance.
    pub fn update(&mut self, mean: Tensor<1>, biased_variance: Tensor<1>, count: usize) {
        let unbiased = count as f64 / (count as f64 - 1.0).max(1.0);
        self.mean.inplace(|running| running * (1.0 - MOMENTUM) + mean.inner() * MOMENTUM);
        self.variance.inplace(|running| {
            running * (1.0 - MOMENTUM) + biased_variance.inner() * (MOMENTUM * unbiased)
        });
    }
}

/// The running statistics of every batch normalisation of a network, in network order.
#[derive(Debug, Clone, Default)]
pub struct RunningStatistics {
    /// One entry per batch normalisation; empty for networks without.
    pub layers: Vec<NormStatistics>,
}

impl RunningStatistics {
    /// Mean 0 and variance 1 for layers with these numbers of channels.
    pub fn fresh(channels: &[usize], device: &Device, dtype: DType) -> Self {
        let layer = |&channels: &usize| NormStatistics {
            mean: Tensor::zeros([channels], (device, dtype)),
            variance: Tensor::ones([channels], (device, dtype)),
        };
        Self { layers: channels.iter().map(layer).collect() }
    }
}

/// Where batch normalisation takes its statistics from in a forward pass.
#[derive(Debug)]
pub enum Statistics<'a> {
    /// From the batch; the running ones move along. Training mode.
    Batch(&'a mut RunningStatistics),
    /// From what was gathered before. Evaluation mode, and gradient matching.
    Frozen(&'a RunningStatistics),
}

impl<'a> Statistics<'a> {
    /// The running statistics, as they are.
    pub fn running(self) -> &'a RunningStatistics {
        match self {
            Self::Batch(running) => running,
            Self::Frozen(running) => running,
        }
    }
}
