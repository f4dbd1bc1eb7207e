//! What dataset distillation needs to be told: the inner training that it looks through, and how it learns
//! (reference section 5.6).

use serde::{Deserialize, Serialize};

use super::{
    choices::Start,
    field::{Field, Kind, field},
};

/// The section `[unroll]`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct UnrollSpec {
    /// Groups that the images of a class are spread over, one for each inner step; 0 for one image per group.
    pub groups: usize,
    /// How often the groups are gone through.
    pub epochs: usize,
    /// The step sizes before they are learned.
    pub rate: f64,
    /// Learning rate of images and step sizes (Adam).
    pub lr: f64,
    /// That rate halves from each of so many equal parts of the run to the next.
    pub lr_levels: usize,
    /// Real images of all classes together in an update.
    pub outer_batch: usize,
    /// Which networks the images are made for.
    pub start: Start,
    /// Trained networks to draw from, where they are.
    pub pool: usize,
    /// Networks whose gradients are averaged in an update.
    pub networks: usize,
}

impl Default for UnrollSpec {
    /// The published values.
    fn default() -> Self {
        Self {
            groups: 0,
            epochs: 3,
            rate: 0.02,
            lr: 0.01,
            lr_levels: 10,
            outer_batch: 1024,
            start: Start::Fresh,
            pool: 4,
            networks: 1,
        }
    }
}

/// What a spec can say about it.
pub(super) const FIELDS: &[Field] = &[
    field(
        "unroll.groups",
        "groups",
        "groups",
        Kind::Integer(0, 5000),
        "DD: groups of images, one for an inner step; 0 for one image of each class per group.",
    ),
    field(
        "unroll.epochs",
        "inner epochs",
        "epochs",
        Kind::Integer(1, 1000),
        "DD: how often the groups are gone through.",
    ),
    field(
        "unroll.rate",
        "first step size",
        "",
        Kind::Number(1e-6, 1e3),
        "DD: the step sizes before they are learned.",
    ),
    field(
        "unroll.lr",
        "learning rate",
        "",
        Kind::Number(0.0, 1e3),
        "DD: Adam's rate for images and step sizes.",
    ),
    field(
        "unroll.lr_levels",
        "rate levels",
        "levels",
        Kind::Integer(1, 1000),
        "DD: that rate halves from each of so many equal parts of the run to the next.",
    ),
    field(
        "unroll.outer_batch",
        "real batch",
        "images",
        Kind::Integer(1, 1_000_000),
        "DD: real images of all classes together in an update.",
    ),
    field(
        "unroll.start",
        "networks from",
        "",
        Kind::Choice(Start::NAMES),
        "DD: fresh networks, a fixed one, or networks trained on all data.",
    ),
    field(
        "unroll.pool",
        "trained networks",
        "networks",
        Kind::Integer(1, 1000),
        "DD: trained networks to draw from, where they are.",
    ),
    field(
        "unroll.networks",
        "networks averaged",
        "networks",
        Kind::Integer(1, 1000),
        "DD: networks whose gradients are averaged in an update.",
    ),
];
