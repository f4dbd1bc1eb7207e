//! What goes wrong between the queue and Slurm, with stand-ins for Slurm's commands: a sentence for the user, a queue
//! that answers, and no run lost.

use std::{
    fs,
    process::Command,
    time::{Duration, Instant},
};

use super::{
    home::until,
    played_slurm::{Cluster, DOWN, NO_JOBS, TAKEN, WAITS},
};

#[test]
fn while_slurm_is_down_runs_wait_and_it_is_told_once() {
    let cluster = Cluster::new(Some(TAKEN), Some(DOWN));
    let run = cluster.add();
    cluster.wait_for_reason(run, "Slurm does not answer: squeue: ");
    assert_eq!(cluster.summary(run)["state"]["state"], "queued");
    let told = || cluster.home.daemon_log().matches("Slurm does not answer").count();
    assert_eq!(told(), 1);
    cluster.put("squeue", WAITS);
    let summary = cluster.wait(run, "pending");
    assert_eq!(summary["state"]["job"], "12");
    assert!(summary["waits_for"].is_null());
    until("Slurm's reason is there", || {
        (cluster.summary(run)["state"]["reason"] == "Priority").then_some(())
    });
    assert_eq!(told(), 1);
    assert!(cluster.home.daemon_log().contains("Slurm answers again"));

    // It goes away again, and the run stays what it is.
    cluster.put("squeue", DOWN);
    until("it is told again", || (told() == 2).then_some(()));
    assert_eq!(cluster.summary(run)["state"]["state"], "pending");
}

#[test]
fn without_its_commands_runs_wait_and_say_for_what() {
    let cluster = Cluster::new(None, None);
    let run = cluster.add();
    cluster.wait_for_reason(run, "squeue could not be started");
    let output = cluster.program(&["show", "1"]).output().unwrap();
    let shown = String::from_utf8(output.stdout).unwrap();
    assert!(shown.contains("state       queued: Slurm does not answer: squeue could"), "{shown}");
    assert!(shown.contains("into the PATH of the daemon"), "{shown}");
    let output = cluster.program(&["doctor"]).output().unwrap();
    let found = String::from_utf8(output.stdout).unwrap();
    assert!(found.contains("BAD  slurm            Slurm does not answer"), "{found}");
}

#[test]
fn a_controller_that_hangs_holds_up_nobody() {
    let cluster = Cluster::new(Some("exec /bin/sleep 45"), Some(NO_JOBS));
    let run = cluster.add();
    // It is being submitted, and everything else goes on.
    until("sbatch is asked", || {
        fs::read_dir(cluster.batches()).is_ok_and(|all| all.count() == 1).then_some(())
    });
    let start = Instant::now();
    let other = cluster.add();
    assert_eq!(cluster.json(&["ls"]).as_array().unwrap().len(), 2);
    let cancelled = cluster.program(&["cancel", &other.to_string()]).output().unwrap();
    assert!(cancelled.status.success());
    cluster.wait(other, "cancelled");
    assert!(start.elapsed() < Duration::from_secs(15), "{:?}", start.elapsed());
    assert_eq!(cluster.summary(run)["state"]["state"], "queued");
}

#[test]
fn a_daemon_that_is_killed_after_a_submission_finds_its_job_again() {
    // It keeps what it was called with, and never answers.
    let cluster = Cluster::new(
        Some(
            "for word; do case $word in --comment=*) echo \"${word#--comment=}\" >\"$0.comment\";; esac; done; exec /bin/sleep 45",
        ),
        Some(NO_JOBS),
    );
    let run = cluster.add();
    let comment = cluster.commands().join("sbatch.comment");
    let comment = until("sbatch is asked", || {
        fs::read_to_string(&comment).ok().filter(|text| text.ends_with('\n'))
    });
    super::home::kill(cluster.home.daemon_pid().unwrap());
    cluster.put("squeue", &format!("echo '77|PENDING|Resources||{}'", comment.trim()));
    cluster.put("sbatch", "echo 78");
    let summary = cluster.wait(run, "pending");
    assert_eq!(summary["state"]["job"], "77", "and makes no second one");
}

