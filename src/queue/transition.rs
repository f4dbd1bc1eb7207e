//! The state machine of a run: what may happen in which state, and what it leads to.
//!
//! One pure function. A wish that makes no sense in a state is refused with the reason and with the wish
//! that does; what the world does (a worker left) is never refused, only ignored where it cannot be.
//!
//! ```text
//!            placed            pause ⇄ resume
//! queued ───────────► running ◄──────────────► paused
//!  ▲  ▲ ╲               │ stop, cancel            │
//!  │  │  ╲ stop         ▼                         ▼
//!  │  │   ╲          stopping ◄────────────────────
//!  │  │    ╲            │ the worker left
//!  │  resume ╲──► stopped · interrupted · finished · failed · cancelled
//!  └──────────────── retry (failed, cancelled)
//! ```
//!
//! With Slurm there is one more state between queued and running, and a way back to it:
//!
//! ```text
//!        submitted           taken
//! queued ─────────► pending ───────► running · paused · stopping
//!    ▲                │  ▲               │
//!    └── again ───────┘  └─── waits ─────┘  (its job was put back into Slurm's queue)
//! ```

use jiff::Timestamp;

use super::{
    refusal::Refusal,
    run::{RunId, RunState, Worker},
};
use crate::{engine::control::Wish, record::event::Outcome};

/// Something that happens to a run.
#[derive(Debug, Clone, PartialEq)]
pub enum Happening {
    /// The user wants the worker to wait.
    Pause,
    /// The user wants it to go on.
    Resume,
    /// The user wants it to stop with a checkpoint.
    Stop,
    /// The user gives it up.
    Cancel,
    /// The user wants a run that is over to be tried again.
    Retry,
    /// The user wants a picture.
    Snapshot,
    /// A worker was started for it, or was found at it.
    Taken(Worker),
    /// No worker can be started for it.
    Unplaceable(Refusal),
    /// Its worker is gone.
    Left(Departure),
    /// Slurm has it as this job.
    Submitted(String),
    /// Its job waits in Slurm, for this reason: still, or again after its worker has left.
    Waits(String),
    /// Its worker left for another one to go on, and its job is over: it is to be submitted anew.
    Again,
}

impl Happening {
    /// Whether somebody wishes it; the others the world does.
    pub const fn is_wish(&self) -> bool {
        matches!(
            self,
            Self::Pause | Self::Resume | Self::Stop | Self::Cancel | Self::Retry | Self::Snapshot
        )
    }
}

/// How a worker went.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Departure {
    /// What its last event says, if it wrote one.
    pub outcome: Option<Outcome>,
    /// What is known where it wrote none.
    pub cause: String,
}

/// What has to be done in the world after a step.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Action {
    /// Tell the worker through its control file.
    Tell(Wish),
    /// Ask the worker for one more picture.
    AskSnapshot,
    /// Kill the worker: it was asked to stop and asked again.
    Kill,
    /// Take its job out of Slurm.
    CancelJob,
}

/// Where a run stands after something happened.
#[derive(Debug, Clone, PartialEq)]
pub struct Step {
    /// The state.
    pub state: RunState,
    /// What to do, in order.
    pub actions: Vec<Action>,
    /// A sentence for the user.
    pub text: String,
}

impl Step {
    fn new(state: RunState, actions: &[Action], text: String) -> Self {
        Self { state, actions: actions.to_vec(), text }
    }
}

