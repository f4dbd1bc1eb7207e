//! A run in the queue's own book: what lists show, and what only the queue needs to know.

use std::path::{Path, PathBuf};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::run::{RunId, RunState, RunSummary};
use crate::{
    record::{
        Digest, Event, Fact, RunFolder,
        atomic::{self, WriteError},
        event::Outcome,
    },
    spec::Spec,
};

/// One run.
#[derive(Debug, Clone, PartialEq)]
pub struct Entry {
    /// What lists show.
    pub summary: RunSummary,
    /// The last event that was in the log when the present worker was started; 0 when it was empty.
    pub launched_after: u64,
    /// How many pictures have been asked for.
    pub snapshots: u64,
    /// The number of the last `Ended` event.
    ended: u64,
    /// The last that a worker said of its coming or going, and the number of that event.
    word: (u64, Word),
}

/// What a worker says of its coming or going.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Word {
    /// Nothing yet.
    #[default]
    None,
    /// It has come.
    Started {
        /// Its process.
        pid: u32,
        /// Its device, in the words of a spec.
        device: String,
    },
    /// It has left for another one to go on, for this reason.
    Yielded(String),
    /// It has left.
    Ended,
}

/// What a run folder keeps of the queue, so that the queue can be made anew from the folders.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Kept {
    /// The run's number.
    pub id: RunId,
    /// Its place in the queue.
    pub place: i64,
    /// When it was added.
    pub added: Timestamp,
    /// Where it stands.
    #[serde(flatten)]
    pub state: RunState,
    /// See [`Entry::launched_after`].
    #[serde(default)]
    pub launched_after: u64,
    /// See [`Entry::snapshots`].
    #[serde(default)]
    pub snapshots: u64,
    /// The study that it was added for; empty where there is none.
    #[serde(default)]
    pub study: String,
}

impl Kept {
    /// For a run that no worker has been at yet.
    pub const fn new(id: RunId, place: i64, added: Timestamp, state: RunState) -> Self {
        Self { id, place, added, state, launched_after: 0, snapshots: 0, study: String::new() }
    }
}

impl Entry {
    /// The entry for a run of `spec` in `folder`.
    pub fn new(kept: Kept, spec: &Spec, folder: &Path) -> Self {
        let summary = RunSummary {
            id: kept.id,
            title: spec.title(),
            state: kept.state,
            place: kept.place,
            added: kept.added,
            method: spec.method.to_string(),
            set: spec.continual.title(&spec.data.set),
            ipc: spec.ipc as u64,
            seed: spec.seed,
            network: spec.network.to_string(),
            device: spec.device.to_string(),
            memory: spec.memory,
            study: kept.study,
            waits_for: String::new(),
            folder: folder.display().to_string(),
            digest: Digest::default(),
        };
        Self::of(summary, kept.launched_after, kept.snapshots)
    }

    /// The entry with these parts.
    pub const fn of(summary: RunSummary, launched_after: u64, snapshots: u64) -> Self {
        Self { summary, launched_after, snapshots, ended: 0, word: (0, Word::None) }
    }

    /// The run's number.
    pub const fn id(&self) -> RunId {
        self.summary.id
    }

    /// The run folder.
    pub fn folder(&self) -> RunFolder {
        RunFolder::new(PathBuf::from(&self.summary.folder))
    }

    /// Takes in what the log says.
    pub fn apply(&mut self, event: &Event) {
        let word = match &event.fact {
            Fact::Started(started) => {
                Some(Word::Started { pid: started.pid, device: started.device.clone() })
            }
            Fact::Yielded { reason, .. } => Some(Word::Yielded(reason.clone())),
            Fact::Ended(_) => {
                self.ended = event.seq;
                Some(Word::Ended)
            }
            _ => None,
        };
        if let Some(word) = word {
            self.word = (event.seq, word);
        }
        self.summary.digest.apply(event);
    }

    /// Forgets what the log says, before it is read again from its beginning.
    pub fn forget_log(&mut self) {
        self.summary.digest = Digest::default();
        self.ended = 0;
        self.word = (0, Word::None);
    }

    /// How the present worker says that it left, if it does: what an earlier one said does not count.
    pub fn outcome(&self) -> Option<Outcome> {
        let own = self.ended > self.launched_after;
        self.summary.digest.outcome.clone().filter(|_| own)
    }

    /// What the present worker last said of its coming or going.
    pub fn word(&self) -> &Word {
        if self.word.0 > self.launched_after { &self.word.1 } else { &Word::None }
    }

    /// Writes what the run folder keeps of the queue.
    pub fn keep(&self) -> Result<(), WriteError> {
        let kept = Kept {
            id: self.id(),
            place: self.summary.place,
            added: self.summary.added,
            state: self.summary.state.clone(),
            launched_after: self.launched_after,
            snapshots: self.snapshots,
            study: self.summary.study.clone(),
        };
        let path = self.folder().queue();
        let text = serde_json::to_vec(&kept)
            .map_err(|error| WriteError { path: path.clone(), source: error.into() })?;
        atomic::write(&path, &text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        record::event::{Ended, VERSION},
        spec::{Method, defaults},
    };

    fn event(seq: u64, fact: Fact) -> Event {
        Event { v: VERSION, seq, at: Timestamp::UNIX_EPOCH, fact }
    }

    #[test]
    fn what_an_earlier_worker_said_is_not_the_present_ones_outcome() {
        let spec = defaults::published(Method::Dsa, "mnist-5k", 1);
        let at = Timestamp::UNIX_EPOCH;
        let kept = Kept::new(RunId::new(1), 1, at, RunState::Queued { since: at });
        let mut entry = Entry::new(kept, &spec, Path::new("/runs/0001"));
        let ended = Ended { outcome: Outcome::Stopped, iteration: 4, used_secs: 1.0 };
        entry.apply(&event(1, Fact::Ended(ended.clone())));
        assert_eq!(entry.outcome(), Some(Outcome::Stopped));
        entry.launched_after = 1;
        assert_eq!(entry.outcome(), None);
        entry.apply(&event(2, Fact::Ended(ended)));
        assert_eq!(entry.outcome(), Some(Outcome::Stopped));
    }

    #[test]
    fn declared_memory_is_told_and_who_does_not_know_of_it_declares_none() {
        let at = Timestamp::UNIX_EPOCH;
        let kept = Kept::new(RunId::new(1), 1, at, RunState::Queued { since: at });
        let told = |memory: f64| {
            let spec = Spec { memory, ..defaults::published(Method::Dsa, "mnist-5k", 1) };
            let entry = Entry::new(kept.clone(), &spec, Path::new("/runs/0001"));
            serde_json::to_value(entry.summary).unwrap()
        };
        assert_eq!(told(12.5)["memory"], 12.5);
        assert!(told(0.0).get("memory").is_none());
        let read: RunSummary = serde_json::from_value(told(0.0)).unwrap();
        assert!(read.memory.abs() < f64::EPSILON);
    }

    #[test]
    fn what_a_folder_keeps_reads_back() {
        let text = r#"{"id":4,"place":-1,"added":"2026-01-02T03:04:05Z","state":"queued","since":"2026-01-02T03:04:05Z"}"#;
        let kept: Kept = serde_json::from_str(text).unwrap();
        assert_eq!((kept.id, kept.place, kept.state.word()), (RunId::new(4), -1, "queued"));
        assert_eq!(kept.study, "", "a folder of before there were studies");
        let kept = Kept { study: "table-1".to_owned(), ..kept };
        let again: Kept = serde_json::from_str(&serde_json::to_string(&kept).unwrap()).unwrap();
        assert_eq!(again, kept);
    }
}
