//! Rows brought to mean 0 and variance 1: the heart of every normalisation.
//!
//! With c = x − mean(x) and inv = (mean(c²) + ε)^−½ over a row of x,
//!
//! ```text
//! x̂ = c · inv
//! x̂' = ( c' − x̂ · mean(x̂ · c') ) · inv        where c' = x' − mean(x')
//! ```
//!
//! Batch, layer, group and instance normalisation differ only in what they call a row.

use burn::tensor::{Tensor, module};

use crate::nets::value::Value;

/// What keeps the variance of a constant row away from zero (`PyTorch`'s default).
pub const EPSILON: f64 = 1e-5;

/// Rows of mean 0 and variance 1, and what they had before.
#[derive(Debug)]
pub struct Standardised {
    /// x̂, [rows, length].
    pub rows: Value<2>,
    /// Mean of each row before, \[rows\].
    pub mean: Tensor<1>,
    /// Biased variance of each row before, \[rows\].
    pub variance: Tensor<1>,
}

/// Standardises each row of x [rows, length] over its length.
pub fn standardise(x: Value<2>) -> Standardised {
    let [rows, _] = x.primal.dims();
    let Some(tangent) = x.tangent else {
        let options = (&x.primal.device(), x.primal.dtype());
        return standardise_plain(
            x.primal,
            Tensor::ones([rows], options),
            Tensor::zeros([rows], options),
        );
    };
    let mean = x.primal.clone().mean_dim(1);
    let centred = x.primal - mean.clone();
    let variance = centred.clone().square().mean_dim(1);
    let inverse = (variance.clone() + EPSILON).sqrt().recip();
    let primal = centred * inverse.clone();
    let centred = tangent.clone() - tangent.mean_dim(1);
    let along = (primal.clone() * centred.clone()).mean_dim(1);
    let tangent = (centred - primal.clone() * along) * inverse;
    Standardised {
        rows: Value::with_tangent(primal, tangent),
        mean: mean.reshape([rows]),
        variance: variance.reshape([rows]),
    }
}

/// Row r of the result is x̂ᵣ·scaleᵣ + shiftᵣ, for x [rows, length] without a tangent.
///
/// The library's batch normalisation of one image with a channel per row is this very map, with a
/// backward pass of its own that takes about half the time of one derived from the formula above.
pub fn standardise_plain(x: Tensor<2>, scale: Tensor<1>, shift: Tensor<1>) -> Standardised {
    let [rows, length] = x.dims();
    let normed = module::batch_norm_train(x.reshape([1, rows, length]), scale, shift, EPSILON);
    Standardised {
        rows: normed.output.reshape([rows, length]).into(),
        mean: normed.mean,
        variance: normed.variance,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::nets::layers::finite_differences::{assert_tangent_rule, normal};

    #[test]
    fn the_tangent_rule_is_the_derivative() {
        assert_tangent_rule(&[4 * 7], |v| standardise(v[0].clone().reshape([4, 7])).rows);
    }

    #[test]
    fn rows_have_mean_zero_and_variance_one_and_tell_what_they_had() {
        for tangent in [None, Some(normal(3 * 50, 1).reshape([3, 50]))] {
            let x = normal(3 * 50, 0).reshape([3, 50]) * 3.0 + 2.0;
            let done = standardise(Value { primal: x.clone(), tangent });
            let found: Vec<f64> = done.rows.primal.clone().mean_dim(1).try_into_vec_as().unwrap();
            assert!(found.iter().all(|mean| mean.abs() < 1e-12));
            let found: Vec<f64> = done.rows.primal.var_bias(1).try_into_vec_as().unwrap();
            assert!(found.iter().all(|variance| (variance - 1.0).abs() < 1e-5));
            let back: Tensor<1> = x.clone().mean_dim(1).reshape([3]) - done.mean;
            assert!(back.abs().max().into_scalar::<f64>() < 1e-12);
            let back: Tensor<1> = x.var_bias(1).reshape([3]) - done.variance;
            assert!(back.abs().max().into_scalar::<f64>() < 1e-12);
        }
    }
}
