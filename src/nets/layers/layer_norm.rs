//! Layer normalisation over channels, height and width of each image.
//!
//! y = x̂·w + b with one w and b per element of the map (reference section 3.2).

use crate::nets::value::Value;

use super::{affine::affine, standardise::standardise};

/// Normalises x [n, channels, h, w] with flat weight and bias of shape [channels, h, w], or one of them for
/// each of several batches (see [`affine`]).
pub fn layer_norm(x: Value<4>, weight: &Value<1>, bias: &Value<1>) -> Value<4> {
    let shape @ [n, channels, height, width] = x.primal.dims();
    let normed = standardise(x.reshape([n, channels * height * width])).rows.reshape(shape);
    affine(normed, weight, bias, [channels, height, width])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::nets::layers::finite_differences::assert_tangent_rule;

    #[test]
    fn the_tangent_rule_is_the_derivative() {
        assert_tangent_rule(&[2 * 12, 12, 12], |v| {
            layer_norm(v[0].clone().reshape([2, 2, 3, 2]), &v[1], &v[2])
        });
    }
}
