//! A study under its name, ready to be held against the runs that there are: what shows it, counts it and adds to
//! it begins here.

use serde::{Deserialize, Serialize};

use super::{
    Cell, Costs, Definition, Known, Outcome, SearchTable, StudyFault, Table, cells,
    definition::purpose,
    search::{Standing, search_table, space},
    table::{Content, content, run_of, table},
};
use crate::{
    record::{HostName, RunId},
    spec::{NetworkSpec, Spec},
};

/// A study that was read.
#[derive(Debug, Clone, PartialEq)]
pub struct Study {
    /// Its name.
    pub name: String,
    /// What it is for, in a sentence.
    pub purpose: String,
    /// What it is made of.
    pub definition: Definition,
    /// Its cells.
    pub cells: Vec<Cell>,
    /// The architectures of a search.
    space: Vec<NetworkSpec>,
}

/// A study as it stands.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Stands {
    /// Cells with accuracies.
    Table(Table),
    /// An architecture search.
    Search(SearchTable),
}

impl Stands {
    /// Labels the runs by their host, which is the same for all.
    pub fn label(&mut self, host: HostName) {
        let label = |run: &mut RunId| *run = run.at(host);
        let failed = |content: &mut Content| {
            if let Content::Failed { run, .. } = content {
                label(run);
            }
        };
        match self {
            Self::Table(table) => {
                for entry in table.rows.iter_mut().flat_map(|row| &mut row.1) {
                    entry.runs.iter_mut().for_each(label);
                    failed(&mut entry.ours);
                }
            }
            Self::Search(table) => {
                for row in &mut table.rows {
                    row.runs.iter_mut().for_each(label);
                    if let Standing::Unfinished { progress } = &mut row.ours {
                        failed(progress);
                    }
                }
            }
        }
    }
}

/// How many cells of a study are how far.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Progress {
    /// All.
    pub cells: usize,
    /// Those whose runs are through.
    pub done: usize,
    /// Those with a run under way.
    pub running: usize,
    /// Those whose runs wait.
    pub pending: usize,
    /// Those with a run that has failed.
    pub failed: usize,
    /// Those without runs.
    pub missing: usize,
    /// Runs that are to be added so that no cell is without one.
    pub runs_missing: usize,
}

/// What a list shows of a study.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StudySummary {
    /// Its name.
    pub name: String,
    /// What it is for.
    pub purpose: String,
    /// How far it is.
    pub progress: Progress,
    /// Why it cannot be used; empty where it can.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub fault: String,
}

/// The runs that a study asks for.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Wanted {
    /// Those that there are not, or that have failed.
    pub missing: Vec<Spec>,
    /// Those that there are.
    pub there: Vec<RunId>,
}

impl Study {
    /// Reads a study from its TOML; messages call it by its name.
    ///
    /// # Errors
    /// When it is no study, or one of its specs is at fault.
    pub fn read(name: &str, text: &str) -> Result<Self, StudyFault> {
        let definition = Definition::parse(text, name)?;
        let cells = cells(&definition, name)?;
        let space = match definition.search {
            Some(_) => space(&definition, &cells, name)?,
            None => Vec::new(),
        };
        let purpose = purpose(text);
        let purpose = if purpose.is_empty() { &definition.title } else { purpose };
        Ok(Self { name: name.to_owned(), purpose: purpose.to_owned(), definition, cells, space })
    }

    /// How it stands, by these runs and what the finished ones of them cost.
    pub fn stands(&self, runs: &[Known], costs: &[Costs]) -> Stands {
        let Self { definition, cells, space, .. } = self;
        match &definition.search {
            None => Stands::Table(table(definition, cells, runs)),
            Some(search) => {
                Stands::Search(search_table(definition, search, space, cells, runs, costs))
            }
        }
    }

