//! The wire itself, spoken by hand: what a client may do to the daemon, and what it may not.

use std::{
    fs::{self, OpenOptions},
    io::{BufRead, BufReader, Write},
    os::unix::net::UnixStream,
    time::Duration,
};

use rustix::fs::{CWD, FileType, Mode, mknodat};
use serde_json::{Value, json};
use stillroom::wire::message::PROTOCOL;

use super::home::{ENDLESS, Home, until};

pub struct Talk {
    stream: UnixStream,
    lines: BufReader<UnixStream>,
}

impl Talk {
    fn with(home: &Home) -> Self {
        home.prints(&["ls"]);
        Self::to(home)
    }

    /// With a daemon that is there.
    pub fn to(home: &Home) -> Self {
        let stream = UnixStream::connect(home.socket()).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
        let lines = BufReader::new(stream.try_clone().unwrap());
        Self { stream, lines }
    }

    pub fn greeted(home: &Home) -> Self {
        let mut talk = Self::with(home);
        talk.greet(home);
        talk
    }

    pub fn greet(&mut self, home: &Home) {
        let hello =
            self.ask(&json!({"id": 1, "ask": "hello", "protocol": PROTOCOL, "program": "test"}));
        assert_eq!(
            hello["answer"]["data_dir"],
            home.data().canonicalize().unwrap().to_str().unwrap()
        );
    }

    pub fn ask(&mut self, request: &Value) -> Value {
        self.send(&[request]);
        self.hear()
    }

    /// Asks several things in one go.
    pub fn send(&mut self, requests: &[&Value]) {
        let lines = requests.iter().flat_map(|request| [request.to_string(), "\n".to_owned()]);
        self.stream.write_all(lines.collect::<String>().as_bytes()).unwrap();
    }

    /// The next message; null at the end of the connection.
    pub fn hear(&mut self) -> Value {
        let mut line = String::new();
        match self.lines.read_line(&mut line) {
            Ok(0) => Value::Null,
            Ok(_) => serde_json::from_str(&line).unwrap(),
            Err(error) if error.kind() == std::io::ErrorKind::ConnectionReset => Value::Null,
            Err(error) => panic!("{error}"),
        }
    }
}

#[test]
fn the_protocols_version_is_checked_first() {
    let home = Home::new();
    let mut talk = Talk::with(&home);
    let early = talk.ask(&json!({"id": 5, "ask": "list"}));
    assert_eq!((&early["id"], &early["answer"]["answer"]), (&json!(5), &json!("refused")));
    let newer = talk.ask(&json!({"id": 6, "ask": "hello", "protocol": 99, "program": "9.0"}));
    let reason = newer["answer"]["reason"].as_str().unwrap();
    assert!(reason.ends_with("the client is Stillroom 9.0 and speaks protocol 99"), "{reason}");
    assert!(newer["answer"]["advice"].as_str().unwrap().contains("its runs go on"));
    let older = talk.ask(&json!({"id": 6, "ask": "hello", "protocol": 1, "program": "0.0"}));
    let advice = older["answer"]["advice"].as_str().unwrap();
    assert!(advice.starts_with("The client is the older one. Update it"), "{advice}");
    let still = talk.ask(&json!({"id": 7, "ask": "list"}));
    assert_eq!(still["answer"]["answer"], "refused");
}

#[test]
fn requests_that_make_no_sense_are_refused_and_noise_ends_the_connection() {
    let home = Home::new();
    let mut talk = Talk::greeted(&home);
    let answer = talk.ask(&json!({"id": 2, "ask": "dance"}));
    assert_eq!((&answer["id"], &answer["answer"]["answer"]), (&json!(2), &json!("refused")));
    let answer = talk.ask(&json!({"id": 3, "ask": "list"}));
    assert_eq!(answer["answer"]["runs"], json!([]));
    writeln!(talk.stream, "GET / HTTP/1.1").unwrap();
    assert_eq!(talk.hear(), Value::Null);
    home.prints(&["ls"]);
}

