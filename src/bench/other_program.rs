//! Another program that does the same work: a command, what it said, and what it used.

use std::{
    io::Read,
    process::{Command, Stdio},
    thread,
    time::Instant,
};

use serde_json::{Map, Value};

use super::{
    BenchError,
    resources::{self, Used},
};

/// A command that has ended well.
#[derive(Debug, Clone, PartialEq)]
pub struct Ran {
    /// The last line of its output that is a JSON object.
    pub line: Option<Map<String, Value>>,
    /// What it and the processes it waited for used.
    pub used: Used,
    /// How long it took as a whole.
    pub wall_secs: f64,
}

/// Runs a command line through the shell, to its end.
pub fn run(command: &str) -> Result<Ran, BenchError> {
    let fail = |source| BenchError::Command { command: command.to_owned(), source };
    let started = Instant::now();
    let mut child = Command::new("sh")
        .args(["-c", command])
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .map_err(fail)?;
    // Both pipes at once: a program that fills one while nobody reads it would wait for ever.
    let errors = child.stderr.take().map(|mut pipe| {
        thread::spawn(move || {
            let mut bytes = Vec::new();
            pipe.read_to_end(&mut bytes).map(|_| bytes)
        })
    });
    let mut output = Vec::new();
    if let Some(mut pipe) = child.stdout.take() {
        pipe.read_to_end(&mut output).map_err(fail)?;
    }
    let errors = errors.and_then(|reader| reader.join().ok()?.ok()).unwrap_or_default();
    let (status, used) = resources::wait(&child).map_err(fail)?;
    let wall_secs = started.elapsed().as_secs_f64();
    if !status.success() {
        let last = |bytes: &[u8]| {
            let text = String::from_utf8_lossy(bytes);
            text.lines().rev().map(str::trim).find(|line| !line.is_empty()).map(str::to_owned)
        };
        let words = last(&errors).or_else(|| last(&output));
        let words = words.unwrap_or_else(|| "it did not say why".to_owned());
        return Err(BenchError::CommandFailed { command: command.to_owned(), status, words });
    }
    Ok(Ran { line: json_line(&String::from_utf8_lossy(&output)), used, wall_secs })
}

fn json_line(output: &str) -> Option<Map<String, Value>> {
    output.lines().rev().find_map(|line| serde_json::from_str(line.trim()).ok())
}

impl Ran {
    /// The seconds that its JSON line gives under `key`; none when it has no such line.
    ///
    /// # Errors
    /// When there is a line without the key, or with something under it that is no time.
    pub fn seconds(&self, command: &str, key: &str) -> Result<Option<f64>, BenchError> {
        let Some(line) = &self.line else { return Ok(None) };
        let problem = match line.get(key).map(Value::as_f64) {
            Some(Some(secs)) if secs > 0.0 && secs.is_finite() => return Ok(Some(secs)),
            Some(_) => format!("`{key}` is {} in its JSON line, not a time", line[key]),
            None if line.is_empty() => format!("its JSON line is empty, so there is no `{key}`"),
            None => {
                let keys: Vec<_> = line.keys().map(String::as_str).collect();
                format!("its JSON line has no `{key}`; it has {}", keys.join(", "))
            }
        };
        Err(BenchError::CommandSaid { command: command.to_owned(), problem })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seconds(command: &str) -> Result<Option<f64>, String> {
        let found = run(command).and_then(|ran| ran.seconds(command, "secs"));
        found.map_err(|error| error.to_string())
    }

    #[test]
    fn the_last_json_line_counts() {
        let command =
            r#"echo '{"secs": 1}'; echo words; echo ' {"secs": 0.25, "torch": "2"}'; echo"#;
        assert_eq!(seconds(command), Ok(Some(0.25)));
        let ran = run("echo '{\"a\": [1]}'").unwrap();
        assert!(ran.used.peak_memory_bytes > 0 && ran.wall_secs > 0.0);
    }

    #[test]
    fn no_json_line_is_no_fault() {
        for command in ["true", "echo 3.5", "echo '[1]' '{'", "printf '\\377\\n'"] {
            assert_eq!(seconds(command), Ok(None), "{command}");
        }
    }

    #[test]
    fn rubbish_under_the_key_and_a_missing_key_are_told() {
        let rubbish = seconds(r#"echo '{"secs": "fast"}'"#).unwrap_err();
        assert_eq!(
            rubbish,
            r#"`echo '{"secs": "fast"}'`: `secs` is "fast" in its JSON line, not a time"#
        );
        for value in ["0", "-1", "null", "{}"] {
            assert!(seconds(&format!("echo '{{\"secs\": {value}}}'")).is_err(), "{value}");
        }
        let missing = seconds(r#"echo '{"min": 1, "max": 2}'"#).unwrap_err();
        assert!(missing.ends_with("has no `secs`; it has max, min"), "{missing}");
        let empty = seconds("echo '{}'").unwrap_err();
        assert!(empty.ends_with("its JSON line is empty, so there is no `secs`"), "{empty}");
    }

    #[test]
    fn a_command_that_fails_or_is_missing_is_told_with_its_last_words() {
        let failed = seconds("echo out; echo no such option >&2; echo >&2; exit 2").unwrap_err();
        assert!(failed.ends_with("failed (exit status: 2): no such option"), "{failed}");
        let missing = seconds("/nowhere/peer bench").unwrap_err();
        assert!(missing.contains("`/nowhere/peer bench` failed (exit status: 127): "), "{missing}");
        assert!(seconds("kill -9 $$").unwrap_err().contains("signal: 9"));
        assert!(seconds("exit 3").unwrap_err().ends_with("(exit status: 3): it did not say why"));
    }

    #[test]
    fn much_said_on_both_sides_is_read() {
        let command = "head -c 300000 /dev/zero | tr '\\0' x >&2; head -c 300000 /dev/zero; echo; \
                       echo '{\"secs\": 2}'";
        assert_eq!(seconds(command), Ok(Some(2.0)));
    }
}
