//! The passes through a network for images of several batches that lie one after the other.
//!
//! Convolutions and the last layer go forward and back by hand, what lies between them as [`Behind`] has
//! it. Images of one batch meet in the gradients only, and a batch's images enter its loss with weights
//! that the targets carry. Whether the batches share their parameters or have a set each is a matter of the
//! products alone (`weights`).

use std::ops::Range;

use burn::tensor::{Tensor, activation::log_softmax};

use crate::nets::{
    convnet::ConvNet,
    labels::Labels,
    layers::cross_entropy::cross_entropy,
    per_batch::Direction,
    statistics::RunningStatistics,
    value::{Value, sum},
};

use crate::spec::Precision;

use super::{
    behind::{Behind, Place, Slopes, gradient, leaf},
    convolution::shifted,
    weights::Layers,
};

/// A network with its parameters, and as many batches, all of one size.
#[derive(Debug, Clone, Copy)]
pub struct Pass<'a> {
    /// The network.
    pub network: &'a ConvNet,
    /// The parameters that each batch meets.
    pub layers: Layers<'a>,
    /// Statistics of batch normalisation.
    pub statistics: &'a RunningStatistics,
    /// Of the values that convolutions multiply.
    pub precision: Precision,
}

/// One block of the forward pass.
struct Block {
    /// What its convolution saw.
    seen: Value<4>,
    /// What follows it.
    behind: Behind,
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
            let Block { seen, behind } = block;
            let Slopes { made, bias, norm } = behind.back(slopes);
            slopes = made;
            found.extend(norm.into_iter().rev());
            found.push(bias);
            let convolution = self.network.convolution(at, self.precision);
            found.push(convolution.weight_gradients(seen.primal, slopes.clone(), batches));
            if at > 0 {
                slopes = self.layers.convolve_back(convolution, self.weight(at), slopes);
            }
        }
        found.reverse();
        FirstOrder { log_probabilities, gradients: found }
    }

    /// ∇_S ⟨v, ∇_θ L⟩ of each batch in its images [batches · n, channels, h, w]; `direction` holds the v of
    /// all batches side by side, targets are as in [`Self::first_order`].
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
            let Some(of_made) = block.behind.back_along(slopes, of_tangent) else { return none };
            let convolution = self.network.convolution(at, self.precision);
            let weight = self.weight(at);
            let back = |slopes| self.layers.convolve_back(convolution, weight, slopes);
            let Value { primal, tangent } = of_made;
            let across = tangent.clone().zip(direction[weight].clone());
            let across =
                across.map(|(slopes, weights)| convolution.each_adjoint(slopes, weights, batches));
            of_tangent = tangent.filter(|_| at > 0).map(back);
            slopes = across.into_iter().fold(back(primal), |slopes, part| slopes + part);
        }
        slopes
    }

    /// Embeddings [batches · n, features] of images [batches · n, channels, h, w], and the slopes of the images from
    /// those that the embeddings are said to have.
    pub fn through_embeddings(
        &self,
        images: Tensor<4>,
        slopes_of: impl FnOnce(&Tensor<2>) -> Tensor<2>,
    ) -> (Tensor<2>, Tensor<4>) {
        let (blocks, left) = self.blocks(images, None);
        let shape @ [all, ..] = left.primal.dims();
        let embeddings = left.primal.reshape([all, self.network.features()]);
        let mut slopes = slopes_of(&embeddings).reshape(shape);
        for (at, block) in blocks.into_iter().enumerate().rev() {
            let convolution = self.network.convolution(at, self.precision);
            let made = block.behind.back(slopes).made;
            slopes = self.layers.convolve_back(convolution, self.weight(at), made);
        }
        (embeddings, slopes)
    }

    /// Logits [batches, n, classes] of images [batches · n, channels, h, w], without a tape.
    pub fn logits(&self, images: Tensor<4>) -> Tensor<3> {
        self.head(self.leave(images).into(), None).logits.primal
    }

    /// Embeddings [batches · n, features] of images [batches · n, channels, h, w], without a tape.
    pub fn embeddings(&self, images: Tensor<4>) -> Tensor<2> {
        let all = images.dims()[0];
        self.leave(images).reshape([all, self.network.features()])
    }

    /// What leaves the last block, without a way back.
    fn leave(&self, images: Tensor<4>) -> Tensor<4> {
        let mut x = images;
        for at in 0..self.network.depth() {
            let convolution = self.network.convolution(at, self.precision);
            let made = self.layers.convolve(convolution, self.weight(at), x, true);
            let norm = self.norms(at).map(|at| self.layers.for_each(at)).collect();
            x = self.place(at).leave(made, norm);
        }
        x
    }

    fn forward(&self, images: Tensor<4>, direction: Option<&Direction>) -> (Vec<Block>, Head) {
        let (blocks, left) = self.blocks(images, direction);
        (blocks, self.head(left, direction))
    }

    /// The blocks, and what left the last one.
    fn blocks(&self, images: Tensor<4>, direction: Option<&Direction>) -> (Vec<Block>, Value<4>) {
        let mut blocks = Vec::new();
        let mut x = Value::from(images);
        for at in 0..self.network.depth() {
            let block = self.block(at, x, direction);
            x = block.behind.left.clone();
            blocks.push(block);
        }
        (blocks, x)
    }

    fn block(&self, at: usize, seen: Value<4>, direction: Option<&Direction>) -> Block {
        let (weight, layers) = (self.weight(at), self.layers);
        let along = |part: usize| direction.and_then(|direction| direction[part].clone());
        let convolution = self.network.convolution(at, self.precision);
        let primal = layers.convolve(convolution, weight, seen.primal.clone(), true);
        let through_x =
            seen.tangent.clone().map(|x| layers.convolve(convolution, weight, x, false));
        let through_parameters = match (along(weight), along(weight + 1)) {
            (Some(weights), shift) => {
                Some(convolution.each(seen.primal.clone(), weights, shift, layers.batches))
            }
            (None, Some(shift)) => Some(shifted(primal.zeros_like(), shift, layers.batches)),
            (None, None) => None,
        };
        let tangent = sum(through_x, through_parameters);
        let norm = self
            .norms(at)
            .map(|at| Value { primal: layers.for_each(at), tangent: along(at) })
            .collect();
        let made = Value { primal, tangent };
        let behind = Behind::there(self.place(at), made, norm, direction.is_some());
        Block { seen, behind }
    }

    /// Behind convolution `at`.
    fn place(&self, at: usize) -> Place<'_> {
        let Self { network, layers, statistics, .. } = *self;
        Place { network, at, batches: layers.batches, statistics }
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
    let shape =
        blocks.last().map_or([batches * n, length, 1, 1], |last| last.behind.left.primal.dims());
    features.reshape(shape)
}

fn flat<const D: usize>(tensor: Tensor<D>) -> Tensor<1> {
    let length: usize = tensor.dims().iter().product();
    tensor.reshape([length])
}
