//! The run's log while it is being written: facts at once, progress at most about once a second.

use std::time::{Duration, Instant};

use burn::tensor::Device;

use crate::record::{
    event::{Fact, Phase, Progress},
    event_log::{EventLog, EventLogError},
};

use super::{
    estimate::{self, Ahead, Pace},
    lease::Lease,
    memory,
};

/// How often progress is written.
const PROGRESS_EVERY: Duration = Duration::from_secs(1);

/// A part of a run: how its facts look from the whole.
#[derive(Debug, Clone, PartialEq)]
pub struct Part {
    /// Iterations of the run before it.
    pub offset: u64,
    /// Its folder, relative to the run folder.
    pub folder: String,
    /// The share of the run's work that is done when it begins, and when it ends, 0 to 1.
    pub shares: [f64; 2],
}

/// Where a run's facts go.
#[derive(Debug)]
pub struct Journal {
    log: EventLog,
    /// Seconds per unit of work, as measured in this run.
    pub pace: Pace,
    /// The device whose memory is told of, once it is known.
    pub device: Option<Device>,
    /// The right to write the run's files, where it is not certain that nobody else does.
    pub lease: Option<Lease>,
    started: Instant,
    used_before: f64,
    last_progress: Option<LastProgress>,
    part: Option<Part>,
    /// The largest share of a run in parts that was told.
    share: f64,
    has_gained: bool,
}

/// The progress written last.
#[derive(Debug)]
struct LastProgress {
    at: Instant,
    phase: Phase,
    /// It told of the last unit of the phase.
    is_last: bool,
}

impl LastProgress {
    /// Whether there is nothing to add to it yet: the end of a phase is told at once, and once.
    fn says(&self, phase: Phase, is_last: bool) -> bool {
        let recent = self.at.elapsed() < PROGRESS_EVERY;
        self.phase == phase && recent && (self.is_last || !is_last)
    }
}

impl Journal {
    /// Goes on writing `log`, for a run that earlier workers have spent `used_before` seconds on.
    pub fn new(log: EventLog, used_before: f64) -> Self {
        Self {
            log,
            pace: Pace::default(),
            device: None,
            lease: None,
            started: Instant::now(),
            used_before,
            last_progress: None,
            part: None,
            share: 0.0,
            has_gained: false,
        }
    }

    /// Something was done that a worker after this one need not do again.
    pub const fn gain(&mut self) {
        self.has_gained = true;
    }

    /// Whether anything was.
    pub const fn has_gained(&self) -> bool {
        self.has_gained
    }

    /// Wall time of the run so far, over all its workers.
    pub fn used_secs(&self) -> f64 {
        self.used_before + self.started.elapsed().as_secs_f64()
    }

    /// Adds what a checkpoint says that earlier workers have used. One that says less, such as the beginning of a
    /// part, takes nothing back.
    pub fn went_on_from(&mut self, used_secs: f64) {
        self.used_before = self.used_before.max(used_secs);
    }

    /// Leaves out the time that the run was made to wait.
    pub fn waited(&mut self, time: Duration) {
        self.started += time;
    }

    /// Goes on with a part of the run.
    pub fn enter(&mut self, part: Part) {
        self.part = Some(part);
        self.last_progress = None;
    }

    /// Fails once another worker has taken the run over. Asked before anything is written into its folder.
    pub fn guard(&self) -> Result<(), EventLogError> {
        match &self.lease {
            Some(lease) if !lease.is_held() => Err(EventLogError::Overtaken),
            _ => Ok(()),
        }
    }

    /// Writes a fact.
    pub fn fact(&mut self, fact: Fact) -> Result<(), EventLogError> {
        let fact = match &self.part {
            Some(Part { offset, folder, .. }) => fact.within(*offset, folder),
            None => fact,
        };
        self.guard()?;
        self.has_gained |= matches!(fact, Fact::Evaluation(_) | Fact::SetTaken { .. });
        self.log.append(fact).map(drop)
    }

