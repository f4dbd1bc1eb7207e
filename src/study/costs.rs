//! What a finished run cost: time for every network, time for its set, images to store.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::{
    record::{
        RunId,
        event::{Event, Fact, Subject},
    },
    spec::{Method, Spec},
};

/// The costs of one run.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Costs {
    /// The run.
    pub run: RunId,
    /// Seconds of the last evaluation of its set on each network; the run's own is without a name.
    pub evaluation_secs: BTreeMap<String, f64>,
    /// Seconds of all else: reading data, choosing or condensing the set, pictures.
    pub making_secs: f64,
    /// Images that the networks are trained on; none where an old log does not tell.
    pub images: Option<u64>,
}

impl Costs {
    /// Nothing yet.
    pub const fn none(run: RunId) -> Self {
        Self { run, evaluation_secs: BTreeMap::new(), making_secs: 0.0, images: None }
    }

    /// Of a run that does `spec`, from its events.
    pub fn of<'a>(run: RunId, spec: &Spec, events: impl IntoIterator<Item = &'a Event>) -> Self {
        let (mut costs, mut evaluations) = (Self::none(run), BTreeMap::new());
        let mut used_secs = 0.0;
        for event in events {
            match &event.fact {
                Fact::Plan(plan) => {
                    costs.images = match spec.method {
                        Method::Whole => Some(plan.train_images).filter(|images| *images > 0),
                        _ => Some(plan.ipc * plan.classes.len() as u64),
                    }
                }
                Fact::Evaluation(score) => {
                    let random = score.subject == Subject::Random;
                    // One that a worker did again after it was killed counts once, as in the time used.
                    let at = (random, score.iteration, score.network.clone());
                    evaluations.insert(at, score.secs);
                    if !random {
                        costs.evaluation_secs.insert(score.network.clone(), score.secs);
                    }
                }
                Fact::Ended(ended) => used_secs = ended.used_secs,
                _ => {}
            }
        }
        costs.making_secs = (used_secs - evaluations.values().sum::<f64>()).max(0.0);
        costs
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        record::event::{Ended, Evaluation, Outcome, Plan, VERSION},
        spec::defaults::published,
    };

    #[test]
    fn an_evaluation_counts_once_and_the_rest_is_the_making() {
        let score = |subject, network: &str, secs| {
            Fact::Evaluation(Evaluation {
                subject,
                iteration: 0,
                accuracies: vec![0.5],
                mean: 0.5,
                std: 0.0,
                augmentation: "none".to_owned(),
                network: network.to_owned(),
                secs,
                after: None,
            })
        };
        let classes = vec![String::new(); 10];
        let plan = Plan { classes, ipc: 2, train_images: 4000, ..Plan::default() };
        let facts = [
            Fact::Plan(plan),
            score(Subject::Random, "", 5.0),
            score(Subject::Synthetic, "", 1.0),
            score(Subject::Synthetic, "MLP", 3.0),
            score(Subject::Synthetic, "MLP", 2.0),
            Fact::Ended(Ended { outcome: Outcome::Finished, iteration: 0, used_secs: 18.0 }),
        ];
        let event = |fact| Event { v: VERSION, seq: 1, at: jiff::Timestamp::UNIX_EPOCH, fact };
        let events = facts.map(event);
        let costs = |method| Costs::of(RunId::new(7), &published(method, "mnist-5k", 2), &events);
        let found = costs(Method::Herding);
        assert_eq!((found.run, found.images), (RunId::new(7), Some(20)));
        assert!((found.making_secs - 10.0).abs() < 1e-12);
        assert_eq!(found.evaluation_secs.values().copied().collect::<Vec<_>>(), [1.0, 2.0]);
        assert_eq!(costs(Method::Whole).images, Some(4000));
    }
}