    /// How far its cells are.
    pub fn progress(&self, runs: &[Known]) -> Progress {
        let mut progress = Progress {
            cells: self.cells.len(),
            runs_missing: self.wanted(runs).missing.len(),
            ..Progress::default()
        };
        for cell in &self.cells {
            let count = match content(cell, runs) {
                Content::Done { .. } => &mut progress.done,
                Content::Running { .. } => &mut progress.running,
                Content::Pending => &mut progress.pending,
                Content::Failed { .. } => &mut progress.failed,
                Content::Missing => &mut progress.missing,
            };
            *count += 1;
        }
        progress
    }

    /// The runs that it asks for, each once, with the name that a new one gets.
    pub fn wanted(&self, runs: &[Known]) -> Wanted {
        let mut wanted = Wanted::default();
        for (spec, work) in self.work() {
            let run = run_of(work, runs);
            match run.filter(|run| !matches!(run.outcome, Outcome::Failed(_))) {
                Some(run) => wanted.there.push(run.run),
                None => wanted.missing.push(spec),
            }
        }
        wanted
    }

    /// The specs that are different work, with their names, and what they come to.
    fn work(&self) -> Vec<(Spec, &Spec)> {
        let mut found: Vec<(Spec, &Spec)> = Vec::new();
        for cell in &self.cells {
            let definition = &self.definition;
            let row = &definition.rows[cell.row].name;
            let column = &definition.columns[cell.column].name;
            for (spec, work) in cell.specs.iter().zip(&cell.works) {
                if !found.iter().any(|(_, other)| *other == work) {
                    let name = format!("{row}, {column}, {}", self.name);
                    found.push((Spec { name, ..spec.clone() }, work));
                }
            }
        }
        found
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::{
        spec::Method,
        study::{Scored, definition::Shipped},
    };

    fn shipped(name: &str) -> Study {
        Study::read(name, Shipped::find(name).unwrap().text).unwrap()
    }

    #[test]
    fn equal_work_is_wanted_once() {
        let study = shipped("table-1-small");
        let wanted = study.wanted(&[]);
        let whole = wanted.missing.iter().filter(|spec| spec.method == Method::Whole);
        assert_eq!(whole.count(), 1);
        assert!(wanted.missing.len() < study.cells.len());
        assert!(wanted.missing[0].name.ends_with(", table-1-small"));
        assert!(study.purpose.len() > 20);
    }

    #[test]
    fn progress_counts_cells_and_what_is_to_be_added() {
        let study = shipped("cross-architecture-small");
        assert_eq!(study.progress(&[]).missing, 9);
        assert_eq!(study.progress(&[]).runs_missing, 3);
        let scores = ["", "MLP", "ConvNet", "LeNet"]
            .map(|network| (Scored { network: network.to_owned(), after: 0 }, vec![0.5].into()));
        let done = Outcome::Finished(BTreeMap::from(scores));
        let run = |run: u64, cell: usize, outcome| {
            Known::new(RunId::new(run), &study.cells[cell].specs[0], outcome)
        };
        let runs = [
            run(1, 0, done),
            run(2, 3, Outcome::Running(0.5)),
            run(3, 6, Outcome::Failed("no memory".to_owned())),
        ];
        let progress = study.progress(&runs);
        let counts = (progress.done, progress.running, progress.failed, progress.missing);
        assert_eq!((progress.cells, counts), (9, (3, 3, 3, 0)));
        assert_eq!(progress.runs_missing, 1, "what failed is tried again");
        assert_eq!(study.wanted(&runs).there, [1, 2].map(RunId::new));
        let stands = study.stands(&runs, &[]);
        let text = serde_json::to_string(&stands).unwrap();
        assert_eq!(serde_json::from_str::<Stands>(&text).unwrap(), stands);
        let mut far = stands;
        far.label(HostName::new("box"));
        let Stands::Table(table) = far else { unreachable!() };
        assert_eq!(table.rows[0].1[0].runs[0].to_string(), "box:1");
        assert_eq!(table.rows[2].1[0].ours.to_string(), "failed (run box:3)");
    }
}
