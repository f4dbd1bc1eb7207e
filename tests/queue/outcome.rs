//! What came of a command.

use std::process::Command;

use serde_json::Value;

/// What it prints when it succeeds.
pub fn prints(mut command: Command) -> String {
    let output = command.output().unwrap();
    let errors = String::from_utf8(output.stderr).unwrap();
    assert!(output.status.success(), "{command:?}: {errors}");
    String::from_utf8(output.stdout).unwrap()
}

/// What it says when it fails.
pub fn fails(mut command: Command) -> String {
    let output = command.output().unwrap();
    assert_eq!(output.status.code(), Some(1), "{command:?}");
    let errors = String::from_utf8(output.stderr).unwrap();
    assert!(errors.starts_with("error: "), "{errors}");
    errors
}

/// The JSON that it prints.
pub fn json(mut command: Command) -> Value {
    command.arg("--json");
    serde_json::from_str(&prints(command)).unwrap()
}