#[test]
fn an_earlier_try_in_the_accounts_is_no_end_while_the_controller_is_silent() {
    let cluster = Cluster::new(Some(TAKEN), Some(WAITS));
    let run = cluster.add();
    cluster.wait(run, "pending");
    // A controller that comes up has no job yet, and is gone again when it is asked about this one.
    cluster.put("sacct", "echo '12|NODE_FAIL|0:0'");
    let asked = cluster.commands().join("scontrol.asked");
    cluster.put(
        "scontrol",
        "echo >>\"$0.asked\"; echo 'Unable to contact slurm controller (connect failure)' >&2; exit 1",
    );
    cluster.put("squeue", NO_JOBS);
    until("the job is asked about again and again", || {
        fs::read(&asked).is_ok_and(|lines| lines.len() > 3).then_some(())
    });
    // As long as what is known of a job that is over is weighed, and longer.
    std::thread::sleep(Duration::from_millis(2500));
    assert_eq!(cluster.summary(run)["state"]["state"], "pending");
    cluster.put("scontrol", "echo 'slurm_load_jobs error: Invalid job id specified' >&2; exit 1");
    let reason = cluster.wait(run, "interrupted")["state"]["reason"].clone();
    assert!(reason.as_str().unwrap().starts_with("the node of Slurm job 12 failed"), "{reason}");
}

#[test]
fn what_slurm_refuses_is_told_in_its_words() {
    let sbatch = "echo 'sbatch: error: Batch job submission failed: Invalid account' >&2; exit 1";
    let cluster = Cluster::new(Some(sbatch), Some(NO_JOBS));
    let run = cluster.add();
    let state = cluster.wait(run, "failed")["state"].clone();
    assert_eq!(
        state["reason"],
        "Slurm refused the job: Batch job submission failed: Invalid account"
    );
    assert!(state["advice"].as_str().unwrap().contains("[slurm] in config.toml"), "{state}");
    let next = cluster.add();
    cluster.wait(next, "failed");
}

#[test]
fn nothing_is_submitted_with_a_configuration_that_has_a_fault() {
    let cluster = Cluster::new(Some(TAKEN), Some(WAITS));
    let file = cluster.home.folder.path().join("config/config.toml");
    fs::write(&file, "executor = \"slurm\"\n[slurm]\nmemory = \"lots\"\n").unwrap();
    let run = cluster.add();
    cluster.wait_for_reason(run, "config.toml, line 3, `slurm.memory`: \"lots\"");
    assert!(!cluster.batches().exists());
}

/// A full disk, or a quota that is used up, made with a mount of its own where the system lets us.
#[test]
fn a_script_that_cannot_be_written_fails_its_run_and_nothing_else() {
    let cluster = Cluster::new(Some(TAKEN), Some(WAITS));
    let place = cluster.batches();
    fs::create_dir_all(&place).unwrap();
    let mount = Command::new("mount")
        .args(["-t", "tmpfs", "-o", "size=4k,nr_inodes=4", "tmpfs"])
        .arg(&place)
        .output();
    if !mount.is_ok_and(|output| output.status.success()) {
        return;
    }
    // As much as there is room for.
    let _ = fs::write(place.join("filler"), vec![0; 8 << 10]);
    let run = cluster.add();
    let summary = until("it fails", || {
        let summary = cluster.summary(run);
        (summary["state"]["state"] == "failed").then_some(summary)
    });
    let unmounted = Command::new("umount").arg("-l").arg(&place).output().unwrap();
    assert!(unmounted.status.success());
    let reason = summary["state"]["reason"].as_str().unwrap();
    assert!(
        reason.starts_with("the script for Slurm could not be written: cannot write "),
        "{reason}"
    );
    assert!(reason.contains("free some space"), "{reason}");
    assert_eq!(summary["state"]["advice"], "`stillroom retry 1` tries it again.");
    let retried = cluster.program(&["retry", "1"]).output().unwrap();
    assert!(retried.status.success());
    assert_eq!(cluster.wait(run, "pending")["state"]["job"], "12");
}
