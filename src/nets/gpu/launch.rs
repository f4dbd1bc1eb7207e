//! Between tensors and kernels: a tensor as a kernel takes it, room for what it makes, and the way back.

use burn::{backend::Wgpu, tensor::Tensor};
use burn_cubecl::{
    kernel::into_contiguous, ops::numeric::empty_device_contiguous_dtype, tensor::CubeTensor,
};
use cubecl::{CubeCount, CubeDim, calculate_cube_count_elemwise};

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

/// Room for a tensor of this shape beside another one.
pub fn room(beside: &CubeTensor, shape: &[usize]) -> CubeTensor {
    let (client, device) = (beside.client.clone(), beside.device.clone());
    empty_device_contiguous_dtype(client, device, shape.into(), beside.dtype)
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
