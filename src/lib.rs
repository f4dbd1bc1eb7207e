//! Stillroom distils data sets.
#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used, clippy::panic))]

pub mod random;
pub mod spec;
