//! The devices of this machine, as the queue learns of them.
//!
//! A graphics driver may crash the process that asks for adapters, so another process asks:
//! `stillroom devices --json`.

use std::{
    io::Read,
    path::Path,
    process::{Command, Stdio},
    thread,
    time::{Duration, Instant},
};

use serde::{Deserialize, Serialize};

use crate::spec::DeviceChoice;

/// A device and its places for runs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeviceSlots {
    /// In the words of a spec: `cpu`, `gpu:0`, `software`.
    pub device: String,
    /// The device's own name.
    pub name: String,
    /// Runs at a time.
    pub slots: u64,
    /// Runs on it now.
    pub running: u64,
}

/// A device of this machine.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Listed {
    /// The device.
    pub device: DeviceChoice,
    /// Its own name.
    pub name: String,
    /// How it is reached.
    #[serde(default)]
    pub through: String,
}

impl Listed {
    /// The CPU, which every machine has.
    pub fn cpu() -> Self {
        let name = DeviceChoice::Cpu.to_string().to_uppercase();
        Self { device: DeviceChoice::Cpu, name, through: String::new() }
    }
}

/// Asks `program` for the devices and waits at most `limit`. The failure is a clause for a sentence.
pub fn ask(program: &Path, limit: Duration) -> Result<Vec<Listed>, String> {
    let mut child = Command::new(program)
        .args(["devices", "--json"])
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .map_err(|error| format!("{} could not be started: {error}", program.display()))?;
    let answer = child.stdout.take().map(|mut out| {
        thread::spawn(move || {
            let mut text = Vec::new();
            out.read_to_end(&mut text).map(|_| text)
        })
    });
    let deadline = Instant::now() + limit;
    let status = loop {
        match child.try_wait() {
            Ok(Some(status)) => break status,
            Ok(None) if Instant::now() < deadline => thread::sleep(Duration::from_millis(10)),
            Ok(None) => {
                let _ = child.kill();
                let _ = child.wait();
                return Err(format!("no answer within {} s", limit.as_secs()));
            }
            Err(error) => return Err(error.to_string()),
        }
    };
    if !status.success() {
        return Err(format!("the process that looks for them ended with {status}"));
    }
    let text =
        answer.and_then(|reader| reader.join().ok()).and_then(Result::ok).unwrap_or_default();
    serde_json::from_slice(&text).map_err(|error| format!("an answer that cannot be read: {error}"))
}

#[cfg(test)]
mod tests {
    use std::{fs, os::unix::fs::PermissionsExt, path::PathBuf};

    use super::*;

    fn program(folder: &Path, text: &str) -> PathBuf {
        let path = folder.join("program");
        fs::write(&path, format!("#!/bin/sh\n{text}\n")).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o700)).unwrap();
        path
    }

    #[test]
    fn devices_are_read_and_every_failure_is_a_clause() {
        let folder = tempfile::tempdir().unwrap();
        let ask = |text: &str| {
            let program = program(folder.path(), text);
            loop {
                let answer = ask(&program, Duration::from_secs(1));
                // Another test that forks at this moment holds the script open for writing.
                if !answer.as_ref().is_err_and(|error| error.contains("file busy")) {
                    return answer;
                }
            }
        };
        let listed = ask(r#"echo '[{"device":"gpu:0","name":"G","through":"wgpu"}]'"#).unwrap();
        assert_eq!((&listed[0].device, listed.len()), (&DeviceChoice::Gpu(0), 1));
        assert_eq!((listed[0].name.as_str(), listed[0].through.as_str()), ("G", "wgpu"));
        assert!(ask("kill -SEGV $$").unwrap_err().contains("signal: 11"));
        assert!(ask("echo nonsense").unwrap_err().starts_with("an answer that cannot be read"));
        assert_eq!(ask("exec sleep 20").unwrap_err(), "no answer within 1 s");
    }
}
