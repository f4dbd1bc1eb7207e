//! Runs that are given up: here, and behind our back.

use rustix::process::Signal;

use super::{
    cluster::Cluster,
    home::{Home, send, until},
};

pub fn a_run_is_cancelled_before_and_after_its_job_has_started() {
    let Some(cluster) = Cluster::up() else { return };
    let home = Home::new(&cluster, "lines = [\"#SBATCH --hold\"]");
    let run = home.add(&[]).to_string();
    let id: u64 = run.parse().unwrap();
    let job = home.wait(id, "pending")["state"]["job"].as_str().unwrap().to_owned();
    until("Slurm's reason is known", || {
        home.prints(&["show", &run]).contains("pending in Slurm: JobHeldUser").then_some(())
    });
    assert!(home.fails(&["pause", &run]).contains("takes its job out of Slurm"));
    assert!(home.fails(&["rm", &run, "--yes"]).contains("is pending and cannot be deleted"));
    home.prints(&["stop", &run]);
    assert_eq!(home.state(id), "stopped");
    until("its job is cancelled", || (cluster.state(&job) == "CANCELLED").then_some(()));

    home.prints(&["resume", &run]);
    let job = home.wait(id, "pending")["state"]["job"].as_str().unwrap().to_owned();
    cluster.asks("scontrol", &["release", &job]);
    let worker = home.hold_worker(id, 1);
    assert_eq!(worker.job, job);
    home.wait(id, "running");
    home.prints(&["cancel", &run]);
    assert_eq!(home.state(id), "stopping");
    send(worker.pid, Signal::CONT);
    home.wait(id, "cancelled");
    assert!(home.summary(id)["digest"]["checkpoint"].is_u64(), "it can be retried from there");

    // A worker that does not listen is ended by Slurm.
    home.prints(&["retry", &run]);
    let job = home.wait(id, "pending")["state"]["job"].as_str().unwrap().to_owned();
    cluster.asks("scontrol", &["release", &job]);
    home.hold_worker(id, 2);
    home.wait(id, "running");
    home.prints(&["cancel", &run]);
    home.prints(&["cancel", &run]);
    home.wait(id, "cancelled");
    until("its job is over", || (cluster.state(&job) == "CANCELLED").then_some(()));
}

pub fn a_job_that_somebody_else_cancels_is_told() {
    let Some(cluster) = Cluster::up() else { return };
    let home = Home::new(&cluster, "");
    let run = home.add(&[]);
    let worker = home.hold_worker(run, 1);
    home.wait(run, "running");
    cluster.asks("scancel", &[&worker.job]);
    let summary = home.wait(run, "interrupted");
    let reason = summary["state"]["reason"].as_str().unwrap();
    let job = &worker.job;
    let expected =
        format!("Slurm job {job} was cancelled outside Stillroom (scancel); last checkpoint");
    assert!(reason.starts_with(&expected), "{reason}");
    home.prints(&["resume", &run.to_string()]);
    home.wait(run, "finished");
    home.assert_one_writer(run);
    home.assert_undisturbed(run);
}
