//! Stillroom distils data sets.
#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used, clippy::panic))]

pub mod engine;
pub mod condense;
pub mod augment;
pub mod evaluate;
pub mod nets;
pub mod data;
pub mod queue;
pub mod random;
pub mod record;
pub mod spec;
pub mod wire;
