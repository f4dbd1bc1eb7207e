//! Images with their labels, as a network meets them.

use burn::tensor::Tensor;

use super::labels::Labels;

/// Images and as many labels.
#[derive(Debug, Clone)]
pub struct Batch {
    /// [n, channels, h, w], outside any autodiff graph.
    pub images: Tensor<4>,
    /// Their labels.
    pub labels: Labels,
}
