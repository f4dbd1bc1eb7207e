//! The real data sets: known by name, found, checked, read, and handed out in batches.
//!
//! ```text
//! name ─► registry ─► locate ─► idx · cifar · cifar_archive · mnist_5k ─► DataSet { info, train, test }
//!                       ▲                                                   │
//!          import ──────┘        class draws (split) · tensors (batch) ◄────┘
//! ```
//!
//! What a data set must hold is written in the [`registry`] and never learned from its files, so damaged
//! and forged files are refused before they cost memory. Images stay u8 in memory and become normalised
//! tensors a batch at a time. The data directory comes in as an argument; the embedded `mnist-5k` needs
//! none.

pub mod batch;
pub mod cifar;
pub mod cifar_archive;
pub mod class_names;
mod content;
pub mod error;
pub mod idx;
pub mod import;
pub mod list;
pub mod locate;
mod mnist_5k;
pub mod open;
pub mod packed;
#[cfg(test)]
mod real_files;
pub mod registry;
pub mod set;
pub mod split;
pub mod verify;

pub use batch::{Batch, normalised_values};
pub use error::{DataError, FileFault};
pub use import::import;
pub use list::{Listing, State, list};
pub use open::open;
pub use packed::Resident;
pub use registry::{Entry, ImageShape};
pub use set::{DataSet, Normalisation, SetInfo};
pub use split::{Split, SplitFault};
pub use verify::{FileReport, Published, Report, verify};
