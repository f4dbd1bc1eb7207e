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
        (_, H::Left(departure)) if state.worker().is_some() => {
            let state = left(state, departure, at);
            let text = format!("run {run} is {}", state.word());
            // The wish is spent: a worker that comes later must not find it.
            to(state, &[Action::Tell(Wish::Run)], text)
        }
        (_, happening) => Err(refuse(run, state, &happening)),
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
    };
    let reason = if verb == state.word() {
        format!("run {run} is {verb} already")
    } else {
        format!("run {run} is {} and cannot be {verb}", state.word())
    };
    Refusal { reason, advice }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const RUN: RunId = RunId::new(3);

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    fn worker() -> Worker {
        Worker { pid: 77, device: "cpu".to_owned(), since: at(1) }
    }

    fn states() -> Vec<RunState> {
        let (worker, at) = (worker(), at(2));
        vec![
            RunState::Queued { since: at },
            RunState::Running { worker: worker.clone() },
            RunState::Paused { worker: worker.clone() },
            RunState::Stopping { worker: worker.clone(), cancel: false },
            RunState::Stopping { worker, cancel: true },
            RunState::Stopped { at },
            RunState::Interrupted { at, reason: "gone".to_owned() },
            RunState::Finished { at },
            RunState::Failed { at, reason: "nan".to_owned(), advice: String::new() },
            RunState::Cancelled { at },
        ]
    }

    fn left(outcome: Option<Outcome>) -> Happening {
        Happening::Left(Departure { outcome, cause: "killed by signal 9".to_owned() })
    }

    fn happenings() -> Vec<Happening> {
        let failed = Outcome::Failed { reason: "nan".to_owned(), advice: String::new() };
        vec![
            Happening::Pause,
            Happening::Resume,
            Happening::Stop,
            Happening::Cancel,
            Happening::Retry,
            Happening::Snapshot,
            Happening::Taken(worker()),
            Happening::Unplaceable(Refusal::plain("no gpu:3")),
            left(None),
            left(Some(Outcome::Finished)),
            left(Some(Outcome::Stopped)),
            left(Some(failed)),
        ]
    }

    /// The whole machine. A letter is the state that follows, `-` a refusal.
    const MACHINE: [&str; 10] = [
        // pause, resume, stop, cancel, retry, snapshot, taken, unplaceable;
        // left without a word, finished, stopped, failed
        "--Sc--re ----", // q: queued
        "p-sx-r-- ifSe", // r: running
        "-rsx-p-- ifSe", // p: paused
        "---x---- ifSe", // s: stopping
        "---x---- cfcc", // x: stopping, to be cancelled
        "-q-c--r- ----", // S: stopped
        "-q-c--r- ----", // i: interrupted
        "-------- ----", // f: finished
        "----q-r- ----", // e: failed
        "----q-r- ----", // c: cancelled
    ];

    fn letter(state: &RunState) -> char {
        match state {
            RunState::Queued { .. } => 'q',
            RunState::Running { .. } => 'r',
            RunState::Paused { .. } => 'p',
            RunState::Stopping { cancel: false, .. } => 's',
            RunState::Stopping { cancel: true, .. } => 'x',
            RunState::Stopped { .. } => 'S',
            RunState::Interrupted { .. } => 'i',
            RunState::Finished { .. } => 'f',
            RunState::Failed { .. } => 'e',
            RunState::Cancelled { .. } => 'c',
        }
    }

    #[test]
    fn every_state_meets_everything_that_can_happen() {
        for (state, row) in states().iter().zip(MACHINE) {
            let found: String = happenings()
                .into_iter()
                .map(|happening| {
                    step(RUN, state, happening, at(9)).map_or('-', |step| letter(&step.state))
                })
                .collect();
            assert_eq!(found, row.replace(' ', ""), "{state:?}");
        }
    }

    #[test]
    fn a_worker_is_told_what_its_state_says() {
        let told =
            |state: &RunState, happening| step(RUN, state, happening, at(9)).unwrap().actions;
        let running = RunState::Running { worker: worker() };
        let paused = RunState::Paused { worker: worker() };
        let cancelling = RunState::Stopping { worker: worker(), cancel: true };
        assert_eq!(told(&running, Happening::Pause), [Action::Tell(Wish::Pause)]);
        assert_eq!(told(&paused, Happening::Resume), [Action::Tell(Wish::Run)]);
        assert_eq!(told(&paused, Happening::Stop), [Action::Tell(Wish::Stop)]);
        assert_eq!(told(&running, Happening::Cancel), [Action::Tell(Wish::Stop)]);
        assert_eq!(told(&running, Happening::Snapshot), [Action::AskSnapshot]);
        assert_eq!(told(&cancelling, Happening::Cancel), [Action::Kill]);
        assert_eq!(told(&running, left(None)), [Action::Tell(Wish::Run)]);
    }

    #[test]
    fn a_refusal_says_why_and_what_to_do() {
        let paused = RunState::Paused { worker: worker() };
        let refusal = step(RUN, &paused, Happening::Pause, at(9)).unwrap_err();
        assert_eq!(
            refusal.to_string(),
            "run 3 is paused already\n`stillroom resume 3` lets it go on."
        );
        let failed = &states()[8];
        let refusal = step(RUN, failed, Happening::Resume, at(9)).unwrap_err();
        assert_eq!(
            refusal.to_string(),
            "run 3 is failed and cannot be resumed\n`stillroom retry 3` runs it again."
        );
    }

    #[test]
    fn how_a_worker_left_is_kept() {
        let running = RunState::Running { worker: worker() };
        let step = step(RUN, &running, left(None), at(9)).unwrap();
        let reason = "killed by signal 9".to_owned();
        assert_eq!(step.state, RunState::Interrupted { at: at(9), reason });
    }

    proptest! {
        /// Whatever happens in whatever order: a finished run stays finished, only `Taken` gives a
        /// worker and only `Left` takes it away, and a refusal has a reason.
        #[test]
        fn a_run_has_a_worker_from_taken_to_left(
            order in prop::collection::vec(0_usize..12, 0..60),
        ) {
            let mut state = RunState::Queued { since: at(0) };
            for index in order {
                let happening = happenings()[index].clone();
                let (taken, gone) =
                    (matches!(happening, Happening::Taken(_)), matches!(happening, Happening::Left(_)));
                let before = state.clone();
                match step(RUN, &before, happening, at(9)) {
                    Ok(step) => state = step.state,
                    Err(refusal) => prop_assert!(!refusal.reason.is_empty()),
                }
                let had = before.worker().is_some();
                prop_assert_eq!(
                    state.worker().is_some(),
                    if had { !gone } else { taken && !matches!(before, RunState::Finished { .. }) }
                );
                if matches!(before, RunState::Finished { .. }) {
                    prop_assert_eq!(&state, &before);
                }
            }
        }
    }
}
