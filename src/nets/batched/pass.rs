//! The passes through a network for images of several batches that lie one after the other.
//!
//! Between two products, [`ConvNet::behind`] runs on a tape of its own: its inputs are the leaves, its
//! outputs are pulled back with the slopes that the products behind them ask for: the library's way back
//! begins with a slope of one for every number, whatever the shape, so it is asked for that of outputs times
//! slopes. Parameters of
//! normalisations are there once for every batch. Images of one batch meet in the gradients only, and a
//! batch's images enter its loss with weights that the targets carry. Whether the batches share their
//! parameters or have a set each is a matter of the products alone (`weights`).

use std::ops::Range;

use burn::tensor::{Gradients, Tensor, activation::log_softmax};

use crate::nets::{
    convnet::ConvNet,
    labels::Labels,
    layers::cross_entropy::cross_entropy,
    per_batch::Direction,
    statistics::{RunningStatistics, Statistics},
    value::{Value, sum},
};

use super::weights::Layers;

/// A network with its parameters, and as many batches, all of one size.
#[derive(Debug, Clone, Copy)]
pub struct Pass<'a> {
    /// The network.
    pub network: &'a ConvNet,
    /// The parameters that each batch meets.
    pub layers: Layers<'a>,
    /// Statistics of batch normalisation.
    pub statistics: &'a RunningStatistics,
}

/// One block of the forward pass.
struct Block {
    /// What its convolution saw.
    seen: Value<4>,
    /// What its convolution made: leaves.
    made: Value<4>,
    /// Its normalisation's parameters.
    norm: Vec<Tensor<1>>,
    /// What left it, on its tape.
    left: Value<4>,
}

/// What the last layer saw and made, each [batches, n, features or classes].
struct Head {
    seen: Value<3>,
    logits: Value<3>,
}

/// What a first-order pass finds.
#[derive(Debug)]
pub struct FirstOrder {
    /// ln p of every class for every image, [batches, n, classes].
    pub log_probabilities: Tensor<3>,
    /// ∇_θ of the loss of each batch, one flat tensor [batches · length] for each parameter.
    pub gradients: Vec<Tensor<1>>,
}

