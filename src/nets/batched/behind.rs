//! What follows a convolution in a pass over several batches, there and back: by kernels for graphics
//! adapters where they serve it, else on a tape of its own.
//!
//! On the tape its inputs are the leaves, and its outputs are pulled back with the slopes that the products
//! behind them ask for: the library's way back begins with a slope of one for every number, whatever the
//! shape, so it is asked for that of outputs times slopes. Parameters of normalisations are there once for
//! every batch.

use burn::tensor::{Gradients, Tensor};

use crate::nets::{
    convnet::ConvNet,
    gpu::{
        self,
        tail::{self, Affine, Tail},
    },
    statistics::{RunningStatistics, Statistics},
    value::Value,
};

/// Where a pass is: behind which convolution of which network.
#[derive(Debug, Clone, Copy)]
pub struct Place<'a> {
    /// The network.
    pub network: &'a ConvNet,
    /// Which convolution.
    pub at: usize,
    /// How many batches, all of one size.
    pub batches: usize,
    /// Statistics of batch normalisation.
    pub statistics: &'a RunningStatistics,
}

/// What left, and the way back.
#[derive(Debug)]
pub struct Behind {
    /// What left, outside any graph, [batches · n, channels, h, w].
    pub left: Value<4>,
    batches: usize,
    way: Way,
}

// There are few of them, and most are of the larger kind.
#[allow(clippy::large_enum_variant)]
#[derive(Debug)]
enum Way {
    /// Leaves, and what left on their tape.
    Tape { made: Value<4>, norm: Vec<Tensor<1>>, left: Value<4> },
    /// What kernels compute again from.
    Kernels {
        tail: Tail,
        made: Value<4>,
        affine: Option<Affine>,
        along: Option<Affine>,
        kept: Tensor<2>,
    },
}

/// What goes back.
#[derive(Debug)]
pub struct Slopes {
    /// Of what the convolution made, [batches · n, channels, h, w].
    pub made: Tensor<4>,
    /// Their sums over images and pixels for each batch, flat [batches · channels].
    pub bias: Tensor<1>,
    /// Of the normalisation's parameters for each batch, in their order.
    pub norm: Vec<Tensor<1>>,
}

impl Place<'_> {
    /// What leaves without a way back.
    pub fn leave(self, made: Tensor<4>, norm: Vec<Tensor<1>>) -> Tensor<4> {
        let Self { network, at, batches, statistics } = self;
        if let Some(tail) = network.tail(at).filter(|_| gpu::serves(&made)) {
            return tail::there(tail, made, affine(norm.into_iter()).as_ref(), batches).0;
        }
        let norm: Vec<_> = norm.into_iter().map(Value::from).collect();
        network.behind(at, made.into(), &norm, &mut Statistics::Frozen(statistics)).primal
    }
}

impl Behind {
    /// From what the convolution made, [batches · n, channels, h, w]; `norm` are the normalisation's
    /// parameters for every batch. Without a direction no part has a tangent.
    pub fn there(place: Place<'_>, made: Value<4>, norm: Vec<Value<1>>, is_along: bool) -> Self {
        match place.network.tail(place.at).filter(|_| gpu::serves(&made.primal)) {
            Some(tail) => Self::by_kernels(tail, place.batches, made, norm, is_along),
            None => Self::on_tape(place, made, norm),
        }
    }

    fn by_kernels(
        tail: Tail,
        batches: usize,
        made: Value<4>,
        norm: Vec<Value<1>>,
        is_along: bool,
    ) -> Self {
        let along = is_along.then(|| affine(norm.iter().map(Value::tangent_or_zeros))).flatten();
        let affine = affine(norm.into_iter().map(|parameter| parameter.primal));
        if is_along {
            let tangent = made.tangent_or_zeros();
            let both = affine.as_ref().zip(along.as_ref());
            let (left, kept) =
                tail::along(tail, made.primal.clone(), tangent.clone(), both, batches);
            let made = Value::with_tangent(made.primal, tangent);
            return Self { left, batches, way: Way::Kernels { tail, made, affine, along, kept } };
        }
        let (left, kept) = tail::there(tail, made.primal.clone(), affine.as_ref(), batches);
        let way = Way::Kernels { tail, made, affine, along, kept };
        Self { left: left.into(), batches, way }
    }

