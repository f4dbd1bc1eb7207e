//! One step of ordinary training: forward, cross-entropy, backward, gradient descent.
//!
//! The inner loop of condensation and training from scratch both are loops around it.

use burn::tensor::Tensor;

use super::cpu;
use super::labels::Labels;
use super::layers::cross_entropy::cross_entropy;
use super::network::Network;
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
    network: &Network,
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
///
/// Where images do not meet in the network, that is without the batch's own statistics, the batch is
/// taken in portions of [`Network::images_at_once`] and the means are put together: the same numbers up to
/// rounding.
pub fn loss_and_gradients(
    network: &Network,
    parameters: &Parameters,
    statistics: Statistics<'_>,
    images: Tensor<4>,
    labels: &Labels,
) -> (Tensor<1>, Parameters) {
    let [n, ..] = images.dims();
    let images = images.inner();
    if network.has_batch_norm() && matches!(statistics, Statistics::Batch(_)) {
        return portion(network, &parameters.require_grad(), statistics, images, labels);
    }
    let running = statistics.running();
    if let Some(convnet) = network.convnet().filter(|_| cpu::serves(&images))
        && let Some(served) = cpu::loss_and_gradients(convnet, parameters, running, &images, labels)
    {
        return served;
    }
    let leaves = parameters.require_grad();
    let portions = n.div_ceil(network.images_at_once(&images.device()));
    if portions < 2 {
        return portion(network, &leaves, Statistics::Frozen(running), images, labels);
    }
    let mut loss = Tensor::zeros([1], (&images.device(), images.dtype()));
    let mut sums = parameters.zeros_like();
    let size = n.div_ceil(portions);
    for start in (0..n).step_by(size) {
        let length = size.min(n - start);
        let share = length as f64 / n as f64;
        let images = images.clone().narrow(0, start, length);
        let labels = labels.narrow(start, length);
        let (part, gradients) =
            portion(network, &leaves, Statistics::Frozen(running), images, &labels);
        loss = loss + part * share;
        for (sum, gradient) in sums.tensors_mut().iter_mut().zip(gradients.into_tensors()) {
            sum.inplace(|sum| sum + gradient * share);
        }
    }
    (loss, sums)
}

/// The same for images that go through the network together.
fn portion(
    network: &Network,
    leaves: &Parameters,
    statistics: Statistics<'_>,
    images: Tensor<4>,
    labels: &Labels,
) -> (Tensor<1>, Parameters) {
    let images = Value::from(images.autodiff());
    let logits = network.forward(&leaves.values(), images, statistics);
    let loss = cross_entropy(logits, labels).primal;
    let mut gradients = loss.backward();
    (loss.inner(), leaves.take_gradients(&mut gradients))
}

#[cfg(test)]
mod tests {
    use burn::tensor::{DType, Device, Int};

    use super::*;
    use crate::nets::SgdSettings;
    use crate::nets::layers::finite_differences::normal;
    use crate::random::{Purpose, stream};
    use crate::spec::{Activation, NetworkSpec, Norm, Pooling};

    fn network(norm: Norm) -> (Network, Parameters) {
        let spec = NetworkSpec {
            width: 8,
            depth: 1,
            activation: Activation::Relu,
            norm,
            pooling: Pooling::Average,
            ..NetworkSpec::default()
        };
        let network = Network::new(&spec, [3, 64, 64], 3).unwrap();
        let mut random = stream(1, Purpose::NetworkInit, &[0]);
        let parameters = network.initialise(&mut random, &Device::flex(), DType::F64);
        (network, parameters)
    }

    fn batch(n: usize) -> (Tensor<4>, Labels) {
        let device = Device::flex();
        let images = normal(n * 3 * 64 * 64, 0).reshape([n, 3, 64, 64]);
        let labels: Vec<i64> = (0..n as i64).map(|image| image % 3).collect();
        (images, Labels::Hard(Tensor::<1, Int>::from_data(labels.as_slice(), &device)))
    }

    #[test]
    fn portions_add_up_to_the_batch() {
        let (network, parameters) = network(Norm::Instance);
        let running = RunningStatistics::default();
        let n = 2 * network.images_at_once(&Device::flex()) + 1;
        let (images, labels) = batch(n);
        let frozen = || Statistics::Frozen(&running);
        let leaves = parameters.require_grad();
        let whole = portion(&network, &leaves, frozen(), images.clone(), &labels);
        let parts = loss_and_gradients(&network, &parameters, frozen(), images, &labels);
        let host = |list: &Parameters| list.to_host::<f64>().unwrap().concat();
        let near = |a: f64, b: f64| (a - b).abs() < 1e-12;
        assert!(near(whole.0.into_scalar(), parts.0.into_scalar()));
        assert!(host(&whole.1).iter().zip(host(&parts.1)).all(|(a, b)| near(*a, b)));
    }

    /// Statistics of a batch are those of all its images, however many there are.
    #[test]
    fn a_step_with_batch_normalisation_sees_the_whole_batch_at_once() {
        let (network, mut parameters) = network(Norm::Batch);
        let (images, labels) = batch(2 * network.images_at_once(&Device::flex()));
        let mut gathered = network.fresh_statistics(&Device::flex(), DType::F64);
        network.gather_statistics(&parameters, &mut gathered, images.clone());
        let mut moved = network.fresh_statistics(&Device::flex(), DType::F64);
        let mut optimiser = Sgd::new(SgdSettings::plain(0.1));
        train_step(&network, &mut parameters, &mut moved, &mut optimiser, images, &labels);
        for (gathered, moved) in gathered.layers.into_iter().zip(moved.layers) {
            assert_eq!(gathered.mean.to_data(), moved.mean.to_data());
            assert_eq!(gathered.variance.to_data(), moved.variance.to_data());
        }
    }
}
