//! One step of ordinary training: forward, cross-entropy, backward, gradient descent.
//!
//! The inner loop of condensation and training from scratch both are loops around it.

use burn::tensor::Tensor;

use super::convnet::ConvNet;
use super::labels::Labels;
use super::layers::cross_entropy::cross_entropy;
use super::parameters::Parameters;
use super::sgd::Sgd;
use super::statistics::{RunningStatistics, Statistics};
use super::value::Value;

/// Trains on one batch of images [n, channels, h, w], in training mode: batch normalisation uses the
/// batch's statistics and moves the running ones.
///
/// Returns the loss before the step, a single number still on the device and outside any graph, so that
/// the caller decides when to wait for it. Parameters are outside any autodiff graph before and after.
pub fn train_step(
    network: &ConvNet,
    parameters: &mut Parameters,
    statistics: &mut RunningStatistics,
    optimiser: &mut Sgd,
    images: Tensor<4>,
    labels: &Labels,
) -> Tensor<1> {
    let (loss, gradients) =
        loss_and_gradients(network, parameters, Statistics::Batch(statistics), images, labels);
    optimiser.step(parameters, gradients);
    loss
}

/// The loss of a batch and its gradients with respect to all parameters, both outside any graph.
pub fn loss_and_gradients(
    network: &ConvNet,
    parameters: &Parameters,
    statistics: Statistics<'_>,
    images: Tensor<4>,
    labels: &Labels,
) -> (Tensor<1>, Parameters) {
    let leaves = parameters.require_grad();
    let images = Value::from(images.inner().autodiff());
    let logits = network.forward(&leaves.values(), images, statistics);
    let loss = cross_entropy(logits, labels).primal;
    let mut gradients = loss.backward();
    (loss.inner(), leaves.take_gradients(&mut gradients))
}
