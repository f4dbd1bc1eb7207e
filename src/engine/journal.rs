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
    last_progress: Option<(Instant, Phase)>,
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
        let recently = self
            .last_progress
            .is_some_and(|(at, last)| last == phase && at.elapsed() < PROGRESS_EVERY && done < of);
        if recently {
            return Ok(());
        }
        self.last_progress = Some((Instant::now(), phase));
        let used_secs = self.used_secs();
        let left_secs = self.pace.secs_for(ahead);
        let share = estimate::share(used_secs, left_secs, 0.0);
        self.fact(Fact::Progress(Progress { phase, done, of, share, used_secs, left_secs }))
    }
}
