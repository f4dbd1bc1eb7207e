//! What is asked before the runs that a study lacks are added: how many they are, and how long they take, by what
//! runs like them took.

use std::collections::BTreeMap;

use crate::{
    queue::{HostName, RunState, RunSummary},
    spec::Spec,
    tui::model::{queue::QueueModel, sending::Lacked},
};

/// The question.
#[derive(Debug, Clone, PartialEq)]
pub struct Adding {
    /// The study.
    pub study: String,
    /// Runs that would be added.
    pub missing: usize,
    /// Runs that are there.
    pub there: usize,
    /// How long the new ones take, one after the other, where anything is known of it.
    pub expected: Option<Expected>,
    /// Where each goes, where all hosts are at hand; the daemon of the one at hand adds them itself.
    pub spread: Option<Spread>,
    /// Data sets that the host at hand lacks; they are sent first.
    pub lacked: Vec<Lacked>,
}

/// Runs that go to several hosts.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Spread {
    /// The specs as TOML, each with its host.
    pub placed: Vec<(HostName, String)>,
    /// Why some go nowhere, run by run.
    pub unplaced: Vec<String>,
}

impl Spread {
    /// How many go to each host, in the order of hosts.
    pub fn counts(&self) -> Vec<(HostName, usize)> {
        let mut counts = BTreeMap::new();
        for (host, _) in &self.placed {
            *counts.entry(*host).or_insert(0) += 1;
        }
        counts.into_iter().collect()
    }
}

/// How long runs take.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Expected {
    /// Seconds of those of which it is known.
    pub secs: f64,
    /// How many these are.
    pub known: usize,
}

impl Adding {
    /// The question about so many missing runs, with their specs as far as they can be read, and the runs that there
    /// are.
    pub fn new(
        queue: &QueueModel,
        study: &str,
        missing: usize,
        specs: &[Spec],
        there: usize,
    ) -> Self {
        let runs: Vec<&RunSummary> = queue.rows().iter().map(|row| &row.run).collect();
        let study = study.to_owned();
        let known: Vec<f64> = specs.iter().filter_map(|spec| expected(spec, &runs)).collect();
        let expected = Expected { secs: known.iter().sum(), known: known.len() };
        let expected = Some(expected).filter(|expected| expected.known > 0);
        Self { study, missing, there, expected, spread: None, lacked: Vec::new() }
    }
}

/// The mean time of finished runs of the same method, data, images per class and network.
fn expected(spec: &Spec, runs: &[&RunSummary]) -> Option<f64> {
    let (method, network) = (spec.method.to_string(), spec.network.to_string());
    let alike = runs.iter().filter(|run| {
        matches!(run.state, RunState::Finished { .. })
            && run.method == method
            && run.set == spec.data.set
            && run.ipc == spec.ipc as u64
            && run.network == network
    });
    let (mut secs, mut count) = (0.0, 0);
    for run in alike {
        secs += run.digest.used_secs;
        count += 1;
    }
    (count > 0).then(|| secs / f64::from(count))
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;

    use super::*;
    use crate::{
        queue::RunId,
        record::Digest,
        spec::{Method, defaults::published},
    };

    fn finished(id: u64, ipc: u64, used_secs: f64) -> RunSummary {
        let at = Timestamp::UNIX_EPOCH;
        RunSummary {
            id: RunId::new(id),
            title: String::new(),
            state: RunState::Finished { at },
            place: 0,
            added: at,
            method: "dsa".to_owned(),
            set: "mnist-5k".to_owned(),
            ipc,
            seed: 0,
            network: "ConvNet".to_owned(),
            device: "auto".to_owned(),
            memory: 0.0,
            study: String::new(),
            waits_for: String::new(),
            folder: String::new(),
            digest: Digest { used_secs, ..Digest::default() },
        }
    }

    #[test]
    fn time_is_told_by_runs_like_them() {
        let runs = [finished(1, 1, 100.0), finished(2, 1, 300.0), finished(3, 10, 9999.0)];
        let spec = |method, ipc| published(method, "mnist-5k", ipc);
        let missing = [spec(Method::Dsa, 1), spec(Method::Dsa, 1), spec(Method::Dc, 1)];
        let mut queue = QueueModel::default();
        queue.take_all(HostName::HERE, runs.to_vec(), Timestamp::UNIX_EPOCH);
        let adding = Adding::new(&queue, "t", 3, &missing, 4);
        assert_eq!(adding.expected, Some(Expected { secs: 400.0, known: 2 }));
        assert_eq!((adding.missing, adding.there), (3, 4));
        let none = Adding::new(&queue, "t", 1, &missing[2..], 0);
        assert_eq!(none.expected, None);
    }
}