#[test]
fn a_run_is_watched_from_where_the_client_is() {
    let home = Home::new();
    let run = home.add(20, &[]);
    home.wait(run, "finished");
    let all = home.events(run).len() as u64;
    let mut talk = Talk::greeted(&home);
    let watch = |after: u64| json!({"id": 2, "ask": "watch_run", "run": run, "after": after});
    assert_eq!(talk.ask(&watch(10))["answer"]["answer"], "done");
    let mut numbers = Vec::new();
    while numbers.last() != Some(&all) {
        let message = talk.hear();
        assert_eq!((&message["is"], &message["run"]), (&json!("events"), &json!(run)));
        let events = message["events"].as_array().unwrap();
        numbers.extend(events.iter().map(|event| event["seq"].as_u64().unwrap()));
    }
    assert_eq!(numbers, (11..=all).collect::<Vec<_>>());
    // From the end there is nothing, so the next message is the next answer.
    assert_eq!(talk.ask(&watch(all))["is"], "reply");
    let devices = talk.ask(&json!({"id": 3, "ask": "devices"}));
    assert_eq!(devices["id"], 3);
}

#[test]
fn a_log_that_takes_long_to_read_holds_up_no_other_answer() {
    let home = Home::new();
    let run = home.add(3, &[]);
    home.wait(run, "finished");
    let log = home.run_folder(run).join("events.jsonl");
    fs::remove_file(&log).unwrap();
    // Whoever opens this to read waits until somebody opens it to write.
    mknodat(CWD, &log, FileType::Fifo, Mode::RUSR | Mode::WUSR, 0).unwrap();
    let mut talk = Talk::greeted(&home);
    let watch = |id: u64| json!({"id": id, "ask": "watch_history", "run": run});
    writeln!(talk.stream, "{}\n{}", watch(2), watch(3)).unwrap();
    assert_eq!(talk.ask(&json!({"id": 4, "ask": "list"}))["id"], 4);
    let _written = OpenOptions::new().read(true).write(true).open(&log).unwrap();
    let mut told = Vec::new();
    while told.len() < 3 {
        let message = talk.hear();
        told.push(message["answer"]["text"].as_str().unwrap_or("history").to_owned());
    }
    // The first is done with when it is asked for again.
    told.sort();
    assert_eq!(told, ["history", "run 1 is no longer watched for this request", "watching run 1"]);
}

#[test]
fn changes_are_pushed_and_a_runs_end_comes_after_its_last_event() {
    let home = Home::new();
    let mut talk = Talk::greeted(&home);
    talk.ask(&json!({"id": 2, "ask": "watch_queue"}));
    for _ in 0..6 {
        let run = home.add(3, &[]);
        assert_eq!(talk.hear()["run"]["state"]["state"], "queued");
        let watch = json!({"id": 3, "ask": "watch_run", "run": run, "after": 0});
        writeln!(talk.stream, "{watch}").unwrap();
        let (mut last, mut states) = (0, Vec::new());
        while states.last().is_none_or(|state| state != "finished") {
            let message = talk.hear();
            if let Some(event) = message["events"].as_array().and_then(|events| events.last()) {
                last = event["seq"].as_u64().unwrap();
            } else if let Some(state) = message["run"]["state"]["state"].as_str() {
                states.push(state.to_owned());
                if state == "finished" {
                    assert_eq!(message["run"]["digest"]["seq"], last);
                }
            }
        }
        states.dedup();
        assert_eq!(states, ["running", "finished"]);
    }
}

#[test]
fn files_of_a_run_are_served_and_no_others() {
    let home = Home::new();
    let run = home.add(3, &[]);
    home.wait(run, "finished");
    let mut talk = Talk::greeted(&home);
    let mut file = |path: &str| {
        talk.ask(&json!({"id": 2, "ask": "artefact", "run": run, "path": path, "offset": 0}))["answer"].clone()
    };
    let spec = file("spec.toml");
    assert_eq!(spec["size"], fs::metadata(home.run_folder(run).join("spec.toml")).unwrap().len());
    for path in ["../../queue.sqlite", "/etc/passwd", "snapshots", ""] {
        assert_eq!(file(path)["answer"], "refused", "{path}");
    }
}

