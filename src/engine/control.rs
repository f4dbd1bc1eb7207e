//! The points at which a run listens: pause, go on, stop, take a picture.
//!
//! The daemon writes wishes into a file of the run folder, where a daemon that starts later, or another
//! machine, can write them as well; a termination signal means stop. A worker looks between two steps.

use std::{
    fs,
    path::{Path, PathBuf},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    thread,
    time::Duration,
};

use serde::{Deserialize, Serialize};

/// What is wished of a worker.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Wish {
    /// Go on.
    #[default]
    Run,
    /// Wait.
    Pause,
    /// Write a checkpoint and leave.
    Stop,
}

/// The contents of the control file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Wishes {
    /// What the worker shall do.
    #[serde(default)]
    pub wish: Wish,
    /// How many pictures have been asked for since the run was added.
    #[serde(default)]
    pub snapshots: u64,
}

/// A worker's ear.
#[derive(Debug)]
pub struct Control {
    path: PathBuf,
    terminated: Arc<AtomicBool>,
    snapshots_seen: u64,
}

impl Control {
    /// How often a waiting worker looks again.
    const PAUSE: Duration = Duration::from_millis(100);

    /// Listens to the file at `path`, and to `terminated`, which a signal sets. Pictures asked for
    /// before are not taken again.
    pub fn new(path: PathBuf, terminated: Arc<AtomicBool>) -> Self {
        let snapshots_seen = read(&path).snapshots;
        Self { path, terminated, snapshots_seen }
    }

    /// What is wished now.
    pub fn wish(&self) -> Wish {
        if self.terminated.load(Ordering::Relaxed) { Wish::Stop } else { read(&self.path).wish }
    }

    /// Whether the file at `path` asks for a stop: a signal may mean something else.
    pub fn is_stop_wished(path: &Path) -> bool {
        read(path).wish == Wish::Stop
    }

    /// Waits while a pause is wished; returns the wish that ended it.
    pub fn wait(&self) -> Wish {
        loop {
            match self.wish() {
                Wish::Pause => thread::sleep(Self::PAUSE),
                wish => return wish,
            }
        }
    }

    /// True once for every time that a picture was asked for since the last call, however often.
    pub fn snapshot_wished(&mut self) -> bool {
        let asked = read(&self.path).snapshots;
        std::mem::replace(&mut self.snapshots_seen, asked) < asked
    }
}

/// An absent or unreadable file wishes nothing: it is written whole, so it is only absent.
fn read(path: &Path) -> Wishes {
    fs::read(path).ok().and_then(|bytes| serde_json::from_slice(&bytes).ok()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wishes_are_read_from_the_file_and_a_signal_wins() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("control.json");
        let terminated = Arc::new(AtomicBool::new(false));
        let mut control = Control::new(path.clone(), terminated.clone());
        assert_eq!(control.wish(), Wish::Run);
        fs::write(&path, r#"{"wish":"pause","snapshots":2}"#).unwrap();
        assert_eq!(control.wish(), Wish::Pause);
        assert!(control.snapshot_wished());
        assert!(!control.snapshot_wished());
        terminated.store(true, Ordering::Relaxed);
        assert_eq!(control.wait(), Wish::Stop);
    }

    #[test]
    fn pictures_asked_of_an_earlier_worker_are_not_taken_again() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("control.json");
        fs::write(&path, r#"{"snapshots":2}"#).unwrap();
        assert!(!Control::new(path, Arc::default()).snapshot_wished());
    }
}