    /// Writes how far the run is, if that was not just done.
    pub fn progress(
        &mut self,
        phase: Phase,
        done: u64,
        of: u64,
        ahead: &Ahead,
    ) -> Result<(), EventLogError> {
        let is_last = done >= of;
        if self.last_progress.as_ref().is_some_and(|last| last.says(phase, is_last)) {
            return Ok(());
        }
        self.last_progress = Some(LastProgress { at: Instant::now(), phase, is_last });
        let used_secs = self.used_secs();
        let (share, left_secs) = match &self.part {
            None => {
                let left_secs = self.pace.secs_for(ahead);
                (estimate::share(used_secs, left_secs, 0.0), left_secs)
            }
            // Parts do different work, so their shares are estimates and time follows from them.
            Some(Part { shares: [from, to], .. }) => {
                let within = done.min(of) as f64 / of.max(1) as f64;
                let share = self.share.max(from + (to - from) * within);
                self.share = share;
                (share, (share > 0.0).then(|| used_secs * (1.0 - share) / share))
            }
        };
        let memory_bytes = self.device.as_ref().and_then(memory::held_bytes);
        let progress = Progress { phase, done, of, share, used_secs, left_secs, memory_bytes };
        self.fact(Fact::Progress(progress))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        engine::lease::Pace,
        record::{RunFolder, event_log::Tail},
    };

    /// A grid of networks ends its evaluations, each of which tests batch by batch, many times a second.
    #[test]
    fn the_end_of_a_phase_is_told_at_once_and_once() {
        let last = |is_last| LastProgress { at: Instant::now(), phase: Phase::Evaluating, is_last };
        assert!(last(false).says(Phase::Evaluating, false));
        assert!(!last(false).says(Phase::Evaluating, true));
        assert!(last(true).says(Phase::Evaluating, true));
        assert!(last(true).says(Phase::Evaluating, false));
        assert!(!last(true).says(Phase::Baseline, true));
    }

    #[test]
    fn nothing_is_written_once_another_worker_has_taken_the_run_over() {
        let place = tempfile::tempdir().unwrap();
        let folder = RunFolder::new(place.path());
        let mut journal = Journal::new(EventLog::open(&folder.events()).unwrap(), 0.0);
        journal.lease = Some(Lease::take(&folder, "5", Pace::default()).unwrap());
        journal.fact(Fact::Checkpoint { iteration: 1 }).unwrap();
        std::fs::write(folder.lease().join("2"), "").unwrap();
        let overtaken = journal.fact(Fact::Checkpoint { iteration: 2 });
        assert!(matches!(overtaken, Err(EventLogError::Overtaken)));
        let progress = journal.progress(Phase::Condensing, 1, 5, &Ahead::default());
        assert!(matches!(progress, Err(EventLogError::Overtaken)));
        assert_eq!(Tail::new(folder.events(), 0).rest().unwrap().len(), 1);
    }

    #[test]
    fn a_part_counts_on_from_those_before_and_its_share_never_falls() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("events.jsonl");
        let mut journal = Journal::new(EventLog::open(&path).unwrap(), 10.0);
        let part = |offset, shares| Part { offset, folder: "tasks/01".to_owned(), shares };
        let none = Ahead::default();
        journal.enter(part(0, [0.0, 0.5]));
        journal.progress(Phase::Choosing, 4, 5, &none).unwrap();
        journal.progress(Phase::Condensing, 1, 5, &none).unwrap();
        journal.enter(part(40, [0.5, 1.0]));
        journal.progress(Phase::Condensing, 1, 5, &none).unwrap();
        journal.fact(Fact::Checkpoint { iteration: 2 }).unwrap();
        let facts: Vec<Fact> =
            Tail::new(path, 0).more().unwrap().into_iter().map(|event| event.fact).collect();
        let shares: Vec<_> = facts
            .iter()
            .filter_map(|fact| match fact {
                Fact::Progress(progress) => Some((progress.share, progress.left_secs.unwrap())),
                _ => None,
            })
            .collect();
        for ((share, left), wanted) in shares.iter().zip([0.4, 0.4, 0.6]) {
            assert!((share - wanted).abs() < 1e-9, "{shares:?}");
            assert!((left - 10.0 * (1.0 - wanted) / wanted).abs() < 1.0, "{shares:?}");
        }
        assert_eq!(facts[3], Fact::Checkpoint { iteration: 42 });
    }
}
