//! Where everything of one run lies.
//!
//! ```text
//! spec.toml            the spec as resolved: the same text gives the same run
//! origin.toml          the spec as it was typed
//! queue.json           what the queue says of the run, to make the queue anew from
//! events.jsonl         the facts, append only
//! history.json         a long log as it is shown, so that it is folded once; made anew where it is missing
//! control.json         what the daemon wishes of the worker
//! worker.lock          held by the worker for its life
//! lease/               one file per claim of a worker on the run; the highest number may write
//! worker.log           what the worker and its libraries print
//! checkpoint/          latest.safetensors, or tasks.safetensors where the run has several tasks
//! snapshots/           one contact sheet per picture, named by iteration
//! result/              synthetic.safetensors, images/CLASS/N.png
//! tasks/NN/            checkpoint, snapshots and result of the memory of a task
//! ```

use std::{
    fs,
    os::unix::fs::MetadataExt,
    path::{Path, PathBuf},
};

/// What systems show for an owner that they have no number for.
const UNKNOWN_USER: u32 = 65_534;

/// The folder of one run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RunFolder(PathBuf);

impl RunFolder {
    /// The run folder at `path`, which need not exist.
    pub fn new(path: impl Into<PathBuf>) -> Self {
        Self(path.into())
    }

    /// The folder itself.
    pub fn path(&self) -> &Path {
        &self.0
    }

    /// Whose folder it is, if it is another user's: what lies there, a spec that names files and a log that is
    /// believed, is theirs, and is neither run nor counted. A user that this system does not know, as file servers
    /// and containers show owners, is nobody else.
    pub fn other_owner(&self) -> Option<u32> {
        let owner = fs::metadata(&self.0).ok()?.uid();
        let own = rustix::process::geteuid().as_raw();
        (owner != own && owner != UNKNOWN_USER).then_some(owner)
    }

    /// The resolved spec.
    pub fn spec(&self) -> PathBuf {
        self.0.join("spec.toml")
    }

    /// The spec as it was typed.
    pub fn origin(&self) -> PathBuf {
        self.0.join("origin.toml")
    }

    /// What the queue says of the run.
    pub fn queue(&self) -> PathBuf {
        self.0.join("queue.json")
    }

    /// The event log.
    pub fn events(&self) -> PathBuf {
        self.0.join("events.jsonl")
    }

    /// The log as it is shown.
    pub fn history(&self) -> PathBuf {
        self.0.join("history.json")
    }

    /// The daemon's wishes.
    pub fn control(&self) -> PathBuf {
        self.0.join("control.json")
    }

    /// The lock that a worker holds.
    pub fn worker_lock(&self) -> PathBuf {
        self.0.join("worker.lock")
    }

    /// The claims of workers on the run.
    pub fn lease(&self) -> PathBuf {
        self.0.join("lease")
    }

    /// What the worker prints.
    pub fn worker_log(&self) -> PathBuf {
        self.0.join("worker.log")
    }

    /// The state to go on from.
    pub fn checkpoint(&self) -> PathBuf {
        self.0.join("checkpoint").join("latest.safetensors")
    }

    /// The state to go on from between two tasks.
    pub fn task_checkpoint(&self) -> PathBuf {
        self.0.join("checkpoint").join("tasks.safetensors")
    }

    /// The folder of the memory of a task, from 0, relative to this one.
    pub fn task_name(task: usize) -> String {
        format!("tasks/{:02}", task + 1)
    }

    /// The folder of the memory of a task, from 0.
    #[must_use]
    pub fn task(&self, task: usize) -> Self {
        Self(self.0.join(Self::task_name(task)))
    }

    /// The picture after `iteration` iterations, relative to the folder.
    pub fn snapshot_name(iteration: u64) -> String {
        format!("snapshots/{iteration:07}.png")
    }

    /// The folder of the result.
    pub fn result(&self) -> PathBuf {
        self.0.join("result")
    }

    /// The synthetic set that the run made.
    pub fn synthetic_set(&self) -> PathBuf {
        self.result().join("synthetic.safetensors")
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::chown;

    use super::*;

    #[test]
    fn a_folder_of_another_user_is_told() {
        let place = tempfile::tempdir().unwrap();
        let folder = RunFolder::new(place.path());
        assert_eq!(folder.other_owner(), None);
        assert_eq!(RunFolder::new(place.path().join("none")).other_owner(), None);
        // Only the administrator can give a folder away.
        if rustix::process::geteuid().is_root() {
            chown(place.path(), Some(4711), None).unwrap();
            assert_eq!(folder.other_owner(), Some(4711));
            chown(place.path(), Some(UNKNOWN_USER), None).unwrap();
            assert_eq!(folder.other_owner(), None);
        }
    }
}
