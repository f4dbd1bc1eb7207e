//! What label distillation needs to be told (reference section 5.7).

use serde::{Deserialize, Serialize};

use super::{
    choices::LabelRule,
    field::{Field, Kind, field},
};

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

/// What a spec can say about it.
pub(super) const FIELDS: &[Field] = &[
    field(
        "labels.rule",
        "rule",
        "",
        Kind::Choice(LabelRule::NAMES),
        "LD: labels through a step of descent, or through ridge regression.",
    ),
    field("labels.lr", "label rate", "", Kind::Number(0.0, 1e3), "LD: Adam's rate for labels."),
    field(
        "labels.batch",
        "base batch",
        "images",
        Kind::Integer(1, 100_000),
        "LD: base images in an update and in a training step.",
    ),
    field(
        "labels.outer_batch",
        "real batch",
        "images",
        Kind::Integer(1, 1_000_000),
        "LD: real images of all classes together in an update.",
    ),
    field(
        "labels.inner_lr",
        "inner rate",
        "",
        Kind::Number(0.0, 1e3),
        "LD: size of the step that is looked through.",
    ),
    field(
        "labels.model_lr",
        "network rate",
        "",
        Kind::Number(0.0, 1e3),
        "LD: Adam's rate for networks, while learning and in the evaluation.",
    ),
    field("labels.ridge", "ridge", "", Kind::Number(1e-9, 1e9), "LD: penalty of the regression."),
    field(
        "labels.ridge_share",
        "ridge share",
        "",
        Kind::Number(1e-6, 1.0),
        "LD: share of a new classifier in the one that is kept.",
    ),
    field(
        "labels.scale_lr",
        "scale rate",
        "",
        Kind::Number(0.0, 1e3),
        "LD: Adam's rate for the regression's scale.",
    ),
    field(
        "labels.window",
        "patience",
        "updates",
        Kind::Integer(1, 1_000_000),
        "LD: a network starts afresh after so many updates without a new minimum.",
    ),
    field(
        "labels.check_every",
        "check every",
        "updates",
        Kind::Integer(1, 10_000_000),
        "LD: how often the labels are tried on held-out images; the best are kept.",
    ),
    field(
        "labels.held_out",
        "held out",
        "",
        Kind::Number(0.001, 0.9),
        "LD: share of the training images that is held out for that.",
    ),
];

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
