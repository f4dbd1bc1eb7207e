//! `stillroom run`: a run in the foreground, which does not need it.

use std::{
    io::{BufRead, BufReader, Read},
    process::{Child, ChildStdout},
};

use rustix::process::Signal;

use super::home::{Home, kill, send};

fn start(home: &Home, iterations: u64, more: &[&str]) -> (Child, BufReader<ChildStdout>) {
    let iterations = format!("condense.iterations={iterations}");
    let arguments =
        [&["run", "first-light", "--set", "device=cpu", "--set", &iterations], more].concat();
    let mut child = home.program(&arguments).spawn().unwrap();
    let out = BufReader::new(child.stdout.take().unwrap());
    (child, out)
}

fn read_until(out: &mut BufReader<ChildStdout>, words: &str) {
    let mut line = String::new();
    while !line.contains(words) {
        line.clear();
        assert!(out.read_line(&mut line).unwrap() > 0, "the output ended before `{words}`");
    }
}

#[test]
fn a_run_is_followed_to_its_end_and_both_accuracies_are_told() {
    let home = Home::new();
    let (mut child, mut out) = start(&home, 30, &[]);
    let mut text = String::new();
    out.read_to_string(&mut text).unwrap();
    assert!(child.wait().unwrap().success());
    assert!(text.contains("condensing  [####"), "{text}");
    assert!(text.contains("iteration 30/30"), "{text}");
    assert!(text.contains("  synthetic set         75.0 ± 1.0 %\n"), "{text}");
    assert!(text.contains("  random real images    50.0 ± 1.0 %\n"), "{text}");
    assert!(text.trim_end().ends_with("/result"), "{text}");
}

#[test]
fn for_scripts_it_is_the_log_and_then_the_run() {
    let home = Home::new();
    let (mut child, mut out) = start(&home, 10, &["--json"]);
    let mut text = String::new();
    out.read_to_string(&mut text).unwrap();
    assert!(child.wait().unwrap().success());
    let lines: Vec<serde_json::Value> =
        text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let (last, events) = lines.split_last().unwrap();
    assert_eq!(last["run"]["state"]["state"], "finished");
    assert_eq!(events.len(), home.events(1).len());
}

#[test]
fn a_failure_is_told_and_is_the_exit_code() {
    let home = Home::new();
    let (child, _out) = start(&home, 10, &["--set", "name=fails"]);
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    let said = String::from_utf8(output.stderr).unwrap();
    assert_eq!(said, "error: run 1 failed: the loss is NaN — lower it\n");
}

#[test]
fn ctrl_c_stops_with_a_checkpoint_and_says_how_to_go_on() {
    let home = Home::new();
    let (mut child, mut out) = start(&home, 5000, &[]);
    read_until(&mut out, "condensing");
    send(child.id(), Signal::INT);
    let mut text = String::new();
    out.read_to_string(&mut text).unwrap();
    assert_eq!(child.wait().unwrap().code(), Some(130));
    assert!(text.trim_end().ends_with("`stillroom resume 1` goes on"), "{text}");
    assert_eq!(home.state(1), "stopped");
}

#[test]
fn a_second_ctrl_c_leaves_at_once() {
    let home = Home::new();
    let (mut child, mut out) = start(&home, 5000, &["--set", "name=deaf"]);
    read_until(&mut out, "condensing");
    send(child.id(), Signal::INT);
    read_until(&mut out, "Ctrl-C again leaves at once");
    send(child.id(), Signal::INT);
    let mut text = String::new();
    out.read_to_string(&mut text).unwrap();
    assert_eq!(child.wait().unwrap().code(), Some(130));
    assert!(text.contains("in the background"), "{text}");
    assert_eq!(home.state(1), "stopping");
}

#[test]
fn a_run_goes_on_when_its_client_is_killed() {
    let home = Home::new();
    let (mut child, mut out) = start(&home, 60, &[]);
    read_until(&mut out, "condensing");
    kill(child.id());
    child.wait().unwrap();
    home.wait(1, "finished");
}

#[test]
fn a_client_survives_its_daemon() {
    let home = Home::new();
    let (mut child, mut out) = start(&home, 60, &["--json"]);
    read_until(&mut out, "\"iteration\"");
    kill(home.daemon_pid().unwrap());
    let mut text = String::new();
    out.read_to_string(&mut text).unwrap();
    assert!(child.wait().unwrap().success());
    // What was seen before and after is the whole log, nothing twice.
    let first: serde_json::Value = serde_json::from_str(text.lines().next().unwrap()).unwrap();
    let numbers: Vec<u64> = text
        .lines()
        .filter_map(|line| serde_json::from_str::<serde_json::Value>(line).ok()?["seq"].as_u64())
        .collect();
    let first = first["seq"].as_u64().unwrap();
    assert_eq!(numbers, (first..=home.events(1).len() as u64).collect::<Vec<_>>());
}
