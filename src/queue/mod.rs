//! The order of runs, and the processes that do them.
//!
//! Commands come in, run states change by one pure transition function, a pure scheduler says which run
//! starts on which slot, an executor starts workers, and their logs are followed.

pub mod command;
pub mod data_lock;
pub mod entry;
pub mod lease;
pub mod places;
pub mod refusal;
pub mod run;
pub mod scheduler;
pub mod store;
pub mod transition;

pub use command::Command;
pub use places::Places;
pub use refusal::Refusal;
pub use run::{RunId, RunState, RunSummary, Worker};
