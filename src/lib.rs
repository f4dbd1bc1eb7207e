//! Stillroom distils data sets.
#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used, clippy::panic))]

pub mod augment;
pub mod evaluate;
pub mod nets;
pub mod queue;
pub mod random;
pub mod record;
pub mod spec;
pub mod wire;
