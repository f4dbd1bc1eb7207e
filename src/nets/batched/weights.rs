//! Parameters that the batches of a pass meet: one set for all of them, as in matching, or a set for each,
//! as where several networks learn side by side. The layers take the first in the library's convolution and
//! one plain product, the second as products over a leading axis.

use burn::tensor::Tensor;

use super::convolution::Convolution;

/// Flat tensors in network order, outside any graph.
#[derive(Debug, Clone, Copy)]
pub enum Weights<'a> {
    /// One set for all batches: \[length\] each.
    Shared(&'a [Tensor<1>]),
    /// A set for each batch, one after the other: [batches · length] each.
    Each(&'a [Tensor<1>]),
}

/// Parameters for so many batches. Layers are named by the place of their weight in the list; their bias is
/// behind it.
#[derive(Debug, Clone, Copy)]
pub struct Layers<'a> {
    /// Whose parameters.
    pub weights: Weights<'a>,
    /// How many batches.
    pub batches: usize,
}

impl Layers<'_> {
    /// How many parameters there are.
    pub fn len(&self) -> usize {
        match self.weights {
            Weights::Shared(list) | Weights::Each(list) => list.len(),
        }
    }

    /// Parameter `at` for every batch, [batches · length].
    pub fn for_each(&self, at: usize) -> Tensor<1> {
        match self.weights {
            Weights::Shared(list) => list[at].clone().repeat_dim(0, self.batches),
            Weights::Each(list) => list[at].clone(),
        }
    }

    /// Images [batches · n, in, h, w] through a convolution, with its bias or without.
    pub fn convolve(
        &self,
        convolution: Convolution,
        at: usize,
        x: Tensor<4>,
        with_bias: bool,
    ) -> Tensor<4> {
        let (Weights::Shared(list) | Weights::Each(list)) = self.weights;
        let bias = with_bias.then(|| list[at + 1].clone());
        match self.weights {
            Weights::Shared(_) => convolution.shared(x, list[at].clone(), bias),
            Weights::Each(_) => convolution.each(x, list[at].clone(), bias, self.batches),
        }
    }

    /// From the slopes of what a convolution made to those of its images.
    pub fn convolve_back(
        &self,
        convolution: Convolution,
        at: usize,
        slopes: Tensor<4>,
    ) -> Tensor<4> {
        match self.weights {
            Weights::Shared(list) => convolution.shared_adjoint(slopes, list[at].clone()),
            Weights::Each(list) => convolution.each_adjoint(slopes, list[at].clone(), self.batches),
        }
    }

    /// Rows x [batches, n, features] times the weight of the last layer, [batches, n, classes], with its
    /// bias or without.
    pub fn product(&self, at: usize, x: Tensor<3>, classes: usize, with_bias: bool) -> Tensor<3> {
        let [batches, n, features] = x.dims();
        match self.weights {
            Weights::Shared(list) => {
                let weight = list[at].clone().reshape([classes, features]).transpose();
                let made = x.reshape([batches * n, features]).matmul(weight);
                let made = made.reshape([batches, n, classes]);
                if with_bias { made + list[at + 1].clone().reshape([1, 1, classes]) } else { made }
            }
            Weights::Each(list) => {
                let weights = list[at].clone().reshape([batches, classes, features]);
                let made = x.matmul(weights.swap_dims(1, 2));
                if with_bias {
                    made + list[at + 1].clone().reshape([batches, 1, classes])
                } else {
                    made
                }
            }
        }
    }

    /// From slopes of the last layer's rows [batches, n, classes] to those of what it saw.
    pub fn product_back(&self, at: usize, slopes: Tensor<3>, features: usize) -> Tensor<3> {
        let [batches, n, classes] = slopes.dims();
        match self.weights {
            Weights::Shared(list) => {
                let weight = list[at].clone().reshape([classes, features]);
                let pulled = slopes.reshape([batches * n, classes]).matmul(weight);
                pulled.reshape([batches, n, features])
            }
            Weights::Each(list) => {
                slopes.matmul(list[at].clone().reshape([batches, classes, features]))
            }
        }
    }
}
