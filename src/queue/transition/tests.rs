use proptest::prelude::*;

use super::*;

const RUN: RunId = RunId::new(3);

fn at(second: i64) -> Timestamp {
    Timestamp::from_second(second).unwrap()
}

fn worker() -> Worker {
    Worker { pid: 77, device: "cpu".to_owned(), since: at(1), job: String::new() }
}

fn in_job() -> Worker {
    Worker { job: "12".to_owned(), ..worker() }
}

fn pending() -> RunState {
    RunState::Pending { job: "12".to_owned(), reason: String::new(), since: at(2) }
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
        pending(),
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
        Happening::Submitted("12".to_owned()),
        Happening::Waits("Priority".to_owned()),
        Happening::Again,
    ]
}

/// The whole machine. A letter is the state that follows, `-` a refusal.
const MACHINE: [&str; 11] = [
    // pause, resume, stop, cancel, retry, snapshot, taken, unplaceable;
    // left without a word, finished, stopped, failed;
    // submitted, waits, again
    "--Sc--re ---- P--", // q: queued
    "p-sx-r-- ifSe ---", // r: running
    "-rsx-p-- ifSe ---", // p: paused
    "---x---- ifSe ---", // s: stopping
    "---x---- cfcc ---", // x: stopping, to be cancelled
    "-q-c--r- ---- ---", // S: stopped
    "-q-c--r- ---- ---", // i: interrupted
    "-------- ---- ---", // f: finished
    "----q-r- ---- ---", // e: failed
    "----q-r- ---- ---", // c: cancelled
    "--Sc--re ifSe -Pq", // P: pending
];

fn letter(state: &RunState) -> char {
    match state {
        RunState::Queued { .. } => 'q',
        RunState::Pending { .. } => 'P',
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
    let told = |state: &RunState, happening| step(RUN, state, happening, at(9)).unwrap().actions;
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
fn a_job_that_waits_is_taken_out_of_slurm_by_whoever_wants_it_no_more() {
    let out = [Action::CancelJob, Action::Tell(Wish::Stop)];
    for happening in [
        Happening::Stop,
        Happening::Cancel,
        Happening::Unplaceable(Refusal::plain("PartitionConfig")),
    ] {
        assert_eq!(step(RUN, &pending(), happening, at(9)).unwrap().actions, out);
    }
    let refusal = step(RUN, &pending(), Happening::Pause, at(9)).unwrap_err();
    assert_eq!(
        refusal.to_string(),
        "run 3 is pending and cannot be paused\n`stillroom stop 3` takes its job out of Slurm."
    );
}

#[test]
fn a_job_that_is_put_back_makes_its_run_wait_unless_it_was_to_stop() {
    let back = |state: RunState| {
        let step = step(RUN, &state, Happening::Waits("BeginTime".to_owned()), at(9)).unwrap();
        (letter(&step.state), step.actions.first().copied())
    };
    let out = Some(Action::CancelJob);
    assert_eq!(back(RunState::Running { worker: in_job() }), ('P', None));
    assert_eq!(back(RunState::Paused { worker: in_job() }), ('S', out));
    assert_eq!(back(RunState::Stopping { worker: in_job(), cancel: false }), ('S', out));
    assert_eq!(back(RunState::Stopping { worker: in_job(), cancel: true }), ('c', out));
    let taken = step(RUN, &pending(), Happening::Taken(in_job()), at(9)).unwrap();
    assert_eq!(taken.state.job(), Some("12"));
}

#[test]
fn a_refusal_says_why_and_what_to_do() {
    let paused = RunState::Paused { worker: worker() };
    let refusal = step(RUN, &paused, Happening::Pause, at(9)).unwrap_err();
    assert_eq!(refusal.to_string(), "run 3 is paused already\n`stillroom resume 3` lets it go on.");
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
        order in prop::collection::vec(0_usize..15, 0..60),
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
