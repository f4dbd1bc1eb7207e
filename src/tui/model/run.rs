//! One run as its events tell it: curves, scores, log, pictures.

use jiff::Timestamp;

use super::{
    artefacts::Artefacts, gallery::Gallery, panels::Focus, run_log::RunLog, spec_text::SpecText,
};
use crate::{
    queue::RunId,
    record::{
        Digest, Event, Fact, History,
        event::{Evaluation, Plan, Started, Subject},
    },
    tui::{look::Symbols, widgets::chart::ChartView},
};

/// A run of which more is known than lists show.
#[derive(Debug)]
pub struct RunModel {
    /// Which.
    pub id: RunId,
    /// Its spec.
    pub spec: SpecText,
    /// What its log tells.
    pub history: History,
    /// When the last event came, by the clock of this machine.
    pub received: Timestamp,
    /// The log in words.
    pub log: RunLog,
    /// Lines of the log below the shown ones: 0 follows the newest.
    pub log_below: usize,
    /// Lines of the spec above the shown ones.
    pub spec_below: usize,
    /// Its files.
    pub artefacts: Artefacts,
    /// Pictures.
    pub gallery: Gallery,
    /// The panel that keys are about.
    pub focus: Focus,
    /// How the charts are looked at.
    pub view: ChartView,
}

impl RunModel {
    /// A run of which nothing is known yet.
    pub fn new(id: RunId, now: Timestamp) -> Self {
        Self {
            id,
            spec: SpecText::default(),
            history: History::default(),
            received: now,
            log: RunLog::default(),
            log_below: 0,
            spec_below: 0,
            artefacts: Artefacts::default(),
            gallery: Gallery::default(),
            focus: Focus::default(),
            view: ChartView::default(),
        }
    }

    /// The last event that is in here.
    pub const fn seq(&self) -> u64 {
        self.history.seq()
    }

    /// What lists show of it, from its own events.
    pub const fn digest(&self) -> &Digest {
        &self.history.digest
    }

    /// The last worker that took it.
    pub const fn started(&self) -> Option<&Started> {
        self.history.started.as_ref()
    }

    /// What it is going to do.
    pub const fn plan(&self) -> Option<&Plan> {
        self.history.plan.as_ref()
    }

    /// Scores of the synthetic set on the run's own network.
    pub fn scores(&self) -> impl DoubleEndedIterator<Item = &Evaluation> {
        let scores = self.history.scores.iter();
        scores.filter(|score| score.subject == Subject::Synthetic && score.network.is_empty())
    }

    /// The random baseline's score.
    pub fn random(&self) -> Option<&Evaluation> {
        self.history.scores.iter().rfind(|score| score.subject == Subject::Random)
    }

    /// Takes in the whole past; one that ends before what is known is late, and nothing new.
    pub fn take_history(&mut self, history: History, now: Timestamp, symbols: &Symbols) {
        self.received = now;
        if history.seq() < self.seq() {
            return;
        }
        self.log = RunLog::default();
        self.log_below = 0;
        for event in &history.told {
            self.log.take(event.at, &event.fact, symbols);
        }
        if let Some(snapshot) = history.snapshots.last() {
            self.gallery.announce(snapshot);
        }
        self.history = history;
    }

    /// Takes in new events. Those that are in here already are skipped.
    pub fn take(&mut self, events: &[Event], now: Timestamp, symbols: &Symbols) {
        self.received = now;
        for event in events {
            if !self.history.take(event) {
                continue;
            }
            let lines = self.log.lines.len();
            self.log.take(event.at, &event.fact, symbols);
            // Somebody who reads further up keeps the lines that they read.
            if self.log_below > 0 {
                self.log_below += self.log.lines.len().saturating_sub(lines);
            }
            if !matches!(event.fact, Fact::Iteration(_)) {
                self.artefacts.age();
            }
            match &event.fact {
                Fact::Snapshot(snapshot) => self.gallery.announce(snapshot),
                Fact::Started(started) if started.resumed_at.unwrap_or(0) == 0 => {
                    self.gallery.forget_announced();
                }
                _ => {}
            }
        }
    }

    /// The connection broke: what was asked for will not come.
    pub fn abandon_files(&mut self) {
        self.gallery.fetcher.abandon();
        self.spec.abandon();
        self.artefacts.age();
    }

    /// The names of the classes, as long as the plan knows them.
    pub fn class_name(&self, class: usize) -> Option<&str> {
        self.plan()?.classes.get(class).map(String::as_str)
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
            token: 0,
            job: String::new(),
        })
    }

    fn take(run: &mut RunModel, events: &[Event]) {
        let symbols = Look::bare(true, false).symbols();
        run.take(events, Timestamp::UNIX_EPOCH, symbols);
    }

    fn iterations(run: &RunModel) -> Vec<u64> {
        run.history.curves.buckets().iter().map(|bucket| bucket.to).collect()
    }

    #[test]
    fn the_past_and_what_follows_it_are_one_log() {
        let events: Vec<_> = (1..=9).map(|seq| event(seq, iteration(seq))).collect();
        let mut past = History::default();
        events[..6].iter().for_each(|event| assert!(past.take(event)));
        let symbols = Look::bare(true, false).symbols();
        let mut run = RunModel::new(RunId::new(1), Timestamp::UNIX_EPOCH);
        run.take_history(past.clone(), Timestamp::UNIX_EPOCH, symbols);
        take(&mut run, &events[4..]);
        run.take_history(past, Timestamp::UNIX_EPOCH, symbols);
        assert_eq!(iterations(&run), (1..=9).collect::<Vec<_>>());
    }

    #[test]
    fn events_that_come_twice_count_once() {
        let mut run = RunModel::new(RunId::new(1), Timestamp::UNIX_EPOCH);
        let events: Vec<_> = (1..=4).map(|seq| event(seq, iteration(seq))).collect();
        take(&mut run, &events[..3]);
        take(&mut run, &events[1..]);
        assert_eq!(iterations(&run), [1, 2, 3, 4]);
        assert_eq!(run.seq(), 4);
    }

    #[test]
    fn a_resumed_run_draws_no_iteration_twice() {
        let mut run = RunModel::new(RunId::new(1), Timestamp::UNIX_EPOCH);
        let mut facts = vec![started(None)];
        facts.extend((1..=7).map(iteration));
        facts.push(started(Some(5)));
        facts.extend((6..=8).map(iteration));
        let events: Vec<_> = (1..).zip(facts).map(|(seq, fact)| event(seq, fact)).collect();
        take(&mut run, &events);
        assert_eq!(iterations(&run), (1..=8).collect::<Vec<_>>());
    }

    #[test]
    fn somebody_who_reads_the_log_keeps_their_lines() {
        let mut run = RunModel::new(RunId::new(1), Timestamp::UNIX_EPOCH);
        let note = |seq| event(seq, Fact::Note { text: format!("note {seq}") });
        take(&mut run, &[note(1), note(2), note(3)]);
        assert_eq!(run.log_below, 0);
        run.log_below = 1;
        take(&mut run, &[note(4), note(5)]);
        assert_eq!(run.log_below, 3);
    }
}
