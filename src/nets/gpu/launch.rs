//! Between tensors and kernels: a tensor as a kernel takes it, room for what it makes, and the way back.

use burn::{
    backend::Wgpu,
    tensor::{DType, Tensor},
};
use burn_cubecl::{
    kernel::into_contiguous, ops::numeric::empty_device_contiguous_dtype, tensor::CubeTensor,
};
use cubecl::{
    CubeCount, CubeDim, calculate_cube_count_elemwise,
    ir::{ElemType, FloatKind},
};

use crate::spec::Precision;

/// Single-precision numbers in a kernel.
pub type Numbers = cubecl::prelude::Tensor<f32>;

/// A tensor outside any graph, its numbers in order.
///
/// # Panics
/// When it is on the CPU: `serves` is asked before.
#[allow(clippy::panic)]
pub fn primitive<const D: usize>(tensor: Tensor<D>) -> CubeTensor {
    match tensor.try_into_primitive::<Wgpu>() {
        Ok(primitive) => into_contiguous(primitive),
        Err(error) => {
            panic!("a kernel for graphics adapters was given a tensor of another device: {error:?}")
        }
    }
}

/// Room for a tensor of this shape beside another one, in single precision.
pub fn room(beside: &CubeTensor, shape: &[usize]) -> CubeTensor {
    room_in(Precision::F32, beside, shape)
}

/// The same in this precision.
pub fn room_in(precision: Precision, beside: &CubeTensor, shape: &[usize]) -> CubeTensor {
    let dtype = match precision {
        Precision::F32 => DType::F32,
        Precision::Bf16 => DType::BF16,
        Precision::F16 => DType::F16,
    };
    let (client, device) = (beside.client.clone(), beside.device.clone());
    empty_device_contiguous_dtype(client, device, shape.into(), dtype)
}

/// What a kernel's numbers of this precision are.
pub fn element(precision: Precision) -> ElemType {
    ElemType::Float(match precision {
        Precision::F32 => FloatKind::F32,
        Precision::Bf16 => FloatKind::BF16,
        Precision::F16 => FloatKind::F16,
    })
}

/// A bias for so many channels as a kernel takes it, or anything in its place: whether there is one, and
/// one for every batch.
pub fn bias_or(
    any: &CubeTensor,
    bias: Option<Tensor<1>>,
    channels: usize,
) -> (CubeTensor, [bool; 2]) {
    match bias {
        Some(bias) => {
            let is_own = bias.dims()[0] > channels;
            (primitive(bias), [true, is_own])
        }
        None => (any.clone(), [false, false]),
    }
}

/// The tensor that a kernel has filled.
pub fn tensor<const D: usize>(primitive: CubeTensor) -> Tensor<D> {
    Tensor::from_primitive::<Wgpu>(primitive)
}

/// Cubes of a kernel with so many units of work.
pub fn cubes(beside: &CubeTensor, units: usize) -> (CubeCount, CubeDim) {
    let dim = CubeDim::new(&beside.client, units);
    (calculate_cube_count_elemwise(&beside.client, units, dim), dim)
}
