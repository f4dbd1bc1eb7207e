//! How a synthetic set is learned: the methods, as steps that a loop puts together.
//!
//! Gradient matching (DC, and DSA with its augmentation shared by both sides) asks that the synthetic
//! images of a class push a network's parameters the way real images of that class do. One outer step of
//! it, for a caller that owns networks, batches, randomness and time:
//!
//! ```text
//! GradientMatching::step   → of a group of classes: distances, gradients of the pixels
//! ImageOptimiser::step     → all images moved, once
//! InnerTraining::run       → the network trained on the images, before the next step
//! ```
//!
//! Distribution matching (DM) asks instead that their mean embeddings be alike; [`DistributionMatching`] takes
//! the first step's place, and the network is never trained.
//!
//! Two methods learn through steps of training instead: [`DatasetDistillation`] (DD) images and step sizes,
//! [`label_distillation`] (LD) labels of images that stay.
//!
//! Everything here is a function of its arguments: no file, no clock, no seed. Whoever wants to know how
//! far a step is listens through [`Watch`].

pub mod dataset_distillation;
pub mod distance;
pub mod distribution_matching;
pub mod gradient_matching;
pub mod image_optimiser;
pub mod inner_training;
pub mod label_distillation;
pub mod part;

pub use dataset_distillation::{DatasetDistillation, Unrolled};
pub use distance::{Matched, distance};
pub use distribution_matching::DistributionMatching;
pub use gradient_matching::{ClassPair, ClassSteps, GradientMatching, Side};
pub use image_optimiser::ImageOptimiser;
pub use inner_training::InnerTraining;
pub use label_distillation::{LabelStep, Restart, Ridge, RidgeState, SecondOrder};
pub use part::{Part, Watch};
