//! Learning one task after the other, with only a small memory of those before (reference sections 6.2 and 6.3).
//!
//! ```text
//! network of the tasks so far ─► grown ─► TaskTraining: real images of the new task + memory ─► tuning on memory
//!                │                               ▲ teacher                                          │
//!                └───────────────────────────────┘          scores on every task so far ◄───────────┘
//! ```
//!
//! [`TaskTraining`] is end-to-end incremental learning (Castro et al. 2018): one network goes through all tasks,
//! gets outputs for new classes as they come ([`grown`]), and the network before a task may teach the one behind
//! it ([`distillation`]). Learning from scratch (Zhao & Bilen 2023) needs nothing but memory: it is
//! [`Evaluation::run_on_each`](super::Evaluation::run_on_each). Both are scored task by task and told as one
//! figure by [`mean_accuracy`].

pub mod distillation;
mod enough;
mod growth;
mod mean;
mod task_training;

pub use growth::grown;
pub use mean::mean_accuracy;
pub use task_training::{Lesson, TaskTraining, Teacher};
