//! Two-dimensional convolution: y = w ∗ x + b, with or without the bias b.
//!
//! Tangent: y' = w ∗ x' + w' ∗ x + b'. The first layer sees images, which have no tangent, and so
//! needs one convolution less.
//!
//! On graphics adapters 3x3 convolutions with stride 1 are kernels of our own ([`gpu`]).

use burn::tensor::{Tensor, module, ops::ConvOptions};

use crate::nets::{
    gpu,
    value::{Value, sum},
};
use crate::spec::Precision;

/// How the kernel goes over the image.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Steps {
    /// Pixels between two places of the kernel.
    pub stride: usize,
    /// Zeros on every side of the image.
    pub padding: usize,
}

/// Convolves x \[n, in, h, w\] with the flat weight of shape \[out, in, kh, kw\] and adds the bias \[out\].
pub fn conv2d(
    x: Value<4>,
    weight: &Value<1>,
    bias: Option<&Value<1>>,
    shape: [usize; 4],
    steps: Steps,
) -> Value<4> {
    let Steps { stride, padding } = steps;
    let [outputs, inputs, rows, columns] = shape;
    let suits_kernels = [rows, columns, stride] == [gpu::KERNEL, gpu::KERNEL, 1];
    let convolve = |x: Tensor<4>, weight: Tensor<1>, bias: Option<Tensor<1>>| {
        if suits_kernels && gpu::serves(&x) {
            let [.., height, width] = x.dims();
            let (from, padding) = ([height, width], padding as isize);
            let precision = Precision::F32;
            let shape = gpu::Shape { inputs, outputs, from, padding, precision };
            let made = gpu::convolve_on_tape(shape, x, weight);
            return bias
                .into_iter()
                .fold(made, |made, bias| made + bias.reshape([1, outputs, 1, 1]));
        }
        let options = ConvOptions::new([stride; 2], [padding; 2], [1, 1], 1);
        module::conv2d(x, weight.reshape(shape), bias, options)
    };
    // The bias' tangent rides along with the first convolution that there is.
    let mut shift = bias.and_then(|bias| bias.tangent.clone());
    let through_x = x.tangent.map(|x| convolve(x, weight.primal.clone(), shift.take()));
    let through_weight =
        weight.tangent.clone().map(|weight| convolve(x.primal.clone(), weight, shift.take()));
    let bias = bias.map(|bias| bias.primal.clone());
    let primal = convolve(x.primal, weight.primal.clone(), bias);
    let shift = shift.map(|shift| shift.reshape([1, -1, 1, 1]).expand(primal.dims()));
    Value { primal, tangent: sum(sum(through_x, through_weight), shift) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::nets::layers::finite_differences::assert_tangent_rule;

    #[test]
    fn the_tangent_rule_is_the_derivative() {
        for (stride, padding) in [(1, 1), (1, 3), (2, 1)] {
            let steps = Steps { stride, padding };
            assert_tangent_rule(&[2 * 3 * 5 * 4, 4 * 3 * 3 * 3, 4], |v| {
                let x = v[0].clone().reshape([2, 3, 5, 4]);
                conv2d(x, &v[1], Some(&v[2]), [4, 3, 3, 3], steps)
            });
        }
        assert_tangent_rule(&[2 * 3 * 5 * 4, 4 * 3], |v| {
            let steps = Steps { stride: 2, padding: 0 };
            conv2d(v[0].clone().reshape([2, 3, 5, 4]), &v[1], None, [4, 3, 1, 1], steps)
        });
    }
}
