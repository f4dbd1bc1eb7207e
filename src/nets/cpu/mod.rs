//! Networks on the CPU without a tape: image by image through the whole network and back.
//!
//! Each image goes through convolution, normalisation, activation and pooling while its maps are in the
//! cache, comes back the same way, and adds to the gradients of the weights (`pass`); along a direction in
//! the parameters it brings back the gradient of its pixels instead (`along`), the second-order half of
//! gradient matching. The classes that are matched share the threads ([`gradients`], [`image_gradients`]),
//! as do networks in training ([`Learners`]). Batches are divided into portions by their size alone, and
//! sums over portions are put together in order: the same numbers on any number of threads.
//!
//! Below that are kernels for vectors of any width (`simd`): convolutions in tiles (`winograd`) or directly
//! (`convolution`), and all that follows them in one go (`tail`).
//!
//! Where it is asked for, gradients in the parameters multiply values rounded to bf16 in the tiles
//! ([`simd::Products`]); nothing else leaves single precision.
//!
//! It serves every ConvNet in single precision whose images do not meet, that is all but batch
//! normalisation in training mode; the tensor library's reverse mode serves the rest.

// A kernel is compiled for a level by being inlined into the function that has its instructions, and its
// lanes are told apart by their numbers.
#![allow(clippy::inline_always, clippy::needless_range_loop)]

mod along;
mod convolution;
mod descent;
mod kernels;
mod learners;
mod on_host;
mod pack;
mod pass;
pub mod peak;
mod per_batch;
pub mod simd;
mod spread;
mod tail;
mod values;
mod winograd;

use burn::tensor::{DType, Device, Tensor};

use crate::spec::Precision;

use super::{
    batch::Batch, convnet::ConvNet, labels::Labels, parameters::Parameters,
    statistics::RunningStatistics,
};
pub use learners::Learners;
pub use on_host::portions;
pub use per_batch::{gradients, image_gradients};

use pass::{Frozen, Network, Room};
use simd::{Level, Products};
use spread::Spares;

/// Whether this routine serves a batch: single precision on the CPU.
pub fn serves(images: &Tensor<4>) -> bool {
    images.dtype() == DType::F32 && images.device() == Device::flex()
}

/// Whether this routine serves all of these batches.
pub fn serves_all(batches: &[Batch]) -> bool {
    batches.iter().all(|batch| serves(&batch.images))
}

/// The loss of a batch and its gradients with respect to all parameters; batch normalisation uses
/// `statistics`. `None` when the device cannot be read.
pub fn loss_and_gradients(
    network: &ConvNet,
    parameters: &Parameters,
    statistics: &RunningStatistics,
    images: &Tensor<4>,
    labels: &Labels,
) -> Option<(Tensor<1>, Parameters)> {
    let batch = Batch { images: images.clone(), labels: labels.clone() };
    gradients(network, parameters, statistics, &[batch], Precision::F32)?.pop()
}

/// Logits [n, classes] of images [n, channels, height, width].
pub fn logits(
    network: &ConvNet,
    parameters: &Parameters,
    statistics: &RunningStatistics,
    images: &Tensor<4>,
) -> Option<Vec<f32>> {
    forward(network, parameters, statistics, images, Network::logits)
}

/// Embeddings [n, features] of images [n, channels, height, width].
pub fn embeddings(
    network: &ConvNet,
    parameters: &Parameters,
    statistics: &RunningStatistics,
    images: &Tensor<4>,
) -> Option<Vec<f32>> {
    forward(network, parameters, statistics, images, Network::embeddings)
}

/// What `read` takes from a pass forward of these images.
fn forward(
    network: &ConvNet,
    parameters: &Parameters,
    statistics: &RunningStatistics,
    images: &Tensor<4>,
    read: fn(&Network, &[f32], &Spares<Room>) -> Vec<f32>,
) -> Option<Vec<f32>> {
    let [_, shape @ ..] = images.dims();
    let level = Level::in_use();
    let ready = prepare(level, Products::SINGLE, network, parameters, statistics, shape)?;
    let pixels: Vec<f32> = images.clone().inner().try_into_vec_as().ok()?;
    Some(read(&ready, &pixels, &Spares::new()))
}

/// A network laid out for images of `shape` [channels, height, width], its parameters packed.
fn prepare(
    level: Level,
    products: Products,
    network: &ConvNet,
    parameters: &Parameters,
    statistics: &RunningStatistics,
    shape: [usize; 3],
) -> Option<Network> {
    let frozen: Frozen = statistics
        .layers
        .iter()
        .map(|layer| {
            let read = |tensor: &Tensor<1>| tensor.try_to_vec_as::<f32>().ok();
            Some((read(&layer.mean)?, read(&layer.variance)?))
        })
        .collect::<Option<_>>()?;
    let parameters = parameters.to_host::<f32>().ok()?;
    Some(Network::new(level, products, network.spec(), shape, &parameters, &frozen))
}

#[cfg(test)]
mod tests;
