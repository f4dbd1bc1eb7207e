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
    let mean =
        |log_probabilities: Tensor<2>| -(log_probabilities * targets.clone()).sum() / n as f64;
    let log_probabilities = activation::log_softmax(logits.primal, 1);
    let tangent = logits.tangent.map(|tangent| {
        let along = (log_probabilities.clone().exp() * tangent.clone()).sum_dim(1);
        mean(tangent - along)
    });
    Value { primal: mean(log_probabilities), tangent }
}
