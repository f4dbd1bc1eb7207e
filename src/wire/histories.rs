//! The histories of runs that clients have opened, so that a log is folded once.
//!
//! A long log takes a second or two to read. What it was folded to is kept, in memory for the runs that were
//! opened last, and in the run folder for long logs, where the next daemon finds it; either way only what was
//! appended since is read.

use std::{
    collections::VecDeque,
    fs,
    path::Path,
    sync::{Arc, Mutex, PoisonError},
};

use serde::{Deserialize, Serialize};

use crate::{
    queue::RunId,
    record::{History, RunFolder, Tail, atomic, event_log::Mark},
};

/// Histories kept in memory.
const KEPT: usize = 16;
/// From this many events on a history is written into the run folder.
const LONG: u64 = 20_000;

/// A history and how far the log was read for it.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct Folded {
    history: History,
    mark: Mark,
}

/// What is kept of one run. A reader locks it while it reads.
type Slot = Arc<Mutex<Option<Folded>>>;

/// All that are kept, the one opened last at the end.
#[derive(Debug, Default)]
pub struct Histories(Mutex<VecDeque<(RunId, Slot)>>);

impl Histories {
    /// The history of a run by its log as it stands, and how far that was read. Takes as long as reading what is
    /// new in the log.
    pub fn of(&self, run: RunId, folder: &RunFolder) -> (History, Mark) {
        let slot = self.slot(run);
        let mut folded = slot.lock().unwrap_or_else(PoisonError::into_inner);
        let known = folded.take().or_else(|| read(&folder.history()));
        let now = fold(known, folder);
        let found = (now.history.clone(), now.mark);
        *folded = Some(now);
        found
    }

    fn slot(&self, run: RunId) -> Slot {
        let mut slots = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let found = slots.iter().position(|slot| slot.0 == run).and_then(|at| slots.remove(at));
        let slot = found.map_or_else(Slot::default, |slot| slot.1);
        slots.push_back((run, Arc::clone(&slot)));
        if slots.len() > KEPT {
            slots.pop_front();
        }
        slot
    }

    /// Forgets a run.
    pub fn forget(&self, run: RunId) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).retain(|slot| slot.0 != run);
    }
}

/// Adds what the log has beyond `known`.
fn fold(known: Option<Folded>, folder: &RunFolder) -> Folded {
    let (mut history, mark) =
        known.map_or_else(Default::default, |known| (known.history, known.mark));
    let mut tail = Tail::at(folder.events(), mark);
    let before = history.seq();
    loop {
        match tail.more() {
            Ok(events) if events.is_empty() => break,
            Ok(events) => events.iter().for_each(|event| {
                history.take(event);
            }),
            Err(error) => {
                tracing::warn!("{error}");
                break;
            }
        }
    }
    let folded = Folded { history, mark: tail.mark() };
    if folded.history.seq() >= before + LONG {
        write(&folder.history(), &folded);
    }
    folded
}

/// What an earlier daemon left; nothing where it left nothing that this one understands.
fn read(path: &Path) -> Option<Folded> {
    serde_json::from_slice(&fs::read(path).ok()?).ok()
}

fn write(path: &Path, folded: &Folded) {
    let written = serde_json::to_vec(folded).map(|bytes| atomic::write(path, &bytes));
    if let Ok(Err(error)) = written {
        // It only saves time.
        tracing::warn!("{error}");
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::{EventLog, event::Fact};

    fn write_notes(folder: &RunFolder, count: usize) {
        let mut log = EventLog::open(&folder.events()).unwrap();
        for _ in 0..count {
            log.append(Fact::Checkpoint { iteration: 3 }).unwrap();
        }
    }

    #[test]
    fn what_is_appended_is_all_that_is_read_again() {
        let place = tempfile::tempdir().unwrap();
        let folder = RunFolder::new(place.path().to_owned());
        let histories = Histories::default();
        write_notes(&folder, 5);
        assert_eq!(histories.of(RunId::new(1), &folder).0.seq(), 5);
        // The beginning is damaged: whoever reads it again finds fewer events.
        let mut bytes = fs::read(folder.events()).unwrap();
        bytes[..20].fill(b'x');
        fs::write(folder.events(), &bytes).unwrap();
        write_notes(&folder, 2);
        let (history, _) = histories.of(RunId::new(1), &folder);
        assert_eq!((history.seq(), history.told.len()), (7, 7));
        histories.forget(RunId::new(1));
        assert_eq!(histories.of(RunId::new(1), &folder).0.told.len(), 6);
    }

    #[test]
    fn a_long_log_is_folded_once_and_for_all_daemons() {
        let place = tempfile::tempdir().unwrap();
        let folder = RunFolder::new(place.path().to_owned());
        write_notes(&folder, LONG as usize + 1);
        let first = Histories::default().of(RunId::new(1), &folder);
        assert!(folder.history().exists());
        let length = fs::metadata(folder.events()).unwrap().len();
        // Nothing but its length is left of the log.
        fs::write(folder.events(), vec![b' '; length as usize]).unwrap();
        assert_eq!(Histories::default().of(RunId::new(1), &folder), first);
        fs::write(folder.history(), b"{").unwrap();
        assert_eq!(Histories::default().of(RunId::new(1), &folder).0.seq(), 0);
    }
}
