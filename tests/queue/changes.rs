//! The queue changed by hand: runs moved, cloned and deleted, and the study that they belong to.

use std::fs;

use serde_json::{Value, json};

use super::{
    home::{ENDLESS, Home, kill, until},
    protocol::Talk,
};

fn order(home: &Home) -> Vec<u64> {
    let runs = home.json(&["ls"]);
    runs.as_array().unwrap().iter().map(|run| run["id"].as_u64().unwrap()).collect()
}

#[test]
fn runs_start_in_the_order_that_they_were_moved_to() {
    let home = Home::new();
    let first = home.add(ENDLESS, &[]);
    home.wait(first, "running");
    for _ in 0..3 {
        home.add(3, &[]);
    }
    assert_eq!(home.prints(&["move", "4", "3", "--before", "2"]), "runs 4, 3 stand before run 2\n");
    assert_eq!(order(&home), [1, 4, 3, 2]);
    assert_eq!(home.prints(&["move", "1", "--last"]), "run 1 stands last\n");
    home.prints(&["move", "2", "--first"]);
    assert_eq!(order(&home), [2, 4, 3, 1]);

    // What was moved stays so, whatever happens to the daemon, and even to the database.
    until("the folders keep the order", || {
        let kept = fs::read_to_string(home.run_folder(2).join("queue.json")).unwrap();
        (serde_json::from_str::<Value>(&kept).unwrap()["place"] == 0).then_some(())
    });
    kill(home.daemon_pid().unwrap());
    assert_eq!(order(&home), [2, 4, 3, 1]);
    kill(home.daemon_pid().unwrap());
    fs::remove_file(home.data().join("queue.sqlite")).unwrap();
    assert_eq!(order(&home), [2, 4, 3, 1]);

    home.prints(&["cancel", "1"]);
    for run in 2..=4 {
        home.wait(run, "finished");
    }
    let begun = |run: u64| home.events(run)[0].at;
    assert!(begun(2) < begun(4) && begun(4) < begun(3));
}

#[test]
fn a_place_that_makes_no_sense_is_refused() {
    let home = Home::new();
    home.add(3, &[]);
    home.wait(1, "finished");
    let said = home.fails(&["move", "1", "--before", "1"]);
    assert!(said.starts_with("error: run 1 cannot stand before itself"), "{said}");
    let said = home.fails(&["move", "7", "--last"]);
    assert!(said.starts_with("error: there is no run 7"), "{said}");
    assert_eq!(home.output(&["move", "1"]).status.code(), Some(2), "without a place");
}

#[test]
fn a_deleted_run_is_gone_for_everybody_and_its_number_stays_taken() {
    let home = Home::new();
    let run = home.add(3, &[]);
    home.wait(run, "finished");
    let folder = home.run_folder(run);
    let mut talk = Talk::greeted(&home);
    talk.ask(&json!({"id": 2, "ask": "watch_queue"}));
    talk.ask(&json!({"id": 3, "ask": "watch_run", "run": run, "after": 10_000}));

    let said = home.fails(&["rm", "1"]);
    assert!(said.contains("no terminal to ask on\nWith `--yes` it is done"), "{said}");
    assert!(folder.exists());
    let deleted = home.json(&["rm", "1", "--yes"]);
    assert_eq!(deleted["deleted"][0]["run"], 1);
    assert_eq!(deleted["deleted"][0]["folder"], folder.to_str().unwrap());
    assert!(deleted["deleted"][0]["bytes"].as_u64().unwrap() > 1000);
    assert_eq!(talk.hear(), json!({"is": "gone", "run": 1}));
    assert_eq!(fs::read_dir(home.data().join("runs")).unwrap().count(), 0);
    assert!(home.fails(&["show", "1"]).contains("there is no run 1"));
    assert_eq!(home.add(3, &[]), 2);
}

