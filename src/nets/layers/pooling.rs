//! Pooling over 2x2 windows with stride 2; an odd last row or column is dropped.
//!
//! Averaging is linear, so it pools the tangent too. A maximum hands on the tangent of the element that
//! won its window.

use burn::tensor::{
    Tensor, module,
    ops::{AvgPoolOptions, MaxPoolOptions},
};

use crate::nets::value::Value;
use crate::spec::Pooling;

/// Pools x [n, channels, h, w] to [n, channels, h/2, w/2], or leaves it alone.
pub fn pool(x: Value<4>, pooling: Pooling) -> Value<4> {
    match pooling {
        Pooling::None => x,
        Pooling::Average => average_pool(x),
        Pooling::Max => max_pool(x),
    }
}

/// The mean of every window.
pub fn average_pool(x: Value<4>) -> Value<4> {
    x.map_linear(|part| module::avg_pool2d(part, AvgPoolOptions::new([2, 2])))
}

/// The maximum of every window.
pub fn max_pool(x: Value<4>) -> Value<4> {
    let options = MaxPoolOptions::new([2, 2]);
    let Some(tangent) = x.tangent else {
        return module::max_pool2d(x.primal, options).into();
    };
    let [n, channels, height, width] = x.primal.dims();
    let planes = n * channels;
    let (primal, winners) = module::max_pool2d_with_indices(x.primal, options);
    let shape @ [_, _, pooled_height, pooled_width] = primal.dims();
    let winners = winners.reshape([planes, pooled_height * pooled_width]);
    let tangent: Tensor<2> = tangent.reshape([planes, height * width]);
    Value::with_tangent(primal, tangent.gather(1, winners).reshape(shape))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::nets::layers::finite_differences::assert_tangent_rule;

    #[test]
    fn the_tangent_rules_are_the_derivatives() {
        for pooling in Pooling::ALL {
            for [height, width] in [[4, 6], [5, 3]] {
                assert_tangent_rule(&[2 * 3 * height * width], |v| {
                    pool(v[0].clone().reshape([2, 3, height, width]), *pooling)
                });
            }
        }
    }

    #[test]
    fn windows_are_two_by_two_and_an_odd_column_is_dropped() {
        let device = burn::tensor::Device::flex();
        let x = Tensor::<4>::from_data([[[[1.0, 2.0, 9.0], [3.0, 6.0, 9.0]]]], &device);
        let pooled = |pooling| -> Vec<f32> {
            pool(x.clone().into(), pooling).primal.try_into_vec_as().unwrap()
        };
        assert_eq!(pooled(Pooling::Average), [3.0]);
        assert_eq!(pooled(Pooling::Max), [6.0]);
    }
}
