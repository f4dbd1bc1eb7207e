//! What a table has to know of a run: where it stands, and the accuracies that its log tells.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::{
    record::{
        RunId,
        event::{Event, Fact, Subject},
    },
    spec::Spec,
};

/// A run that exists, as far as a study is concerned.
#[derive(Debug, Clone, PartialEq)]
pub struct Known {
    /// Which.
    pub run: RunId,
    /// What its spec comes to.
    pub work: Spec,
    /// Where it stands.
    pub outcome: Outcome,
}

impl Known {
    /// A run that does `spec`.
    pub fn new(run: RunId, spec: &Spec, outcome: Outcome) -> Self {
        Self { run, work: spec.work(), outcome }
    }
}

/// Where a run stands.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// It waits, or was stopped and can go on.
    Waiting,
    /// It is under way, with this share of its time behind it, 0 to 1.
    Running(f64),
    /// It has failed, for this reason, or was given up.
    Failed(String),
    /// It is through: how networks trained on its set did.
    Finished(#[serde(with = "listed")] BTreeMap<Scored, Score>),
}

/// JSON has no maps whose keys are more than texts.
mod listed {
    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    use super::{BTreeMap, Score, Scored};

    pub fn serialize<S: Serializer>(
        scores: &BTreeMap<Scored, Score>,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        scores.iter().collect::<Vec<_>>().serialize(serializer)
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<BTreeMap<Scored, Score>, D::Error> {
        Ok(Vec::deserialize(deserializer)?.into_iter().collect())
    }
}

/// How networks trained on a set did.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Score {
    /// The test accuracy of each.
    pub networks: Vec<f64>,
    /// Where several tasks are learned, the accuracy on each task so far, the mean over the networks.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub by_task: Vec<f64>,
}

impl From<Vec<f64>> for Score {
    fn from(networks: Vec<f64>) -> Self {
        Self { networks, by_task: Vec::new() }
    }
}

/// What accuracies are of.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Default, Serialize, Deserialize)]
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
                let after = evaluation.after.as_ref();
                let by_task = after.map(|after| after.by_task.clone()).unwrap_or_default();
                let networks = evaluation.accuracies.clone();
                let score = Score { networks, by_task };
                for after in [0, after.map_or(0, |after| after.task)] {
                    let scored = Scored { network: evaluation.network.clone(), after };
                    accuracies.insert(scored, score.clone());
                }
            }
        }
        Self::Finished(accuracies)
    }
}
