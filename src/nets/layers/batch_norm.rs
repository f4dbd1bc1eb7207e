//! Batch normalisation: every channel standardised over the batch, or with statistics from before.
//!
//! With the batch's own statistics a row of [`standardise`] is a channel of all images. With frozen
//! ones the layer is affine: y = x·s + (b − mean·s), s = w·(variance + ε)^−½, and its tangent is that
//! of products and sums.

use burn::tensor::module;

use crate::nets::statistics::NormStatistics;
use crate::nets::value::Value;

use super::affine::affine;
use super::standardise::{EPSILON, standardise};

/// Normalises x [n, channels, h, w] with its own statistics, of which `running` takes its share.
pub fn batch_norm(
    x: Value<4>,
    weight: &Value<1>,
    bias: &Value<1>,
    running: &mut NormStatistics,
) -> Value<4> {
    let [n, channels, height, width] = x.primal.dims();
    let count = n * height * width;
    if x.is_plain() && weight.is_plain() && bias.is_plain() {
        let (scale, shift) = (weight.primal.clone(), bias.primal.clone());
        let normed = module::batch_norm_train(x.primal, scale, shift, EPSILON);
        running.update(normed.mean, normed.variance, count);
        return normed.output.into();
    }
    let swapped = [channels, n, height, width];
    let normed = standardise(x.map_linear(|part| part.swap_dims(0, 1)).reshape([channels, count]));
    running.update(normed.mean, normed.variance, count);
    let x = normed.rows.reshape(swapped).map_linear(|part| part.swap_dims(0, 1));
    affine(x, weight, bias, [channels, 1, 1])
}

/// Normalises x [n, channels, h, w] with the statistics in `frozen`; weight and bias \[channels\], or one of
/// them for each of several batches (see [`affine`]).
pub fn batch_norm_frozen(
    x: Value<4>,
    weight: &Value<1>,
    bias: &Value<1>,
    frozen: &NormStatistics,
) -> Value<4> {
    let [_, channels, _, _] = x.primal.dims();
    let batches = weight.primal.dims()[0] / channels;
    let inverse = (frozen.variance.clone() + EPSILON).sqrt().recip().repeat_dim(0, batches);
    let mean = frozen.mean.clone().repeat_dim(0, batches);
    let scale = weight.clone().map_linear(|weight| weight * inverse.clone());
    let shift = bias.clone() + scale.clone().map_linear(|scale| -scale * mean.clone());
    affine(x, &scale, &shift, [channels, 1, 1])
}

#[cfg(test)]
mod tests {
    use burn::tensor::{DType, Device, Tensor};

    use super::*;
    use crate::nets::layers::finite_differences::{assert_tangent_rule, normal};
    use crate::nets::statistics::RunningStatistics;

    fn fresh() -> NormStatistics {
        RunningStatistics::fresh(&[3], &Device::flex(), DType::F64).layers.remove(0)
    }

    #[test]
    fn the_tangent_rules_are_the_derivatives() {
        let lengths = [2 * 3 * 4, 3, 3];
        assert_tangent_rule(&lengths, |v| {
            batch_norm(v[0].clone().reshape([2, 3, 2, 2]), &v[1], &v[2], &mut fresh())
        });
        let mut frozen = fresh();
        frozen.update(normal(3, 1), normal(3, 2).abs(), 8);
        assert_tangent_rule(&lengths, |v| {
            batch_norm_frozen(v[0].clone().reshape([2, 3, 2, 2]), &v[1], &v[2], &frozen)
        });
    }

    /// A batch of mean 5 and unbiased variance 9 moves fresh statistics to 0.5 and 1.8: a tenth.
    #[test]
    fn running_statistics_take_a_tenth_of_the_batch() {
        let sample = normal(3 * 400, 3).reshape([3, 400]);
        let sample = sample.clone() - sample.clone().mean_dim(1);
        let x = sample.clone() / sample.var(1).sqrt() * 3.0 + 5.0;
        let x: Tensor<4> = x.reshape([3, 4, 10, 10]).swap_dims(0, 1);
        for tangent in [None, Some(x.clone())] {
            let mut running = fresh();
            let [weight, bias] = [normal(3, 1), normal(3, 2)].map(Value::from);
            batch_norm(Value { primal: x.clone(), tangent }, &weight, &bias, &mut running);
            for (found, expected) in [(running.mean, 0.5), (running.variance, 1.8)] {
                let found: Vec<f64> = found.try_into_vec_as().unwrap();
                assert!(found.iter().all(|value| (value - expected).abs() < 1e-9), "{found:?}");
            }
        }
    }
}
