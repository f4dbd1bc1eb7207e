//! The screen as a whole, without a terminal: what it does, and what it looks like.

mod all_hosts;
mod behaviour;
mod compare;
mod form;
mod hostile;
mod hosts;
mod mouse;
mod notices;
mod overlays;
pub mod painted;
mod problems;
mod queue;
pub mod recorded;
mod screens;
mod sending;
mod settings;
mod slurm;
mod studies;
