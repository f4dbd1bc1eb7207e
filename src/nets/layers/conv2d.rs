//! Two-dimensional convolution with stride 1: y = w ∗ x + b.
//!
//! Tangent: y' = w ∗ x' + w' ∗ x + b'. The first layer sees images, which have no tangent, and so
//! needs one convolution less.

use burn::tensor::{Tensor, module, ops::ConvOptions};

use crate::nets::value::{Value, sum};

/// Convolves x \[n, in, h, w\] with the flat weight of shape \[out, in, kh, kw\] and adds the bias \[out\];
/// `padding` zeros on every side.
pub fn conv2d(
    x: Value<4>,
    weight: &Value<1>,
    bias: &Value<1>,
    shape: [usize; 4],
    padding: usize,
) -> Value<4> {
    let convolve = |x: Tensor<4>, weight: Tensor<1>, bias: Option<Tensor<1>>| {
        let options = ConvOptions::new([1, 1], [padding; 2], [1, 1], 1);
        module::conv2d(x, weight.reshape(shape), bias, options)
    };
    // The bias' tangent rides along with the first convolution that there is.
    let mut shift = bias.tangent.clone();
    let through_x = x.tangent.map(|x| convolve(x, weight.primal.clone(), shift.take()));
    let through_weight =
        weight.tangent.clone().map(|weight| convolve(x.primal.clone(), weight, shift.take()));
    let primal = convolve(x.primal, weight.primal.clone(), Some(bias.primal.clone()));
    let shift = shift.map(|shift| shift.reshape([1, -1, 1, 1]).expand(primal.dims()));
    Value { primal, tangent: sum(sum(through_x, through_weight), shift) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::nets::layers::finite_differences::assert_tangent_rule;

    #[test]
    fn the_tangent_rule_is_the_derivative() {
        for padding in [1, 3] {
            assert_tangent_rule(&[2 * 3 * 5 * 4, 4 * 3 * 3 * 3, 4], |v| {
                conv2d(v[0].clone().reshape([2, 3, 5, 4]), &v[1], &v[2], [4, 3, 3, 3], padding)
            });
        }
    }
}
