//! Who shares augmentation parameters while matching: the one place that decides it.
//!
//! Siamese augmentation draws ONE set of parameters for a class and an outer step and lays it on every
//! real and every synthetic image of that class, so that the two gradients which are matched saw the same
//! view (DSA, section 3.3). The other kinds are the arms of the paper's ablation.
//!
//! Whatever the kind, the stream is read in one order: the tokens, then the synthetic side's parameters,
//! then the real side's. So with one seed the arms differ in nothing but the sharing: Siamese and
//! independent give the synthetic images identical augmentations, and `real-only` and `synthetic-only`
//! are each one side of `independent`.

use rand::Rng;

use super::{
    parameters::Sets,
    strategy::{Augmentation, Recipe},
};
use crate::spec::Sharing;

/// The augmentations of one class in one outer step.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Pair {
    /// For the class's real batch.
    pub real: Augmentation,
    /// For the class's synthetic images.
    pub synthetic: Augmentation,
}

/// Draws the pair for a class that shows `real` real and `synthetic` synthetic images.
pub fn draw(
    recipe: &Recipe,
    sharing: Sharing,
    real: usize,
    synthetic: usize,
    rng: &mut impl Rng,
) -> Pair {
    let tokens = recipe.draw_tokens(rng);
    let mut side = |sets| recipe.draw_parameters(&tokens, sets, rng);
    match sharing {
        Sharing::None => Pair::default(),
        Sharing::Siamese => {
            let shared = side(Sets::Shared);
            Pair { real: shared.clone(), synthetic: shared }
        }
        Sharing::PerImage => {
            let synthetic = side(Sets::PerImage(synthetic));
            Pair { real: side(Sets::PerImage(real)), synthetic }
        }
        Sharing::Independent | Sharing::RealOnly | Sharing::SyntheticOnly => {
            let synthetic = side(Sets::Shared);
            let real = side(Sets::Shared);
            match sharing {
                Sharing::RealOnly => Pair { real, ..Pair::default() },
                Sharing::SyntheticOnly => Pair { synthetic, ..Pair::default() },
                _ => Pair { real, synthetic },
            }
        }
    }
}