/// The step that `happening` means for `run` in `state`, at the time `at`.
pub fn step(
    run: RunId,
    state: &RunState,
    happening: Happening,
    at: Timestamp,
) -> Result<Step, Refusal> {
    use Happening as H;
    use RunState as S;
    let to = |state, actions: &[Action], text: String| Ok(Step::new(state, actions, text));
    let happening = match step_of_job(run, state, happening, at) {
        Ok(step) => return Ok(step),
        Err(happening) => happening,
    };
    match (state, happening) {
        (S::Queued { .. }, H::Stop) => {
            to(S::Stopped { at }, &[], format!("run {run} is held; `resume` queues it again"))
        }
        (S::Queued { .. } | S::Stopped { .. } | S::Interrupted { .. }, H::Cancel) => {
            to(S::Cancelled { at }, &[], format!("run {run} is cancelled"))
        }
        (S::Stopped { .. } | S::Interrupted { .. }, H::Resume)
        | (S::Failed { .. } | S::Cancelled { .. }, H::Retry) => {
            to(S::Queued { since: at }, &[], format!("run {run} is queued"))
        }
        (S::Queued { .. }, H::Unplaceable(Refusal { reason, advice })) => {
            let text = format!("run {run} cannot start: {reason}");
            to(S::Failed { at, reason, advice }, &[], text)
        }

        (S::Running { worker }, H::Pause) => to(
            S::Paused { worker: worker.clone() },
            &[Action::Tell(Wish::Pause)],
            format!("run {run} pauses at its next control point"),
        ),
        (S::Paused { worker }, H::Resume) => to(
            S::Running { worker: worker.clone() },
            &[Action::Tell(Wish::Run)],
            format!("run {run} goes on"),
        ),
        (S::Running { worker } | S::Paused { worker }, H::Stop) => to(
            S::Stopping { worker: worker.clone(), cancel: false },
            &[Action::Tell(Wish::Stop)],
            format!("run {run} writes a checkpoint and stops"),
        ),
        (
            S::Running { worker } | S::Paused { worker } | S::Stopping { worker, cancel: false },
            H::Cancel,
        ) => to(
            S::Stopping { worker: worker.clone(), cancel: true },
            &[Action::Tell(Wish::Stop)],
            format!("run {run} is being cancelled"),
        ),
        (S::Stopping { cancel: true, .. }, H::Cancel) => {
            to(state.clone(), &[Action::Kill], format!("run {run}'s worker is killed"))
        }
        (S::Running { .. }, H::Snapshot) => to(
            state.clone(),
            &[Action::AskSnapshot],
            format!("run {run} takes a picture at its next control point"),
        ),
        (S::Paused { .. }, H::Snapshot) => to(
            state.clone(),
            &[Action::AskSnapshot],
            format!("run {run} takes a picture when it goes on"),
        ),

        (_, H::Taken(worker))
            if state.worker().is_none() && !matches!(state, S::Finished { .. }) =>
        {
            let text = format!("run {run} is running on {}", worker.device);
            to(S::Running { worker }, &[], text)
        }
        (_, H::Left(departure)) if state.worker().is_some() || state.job().is_some() => {
            let state = left(state, departure, at);
            let text = format!("run {run} is {}", state.word());
            // The wish is spent: a worker that comes later must not find it.
            to(state, &[Action::Tell(Wish::Run)], text)
        }
        (_, happening) => Err(refuse(run, state, &happening)),
    }
}

