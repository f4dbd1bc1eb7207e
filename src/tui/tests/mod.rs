//! The screen as a whole, without a terminal: what it does, and what it looks like.

mod behaviour;
pub mod recorded;
mod screens;
