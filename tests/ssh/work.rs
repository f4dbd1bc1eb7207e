//! What a user does with the runs of another machine.

use std::fs;

use super::{ended::ended, home::ENDLESS, pair::Pair, parts, spread::STUDY};

fn add(pair: &Pair, iterations: u64, set: &[&str]) -> String {
    let iterations = format!("condense.iterations={iterations}");
    let mut arguments = vec!["add", "first-light", "--set", &iterations, "--set", "device=cpu"];
    for pair in set {
        arguments.extend(["--set", pair]);
    }
    pair.json(&arguments)["run"].to_string()
}

#[test]
fn a_host_is_checked_and_named() {
    if parts::are_missing() {
        return;
    }
    let pair = Pair::new();
    let checked = ended(&mut pair.program(&["hosts", "check", "box"]));
    assert_eq!(checked.code, Some(0), "{checked:?}");
    let data = pair.far.data().canonicalize().unwrap();
    for words in ["box answers\n", data.to_str().unwrap(), "round trip", "cpu (C)", "connected"] {
        assert!(checked.printed.contains(words), "{words}: {}", checked.printed);
    }
    let json = ended(&mut pair.program(&["hosts", "check", "box", "--json"])).printed;
    let json: serde_json::Value = serde_json::from_str(&json).unwrap();
    assert!(json["round_trip_secs"].as_f64().unwrap() < json["connect_secs"].as_f64().unwrap());
    // A name that stands in no table is one of ssh's; the program is not found there under its own name.
    let other = ended(&mut pair.program(&["hosts", "check", "elsewhere"]));
    assert!(other.said.contains("elsewhere has no `stillroom`"), "{other:?}");
}

#[test]
fn runs_are_added_steered_shown_and_deleted_over_there() {
    if parts::are_missing() {
        return;
    }
    let pair = Pair::new();
    let empty = pair.prints(&["ls"]);
    assert!(empty.contains("`stillroom --host box run first-light`"), "{empty}");
    let first = add(&pair, ENDLESS, &[]);
    let second = add(&pair, 5, &["name=Second"]);
    assert_eq!((first.as_str(), second.as_str()), ("1", "2"));
    pair.far.wait_for_iteration(1, 2);
    let added = pair.prints(&["add", "first-light", "--set", "device=cpu", "--set", "name=Third"]);
    assert!(added.contains("run box:3"), "{added}");

    assert_eq!(pair.prints(&["pause", "1"]), "run 1 pauses at its next control point\n");
    pair.far.wait(1, "paused");
    assert!(pair.prints(&["ls"]).contains("paused"));
    assert_eq!(pair.prints(&["resume", "1"]), "run 1 goes on\n");
    pair.far.wait(1, "running");
    let shown = pair.prints(&["show", "2"]);
    let folder = pair.far.run_folder(2);
    assert!(shown.contains("queued") && shown.contains("Second"), "{shown}");
    assert!(shown.contains(&format!("box:{}", folder.display())), "{shown}");
    assert_eq!(pair.json(&["show", "2"])["run"]["folder"], folder.to_str().unwrap());
    let refused = pair.fails(&["rm", "1", "--yes"]);
    assert!(refused.contains("`stillroom cancel box:1` first"), "{refused}");
    pair.prints(&["cancel", "1"]);
    pair.far.wait(1, "cancelled");
    let refused = pair.fails(&["resume", "1"]);
    assert!(refused.contains("`stillroom --host box retry 1` runs it again"), "{refused}");
    let unknown = pair.fails(&["show", "9"]);
    assert!(unknown.contains("`stillroom --host box ls`"), "{unknown}");

    pair.far.wait(2, "finished");
    let all = pair.far.events(2).len();
    assert_eq!(pair.prints(&["logs", "2", "--json"]).lines().count(), all);
    assert!(pair.prints(&["logs", "2"]).contains("iteration 5: distance"));
    assert!(pair.prints(&["logs", "2", "--follow"]).contains("finished after"));
    let deleted = pair.prints(&["rm", "2", "--yes"]);
    assert!(deleted.contains(&format!("in box:{}", folder.display())), "{deleted}");
    assert!(!folder.exists());
    // Nothing of it happened here.
    assert!(!pair.near.data().exists());
    let here = pair.fails(&["doctor"]);
    assert!(here.contains("leave --host out"), "{here}");
}

#[test]
fn a_run_is_followed_to_its_end_and_says_where_its_result_is() {
    if parts::are_missing() {
        return;
    }
    let pair = Pair::new();
    let run = ["run", "first-light", "--set", "device=cpu", "--set"];
    let done = pair.prints(&[&run[..], &["condense.iterations=20"]].concat());
    let folder = pair.far.run_folder(1);
    assert!(done.starts_with(&format!("run box:1: box:{}\n", folder.display())), "{done}");
    assert!(done.contains("  synthetic set         75.0 ± 1.0 %\n"), "{done}");
    assert!(done.contains(&format!("box:{}/result", folder.display())), "{done}");
    let said = pair.fails(&[&run[..], &["name=fails"]].concat());
    assert_eq!(said, "error: run box:2 failed: the loss is NaN — lower it\n");
}

#[test]
fn a_study_of_this_side_becomes_runs_of_the_other() {
    if parts::are_missing() {
        return;
    }
    let pair = Pair::new();
    // One seed: two runs.
    let study = STUDY.replace("seeds = [0, 1]\n", "");
    let file = pair.near.folder.path().join("mine.toml");
    fs::write(&file, study).unwrap();
    let file = file.to_str().unwrap();
    let added = pair.prints(&["study", "add", file, "--no-estimate"]);
    assert!(added.starts_with("2 runs added\n"), "{added}");
    pair.far.wait(1, "finished");
    pair.far.wait(2, "finished");
    let table = pair.json(&["study", "show", file]);
    assert_eq!(table["rows"][0][1][0]["ours"]["state"], "done", "{table}");
    assert!(pair.prints(&["study", "show", file]).contains("75.0"));
    assert!(pair.json(&["study", "ls"]).as_array().unwrap().len() > 3);
    assert_eq!(pair.json(&["ls"]).as_array().unwrap().len(), 2);
}
