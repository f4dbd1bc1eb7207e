//! How a worker is started: as a process of this machine, or as a job of Slurm.

pub mod local;
pub mod slurm;

pub use local::Local;
