//! The run's log while it is being written: facts at once, progress at most about once a second.

use std::time::{Duration, Instant};

use crate::record::{
    event::{Fact, Phase, Progress},
    event_log::{EventLog, EventLogError},
};

use super::estimate::{self, Ahead, Pace};

/// How often progress is written.
const PROGRESS_EVERY: Duration = Duration::from_secs(1);

/// Where a run's facts go.
#[derive(Debug)]
pub struct Journal {
    log: EventLog,
    /// Seconds per unit of work, as measured in this run.
    pub pace: Pace,
    started: Instant,
    used_before: f64,
    last_progress: Option<LastProgress>,
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
            started: Instant::now(),
            used_before,
            last_progress: None,
        }
    }

    /// Wall time of the run so far, over all its workers.
    pub fn used_secs(&self) -> f64 {
        self.used_before + self.started.elapsed().as_secs_f64()
    }

    /// Adds what a checkpoint says that earlier workers have used.
    pub fn went_on_from(&mut self, used_secs: f64) {
        self.used_before = used_secs;
    }

    /// Leaves out the time that the run was made to wait.
    pub fn waited(&mut self, time: Duration) {
        self.started += time;
    }

    /// Writes a fact.
    pub fn fact(&mut self, fact: Fact) -> Result<(), EventLogError> {
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
        let left_secs = self.pace.secs_for(ahead);
        let share = estimate::share(used_secs, left_secs, 0.0);
        self.fact(Fact::Progress(Progress { phase, done, of, share, used_secs, left_secs }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

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
}
