//! A queue of which the list does not fit into one message.

use std::collections::BTreeSet;

use rusqlite::Connection;
use serde_json::{Value, json};
use stillroom::wire::{
    Client,
    message::{Answer, Message, PARTS_SINCE, Wish},
};
use tokio::runtime::Builder;

use super::{
    home::{Home, kill},
    protocol::Talk,
};

const RUNS: u64 = 20_000;

/// A home whose queue has so many runs: one that has finished, and copies of it without folders.
fn filled() -> Home {
    let home = Home::new();
    let run = home.add(3, &[]);
    home.wait(run, "finished");
    kill(home.daemon_pid().unwrap());
    let database = Connection::open(home.data().join("queue.sqlite")).unwrap();
    let copies = format!(
        "CREATE TEMP TABLE copy AS SELECT * FROM runs;
         CREATE TEMP TABLE number AS
             WITH RECURSIVE number(n) AS (SELECT 2 UNION ALL SELECT n + 1 FROM number WHERE n < {RUNS})
             SELECT n FROM number;
         CREATE TEMP TABLE copies AS SELECT * FROM number JOIN copy;
         UPDATE copies SET id = n, place = n, folder = printf('%05d-a-copy', n);
         ALTER TABLE copies DROP COLUMN n;
         INSERT INTO runs SELECT * FROM copies;"
    );
    database.execute_batch(&copies).unwrap();
    home
}

fn ids(runs: &Value) -> Vec<u64> {
    runs.as_array().unwrap().iter().map(|run| run["id"].as_u64().unwrap()).collect()
}

#[test]
fn twenty_thousand_runs_are_listed_and_watched() {
    let home = filled();
    let all: Vec<u64> = (1..=RUNS).collect();
    assert_eq!(ids(&home.json(&["ls"])), all);
    assert_eq!(home.prints(&["ls"]).lines().count() as u64, RUNS + 1);
    tell_an_older_client(&home);
    // Whoever asks meanwhile whether anybody is there hears it before the list.
    let mut talk = Talk::to(&home);
    talk.greet(&home);
    talk.send(&[&json!({"id": 2, "ask": "list"}), &json!({"id": 3, "ask": "ping"})]);
    assert_eq!(talk.hear()["id"], 3);
    assert_eq!(talk.hear()["id"], 2);

    // A client that watches has all of them, and hears what becomes of each.
    let runtime = Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let mut client = Client::connect(&home.socket()).await.unwrap();
        let Answer::Runs { runs } = client.ask(Wish::WatchQueue).await.unwrap() else {
            panic!("no list")
        };
        assert_eq!(runs.iter().map(|run| run.id.number).collect::<Vec<_>>(), all);
        home.prints(&["rm", "1", "--yes"]);
        loop {
            if let Message::Gone { run } = client.next().await.unwrap() {
                assert_eq!(run.number, 1);
                break;
            }
        }
    });
}

/// A client of before takes a list in one message or not at all.
fn tell_an_older_client(home: &Home) {
    let mut talk = Talk::to(home);
    let older = PARTS_SINCE - 1;
    talk.ask(&json!({"id": 1, "ask": "hello", "protocol": older, "program": "0.0"}));
    for (id, ask) in [(2, "list"), (3, "watch_queue")] {
        let answer = talk.ask(&json!({"id": id, "ask": ask}));
        assert_eq!((&answer["id"], &answer["answer"]["answer"]), (&json!(id), &json!("refused")));
        let reason = answer["answer"]["reason"].as_str().unwrap();
        assert!(
            reason.starts_with("the list of 20000 runs is longer than this client"),
            "{reason}"
        );
    }
}

#[test]
fn a_client_that_has_missed_changes_is_shown_all_of_them() {
    let home = filled();
    let (mut busy, mut late) = (Talk::greeted(&home), Talk::to(&home));
    late.greet(&home);
    let mut listed = Vec::new();
    let mut answer = late.ask(&json!({"id": 2, "ask": "watch_queue"}));
    while answer["answer"]["answer"] == "some_runs" {
        assert_eq!(answer["id"], 2);
        listed.extend(ids(&answer["answer"]["runs"]));
        answer = late.hear();
    }
    listed.extend(ids(&answer["answer"]["runs"]));
    assert_eq!(listed.len() as u64, RUNS);
    // More changes than the daemon keeps for a client that does not read, and than its socket holds.
    let mut some: Vec<u64> = (2..=3001).collect();
    for id in 3..6 {
        some.reverse();
        let arrange =
            json!({"id": id, "ask": "command", "do": "arrange", "runs": some, "before": null});
        assert_eq!(busy.ask(&arrange)["answer"]["answer"], "done");
    }
    let mut seen = BTreeSet::new();
    while (seen.len() as u64) < RUNS {
        let message = late.hear();
        assert_eq!(message["is"], "run", "{message}");
        seen.insert(message["run"]["id"].as_u64().unwrap());
    }
}
