//! Label distillation (LD, Bohdal, Yang & Hospedales 2020; reference section 5.7): real images stay as they
//! are, and a soft label is learned for each, such that a step of training on them is good for real data.
//!
//! Two rules say what a step is and how the labels are pulled: one step of gradient descent
//! ([`second_order`]), or the closed form of ridge regression on the network's embedding ([`ridge`]). Either way
//! the network learns along on the labels as they are, and starts afresh when it has learned enough
//! ([`restart`]); labels take a step of Adam and are brought back to probabilities ([`to_probabilities`]).

pub mod restart;
pub mod ridge;
pub mod second_order;

use burn::tensor::Tensor;

pub use restart::Restart;
pub use ridge::{Ridge, RidgeState};
pub use second_order::SecondOrder;

use crate::nets::Parameters;

/// What one update of the labels goes by. All of it is on the device, outside any graph.
#[derive(Debug, Clone)]
pub struct LabelStep {
    /// The loss of the real batch, a single number.
    pub loss: Tensor<1>,
    /// Its gradient in the labels of the base images that were shown, [shown, classes].
    pub labels: Tensor<2>,
    /// The gradient of the network's own loss on those images, which it learns by.
    pub parameters: Parameters,
}

/// Labels [n, classes] after a step, as probabilities again: clamped to 0 … 1, each row over its sum.
pub fn to_probabilities(labels: Tensor<2>) -> Tensor<2> {
    let clamped = labels.clamp(0.0, 1.0);
    let sums = clamped.clone().sum_dim(1).clamp_min(1e-12);
    clamped / sums
}

#[cfg(test)]
mod tests {
    use burn::tensor::Device;

    use super::*;

    #[test]
    fn labels_come_back_to_probabilities() {
        let labels = Tensor::from_data([[0.5, -0.2, 1.5], [0.2, 0.2, 0.0]], &Device::flex());
        let rows: Vec<f32> = to_probabilities(labels).try_into_vec_as().unwrap();
        let wanted = [1.0 / 3.0, 0.0, 2.0 / 3.0, 0.5, 0.5, 0.0];
        assert!(rows.iter().zip(wanted).all(|(a, b)| (a - b).abs() < 1e-6), "{rows:?}");
    }
}
