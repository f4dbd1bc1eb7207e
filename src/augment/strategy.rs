//! From a strategy to operations with numbers.
//!
//! Mode S draws ONE token, uniformly, for a whole batch; mode M takes all tokens in the strategy's order
//! (DSA, section 3.2; the paper's results are of mode S). The tokens come first and their parameters
//! after, so that two batches can share the one and differ in the other.

use burn::tensor::Tensor;
use rand::{Rng, RngExt};

use super::{operation::Operation, parameters::Sets};
use crate::spec::{AugmentSpec, Mode, Strategy, Token};

/// A drawn augmentation: operations in the order in which they are applied, each with its parameters.
/// It holds no randomness and may be applied any number of times. The default changes nothing.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Augmentation {
    /// What is done, in this order.
    pub operations: Vec<Operation>,
    /// The bilinear sampler's corner convention: true is that of torch 1.2.
    pub align_corners: bool,
}

impl Augmentation {
    /// Whether images come out as they went in, untouched.
    pub fn is_none(&self) -> bool {
        self.operations.is_empty()
    }

    /// Whether another one does the same in the same order, with parameters of its own.
    pub fn is_like(&self, other: &Self) -> bool {
        let kind = std::mem::discriminant::<Operation>;
        self.align_corners == other.align_corners
            && self.operations.iter().map(kind).eq(other.operations.iter().map(kind))
    }

    /// Takes another one's parameters behind its own, each drawn per image, so that the images of both may
    /// be augmented together. It has to be like this one.
    pub fn append(&mut self, other: Self) {
        debug_assert!(self.is_like(&other));
        for (own, other) in self.operations.iter_mut().zip(other.operations) {
            own.append(other);
        }
    }

    /// Images `[n, c, h, w]` in normalised space in, the same shape out; differentiable in the images.
    /// Parameters that were drawn per image need as many images as sets were drawn.
    pub fn apply(&self, images: Tensor<4>) -> Tensor<4> {
        self.operations
            .iter()
            .fold(images, |images, operation| operation.apply(images, self.align_corners))
    }
}

/// What augmentations are drawn from: a spec's wishes and the images' size.
#[derive(Debug, Clone, PartialEq)]
pub struct Recipe {
    /// The tokens to draw from.
    pub strategy: Strategy,
    /// One token a batch, or all of them.
    pub mode: Mode,
    /// The bilinear sampler's corner convention.
    pub align_corners: bool,
    /// Height and width of the images, in pixels.
    pub size: [usize; 2],
}

impl Recipe {
    /// The recipe of a spec for images of `[height, width]`.
    pub fn new(spec: &AugmentSpec, size: [usize; 2]) -> Self {
        Self {
            strategy: spec.strategy.clone(),
            mode: spec.mode,
            align_corners: spec.align_corners,
            size,
        }
    }

    /// The tokens that one batch meets; none if the strategy is empty.
    pub fn draw_tokens(&self, rng: &mut impl Rng) -> Vec<Token> {
        let tokens = &self.strategy.0;
        match self.mode {
            Mode::Multiple => tokens.clone(),
            Mode::Single if tokens.is_empty() => Vec::new(),
            Mode::Single => vec![tokens[rng.random_range(0..tokens.len())]],
        }
    }

    /// Parameters for these tokens.
    pub fn draw_parameters(
        &self,
        tokens: &[Token],
        sets: Sets,
        rng: &mut impl Rng,
    ) -> Augmentation {
        let operations =
            tokens.iter().flat_map(|token| Operation::draw(*token, sets, self.size, rng)).collect();
        Augmentation { operations, align_corners: self.align_corners }
    }

    /// The augmentation of one training batch, in the inner loop and in evaluations: one token for the
    /// batch (in mode S), parameters for each of its images.
    pub fn draw_training(&self, images: usize, rng: &mut impl Rng) -> Augmentation {
        let tokens = self.draw_tokens(rng);
        self.draw_parameters(&tokens, Sets::PerImage(images), rng)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::{Purpose, stream};

    fn recipe(strategy: &str, mode: Mode) -> Recipe {
        let strategy = strategy.parse().unwrap();
        Recipe { strategy, mode, align_corners: false, size: [28, 28] }
    }

    #[test]
    fn mode_s_draws_one_token_and_every_token_equally_often() {
        let recipe = recipe(Strategy::NATURAL, Mode::Single);
        let mut rng = stream(1, Purpose::MatchingAugmentation, &[]);
        let mut counts = [0; 6];
        for _ in 0..3000 {
            let drawn = recipe.draw_tokens(&mut rng);
            assert_eq!(drawn.len(), 1);
            counts[recipe.strategy.0.iter().position(|token| *token == drawn[0]).unwrap()] += 1;
        }
        for count in counts {
            assert!((430..570).contains(&count), "{counts:?}");
        }
    }

    #[test]
    fn mode_m_takes_all_tokens_in_the_order_of_the_strategy() {
        let recipe = recipe("rotate_color_flip", Mode::Multiple);
        let mut rng = stream(1, Purpose::MatchingAugmentation, &[]);
        let tokens = recipe.draw_tokens(&mut rng);
        assert_eq!(tokens, [Token::Rotate, Token::Color, Token::Flip]);
        let drawn = recipe.draw_training(5, &mut rng);
        let kinds: Vec<_> =
            drawn.operations.iter().map(|operation| format!("{operation:?}")).collect();
        let expected = ["Rotate", "Brightness", "Saturation", "Contrast", "Flip"];
        assert_eq!(kinds.len(), expected.len());
        for (kind, expected) in kinds.iter().zip(expected) {
            assert!(kind.starts_with(&format!("{expected}(PerImage")), "{kind}");
        }
    }

    #[test]
    fn an_empty_strategy_augments_nothing() {
        let mut rng = stream(1, Purpose::InnerTraining, &[]);
        for mode in [Mode::Single, Mode::Multiple] {
            assert!(recipe("none", mode).draw_training(4, &mut rng).is_none());
        }
    }
}
