//! The order of runs, and the processes that do them.
//!
//! Commands come in, run states change by one pure transition function, a pure scheduler says which run
//! starts on which slot, an executor starts workers, and their logs are followed.

pub mod admission;
mod arranging;
pub mod cards;
mod cloning;
pub mod command;
pub mod control;
pub mod data_lock;
pub mod devices;
pub mod entry;
pub mod estimates;
pub mod executor;
pub mod follower;
mod format;
pub mod found;
pub mod gathering;
pub mod handle;
mod jobs;
pub mod keeper;
pub mod lease;
pub(crate) mod own_process;
pub mod places;
mod placing;
pub mod refusal;
mod removal;
pub mod run;
pub mod scheduler;
pub mod store;
pub mod study_runs;
pub mod transition;

pub use crate::record::HostName;
pub use command::Command;
pub use devices::{CLUSTER, DeviceSlots};
pub use estimates::Expected;
pub use handle::Queue;
pub use keeper::{Change, Done};
pub use places::Places;
pub use refusal::Refusal;
pub use run::{RunId, RunState, RunSummary, Worker};
