//! Gradients of several batches at once, for devices that work best on few large operations.
//!
//! In matching the batches share the network. Their images go through it together: one forward pass, one
//! backward pass for the activations, and for the parameters one product over a leading axis in every
//! layer, which gives each batch a gradient of its own (`convolution`). On the synthetic side each batch
//! has a direction of its own, and the products with those take the same way. Networks that learn side by
//! side have a batch and parameters each, and theirs take it too (`learners`). The number of kernels does
//! not depend on the number of batches.
//!
//! Why not the tape alone, with a weight of its own for every batch: it would keep every convolution laid
//! out as a product, nine times its images, and the way back through that layout adds up single numbers. So
//! convolutions and the last layer go forward and back by hand (`pass`), with layouts that live for one
//! product. Only what lies between them, normalisation, activation and pooling, is left to the tape
//! (`behind`), through the same code that the network always runs, so every kind of them is served; where
//! the usual kinds meet a graphics adapter, to kernels of our own ([`super::gpu`]).
//!
//! Batches of different sizes are filled up with images of weight zero. What a device cannot take at once
//! is taken in groups (`capacity`): of batches, or of images of one batch, which meet in its sums only.

mod behind;
mod capacity;
mod convolution;
mod learners;
mod pass;
mod weights;

use std::ops::Range;

use burn::tensor::{Tensor, TensorData};

use crate::spec::Precision;

use super::{
    batch::Batch,
    convnet::ConvNet,
    labels::Labels,
    parameters::Parameters,
    per_batch::{Direction, Stacked},
    statistics::RunningStatistics,
};
pub use capacity::{Capacity, Footprint, Order, Way};
pub use convolution::Convolution;
pub use learners::Learners;
use pass::Pass;
use weights::{Layers, Weights};

/// How much larger than those of the sum of an image's losses slopes are on their way back in half
/// precision, whose smallest numbers are 6e-8: those of logits come to some hundreds, of 65 504 that it
/// reaches.
const SLOPES_IN_HALF: f64 = 256.0;

/// ∇_θ of each batch's mean loss, side by side, outside any graph; batch normalisation uses `statistics`,
/// and convolutions multiply values of `precision`, where slopes are so much larger that the range of half
/// precision suffices.
pub fn gradients(
    capacity: Capacity,
    network: &ConvNet,
    parameters: &Parameters,
    statistics: &RunningStatistics,
    batches: &[Batch],
    precision: Precision,
) -> Stacked {
    let parameters = &parameters.detach();
    let most = match precision {
        Precision::F32 => capacity.images(network, Order::First),
        // Rounded values are multiplied in small tiles, which are more.
        Precision::Bf16 | Precision::F16 => (capacity.images(network, Order::First) / 2).max(1),
    };
    let lists = groups(batches, most).into_iter().map(|group| {
        let Group { batches: range, portions } = group;
        let count = range.len();
        let (images, targets) = stack(network, &batches[range]);
        let layers = Layers { weights: Weights::Shared(parameters.tensors()), batches: count };
        let pass = Pass { network, layers, statistics, precision };
        let larger = (precision == Precision::F16)
            .then(|| SLOPES_IN_HALF * (images.dims()[0] / count) as f64);
        let targets = larger.map_or_else(|| targets.clone(), |larger| targets.clone() * larger);
        let sums = added(portions.into_iter().map(|portion| {
            pass.first_order(narrow(&images, &portion), narrow(&targets, &portion)).gradients
        }));
        match larger {
            Some(larger) => sums.into_iter().map(|sum| sum / larger).collect(),
            None => sums,
        }
    });
    let infos = parameters.infos().clone();
    Stacked { batches: batches.len(), infos, tensors: side_by_side(lists.collect()) }
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
        let layers = Layers { weights: Weights::Shared(parameters.tensors()), batches: count };
        let pass = Pass { network, layers, statistics, precision: Precision::F32 };
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

/// Logits of all images [n, channels, h, w], [n, classes], in as many groups as `capacity` asks for.
pub fn logits(
    capacity: Capacity,
    network: &ConvNet,
    parameters: &Parameters,
    statistics: &RunningStatistics,
    images: &Tensor<4>,
) -> Tensor<2> {
    let of = |pass: Pass<'_>, images: Tensor<4>| {
        let n = images.dims()[0];
        pass.logits(images).reshape([n, network.classes()])
    };
    in_groups(capacity, network, parameters, statistics, images, of)
}

/// Embeddings of all images [n, channels, h, w], [n, features], likewise.
pub fn embeddings(
    capacity: Capacity,
    network: &ConvNet,
    parameters: &Parameters,
    statistics: &RunningStatistics,
    images: &Tensor<4>,
) -> Tensor<2> {
    in_groups(capacity, network, parameters, statistics, images, |pass, images| {
        pass.embeddings(images)
    })
}

