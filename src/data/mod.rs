//! The real data sets: known by name, found, checked, read, and handed out in batches.
//!
//! ```text
//! name ─► registry ─► locate ─► idx · cifar · cifar_archive · svhn (mat) · usps_text · mnist_5k ·
//!   │                   ▲       tiny_imagenet ──────────────────────┐
//!   │       import ─────┘                                           ├─► shaping ─► DataSet { info, train, test }
//!   └────► own ─► picture_folder ─► gather (picture) · npz (npy) ───┤                 │
//!                 set_file (imports, cache) ────────────────────────┘                 │
//!                                          class draws (split) · tensors (batch) ◄────┘
//! ```
//!
//! What a published data set must hold is written in the [`registry`] and never learned from its files, so
//! damaged and forged files are refused before they cost memory. The user's own ([`own`]) are what they
//! are, within bounds. Images stay u8 in memory and become normalised tensors a batch at a time. The data
//! directory comes in as an argument; the embedded `mnist-5k` needs none.

pub mod batch;
pub mod cifar;
pub mod cifar_archive;
pub mod class_names;
mod content;
pub mod error;
pub mod fetch;
pub mod gather;
pub mod idx;
pub mod import;
pub mod list;
pub mod locate;
pub mod mat;
mod mnist_5k;
mod natural;
pub mod npy;
pub mod npz;
pub mod open;
pub mod own;
pub mod packed;
pub mod picture;
mod picture_file;
pub mod picture_folder;
#[cfg(test)]
mod real_files;
pub mod registry;
mod room;
#[cfg(test)]
mod sample_pictures;
pub mod set;
pub mod set_file;
pub mod shaping;
mod some_classes;
pub mod split;
pub mod statistics;
mod svhn;
mod tiny_imagenet;
mod usps_text;
pub mod verify;

pub use batch::{Batch, normalised_values};
pub use error::{DataError, FileFault};
pub use fetch::fetch;
pub use import::import;
pub use list::{Listing, State, list};
pub use open::{open, open_spec};
pub use own::{Wishes, check_name};
pub use packed::Resident;
pub use picture_folder::HeldOut;
pub use registry::{Entry, ImageShape};
pub use set::{DataSet, Normalisation, SetInfo};
pub use shaping::Shaping;
pub use split::{Split, SplitFault};
pub use verify::{FileReport, Published, Report, verify};
