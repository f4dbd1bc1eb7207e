//! The layers that a network is a list of, and how a value goes through them.

use crate::nets::{
    layers::{
        activation::relu,
        batch_norm::{batch_norm, batch_norm_frozen},
        conv2d::{Steps, conv2d},
        group_norm::group_norm,
        linear::linear,
        pooling::{Window, average_pool, max_pool},
        response_norm::ResponseNorm,
    },
    statistics::Statistics,
    value::Value,
};

/// One layer. Its parameters are the next ones of the network's list.
#[derive(Debug, Clone)]
pub enum Layer {
    /// A convolution.
    Convolution {
        /// Its weight, [out, in, kernel, kernel].
        shape: [usize; 4],
        /// How the kernel goes over the image.
        steps: Steps,
        /// Whether a bias is added.
        bias: bool,
    },
    /// Instance normalisation with affine parameters and without running statistics.
    InstanceNorm {
        /// Its channels.
        channels: usize,
    },
    /// Batch normalisation, the next one of the running statistics.
    BatchNorm,
    /// Normalisation over neighbouring channels.
    ResponseNorm(ResponseNorm),
    /// max(x, 0).
    Relu,
    /// The maximum of every window.
    MaxPool(Window),
    /// The mean of every window of this side, beside one another.
    AveragePool(usize),
    /// [n, channels, h, w] becomes [n, channels · h · w, 1, 1].
    Flatten,
    /// A linear layer on what was flattened.
    Linear,
    /// relu(body(x) + shortcut(x)); an empty shortcut hands x on.
    Residual {
        /// The longer way.
        body: Vec<Layer>,
        /// The shorter one.
        shortcut: Vec<Layer>,
    },
}

/// What is still ahead of a value on its way through a network.
pub struct Walk<'a, 's> {
    parameters: std::slice::Iter<'a, Value<1>>,
    batch_norms: usize,
    statistics: &'a mut Statistics<'s>,
}

impl<'a, 's> Walk<'a, 's> {
    /// The whole way.
    pub fn new(parameters: &'a [Value<1>], statistics: &'a mut Statistics<'s>) -> Self {
        Self { parameters: parameters.iter(), batch_norms: 0, statistics }
    }

    /// The next two parameters.
    fn both(&mut self) -> Option<[&'a Value<1>; 2]> {
        Some([self.parameters.next()?, self.parameters.next()?])
    }
}

/// x [n, channels, h, w] through all of these layers.
pub fn through(layers: &[Layer], x: Value<4>, walk: &mut Walk<'_, '_>) -> Value<4> {
    layers.iter().fold(x, |x, layer| layer.apply(x, walk))
}

impl Layer {
    /// x [n, channels, h, w] through this layer. A network's parameters are as many as its layers take.
    fn apply(&self, x: Value<4>, walk: &mut Walk<'_, '_>) -> Value<4> {
        match self {
            Self::Convolution { shape, steps, bias } => {
                let Some(weight) = walk.parameters.next() else { return x };
                let bias = if *bias { walk.parameters.next() } else { None };
                conv2d(x, weight, bias, *shape, *steps)
            }
            Self::InstanceNorm { channels } => match walk.both() {
                Some([weight, bias]) => group_norm(x, weight, bias, *channels),
                None => x,
            },
            Self::BatchNorm => {
                let at = walk.batch_norms;
                walk.batch_norms += 1;
                match (walk.both(), &mut *walk.statistics) {
                    (Some([weight, bias]), Statistics::Batch(running)) => {
                        batch_norm(x, weight, bias, &mut running.layers[at])
                    }
                    (Some([weight, bias]), Statistics::Frozen(running)) => {
                        batch_norm_frozen(x, weight, bias, &running.layers[at])
                    }
                    (None, _) => x,
                }
            }
            Self::ResponseNorm(norm) => norm.apply(x),
            Self::Relu => relu(x),
            Self::MaxPool(window) => max_pool(x, *window),
            Self::AveragePool(side) => average_pool(x, *side),
            Self::Flatten => {
                let [n, channels, height, width] = x.primal.dims();
                x.reshape([n, channels * height * width, 1, 1])
            }
            Self::Linear => {
                let [n, features, ..] = x.primal.dims();
                let Some([weight, bias]) = walk.both() else { return x };
                let y = linear(x.reshape([n, features]), weight, bias);
                let [_, outputs] = y.primal.dims();
                y.reshape([n, outputs, 1, 1])
            }
            Self::Residual { body, shortcut } => {
                let long = through(body, x.clone(), walk);
                relu(long + through(shortcut, x, walk))
            }
        }
    }
}