fn in_groups(
    capacity: Capacity,
    network: &ConvNet,
    parameters: &Parameters,
    statistics: &RunningStatistics,
    images: &Tensor<4>,
    of: impl Fn(Pass<'_>, Tensor<4>) -> Tensor<2>,
) -> Tensor<2> {
    let (parameters, images) = (parameters.detach(), images.clone().inner());
    let layers = Layers { weights: Weights::Shared(parameters.tensors()), batches: 1 };
    let pass = Pass { network, layers, statistics, precision: Precision::F32 };
    let groups = portions(capacity.images(network, Order::Zeroth), images.dims()[0]);
    joined(groups.map(|group| of(pass, narrow(&images, &group))).collect())
}

/// Embeddings of all images [n, channels, h, w], [n, features], and the slopes of the images from those that
/// `slopes_of` says the embeddings have, where images meet nowhere but there. All outside any graph.
pub fn through_embeddings(
    capacity: Capacity,
    network: &ConvNet,
    parameters: &Parameters,
    statistics: &RunningStatistics,
    images: &Tensor<4>,
    slopes_of: impl FnOnce(&Tensor<2>) -> Tensor<2>,
) -> (Tensor<2>, Tensor<4>) {
    let own = parameters.detach();
    let layers = Layers { weights: Weights::Shared(own.tensors()), batches: 1 };
    let pass = Pass { network, layers, statistics, precision: Precision::F32 };
    let images = images.clone().inner();
    let most = capacity.images(network, Order::First);
    let groups: Vec<_> = portions(most, images.dims()[0]).collect();
    if groups.len() == 1 {
        return pass.through_embeddings(images, slopes_of);
    }
    let all = embeddings(capacity, network, parameters, statistics, &images);
    let slopes = slopes_of(&all);
    let of = |group: &Range<usize>| {
        let slopes = narrow(&slopes, group);
        pass.through_embeddings(narrow(&images, group), |_| slopes).1
    };
    (all, joined(groups.iter().map(of).collect()))
}

/// `n` images in even groups of at most `most`.
fn portions(most: usize, n: usize) -> impl Iterator<Item = Range<usize>> {
    let size = n.div_ceil(n.div_ceil(most).max(1)).max(1);
    (0..n).step_by(size).map(move |start| start..(start + size).min(n))
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
    let sizes: Vec<usize> = batches.iter().map(|batch| batch.images.dims()[0]).collect();
    let n = sizes.iter().copied().max().unwrap_or(0);
    let (mut images, mut labels, mut weights) = (Vec::new(), Vec::new(), Vec::new());
    for (batch, own) in batches.iter().zip(&sizes) {
        images.push(batch.images.clone().inner());
        labels.push(batch.labels.clone());
        if *own < n {
            images.push(batch.images.clone().inner().narrow(0, 0, 1).repeat_dim(0, n - own));
            labels.extend(vec![batch.labels.narrow(0, 1); n - own]);
        }
        weights.extend(vec![1.0 / *own as f64; *own]);
        weights.extend(vec![0.0; n - own]);
    }
    let images = joined(images);
    let (dtype, classes) = (images.dtype(), network.classes());
    let rows = match Labels::joined(&labels) {
        Some(labels) => labels.probabilities(classes, dtype),
        None => joined(labels.iter().map(|part| part.probabilities(classes, dtype)).collect()),
    };
    let targets = if sizes.iter().all(|own| *own == n) {
        rows / n as f64
    } else {
        let weights = TensorData::new(weights, [n * batches.len(), 1]);
        rows * Tensor::from_data(weights, (&images.device(), dtype))
    };
    (images, targets)
}

/// The part of a tensor that lies in `range` of its first axis.
fn narrow<const D: usize>(tensor: &Tensor<D>, range: &Range<usize>) -> Tensor<D> {
    if *range == (0..tensor.dims()[0]) {
        return tensor.clone();
    }
    tensor.clone().narrow(0, range.start, range.len())
}

/// The sums over portions of lists of tensors.
fn added(portions: impl Iterator<Item = Vec<Tensor<1>>>) -> Vec<Tensor<1>> {
    let sums = portions
        .reduce(|sums, part| sums.into_iter().zip(part).map(|(sum, part)| sum + part).collect());
    sums.unwrap_or_default()
}

/// The lists of several groups of batches, each tensor with those of the groups behind it.
fn side_by_side(mut groups: Vec<Vec<Tensor<1>>>) -> Vec<Tensor<1>> {
    if groups.len() == 1 {
        return groups.remove(0);
    }
    let length = groups.first().map_or(0, Vec::len);
    let of_all = |at: usize| groups.iter().map(|group| group[at].clone()).collect();
    (0..length).map(|at| joined(of_all(at))).collect()
}

/// Tensors one after the other; a single one is not copied.
fn joined<const D: usize>(mut parts: Vec<Tensor<D>>) -> Tensor<D> {
    if parts.len() == 1 { parts.remove(0) } else { Tensor::cat(parts, 0) }
}

#[cfg(test)]
mod tests;
