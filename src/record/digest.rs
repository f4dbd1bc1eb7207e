//! A run's log folded into the few figures that a list shows.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{
    event::{Event, Fact, Outcome, Phase, Subject},
    other_scores::OtherScores,
};

/// What a list knows about a run, from its events alone.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Digest {
    /// The last event that is in here.
    pub seq: u64,
    /// Iterations done.
    pub iteration: u64,
    /// Iterations in all, once planned.
    pub iterations: Option<u64>,
    /// The device in the words of a spec.
    pub device: Option<String>,
    /// What the run is busy with.
    pub phase: Option<Phase>,
    /// Share of the expected time that is behind, 0 to 1.
    pub share: f64,
    /// Wall time used.
    pub used_secs: f64,
    /// Wall time expected to be left.
    pub left_secs: Option<f64>,
    /// The last matching distance; absent when it was not finite.
    pub distance: Option<f64>,
    /// The synthetic set's last accuracy: mean and population standard deviation, 0 to 1.
    pub accuracy: Option<(f64, f64)>,
    /// The random baseline's.
    pub random: Option<(f64, f64)>,
    /// What the set's scores on other networks come to.
    #[serde(default)]
    pub others: OtherScores,
    /// The run whose set it evaluates, where it makes none itself.
    #[serde(default)]
    pub set_of: Option<String>,
    /// The iteration of the last checkpoint.
    pub checkpoint: Option<u64>,
    /// True while the worker waits at a control point.
    pub paused: bool,
    /// How the last worker left, unless one has started since.
    pub outcome: Option<Outcome>,
    /// Problems so far.
    pub problems: u64,
    /// The last of them.
    #[serde(default)]
    pub last_problem: Option<Noted>,
}

/// A problem that a worker noted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Noted {
    /// When.
    pub at: Timestamp,
    /// What is wrong.
    pub text: String,
    /// What to do about it.
    pub advice: String,
}

/// The longest text of a problem in a list, in characters; the whole is in the log.
const LONGEST_NOTE: usize = 600;

impl Digest {
    /// Folds in one event; an event that is in here already is skipped.
    pub fn apply(&mut self, event: &Event) {
        if event.seq <= self.seq {
            return;
        }
        self.seq = event.seq;
        self.others.apply(&event.fact);
        match &event.fact {
            Fact::Started(started) => {
                self.device = Some(started.device.clone());
                self.iteration = started.resumed_at.unwrap_or(0);
                self.outcome = None;
                self.paused = false;
                self.left_secs = None;
            }
            Fact::Plan(plan) => self.iterations = Some(plan.iterations),
            Fact::Iteration(done) => {
                self.iteration = done.iteration;
                self.distance = Some(done.distance).filter(|value| value.is_finite());
            }
            Fact::Evaluation(evaluation) => {
                let score = Some((evaluation.mean, evaluation.std));
                match evaluation.subject {
                    Subject::Synthetic if !evaluation.network.is_empty() => {}
                    Subject::Synthetic => self.accuracy = score,
                    Subject::Random => self.random = score,
                }
            }
            Fact::Progress(progress) => {
                self.phase = Some(progress.phase);
                self.share = progress.share;
                self.used_secs = progress.used_secs;
                self.left_secs = progress.left_secs;
            }
            Fact::Checkpoint { iteration } => self.checkpoint = Some(*iteration),
            Fact::SetTaken { run } => {
                // What the other has done need not be done.
                self.iteration = self.iterations.unwrap_or(0);
                self.set_of = Some(run.clone());
            }
            Fact::Paused { .. } => self.paused = true,
            Fact::Continued { .. } => self.paused = false,
            Fact::Problem { text, advice } => {
                let short = |text: &str| text.chars().take(LONGEST_NOTE).collect();
                self.problems += 1;
                self.last_problem =
                    Some(Noted { at: event.at, text: short(text), advice: short(advice) });
            }
            Fact::Yielded { .. } => {
                self.paused = false;
                self.left_secs = None;
            }
            Fact::Ended(ended) => {
                self.outcome = Some(ended.outcome.clone());
                self.used_secs = ended.used_secs;
                self.paused = false;
                self.left_secs = None;
                if ended.outcome == Outcome::Finished {
                    self.share = 1.0;
                }
            }
            Fact::Snapshot(_) | Fact::Note { .. } | Fact::Unknown => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::event::Plan;

    #[test]
    fn a_run_that_takes_a_set_has_no_iterations_to_do() {
        let mut digest = Digest::default();
        let plan = Fact::Plan(Plan { iterations: 60, ..Plan::default() });
        for (fact, seq) in [plan, Fact::SetTaken { run: "3".to_owned() }].into_iter().zip(1..) {
            digest.apply(&Event { v: 1, seq, at: Timestamp::UNIX_EPOCH, fact });
        }
        assert_eq!((digest.iteration, digest.set_of.as_deref()), (60, Some("3")));
        // What was written before there was such a thing reads too.
        let mut old = serde_json::to_value(&digest).unwrap();
        old.as_object_mut().unwrap().remove("set_of");
        assert_eq!(serde_json::from_value::<Digest>(old).unwrap().set_of, None);
    }
}
