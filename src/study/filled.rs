//! The runs of a study by the places that they fill.
//!
//! Several hosts fill one table. What one tells of its runs goes without their specs: who has the same definition
//! knows from the place what a run does.

use serde::{Deserialize, Serialize};

use super::{
    catalogue::Study,
    costs::Costs,
    results::{Known, Outcome},
    table::run_of,
};
use crate::record::{HostName, RunId};

/// A run and the place that it fills.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Filled {
    /// The cell, by its place among those of the study; of several that ask for the same work the first.
    pub cell: usize,
    /// Which of the cell's seeds, by its place.
    pub seed: usize,
    /// The run.
    pub run: RunId,
    /// Where it stands.
    pub outcome: Outcome,
    /// What it cost, once it has finished.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub costs: Option<Costs>,
}

/// The runs that fill a study.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct FilledStudy {
    /// Its name.
    pub name: String,
    /// Why it cannot be used; empty where it can.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub fault: String,
    /// The runs and their places.
    pub filled: Vec<Filled>,
}

impl Filled {
    /// Labels the run by its host.
    pub fn label(&mut self, host: HostName) {
        self.run = self.run.at(host);
        if let Some(costs) = &mut self.costs {
            costs.run = self.run;
        }
    }
}

impl Study {
    /// The places that are filled by these runs. With `brief` only such accuracies are told as cells show, which
    /// is enough to count what is done.
    pub fn filled(&self, runs: &[Known], costs: &[Costs], brief: bool) -> Vec<Filled> {
        let mut filled = Vec::new();
        for (cell, seed, work) in self.places() {
            let Some(known) = run_of(work, runs) else { continue };
            let mut outcome = known.outcome.clone();
            if let (Outcome::Finished(scores), true) = (&mut outcome, brief) {
                let cells = || self.cells.iter().filter(|cell| cell.works.contains(work));
                scores.retain(|scored, _| cells().any(|cell| cell.scored == *scored));
            }
            let costs = costs.iter().find(|costs| costs.run == known.run && !brief).cloned();
            filled.push(Filled { cell, seed, run: known.run, outcome, costs });
        }
        filled
    }

    /// What fills the places, of several hosts together. Of runs that do the same the one that is farthest counts.
    /// Places that the study does not have are left out.
    pub fn united(&self, filled: impl IntoIterator<Item = Filled>) -> (Vec<Known>, Vec<Costs>) {
        let (mut known, mut all_costs) = (Vec::new(), Vec::new());
        for Filled { cell, seed, run, outcome, costs } in filled {
            let Some(work) = self.cells.get(cell).and_then(|cell| cell.works.get(seed)) else {
                continue;
            };
            known.push(Known { run, work: work.clone(), outcome });
            all_costs.extend(costs);
        }
        // Where several do the same, the last counts.
        known.sort_by_key(|known| match known.outcome {
            Outcome::Failed(_) => 0,
            Outcome::Waiting => 1,
            Outcome::Running(_) => 2,
            Outcome::Finished(_) => 3,
        });
        (known, all_costs)
    }

    /// Every different work with the first place that asks for it.
    fn places(&self) -> Vec<(usize, usize, &crate::spec::Spec)> {
        let mut places: Vec<(usize, usize, &crate::spec::Spec)> = Vec::new();
        for (cell, known) in self.cells.iter().enumerate() {
            for (seed, work) in known.works.iter().enumerate() {
                if !places.iter().any(|place| place.2 == work) {
                    places.push((cell, seed, work));
                }
            }
        }
        places
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::study::{Score, Scored, definition::Shipped};

    fn study() -> Study {
        let name = "cross-architecture-small";
        Study::read(name, Shipped::find(name).unwrap().text).unwrap()
    }

    fn done() -> Outcome {
        let scores = ["", "MLP", "ConvNet", "LeNet"].map(|network| {
            let score = Score { networks: vec![0.5, 0.7], by_task: Vec::new() };
            (Scored { network: network.to_owned(), after: 0 }, score)
        });
        Outcome::Finished(BTreeMap::from(scores))
    }

    /// What a host tells of such runs, as it comes over the wire.
    fn told(study: &Study, host: &str, runs: &[Known], brief: bool) -> Vec<Filled> {
        let costs: Vec<Costs> = runs.iter().map(|known| Costs::none(known.run)).collect();
        let text = serde_json::to_string(&study.filled(runs, &costs, brief)).unwrap();
        let mut filled: Vec<Filled> = serde_json::from_str(&text).unwrap();
        for known in &mut filled {
            known.label(HostName::new(host));
        }
        filled
    }

    fn known(study: &Study, run: u64, cell: usize, outcome: Outcome) -> Known {
        Known::new(RunId::new(run), &study.cells[cell].specs[0], outcome)
    }

    #[test]
    fn runs_of_several_hosts_fill_one_table() {
        let study = study();
        let near = [known(&study, 1, 0, done()), known(&study, 2, 3, Outcome::Waiting)];
        let far = [known(&study, 1, 6, done())];
        let told = [told(&study, "", &near, false), told(&study, "box", &far, false)].concat();
        let (runs, costs) = study.united(told);
        let progress = study.progress(&runs);
        assert_eq!((progress.done, progress.pending, progress.missing), (6, 3, 0));
        assert_eq!(progress.runs_missing, 0);
        let there = study.wanted(&runs).there;
        assert_eq!(there.iter().map(ToString::to_string).collect::<Vec<_>>(), ["1", "2", "box:1"]);
        assert_eq!(costs.len(), 3);
        assert_eq!(
            costs.last().map(|costs| costs.run),
            Some(RunId::new(1).at(HostName::new("box")))
        );
    }

    #[test]
    fn of_two_that_do_the_same_the_one_that_is_farther_counts() {
        let study = study();
        let of = |near: Outcome, far: Outcome| {
            let near = told(&study, "", &[known(&study, 1, 0, near)], false);
            let far = told(&study, "box", &[known(&study, 9, 0, far)], false);
            study.wanted(&study.united([near, far].concat()).0).there[0].to_string()
        };
        assert_eq!(of(done(), Outcome::Running(0.9)), "1");
        assert_eq!(of(Outcome::Waiting, Outcome::Running(0.1)), "box:9");
        assert_eq!(of(Outcome::Waiting, Outcome::Failed("x".to_owned())), "1");
        assert_eq!(of(done(), done()), "box:9");
    }

    #[test]
    fn in_brief_cells_are_counted_as_in_full() {
        let study = study();
        let runs = [known(&study, 1, 0, done()), known(&study, 2, 3, Outcome::Running(0.5))];
        let full = study.united(told(&study, "", &runs, false)).0;
        let brief = study.united(told(&study, "", &runs, true)).0;
        assert_eq!(study.progress(&full), study.progress(&brief));
        let scores = |runs: &[Known]| match &runs[1].outcome {
            Outcome::Finished(scores) => scores.len(),
            _ => 0,
        };
        assert_eq!(scores(&full), 4);
        assert!(scores(&brief) < 4, "what no cell shows is left out");
    }

    #[test]
    fn a_place_that_there_is_not_is_left_out() {
        let study = study();
        let mut told = told(&study, "box", &[known(&study, 1, 0, done())], true);
        told[0].cell = 99;
        assert_eq!(study.united(told), (Vec::new(), Vec::new()));
    }
}
