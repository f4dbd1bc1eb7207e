//! The activations: y = f(x), y' = f'(x)·x', element by element.

use burn::tensor::{Tensor, activation};

use crate::nets::value::Value;
use crate::spec::Activation;

/// Slope of the leaky rectifier below zero (reference section 3.2).
const LEAK: f64 = 0.01;

/// Applies the activation of that name.
pub fn activate<const D: usize>(x: Value<D>, activation: Activation) -> Value<D> {
    match activation {
        Activation::Sigmoid => sigmoid(x),
        Activation::Relu => relu(x),
        Activation::LeakyRelu => leaky_relu(x),
        Activation::Swish => swish(x),
    }
}

/// max(x, 0); the derivative at 0 is 0, as in `PyTorch`.
pub fn relu<const D: usize>(x: Value<D>) -> Value<D> {
    let tangent = x.tangent.map(|tangent| {
        let closed = x.primal.clone().lower_equal_scalar(0);
        tangent.mask_fill(closed, 0)
    });
    Value { primal: activation::relu(x.primal), tangent }
}

/// x where it is positive, 0.01·x elsewhere.
pub fn leaky_relu<const D: usize>(x: Value<D>) -> Value<D> {
    let leak = |part: Tensor<D>, switch: &Tensor<D>| {
        let below = switch.clone().inner().lower_equal_scalar(0);
        part.clone().mask_where(below, part * LEAK)
    };
    let tangent = x.tangent.map(|tangent| leak(tangent, &x.primal));
    let switch = x.primal.clone();
    Value { primal: leak(x.primal, &switch), tangent }
}

/// σ(x) = 1 / (1 + e^−x); σ' = σ·(1 − σ).
pub fn sigmoid<const D: usize>(x: Value<D>) -> Value<D> {
    let primal = activation::sigmoid(x.primal);
    let tangent = x.tangent.map(|tangent| {
        let slope = primal.clone() * (-primal.clone() + 1.0);
        tangent * slope
    });
    Value { primal, tangent }
}

/// x·σ(x); its derivative is σ·(1 + x·(1 − σ)).
pub fn swish<const D: usize>(x: Value<D>) -> Value<D> {
    let gate = activation::sigmoid(x.primal.clone());
    let tangent = x.tangent.map(|tangent| {
        let slope = gate.clone() * (x.primal.clone() * (-gate.clone() + 1.0) + 1.0);
        tangent * slope
    });
    Value { primal: x.primal * gate, tangent }
}
