//! The scripts of jobs and what Slurm says of them stay as long as a run needs them, and no longer.

use std::fs;

use super::{
    home::{kill, until},
    played_slurm::{Cluster, DOES, TELLS},
};

/// An `sbatch` whose job fails before its worker is there.
const FAILS: &str = r#"
for word; do case $word in --chdir=*) cd "${word#--chdir=}" ;; esac; done
echo "script: line 9: worker.log: Stale file handle" >>slurm.out
echo 12"#;
const FAILED: &str = "echo '12|FAILED|NonZeroExitCode|node|x'";
const HOW: &str = "echo 'JobId=12 JobState=FAILED Reason=NonZeroExitCode ExitCode=1:0'";

fn wait_until_cleared(cluster: &Cluster) {
    until("the batches are cleared", || (!cluster.batches().exists()).then_some(()));
}

#[test]
fn a_finished_run_leaves_no_script_behind() {
    let cluster = Cluster::new(Some(DOES), Some(TELLS));
    let run = cluster.add_with(&["condense.iterations=60"]);
    cluster.wait(run, "running");
    let batches = fs::read_dir(cluster.batches()).unwrap();
    assert_eq!(batches.count(), 1, "its job may be put back, and needs it then");
    cluster.wait(run, "finished");
    wait_until_cleared(&cluster);
}

#[test]
fn a_batch_that_a_daemon_left_behind_is_cleared_by_the_next() {
    let cluster = Cluster::new(Some(DOES), Some(TELLS));
    let run = cluster.add_with(&["condense.iterations=60"]);
    cluster.wait(run, "running");
    kill(cluster.home.daemon_pid().unwrap());
    until("the job is done", || {
        let told = fs::read_to_string(cluster.commands().join("sbatch.12")).ok()?;
        told.contains("COMPLETED").then_some(())
    });
    assert!(cluster.batches().exists());
    cluster.wait(run, "finished");
    wait_until_cleared(&cluster);
}

#[test]
fn what_slurm_says_of_a_job_that_failed_stays_as_long_as_its_run() {
    let cluster = Cluster::new(Some(FAILS), Some(FAILED));
    cluster.put("scontrol", HOW);
    let run = cluster.add();
    let summary = cluster.wait(run, "interrupted");
    let reason = summary["state"]["reason"].as_str().unwrap();
    assert!(
        reason.contains("exit code 1 before its worker came: script: line 9: worker.log: Stale"),
        "{reason}"
    );
    // The next daemon keeps it too.
    kill(cluster.home.daemon_pid().unwrap());
    cluster.put("sbatch", DOES);
    cluster.put("squeue", TELLS);
    let next = cluster.add_with(&["condense.iterations=1"]);
    cluster.wait(next, "finished");
    until("only the failed one is there", || {
        let mut batches = fs::read_dir(cluster.batches()).unwrap();
        let only = batches.next()?.unwrap().path();
        batches.next().is_none().then_some(only.join("slurm.out")).filter(|out| out.exists())
    });
    let removed = cluster.program(&["rm", "--yes", &run.to_string()]).output().unwrap();
    assert!(removed.status.success());
    assert!(!cluster.batches().exists());
    let folders = fs::read_dir(cluster.home.data().join("runs")).unwrap();
    assert_eq!(folders.count(), 1, "that of the other run");
}

#[test]
fn a_run_that_is_tried_again_has_one_batch() {
    let cluster = Cluster::new(Some(FAILS), Some(FAILED));
    cluster.put("scontrol", HOW);
    let run = cluster.add();
    cluster.wait(run, "interrupted");
    let first = fs::read_dir(cluster.batches()).unwrap().next().unwrap().unwrap().path();
    cluster.put("squeue", "echo '12|PENDING|Priority||x'");
    let resumed = cluster.program(&["resume", &run.to_string()]).output().unwrap();
    assert!(resumed.status.success());
    cluster.wait(run, "pending");
    until("the first is cleared", || (!first.exists()).then_some(()));
    assert_eq!(fs::read_dir(cluster.batches()).unwrap().count(), 1);
}
