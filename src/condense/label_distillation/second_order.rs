//! Labels by one step of gradient descent that is looked through (reference section 5.7, second order).
//!
//! With base images x, their labels y, a network θ and a batch of real images:
//!
//! ```text
//! ℓ(y, θ) = −(1/n) Σᵢ ⟨yᵢ, log p(xᵢ, θ)⟩
//! θ' = θ − α · ∇_θ ℓ           J = L(real, θ')           v = ∇J(θ')
//! ∂J/∂y = −α · ∇_y ⟨∇_θ ℓ, v⟩ = (α/n) · d/dε log p(x, θ + ε v)
//! ```
//!
//! The loss is linear in the labels, so the second derivative is the tangent of the log-probabilities: a
//! forward pass with tangents, and no pass back.

use burn::tensor::{Tensor, activation};

use super::LabelStep;
use crate::{
    condense::part::{Part, Watch},
    nets::{
        Batch, Labels, Network, Parameters, RunningStatistics, Statistics, logits_along,
        train_step::loss_and_gradients,
    },
};

/// A network at one update.
#[derive(Debug, Clone, Copy)]
pub struct SecondOrder<'a> {
    /// The network.
    pub network: &'a Network,
    /// θ, outside any graph.
    pub parameters: &'a Parameters,
    /// α.
    pub rate: f64,
    /// Who is told how far an update is.
    pub watch: &'a dyn Watch,
}

impl SecondOrder<'_> {
    /// What the labels [n, classes] of the base images `images` [n, c, h, w] and the network go by for the
    /// batch `real`. Base images are shown in training mode, which moves `statistics`.
    pub fn step(
        &self,
        statistics: &mut RunningStatistics,
        images: Tensor<4>,
        labels: Tensor<2>,
        real: &Batch,
    ) -> LabelStep {
        let Self { network, parameters, rate, watch } = *self;
        let [n, ..] = images.dims();
        let soft = Labels::Soft(labels);
        let before = statistics.clone();
        let training = Statistics::Batch(statistics);
        let (_, own) = loss_and_gradients(network, parameters, training, images.clone(), &soft);
        watch.lap(Part::SyntheticGradient);
        let fast = parameters.plus(&own, -rate);
        let frozen = Statistics::Frozen(statistics);
        let (loss, pull) =
            loss_and_gradients(network, &fast, frozen, real.images.clone(), &real.labels);
        watch.lap(Part::RealGradient);
        let mut again = before;
        let training = Statistics::Batch(&mut again);
        let [logits, tangent] = logits_along(network, parameters, &pull, training, images);
        let along = (activation::softmax(logits, 1) * tangent.clone()).sum_dim(1);
        let labels = (tangent - along) * (rate / n as f64);
        watch.lap(Part::LabelGradient);
        LabelStep { loss, labels, parameters: own }
    }
}

#[cfg(test)]
mod tests {
    use burn::tensor::{DType, Device, Int};

    use super::*;
    use crate::{
        nets::layers::finite_differences::normal,
        random::{Purpose, stream},
        spec::{Activation, NetworkSpec, Norm},
    };

    #[test]
    fn the_gradient_in_the_labels_is_the_derivative_of_the_real_loss() {
        let device = Device::flex();
        for norm in [Norm::Instance, Norm::Batch] {
            let spec = NetworkSpec {
                width: 4,
                depth: 2,
                activation: Activation::Swish,
                norm,
                ..NetworkSpec::default()
            };
            let network = &Network::new(&spec, [1, 8, 8], 3).unwrap();
            let mut random = stream(1, Purpose::NetworkInit, &[0]);
            let parameters = &network.initialise(&mut random, &device, DType::F64);
            let images = |n: usize, index: u64| normal(n * 64, index).reshape([n, 1, 8, 8]);
            let classes = Tensor::<1, Int>::from_data([0, 1, 2, 0, 1], &device);
            let real = Batch { images: images(5, 0), labels: Labels::Hard(classes) };
            let step = |labels: Tensor<2>| {
                let mut statistics = network.fresh_statistics(&device, DType::F64);
                SecondOrder { network, parameters, rate: 0.3, watch: &() }.step(
                    &mut statistics,
                    images(4, 1),
                    labels,
                    &real,
                )
            };
            let (labels, shift) =
                (normal(12, 2).reshape([4, 3]).abs(), normal(12, 3).reshape([4, 3]));
            let h = 1e-5;
            let at =
                |h: f64| -> f64 { step(labels.clone() + shift.clone() * h).loss.into_scalar() };
            let numeric = (at(h) - at(-h)) / (2.0 * h);
            let exact: f64 = (step(labels.clone()).labels * shift.clone()).sum().into_scalar();
            assert!((exact - numeric).abs() < 1e-6 * numeric.abs(), "{norm} {exact} {numeric}");
        }
    }
}
