//! PyTorch's numbers for networks, distances and whole trajectories, and how to hold ours against them.
//!
//! The fixtures in `tests/fixtures/parity` hold inputs and parameters that are exact in f32, and results
//! computed in f64 with PyTorch's double backward and rounded once. `index.json` describes every case.

pub mod augmentation;
pub mod closeness;
pub mod fixture;
pub mod network;
pub mod trajectory;

use burn::tensor::{DType, Device};

/// Where a case is computed, and how far it may be from PyTorch's f64.
pub struct Ground {
    pub device: Device,
    pub dtype: DType,
    /// Bound on the error of a tensor: the L2 norm of the difference over that of the expected tensor.
    pub tolerance: f64,
}
