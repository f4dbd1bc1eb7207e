//! The slope of a batch's loss along a direction in the parameters, and its gradients: one Hessian-vector
//! product and one mixed derivative, for methods that learn through steps of training.
//!
//! With a constant direction v (see [`super::value`]):
//!
//! ```text
//! slope   = ⟨∇_θ L(S, θ), v⟩ = d/dε L(S, θ + ε v)      a forward pass with tangents
//! ∇_θ slope = ∇²_θ L · v                                ┐ one reverse pass through it
//! ∇_S slope = ∇_S ⟨∇_θ L(S, θ), v⟩                      ┘
//! ```
//!
//! All through the tape. On the CPU, which it keeps one thread of busy, images that do not meet go through it in
//! portions side by side; a portion's size does not depend on the number of threads, so neither do the numbers.

use std::ops::Range;

use burn::tensor::{Device, Tensor, TensorData};
use rayon::prelude::*;

use super::{
    batch::Batch,
    layers::cross_entropy::cross_entropy,
    network::Network,
    parameters::Parameters,
    statistics::{RunningStatistics, Statistics},
    value::Value,
};

/// The slope of a loss along a direction, and its gradients. All outside any graph.
#[derive(Debug, Clone)]
pub struct Along {
    /// ⟨∇_θ L, v⟩, a single number.
    pub slope: Tensor<1>,
    /// Its gradient in θ.
    pub parameters: Parameters,
    /// Its gradient in the images, [n, channels, h, w].
    pub images: Tensor<4>,
}

/// Images of a portion.
const PORTION: usize = 5;

/// The portions that `n` images on this device are taken in.
fn portions(network: &Network, device: &Device, n: usize) -> Vec<Range<usize>> {
    if network.has_batch_norm() || *device != Device::flex() {
        return std::iter::once(0..n).collect();
    }
    (0..n).step_by(PORTION).map(|start| start..(start + PORTION).min(n)).collect()
}

/// The slope of the mean loss of `batch` along `direction`, and its gradients.
pub fn along(
    network: &Network,
    parameters: &Parameters,
    direction: &Parameters,
    statistics: Statistics<'_>,
    batch: &Batch,
) -> Along {
    let n = batch.labels.len();
    let images = batch.images.clone().inner();
    let ranges = portions(network, &images.device(), n);
    if ranges.len() < 2 {
        return portion(network, parameters, direction, statistics, batch);
    }
    let none = RunningStatistics::default();
    let parts: Vec<(Along, usize)> = ranges
        .into_par_iter()
        .map(|range| {
            let (start, length) = (range.start, range.len());
            let images = images.clone().narrow(0, start, length);
            let own = Batch { images, labels: batch.labels.narrow(start, length) };
            (portion(network, parameters, direction, Statistics::Frozen(&none), &own), length)
        })
        .collect();
    let mut slope = Tensor::zeros([1], (&images.device(), images.dtype()));
    let (mut sum, mut own_images) = (parameters.zeros_like(), Vec::with_capacity(parts.len()));
    for (part, length) in parts {
        let share = length as f64 / n as f64;
        slope = slope + part.slope * share;
        sum = sum.plus(&part.parameters, share);
        own_images.push(part.images * share);
    }
    Along { slope, parameters: sum, images: Tensor::cat(own_images, 0) }
}

/// The same of images that go through together.
fn portion(
    network: &Network,
    parameters: &Parameters,
    direction: &Parameters,
    statistics: Statistics<'_>,
    batch: &Batch,
) -> Along {
    let leaves = parameters.require_grad();
    let pixels = batch.images.clone().inner().autodiff().require_grad();
    let values = leaves.values_along(&tangents(direction));
    let logits = network.forward(&values, Value::from(pixels.clone()), statistics);
    let Some(slope) = cross_entropy(logits, &batch.labels).tangent else {
        // A network without parameters.
        let none = Tensor::from_data(TensorData::from([0.0_f32]), &pixels.device());
        return Along { slope: none, parameters: leaves.detach(), images: pixels.inner() };
    };
    let mut pulled = slope.backward();
    let images = pixels.grad_remove(&mut pulled).unwrap_or_else(|| pixels.inner().zeros_like());
    Along { slope: slope.inner(), parameters: leaves.take_gradients(&mut pulled), images }
}

