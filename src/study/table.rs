//! A study's table: ours and the published number cell by cell, and what is missing.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};

use crate::{
    evaluate::{Paired, Summary},
    record::{RunId, run_id::named},
    spec::Spec,
};

use super::{
    cells::Cell,
    definition::Definition,
    figure::Kind,
    results::{Known, Outcome, Score},
};

/// A published accuracy in per cent, written as the papers do: `88.7±0.6`, with `?` behind it where the source
/// could not be checked; `-` where there is none.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub struct Published {
    /// Mean and, where it was told, deviation, 0 to 100; none where nothing was published.
    pub value: Option<(f64, Option<f64>)>,
    /// True when it was not read in a source.
    pub unverified: bool,
}

impl Published {
    /// Mean and deviation, which is 0 where none was told.
    pub fn interval(&self) -> Option<(f64, f64)> {
        self.value.map(|(mean, std)| (mean, std.unwrap_or_default()))
    }
}

impl FromStr for Published {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        if text == "-" {
            return Ok(Self::default());
        }
        let (number, unverified) = match text.strip_suffix('?') {
            Some(number) => (number, true),
            None => (text, false),
        };
        let (mean, std) = match number.split_once('±') {
            Some((mean, std)) => (mean, Some(std)),
            None => (number, None),
        };
        let read =
            |part: &str| part.trim().parse::<f64>().ok().filter(|n| (0.0..=100.0).contains(n));
        match (read(mean), std.map(read)) {
            (Some(mean), None) => Ok(Self { value: Some((mean, None)), unverified }),
            (Some(mean), Some(std @ Some(_))) => Ok(Self { value: Some((mean, std)), unverified }),
            _ => Err(format!("`{text}` is no accuracy such as 88.7±0.6, 88.7, 88.7±0.6? or -")),
        }
    }
}

impl TryFrom<String> for Published {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        text.parse()
    }
}

impl From<Published> for String {
    fn from(published: Published) -> Self {
        published.to_string()
    }
}

impl fmt::Display for Published {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mark = if self.unverified { "?" } else { "" };
        match self.value {
            None => f.pad("-"),
            Some((mean, None)) => f.pad(&format!("{mean:.1}{mark}")),
            Some((mean, Some(std))) => f.pad(&format!("{mean:.1}±{std:.1}{mark}")),
        }
    }
}

/// What stands in a cell.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum Content {
    /// None of its runs has been added.
    Missing,
    /// Some of its runs wait.
    Pending,
    /// Some are under way; share of the time behind, 0 to 1, over all of them.
    Running {
        /// The share.
        share: f64,
    },
    /// A run of it has failed.
    Failed {
        /// The run.
        #[serde(with = "named")]
        run: RunId,
        /// Why.
        reason: String,
    },
    /// All of its runs are through: accuracies 0 to 1.
    Done {
        /// Mean and population deviation over all networks of all seeds.
        summary: Summary,
        /// The accuracies of every seed, network by network.
        seeds: Vec<Vec<f64>>,
    },
}

impl fmt::Display for Content {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Missing => f.pad("missing"),
            Self::Pending => f.pad("pending"),
            Self::Running { share } => f.pad(&format!("running {:.0} %", 100.0 * share)),
            Self::Failed { run, .. } => f.pad(&format!("failed (run {run})")),
            Self::Done { summary, .. } => {
                f.pad(&format!("{:.1}±{:.1}", 100.0 * summary.mean, 100.0 * summary.std))
            }
        }
    }
}

/// A cell of the table.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Entry {
    /// What we have.
    pub ours: Content,
    /// What was published.
    pub published: Published,
    /// The runs that fill it, in the order of seeds.
    #[serde(default, with = "named::several")]
    pub runs: Vec<RunId>,
    /// In a cell behind a task, the accuracy on each task so far, 0 to 1, the mean over its runs.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub by_task: Vec<f64>,
}

/// What the columns of a table are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Columns {
    /// Whatever the study changes.
    #[default]
    Settings,
    /// Networks that sets are evaluated on.
    Networks,
    /// Tasks that are learned one after the other.
    Tasks,
}

