//! What label distillation needs to be told (reference section 5.7).

use serde::{Deserialize, Serialize};

use super::choices::LabelRule;

/// The section `[labels]`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LabelSpec {
    /// How labels are pulled.
    pub rule: LabelRule,
    /// Learning rate of the labels (Adam).
    pub lr: f64,
    /// Base images in an update and in a training step.
    pub batch: usize,
    /// Real images of all classes together in an update.
    pub outer_batch: usize,
    /// Step size of the step that is looked through.
    pub inner_lr: f64,
    /// Learning rate of the networks (Adam).
    pub model_lr: f64,
    /// The penalty of the regression.
    pub ridge: f64,
    /// The share of a new classifier in the one that is kept.
    pub ridge_share: f64,
    /// Learning rate of the regression's scale (Adam).
    pub scale_lr: f64,
    /// Updates without a new minimum after which a network starts afresh.
    pub window: usize,
    /// Updates between two looks at how good the labels are; the best are kept.
    pub check_every: usize,
    /// The share of the training images that is held out for that.
    pub held_out: f64,
}

impl LabelSpec {
    /// The published values for `images` base images of `set`.
    pub fn published(images: usize, set: &str) -> Self {
        Self {
            rule: LabelRule::SecondOrder,
            lr: 1e-3,
            batch: if images > 10 { 50.min(images) } else { images },
            outer_batch: 1024,
            inner_lr: 0.01,
            model_lr: 1e-3,
            ridge: 1.0,
            ridge_share: 0.01,
            scale_lr: 0.01,
            window: match images {
                _ if set == "cifar100" => 100,
                0..=100 => 50,
                _ => 200,
            },
            // Five epochs of the 49 batches in 50 000 images.
            check_every: 245,
            held_out: if set.starts_with("cifar") { 0.1 } else { 1.0 / 6.0 },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn batches_and_patience_follow_the_number_of_images() {
        let of = |images| {
            let spec = LabelSpec::published(images, "mnist");
            (spec.batch, spec.window)
        };
        assert_eq!([of(10), of(100), of(500)], [(10, 50), (50, 50), (50, 200)]);
        assert_eq!(LabelSpec::published(100, "cifar100").window, 100);
    }
}
