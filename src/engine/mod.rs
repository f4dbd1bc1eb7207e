//! A spec becomes events: device, data and network are made ready, the loop runs from control point to
//! control point, and everything worth knowing goes into the run's log.
//!
//! [`worker`] is the process, [`run`] the course of one run, [`condensation`] the loop of the paper, [`learner`] what
//! each method does in it,
//! [`coreset_choice`] what stands before it where real images are chosen by a rule, [`scoring`] its
//! evaluations; [`continual`] is a run over several tasks, [`file_evaluation`] is an evaluation without a run, and
//! [`set_ranking`] several. What an iteration measures stays on the
//! device until it ends ([`measurements`]), and a device that is full is given less at once
//! ([`device_fault`]). [`devices`] finds the machine's, of which the environment may leave some ([`visible`]). Nothing here knows a terminal, a socket or an async runtime.

pub mod admit;
pub mod condensation;
pub mod condensed_before;
pub mod continual;
pub mod control;
pub mod coreset_choice;
pub mod device_fault;
pub mod devices;
pub mod estimate;
pub mod failure;
pub mod file_evaluation;
pub mod first_look;
pub mod forecast;
pub mod journal;
pub mod kept;
pub mod laboratory;
pub mod learner;
pub mod lease;
pub mod lesson;
pub mod measurements;
pub mod memory;
pub mod outlook;
pub mod precision;
pub mod run;
pub mod scoring;
pub mod set_ranking;
mod signals;
pub mod soft_labels;
pub mod stopwatch;
pub mod trained_network;
pub mod transfer;
mod tries;
pub mod visible;
pub mod worker;