/// Two rows held against each other in a column, seed by seed: networks that were trained on one set are no
/// independent evidence about the method that made it. With a single seed they are all there is, and the
/// comparison is one of two sets.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Comparison {
    /// The rows, first minus second.
    pub rows: [String; 2],
    /// The column.
    pub column: String,
    /// What the test found; none before both cells are done.
    pub found: Option<Paired>,
}

/// A study as it stands.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Table {
    /// The heading.
    pub title: String,
    /// What the rows are.
    pub corner: String,
    /// Names of the columns.
    pub columns: Vec<String>,
    /// What they are.
    #[serde(default)]
    pub columns_are: Columns,
    /// How it is drawn.
    #[serde(default)]
    pub figure: Kind,
    /// Names of the rows, with their cells.
    pub rows: Vec<(String, Vec<Entry>)>,
    /// The comparisons that the study asks for.
    pub comparisons: Vec<Comparison>,
}

/// The table of a study with these cells, from the runs that there are.
pub fn table(study: &Definition, cells: &[Cell], runs: &[Known]) -> Table {
    let entry = |row: usize, column: usize| {
        let published = study.rows[row].published.get(column).copied().unwrap_or_default();
        let cell = cells.iter().find(|cell| (cell.row, cell.column) == (row, column));
        let ours = cell.map_or(Content::Missing, |cell| content(cell, runs));
        let by_task = cell.map(|cell| by_task(cell, runs)).unwrap_or_default();
        let runs = cell.map(|cell| runs_of(cell, runs)).unwrap_or_default();
        Entry { ours, published, runs, by_task }
    };
    let rows: Vec<(String, Vec<Entry>)> = study
        .rows
        .iter()
        .enumerate()
        .map(|(row, line)| {
            let entries = (0..study.columns.len()).map(|column| entry(row, column)).collect();
            (line.name.clone(), entries)
        })
        .collect();
    let evidence = |name: &str, column: usize| -> Option<Vec<f64>> {
        let (_, entries) = rows.iter().find(|(row, _)| row == name)?;
        match &entries[column].ours {
            Content::Done { seeds, .. } => match seeds.as_slice() {
                [networks] => Some(networks.clone()),
                seeds => {
                    Some(seeds.iter().filter_map(|own| Some(Summary::of(own)?.mean)).collect())
                }
            },
            _ => None,
        }
    };
    let comparisons = study.compare.iter().flat_map(|pair| {
        study.columns.iter().enumerate().map(|(column, over)| {
            let both = evidence(&pair[0], column).zip(evidence(&pair[1], column));
            let found = both.and_then(|(first, second)| Paired::of(&first, &second));
            Comparison { rows: pair.clone(), column: over.name.clone(), found }
        })
    });
    let comparisons = comparisons.collect();
    let has = |is: fn(&super::definition::Line) -> bool| study.columns.iter().any(is);
    let columns_are = if has(|column| column.after > 0) {
        Columns::Tasks
    } else if has(|column| !column.on.is_empty()) {
        Columns::Networks
    } else {
        Columns::Settings
    };
    Table {
        title: study.title.clone(),
        corner: study.corner.clone(),
        columns: study.columns.iter().map(|column| column.name.clone()).collect(),
        columns_are,
        figure: study.figure,
        rows,
        comparisons,
    }
}

/// The newest run that does this work, a finished one before all others.
pub fn run_of<'a>(work: &Spec, runs: &'a [Known]) -> Option<&'a Known> {
    let same = || runs.iter().filter(|run| run.work == *work);
    let done = same().rfind(|run| matches!(run.outcome, Outcome::Finished(_)));
    done.or_else(|| same().next_back())
}

/// The runs that fill a cell, in the order of seeds.
pub(super) fn runs_of(cell: &Cell, runs: &[Known]) -> Vec<RunId> {
    cell.works.iter().filter_map(|work| run_of(work, runs)).map(|known| known.run).collect()
}