#[test]
fn all_named_runs_are_deleted_or_none() {
    let home = Home::new();
    let done = home.add(3, &[]);
    home.wait(done, "finished");
    let busy = home.add(ENDLESS, &[]);
    home.wait(busy, "running");
    let said = home.fails(&["rm", "1", "2", "9", "--yes"]);
    for line in ["run 2 is running; `stillroom cancel 2` first", "there is no run 9", "nothing was"]
    {
        assert!(said.contains(line), "{said}");
    }
    assert_eq!(order(&home), [1, 2]);
    home.prints(&["cancel", "2"]);
    home.wait(busy, "cancelled");
    let said = home.prints(&["rm", "2", "1", "2", "--yes"]);
    assert!(said.starts_with("run 2 is deleted, with 1 MiB in "), "{said}");
    assert!(
        said.ends_with("2 runs are deleted, 2 MiB in all\n") || said.ends_with("1 MiB in all\n")
    );
    assert!(order(&home).is_empty());
}

#[test]
fn a_clone_is_the_same_run_or_one_that_differs_as_told() {
    let home = Home::new();
    let original = home.add(3, &["name=One"]);
    home.wait(original, "finished");
    let said = home.prints(&["clone", "1"]);
    assert!(said.starts_with("run 2 is queued, a clone of run 1; its folder is "), "{said}");
    assert_eq!(said.lines().count(), 1);
    let spec = |run: u64| fs::read_to_string(home.run_folder(run).join("spec.toml")).unwrap();
    assert_eq!(spec(2), spec(1));

    let changed = home.json(&["clone", "1", "--set", "ipc=10"]);
    let changed = changed["changed"].as_array().unwrap();
    let of = |key: &str| changed.iter().find(|one| one["key"] == key);
    assert_eq!(of("ipc").unwrap()["to"], "10");
    // The loops follow the number of images, for nobody has set them.
    assert_eq!(of("condense.outer_steps").unwrap()["to"], "10");
    assert!(of("name").is_none() && of("condense.iterations").is_none());
    let said = home.fails(&["clone", "1", "--set", "ipcs=3"]);
    assert!(said.contains("did you mean `ipc`"), "{said}");
    assert!(home.fails(&["clone", "9"]).contains("there is no run 9"));
    assert_eq!(order(&home), [1, 2, 3]);
}

#[test]
fn a_run_knows_its_study_also_when_the_database_is_lost() {
    let home = Home::new();
    let mut talk = Talk::greeted(&home);
    let spec = "ipc = 1\ndevice = \"cpu\"\n[condense]\niterations = 3\n";
    let add = json!({"id": 2, "ask": "command", "do": "add", "spec": spec, "source": "study t",
                     "front": false, "study": "t"});
    assert_eq!(talk.ask(&add)["answer"]["run"], 1);
    home.prints(&["clone", "1"]);
    home.prints(&["clone", "1", "--set", "seed=3"]);
    let studies = || [1, 2, 3].map(|run| home.summary(run)["study"].as_str().unwrap().to_owned());
    assert_eq!(studies(), ["t", "t", ""]);
    let list = home.prints(&["ls"]);
    assert!(list.lines().next().unwrap().contains("STUDY"), "{list}");
    home.wait(3, "finished");
    drop(talk);
    kill(home.daemon_pid().unwrap());
    fs::remove_file(home.data().join("queue.sqlite")).unwrap();
    assert_eq!(studies(), ["t", "t", ""]);
}

/// The database as the program of format 1 would have left it.
#[test]
fn a_queue_of_an_older_program_is_taken_over() {
    let home = Home::new();
    let run = home.add(3, &["name=One"]);
    let before = home.wait(run, "finished");
    assert_eq!(before["network"], "ConvNetW32");
    kill(home.daemon_pid().unwrap());
    let database = rusqlite::Connection::open(home.data().join("queue.sqlite")).unwrap();
    database
        .execute_batch(
            "ALTER TABLE runs DROP COLUMN study; ALTER TABLE runs DROP COLUMN network; \
             ALTER TABLE runs DROP COLUMN memory; DROP TABLE numbers; PRAGMA user_version = 1;",
        )
        .unwrap();
    drop(database);
    assert_eq!(home.summary(run), before);
    assert!(!home.daemon_log().contains("damaged"));
}
