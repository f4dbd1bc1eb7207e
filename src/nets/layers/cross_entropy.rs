//! Softmax cross-entropy, the mean over the batch: L = −(1/n) Σᵢ Σₖ yᵢₖ · log pᵢₖ, p = softmax(z).
//!
//! (log p)' = z' − ⟨p, z'⟩, so L' = −(1/n) Σᵢ Σₖ yᵢₖ·(zᵢₖ' − ⟨pᵢ, zᵢ'⟩), which for labels that sum
//! to one is ⟨p − y, z'⟩ / n.

use burn::tensor::{Tensor, activation};

use crate::nets::labels::Labels;
use crate::nets::value::Value;

/// The loss of logits [n, classes] against their labels, a single number.
pub fn cross_entropy(logits: Value<2>, labels: &Labels) -> Value<1> {
    let [n, classes] = logits.primal.dims();
    let targets = labels.probabilities(classes, logits.primal.dtype());
    // A product, not a quotient: the tape takes the reciprocal of a divisor in single precision.
    let share = -1.0 / n as f64;
    let mean = |log_probabilities: Tensor<2>| (log_probabilities * targets.clone()).sum() * share;
    let log_probabilities = activation::log_softmax(logits.primal, 1);
    let tangent = logits.tangent.map(|tangent| {
        let along = (log_probabilities.clone().exp() * tangent.clone()).sum_dim(1);
        mean(tangent - along)
    });
    Value { primal: mean(log_probabilities), tangent }
}

#[cfg(test)]
mod tests {
    use burn::tensor::{Device, Int};

    use super::*;
    use crate::nets::layers::finite_differences::{assert_tangent_rule, normal};

    #[test]
    fn the_tangent_rule_is_the_derivative() {
        let hard = Labels::Hard(Tensor::<1, Int>::from_data([2, 0, 3], &Device::flex()));
        let soft = Labels::Soft(normal(12, 1).reshape([3, 4]).abs());
        for labels in [hard, soft] {
            assert_tangent_rule(&[3 * 4], |v| cross_entropy(v[0].clone().reshape([3, 4]), &labels));
        }
    }

    #[test]
    fn even_logits_cost_the_logarithm_of_the_classes() {
        let labels = Labels::Hard(Tensor::<1, Int>::from_data([2, 0, 3], &Device::flex()));
        let logits = Tensor::<2>::ones([3, 10], &Device::flex());
        let loss: f32 = cross_entropy(logits.into(), &labels).primal.into_scalar();
        assert!((loss - 10_f32.ln()).abs() < 1e-6);
    }
}
