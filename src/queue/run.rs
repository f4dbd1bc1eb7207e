//! A run as the queue sees it: a number, a state that carries its own data, and a summary for lists.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

pub use crate::record::RunId;
use crate::record::{Digest, HostName};

/// A worker process and where it runs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Worker {
    /// The process.
    pub pid: u32,
    /// The device whose slot it holds, in the words of a spec: `cpu`, `gpu:0`, `software`.
    pub device: String,
    /// When it was started.
    pub since: Timestamp,
    /// The Slurm job that it runs in; empty for a process of the daemon's machine.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub job: String,
}

/// Where a run stands.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum RunState {
    /// Waiting for a slot.
    Queued {
        /// Since when.
        since: Timestamp,
    },
    /// Slurm has it as a job, which waits there.
    Pending {
        /// The job.
        job: String,
        /// Why it waits, in Slurm's word; empty while that is not known.
        #[serde(default)]
        reason: String,
        /// Since when.
        since: Timestamp,
    },
    /// A worker is busy with it.
    Running {
        /// The worker.
        worker: Worker,
    },
    /// A worker holds it, and its slot, but waits.
    Paused {
        /// The worker.
        worker: Worker,
    },
    /// A worker was asked to stop and has not left yet.
    Stopping {
        /// The worker.
        worker: Worker,
        /// True when the run is to be cancelled, false when it is to be stopped for later.
        cancel: bool,
    },
    /// Stopped with a checkpoint; `resume` goes on.
    Stopped {
        /// When.
        at: Timestamp,
    },
    /// The worker vanished (killed, out of memory, machine restarted); `resume` goes on.
    Interrupted {
        /// When it was noticed.
        at: Timestamp,
        /// What is known of the cause.
        reason: String,
    },
    /// All is done.
    Finished {
        /// When.
        at: Timestamp,
    },
    /// It could not go on.
    Failed {
        /// When.
        at: Timestamp,
        /// What went wrong.
        reason: String,
        /// What to do about it.
        advice: String,
    },
    /// Given up by the user.
    Cancelled {
        /// When.
        at: Timestamp,
    },
}

impl RunState {
    /// The state's name in lists and filters.
    pub const fn word(&self) -> &'static str {
        match self {
            Self::Queued { .. } => "queued",
            Self::Pending { .. } => "pending",
            Self::Running { .. } => "running",
            Self::Paused { .. } => "paused",
            Self::Stopping { .. } => "stopping",
            Self::Stopped { .. } => "stopped",
            Self::Interrupted { .. } => "interrupted",
            Self::Finished { .. } => "finished",
            Self::Failed { .. } => "failed",
            Self::Cancelled { .. } => "cancelled",
        }
    }

    /// The worker, while there is one.
    pub const fn worker(&self) -> Option<&Worker> {
        match self {
            Self::Running { worker } | Self::Paused { worker } | Self::Stopping { worker, .. } => {
                Some(worker)
            }
            _ => None,
        }
    }

    /// The worker, to be put right.
    pub const fn worker_mut(&mut self) -> Option<&mut Worker> {
        match self {
            Self::Running { worker } | Self::Paused { worker } | Self::Stopping { worker, .. } => {
                Some(worker)
            }
            _ => None,
        }
    }

    /// The Slurm job that it has, whether that waits or its worker is at work.
    pub fn job(&self) -> Option<&str> {
        match self {
            Self::Pending { job, .. } => Some(job),
            state => state.worker().map(|worker| worker.job.as_str()).filter(|job| !job.is_empty()),
        }
    }
}

/// What a list shows of a run.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RunSummary {
    /// The run.
    pub id: RunId,
    /// The label: the spec's name, or method, data set and images per class.
    pub title: String,
    /// Where it stands.
    pub state: RunState,
    /// Place in the queue: lower goes first.
    pub place: i64,
    /// When it was added.
    pub added: Timestamp,
    /// The spec's method, data set, images per class and seed.
    pub method: String,
    /// The data set's name.
    pub set: String,
    /// Images per class.
    pub ipc: u64,
    /// The seed.
    pub seed: u64,
    /// The network of its spec, by the name that papers give it: `ConvNet`, `ResNet18BN`.
    #[serde(default)]
    pub network: String,
    /// The wished device, in the words of a spec.
    pub device: String,
    /// Memory of its device that it declares to need, in GiB; 0 where it declares none.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub memory: f64,
    /// The study that it was added for; empty where there is none.
    #[serde(default)]
    pub study: String,
    /// Why it waits in the queue, where that is something else than its turn: a sentence or more.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub waits_for: String,
    /// The run folder.
    pub folder: String,
    /// What its events say.
    pub digest: Digest,
}

/// What serde asks.
#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde gives a reference")]
fn is_zero(memory: &f64) -> bool {
    *memory == 0.0
}

impl RunSummary {
    /// Its folder, as `scp` would be given it: with its host, where that is another machine.
    pub fn place(&self) -> String {
        match self.id.host {
            HostName::HERE => self.folder.clone(),
            host => format!("{host}:{}", self.folder),
        }
    }

    /// The state's name in lists, where a run that has yet to reach the control point at which it
    /// pauses is told from one that waits there.
    pub const fn word(&self) -> &'static str {
        match &self.state {
            RunState::Paused { .. } if !self.digest.paused => "pausing",
            state => state.word(),
        }
    }
}
