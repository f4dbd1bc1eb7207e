//! The two gradients of gradient matching, for several batches that share a network: each batch has its
//! own gradient in the parameters, and its own direction along which the gradient of its images is taken.
//!
//! The batches are the classes, which meet nowhere. Taken together they fill a device that one of them
//! would leave idle, in groups that fit it. The CPU takes them image by image ([`cpu`]), other devices in
//! few large operations ([`batched`]). Networks other than `ConvNet` take the tensor library's tape, batch by
//! batch.

use std::sync::Arc;

use burn::tensor::{Device, Tensor};

use crate::spec::Precision;

use super::{
    batch::Batch,
    batched::{self, Capacity},
    cpu,
    layers::cross_entropy::cross_entropy,
    network::Network,
    parameters::{ParameterInfo, Parameters},
    statistics::{RunningStatistics, Statistics},
    train_step::loss_and_gradients,
    value::Value,
};

/// Gradients of one batch, or of several side by side.
#[derive(Debug, Clone)]
pub struct Stacked {
    /// How many batches.
    pub batches: usize,
    /// Name, shape and role of each parameter.
    pub infos: Arc<[ParameterInfo]>,
    /// One flat tensor [batches · length] for each parameter, in network order.
    pub tensors: Vec<Tensor<1>>,
}

/// A direction in the parameters for as many batches as the gradients it belongs to: one flat tensor
/// [batches · length] each, in network order; zero where it is `None`.
pub type Direction = Vec<Option<Tensor<1>>>;

impl From<Parameters> for Stacked {
    fn from(gradients: Parameters) -> Self {
        let infos = gradients.infos().clone();
        Self { batches: 1, infos, tensors: gradients.into_tensors() }
    }
}

impl Stacked {
    /// The gradients of one batch.
    pub fn of(&self, batch: usize) -> Parameters {
        let part = |(info, tensor): (&ParameterInfo, &Tensor<1>)| {
            tensor.clone().narrow(0, batch * info.len(), info.len())
        };
        let tensors = self.infos.iter().zip(&self.tensors).map(part).collect();
        Parameters::new(Arc::clone(&self.infos), tensors)
    }
}

/// ∇_θ of each batch's mean loss, outside any graph; batch normalisation uses `statistics`. The gradients
/// of all batches in their order, in as many stacks as suit the device. `precision` is that of products,
/// one that the device has.
pub fn gradients(
    capacity: Capacity,
    network: &Network,
    parameters: &Parameters,
    statistics: &RunningStatistics,
    batches: &[Batch],
    precision: Precision,
) -> Vec<Stacked> {
    if let Some(convnet) = network.convnet() {
        if on_accelerator(batches) {
            return vec![batched::gradients(
                capacity, convnet, parameters, statistics, batches, precision,
            )];
        }
        let served = cpu::serves_all(batches)
            .then(|| cpu::gradients(convnet, parameters, statistics, batches, precision))
            .flatten();
        if let Some(served) = served {
            return served.into_iter().map(|(_, gradients)| gradients.into()).collect();
        }
    }
    let one = |batch: &Batch| {
        let (images, frozen) = (batch.images.clone(), Statistics::Frozen(statistics));
        loss_and_gradients(network, parameters, frozen, images, &batch.labels).1.into()
    };
    batches.iter().map(one).collect()
}

/// ∇_S ⟨v, ∇_θ L⟩ of each batch in its images [n, channels, h, w], outside any graph (see [`super::value`]).
/// The directions v are in stacks as [`gradients`] gives them for the same batches.
pub fn image_gradients(
    capacity: Capacity,
    network: &Network,
    parameters: &Parameters,
    statistics: &RunningStatistics,
    batches: &[Batch],
    directions: &[Direction],
) -> Vec<Tensor<4>> {
    if let Some(convnet) = network.convnet() {
        if let [direction] = directions
            && on_accelerator(batches)
        {
            return batched::image_gradients(
                capacity, convnet, parameters, statistics, batches, direction,
            );
        }
        let served = cpu::serves_all(batches)
            .then(|| cpu::image_gradients(convnet, parameters, statistics, batches, directions))
            .flatten();
        if let Some(served) = served {
            return served;
        }
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
/// lost but at the end of each group. Elsewhere so many that images and gradients fit; networks without a
/// pass over several batches take them one by one anyway.
pub fn at_once(
    device: &Device,
    capacity: Capacity,
    network: &Network,
    images: usize,
    shape: [usize; 3],
) -> usize {
    let values = shape.iter().product::<usize>();
    if *device != Device::flex() {
        return capacity.batches(network.infos(), images, values);
    }
    (AT_ONCE / (images * values).max(1)).max(1)
}

/// Values of the images of a group of batches on the CPU.
const AT_ONCE: usize = 16 << 20;

fn on_accelerator(batches: &[Batch]) -> bool {
    batches.first().is_some_and(|batch| batch.images.clone().inner().device() != Device::flex())
}
