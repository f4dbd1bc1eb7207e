//! What the queue says to a worker: through a file that it reads, or, when it does not listen, by force.

use std::io;

use rustix::process::{Pid, Signal, kill_process};

use super::{
    lease::{self, Lease},
    run::RunState,
};
use crate::{
    engine::control::{Wish, Wishes},
    record::{
        RunFolder,
        atomic::{self, WriteError},
    },
};

/// The wish that a state means for its worker.
pub const fn wish_of(state: &RunState) -> Wish {
    match state {
        RunState::Paused { .. } => Wish::Pause,
        RunState::Stopping { .. } => Wish::Stop,
        _ => Wish::Run,
    }
}

/// Writes the control file of a run.
pub fn write(folder: &RunFolder, wish: Wish, snapshots: u64) -> Result<(), WriteError> {
    let path = folder.control();
    let text = serde_json::to_vec(&Wishes { wish, snapshots })
        .map_err(|error| WriteError { path: path.clone(), source: error.into() })?;
    atomic::write(&path, &text)
}

/// Kills the worker that holds the lock of a run, which is surely the run's own.
pub fn kill(folder: &RunFolder) -> io::Result<()> {
    let Lease::Held(Some(pid)) = lease::look(&folder.worker_lock()) else {
        return Err(io::Error::other("no worker holds this run's lock; it is about to leave"));
    };
    let pid = i32::try_from(pid).ok().and_then(Pid::from_raw);
    let pid = pid.ok_or_else(|| io::Error::other("the run's lock names no process"))?;
    Ok(kill_process(pid, Signal::KILL)?)
}
