//! The passes through a network for images of several batches that lie one after the other.
//!
//! Between two products, [`ConvNet::behind`] runs on a tape of its own: its inputs are the leaves, its
//! outputs are pulled back with the slopes that the products behind them ask for. Parameters of
//! normalisations are there once for every batch. Images of one batch meet in the gradients only, and a
//! batch's images enter its loss with weights that the targets carry.

use burn::tensor::{Gradients, Tensor};

use crate::nets::{
    convnet::ConvNet,
    labels::Labels,
    layers::cross_entropy::cross_entropy,
    parameters::Parameters,
    per_batch::Direction,
    statistics::{RunningStatistics, Statistics},
    value::{Value, sum},
};

/// A network with its parameters, outside any graph, and as many batches.
#[derive(Debug, Clone, Copy)]
pub struct Pass<'a> {
    /// The network.
    pub network: &'a ConvNet,
    /// Its parameters.
    pub parameters: &'a Parameters,
    /// Statistics of batch normalisation.
    pub statistics: &'a RunningStatistics,
    /// Batches that the images are of, all of one size.
    pub batches: usize,
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

/// What the last layer saw and made, and what the loss asks of it.
struct Head {
    /// [batches, n, features].
    seen: Value<3>,
    /// Slopes of the logits [batches, n, classes], and of their tangents.
    slopes: Value<3>,
}

