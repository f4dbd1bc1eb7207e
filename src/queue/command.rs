//! Every wish of a user, in one list. Screen and command line send the same ones to the same place.

use serde::{Deserialize, Serialize};

use crate::record::{HostName, RunId};

/// One wish. What can be wished of a run in which state is decided in one place, the transition
/// function of the queue's state machine; a run's place and its removal are the keeper's own matter.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "do", rename_all = "snake_case")]
pub enum Command {
    /// Put a run into the queue.
    Add {
        /// The spec as TOML, resolved or not.
        spec: String,
        /// How messages call the spec: a file name or `preset first-light`.
        source: String,
        /// Before all others that wait.
        front: bool,
        /// The study that the run is for; empty where there is none.
        #[serde(default, skip_serializing_if = "String::is_empty")]
        study: String,
    },
    /// Put a run of the same spec at the end of the queue, or of a spec that differs in a few keys.
    Clone {
        /// The run.
        run: RunId,
        /// `key=value` pairs that go over its spec.
        #[serde(default)]
        set: Vec<String>,
    },
    /// Put runs, in this order, before another one.
    Arrange {
        /// The runs.
        runs: Vec<RunId>,
        /// Before which; behind all others where none is named.
        before: Option<RunId>,
    },
    /// Take a run that no worker is at out of the queue, and delete its folder.
    Remove {
        /// The run.
        run: RunId,
    },
    /// Let the worker wait at its next control point; it keeps its slot.
    Pause {
        /// The run.
        run: RunId,
    },
    /// Go on: a paused run at once, a stopped or interrupted one from its checkpoint when a slot is free.
    Resume {
        /// The run.
        run: RunId,
    },
    /// Stop with a checkpoint, to be resumed later.
    Stop {
        /// The run.
        run: RunId,
    },
    /// Give the run up. Its folder stays.
    Cancel {
        /// The run.
        run: RunId,
    },
    /// Run a failed or cancelled run again from its last checkpoint, or from the start if it has none.
    Retry {
        /// The run.
        run: RunId,
    },
    /// Take a picture of the synthetic set at the next control point.
    Snapshot {
        /// The run.
        run: RunId,
    },
}

impl Command {
    /// The host of the runs that it is about; `None` where it is about none.
    pub fn host(&self) -> Option<HostName> {
        match self {
            Self::Add { .. } => None,
            Self::Arrange { runs, .. } => runs.first().map(|run| run.host),
            Self::Clone { run, .. }
            | Self::Remove { run }
            | Self::Pause { run }
            | Self::Resume { run }
            | Self::Stop { run }
            | Self::Cancel { run }
            | Self::Retry { run }
            | Self::Snapshot { run } => Some(run.host),
        }
    }
}
