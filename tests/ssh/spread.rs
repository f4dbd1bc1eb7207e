//! One study whose runs are at several machines.

use std::fs;

use super::{ended::ended, outcome, pair::Pair, parts};

/// Two methods with two seeds each: four runs.
pub const STUDY: &str = r#"title = "Two sets"
corner = "method"
seeds = [0, 1]
rows = [
    { name = "DSA", set = { method = "dsa" } },
    { name = "DC", set = { method = "dc" } },
]
columns = [{ name = "1", set = { ipc = 1 } }]
[base]
device = "cpu"
[base.condense]
iterations = 3
"#;

#[test]
fn the_runs_of_a_study_are_spread_and_one_table_shows_them_all() {
    if parts::are_missing() {
        return;
    }
    let pair = Pair::new();
    let file = pair.near.folder.path().join("mine.toml");
    fs::write(&file, STUDY).unwrap();
    let file = file.to_str().unwrap();
    let any = |arguments: &[&str]| pair.program(&[&["--host", "any", "study"], arguments].concat());

    // One of them is at the host already, with a number that there is here too.
    let first = outcome::json(pair.far_program(&["study", "add", file, "--no-estimate"]));
    assert_eq!(first["added"].as_array().unwrap().len(), 4);
    pair.far.wait(4, "finished");
    pair.prints(&["rm", "2", "3", "4", "--yes"]);
    let added = outcome::prints(any(&["add", file]));
    let lines: Vec<&str> = added.lines().collect();
    // Each of the two has one slot and nothing to do, and this machine stands first.
    assert_eq!(lines[..2], ["here: 2 runs added", "box: 1 run added"], "{added}");
    assert_eq!(lines[2], "3 runs added, 1 are there already");
    pair.near.wait(1, "finished");
    pair.near.wait(2, "finished");
    pair.far.wait(5, "finished");

    let table = outcome::json(any(&["show", file]));
    let cells: Vec<_> = (0..2).map(|row| &table["rows"][row][1][0]).collect();
    assert!(cells.iter().all(|cell| cell["ours"]["state"] == "done"), "{table}");
    let runs: Vec<_> = cells.iter().flat_map(|cell| cell["runs"].as_array().unwrap()).collect();
    assert_eq!(runs.iter().filter(|run| run.is_string()).count(), 2, "{runs:?}");
    assert!(runs.contains(&&"box:5".into()) && runs.contains(&&1.into()), "{runs:?}");
    // Neither host has them all.
    let alone = outcome::json(pair.far_program(&["study", "show", file]));
    assert_eq!(alone["rows"][0][1][0]["ours"]["state"], "missing", "{alone}");
    let again = outcome::prints(any(&["add", file]));
    assert!(again.starts_with("0 runs added, 4 are there already\n"), "{again}");

    // The list counts the runs of both, for studies that only this side knows too.
    let studies = pair.near.folder.path().join("config/studies");
    fs::create_dir_all(&studies).unwrap();
    fs::copy(file, studies.join("mine.toml")).unwrap();
    let list = outcome::json(any(&["ls"]));
    let mine = list.as_array().unwrap().iter().find(|study| study["name"] == "mine").unwrap();
    assert_eq!(mine["progress"]["done"], 2, "{mine}");

    // All runs in one list, each at its host.
    let list = outcome::prints(pair.program(&["--host", "any", "ls"]));
    assert!(list.contains("box:5") && list.lines().count() == 5, "{list}");
    let list = outcome::json(pair.program(&["--host", "any", "ls"]));
    let hosts: Vec<_> = list.as_array().unwrap().iter().map(|run| run["host"].clone()).collect();
    assert_eq!(hosts, ["here", "here", "box", "box"]);

    // A host that is gone is named, and the rest is shown.
    pair.put_ssh("echo 'no route to host' >&2; exit 255");
    let shown = ended(&mut any(&["show", file]));
    assert_eq!(shown.code, Some(0), "{shown:?}");
    assert!(shown.said.contains("runs at box are not counted"), "{shown:?}");
    assert!(shown.printed.contains("missing"), "{shown:?}");
}
