//! Commands that ask one thing, while nothing comes: a way that is broken is given up by the host's patience, and a
//! daemon that works is waited for.

use std::{fmt::Write as _, thread, time::Duration};

use rustix::process::Signal;
use serde_json::json;
use stillroom::wire::message::SIGNS_SINCE;

use super::{
    ended::ended,
    fake_agent::{GREETING, WAIT, answers, hello, hello_of, script},
    home::{send, until},
    pair::Pair,
    parts,
};

/// The patience of the pair's host.
const PATIENCE: Duration = Duration::from_secs(2);

#[test]
fn a_broken_way_is_given_up_by_the_hosts_patience() {
    if parts::are_missing() {
        return;
    }
    let calls: [&[&str]; 4] =
        [&["ls"], &["pull", "1"], &["estimate", "first-light"], &["study", "show", "table-1"]];
    thread::scope(|scope| {
        for call in calls {
            scope.spawn(move || {
                let pair = Pair::new();
                let asked = pair.far.folder.path().join("asked");
                answers(
                    &pair,
                    &[hello()],
                    &format!("read -r asked\n: > {}\n{WAIT}", asked.display()),
                );
                let done = thread::scope(|scope| {
                    let done = scope.spawn(|| ended(&mut pair.far_program(call)));
                    until("it has asked", || asked.exists().then_some(()));
                    for session in pair.server.sessions() {
                        send(session, Signal::STOP);
                    }
                    done.join().unwrap()
                });
                let told = "error: box: no sign of life came for 2 s: the connection is broken";
                assert!(done.sentence().starts_with(told), "{done:?}");
                assert!((PATIENCE..PATIENCE * 5).contains(&done.took), "{done:?}");
            });
        }
    });
}

#[test]
fn a_daemon_that_works_is_waited_for() {
    if parts::are_missing() {
        return;
    }
    let pair = Pair::new();
    let runs = |id: u64| json!({"is": "reply", "id": id, "answer": {"answer": "runs", "runs": []}});
    let reply =
        |id: u64| json!({"is": "reply", "id": id, "answer": {"answer": "done", "text": ""}});
    let greeted = |hello| json!({"is": "reply", "id": 1, "answer": hello});
    // It gives signs of life for longer than the patience, and then the answer.
    let mut text =
        format!("echo '{GREETING}'\nread -r asked\necho '{}'\nread -r list\n", greeted(hello()));
    for id in 3..8 {
        writeln!(text, "read -r ping\necho '{}'", reply(id)).unwrap();
    }
    script(&pair, &format!("{text}echo '{}'\n{WAIT}", runs(2)));
    let done = ended(&mut pair.far_program(&["ls"]));
    assert!(done.printed.contains("no runs yet"), "{done:?}");
    assert!(done.took > PATIENCE * 2, "{done:?}");
    // One of before cannot, and is not asked.
    let older = greeted(hello_of(SIGNS_SINCE - 1, "0.0.9"));
    let text = format!("echo '{GREETING}'\nread -r asked\necho '{older}'\nread -r list\nsleep 4");
    script(&pair, &format!("{text}\necho '{}'\n{WAIT}", runs(2)));
    let done = ended(&mut pair.far_program(&["ls"]));
    assert!(done.printed.contains("no runs yet"), "{done:?}");
    assert!(done.took > PATIENCE * 2, "{done:?}");
}
