//! Runs as jobs of a real Slurm: one node on the loopback interface, brought up by each test for itself and taken
//! down with it, and the real worker.
//!
//! Needs munged, slurmctld, slurmd and sbatch. Without them the test says so and passes, unless
//! `STILLROOM_REQUIRE_REAL_PARTS` is set.

// Tests say what they expect by failing, and why they did not run.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::print_stderr)]

mod cancelling;
mod cluster;
mod home;
mod impossible;
mod requeue;
mod study;
mod survivor;

#[path = "../queue/outcome.rs"]
mod outcome;

use std::thread;

/// They wait for Slurm nearly all of their time, so they go side by side on however few cores there are.
#[test]
fn runs_are_done_as_jobs() {
    let scenarios: [(&str, fn()); 7] = [
        (
            "a time limit",
            requeue::before_its_time_limit_a_worker_writes_a_checkpoint_and_goes_on_in_a_new_try,
        ),
        ("a worker that survives", survivor::of_two_workers_of_one_job_only_the_later_one_writes),
        ("a job that is put back", requeue::a_run_goes_on_when_its_job_is_put_back_into_the_queue),
        ("a study", study::a_studys_runs_are_one_array_and_come_to_their_end),
        (
            "a run that is cancelled",
            cancelling::a_run_is_cancelled_before_and_after_its_job_has_started,
        ),
        ("a job that is cancelled", cancelling::a_job_that_somebody_else_cancels_is_told),
        (
            "an impossible request",
            impossible::a_request_that_cannot_be_met_fails_with_slurms_reason,
        ),
    ];
    let failed: Vec<&str> = thread::scope(|scope| {
        let threads: Vec<_> = scenarios
            .iter()
            .map(|(name, scenario)| {
                let named = thread::Builder::new().name((*name).to_owned());
                (*name, named.spawn_scoped(scope, scenario).unwrap())
            })
            .collect();
        let joined =
            threads.into_iter().filter_map(|(name, thread)| thread.join().err().map(|_| name));
        joined.collect()
    });
    assert!(failed.is_empty(), "failed: {}", failed.join(", "));
}
