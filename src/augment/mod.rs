//! Augmentation of images: differentiable while matching and training, and DC's own in evaluations.
//!
//! ```text
//! spec ─► Recipe ─► tokens ─► parameters (host) ─► Augmentation ─► apply(images) ─► images
//!                    └─ siamese: which of the two sides share them
//! ```
//!
//! Drawing is chance on the host, from a stream that the caller names; applying is a fixed function on
//! plain tensors `[n, c, h, w]` in normalised space, differentiated by Burn like any other. Every
//! operation is an index move, a mask, or linear in the images with terms for their means, so the
//! synthetic pixels get exact gradients through it (DSA, sections 3.2 and 3.3).
//!
//! [`classic`] stands apart: DC's evaluation augmentation, on host pixels and without gradients.

mod bilinear;
mod brightness;
pub mod classic;
mod contrast;
mod crop;
mod cutout;
mod flip;
mod operation;
mod parameters;
mod rotate;
mod saturation;
mod scale;
pub mod siamese;
mod strategy;

pub use crop::Translation;
pub use cutout::Centre;
pub use operation::Operation;
pub use parameters::{Parameters, Sets};
pub use scale::Factors;
pub use siamese::Pair;
pub use strategy::{Augmentation, Recipe};