/// The accuracy on each task behind the task of the cell, the mean over its finished runs.
fn by_task(cell: &Cell, runs: &[Known]) -> Vec<f64> {
    let scores = cell.works.iter().filter_map(|work| match &run_of(work, runs)?.outcome {
        Outcome::Finished(scores) => scores.get(&cell.scored),
        _ => None,
    });
    let seeds: Vec<&[f64]> = scores.map(|score: &Score| score.by_task.as_slice()).collect();
    let tasks = seeds.iter().map(|tasks| tasks.len()).min().unwrap_or(0);
    let mean =
        |task: usize| seeds.iter().map(|tasks| tasks[task]).sum::<f64>() / seeds.len() as f64;
    (0..tasks).map(mean).collect()
}

/// Where the runs of a cell are, and what they gave.
pub(super) fn content(cell: &Cell, runs: &[Known]) -> Content {
    let found: Vec<Option<&Known>> = cell.works.iter().map(|work| run_of(work, runs)).collect();
    let failed = found.iter().flatten().find_map(|run| match &run.outcome {
        Outcome::Failed(reason) => Some((run.run, reason.clone())),
        _ => None,
    });
    if let Some((run, reason)) = failed {
        return Content::Failed { run, reason };
    }
    let mut seeds: Vec<Vec<f64>> = Vec::new();
    let (mut share, mut running, mut waiting) = (0.0, false, false);
    for known in &found {
        match known.map(|known| &known.outcome) {
            Some(Outcome::Finished(scores)) => {
                share += 1.0;
                seeds.extend(scores.get(&cell.scored).map(|score| score.networks.clone()));
            }
            Some(Outcome::Running(done)) => {
                share += done;
                running = true;
            }
            Some(_) => waiting = true,
            None => {}
        }
    }
    let all_done = !running && !waiting && found.iter().all(Option::is_some);
    match Summary::of(&seeds.concat()) {
        Some(summary) if all_done => Content::Done { summary, seeds },
        _ if running => Content::Running { share: share / found.len().max(1) as f64 },
        _ if waiting => Content::Pending,
        _ => Content::Missing,
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::study::{Scored, cells::cells};

    const TEXT: &str = r#"
title = "t"
corner = "method"
seeds = [0, 1]
compare = [["DSA", "DC"]]
rows = [
    { name = "DSA", set = { method = "dsa" }, published = ["88.7±0.6", "-"] },
    { name = "DC", set = { method = "dc" } },
]
columns = [{ name = "1", set = { ipc = 1 } }, { name = "10", set = { ipc = 10 } }]
"#;

    fn study() -> (Definition, Vec<Cell>) {
        let study = Definition::parse(TEXT, "a.toml").unwrap();
        let cells = cells(&study, "a.toml").unwrap();
        (study, cells)
    }

    fn finished(accuracies: &[f64]) -> Outcome {
        Outcome::Finished(BTreeMap::from([(Scored::default(), accuracies.to_vec().into())]))
    }

    fn ids(numbers: Vec<u64>) -> Vec<RunId> {
        numbers.into_iter().map(RunId::new).collect()
    }

    #[test]
    fn a_cell_says_where_its_runs_are() {
        let (study, cells) = study();
        let known = |run: u64, cell: usize, seed: usize, outcome: Outcome| {
            let run = RunId::new(run);
            Known::new(run, &cells[cell].specs[seed], outcome)
        };
        let runs = [
            known(1, 0, 0, finished(&[0.8, 0.9])),
            known(2, 0, 1, finished(&[0.7, 0.8])),
            known(3, 1, 0, finished(&[0.5])),
            known(4, 1, 1, Outcome::Running(0.5)),
            known(5, 2, 0, Outcome::Waiting),
            known(6, 3, 1, Outcome::Failed("no memory".to_owned())),
        ];
        let table = table(&study, &cells, &runs);
        let shown = |row: usize, column: usize| table.rows[row].1[column].ours.to_string();
        assert_eq!(shown(0, 0), "80.0±7.1");
        assert_eq!(shown(0, 1), "running 75 %");
        assert_eq!(shown(1, 0), "pending");
        assert_eq!(shown(1, 1), "failed (run 6)");
        assert_eq!(table.rows[0].1[0].published.to_string(), "88.7±0.6");
        let runs = |row: usize, column: usize| table.rows[row].1[column].runs.clone();
        assert_eq!([runs(0, 0), runs(1, 0), runs(1, 1)], [vec![1, 2], vec![5], vec![6]].map(ids));
        assert_eq!((table.columns_are, table.figure), (Columns::Settings, Kind::Bars));
        let text = serde_json::to_string(&table).unwrap();
        assert_eq!(serde_json::from_str::<Table>(&text).unwrap(), table);
        assert_eq!(table.comparisons.len(), 2);
        assert!(table.comparisons.iter().all(|comparison| comparison.found.is_none()));
    }

    #[test]
    fn rows_are_compared_seed_by_seed() {
        let (study, cells) = study();
        let mut runs = Vec::new();
        for (cell, low) in [(0, 0.80), (2, 0.75)] {
            for (seed, spec) in cells[cell].specs.iter().enumerate() {
                let base = low + 0.01 * seed as f64;
                let outcome = finished(&[base, base + 0.02, base + 0.001 * cell as f64]);
                runs.push(Known::new(RunId::new(runs.len() as u64), spec, outcome));
            }
        }
        let table = table(&study, &cells, &runs);
        let found = table.comparisons[0].found.unwrap();
        assert_eq!(found.pairs, 2);
        // The third network of the second row is better by 0.002, in both seeds.
        assert!((found.difference - (0.05 - 0.002 / 3.0)).abs() < 1e-9);
        assert!(found.half_width < 1e-9);
    }

    #[test]
    fn a_finished_run_counts_before_a_newer_one_that_is_not() {
        let (_, cells) = study();
        let spec = cells[0].specs[0].clone();
        let run = |run, outcome| Known::new(RunId::new(run), &spec, outcome);
        let runs = [run(1, finished(&[0.5])), run(2, Outcome::Failed("x".to_owned()))];
        assert_eq!(run_of(&spec.work(), &runs).unwrap().run, RunId::new(1));
        assert_eq!(run_of(&spec.work(), &runs[1..]).unwrap().run, RunId::new(2));
        assert!(run_of(&cells[1].works[0], &runs).is_none());
    }

    #[test]
    fn cells_behind_tasks_keep_what_became_of_each() {
        let text = "title = \"t\"\ncorner = \"c\"\nseeds = [0, 1]\nrows = [{ name = \"a\" }]\n\
                    columns = [{ name = \"T1\", after = 1 }, { name = \"T2\", after = 2 }]\n\
                    [base]\ncontinual = { steps = 2 }";
        let study = Definition::parse(text, "a.toml").unwrap();
        let cells = cells(&study, "a.toml").unwrap();
        let run = |seed: usize, forgotten: f64| {
            let score = |after: u64, by_task: Vec<f64>| {
                let networks = vec![0.5];
                (Scored { network: String::new(), after }, Score { networks, by_task })
            };
            let scores = [score(1, vec![0.9]), score(2, vec![0.9 - forgotten, 0.8])];
            let outcome = Outcome::Finished(BTreeMap::from(scores));
            Known::new(RunId::new(seed as u64), &cells[0].specs[seed], outcome)
        };
        let table = table(&study, &cells, &[run(0, 0.2), run(1, 0.4)]);
        assert_eq!(table.columns_are, Columns::Tasks);
        let [first, second] = &table.rows[0].1[..] else { panic!("{table:?}") };
        let rounded = |tasks: &[f64]| tasks.iter().map(|a| (a * 100.0).round()).collect::<Vec<_>>();
        assert_eq!(
            (rounded(&first.by_task), rounded(&second.by_task)),
            (vec![90.0], vec![60.0, 80.0])
        );
    }

    #[test]
    fn published_values_read_as_they_are_written() {
        for text in ["88.7±0.6", "8.3±0.3?", "94.0?", "-"] {
            assert_eq!(text.parse::<Published>().unwrap().to_string(), text);
        }
        for text in ["", "88,7", "188.7±1.0", "88.7±x"] {
            assert!(text.parse::<Published>().is_err(), "{text}");
        }
    }
}
