//! One run as its events tell it: curves, scores, log, newest picture.

use jiff::Timestamp;

use super::{gallery::Gallery, run_log::RunLog};
use crate::{
    queue::RunId,
    record::{
        Digest, Event, Fact,
        event::{Evaluation, Plan, Started, Subject},
    },
    tui::look::Symbols,
};

/// A part of the run screen that a small terminal shows alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Panel {
    /// The synthetic images.
    #[default]
    Images,
    /// The matching distance.
    Distance,
    /// Accuracies.
    Accuracy,
    /// The log.
    Log,
}

impl Panel {
    /// The one after it.
    #[must_use]
    pub const fn next(self) -> Self {
        match self {
            Self::Images => Self::Distance,
            Self::Distance => Self::Accuracy,
            Self::Accuracy => Self::Log,
            Self::Log => Self::Images,
        }
    }
}

/// A run that is, or was, open.
#[derive(Debug)]
pub struct RunModel {
    /// Which.
    pub id: RunId,
    /// What lists show of it, from its own events.
    pub digest: Digest,
    /// When the last event came, by the clock of this machine.
    pub received: Timestamp,
    /// The last worker that took it.
    pub started: Option<Started>,
    /// What it is going to do.
    pub plan: Option<Plan>,
    /// Matching distance by iteration; some may be no numbers.
    pub distances: Vec<(u64, f64)>,
    /// Scores of the synthetic set, by iteration.
    pub scores: Vec<Evaluation>,
    /// The random baseline's score.
    pub random: Option<Evaluation>,
    /// The log.
    pub log: RunLog,
    /// Lines of the log below the shown ones: 0 follows the newest.
    pub log_below: usize,
    /// Pictures.
    pub gallery: Gallery,
    /// The panel that a small terminal shows.
    pub panel: Panel,
    /// The matching distance on a logarithmic axis.
    pub log_axis: bool,
}

impl RunModel {
    /// A run of which nothing is known yet.
    pub fn new(id: RunId, now: Timestamp) -> Self {
        Self {
            id,
            digest: Digest::default(),
            received: now,
            started: None,
            plan: None,
            distances: Vec::new(),
            scores: Vec::new(),
            random: None,
            log: RunLog::default(),
            log_below: 0,
            gallery: Gallery::default(),
            panel: Panel::default(),
            log_axis: false,
        }
    }

    /// The last event that is in here.
    pub const fn seq(&self) -> u64 {
        self.digest.seq
    }

    /// Takes in new events. Those that are in here already are skipped.
    pub fn take(&mut self, events: &[Event], now: Timestamp, symbols: &Symbols) {
        self.received = now;
        for event in events {
            if event.seq > self.digest.seq {
                self.digest.apply(event);
                let lines = self.log.lines.len();
                self.log.take(event.at, &event.fact, symbols);
                // Somebody who reads further up keeps the lines that they read.
                if self.log_below > 0 {
                    self.log_below += self.log.lines.len().saturating_sub(lines);
                }
                self.fold(&event.fact);
            }
        }
    }

    fn fold(&mut self, fact: &Fact) {
        match fact {
            Fact::Started(started) => {
                self.rewind(started.resumed_at.unwrap_or(0));
                self.started = Some(started.clone());
            }
            Fact::Plan(plan) => self.plan = Some(plan.clone()),
            Fact::Iteration(done) => self.distances.push((done.iteration, done.distance)),
            Fact::Evaluation(evaluation) => match evaluation.subject {
                Subject::Synthetic if !evaluation.network.is_empty() => {}
                Subject::Synthetic => self.scores.push(evaluation.clone()),
                Subject::Random => self.random = Some(evaluation.clone()),
            },
            Fact::Snapshot(snapshot) => self.gallery.announce(snapshot),
            Fact::Checkpoint { .. }
            | Fact::Progress(_)
            | Fact::Paused { .. }
            | Fact::Continued { .. }
            | Fact::Note { .. }
            | Fact::Problem { .. }
            | Fact::Ended(_)
            | Fact::Unknown => {}
        }
    }

    /// What was done after the checkpoint that a new worker goes on from is done again: the curves lose it.
    fn rewind(&mut self, iteration: u64) {
        self.distances.retain(|point| point.0 <= iteration);
        self.scores.retain(|score| score.iteration <= iteration);
        if iteration == 0 {
            self.gallery.forget_announced();
        }
    }

    /// The names of the classes, as long as the plan knows them.
    pub fn class_name(&self, class: usize) -> Option<&str> {
        self.plan.as_ref()?.classes.get(class).map(String::as_str)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        record::event::{Iteration, VERSION},
        tui::look::Look,
    };

    fn event(seq: u64, fact: Fact) -> Event {
        Event { v: VERSION, seq, at: Timestamp::UNIX_EPOCH, fact }
    }

    fn iteration(iteration: u64) -> Fact {
        Fact::Iteration(Iteration {
            iteration,
            distance: 10.0 / iteration as f64,
            by_class: vec![],
            inner_loss: None,
            secs: 1.0,
            condense_secs: iteration as f64,
        })
    }

    fn started(resumed_at: Option<u64>) -> Fact {
        Fact::Started(Started {
            program: "0.1.0".to_owned(),
            pid: 7,
            host: "here".to_owned(),
            device: "cpu".to_owned(),
            device_name: "CPU".to_owned(),
            device_reason: "asked for".to_owned(),
            resumed_at,
        })
    }

    fn take(run: &mut RunModel, events: &[Event]) {
        let symbols = Look { ascii: true, colour: false }.symbols();
        run.take(events, Timestamp::UNIX_EPOCH, symbols);
    }

    #[test]
    fn events_that_come_twice_count_once() {
        let mut run = RunModel::new(RunId(1), Timestamp::UNIX_EPOCH);
        let events: Vec<_> = (1..=4).map(|seq| event(seq, iteration(seq))).collect();
        take(&mut run, &events[..3]);
        take(&mut run, &events[1..]);
        assert_eq!(run.distances.iter().map(|point| point.0).collect::<Vec<_>>(), [1, 2, 3, 4]);
        assert_eq!(run.seq(), 4);
    }

    #[test]
    fn a_resumed_run_draws_no_iteration_twice() {
        let mut run = RunModel::new(RunId(1), Timestamp::UNIX_EPOCH);
        let mut facts = vec![started(None)];
        facts.extend((1..=7).map(iteration));
        facts.push(started(Some(5)));
        facts.extend((6..=8).map(iteration));
        let events: Vec<_> = (1..).zip(facts).map(|(seq, fact)| event(seq, fact)).collect();
        take(&mut run, &events);
        let drawn: Vec<u64> = run.distances.iter().map(|point| point.0).collect();
        assert_eq!(drawn, (1..=8).collect::<Vec<_>>());
    }

    #[test]
    fn somebody_who_reads_the_log_keeps_their_lines() {
        let mut run = RunModel::new(RunId(1), Timestamp::UNIX_EPOCH);
        let note = |seq| event(seq, Fact::Note { text: format!("note {seq}") });
        take(&mut run, &[note(1), note(2), note(3)]);
        assert_eq!(run.log_below, 0);
        run.log_below = 1;
        take(&mut run, &[note(4), note(5)]);
        assert_eq!(run.log_below, 3);
    }
}
