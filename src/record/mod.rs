//! What a run leaves behind: its folder, its log of facts, its pictures, its result.
//!
//! The run folder is the truth about a run. This room knows files and formats; it knows nothing of
//! networks, devices or screens.

pub mod digest;
pub mod event;
pub mod number;

pub use digest::Digest;
pub use event::{Event, Fact};
