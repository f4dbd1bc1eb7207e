//! Runs made anew from their folders: after the database was lost or damaged, or for a folder that was
//! put there by hand.

use std::{
    collections::BTreeSet,
    fs::{self, DirEntry},
    path::Path,
};

use jiff::Timestamp;

use super::{
    admission::number_of,
    entry::{Entry, Kept},
    run::{RunId, RunState},
};
use crate::{
    record::{RunFolder, Tail, event::Outcome},
    spec::{
        Spec,
        parse::{Typed, parse},
    },
};

/// The runs in the folder `runs` that are not among `known`, by number.
pub fn find(runs: &Path, known: &BTreeSet<RunId>) -> Vec<Entry> {
    let Ok(folders) = fs::read_dir(runs) else { return Vec::new() };
    let mut found: Vec<Entry> = Vec::new();
    let mut folders: Vec<_> = folders.filter_map(Result::ok).collect();
    folders.sort_by_key(DirEntry::file_name);
    for folder in folders {
        match read(&folder, known) {
            Ok(Some(entry)) if found.iter().any(|other| other.id() == entry.id()) => {
                tracing::warn!("{} has another run's number", folder.path().display());
            }
            Ok(Some(entry)) => found.push(entry),
            Ok(None) => {}
            Err(reason) => tracing::warn!("{} is no run: {reason}", folder.path().display()),
        }
    }
    found
}

fn read(folder: &DirEntry, known: &BTreeSet<RunId>) -> Result<Option<Entry>, String> {
    let Some(id) = folder.file_name().to_str().and_then(number_of) else { return Ok(None) };
    if known.contains(&id) {
        return Ok(None);
    }
    let files = RunFolder::new(folder.path());
    if matches!(files.spec().try_exists(), Ok(false)) {
        // Half made, by a daemon that was killed: nobody was told of it.
        return Ok(None);
    }
    if let Some(owner) = files.other_owner() {
        return Err(format!("it belongs to user {owner}"));
    }
    let spec = spec(&files)?;
    let kept = fs::read(files.queue())
        .ok()
        .and_then(|bytes| serde_json::from_slice::<Kept>(&bytes).ok())
        .filter(|kept| kept.id == id);
    let certain = kept.is_some();
    let now = Timestamp::now();
    let kept = kept.unwrap_or_else(|| {
        let added = made(folder).unwrap_or(now);
        Kept::new(id, id.number as i64, added, RunState::Stopped { at: now })
    });
    let mut entry = Entry::new(kept, &spec, files.path());
    let events = Tail::new(files.events(), 0).rest().map_err(|error| error.to_string())?;
    for event in &events {
        entry.apply(event);
    }
    if let (false, Some(last)) = (certain, events.last()) {
        entry.summary.state = told_by_the_log(&entry, last.at);
    }
    Ok(Some(entry))
}

/// The spec of a run, from its folder.
pub fn spec(files: &RunFolder) -> Result<Spec, String> {
    let text = fs::read_to_string(files.spec()).map_err(|error| error.to_string())?;
    let source = files.spec().display().to_string();
    parse(&Typed { source: &source, text: &text, set: &[] })
        .map_err(|faults| faults.iter().map(ToString::to_string).collect::<Vec<_>>().join("; "))
}

fn made(folder: &DirEntry) -> Option<Timestamp> {
    Timestamp::try_from(folder.metadata().ok()?.modified().ok()?).ok()
}

fn told_by_the_log(entry: &Entry, at: Timestamp) -> RunState {
    match entry.outcome() {
        Some(Outcome::Finished) => RunState::Finished { at },
        Some(Outcome::Failed { reason, advice }) => RunState::Failed { at, reason, advice },
        Some(Outcome::Stopped) => RunState::Stopped { at },
        None => RunState::Interrupted { at, reason: "the worker disappeared".to_owned() },
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        queue::admission::make_folder,
        record::{EventLog, Fact, event::Ended},
        spec::{Method, defaults},
    };

    fn make(runs: &Path, id: u64, state: RunState) -> Entry {
        let spec = defaults::published(Method::Dsa, "mnist-5k", 1);
        let kept = Kept {
            snapshots: 3,
            study: "table-1".to_owned(),
            ..Kept::new(RunId::new(id), 10 - id as i64, Timestamp::UNIX_EPOCH, state)
        };
        let entry = Entry::new(kept, &spec, &runs.join(format!("{id:04}-dsa")));
        make_folder(&entry, &spec, "").unwrap();
        entry
    }

    #[test]
    fn runs_come_back_as_their_folders_keep_them() {
        let runs = tempfile::tempdir().unwrap();
        let at = Timestamp::UNIX_EPOCH;
        let first = make(runs.path(), 1, RunState::Cancelled { at });
        let second = make(runs.path(), 2, RunState::Queued { since: at });
        fs::create_dir(runs.path().join("0009-half-made")).unwrap();
        fs::write(runs.path().join("notes.txt"), "").unwrap();
        assert_eq!(find(runs.path(), &BTreeSet::new()), [first, second.clone()]);
        assert_eq!(find(runs.path(), &BTreeSet::from([RunId::new(1)])), [second]);
    }

    #[test]
    fn without_the_queues_word_the_log_says_where_a_run_stands() {
        let runs = tempfile::tempdir().unwrap();
        let at = Timestamp::UNIX_EPOCH;
        let outcomes = [None, Some(Outcome::Finished), Some(Outcome::Stopped)];
        for (outcome, id) in outcomes.into_iter().zip(1..) {
            let entry = make(runs.path(), id, RunState::Queued { since: at });
            let mut log = EventLog::open(&entry.folder().events()).unwrap();
            log.append(Fact::Checkpoint { iteration: 1 }).unwrap();
            if let Some(outcome) = outcome {
                log.append(Fact::Ended(Ended { outcome, iteration: 1, used_secs: 1.0 })).unwrap();
            }
            fs::remove_file(entry.folder().queue()).unwrap();
        }
        let untouched = make(runs.path(), 4, RunState::Queued { since: at });
        fs::remove_file(untouched.folder().queue()).unwrap();
        let found = find(runs.path(), &BTreeSet::new());
        let words: Vec<_> = found.iter().map(|entry| entry.summary.state.word()).collect();
        assert_eq!(words, ["interrupted", "finished", "stopped", "stopped"]);
        assert_eq!(found[1].summary.digest.checkpoint, Some(1));
    }
}
