//! A spec becomes events: devices, the loop, control points, checkpoints, results.
pub mod control;
pub mod devices;
