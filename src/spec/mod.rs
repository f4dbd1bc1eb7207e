//! What a run is: the specification a user writes, checked, completed and kept.
//!
//! A spec arrives as TOML (a file, a preset, `--set key=value`, a form). [`parse`] holds every key
//! against the one table of [`field::FIELDS`], lays what was typed over the paper's values for that
//! method, data set and number of images per class ([`defaults`]), and returns a [`Spec`] in which
//! nothing is left open. A fault names source, line, key, what is allowed and the nearest right name.
//!
//! This room is below all others: it knows names and ranges, never a network, a file format or a device.

pub mod choices;
mod continual;
pub mod defaults;
pub mod difference;
pub mod fault;
pub mod field;
pub mod image_size;
mod label_learning;
pub mod loops;
pub mod memory;
pub mod network_name;
pub mod networks;
pub mod parse;
pub mod presets;
mod types;
mod unroll;
pub mod values;
mod work;

pub use choices::{
    Activation, Architecture, DeviceChoice, Distance, EvaluationAugmentation, Fit, Init, LabelRule,
    Method, Mode, Norm, Pooling, Precision, Sharing, Start, Strategy, TaskTraining, Token,
};
pub use continual::ContinualSpec;
pub use fault::Fault;
pub use image_size::ImageSize;
pub use label_learning::LabelSpec;
pub use loops::Loops;
pub use networks::Networks;
pub use types::{
    AugmentSpec, CondenseSpec, CoresetSpec, DataSpec, EvaluateSpec, NetworkSpec, RecordSpec, Spec,
};
pub use unroll::UnrollSpec;
