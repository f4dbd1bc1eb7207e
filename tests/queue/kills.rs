//! Anything may be killed at any moment: nothing is lost, and the queue says truthfully what happened.

use std::fs;

use rustix::process::Signal;
use stillroom::record::Fact;

use super::{
    fake_worker,
    home::{ENDLESS, Home, kill, send, until},
};

#[test]
fn a_worker_outlives_its_daemon_and_the_next_one_takes_it_over() {
    let home = Home::new();
    let run = home.add(ENDLESS, &[]);
    home.wait_for_iteration(run, 3);
    let (worker, daemon) = (home.worker_pid(run), home.daemon_pid().unwrap());
    kill(daemon);
    assert_eq!(home.state(run), "running");
    assert_ne!(home.daemon_pid().unwrap(), daemon);
    assert_eq!(home.worker_pid(run), worker);

    // It is still obeyed, and a pause outlives a daemon too.
    home.prints(&["pause", "1"]);
    until("it waits", || (home.summary(run)["digest"]["paused"] == true).then_some(()));
    kill(home.daemon_pid().unwrap());
    assert_eq!(home.state(run), "paused");
    let paused_at = home.summary(run)["digest"]["iteration"].as_u64().unwrap();
    home.prints(&["resume", "1"]);
    home.wait_for_iteration(run, paused_at + 2);
    home.prints(&["stop", "1"]);
    home.wait(run, "stopped");
    let numbers: Vec<u64> = home.events(run).iter().map(|event| event.seq).collect();
    assert_eq!(numbers, (1..=numbers.len() as u64).collect::<Vec<_>>());
}

#[test]
fn a_killed_worker_is_an_interruption_that_can_be_resumed() {
    let home = Home::new();
    let run = home.add(60, &[]);
    home.wait_for_iteration(run, 7);
    kill(home.worker_pid(run));
    let summary = home.wait(run, "interrupted");
    let reason = summary["state"]["reason"].as_str().unwrap();
    assert!(reason.starts_with("the worker was killed by signal 9 (SIGKILL"), "{reason}");
    let checkpoint = summary["digest"]["checkpoint"].as_u64().unwrap();
    assert!(reason.ends_with(&format!("last checkpoint at iteration {checkpoint}")), "{reason}");
    home.prints(&["resume", "1"]);
    home.wait(run, "finished");
    let resumed = home.events(run).into_iter().rev().find_map(|event| match event.fact {
        Fact::Started(started) => started.resumed_at,
        _ => None,
    });
    assert_eq!(resumed, Some(checkpoint));
}

#[test]
fn a_worker_that_vanishes_leaves_its_last_words() {
    let home = Home::new();
    let run = home.add(20, &["name=vanishes"]);
    let summary = home.wait(run, "interrupted");
    assert_eq!(
        summary["state"]["reason"],
        "the worker ended with exit code 101; its last words: thread main: out of patience; \
         it had not written a checkpoint"
    );
}

#[test]
fn daemon_and_worker_killed_together() {
    let home = Home::new();
    let run = home.add(ENDLESS, &[]);
    home.wait_for_iteration(run, 6);
    let worker = home.worker_pid(run);
    kill(home.daemon_pid().unwrap());
    kill(worker);
    let reason = home.wait(run, "interrupted")["state"]["reason"].as_str().unwrap().to_owned();
    assert!(reason.starts_with("the worker disappeared; last checkpoint at iteration"), "{reason}");
}

#[test]
fn a_run_that_ends_while_no_daemon_is_there_is_finished() {
    let home = Home::new();
    let run = home.add(40, &[]);
    home.wait_for_iteration(run, 3);
    let (folder, worker) = (home.run_folder(run), home.worker_pid(run));
    kill(home.daemon_pid().unwrap());
    until("the worker has left", || (!stillroom::queue::lease::is_alive(worker)).then_some(()));
    assert!(fs::read_to_string(folder.join("events.jsonl")).unwrap().contains("finished"));
    home.wait(run, "finished");
}

#[test]
fn a_worker_that_somebody_else_started_is_taken_over() {
    let home = Home::new();
    let run = home.add(ENDLESS, &[]);
    home.wait_for_iteration(run, 3);
    home.prints(&["stop", "1"]);
    home.wait(run, "stopped");
    let folder = home.run_folder(run);
    kill(home.daemon_pid().unwrap());
    let mut by_hand = std::process::Command::new(fake_worker::program())
        .arg("worker")
        .arg(&folder)
        .args(["--device", "cpu"])
        .stdout(std::process::Stdio::null())
        .spawn()
        .unwrap();
    // To ask the queue would start a daemon, and one that is there before the worker does not look for it.
    let lock = folder.join("worker.lock");
    let its_own = format!("{}\n", by_hand.id());
    until("it is at work", || (fs::read_to_string(&lock).ok()? == its_own).then_some(()));
    home.wait(run, "running");
    home.prints(&["stop", "1"]);
    home.wait(run, "stopped");
    assert!(by_hand.wait().unwrap().success());

    // One that came and went while no daemon was there.
    kill(home.daemon_pid().unwrap());
    let spec = fs::read_to_string(folder.join("spec.toml")).unwrap();
    let short = spec.replace(&format!("iterations = {ENDLESS}"), "iterations = 1");
    assert_ne!(spec, short);
    fs::write(folder.join("spec.toml"), short).unwrap();
    let alone = std::process::Command::new(fake_worker::program())
        .arg("worker")
        .arg(&folder)
        .args(["--device", "cpu"])
        .output()
        .unwrap();
    assert!(alone.status.success());
    assert_eq!(home.wait(run, "finished")["digest"]["accuracy"][0], 0.75);
}

#[test]
fn a_terminated_worker_stops_with_a_checkpoint() {
    let home = Home::new();
    let run = home.add(ENDLESS, &[]);
    home.wait_for_iteration(run, 3);
    send(home.worker_pid(run), Signal::TERM);
    let summary = home.wait(run, "stopped");
    assert_eq!(summary["digest"]["checkpoint"], summary["digest"]["iteration"]);
}

#[test]
fn a_lost_or_damaged_database_is_made_anew_from_the_folders() {
    let home = Home::new();
    let finished = home.add(3, &["name=done"]);
    home.wait(finished, "finished");
    let running = home.add(ENDLESS, &[]);
    home.wait_for_iteration(running, 3);
    let waiting = home.add(3, &[]);
    let cancelled = home.add(3, &[]);
    home.prints(&["cancel", &cancelled.to_string()]);
    let before = home.json(&["ls"]);

    let database = home.data().join("queue.sqlite");
    let lose = || fs::remove_file(&database).unwrap();
    let damage = || fs::write(&database, vec![b'x'; 9000]).unwrap();
    let ways: [&dyn Fn(); 2] = [&lose, &damage];
    for spoil in ways {
        kill(home.daemon_pid().unwrap());
        spoil();
        let states = [
            (finished, "finished"),
            (running, "running"),
            (waiting, "queued"),
            (cancelled, "cancelled"),
        ];
        for (run, state) in states {
            assert_eq!(home.state(run), state, "run {run}");
        }
        let after = home.json(&["ls"]);
        assert_eq!(after[0]["id"], before[0]["id"]);
        assert_eq!(after[0]["title"], before[0]["title"]);
    }
    assert!(home.daemon_log().contains("was damaged; it is now"));
    assert_eq!(home.add(3, &[]), cancelled + 1);
}
