//! Stillroom distils data sets.
#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used, clippy::panic))]

pub mod augment;
pub mod condense;
pub mod data;
pub mod engine;
pub mod evaluate;
pub mod nets;
pub mod queue;
pub mod random;
pub mod record;
pub mod spec;
pub mod wire;