impl Pass<'_> {
    /// Of images [batches · n, channels, h, w] with `targets` [batches · n, classes], whose rows carry the
    /// weight that an image has in the loss.
    pub fn first_order(&self, images: Tensor<4>, targets: Tensor<2>) -> FirstOrder {
        let batches = self.layers.batches;
        let (blocks, head) = self.forward(images, None);
        let Head { seen, logits } = head;
        let shape @ [_, _, classes] = logits.primal.dims();
        let log_probabilities = log_softmax(logits.primal, 2);
        let targets = targets.reshape(shape);
        let weight = targets.clone().sum_dim(2);
        let slopes = log_probabilities.clone().exp() * weight - targets;
        let mut found = Vec::with_capacity(self.layers.len());
        found.push(slopes.clone().sum_dim(1).reshape([batches * classes]));
        found.push(flat(slopes.clone().swap_dims(1, 2).matmul(seen.primal)));
        let mut slopes = self.below_head(slopes, &blocks);
        for (at, block) in blocks.into_iter().enumerate().rev() {
            let Block { seen, made, norm, left } = block;
            let mut pulled = (left.primal * slopes.autodiff()).backward();
            slopes = gradient(&made.primal, &mut pulled);
            let norm = norm.iter().rev().map(|parameter| gradient(parameter, &mut pulled));
            found.extend(norm);
            found.push(self.sums(slopes.clone()));
            let convolution = self.network.convolution(at);
            found.push(convolution.weight_gradients(seen.primal, slopes.clone(), batches));
            if at > 0 {
                slopes = self.layers.convolve_back(convolution, self.weight(at), slopes);
            }
        }
        found.reverse();
        FirstOrder { log_probabilities, gradients: found }
    }

    /// ∇_S ⟨v, ∇_θ L⟩ of each batch in its images [batches · n, channels, h, w]; `direction` holds the v of all
    /// batches side by side, targets are as in [`Self::first_order`].
    pub fn image_gradients(
        &self,
        images: Tensor<4>,
        targets: Tensor<2>,
        direction: &Direction,
    ) -> Tensor<4> {
        let none = images.zeros_like();
        let (blocks, head) = self.forward(images, Some(direction));
        let slopes = tangent_slopes(head.logits, targets);
        let Some(of_tangent) = slopes.tangent else { return none };
        let [batches, _, classes] = of_tangent.dims();
        let at = direction.len() - 2;
        let through_weight = direction[at].clone().map(|weights| {
            let features = weights.dims()[0] / (batches * classes);
            of_tangent.clone().matmul(weights.reshape([batches, classes, features]))
        });
        let through_weight = through_weight.map(|slopes| as_maps(slopes, &blocks));
        let mut slopes = self.below_head(slopes.primal, &blocks);
        slopes = through_weight.into_iter().fold(slopes, |slopes, part| slopes + part);
        let mut of_tangent = Some(self.below_head(of_tangent, &blocks));
        for (at, block) in blocks.into_iter().enumerate().rev() {
            let Block { made, left, .. } = block;
            let along = left.primal * slopes.clone().autodiff();
            let along_tangent =
                left.tangent.zip(of_tangent).map(|(left, slopes)| left * slopes.autodiff());
            let along = [Some(along), along_tangent].into_iter().flatten();
            let along = along.reduce(|sum, part| sum + part);
            let Some(mut pulled) = along.map(|along| along.backward()) else { return none };
            let convolution = self.network.convolution(at);
            let weight = self.weight(at);
            let back = |slopes| self.layers.convolve_back(convolution, weight, slopes);
            let of_made = made.tangent.map(|tangent| gradient(&tangent, &mut pulled));
            slopes = back(gradient(&made.primal, &mut pulled));
            if let (Some(slope), Some(weights)) = (&of_made, direction[weight].clone()) {
                slopes = slopes + convolution.each_adjoint(slope.clone(), weights, batches);
            }
            of_tangent = of_made.filter(|_| at > 0).map(back);
        }
        slopes
    }

    /// Logits [batches, n, classes] of images [batches · n, channels, h, w], without a tape.
    pub fn logits(&self, images: Tensor<4>) -> Tensor<3> {
        let mut x = images;
        for at in 0..self.network.depth() {
            let convolution = self.network.convolution(at);
            let made = self.layers.convolve(convolution, self.weight(at), x, true);
            let norm: Vec<_> =
                self.norms(at).map(|at| Value::from(self.layers.for_each(at))).collect();
            x = self.behind(at, made.into(), &norm).primal;
        }
        self.head(x.into(), None).logits.primal
    }

    fn forward(&self, images: Tensor<4>, direction: Option<&Direction>) -> (Vec<Block>, Head) {
        let mut blocks = Vec::new();
        let mut x = Value::from(images);
        for at in 0..self.network.depth() {
            let block = self.block(at, x, direction);
            x = Value {
                primal: block.left.primal.clone().inner(),
                tangent: block.left.tangent.clone().map(Tensor::inner),
            };
            blocks.push(block);
        }
        (blocks, self.head(x, direction))
    }

    fn block(&self, at: usize, seen: Value<4>, direction: Option<&Direction>) -> Block {
        let (weight, layers) = (self.weight(at), self.layers);
        let along = |part: usize| direction.and_then(|direction| direction[part].clone());
        let convolution = self.network.convolution(at);
        let primal = layers.convolve(convolution, weight, seen.primal.clone(), true);
        let through_x =
            seen.tangent.clone().map(|x| layers.convolve(convolution, weight, x, false));
        let through_weight = along(weight)
            .map(|weights| convolution.each(seen.primal.clone(), weights, layers.batches));
        let tangent = match (sum(through_x, through_weight), along(weight + 1)) {
            (Some(tangent), Some(shift)) => Some(layers.shifted(tangent, shift)),
            (None, Some(shift)) => Some(layers.shifted(primal.zeros_like(), shift)),
            (tangent, None) => tangent,
        };
        let made = Value { primal: leaf(primal), tangent: tangent.map(leaf) };
        let norm: Vec<_> = self.norms(at).map(|at| leaf(layers.for_each(at))).collect();
        let values: Vec<_> = self
            .norms(at)
            .zip(&norm)
            .map(|(at, primal)| Value { primal: primal.clone(), tangent: along(at) })
            .collect();
        let left = self.behind(at, made.clone(), &values);
        Block { seen, made, norm, left }
    }

    /// What follows convolution `at`.
    fn behind(&self, at: usize, made: Value<4>, norm: &[Value<1>]) -> Value<4> {
        self.network.behind(at, made, norm, &mut Statistics::Frozen(self.statistics))
    }

    /// The last layer.
    fn head(&self, x: Value<4>, direction: Option<&Direction>) -> Head {
        let [all, ..] = x.primal.dims();
        let batches = self.layers.batches;
        let (features, classes) = (self.network.features(), self.network.classes());
        let seen = x.reshape([batches, all / batches, features]);
        let at = self.layers.len() - 2;
        let along = |at: usize| direction.and_then(|direction| direction[at].clone());
        let primal = self.layers.product(at, seen.primal.clone(), classes, true);
        let through_x = seen.tangent.clone().map(|x| self.layers.product(at, x, classes, false));
        let through_weight = along(at).map(|weights| {
            let weights = weights.reshape([batches, classes, features]).swap_dims(1, 2);
            seen.primal.clone().matmul(weights)
        });
        let shift =
            along(at + 1).map(|shift| shift.reshape([batches, 1, classes]).expand(primal.dims()));
        let tangent = sum(sum(through_x, through_weight), shift);
        Head { seen, logits: Value { primal, tangent } }
    }

    /// From slopes of the logits to those of what left the last block.
    fn below_head(&self, slopes: Tensor<3>, blocks: &[Block]) -> Tensor<4> {
        let at = self.layers.len() - 2;
        as_maps(self.layers.product_back(at, slopes, self.network.features()), blocks)
    }

    /// The sums over images and pixels for each batch, flat [batches · channels], of [batches · n, channels, h, w].
    fn sums(&self, slopes: Tensor<4>) -> Tensor<1> {
        let [all, channels, height, width] = slopes.dims();
        let batches = self.layers.batches;
        let pixels = slopes.reshape([batches, all / batches, channels, height * width]);
        pixels.sum_dim(3).sum_dim(1).reshape([batches * channels])
    }

    /// Where the weight of convolution `at` is in the list of parameters.
    fn weight(&self, at: usize) -> usize {
        self.network.parameters_of(at).start
    }

    /// Where the parameters of the normalisation behind it are.
    fn norms(&self, at: usize) -> Range<usize> {
        let Range { start, end } = self.network.parameters_of(at);
        start + 2..end
    }
}

