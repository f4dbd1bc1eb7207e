//! Group normalisation: each image's channels in groups, each group standardised on its own.
//!
//! y = x̂·w + b with one w and b per channel. As many groups as channels make instance normalisation
//! (with affine parameters and without running statistics, reference section 3).

use crate::nets::value::Value;

use super::affine::affine;
use super::standardise::{standardise, standardise_plain};

/// Normalises x [n, channels, h, w] with weight and bias \[channels\], or one of them for each of several
/// batches (see [`affine`]); `groups` divides the channels.
pub fn group_norm(x: Value<4>, weight: &Value<1>, bias: &Value<1>, groups: usize) -> Value<4> {
    let shape @ [n, channels, height, width] = x.primal.dims();
    let rows = x.reshape([n * groups, channels / groups * height * width]);
    let plain = rows.is_plain() && weight.is_plain() && bias.is_plain();
    if plain && groups == channels {
        let [scale, shift] = [weight, bias].map(|part| {
            let batches = part.primal.dims()[0] / channels;
            let each = part.primal.clone().reshape([batches, 1, channels]);
            each.repeat_dim(1, n / batches).reshape([n * channels])
        });
        return standardise_plain(rows.primal, scale, shift).rows.reshape(shape);
    }
    affine(standardise(rows).rows.reshape(shape), weight, bias, [channels, 1, 1])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::nets::layers::finite_differences::assert_tangent_rule;

    #[test]
    fn the_tangent_rule_is_the_derivative() {
        for groups in [1, 2, 4] {
            assert_tangent_rule(&[2 * 4 * 3 * 2, 4, 4], |v| {
                group_norm(v[0].clone().reshape([2, 4, 3, 2]), &v[1], &v[2], groups)
            });
        }
    }
}
