//! Jobs that are put back into the queue, by the worker itself before its time is up and by others: the images are
//! those of a run that nobody disturbed.

use std::fs;

use rustix::process::Signal;
use stillroom::record::Fact;

use super::{
    cluster::Cluster,
    home::{Home, send, until},
};

pub fn a_run_goes_on_when_its_job_is_put_back_into_the_queue() {
    let Some(cluster) = Cluster::up() else { return };
    let home = Home::new(&cluster, "");
    let run = home.add(&[]);
    let worker = home.hold_worker(run, 1);
    assert_eq!(home.wait(run, "running")["state"]["worker"]["job"], worker.job.as_str());
    cluster.asks("scontrol", &["requeue", &worker.job]);
    // Slurm lets it go on to end it.
    home.wait(run, "pending");
    home.wait(run, "finished");
    let started = home.started(run);
    assert_eq!(started.len(), 2);
    assert_eq!(started[1].job, worker.job, "the same job");
    home.assert_one_writer(run);
    home.assert_undisturbed(run);
}

pub fn before_its_time_limit_a_worker_writes_a_checkpoint_and_goes_on_in_a_new_try() {
    let Some(cluster) = Cluster::up() else { return };
    let home = Home::new(&cluster, "time = \"1:00\"\nwarning = 58");
    let run = home.add(&[]);
    let worker = home.hold_worker(run, 1);
    // It waits for Slurm's signal without doing anything, and finds it when it goes on.
    let said = until("Slurm warns the worker, and it leaves", || {
        if is_warned(worker.pid) {
            send(worker.pid, Signal::CONT);
        }
        home.events(run).into_iter().find_map(|event| match event.fact {
            Fact::Yielded { reason, iteration, .. } => Some((reason, iteration)),
            _ => None,
        })
    });
    assert_eq!(said.0, "the time limit of its job is near");
    assert!(said.1 >= 2);
    home.wait(run, "finished");
    let started = home.started(run);
    // On a busy machine the next try may be warned too.
    assert!(started.len() >= 2);
    assert!(started.iter().all(|next| next.job == worker.job), "{started:?}");
    assert!(started[1].resumed_at.is_some(), "from its checkpoint");
    home.assert_one_writer(run);
    home.assert_undisturbed(run);
}

/// Whether SIGUSR1 waits for a process.
fn is_warned(pid: u32) -> bool {
    let status = fs::read_to_string(format!("/proc/{pid}/status")).unwrap_or_default();
    let pending = status.lines().find_map(|line| line.strip_prefix("ShdPnd:"));
    let signals = pending.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok());
    signals.is_some_and(|signals| signals & (1 << 9) != 0)
}