/// Slopes that the tangent of the loss has in logits [batches, n, classes] and their tangents.
fn tangent_slopes(logits: Value<3>, targets: Tensor<2>) -> Value<3> {
    let shape = logits.primal.dims();
    let [all, classes] = targets.dims();
    let logits = logits.reshape([all, classes]);
    let logits = Value { primal: leaf(logits.primal), tangent: logits.tangent.map(leaf) };
    let loss = cross_entropy(logits.clone(), &Labels::Soft(targets));
    // The loss is a mean over all images, whose weights the targets have already.
    let mut pulled = (loss.tangent.unwrap_or(loss.primal) * all as f64).backward();
    let slopes = Value {
        primal: gradient(&logits.primal, &mut pulled),
        tangent: logits.tangent.map(|tangent| gradient(&tangent, &mut pulled)),
    };
    slopes.reshape(shape)
}

/// Features [batches, n, features] in the shape of what left the last block.
fn as_maps(features: Tensor<3>, blocks: &[Block]) -> Tensor<4> {
    let [batches, n, length] = features.dims();
    let shape = blocks.last().map_or([batches * n, length, 1, 1], |last| last.left.primal.dims());
    features.reshape(shape)
}

/// A leaf of a new tape.
fn leaf<const D: usize>(tensor: Tensor<D>) -> Tensor<D> {
    tensor.autodiff().require_grad()
}

/// The gradient in a leaf, zero where nothing flows.
fn gradient<const D: usize>(leaf: &Tensor<D>, pulled: &mut Gradients) -> Tensor<D> {
    leaf.grad_remove(pulled).unwrap_or_else(|| leaf.clone().inner().zeros_like())
}

fn flat<const D: usize>(tensor: Tensor<D>) -> Tensor<1> {
    let length: usize = tensor.dims().iter().product();
    tensor.reshape([length])
}