/// The same for a run that has a job of Slurm, or is given one; gives back what means nothing else there.
fn step_of_job(
    run: RunId,
    state: &RunState,
    happening: Happening,
    at: Timestamp,
) -> Result<Step, Happening> {
    use Happening as H;
    use RunState as S;
    // Should the job start all the same, its worker stops.
    let out = [Action::CancelJob, Action::Tell(Wish::Stop)];
    let to = |state, actions: &[Action], text: String| Ok(Step::new(state, actions, text));
    match (state, happening) {
        (S::Pending { .. }, H::Stop) => to(
            S::Stopped { at },
            &out,
            format!("run {run} is held and its job cancelled; `resume` queues it again"),
        ),
        (S::Pending { .. }, H::Cancel) => {
            to(S::Cancelled { at }, &out, format!("run {run} is cancelled, and its job with it"))
        }
        (S::Pending { .. }, H::Unplaceable(Refusal { reason, advice })) => {
            let text = format!("run {run} cannot start: {reason}");
            to(S::Failed { at, reason, advice }, &out, text)
        }
        (S::Queued { .. }, H::Submitted(job)) => {
            let text = format!("run {run} is Slurm job {job}");
            to(S::Pending { job, reason: String::new(), since: at }, &[], text)
        }
        (S::Pending { job, since, .. }, H::Waits(reason)) => {
            let text = format!("run {run} waits in Slurm: {reason}");
            to(S::Pending { job: job.clone(), reason, since: *since }, &[], text)
        }
        (S::Running { worker }, H::Waits(reason)) if !worker.job.is_empty() => {
            let text = format!("run {run} waits in Slurm to go on: {reason}");
            to(S::Pending { job: worker.job.clone(), reason, since: at }, &[], text)
        }
        // Nobody waits for what was to wait, or to stop: it goes on when it is wished.
        (S::Paused { worker } | S::Stopping { worker, cancel: false }, H::Waits(_))
            if !worker.job.is_empty() =>
        {
            let text = format!("run {run} is stopped, and its job cancelled");
            to(S::Stopped { at }, &out, text)
        }
        (S::Stopping { worker, cancel: true }, H::Waits(_)) if !worker.job.is_empty() => {
            to(S::Cancelled { at }, &out, format!("run {run} is cancelled"))
        }
        (S::Pending { .. }, H::Again) => {
            to(S::Queued { since: at }, &[], format!("run {run} is queued to go on"))
        }
        (_, happening) => Err(happening),
    }
}

fn left(state: &RunState, departure: Departure, at: Timestamp) -> RunState {
    let cancel = matches!(state, RunState::Stopping { cancel: true, .. });
    match departure.outcome {
        // It was faster than the wish to cancel it.
        Some(Outcome::Finished) => RunState::Finished { at },
        _ if cancel => RunState::Cancelled { at },
        Some(Outcome::Stopped) => RunState::Stopped { at },
        Some(Outcome::Failed { reason, advice }) => RunState::Failed { at, reason, advice },
        None => RunState::Interrupted { at, reason: departure.cause },
    }
}

fn refuse(run: RunId, state: &RunState, happening: &Happening) -> Refusal {
    use Happening as H;
    use RunState as S;
    let can_resume = format!("`stillroom resume {run}` goes on from its last checkpoint.");
    let can_retry = format!("`stillroom retry {run}` runs it again.");
    let advice = match (state, happening) {
        (S::Queued { .. }, H::Pause) => {
            format!("`stillroom stop {run}` keeps it from starting.")
        }
        (S::Pending { .. }, H::Pause) => {
            format!("`stillroom stop {run}` takes its job out of Slurm.")
        }
        (S::Paused { .. }, _) => format!("`stillroom resume {run}` lets it go on."),
        (S::Stopping { cancel: false, .. }, H::Resume) => {
            "It can be resumed once it has stopped.".to_owned()
        }
        (S::Stopping { cancel: true, .. }, _) => {
            format!("`stillroom cancel {run}` once more kills its worker.")
        }
        (S::Stopped { .. } | S::Interrupted { .. }, _) => can_resume,
        (S::Failed { .. } | S::Cancelled { .. }, _) => can_retry,
        (S::Finished { .. }, H::Resume | H::Retry) => {
            "Add its spec again, perhaps with another seed.".to_owned()
        }
        _ => String::new(),
    };
    let verb = match happening {
        H::Pause => "paused",
        H::Resume => "resumed",
        H::Stop => "stopped",
        H::Cancel => "cancelled",
        H::Retry => "retried",
        H::Snapshot => "pictured",
        H::Taken(_) | H::Unplaceable(_) => "started",
        H::Left(_) => "left",
        H::Submitted(_) | H::Waits(_) | H::Again => "given to Slurm",
    };
    let reason = if verb == state.word() {
        format!("run {run} is {verb} already")
    } else {
        format!("run {run} is {} and cannot be {verb}", state.word())
    };
    Refusal { reason, advice }
}

#[cfg(test)]
mod tests;