/// Logits [n, classes] of images [n, channels, h, w], and their tangents along `direction`; outside any graph.
pub fn logits_along(
    network: &Network,
    parameters: &Parameters,
    direction: &Parameters,
    statistics: Statistics<'_>,
    images: Tensor<4>,
) -> [Tensor<2>; 2] {
    let images = images.inner();
    let ranges = portions(network, &images.device(), images.dims()[0]);
    let forward = |images: Tensor<4>, statistics: Statistics<'_>| {
        let values = parameters.detach().values_along(&tangents(direction));
        let Value { primal, tangent } = network.forward(&values, images.into(), statistics);
        let tangent = tangent.unwrap_or_else(|| primal.zeros_like());
        [primal, tangent]
    };
    if ranges.len() < 2 {
        return forward(images, statistics);
    }
    let none = RunningStatistics::default();
    let parts: Vec<[Tensor<2>; 2]> = ranges
        .into_par_iter()
        .map(|range| {
            let own = images.clone().narrow(0, range.start, range.len());
            forward(own, Statistics::Frozen(&none))
        })
        .collect();
    [0, 1].map(|at| Tensor::cat(parts.iter().map(|part| part[at].clone()).collect(), 0))
}

fn tangents(direction: &Parameters) -> Vec<Option<Tensor<1>>> {
    direction.tensors().iter().cloned().map(Some).collect()
}

#[cfg(test)]
mod tests {
    use burn::tensor::{DType, Device, Int};

    use super::*;
    use crate::nets::{Labels, layers::finite_differences::normal, train_step::loss_and_gradients};
    use crate::random::{Purpose, stream};
    use crate::spec::{Activation, Architecture, NetworkSpec, Norm};

    /// Both gradients against central differences of first derivatives.
    #[test]
    fn gradients_of_the_slope_are_second_derivatives() {
        let convnet = |norm| NetworkSpec {
            width: 4,
            depth: 2,
            activation: Activation::Swish,
            norm,
            ..NetworkSpec::default()
        };
        let specs =
            [convnet(Norm::Instance), convnet(Norm::Batch), NetworkSpec::of(Architecture::Mlp)];
        for spec in specs {
            let network = Network::new(&spec, [1, 8, 8], 3).unwrap();
            let (device, dtype) = (Device::flex(), DType::F64);
            let theta = |index| {
                let mut random = stream(1, Purpose::NetworkInit, &[index]);
                network.initialise(&mut random, &device, dtype)
            };
            let (parameters, direction, other) = (theta(0), theta(1), theta(2));
            let images = |index| normal(7 * 64, index).reshape([7, 1, 8, 8]);
            let labels = Labels::Hard(Tensor::<1, Int>::from_data([0, 1, 2, 0, 2, 1, 0], &device));
            let slope = |theta: &Parameters, images: Tensor<4>| -> f64 {
                let mut running = RunningStatistics::default();
                if network.has_batch_norm() {
                    running = network.fresh_statistics(&device, dtype);
                }
                let statistics = Statistics::Batch(&mut running);
                let (_, own) = loss_and_gradients(&network, theta, statistics, images, &labels);
                inner(&own, &direction)
            };
            let (pixels, shift, h) = (images(1), images(2), 1e-6);
            let moved = |h: f64| parameters.plus(&other, h);
            let numeric =
                (slope(&moved(h), pixels.clone()) - slope(&moved(-h), pixels.clone())) / (2.0 * h);
            let mut running = network.fresh_statistics(&device, dtype);
            let statistics = Statistics::Batch(&mut running);
            let batch = Batch { images: pixels.clone(), labels: labels.clone() };
            let found = along(&network, &parameters, &direction, statistics, &batch);
            let exact = inner(&found.parameters, &other);
            assert!((exact - numeric).abs() < 1e-6 * numeric.abs().max(1.0), "{exact} {numeric}");
            let at = |h: f64| slope(&parameters, pixels.clone() + shift.clone() * h);
            let numeric = (at(h) - at(-h)) / (2.0 * h);
            let exact: f64 = (found.images * shift.clone()).sum().into_scalar();
            assert!((exact - numeric).abs() < 1e-6 * numeric.abs().max(1.0), "{exact} {numeric}");
            let value: f64 = found.slope.into_scalar();
            assert!((value - slope(&parameters, pixels)).abs() < 1e-10);
        }
    }

    fn inner(a: &Parameters, b: &Parameters) -> f64 {
        let products = a.tensors().iter().zip(b.tensors());
        products.map(|(a, b)| -> f64 { (a.clone() * b.clone()).sum().into_scalar() }).sum()
    }
}
