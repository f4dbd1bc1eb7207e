//! The screens: each draws its part of the model into the body of the frame, and says where things lie.

pub mod hosts;
pub mod new_run;
pub mod problems;
pub mod queue;
pub mod run;
pub mod settings;
mod state;
