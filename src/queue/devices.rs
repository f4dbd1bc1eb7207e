//! The devices of this machine, as the queue learns of them.
//!
//! A graphics driver may crash the process that asks for adapters, so another process asks:
//! `stillroom devices --json`.

use std::{path::Path, time::Duration};

use serde::{Deserialize, Serialize};

use super::own_process::{Answered, Question};
use crate::{machine, spec::DeviceChoice};

/// A device and its places for runs.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct DeviceSlots {
    /// In the words of a spec: `cpu`, `gpu:0`, `software`.
    pub device: String,
    /// The device's own name.
    pub name: String,
    /// Runs at a time; 0 for a device that is not used.
    pub slots: u64,
    /// Runs on it now.
    pub running: u64,
    /// Bytes of memory that runs may declare of it, where that is known.
    #[serde(default)]
    pub memory: Option<u64>,
    /// Bytes that the runs on it declare.
    #[serde(default)]
    pub declared: u64,
    /// Where it is plugged in, as [`Card::pci`](crate::machine::Card::pci) says it; empty where that is not told.
    #[serde(default)]
    pub pci: String,
}

/// What stands for the devices of a cluster, whose jobs are not on the daemon's machine.
pub const CLUSTER: &str = "slurm";

impl DeviceSlots {
    /// Whether it is a cluster, which has a device for whatever a run wishes, sooner or later.
    pub fn is_cluster(&self) -> bool {
        self.device == CLUSTER
    }

    /// Whether runs are placed on it at all.
    pub const fn is_used(&self) -> bool {
        self.slots > 0
    }
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
    /// Where it is plugged in; empty where that is not told.
    #[serde(default)]
    pub pci: String,
    /// Bytes of its memory, where they are told.
    #[serde(default)]
    pub memory: Option<u64>,
}

impl Listed {
    /// The CPU, which every machine has.
    pub fn cpu() -> Self {
        let name = DeviceChoice::Cpu.to_string().to_uppercase();
        let (through, pci) = (String::new(), String::new());
        Self { device: DeviceChoice::Cpu, name, through, pci, memory: machine::memory() }
    }
}

/// Asks `program` for the devices and waits at most `limit`. The failure is a clause for a sentence.
pub fn ask(program: &Path, limit: Duration) -> Result<Vec<Listed>, String> {
    let question = Question { arguments: &["devices", "--json"], input: None, limit };
    let Answered { status, output, .. } = question.ask(program)?;
    if !status.success() {
        return Err(format!("the process that looks for them ended with {status}"));
    }
    serde_json::from_slice(&output)
        .map_err(|error| format!("an answer that cannot be read: {error}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::queue::own_process::tests::program;

    #[test]
    fn devices_are_read_and_every_failure_is_a_clause() {
        let within = |secs: u64, text: &str| {
            let (_folder, program) = program(text);
            ask(&program, Duration::from_secs(secs))
        };
        let ask = |text: &str| within(60, text);
        let listed = ask(r#"echo '[{"device":"gpu:0","name":"G","through":"wgpu"}]'"#).unwrap();
        assert_eq!((&listed[0].device, listed.len()), (&DeviceChoice::Gpu(0), 1));
        assert_eq!((listed[0].name.as_str(), listed[0].through.as_str()), ("G", "wgpu"));
        assert!(ask("kill -SEGV $$").unwrap_err().contains("signal: 11"));
        assert!(ask("echo nonsense").unwrap_err().starts_with("an answer that cannot be read"));
        assert_eq!(within(1, "exec sleep 20").unwrap_err(), "no answer within 1 s");
    }
}
