//! A run's life under the commands of a user.

use stillroom::record::Fact;

use super::home::{ENDLESS, Home, until};

#[test]
fn runs_go_through_the_queue_in_order() {
    let home = Home::new();
    let first = home.add(200, &["name=One"]);
    let second = home.add(5, &["seed=4"]);
    assert_eq!((first, second), (1, 2));
    assert_eq!(home.state(second), "queued");
    home.wait(first, "running");
    let summary = home.wait(second, "finished");
    assert_eq!(home.state(first), "finished");
    assert_eq!(summary["digest"]["accuracy"][0], 0.75);
    assert_eq!(summary["digest"]["random"][0], 0.5);
    assert_eq!(summary["seed"], 4);

    let folder = home.run_folder(first);
    assert!(folder.ends_with("runs/0001-dsa-mnist-5k-ipc1-one"), "{}", folder.display());
    for file in ["spec.toml", "origin.toml", "queue.json", "events.jsonl", "worker.log"] {
        assert!(folder.join(file).exists(), "{file}");
    }
    let list = home.prints(&["ls"]);
    let line = list.lines().nth(1).unwrap();
    assert!(line.starts_with("1    finished  100 %"), "{list}");
    assert!(line.contains("75.0 ± 1.0 %  50.0 ± 1.0 %  cpu     One"), "{list}");
    let shown = home.json(&["show", "2"]);
    assert_eq!(shown["spec"]["condense"]["iterations"], 5);
    assert!(home.prints(&["show", "1"]).contains("state       finished"));
}

#[test]
fn a_run_in_front_goes_before_those_that_wait() {
    let home = Home::new();
    let first = home.add(ENDLESS, &[]);
    home.wait(first, "running");
    let last = home.add(5, &[]);
    let front = home.json(&["add", "first-light", "--front", "--set", "device=cpu"])["run"].clone();
    let runs = home.json(&["ls"]);
    let order: Vec<_> = runs.as_array().unwrap().iter().map(|run| run["id"].clone()).collect();
    assert_eq!(order.iter().position(|id| *id == front), Some(0));
    assert_eq!(order.iter().position(|id| *id == last), Some(2));
}

#[test]
fn pause_resume_stop_and_snapshot() {
    let home = Home::new();
    let run = home.add(ENDLESS, &[]);
    home.wait(run, "running");
    let name = run.to_string();
    home.wait_for_iteration(run, 2);
    let said = home.prints(&["pause", &name]);
    assert_eq!(said, "run 1 pauses at its next control point\n");
    let paused = until("the worker waits", || {
        let summary = home.wait(run, "paused");
        (summary["digest"]["paused"] == true).then_some(summary)
    });
    assert!(home.prints(&["ls"]).contains("paused"));
    assert_eq!(home.summary(run)["digest"]["seq"], paused["digest"]["seq"]);

    assert_eq!(home.prints(&["resume", &name]), "run 1 goes on\n");
    let before = paused["digest"]["iteration"].as_u64().unwrap();
    home.wait_for_iteration(run, before + 2);
    home.prints(&["snapshot", &name]);
    until("a picture is taken", || {
        home.events(run).iter().any(|event| matches!(event.fact, Fact::Snapshot(_))).then_some(())
    });

    home.prints(&["stop", &name]);
    let stopped = home.wait(run, "stopped");
    let at = stopped["digest"]["checkpoint"].as_u64().unwrap();
    assert_eq!(stopped["digest"]["iteration"], at);
    home.prints(&["resume", &name]);
    home.wait(run, "running");
    home.wait_for_iteration(run, at + 1);
    let resumed = home.events(run).into_iter().rev().find_map(|event| match event.fact {
        Fact::Started(started) => started.resumed_at,
        _ => None,
    });
    assert_eq!(resumed, Some(at));
    // The picture was asked for once, of an earlier worker.
    let pictures = home.events(run).iter().filter(|e| matches!(e.fact, Fact::Snapshot(_))).count();
    assert_eq!(pictures, 1);
}

#[test]
fn cancel_and_retry() {
    let home = Home::new();
    let run = home.add(ENDLESS, &[]);
    let waiting = home.add(3, &[]);
    home.wait_for_iteration(run, 6);
    home.prints(&["cancel", "1"]);
    home.wait(run, "cancelled");
    home.wait(waiting, "finished");
    let refused = home.fails(&["resume", "1"]);
    assert_eq!(
        refused,
        "error: run 1 is cancelled and cannot be resumed\n`stillroom retry 1` runs it again.\n"
    );
    home.prints(&["retry", "1"]);
    let checkpoint = home.summary(run)["digest"]["checkpoint"].as_u64().unwrap();
    assert!(checkpoint >= 5);
    home.wait_for_iteration(run, checkpoint + 1);

    let queued = home.add(3, &[]);
    home.prints(&["stop", &queued.to_string()]);
    assert_eq!(home.state(queued), "stopped");
    home.prints(&["cancel", &queued.to_string()]);
    assert_eq!(home.state(queued), "cancelled");
}

#[test]
fn a_worker_that_does_not_listen_is_killed_by_the_second_cancel() {
    let home = Home::new();
    let run = home.add(ENDLESS, &["name=deaf"]);
    home.wait_for_iteration(run, 1);
    home.prints(&["cancel", "1"]);
    assert_eq!(home.state(run), "stopping");
    assert_eq!(home.prints(&["cancel", "1"]), "run 1's worker is killed\n");
    home.wait(run, "cancelled");
}

#[test]
fn a_failed_run_says_why_and_can_be_retried() {
    let home = Home::new();
    let run = home.add(20, &["name=fails"]);
    let failed = home.wait(run, "failed");
    assert_eq!(failed["state"]["reason"], "the loss is NaN");
    assert!(home.prints(&["show", "1"]).contains("failed: the loss is NaN — lower it"));
    let seq = failed["digest"]["seq"].as_u64().unwrap();
    home.prints(&["retry", "1"]);
    until("it has failed again", || {
        let summary = home.wait(run, "failed");
        (summary["digest"]["seq"].as_u64()? > seq).then_some(())
    });
}

#[test]
fn logs_are_read_whole_and_followed_to_the_end() {
    let home = Home::new();
    let run = home.add(40, &[]);
    let followed = home.prints(&["logs", "1", "--follow", "--json"]);
    assert_eq!(home.state(run), "finished");
    let numbers: Vec<u64> = followed
        .lines()
        .map(|line| {
            serde_json::from_str::<serde_json::Value>(line).unwrap()["seq"].as_u64().unwrap()
        })
        .collect();
    let all = home.events(run).len() as u64;
    assert_eq!(numbers, (1..=all).collect::<Vec<_>>());
    assert_eq!(home.prints(&["logs", "1", "--json"]), followed);
    let text = home.prints(&["logs", "1"]);
    assert!(text.contains("iteration 40: distance 0.025, 0.01 s"), "{text}");
    assert!(text.trim_end().ends_with("finished after 1 s"), "{text}");
}