impl Pass<'_> {
    /// ∇_θ of the loss of each batch, one flat tensor [batches · length] for each parameter: of images
    /// [batches · n, channels, h, w] with `targets` [batches · n, classes], whose rows carry the weight that
    /// an image has in the loss.
    pub fn gradients(&self, images: Tensor<4>, targets: Tensor<2>) -> Vec<Tensor<1>> {
        let (blocks, head) = self.forward(images, targets, None);
        let mut found = Vec::with_capacity(self.parameters.tensors().len());
        let slopes = head.slopes.primal;
        let [_, _, classes] = slopes.dims();
        let bias = slopes.clone().sum_dim(1).reshape([self.batches * classes]);
        let weight = slopes.clone().swap_dims(1, 2).matmul(head.seen.primal);
        found.push(bias);
        found.push(flat(weight));
        let mut slopes = self.below_head(slopes, &blocks);
        for (at, block) in blocks.into_iter().enumerate().rev() {
            let Block { seen, made, norm, left } = block;
            let mut pulled = (left.primal * slopes.autodiff()).sum().backward();
            slopes = gradient(&made.primal, &mut pulled);
            let norm = norm.iter().rev().map(|parameter| gradient(parameter, &mut pulled));
            found.extend(norm);
            found.push(self.sums(slopes.clone()));
            let convolution = self.network.convolution(at);
            let weights = convolution.weight_gradients(seen.primal, slopes.clone(), self.batches);
            found.push(weights);
            if at > 0 {
                slopes = convolution.shared_adjoint(slopes, self.weight(at));
            }
        }
        found.reverse();
        found
    }

    /// ∇_S ⟨v, ∇_θ L⟩ of each batch in its images [batches · n, channels, h, w]; `direction` holds the v of all
    /// batches side by side, targets are as in [`Self::gradients`].
    pub fn image_gradients(
        &self,
        images: Tensor<4>,
        targets: Tensor<2>,
        direction: &Direction,
    ) -> Tensor<4> {
        let none = images.zeros_like();
        let (blocks, head) = self.forward(images, targets, Some(direction));
        let Some(of_tangent) = head.slopes.tangent else { return none };
        let [batches, _, classes] = of_tangent.dims();
        let at = direction.len() - 2;
        let through_weight = direction[at].clone().map(|weights| {
            let features = weights.dims()[0] / (batches * classes);
            of_tangent.clone().matmul(weights.reshape([batches, classes, features]))
        });
        let through_weight = through_weight.map(|slopes| as_maps(slopes, &blocks));
        let mut slopes = self.below_head(head.slopes.primal, &blocks);
        slopes = through_weight.into_iter().fold(slopes, |slopes, part| slopes + part);
        let mut of_tangent = Some(self.below_head(of_tangent, &blocks));
        for (at, block) in blocks.into_iter().enumerate().rev() {
            let Block { made, left, .. } = block;
            let along = left.primal * slopes.clone().autodiff();
            let along_tangent =
                left.tangent.zip(of_tangent).map(|(left, slopes)| left * slopes.autodiff());
            let along = [Some(along), along_tangent].into_iter().flatten();
            let along = along.map(Tensor::sum).reduce(|sum, part| sum + part);
            let Some(mut pulled) = along.map(|along| along.backward()) else { return none };
            let convolution = self.network.convolution(at);
            let of_made = made.tangent.map(|tangent| gradient(&tangent, &mut pulled));
            slopes =
                convolution.shared_adjoint(gradient(&made.primal, &mut pulled), self.weight(at));
            if let (Some(slope), Some(weights)) = (&of_made, self.direction_of(direction, at)) {
                slopes = slopes + convolution.each_adjoint(slope.clone(), weights, batches);
            }
            of_tangent = of_made
                .filter(|_| at > 0)
                .map(|slope| convolution.shared_adjoint(slope, self.weight(at)));
        }
        slopes
    }

    fn forward(
        &self,
        images: Tensor<4>,
        targets: Tensor<2>,
        direction: Option<&Direction>,
    ) -> (Vec<Block>, Head) {
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
        (blocks, self.head(x, targets, direction))
    }

    fn block(&self, at: usize, seen: Value<4>, direction: Option<&Direction>) -> Block {
        let range = self.network.parameters_of(at);
        let own = &self.parameters.tensors()[range.clone()];
        let along =
            |part: usize| direction.and_then(|direction| direction[range.start + part].clone());
        let convolution = self.network.convolution(at);
        let primal = convolution.shared(seen.primal.clone(), own[0].clone(), Some(own[1].clone()));
        let through_x = seen.tangent.clone().map(|x| convolution.shared(x, own[0].clone(), None));
        let through_weight =
            along(0).map(|weights| convolution.each(seen.primal.clone(), weights, self.batches));
        let shift = along(1).map(|shift| {
            let [all, channels, height, width] = primal.dims();
            let n = all / self.batches;
            let each =
                shift.reshape([self.batches, 1, channels]).expand([self.batches, n, channels]);
            each.reshape([all, channels, 1, 1]).expand([all, channels, height, width])
        });
        let tangent = sum(sum(through_x, through_weight), shift);
        let made = Value { primal: leaf(primal), tangent: tangent.map(leaf) };

        let norm: Vec<_> =
            own[2..].iter().map(|part| leaf(part.clone().repeat_dim(0, self.batches))).collect();
        let values: Vec<_> = norm
            .iter()
            .enumerate()
            .map(|(part, primal)| Value { primal: primal.clone(), tangent: along(2 + part) })
            .collect();
        let frozen = &mut Statistics::Frozen(self.statistics);
        let left = self.network.behind(at, made.clone(), &values, frozen);
        Block { seen, made, norm, left }
    }

    /// The last layer, the loss and its slopes in the logits, or those of the loss's tangent.
    fn head(&self, x: Value<4>, targets: Tensor<2>, direction: Option<&Direction>) -> Head {
        let [all, classes] = targets.dims();
        let (batches, features) = (self.batches, self.network.features());
        let seen = x.reshape([batches, all / batches, features]);
        let tensors = self.parameters.tensors();
        let at = tensors.len() - 2;
        let along = |at: usize| direction.and_then(|direction| direction[at].clone());
        let weight = tensors[at].clone().reshape([classes, features]).transpose();
        let product = |x: Tensor<3>| {
            x.reshape([all, features]).matmul(weight.clone()).reshape([all, classes])
        };
        let primal = product(seen.primal.clone()) + tensors[at + 1].clone().reshape([1, classes]);
        let through_x = seen.tangent.clone().map(product);
        let through_weight = along(at).map(|weights| {
            let weights = weights.reshape([batches, classes, features]).swap_dims(1, 2);
            seen.primal.clone().matmul(weights).reshape([all, classes])
        });
        let shift = along(at + 1).map(|shift| {
            let each = shift.reshape([batches, 1, classes]);
            each.expand([batches, all / batches, classes]).reshape([all, classes])
        });
        let tangent = sum(sum(through_x, through_weight), shift);

        let logits = Value { primal: leaf(primal), tangent: tangent.map(leaf) };
        let loss = cross_entropy(logits.clone(), &Labels::Soft(targets));
        // The loss is a mean over all images, whose weights the targets have already.
        let loss = loss.tangent.unwrap_or(loss.primal) * all as f64;
        let mut pulled = loss.backward();
        let slopes = Value {
            primal: gradient(&logits.primal, &mut pulled),
            tangent: logits.tangent.map(|tangent| gradient(&tangent, &mut pulled)),
        };
        Head { seen, slopes: slopes.reshape([batches, all / batches, classes]) }
    }

    /// From slopes of the logits to those of what left the last block, through the shared weight.
    fn below_head(&self, slopes: Tensor<3>, blocks: &[Block]) -> Tensor<4> {
        let [batches, n, classes] = slopes.dims();
        let features = self.network.features();
        let tensors = self.parameters.tensors();
        let weight = tensors[tensors.len() - 2].clone().reshape([classes, features]);
        let slopes = slopes.reshape([batches * n, classes]).matmul(weight);
        as_maps(slopes.reshape([batches, n, features]), blocks)
    }

    /// The sums over images and pixels for each batch, flat [batches · channels], of [batches · n, channels, h, w].
    fn sums(&self, slopes: Tensor<4>) -> Tensor<1> {
        let [all, channels, height, width] = slopes.dims();
        let n = all / self.batches;
        let pixels = slopes.reshape([self.batches, n, channels, height * width]);
        pixels.sum_dim(3).sum_dim(1).reshape([self.batches * channels])
    }

    fn weight(&self, at: usize) -> Tensor<1> {
        self.parameters.tensors()[self.network.parameters_of(at).start].clone()
    }

    fn direction_of(&self, direction: &Direction, at: usize) -> Option<Tensor<1>> {
        direction[self.network.parameters_of(at).start].clone()
    }
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
