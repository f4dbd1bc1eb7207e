//! The activations: y = f(x), y' = f'(x)·x', element by element.

use burn::tensor::{Tensor, activation};

use crate::nets::value::Value;
use crate::spec::Activation;

/// Slope of the leaky rectifier below zero (reference section 3.2).
pub const LEAK: f64 = 0.01;

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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::nets::layers::finite_differences::assert_tangent_rule;

    #[test]
    fn the_tangent_rules_are_the_derivatives() {
        for activation in Activation::ALL {
            assert_tangent_rule(&[40], |v| activate(v[0].clone(), *activation));
        }
    }

    #[test]
    fn values_are_those_of_the_formulas() {
        let device = burn::tensor::Device::flex();
        let x = || Value::from(Tensor::<1>::from_data([-2.0, 0.0, 0.5], &device));
        let values = |activation| -> Vec<f32> {
            activate(x(), activation).primal.try_into_vec_as().unwrap()
        };
        assert_eq!(values(Activation::Relu), [0.0, 0.0, 0.5]);
        assert_eq!(values(Activation::LeakyRelu), [-0.02, 0.0, 0.5]);
        for (at, x) in [-2.0_f32, 0.0, 0.5].into_iter().enumerate() {
            let sigmoid = 1.0 / (1.0 + (-x).exp());
            assert!((values(Activation::Sigmoid)[at] - sigmoid).abs() < 1e-6);
            assert!((values(Activation::Swish)[at] - x * sigmoid).abs() < 1e-6);
        }
    }
}
