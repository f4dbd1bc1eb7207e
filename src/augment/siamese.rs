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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        augment::{Operation, Parameters},
        random::{Purpose, stream},
        spec::{Mode, Strategy},
    };

    fn pair(strategy: &str, mode: Mode, sharing: Sharing, seed: u64) -> Pair {
        let strategy = strategy.parse().unwrap();
        let recipe = Recipe { strategy, mode, align_corners: true, size: [32, 32] };
        draw(&recipe, sharing, 7, 2, &mut stream(seed, Purpose::MatchingAugmentation, &[3, 0, 1]))
    }

    fn kinds(augmentation: &Augmentation) -> Vec<std::mem::Discriminant<Operation>> {
        augmentation.operations.iter().map(std::mem::discriminant).collect()
    }

    #[test]
    fn siamese_gives_both_sides_one_shared_set() {
        for seed in 0..50 {
            let pair = pair(Strategy::NATURAL, Mode::Single, Sharing::Siamese, seed);
            assert_eq!(pair.real, pair.synthetic);
            assert!(pair.real.align_corners && !pair.real.is_none());
            assert!(!format!("{pair:?}").contains("PerImage"));
        }
    }

    #[test]
    fn the_arms_of_the_ablation_differ_in_nothing_but_the_sharing() {
        let mut moved_apart = 0;
        for seed in 0..50 {
            for mode in [Mode::Single, Mode::Multiple] {
                let draw = |sharing| pair(Strategy::NATURAL, mode, sharing, seed);
                let siamese = draw(Sharing::Siamese);
                let independent = draw(Sharing::Independent);
                assert_eq!(independent.synthetic, siamese.synthetic);
                assert_eq!(kinds(&independent.real), kinds(&siamese.real));
                moved_apart += usize::from(independent.real != siamese.real);

                let real_only = draw(Sharing::RealOnly);
                assert_eq!(real_only.real, independent.real);
                assert!(real_only.synthetic.is_none());
                let synthetic_only = draw(Sharing::SyntheticOnly);
                assert_eq!(synthetic_only.synthetic, siamese.synthetic);
                assert!(synthetic_only.real.is_none());

                let per_image = draw(Sharing::PerImage);
                assert_eq!(kinds(&per_image.real), kinds(&siamese.real));
                assert_eq!(kinds(&per_image.synthetic), kinds(&siamese.real));
                assert_eq!(draw(Sharing::None), Pair::default());
            }
        }
        // Two independent flips are the same half of the time; all other parameters differ.
        assert!(moved_apart > 85, "{moved_apart} of 100");
    }

    #[test]
    fn per_image_draws_a_set_for_each_image_of_its_side() {
        let pair = pair("rotate", Mode::Single, Sharing::PerImage, 0);
        let sets = |side: &Augmentation| match &side.operations[..] {
            [Operation::Rotate(Parameters::PerImage(sets))] => sets.clone(),
            other => panic!("one rotation per image, not {other:?}"),
        };
        let (real, synthetic) = (sets(&pair.real), sets(&pair.synthetic));
        assert_eq!((real.len(), synthetic.len()), (7, 2));
        let mut all = [real, synthetic].concat();
        all.sort_by(f64::total_cmp);
        all.dedup();
        assert_eq!(all.len(), 9, "no two images share an angle");
    }
}
