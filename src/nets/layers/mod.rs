//! The layers that networks are made of, each with a plain rule and a tangent rule.
//!
//! Weights arrive flat, as the network stores them, and are reshaped here. Everything works in the dtype
//! of its inputs, and everything can be differentiated in reverse, tangents included.

pub mod activation;
pub mod affine;
pub mod batch_norm;
pub mod conv2d;
pub mod cross_entropy;
pub mod group_norm;
pub mod layer_norm;
pub mod linear;
pub mod pooling;
pub mod response_norm;
pub mod standardise;

#[cfg(test)]
pub(crate) mod finite_differences;