    fn on_tape(place: Place<'_>, made: Value<4>, norm: Vec<Value<1>>) -> Self {
        let Place { network, at, batches, statistics } = place;
        let made = Value { primal: leaf(made.primal), tangent: made.tangent.map(leaf) };
        let norm: Vec<_> = norm
            .into_iter()
            .map(|Value { primal, tangent }| Value { primal: leaf(primal), tangent })
            .collect();
        let left = network.behind(at, made.clone(), &norm, &mut Statistics::Frozen(statistics));
        let outside = Value {
            primal: left.primal.clone().inner(),
            tangent: left.tangent.clone().map(Tensor::inner),
        };
        let norm = norm.into_iter().map(|parameter| parameter.primal).collect();
        Self { left: outside, batches, way: Way::Tape { made, norm, left } }
    }

    /// From the slopes of what left.
    pub fn back(self, slopes: Tensor<4>) -> Slopes {
        let batches = self.batches;
        match self.way {
            Way::Tape { made, norm, left } => {
                let mut pulled = (left.primal * slopes.autodiff()).backward();
                let slopes = gradient(&made.primal, &mut pulled);
                let norm = norm.iter().map(|part| gradient(part, &mut pulled)).collect();
                Slopes { bias: sums(slopes.clone(), batches), made: slopes, norm }
            }
            Way::Kernels { tail, made, affine, kept, .. } => {
                let found = tail::back(tail, made.primal, affine.as_ref(), kept, slopes, batches);
                let norm =
                    found.affine.into_iter().flat_map(|Affine { scale, shift }| [scale, shift]);
                Slopes { made: found.made, bias: found.bias, norm: norm.collect() }
            }
        }
    }

    /// From the slopes of what left and of its tangent to those of what the convolution made and of that
    /// one's tangent; `None` where nothing flows.
    pub fn back_along(self, slopes: Tensor<4>, of_tangent: Option<Tensor<4>>) -> Option<Value<4>> {
        match self.way {
            Way::Tape { made, left, .. } => {
                let along = left.primal * slopes.autodiff();
                let along_tangent =
                    left.tangent.zip(of_tangent).map(|(left, slopes)| left * slopes.autodiff());
                let along = [Some(along), along_tangent].into_iter().flatten();
                let mut pulled = along.reduce(|sum, part| sum + part)?.backward();
                let tangent = made.tangent.map(|tangent| gradient(&tangent, &mut pulled));
                Some(Value { primal: gradient(&made.primal, &mut pulled), tangent })
            }
            Way::Kernels { tail, made, affine, along, kept } => {
                let both = affine.as_ref().zip(along.as_ref());
                let of_tangent = of_tangent.unwrap_or_else(|| slopes.zeros_like());
                tail::back_along(tail, made, both, kept, slopes, of_tangent, self.batches)
            }
        }
    }
}

/// Scale and shift, if there are two parameters.
fn affine(parameters: impl Iterator<Item = Tensor<1>>) -> Option<Affine> {
    let [scale, shift] = <[_; 2]>::try_from(parameters.collect::<Vec<_>>()).ok()?;
    Some(Affine { scale, shift })
}

/// The sums over images and pixels for each batch, flat [batches · channels], of [batches · n, channels, h,
/// w].
fn sums(slopes: Tensor<4>, batches: usize) -> Tensor<1> {
    let [all, channels, height, width] = slopes.dims();
    let pixels = slopes.reshape([batches, all / batches, channels, height * width]);
    pixels.sum_dim(3).sum_dim(1).reshape([batches * channels])
}

/// A leaf of a new tape.
pub fn leaf<const D: usize>(tensor: Tensor<D>) -> Tensor<D> {
    tensor.autodiff().require_grad()
}

/// The gradient in a leaf, zero where nothing flows.
pub fn gradient<const D: usize>(leaf: &Tensor<D>, pulled: &mut Gradients) -> Tensor<D> {
    leaf.grad_remove(pulled).unwrap_or_else(|| leaf.clone().inner().zeros_like())
}
