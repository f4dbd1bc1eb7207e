//! What a table has to know of a run: where it stands, and the accuracies that its log tells.

use std::collections::BTreeMap;

use crate::{
    record::event::{Event, Fact, Subject},
    spec::Spec,
};

/// A run that exists, as far as a study is concerned.
#[derive(Debug, Clone, PartialEq)]
pub struct Known {
    /// Its number.
    pub run: u64,
    /// What it does.
    pub spec: Spec,
    /// Where it stands.
    pub outcome: Outcome,
}

/// Where a run stands.
#[derive(Debug, Clone, PartialEq)]
pub enum Outcome {
    /// It waits, or was stopped and can go on.
    Waiting,
    /// It is under way, with this share of its time behind it, 0 to 1.
    Running(f64),
    /// It has failed, for this reason, or was given up.
    Failed(String),
    /// It is through: the test accuracies of networks trained on its set.
    Finished(BTreeMap<Scored, Vec<f64>>),
}

/// What accuracies are of.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Default)]
pub struct Scored {
    /// The name of the network; empty for the run's own.
    pub network: String,
    /// The task that had just been learned, from 1; 0 for the run's end.
    pub after: u64,
}

impl Outcome {
    /// The results of a finished run from its events: the last evaluation of the set on each network, and behind
    /// each task.
    pub fn finished<'a>(events: impl IntoIterator<Item = &'a Event>) -> Self {
        let mut accuracies = BTreeMap::new();
        for event in events {
            if let Fact::Evaluation(evaluation) = &event.fact
                && evaluation.subject == Subject::Synthetic
            {
                let after = evaluation.after.as_ref().map_or(0, |after| after.task);
                for after in [0, after] {
                    let scored = Scored { network: evaluation.network.clone(), after };
                    accuracies.insert(scored, evaluation.accuracies.clone());
                }
            }
        }
        Self::Finished(accuracies)
    }
}
