//! What answers in the place of a real agent: a script that says prepared lines, one for each that it is asked.

use std::{fmt::Write as _, fs};

use serde_json::{Value, json};
use stillroom::wire::message::PROTOCOL;

use super::pair::{Pair, put_script};

/// The first line of an agent.
pub const GREETING: &str = r#"{"stillroom_agent":1,"program":"0.1.0"}"#;

/// The answer to `hello`, of a daemon of this program.
pub fn hello() -> Value {
    hello_of(PROTOCOL, "0.1.0")
}

pub fn hello_of(protocol: u32, program: &str) -> Value {
    json!({"answer": "hello", "protocol": protocol, "program": program, "host": "gauss", "pid": 4711, "data_dir": "/d"})
}

/// Makes `box` a host whose agent is this script, and nothing else.
pub fn script(pair: &Pair, script: &str) {
    let path = pair.far.folder.path().join("agent");
    put_script(&path, script);
    pair.hosts(&[("box", &pair.far.data(), &path)]);
}

/// Makes `box` a host whose agent greets, gives these answers in turn, and ends as the script says.
pub fn answers(pair: &Pair, answers: &[Value], end: &str) {
    let folder = pair.far.folder.path();
    let mut text = format!("echo '{GREETING}'\n");
    for (at, answer) in answers.iter().enumerate() {
        let path = folder.join(format!("answer-{at}"));
        let line = json!({"is": "reply", "id": at + 1, "answer": answer});
        fs::write(&path, format!("{line}\n")).unwrap();
        writeln!(text, "read -r asked\ncat {}", path.display()).unwrap();
    }
    script(pair, &format!("{text}{end}"));
}

/// An end that waits for the other side to leave.
pub const WAIT: &str = "exec cat >/dev/null";
