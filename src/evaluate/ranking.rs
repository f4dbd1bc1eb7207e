//! DD-Ranking's scores: what a set is worth beyond the recipe that it comes with (reference section 7.2).
//!
//! A high accuracy may be the doing of soft labels, of an augmentation or of a schedule as much as of the
//! images. So the set is held against all real data under hard labels, and against as many random real images
//! under its own recipe:
//!
//! ```text
//! HLR = acc(all real, hard labels) − acc(set, hard labels)          how much is lost; lower is better
//! IOR = acc(set, own recipe) − acc(random real, own recipe)         how much is won; higher is better
//! LRS = score(w · IOR − (1 − w) · HLR)
//! ARS = score(w · won with augmentation + (1 − w) · won without)
//! score(α) = (e^α − e^−1) / (e − e^−1)                              0 to 1 for α from −1 to 1, w = ½
//! ```

use serde::Serialize;

/// The weight of either side.
const WEIGHT: f64 = 0.5;

/// Mean test accuracies, 0 to 1.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Accuracies {
    /// After all real data.
    pub whole: f64,
    /// After the set with hard labels, in the ordinary way of training.
    pub hard_labels: f64,
    /// After the set, by its own recipe.
    pub own_recipe: f64,
    /// After as many random real images, by the same recipe.
    pub random_own_recipe: f64,
    /// After the set, with augmentation.
    pub augmented: f64,
    /// After random real images, with augmentation.
    pub random_augmented: f64,
    /// After the set, without augmentation.
    pub plain: f64,
    /// After random real images, without augmentation.
    pub random_plain: f64,
}

/// The four scores.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Ranking {
    /// Hard-label recovery: what is missing to all real data.
    pub hlr: f64,
    /// Improvement over random.
    pub ior: f64,
    /// Label-robust score, 0 to 1.
    pub lrs: f64,
    /// Augmentation-robust score, 0 to 1.
    pub ars: f64,
}

impl From<Accuracies> for Ranking {
    fn from(found: Accuracies) -> Self {
        let hlr = found.whole - found.hard_labels;
        let ior = found.own_recipe - found.random_own_recipe;
        let won = |set: f64, random: f64| set - random;
        let augmented = won(found.augmented, found.random_augmented);
        let plain = won(found.plain, found.random_plain);
        Self {
            hlr,
            ior,
            lrs: score(WEIGHT * ior - (1.0 - WEIGHT) * hlr),
            ars: score(WEIGHT * augmented + (1.0 - WEIGHT) * plain),
        }
    }
}

fn score(alpha: f64) -> f64 {
    let floor = (-1.0_f64).exp();
    (alpha.exp() - floor) / (1.0_f64.exp() - floor)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scores_follow_from_the_accuracies() {
        let found = Ranking::from(Accuracies {
            whole: 0.9,
            hard_labels: 0.5,
            own_recipe: 0.8,
            random_own_recipe: 0.6,
            augmented: 0.7,
            random_augmented: 0.6,
            plain: 0.5,
            random_plain: 0.6,
        });
        let near = |a: f64, b: f64| assert!((a - b).abs() < 1e-12, "{a} {b}");
        near(found.hlr, 0.4);
        near(found.ior, 0.2);
        // α = 0.5 · 0.2 − 0.5 · 0.4
        near(found.lrs, ((-0.1_f64).exp() - (-1.0_f64).exp()) / (2.0 * 1.0_f64.sinh()));
        // What augmentation wins is lost without it: α = 0.
        near(found.ars, (1.0 - (-1.0_f64).exp()) / (2.0 * 1.0_f64.sinh()));
        near(score(-1.0), 0.0);
        near(score(1.0), 1.0);
    }
}
