//! The runs that a client watches: how far it knows the log of each, and what it is to be told next.
//!
//! ```text
//! watch_history ─► being folded ─► history untold ─► behind ◄─► even
//! watch_run ───────────────────────────────────────────┘
//! ```
//!
//! A log is folded beside all else. What is told of its run meanwhile is held until the history is there, so that
//! the end of a run comes after the events that led there; and only the newest of it, which says all.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use crate::{
    queue::{RunId, RunSummary},
    record::{History, Tail},
};

/// What a client watches.
#[derive(Debug, Default)]
pub struct Watches {
    /// Each log read as far as the client knows it.
    tails: BTreeMap<RunId, Tail>,
    /// Histories that are to be sent before any event.
    untold: BTreeMap<RunId, History>,
    /// Runs whose logs have more.
    behind: BTreeSet<RunId>,
    /// Runs whose logs are being folded, for the request of this number.
    folding: BTreeMap<RunId, u64>,
    /// What became of these meanwhile.
    held: BTreeMap<RunId, Arc<RunSummary>>,
}

impl Watches {
    /// The log of a run is being folded for a request, instead of all that was wished of it before.
    pub fn begin_fold(&mut self, run: RunId, request: u64) {
        self.forget(run);
        self.folding.insert(run, request);
    }

    /// It is folded. False where that is not wished any more, or another request has taken its place.
    pub fn end_fold(&mut self, run: RunId, request: u64) -> bool {
        let is_wished = self.folding.get(&run) == Some(&request);
        if is_wished {
            self.folding.remove(&run);
        }
        is_wished
    }

    /// Follows a log from where `tail` is; its history up to there is told first.
    pub fn follow(&mut self, run: RunId, tail: Tail, history: Option<History>) {
        self.forget(run);
        self.untold.extend(history.map(|history| (run, history)));
        self.tails.insert(run, tail);
        self.behind.insert(run);
    }

    /// Watches a run no longer.
    pub fn forget(&mut self, run: RunId) {
        self.tails.remove(&run);
        self.untold.remove(&run);
        self.behind.remove(&run);
        self.folding.remove(&run);
    }

    /// The run is no more.
    pub fn gone(&mut self, run: RunId) {
        self.forget(run);
        self.held.remove(&run);
    }

    /// What became of a run, if it may be told now; else it is held.
    pub fn hold(&mut self, summary: Arc<RunSummary>) -> Option<Arc<RunSummary>> {
        // It is newer than what is held.
        self.held.remove(&summary.id);
        if self.folding.contains_key(&summary.id) {
            self.held.insert(summary.id, summary);
            return None;
        }
        Some(summary)
    }

    /// What was held and may be told now.
    pub fn released(&mut self) -> Option<Arc<RunSummary>> {
        let run = *self.held.keys().find(|run| !self.folding.contains_key(*run))?;
        self.held.remove(&run)
    }

    /// All runs are told anew, or changes were missed: nothing that is held is new any more, and any log may have
    /// more.
    pub fn show_anew(&mut self) {
        self.held.clear();
        self.behind.extend(self.tails.keys());
    }

    /// There is more in the log of a run.
    pub fn has_more(&mut self, run: RunId) {
        if self.tails.contains_key(&run) {
            self.behind.insert(run);
        }
    }

    /// A run of which there is more to tell.
    pub fn first_behind(&self) -> Option<RunId> {
        self.behind.first().copied()
    }

    /// Whether there is more to tell of a run.
    pub fn is_behind(&self, run: RunId) -> bool {
        self.behind.contains(&run)
    }

    /// The history of a run that is to be told now.
    pub fn untold(&mut self, run: RunId) -> Option<History> {
        self.untold.remove(&run)
    }

    /// The log of a run, to read on in it; the run is even until it is [put back](Self::put_back).
    pub fn take(&mut self, run: RunId) -> Option<Tail> {
        self.behind.remove(&run);
        self.tails.remove(&run)
    }

    /// The log again, and whether there may be more in it.
    pub fn put_back(&mut self, run: RunId, tail: Tail, more: bool) {
        self.tails.insert(run, tail);
        if more {
            self.behind.insert(run);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::Digest;

    const RUN: RunId = RunId::new(1);

    fn summary(place: i64) -> Arc<RunSummary> {
        let summary = serde_json::json!({
            "id": 1, "title": "", "place": place,
            "state": {"state": "cancelled", "at": "1970-01-01T00:00:00Z"},
            "added": "1970-01-01T00:00:00Z", "method": "dsa", "set": "mnist-5k", "ipc": 1, "seed": 0,
            "device": "cpu", "folder": "", "digest": Digest::default(),
        });
        Arc::new(serde_json::from_value(summary).unwrap())
    }

    fn follow(watches: &mut Watches) {
        let tail = Tail::new("events.jsonl", 0);
        watches.follow(RUN, tail, Some(History::default()));
    }

    #[test]
    fn what_becomes_of_a_run_is_told_after_its_history() {
        let mut watches = Watches::default();
        watches.begin_fold(RUN, 7);
        assert_eq!(watches.hold(summary(1)), None);
        assert_eq!((watches.hold(summary(2)), watches.released()), (None, None));
        assert!(watches.end_fold(RUN, 7));
        follow(&mut watches);
        assert_eq!(watches.released().map(|held| held.place), Some(2));
        // Whoever tells it tells first what the run is behind with.
        assert!(watches.is_behind(RUN) && watches.untold(RUN).is_some());
        assert_eq!(watches.released(), None);
        assert_eq!(watches.hold(summary(3)).map(|told| told.place), Some(3));
    }

    #[test]
    fn a_history_that_is_not_wished_any_more_is_none() {
        let mut watches = Watches::default();
        watches.begin_fold(RUN, 7);
        watches.begin_fold(RUN, 8);
        assert!(!watches.end_fold(RUN, 7) && watches.end_fold(RUN, 8));
        watches.begin_fold(RUN, 9);
        watches.hold(summary(1));
        watches.forget(RUN);
        assert!(!watches.end_fold(RUN, 9));
        assert!(watches.released().is_some(), "the queue is watched all the same");
        watches.begin_fold(RUN, 10);
        watches.hold(summary(2));
        watches.gone(RUN);
        assert_eq!(watches.released(), None);
    }

    #[test]
    fn a_list_of_all_runs_is_newer_than_what_was_held() {
        let mut watches = Watches::default();
        watches.begin_fold(RUN, 7);
        watches.hold(summary(1));
        watches.show_anew();
        watches.forget(RUN);
        assert_eq!(watches.released(), None);
    }

    #[test]
    fn a_log_is_read_until_there_is_no_more_of_it() {
        let mut watches = Watches::default();
        watches.has_more(RUN);
        assert_eq!(watches.first_behind(), None);
        follow(&mut watches);
        let tail = watches.take(RUN).unwrap();
        watches.put_back(RUN, tail, true);
        assert_eq!(watches.first_behind(), Some(RUN));
        let tail = watches.take(RUN).unwrap();
        watches.put_back(RUN, tail, false);
        assert_eq!(watches.first_behind(), None);
        watches.has_more(RUN);
        assert!(watches.is_behind(RUN));
    }
}
