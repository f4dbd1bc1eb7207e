//! A convolution on the library's tape: for networks and methods that are differentiated there, and not by
//! a pass of our own.

use burn::backend::{Autodiff, Wgpu};
use burn::tensor::Tensor;
use burn_autodiff::{
    checkpoint::{base::Checkpointer, strategy::NoCheckpointing},
    grads::Gradients,
    ops::{Backward, Ops, OpsKind},
};
use burn_cubecl::tensor::CubeTensor;

use super::{
    Shape, Turned, convolve,
    launch::{primitive, tensor},
    weight_gradients,
};

/// Images x [n, in, h, w] with the flat weight [out · in · 3 · 3] to [n, out, h', w'], on the tape if one
/// of them is.
pub fn convolve_on_tape(shape: Shape, x: Tensor<4>, weight: Tensor<1>) -> Tensor<4> {
    if !x.is_autodiff() && !weight.is_autodiff() {
        return convolve(&shape, x, weight, Turned::No, None, 1);
    }
    let (x, weight) = (tracked(x), tracked(weight));
    let preparation = Convolved.prepare::<NoCheckpointing>([x.node(), weight.node()]);
    let (x, weight) = (x.into_primitive(), weight.into_primitive());
    let made = convolve(&shape, tensor(x.clone()), tensor(weight.clone()), Turned::No, None, 1);
    let made = primitive(made);
    Tensor::from_primitive::<Autodiff<Wgpu>>(match preparation.compute_bound().stateful() {
        OpsKind::Tracked(preparation) => preparation.finish(Seen { shape, x, weight }, made),
        OpsKind::UnTracked(preparation) => preparation.finish(made),
    })
}

/// A tensor as the tape has it.
#[allow(clippy::panic)]
fn tracked<const D: usize>(
    tensor: Tensor<D>,
) -> burn::backend::tensor::FloatTensor<Autodiff<Wgpu>> {
    match tensor.autodiff().try_into_primitive::<Autodiff<Wgpu>>() {
        Ok(primitive) => primitive,
        Err(error) => panic!("a tensor of another device's tape: {error:?}"),
    }
}

/// The convolution's way back.
#[derive(Debug)]
struct Convolved;

/// What it needs for it.
#[derive(Debug, Clone)]
struct Seen {
    shape: Shape,
    x: CubeTensor,
    weight: CubeTensor,
}

impl Backward<Wgpu, 2> for Convolved {
    type State = Seen;

    fn backward(self, ops: Ops<Seen, 2>, grads: &mut Gradients, _: &mut Checkpointer) {
        let Seen { shape, x, weight } = ops.state;
        let slopes = grads.consume::<Wgpu>(&ops.node);
        let [of_x, of_weight] = ops.parents;
        if let Some(node) = of_x {
            let (slopes, weight) = (tensor(slopes.clone()), tensor(weight));
            let found = convolve(&shape.adjoint(), slopes, weight, Turned::Yes, None, 1);
            grads.register::<Wgpu>(node.id, primitive(found));
        }
        if let Some(node) = of_weight {
            let found = weight_gradients(&shape, tensor(x), tensor(slopes), 1);
            grads.register::<Wgpu>(node.id, primitive(found));
        }
    }
}
