//! Stochastic gradient descent on a network's parameters, to `PyTorch`'s definition:
//!
//! ```text
//! g ← g + weight_decay · θ
//! b ← momentum · b + g      (b = g at the first step)
//! θ ← θ − lr · b
//! ```
//!
//! The inner loop uses it plain (reference section 1.5 e); training from scratch adds momentum and
//! weight decay (reference section 1.8).

use burn::tensor::Tensor;

use super::parameters::Parameters;

/// Learning rate and its companions; constant during the life of an optimiser.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct SgdSettings {
    /// Learning rate.
    pub lr: f64,
    /// Momentum, 0 for none.
    pub momentum: f64,
    /// Weight decay, 0 for none; it reaches every parameter, biases and norms too.
    pub weight_decay: f64,
}

impl SgdSettings {
    /// Neither momentum nor weight decay.
    pub fn plain(lr: f64) -> Self {
        Self { lr, momentum: 0.0, weight_decay: 0.0 }
    }
}

/// An optimiser and its momentum buffers, for one network.
#[derive(Debug, Clone)]
pub struct Sgd {
    settings: SgdSettings,
    /// b of every parameter; empty before the first step and without momentum.
    buffers: Vec<Tensor<1>>,
}

impl Sgd {
    /// A fresh optimiser: no momentum yet.
    pub fn new(settings: SgdSettings) -> Self {
        Self { settings, buffers: Vec::new() }
    }

    /// One step in place. Both lists are outside any autodiff graph.
    pub fn step(&mut self, parameters: &mut Parameters, gradients: Parameters) {
        let SgdSettings { lr, momentum, weight_decay } = self.settings;
        let gradients = gradients.into_tensors();
        let first = self.buffers.is_empty();
        for (at, (parameter, mut step)) in
            parameters.tensors_mut().iter_mut().zip(gradients).enumerate()
        {
            if weight_decay != 0.0 {
                step = step + parameter.clone() * weight_decay;
            }
            if momentum != 0.0 {
                if first {
                    self.buffers.push(step.clone());
                } else {
                    self.buffers[at].inplace(|buffer| buffer * momentum + step);
                    step = self.buffers[at].clone();
                }
            }
            parameter.inplace(|parameter| parameter - step * lr);
        }
    }
}
