//! Coresets: which real images to keep, where nothing is learned (DC and DSA, section 4.1; reference
//! section 5).
//!
//! Each rule looks at the images of one class and names `ipc` of them, in the order of choice, so a smaller
//! set is the beginning of a larger one. [`herding()`] and [`k_center()`] see the images as points in the
//! embedding of a network trained on the whole set, [`most_forgotten`] sees how often that training forgot
//! them. Pure functions of numbers: they know no network, no file and no chance.

pub mod forgetting;
pub mod herding;
pub mod k_center;
mod points;

pub use forgetting::{Forgetting, most_forgotten};
pub use herding::herding;
pub use k_center::k_center;
pub use points::Points;
