//! Scores of a set on other networks than the run's own: of a grid of hundreds, the few figures that are shown.

use serde::{Deserialize, Serialize};

use super::event::{Fact, Subject};

/// Up to so many networks are told one by one.
const FEW: u64 = 10;

/// How far a run is with its other networks, and the best of them.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct OtherScores {
    /// Networks in all, once planned.
    pub of: u64,
    /// Networks done.
    pub done: u64,
    /// Those of them that are in the last checkpoint.
    pub kept: u64,
    /// The best network's name and its mean accuracy, 0 to 1.
    pub best: Option<(String, f64)>,
}

impl OtherScores {
    /// Folds in a fact; true when it was a score on another network.
    pub fn apply(&mut self, fact: &Fact) -> bool {
        match fact {
            Fact::Started(started) if started.resumed_at.is_none() => {
                *self = Self { of: self.of, ..Self::default() };
            }
            // What is not in the checkpoint is done again.
            Fact::Started(_) => self.done = self.kept,
            Fact::Checkpoint { .. } => self.kept = self.done,
            Fact::Plan(plan) => self.of = plan.other_networks,
            Fact::Evaluation(score)
                if score.subject == Subject::Synthetic && !score.network.is_empty() =>
            {
                self.done += 1;
                if self.best.as_ref().is_none_or(|(_, mean)| score.mean > *mean) {
                    self.best = Some((score.network.clone(), score.mean));
                }
                return true;
            }
            _ => {}
        }
        false
    }

    /// True for so many networks that they are told together.
    pub const fn are_many(&self) -> bool {
        self.of > FEW
    }

    /// In words: `312 of 720 other networks, best ConvNetD4W256 at 97.3 %`; nothing without any.
    pub fn in_words(&self) -> String {
        if self.of == 0 && self.done == 0 {
            return String::new();
        }
        let best = self.best.as_ref();
        let best = best.map(|(name, mean)| format!(", best {name} at {:.1} %", 100.0 * mean));
        let of = self.of.max(self.done);
        format!("{} of {of} other networks{}", self.done, best.unwrap_or_default())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::event::{Evaluation, Plan, Started};

    fn plan(other_networks: u64) -> Fact {
        Fact::Plan(Plan { other_networks, ..Plan::default() })
    }

    fn score(network: &str, mean: f64) -> Fact {
        Fact::Evaluation(Evaluation {
            subject: Subject::Synthetic,
            iteration: 0,
            accuracies: vec![mean],
            mean,
            std: 0.0,
            augmentation: "none".to_owned(),
            network: network.to_owned(),
            secs: 1.0,
            after: None,
        })
    }

    fn started(resumed_at: Option<u64>) -> Fact {
        let text = String::new;
        Fact::Started(Started {
            program: text(),
            pid: 1,
            host: text(),
            device: text(),
            device_name: text(),
            device_reason: text(),
            resumed_at,
            token: 0,
            job: String::new(),
        })
    }

    #[test]
    fn what_a_killed_worker_did_after_its_checkpoint_counts_once() {
        let mut scores = OtherScores::default();
        for fact in [started(None), plan(3), score("", 0.9), score("ConvNetBN", 0.5)] {
            scores.apply(&fact);
        }
        assert_eq!(scores.in_words(), "1 of 3 other networks, best ConvNetBN at 50.0 %");
        for fact in [Fact::Checkpoint { iteration: 0 }, score("MLP", 0.25), started(Some(0))] {
            scores.apply(&fact);
        }
        assert_eq!((scores.done, scores.kept), (1, 1));
        for fact in [plan(3), score("MLP", 0.25), score("LeNet", 0.75)] {
            scores.apply(&fact);
        }
        assert_eq!(scores.in_words(), "3 of 3 other networks, best LeNet at 75.0 %");
        scores.apply(&started(None));
        assert_eq!(scores.in_words(), "0 of 3 other networks");
        assert_eq!(OtherScores::default().in_words(), "");
    }
}
