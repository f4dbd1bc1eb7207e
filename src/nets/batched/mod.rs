//! Gradients of several batches at once, for devices that work best on few large operations.
//!
//! The batches share the network. Their images go through it together: one forward pass, one backward pass
//! for the activations, and for the parameters one product over a leading axis in every layer, which gives
//! each batch a gradient of its own (`convolution`). On the synthetic side each batch has a direction of its
//! own, and the products with those take the same way. The number of kernels does not depend on the number
//! of batches.
//!
//! Why not the tape alone, with a weight of its own for every batch: it would keep every convolution laid
//! out as a product, nine times its images, and the way back through that layout adds up single numbers. So
//! convolutions and the last layer go forward and back by hand (`pass`), with layouts that live for one
//! product. Only what lies between them, normalisation, activation and pooling, is left to the tape, through
//! the same code that the network always runs, so every kind of them is served.
//!
//! Batches of different sizes are filled up with images of weight zero. What a device cannot take at once
//! is taken in groups (`capacity`): of batches, or of images of one batch, which meet in its sums only.

mod capacity;
mod convolution;
mod pass;

use std::ops::Range;

use burn::tensor::Tensor;

use super::{
    convnet::ConvNet,
    parameters::Parameters,
    per_batch::{Batch, Direction, Stacked},
    statistics::RunningStatistics,
};
pub use capacity::{Capacity, Footprint, Order};
pub use convolution::Convolution;
use pass::Pass;

/// ∇_θ of each batch's mean loss, side by side, outside any graph; batch normalisation uses `statistics`.
pub fn gradients(
    capacity: Capacity,
    network: &ConvNet,
    parameters: &Parameters,
    statistics: &RunningStatistics,
    batches: &[Batch],
) -> Stacked {
    let parameters = &parameters.detach();
    let most = capacity.images(network, Order::First);
    let lists = groups(batches, most).into_iter().map(|group| {
        let Group { batches: range, portions } = group;
        let count = range.len();
        let (images, targets) = stack(network, &batches[range]);
        let pass = Pass { network, parameters, statistics, batches: count };
        let parts = portions.into_iter().map(|portion| {
            let (images, targets) = (narrow(&images, &portion), narrow(&targets, &portion));
            pass.gradients(images, targets)
        });
        let added = |sums: Vec<Tensor<1>>, part: Vec<Tensor<1>>| {
            sums.into_iter().zip(part).map(|(sum, part)| sum + part).collect()
        };
        parts.reduce(added).unwrap_or_default()
    });
    let lists: Vec<Vec<Tensor<1>>> = lists.collect();
    let infos = parameters.infos().clone();
    let side_by_side =
        |at: usize| joined(lists.iter().filter_map(|list| list.get(at).cloned()).collect());
    let tensors = (0..infos.len()).map(side_by_side).collect();
    Stacked { batches: batches.len(), infos, tensors }
}

/// ∇_S ⟨v, ∇_θ L⟩ of each batch in its images [n, channels, h, w], outside any graph; `direction` holds the
/// v of all batches side by side.
pub fn image_gradients(
    capacity: Capacity,
    network: &ConvNet,
    parameters: &Parameters,
    statistics: &RunningStatistics,
    batches: &[Batch],
    direction: &Direction,
) -> Vec<Tensor<4>> {
    let parameters = &parameters.detach();
    let most = capacity.images(network, Order::Second);
    let mut found = Vec::with_capacity(batches.len());
    for Group { batches: range, portions } in groups(batches, most) {
        let count = range.len();
        let (images, targets) = stack(network, &batches[range.clone()]);
        let own: Direction = direction
            .iter()
            .map(|part| {
                let part = part.as_ref()?;
                let length = part.dims()[0] / batches.len();
                Some(narrow(part, &(range.start * length..range.end * length)))
            })
            .collect();
        let pass = Pass { network, parameters, statistics, batches: count };
        let parts = portions.into_iter().map(|portion| {
            pass.image_gradients(narrow(&images, &portion), narrow(&targets, &portion), &own)
        });
        let slopes = joined(parts.collect());
        let n = slopes.dims()[0] / count;
        for (at, batch) in batches[range].iter().enumerate() {
            let own = batch.images.dims()[0];
            found.push(narrow(&slopes, &(at * n..at * n + own)));
        }
    }
    found
}

/// Batches that go through the network together, and in which portions of their images.
#[derive(Debug, PartialEq, Eq)]
struct Group {
    batches: Range<usize>,
    /// All images at once; several portions only where there is a single batch.
    portions: Vec<Range<usize>>,
}

/// Lays `batches` out in groups of at most `most` images.
fn groups(batches: &[Batch], most: usize) -> Vec<Group> {
    let sizes: Vec<usize> = batches.iter().map(|batch| batch.images.dims()[0]).collect();
    by_size(&sizes, most)
}

fn by_size(sizes: &[usize], most: usize) -> Vec<Group> {
    let largest = sizes.iter().copied().max().unwrap_or(0);
    let together = (most / largest.max(1)).max(1);
    (0..sizes.len())
        .step_by(together)
        .map(|start| {
            let batches = start..(start + together).min(sizes.len());
            let n = batches.clone().map(|at| sizes[at]).max().unwrap_or(0);
            let size = if together == 1 { n.div_ceil(n.div_ceil(most)) } else { n };
            let all = n * batches.len();
            let size = if size == n { all } else { size };
            let portions =
                (0..all).step_by(size.max(1)).map(|at| at..(at + size).min(all)).collect();
            Group { batches, portions }
        })
        .collect()
}

/// Images of all batches, one after the other, [batches · n, channels, h, w], and their targets
/// [batches · n, classes]: rows of probabilities times the image's weight in the mean over its batch. Batches
/// are filled up to the largest with their first image, at weight zero.
fn stack(network: &ConvNet, batches: &[Batch]) -> (Tensor<4>, Tensor<2>) {
    let size = |batch: &Batch| batch.images.dims()[0];
    let n = batches.iter().map(size).max().unwrap_or(0);
    let (mut images, mut targets) = (Vec::new(), Vec::new());
    for batch in batches {
        let own = size(batch);
        let pixels = batch.images.clone().inner();
        let rows = batch.labels.probabilities(network.classes(), pixels.dtype()) / own as f64;
        if own < n {
            let shape = [n - own, network.classes()];
            let nothing = Tensor::zeros(shape, (&pixels.device(), pixels.dtype()));
            let fill = pixels.clone().narrow(0, 0, 1).repeat_dim(0, n - own);
            images.extend([pixels, fill]);
            targets.extend([rows, nothing]);
        } else {
            images.push(pixels);
            targets.push(rows);
        }
    }
    (joined(images), joined(targets))
}

/// The part of a tensor that lies in `range` of its first axis.
fn narrow<const D: usize>(tensor: &Tensor<D>, range: &Range<usize>) -> Tensor<D> {
    if *range == (0..tensor.dims()[0]) {
        return tensor.clone();
    }
    tensor.clone().narrow(0, range.start, range.len())
}

/// Tensors one after the other; a single one is not copied.
fn joined<const D: usize>(mut parts: Vec<Tensor<D>>) -> Tensor<D> {
    if parts.len() == 1 { parts.remove(0) } else { Tensor::cat(parts, 0) }
}

#[cfg(test)]
mod tests;
