//! Batch normalisation: every channel standardised over the batch, or with statistics from before.
//!
//! With the batch's own statistics a row of [`standardise`] is a channel of all images. With frozen
//! ones the layer is affine: y = x·s + (b − mean·s), s = w·(variance + ε)^−½, and its tangent is that
//! of products and sums.

use burn::tensor::module;

use crate::nets::statistics::NormStatistics;
use crate::nets::value::Value;

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
    if x.tangent.is_none() && weight.tangent.is_none() && bias.tangent.is_none() {
        let (scale, shift) = (weight.primal.clone(), bias.primal.clone());
        let normed = module::batch_norm_train(x.primal, scale, shift, EPSILON);
        running.update(normed.mean, normed.variance, count);
        return normed.output.into();
    }
    let swapped = [channels, n, height, width];
    let normed = standardise(x.map_linear(|part| part.swap_dims(0, 1)).reshape([channels, count]));
    running.update(normed.mean, normed.variance, count);
    let x = normed.rows.reshape(swapped).map_linear(|part| part.swap_dims(0, 1));
    let per_channel = [1, channels, 1, 1];
    x * weight.clone().reshape(per_channel) + bias.clone().reshape(per_channel)
}

/// Normalises x [n, channels, h, w] with the statistics in `frozen`.
pub fn batch_norm_frozen(
    x: Value<4>,
    weight: &Value<1>,
    bias: &Value<1>,
    frozen: &NormStatistics,
) -> Value<4> {
    let [_, channels, _, _] = x.primal.dims();
    let inverse = (frozen.variance.clone() + EPSILON).sqrt().recip();
    let scale = weight.clone().map_linear(|weight| weight * inverse.clone());
    let shift = bias.clone() + scale.clone().map_linear(|scale| -scale * frozen.mean.clone());
    let per_channel = [1, channels, 1, 1];
    x * scale.reshape(per_channel) + shift.reshape(per_channel)
}