#[test]
fn a_client_that_does_not_read_holds_up_nobody() {
    let home = Home::new();
    let run = home.add(ENDLESS, &[]);
    let mut stuck = Talk::greeted(&home);
    stuck.ask(&json!({"id": 2, "ask": "watch_queue"}));
    stuck.ask(&json!({"id": 3, "ask": "watch_run", "run": run, "after": 0}));
    // Far more answers than a socket holds, and nobody reads them.
    stuck.stream.set_nonblocking(true).unwrap();
    let request = format!("{}\n", json!({"id": 4, "ask": "list"}));
    let mut asked = 0;
    while asked < 20_000 && stuck.stream.write_all(request.as_bytes()).is_ok() {
        asked += 1;
    }
    until("another client is served all the same", || {
        (home.summary(run)["digest"]["iteration"].as_u64()? > 20).then_some(())
    });
    home.prints(&["cancel", "1"]);
    home.wait(run, "cancelled");
}

#[test]
fn a_client_that_has_missed_changes_hears_of_deleted_runs_all_the_same() {
    let home = Home::new();
    home.add(ENDLESS, &[]);
    let mut busy = Talk::greeted(&home);
    let spec = "device = \"cpu\"\n";
    let add = json!({"id": 2, "ask": "command", "do": "add", "spec": spec, "source": "t", "front": false});
    for _ in 0..30 {
        assert_eq!(busy.ask(&add)["answer"]["answer"], "added");
    }
    let mut late = Talk::greeted(&home);
    late.ask(&json!({"id": 2, "ask": "watch_queue"}));
    // More changes than the daemon keeps for a client that does not read, and than its socket holds.
    let mut runs: Vec<u64> = (2..=31).collect();
    for _ in 0..60 {
        runs.reverse();
        let arrange =
            json!({"id": 3, "ask": "command", "do": "arrange", "runs": runs, "before": null});
        assert_eq!(busy.ask(&arrange)["answer"]["answer"], "done");
    }
    let removed = busy.ask(&json!({"id": 4, "ask": "command", "do": "remove", "run": 2}));
    assert_eq!(removed["answer"]["answer"], "removed");
    for _ in 0..40 {
        runs.retain(|run| *run != 2);
        runs.reverse();
        let arrange =
            json!({"id": 3, "ask": "command", "do": "arrange", "runs": runs, "before": null});
        busy.ask(&arrange);
    }
    let mut heard = 0;
    while late.hear() != json!({"is": "gone", "run": 2}) {
        heard += 1;
    }
    assert!(heard < 60 * 30 + 40 * 29, "it was not told of every change");
}

#[test]
fn the_machines_figures_come_while_they_are_watched() {
    let home = Home::new();
    let mut talk = Talk::greeted(&home);
    let watching = talk.ask(&json!({"id": 2, "ask": "watch_machine"}));
    assert_eq!(watching["answer"]["answer"], "done");
    for _ in 0..2 {
        let figures = talk.hear();
        assert_eq!(figures["is"], "machine", "{figures}");
        let figures = &figures["figures"];
        assert!(figures["threads"].as_u64().unwrap() > 0, "{figures}");
        assert!(figures["memory_total"].as_u64() > figures["memory_used"].as_u64(), "{figures}");
    }
    let mut answer = talk.ask(&json!({"id": 3, "ask": "unwatch_machine"}));
    while answer["is"] == "machine" {
        answer = talk.hear();
    }
    assert_eq!((&answer["id"], &answer["answer"]["answer"]), (&json!(3), &json!("done")));
}

#[test]
fn the_daemons_log_is_told_in_pieces() {
    let home = Home::new();
    let mut talk = Talk::greeted(&home);
    let log = talk.ask(&json!({"id": 2, "ask": "daemon_log", "after": 0}))["answer"].clone();
    assert!(log["text"].as_str().unwrap().contains("serving "), "{log}");
    let after = talk.ask(&json!({"id": 3, "ask": "daemon_log", "after": log["end"]}));
    assert_eq!(after["answer"]["text"], "", "{after}");
}
