//! Stochastic gradient descent on a network's parameters, to `PyTorch`'s definition:
//!
//! ```text
//! g ← g + weight_decay · θ
//! b ← momentum · b + g      (b = g at the first step)
//! θ ← θ − lr · b            (θ − lr · (g + momentum · b) with Nesterov's momentum)
//! ```
//!
//! The inner loop uses it plain (reference section 1.5 e); training from scratch adds momentum and
//! weight decay (reference section 1.8), continual learning Nesterov's momentum (reference section 6.2).

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
    /// Whether the step looks one step of momentum ahead.
    pub nesterov: bool,
}

impl SgdSettings {
    /// Neither momentum nor weight decay.
    pub fn plain(lr: f64) -> Self {
        Self { lr, momentum: 0.0, weight_decay: 0.0, nesterov: false }
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

    /// Goes on at another learning rate, with the momentum that it has.
    pub fn set_rate(&mut self, lr: f64) {
        self.settings.lr = lr;
    }

    /// One step in place. Both lists are outside any autodiff graph.
    pub fn step(&mut self, parameters: &mut Parameters, gradients: Parameters) {
        self.step_list(parameters.tensors_mut(), gradients.into_tensors());
    }

    /// The same on lists of tensors, which may hold the parameters of several networks.
    pub fn step_list(&mut self, parameters: &mut [Tensor<1>], gradients: Vec<Tensor<1>>) {
        let SgdSettings { lr, momentum, weight_decay, nesterov } = self.settings;
        let first = self.buffers.is_empty();
        for (at, (parameter, mut step)) in parameters.iter_mut().zip(gradients).enumerate() {
            if weight_decay != 0.0 {
                step = step + parameter.clone() * weight_decay;
            }
            if momentum != 0.0 {
                if first {
                    self.buffers.push(step.clone());
                } else {
                    self.buffers[at].inplace(|buffer| buffer * momentum + step.clone());
                }
                let buffer = self.buffers[at].clone();
                step = if nesterov { step + buffer * momentum } else { buffer };
            }
            parameter.inplace(|parameter| parameter - step * lr);
        }
    }
}

#[cfg(test)]
mod tests {
    use burn::tensor::{DType, Device};

    use super::*;
    use crate::nets::parameters::{ParameterInfo, ParameterKind};

    fn list(value: f64) -> Parameters {
        let kind = ParameterKind::NormBias;
        let info = ParameterInfo { name: "bias".into(), shape: vec![1], kind };
        let values = vec![vec![value]];
        Parameters::from_host([info].into(), values, &Device::flex(), DType::F64).unwrap()
    }

    /// Two steps worked out by hand: decay joins the gradient, momentum keeps a tenth less each step.
    #[test]
    fn steps_follow_the_formula() {
        let heavy = SgdSettings { momentum: 0.9, weight_decay: 0.5, ..SgdSettings::plain(0.1) };
        let mut optimiser = Sgd::new(heavy);
        let mut parameters = list(2.0);
        optimiser.step(&mut parameters, list(3.0)); // g = 3 + 1 = 4, b = 4
        assert!((parameters.to_host::<f64>().unwrap()[0][0] - 1.6).abs() < 1e-12);
        optimiser.step(&mut parameters, list(1.0)); // g = 1 + 0.8 = 1.8, b = 3.6 + 1.8 = 5.4
        assert!((parameters.to_host::<f64>().unwrap()[0][0] - 1.06).abs() < 1e-12);

        let mut ahead = Sgd::new(SgdSettings { nesterov: true, ..heavy });
        parameters = list(2.0);
        ahead.step(&mut parameters, list(3.0)); // g = b = 4, step 4 + 3.6
        assert!((parameters.to_host::<f64>().unwrap()[0][0] - 1.24).abs() < 1e-12);
        ahead.set_rate(0.05);
        ahead.step(&mut parameters, list(1.0)); // g = 1.62, b = 3.6 + 1.62, step 1.62 + 4.698
        assert!((parameters.to_host::<f64>().unwrap()[0][0] - 0.9241).abs() < 1e-12);

        parameters = list(1.06);
        let mut plain = Sgd::new(SgdSettings::plain(0.5));
        plain.step(&mut parameters, list(1.0));
        assert!((parameters.to_host::<f64>().unwrap()[0][0] - 0.56).abs() < 1e-12);
    }
}
