//! How often in a row a run's job was tried without the run getting any further: what is put back into the queue by
//! itself must not go round for ever.
//!
//! A try is what one worker does in a job. It is in vain when the worker leaves for another one and has nothing to
//! hand over that it had not been given, or vanishes before it has written a checkpoint. What the log says of earlier
//! tries and what this one comes to is counted together, so that the count needs no daemon: it is the worker that has
//! its job put back. Whoever retries a run that was given up begins to count anew, for the log then says that it ended.
//!
//! Two bounds, because two things are counted. A time limit that is too short for one step of the work stays too short,
//! and three tries show that it was no busy node. Jobs that are preempted, put back by hand or lost with their node
//! say nothing about the run, and a partition where others go first may do so for long; but a run that takes its node
//! down each time has to end some time.

use std::path::Path;

use crate::record::{
    event::Fact,
    event_log::{EventLogError, Tail},
};

use super::failure::Failure;

/// Tries in a row that may end by their time limit in vain.
const MOST_BY_LIMIT: u32 = 3;
/// Tries in a row that may be in vain, however they end.
const MOST: u32 = 20;

/// Tries in a row that were in vain.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Tries {
    by_limit: u32,
    all: u32,
    /// The last one has not said how it ended, and whether it has written a checkpoint.
    open: Option<bool>,
    /// Iterations done in the last checkpoint.
    reached: u64,
}

impl Tries {
    /// What a log says.
    pub fn read(log: &Path) -> Result<Self, EventLogError> {
        let (mut tail, mut tries) = (Tail::new(log, 0), Self::default());
        loop {
            let events = tail.more()?;
            if events.is_empty() {
                return Ok(tries);
            }
            for event in &events {
                tries.apply(&event.fact);
            }
        }
    }

    fn apply(&mut self, fact: &Fact) {
        match fact {
            Fact::Started(started) if started.job.is_empty() => self.begin_anew(),
            Fact::Started(_) => {
                self.close();
                self.open = Some(false);
            }
            Fact::Checkpoint { iteration } => {
                self.reached = *iteration;
                self.open = self.open.map(|_| true);
            }
            Fact::Yielded { near_limit, in_vain, .. } => {
                self.open = None;
                if *in_vain {
                    self.add(*near_limit);
                } else {
                    self.begin_anew();
                }
            }
            Fact::Ended(_) => self.begin_anew(),
            _ => {}
        }
    }

    fn begin_anew(&mut self) {
        *self = Self { reached: self.reached, ..Self::default() };
    }

    /// The last one, if it has not said how it ended, ended without a word.
    fn close(&mut self) {
        match self.open.take() {
            Some(true) => self.begin_anew(),
            Some(false) => self.add(false),
            None => {}
        }
    }

    /// One more was in vain.
    pub const fn add(&mut self, near_limit: bool) {
        self.all += 1;
        if near_limit {
            self.by_limit += 1;
        }
    }

    /// Why there is to be no other one, if so.
    pub fn given_up(mut self) -> Option<Failure> {
        self.close();
        let where_it_is = match self.reached {
            0 => "and the run has not done its first iteration".to_owned(),
            some => format!("and the run is no further than iteration {some}"),
        };
        if self.by_limit >= MOST_BY_LIMIT {
            let reason = format!(
                "its job came near its time limit {} times {where_it_is}: from the start of a job to the warning \
                 there is no time for one step of its work",
                self.by_limit
            );
            let advice = "give jobs more `time`, or less `warning`, in [slurm] of config.toml, start the daemon \
                          anew (`stillroom daemon --stop`), then `retry`";
            return Some(Failure::new(reason, advice));
        }
        (self.all >= MOST).then(|| {
            let reason = format!(
                "its job was ended or lost {} times in a row before its time limit {where_it_is}",
                self.all
            );
            let advice = "see what ends it (`sacct -j JOB`, or whoever runs the cluster): jobs of higher priority, \
                          or nodes that fail; another `partition` or `qos` in [slurm] of config.toml may help, then \
                          `retry`";
            Failure::new(reason, advice)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::event::{Ended, Outcome, Started};

    fn started(job: &str) -> Fact {
        Fact::Started(Started {
            program: String::new(),
            pid: 1,
            host: String::new(),
            device: "cpu".to_owned(),
            device_name: String::new(),
            device_reason: String::new(),
            resumed_at: None,
            token: 1,
            job: job.to_owned(),
        })
    }

    fn yielded(near_limit: bool, in_vain: bool) -> Fact {
        Fact::Yielded { iteration: 0, reason: String::new(), near_limit, in_vain }
    }

    fn after(facts: &[Fact]) -> Tries {
        let mut tries = Tries::default();
        for fact in facts {
            tries.apply(fact);
        }
        tries
    }

    const CHECKPOINT: Fact = Fact::Checkpoint { iteration: 0 };

    #[test]
    fn a_limit_that_is_too_short_is_found_out_by_the_third_try() {
        // The checkpoint that a worker writes when it leaves does not get it further.
        let vain = [started("1"), CHECKPOINT, yielded(true, true)];
        let twice = [vain.clone(), vain.clone()].concat();
        assert!(after(&twice).given_up().is_none());
        let failure = after(&[twice.clone(), vain.to_vec()].concat()).given_up().unwrap();
        assert!(failure.reason.starts_with(
            "its job came near its time limit 3 times and the run has not done its first"
        ));
        assert!(failure.advice.contains("`time`, or less `warning`, in [slurm]"));
        let mut later = after(&[twice.clone(), vec![Fact::Checkpoint { iteration: 7 }]].concat());
        later.add(true);
        assert!(later.given_up().unwrap().reason.contains("no further than iteration 7:"));
        // Whoever gets somewhere, ends, or works without a job begins anew.
        let ended = Ended { outcome: Outcome::Stopped, iteration: 0, used_secs: 0.0 };
        for end in [yielded(true, false), Fact::Ended(ended), started("")] {
            let facts = [twice.clone(), vec![end], vain.to_vec()].concat();
            assert_eq!(after(&facts), after(&vain));
        }
    }

    #[test]
    fn tries_that_others_end_are_not_taken_for_the_limits_and_have_a_bound_of_their_own() {
        let preempted = [started("1"), yielded(false, true)];
        let lost = [started("1")];
        let many = [[&preempted[..]; 10].concat(), [&lost[..]; 9].concat()].concat();
        assert!(after(&many).given_up().is_none());
        let failure = after(&[many.clone(), lost.to_vec()].concat()).given_up().unwrap();
        assert!(failure.reason.contains("ended or lost 20 times in a row"), "{}", failure.reason);
        // One of them wrote a checkpoint before it was lost.
        let saved = [many, vec![started("1"), CHECKPOINT], lost.to_vec()].concat();
        assert_eq!(after(&saved), after(&lost));
    }
}
