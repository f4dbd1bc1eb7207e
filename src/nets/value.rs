//! A tensor, or a tensor with its tangent: the forward-mode half of "reverse over forward".
//!
//! Gradient matching needs the gradient of a distance between gradients: a second derivative, where
//! the tensor library differentiates once. It is enough:
//!
//! ```text
//! g_S = ∇_θ L(S, θ),   v = ∂D(g_S, g_T)/∂g_S
//! ∇_S D = ∇_S ⟨v, ∇_θ L(S, θ)⟩ = ∇_S [ d/dε L(S, θ + ε v) ] at ε = 0
//! ```
//!
//! The bracket is the tangent of the loss in direction v. Every layer therefore maps a [`Value`] to a
//! [`Value`]: its plain rule acts on the primal, its tangent rule carries d/dε along, and one ordinary
//! reverse pass through the tangent of the loss gives the image gradient. Networks are written once
//! over values and run either way.

use std::ops::{Add, Mul};

use burn::tensor::Tensor;

/// A tensor x(ε) at ε = 0 and, where it depends on ε, its derivative there.
#[derive(Debug, Clone)]
pub struct Value<const D: usize> {
    /// x(0).
    pub primal: Tensor<D>,
    /// dx/dε at 0, of the primal's shape; `None` for what does not depend on ε (images, for
    /// example), so that layers can leave out the work.
    pub tangent: Option<Tensor<D>>,
}

impl<const D: usize> From<Tensor<D>> for Value<D> {
    fn from(primal: Tensor<D>) -> Self {
        Self { primal, tangent: None }
    }
}

impl<const D: usize> Value<D> {
    /// The value x + ε·tangent.
    pub fn with_tangent(primal: Tensor<D>, tangent: Tensor<D>) -> Self {
        Self { primal, tangent: Some(tangent) }
    }

    /// True when it does not depend on ε, so that a plain rule may be taken.
    pub fn is_plain(&self) -> bool {
        self.tangent.is_none()
    }

    /// The tangent, zero where it does not depend on ε.
    pub fn tangent_or_zeros(&self) -> Tensor<D> {
        self.tangent.clone().unwrap_or_else(|| self.primal.zeros_like())
    }

    /// A linear map applied to both parts: it is its own tangent rule.
    #[must_use]
    pub fn map_linear<const E: usize>(self, map: impl Fn(Tensor<D>) -> Tensor<E>) -> Value<E> {
        Value { primal: map(self.primal), tangent: self.tangent.map(map) }
    }

    /// The same elements in another shape.
    #[must_use]
    pub fn reshape<const E: usize>(self, shape: [usize; E]) -> Value<E> {
        self.map_linear(|part| part.reshape(shape))
    }
}

/// x·y with broadcasting; (x·y)' = x'·y + x·y'.
impl<const D: usize> Mul for Value<D> {
    type Output = Self;

    fn mul(self, other: Self) -> Self {
        let left = self.tangent.map(|tangent| tangent * other.primal.clone());
        let right = other.tangent.map(|tangent| self.primal.clone() * tangent);
        Self { primal: self.primal * other.primal, tangent: sum(left, right) }
    }
}

/// x + y, where y is broadcast to the shape of x.
impl<const D: usize> Add for Value<D> {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        let shape = self.primal.dims();
        let right = other.tangent.map(|tangent| match self.tangent {
            // A sum broadcasts; alone, the tangent has to take the shape itself.
            None => tangent.expand(shape),
            Some(_) => tangent,
        });
        Self { primal: self.primal + other.primal, tangent: sum(self.tangent, right) }
    }
}

/// The sum of two tangents, either of which may be absent.
pub fn sum<const D: usize>(left: Option<Tensor<D>>, right: Option<Tensor<D>>) -> Option<Tensor<D>> {
    match (left, right) {
        (Some(left), Some(right)) => Some(left + right),
        (left, right) => left.or(right),
    }
}
