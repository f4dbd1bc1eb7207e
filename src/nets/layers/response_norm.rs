//! Local response normalisation: each value divided by the energy of the channels around it.
//!
//! ```text
//! y = x · d^−β,   d = k + α/n · Σ x² over the n channels from c − n/2 to c + (n − 1)/2
//! y' = x' · d^−β − β · x · d^(−β−1) · d',   d' = 2 α/n · Σ x·x'
//! ```
//!
//! Channels beyond the first and the last count as zero (`PyTorch`'s `LocalResponseNorm`, for an even n one
//! channel more before than behind).

use burn::tensor::Tensor;

use crate::nets::value::Value;

/// The constants of a local response normalisation.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ResponseNorm {
    /// n, channels of a window.
    pub size: usize,
    /// α.
    pub alpha: f64,
    /// β.
    pub beta: f64,
    /// k.
    pub k: f64,
}

impl ResponseNorm {
    /// Normalises x [n, channels, h, w].
    pub fn apply(&self, x: Value<4>) -> Value<4> {
        let Self { size, alpha, beta, k } = *self;
        let share = alpha / size as f64;
        let energy = self.window(x.primal.clone() * x.primal.clone()) * share + k;
        let scale = energy.clone().powf_scalar(-beta);
        let tangent = x.tangent.map(|tangent| {
            let change = self.window(x.primal.clone() * tangent.clone()) * (2.0 * share);
            let slope = energy.powf_scalar(-beta - 1.0) * change * beta;
            tangent * scale.clone() - x.primal.clone() * slope
        });
        Value { primal: x.primal * scale, tangent }
    }

    /// Sums over windows of channels.
    fn window(&self, x: Tensor<4>) -> Tensor<4> {
        let shape @ [n, channels, height, width] = x.dims();
        let before = self.size / 2;
        let zeros = |count| Tensor::zeros([n, count, height, width], (&x.device(), x.dtype()));
        let behind = self.size - 1 - before;
        let edges = [before, behind].map(|count| (count > 0).then(|| zeros(count)));
        let [front, back] = edges;
        let padded = Tensor::cat(front.into_iter().chain([x]).chain(back).collect(), 1);
        let part = |at: usize| padded.clone().slice([0..n, at..at + channels, 0..height, 0..width]);
        let sum = (1..self.size).fold(part(0), |sum, at| sum + part(at));
        sum.reshape(shape)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::nets::layers::finite_differences::{assert_tangent_rule, normal};

    #[test]
    fn the_tangent_rule_is_the_derivative() {
        for size in [1, 3, 4] {
            let norm = ResponseNorm { size, alpha: 0.3, beta: 0.75, k: 1.0 };
            assert_tangent_rule(&[2 * 5 * 4], |v| norm.apply(v[0].clone().reshape([2, 5, 2, 2])));
        }
    }

    #[test]
    fn values_are_those_of_the_formula() {
        let norm = ResponseNorm { size: 4, alpha: 0.5, beta: 0.75, k: 2.0 };
        let x = normal(6, 0);
        let values: Vec<f64> = x.try_to_vec_as().unwrap();
        let found = norm.apply(Value::from(x.reshape([1, 6, 1, 1]))).primal;
        let found: Vec<f64> = found.try_into_vec_as().unwrap();
        for channel in 0..6_usize {
            let window = channel.saturating_sub(2)..(channel + 2).min(6);
            let energy: f64 = values[window].iter().map(|value| value * value).sum();
            let wanted = values[channel] / (2.0 + 0.5 / 4.0 * energy).powf(0.75);
            assert!((found[channel] - wanted).abs() < 1e-12, "{channel}");
        }
    }
}
