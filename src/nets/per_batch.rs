//! The two gradients of gradient matching, for several batches that share a network: each batch has its
//! own gradient in the parameters, and its own direction along which the gradient of its images is taken.
//!
//! The batches are the classes, which meet nowhere. Taken together they fill a device that one of them
//! would leave idle, in groups that fit it.

use burn::tensor::{Device, Tensor};

use super::{
    batch::Batch,
    convnet::ConvNet,
    cpu,
    layers::cross_entropy::cross_entropy,
    parameters::Parameters,
    statistics::{RunningStatistics, Statistics},
    train_step::loss_and_gradients,
    value::Value,
};

/// A direction in the parameters: one flat tensor each, in network order; zero where it is `None`.
pub type Direction = Vec<Option<Tensor<1>>>;

/// ∇_θ of each batch's mean loss, outside any graph; batch normalisation uses `statistics`.
pub fn gradients(
    network: &ConvNet,
    parameters: &Parameters,
    statistics: &RunningStatistics,
    batches: &[Batch],
) -> Vec<Parameters> {
    let served = batches
        .iter()
        .all(|batch| cpu::serves(&batch.images))
        .then(|| cpu::gradients(network, parameters, statistics, batches))
        .flatten();
    if let Some(served) = served {
        return served.into_iter().map(|(_, gradients)| gradients).collect();
    }
    let one = |batch: &Batch| {
        let (images, frozen) = (batch.images.clone(), Statistics::Frozen(statistics));
        loss_and_gradients(network, parameters, frozen, images, &batch.labels).1
    };
    batches.iter().map(one).collect()
}

/// ∇_S ⟨v, ∇_θ L⟩ of each batch in its images [n, channels, h, w], along a direction v of its own,
/// outside any graph (see [`super::value`]).
pub fn image_gradients(
    network: &ConvNet,
    parameters: &Parameters,
    statistics: &RunningStatistics,
    batches: &[Batch],
    directions: &[Direction],
) -> Vec<Tensor<4>> {
    let served = batches
        .iter()
        .all(|batch| cpu::serves(&batch.images))
        .then(|| cpu::image_gradients(network, parameters, statistics, batches, directions))
        .flatten();
    if let Some(served) = served {
        return served;
    }
    let one = |(batch, direction): (&Batch, &Direction)| {
        let pixels = batch.images.clone().inner().autodiff().require_grad();
        let parameters = parameters.values_along(direction);
        let frozen = Statistics::Frozen(statistics);
        let logits = network.forward(&parameters, Value::from(pixels.clone()), frozen);
        cross_entropy(logits, &batch.labels)
            .tangent
            .filter(Tensor::is_tracked)
            .and_then(|slope| pixels.grad_remove(&mut slope.backward()))
            .unwrap_or_else(|| pixels.inner().zeros_like())
    };
    batches.iter().zip(directions).map(one).collect()
}

/// How many batches of `images` images of `shape` [channels, height, width] to take together.
///
/// On the CPU so many that their images take at most 64 MiB: all cores are busy with fewer, and no time is
/// lost but at the end of each group.
pub fn at_once(device: &Device, images: usize, shape: [usize; 3]) -> usize {
    if *device != Device::flex() {
        return 1;
    }
    let values = images * shape.iter().product::<usize>();
    (AT_ONCE / values.max(1)).max(1)
}

/// Values of the images of a group of batches on the CPU.
const AT_ONCE: usize = 16 << 20;
