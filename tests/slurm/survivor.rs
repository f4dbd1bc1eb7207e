//! A worker that Slurm has lost sight of: its node's daemons are killed, its job is started again, and it is still
//! there. One of the two writes the run.

use std::fs;

use rustix::process::Signal;
use stillroom::queue::lease::is_alive;

use super::{
    cluster::Cluster,
    home::{Home, send, until},
};

pub fn of_two_workers_of_one_job_only_the_later_one_writes() {
    let Some(mut cluster) = Cluster::up() else { return };
    let home = Home::new(&cluster, "");
    let run = home.add(&[]);
    let old = home.hold_worker(run, 1);
    let daemons = [parent(old.pid), cluster.slurmd()];
    let lease = home.folder_of(run).lease();
    // The system ends a process that is stopped when it loses its parent, so it is not at that moment.
    send(old.pid, Signal::CONT);
    for pid in daemons {
        send(pid, Signal::KILL);
    }
    until("they are gone", || daemons.iter().all(|pid| !is_alive(*pid)).then_some(()));
    send(old.pid, Signal::STOP);
    let before = home.events(run).len();
    cluster.start_slurmd();
    until("Slurm misses the job", || {
        // It has its nodes tell at once what they do.
        cluster.asks("scontrol", &["reconfigure"]);
        (cluster.tells(&old.job, "Restarts=") == "1").then_some(())
    });
    until("the job has a new worker", || lease.join("2").exists().then_some(()));
    assert!(is_alive(old.pid), "the old worker has survived");
    assert_eq!(home.events(run).len(), before, "the new one waits for it");
    send(old.pid, Signal::CONT);
    home.wait(run, "finished");
    until("the old worker has left", || (!is_alive(old.pid)).then_some(()));
    let started = home.started(run);
    assert_eq!(started.iter().map(|worker| worker.token).collect::<Vec<_>>(), [1, 2]);
    assert_eq!(started[1].job, old.job);
    assert_ne!(started[1].pid, old.pid);
    home.assert_one_writer(run);
    home.assert_undisturbed(run);
}

fn parent(pid: u32) -> u32 {
    let status = fs::read_to_string(format!("/proc/{pid}/status")).unwrap();
    let parent = status.lines().find_map(|line| line.strip_prefix("PPid:")).unwrap();
    let parent = parent.trim().parse().unwrap();
    let line = fs::read_to_string(format!("/proc/{parent}/cmdline")).unwrap();
    assert!(line.contains("slurmstepd"), "{line}");
    parent
}
