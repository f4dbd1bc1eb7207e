//! What follows every normalisation: y = x·w + b, per channel or per element of the map.
//!
//! Weight and bias may be there once, for all images, or once for each of several batches of as many
//! images that lie one after the other: then the reverse pass gives each batch a gradient of its own.

use crate::nets::value::Value;

/// Scales and shifts x [n, channels, h, w] by flat weight and bias of shape [batches, `map`], where `map` is
/// [channels, 1, 1] or [channels, h, w].
pub fn affine(x: Value<4>, weight: &Value<1>, bias: &Value<1>, map: [usize; 3]) -> Value<4> {
    let shape @ [n, channels, height, width] = x.primal.dims();
    let [of_map, rows, columns] = map;
    let batches = weight.primal.dims()[0] / (of_map * rows * columns);
    if batches == 1 {
        let once = [1, of_map, rows, columns];
        return x * weight.clone().reshape(once) + bias.clone().reshape(once);
    }
    let each = [batches, 1, of_map, rows * columns];
    let x = x.reshape([batches, n / batches, channels, height * width]);
    (x * weight.clone().reshape(each) + bias.clone().reshape(each)).reshape(shape)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::nets::layers::finite_differences::assert_tangent_rule;

    #[test]
    fn the_tangent_rules_are_the_derivatives() {
        for (map, batches) in [([3, 1, 1], 1), ([3, 1, 1], 2), ([3, 2, 2], 1), ([3, 2, 2], 2)] {
            let length = batches * map.iter().product::<usize>();
            assert_tangent_rule(&[4 * 12, length, length], |v| {
                affine(v[0].clone().reshape([4, 3, 2, 2]), &v[1], &v[2], map)
            });
        }
    }
}
