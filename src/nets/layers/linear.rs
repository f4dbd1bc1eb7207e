//! A linear layer: y = x·Wᵀ + b.
//!
//! Tangent: y' = x'·Wᵀ + x·W'ᵀ + b'.

use burn::tensor::Tensor;

use crate::nets::value::{Value, sum};

/// Maps x \[n, in\] to \[n, out\] with the flat weight of shape \[out, in\] and the bias \[out\].
pub fn linear(x: Value<2>, weight: &Value<1>, bias: &Value<1>) -> Value<2> {
    let [_, inputs] = x.primal.dims();
    let outputs = bias.primal.dims()[0];
    let product = |x: Tensor<2>, weight: &Tensor<1>| {
        x.matmul(weight.clone().reshape([outputs, inputs]).transpose())
    };
    let through_x = x.tangent.map(|x| product(x, &weight.primal));
    let through_weight = weight.tangent.as_ref().map(|weight| product(x.primal.clone(), weight));
    let product = Value {
        primal: product(x.primal, &weight.primal),
        tangent: sum(through_x, through_weight),
    };
    product + bias.clone().reshape([1, outputs])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::nets::layers::finite_differences::assert_tangent_rule;

    #[test]
    fn the_tangent_rule_is_the_derivative() {
        assert_tangent_rule(&[3 * 5, 4 * 5, 4], |v| {
            linear(v[0].clone().reshape([3, 5]), &v[1], &v[2])
        });
    }
}
