//! What a run would take, measured by a process of its own: it may fail on a device, or fill its memory, and
//! takes the daemon with it in neither case.

use std::{
    path::Path,
    sync::{Mutex, PoisonError},
    time::Duration,
};

use serde::{Deserialize, Serialize};

use super::{
    own_process::{Answered, Question},
    refusal::Refusal,
};

/// How long a measurement may take.
const WITHIN: Duration = Duration::from_mins(2);
/// One measurement at a time: two would measure each other.
static ONE: Mutex<()> = Mutex::new(());

/// What a run is expected to take.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Expected {
    /// The device that was measured, in the words of a spec.
    pub device: String,
    /// Seconds for training networks on all data.
    pub training_secs: f64,
    /// Seconds for iterations.
    pub condensing_secs: f64,
    /// Seconds for evaluations.
    pub evaluating_secs: f64,
    /// Bytes that the process held at most while it was measured.
    pub memory_bytes: u64,
    /// Bytes of the device, where it tells.
    #[serde(default)]
    pub device_bytes: Option<u64>,
}

impl Expected {
    /// All of the time.
    pub fn secs(&self) -> f64 {
        self.training_secs + self.condensing_secs + self.evaluating_secs
    }
}

/// Lets `program` measure the spec in `text`: a step or two of every kind of work in it.
///
/// # Errors
/// When the spec has faults, the device fails, or it takes too long.
pub fn ask(program: &Path, text: &str) -> Result<Expected, Refusal> {
    let _one = ONE.lock().unwrap_or_else(PoisonError::into_inner);
    let failed = |problem: String| Refusal::plain(format!("it could not be measured: {problem}"));
    let question =
        Question { arguments: &["estimate", "--json", "-"], input: Some(text), limit: WITHIN };
    let Answered { status, output, complaint } = question.ask(program).map_err(failed)?;
    if !status.success() {
        // Libraries that look for devices may have had their say before.
        let said = String::from_utf8_lossy(&complaint);
        let said = said.rsplit("error: ").next().unwrap_or_default();
        let first = said.lines().find(|line| !line.trim().is_empty());
        return Err(failed(first.unwrap_or("no reason given").to_owned()));
    }
    serde_json::from_slice(&output).map_err(|error| failed(error.to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::queue::own_process::tests::program;

    #[test]
    fn the_answer_of_the_process_is_the_estimate() {
        let script = r#"cat > /dev/null; echo '{"device":"cpu","training_secs":1.0,"condensing_secs":2.5,"evaluating_secs":0.5,"memory_bytes":1048576}'"#;
        let (_folder, path) = program(script);
        let expected = ask(&path, "method = \"dsa\"").unwrap();
        assert_eq!((expected.secs(), expected.device.as_str()), (4.0, "cpu"));
    }

    #[test]
    fn its_complaint_is_the_reason() {
        let (_folder, path) = program(
            "echo 'error: XDG_RUNTIME_DIR is not set' >&2; echo 'error: no such device' >&2; exit 1",
        );
        assert_eq!(ask(&path, "").unwrap_err().reason, "it could not be measured: no such device");
        let (_folder, path) = program("echo nonsense");
        assert!(ask(&path, "").is_err());
        assert!(ask(Path::new("/nowhere"), "").is_err());
    }
}
