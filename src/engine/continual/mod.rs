//! A run that learns several tasks one after the other (reference sections 6.2 and 6.3).
//!
//! ```text
//! for every task:  memory (an ordinary run in tasks/NN, or one that is kept) ─► learning ─► scores on all tasks
//!                                                                      checkpoint ◄────────────┘
//! ```
//!
//! `tasks` says what is learned, `memory` makes and keeps the images that stay of a task, `course` goes from
//! task to task, and learns each of them in one of two ways: `end_to_end` or `from_scratch`. What a task has
//! given is written down before the next one, so a run that was stopped or killed makes no finished memory and
//! learns no finished task again; a task that was being learned is learned from its beginning, by the same chance.

pub mod admit;
mod course;
mod ear;
mod end_to_end;
mod forecast;
mod from_scratch;
mod images;
mod memory;
mod shares;
mod tasks;

pub use course::{Course, Desk, resumed_at};
pub use forecast::forecast;
