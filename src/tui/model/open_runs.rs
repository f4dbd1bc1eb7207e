//! The runs of which more is known than lists show: those on the screen, and some that were there before, so that
//! coming back to one shows it at once.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;

use super::run::RunModel;
use crate::queue::{HostName, RunId};

/// Runs kept that the screen does not show.
const KEPT: usize = 8;

/// Them, and which of them the daemon tells of.
#[derive(Debug, Default)]
pub struct OpenRuns {
    /// How much the curves of a run are smoothed at first.
    smoothing: f64,
    runs: BTreeMap<RunId, RunModel>,
    watched: BTreeSet<RunId>,
    /// Runs that are not shown any more, the one that left last at the end.
    left: Vec<RunId>,
}

/// What has to be asked so that the daemon tells of the shown runs and of no others.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Change {
    /// Runs whose news are wanted from now on, with the last event that is known of each.
    pub watch: Vec<(RunId, u64)>,
    /// Runs whose news are not.
    pub unwatch: Vec<RunId>,
}

impl OpenRuns {
    /// How much the curves of a run are smoothed at first.
    pub const fn smoothing(&self) -> f64 {
        self.smoothing
    }

    /// Smooths curves so much: those of the runs that are here, and those of all that come.
    pub fn smooth(&mut self, weight: f64) {
        self.smoothing = weight;
        self.runs.values_mut().for_each(|run| run.view.smooth = weight);
    }

    /// What is known of a run.
    pub fn get(&self, run: RunId) -> Option<&RunModel> {
        self.runs.get(&run)
    }

    /// The same, to be changed.
    pub fn get_mut(&mut self, run: RunId) -> Option<&mut RunModel> {
        self.runs.get_mut(&run)
    }

    /// What is known of a run, from now on at least that it is open.
    pub fn open(&mut self, run: RunId, now: Timestamp) -> &mut RunModel {
        let smoothing = self.smoothing;
        self.runs.entry(run).or_insert_with(|| {
            let mut run = RunModel::new(run, now);
            run.view.smooth = smoothing;
            run
        })
    }

    /// All of them.
    pub fn all_mut(&mut self) -> impl Iterator<Item = &mut RunModel> {
        self.runs.values_mut()
    }

    /// Forgets a run, and that it was watched.
    pub fn forget(&mut self, run: RunId) {
        self.runs.remove(&run);
        self.watched.remove(&run);
        self.left.retain(|left| *left != run);
    }

    /// A new connection to a host: its daemon tells of nothing yet.
    pub fn unwatch_all(&mut self, host: HostName) {
        self.watched.retain(|run| run.host != host);
    }

    /// Makes these the shown runs. Says what to ask for that.
    pub fn show(&mut self, shown: &[RunId], now: Timestamp) -> Change {
        let wanted: BTreeSet<RunId> = shown.iter().copied().collect();
        let unwatch: Vec<RunId> = self.watched.difference(&wanted).copied().collect();
        let new: Vec<RunId> = wanted.difference(&self.watched).copied().collect();
        let watch = new.into_iter().map(|run| (run, self.open(run, now).seq())).collect();
        self.left.retain(|run| !wanted.contains(run));
        self.left.extend(&unwatch);
        if self.left.len() > KEPT {
            for run in self.left.drain(..self.left.len() - KEPT) {
                self.runs.remove(&run);
            }
        }
        self.watched = wanted;
        Change { watch, unwatch }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn show(runs: &mut OpenRuns, shown: &[u64]) -> Change {
        let shown: Vec<RunId> = shown.iter().copied().map(RunId::new).collect();
        runs.show(&shown, Timestamp::UNIX_EPOCH)
    }

    #[test]
    fn only_differences_are_asked_for() {
        let mut runs = OpenRuns::default();
        let first = show(&mut runs, &[1, 2]);
        assert_eq!(first.watch, [(RunId::new(1), 0), (RunId::new(2), 0)]);
        assert_eq!(show(&mut runs, &[2, 1]), Change::default());
        let next = show(&mut runs, &[2, 3]);
        assert_eq!((next.watch, next.unwatch), (vec![(RunId::new(3), 0)], vec![RunId::new(1)]));
        runs.unwatch_all(HostName::HERE);
        assert_eq!(show(&mut runs, &[2, 3]).watch.len(), 2);
    }

    #[test]
    fn some_that_were_shown_are_kept_and_no_more() {
        let mut runs = OpenRuns::default();
        for run in 1..=20 {
            show(&mut runs, &[run]);
        }
        let kept: Vec<u64> = (1..=20).filter(|run| runs.get(RunId::new(*run)).is_some()).collect();
        assert_eq!(kept, (12..=20).collect::<Vec<_>>());
        runs.forget(RunId::new(20));
        assert_eq!(show(&mut runs, &[20]).watch, [(RunId::new(20), 0)]);
    }
}
