//! `stillroom bench` as a user runs it: processes of its own, another program beside it, tables.
//!
//! Cases are tiny and on the CPU; what is checked is that every figure is there, never how large it is.

// Test code fails by panicking.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::process::{Command, Output};

use serde_json::Value;

/// Arguments of a case of no size.
const TINY: &str = "--set device=cpu --set network.width=8 --set condense.real_batch=4 --classes 2 \
                    --shape 1x8x8 --iterations 1 --warmup 0 --threads 1 --evaluation-epochs 1 \
                    --evaluation-networks 1";

fn bench(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_stillroom"))
        .arg("bench")
        .args(TINY.split_whitespace())
        .args(arguments)
        .env_remove("STILLROOM_CPU_LEVEL")
        .output()
        .unwrap()
}

fn json(arguments: &[&str]) -> Value {
    let output = bench(&[&["--json"], arguments].concat());
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{errors}");
    serde_json::from_slice(&output.stdout).unwrap()
}

fn error(arguments: &[&str]) -> String {
    let output = bench(arguments);
    assert!(!output.status.success() && output.stdout.is_empty());
    let errors = String::from_utf8(output.stderr).unwrap();
    errors.lines().last().unwrap().to_owned()
}

#[test]
fn a_case_is_measured_in_a_process_of_its_own() {
    let found = json(&[]);
    for path in [
        "/machine/load_average",
        "/machine/quiet",
        "/peak/gflops",
        "/seconds_per_iteration",
        "/condense/seconds/median",
        "/condense/parts/0/share",
        "/evaluate/one/seconds_per_1000_epochs",
        "/memory/process_bytes",
        "/case/spec/method",
    ] {
        assert!(!found.pointer(path).unwrap_or(&Value::Null).is_null(), "{path}: {found}");
    }
    let text = String::from_utf8(bench(&["--measure", "forward"]).stdout).unwrap();
    assert!(text.contains("forward pass") && text.contains("peak memory"), "{text}");
}

#[test]
fn another_program_takes_turns_and_is_compared() {
    let line = r#"echo warm; echo '{"secs": 2.5}'"#;
    let found = json(&["--against", line, "--key", "secs", "--rounds", "2"]);
    assert_eq!(found["seconds"]["rounds"].as_array().unwrap().len(), 2);
    assert_eq!(
        (&found["seconds"]["theirs"]["median"], &found["seconds"]["compared"]),
        (&2.5.into(), &"seconds_per_iteration".into())
    );
    let (ours, ratio) =
        (&found["seconds"]["rounds"][0]["ours"], &found["seconds"]["rounds"][0]["ratio"]);
    assert!((ours.as_f64().unwrap() / 2.5 - ratio.as_f64().unwrap()).abs() < 1e-9);
    assert_eq!(found["their_line"]["secs"], 2.5);
    assert!(found["theirs_peak_memory_bytes"].as_u64() > Some(0));

    // Another build of this very program is another program.
    let own = format!("{} bench {TINY} --measure forward --json", env!("CARGO_BIN_EXE_stillroom"));
    let found = json(&["--against", &own, "--rounds", "1", "--measure", "forward"]);
    assert_eq!(found["seconds"]["compared"], "seconds_per_iteration");
    assert!(found["report"]["forward"].is_object());
    assert_eq!(found["cpu_seconds"]["compared"], "cpu_seconds_per_iteration");
}

#[test]
fn a_table_has_a_row_for_each_value() {
    let found = json(&["--scale", "classes=2,4", "--scale", "ipc=1"]);
    let tables = found["tables"].as_array().unwrap();
    assert_eq!((&tables[0]["key"], &tables[1]["key"]), (&"classes".into(), &"ipc".into()));
    let rows = tables[0]["rows"].as_array().unwrap();
    assert_eq!((&rows[0]["value"], &rows[0]["time"]), (&"2".into(), &1.0.into()));
    assert_eq!(rows[1]["report"]["case"]["classes"], 4);
    assert!(rows[1]["work"].as_f64().unwrap() > 1.9);
}

#[test]
fn what_cannot_be_measured_is_a_sentence() {
    let missing = error(&["--against", "/nowhere/peer", "--rounds", "1"]);
    assert!(missing.starts_with("error: `/nowhere/peer` failed (exit status: 127): "), "{missing}");
    let rubbish = error(&["--against", r#"echo '{"seconds_per_iteration": "x"}'"#]);
    assert!(rubbish.ends_with(r#"is "x" in its JSON line, not a time"#), "{rubbish}");
    let device = error(&["--set", "device=gpu:99"]);
    assert!(device.starts_with("error: there is no gpu:99"), "{device}");
    let deep = error(&["--set", "network.depth=6"]);
    assert!(deep.starts_with("error: bench, `network.depth`: "), "{deep}");
}
