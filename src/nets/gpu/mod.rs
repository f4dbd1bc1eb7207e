//! Kernels for graphics adapters, written in `CubeCL`: convolutions with less than half the multiplications
//! (`winograd`, over the kernels of `transforms`), those of a picture's few channels in one go
//! (`few_channels`), and all that follows a convolution in one go each way (`tail`). `tape` puts a
//! convolution on the library's tape; `launch` is what stands between tensors and kernels.
//!
//! Why not the library's own: its convolution without tuning goes over memory once for every product, and
//! normalisation, activation and pooling as operations of their own write each map a dozen times. Here the
//! sum over channels is the library's matrix product, which suits every adapter; what is before and behind
//! it is ours.
//!
//! They serve tensors in single precision on any adapter that the library reaches through wgpu. Shapes of
//! maps are part of a kernel and how many images there are is not, so that few of them are compiled.

// What a kernel's arguments are to the compiler of the host, and which of its branches are taken while it
// is compiled, says nothing of the kernel.
#![allow(
    clippy::trivially_copy_pass_by_ref,
    clippy::collapsible_if,
    clippy::too_many_arguments,
    clippy::used_underscore_binding
)]

mod few_channels;
mod launch;
pub mod tail;
mod tape;
mod transforms;
mod winograd;

use burn::tensor::{DType, Device, Tensor};
pub use tape::convolve_on_tape;
use winograd::Tiling;

use crate::spec::Precision;

/// Channels of an image up to which a convolution is taken in one go.
const FEW: usize = 4;

/// Which kernels a convolution takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Turned {
    /// As they are.
    No,
    /// Turned round, with inputs and outputs exchanged: the adjoint in the images.
    Yes,
}

/// Side of the kernel of the convolutions that there are.
pub const KERNEL: usize = 3;
/// Taps of such a kernel.
const AREA: usize = KERNEL * KERNEL;

/// Whether these kernels serve a tensor, on a tape or not.
pub fn serves<const D: usize>(tensor: &Tensor<D>) -> bool {
    tensor.dtype() == DType::F32 && tensor.device().inner() != Device::flex()
}

/// The precisions whose values an adapter multiplies in matrices with sums in single precision, and single
/// precision.
pub fn precisions(device: &Device) -> Vec<Precision> {
    let any = launch::primitive(Tensor::<1>::zeros([1], (device, DType::F32)));
    let single = launch::element(Precision::F32);
    let has = |precision: &Precision| {
        let kind = launch::element(*precision);
        let matrices = &any.client.properties().features.matmul.cmma;
        *precision == Precision::F32
            || matrices
                .iter()
                .any(|of| of.a_type == kind && of.b_type == kind && of.cd_type == single)
    };
    Precision::ALL.iter().copied().filter(has).collect()
}

/// Images x [batches · n, in, h, w] to [batches · n, out, h', w'], each batch with the flat weights [out ·
/// in · 3 · 3] of its own, one after the other, or all with the same; a flat bias likewise. Where turned,
/// the weights are the [in · out · 3 · 3] of the convolution whose adjoint `shape` is.
pub fn convolve(
    shape: &Shape,
    x: Tensor<4>,
    weights: Tensor<1>,
    turned: Turned,
    bias: Option<Tensor<1>>,
    batches: usize,
) -> Tensor<4> {
    if shape.inputs <= FEW && turned == Turned::No {
        return few_channels::convolve(shape, x, weights, bias, batches);
    }
    winograd::convolve(shape, x, weights, turned, bias, batches)
}

/// The gradients in the weights of every batch, flat [batches · out · in · 3 · 3], from images x
/// [batches · n, in, h, w] and the slopes of what the convolution made of them.
pub fn weight_gradients(
    shape: &Shape,
    x: Tensor<4>,
    slopes: Tensor<4>,
    batches: usize,
) -> Tensor<1> {
    if shape.inputs <= FEW {
        return few_channels::weight_gradients(shape, x, slopes, batches);
    }
    winograd::weight_gradients(shape, x, slopes, batches)
}

/// Numbers of the largest tensor that a convolution from so many channels to maps of this height and width
/// has beside them for an image, there and back; in the adjoint the image's own channels count as any
/// others.
pub fn layout(channels: usize, others: usize, made: [usize; 2], with_adjoint: bool) -> usize {
    if channels <= FEW && !with_adjoint {
        return few_channels::columns_len(channels, made);
    }
    let tiling = Tiling::new(made, Precision::F32);
    tiling.elements() * tiling.count() * channels.max(others)
}

/// A convolution with stride 1 and a 3x3 kernel over maps.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Shape {
    /// Channels that it sees.
    pub inputs: usize,
    /// Channels that it makes.
    pub outputs: usize,
    /// Height and width of what it sees.
    pub from: [usize; 2],
    /// Zeros on every side.
    pub padding: isize,
    /// Of the values that are multiplied; sums are in single precision.
    pub precision: Precision,
}

impl Shape {
    /// Height and width of what it makes.
    pub fn made(&self) -> [usize; 2] {
        self.from.map(|side| (side as isize + 2 * self.padding - 2) as usize)
    }

    /// The convolution that is its adjoint in the images, with turned weights.
    fn adjoint(&self) -> Self {
        let (inputs, outputs, from) = (self.outputs, self.inputs, self.made());
        Self { inputs, outputs, from, padding: 2 - self.padding, ..*self }
    }

    /// Where it reads for the first row or column of what it makes: behind so many zeros, or so far into
    /// the map.
    fn start(&self) -> Start {
        Start { zeros: self.padding.max(0) as usize, cut: (-self.padding).max(0) as usize }
    }
}

/// See [`Shape::start`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
struct Start {
    zeros: usize,
    cut: usize,
}

impl Start {
    /// Numbers that are counted before the first one of a map this wide, when rows and columns are counted
    /// from the zeros on.
    fn skipped(self, width: usize) -> usize {
        self.zeros * width + self.zeros
    }
}
