//! Architecture search on condensed proxies: the same networks trained on small sets and on all data, and how
//! well the small sets rank them (reference section 6.1).
//!
//! A row is a run whose set is evaluated on the networks of a grid, one row, the reference, on all data. Of
//! each row it is told which architecture it ranks best and what that one reaches under the reference, the
//! rank correlation with the reference over all architectures and over those that are best BY THE REFERENCE,
//! the time, and the images to store. The accuracy of an architecture is the mean over all its networks.

use serde::{Deserialize, Serialize};

use crate::{
    evaluate::{Correlation, Summary},
    record::{RunId, run_id::named},
    spec::NetworkSpec,
};

use super::{
    cells::Cell,
    costs::Costs,
    definition::{Definition, StudyFault},
    results::{Known, Outcome, Scored},
    search_definition::{PublishedSearch, Search, Top},
    table::{Content, content, run_of, runs_of},
};

/// A search as it stands.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SearchTable {
    /// The heading.
    pub title: String,
    /// What the rows are.
    pub corner: String,
    /// The row that ranks truly.
    pub reference: String,
    /// Number of architectures.
    pub architectures: usize,
    /// Parts of the ranking that correlations are told of, beside the whole.
    pub tops: Vec<Top>,
    /// The part that published correlations are of.
    pub published_top: Option<Top>,
    /// The rows.
    pub rows: Vec<SearchRow>,
}

/// A row of it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SearchRow {
    /// Its name.
    pub name: String,
    /// What we have.
    pub ours: Standing,
    /// What was published.
    pub published: PublishedSearch,
    /// The runs that fill it, in the order of seeds.
    #[serde(default, with = "named::several")]
    pub runs: Vec<RunId>,
}

/// Where a row stands.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum Standing {
    /// Some of its runs are not through.
    Unfinished {
        /// How far they are: missing, pending, running or failed.
        progress: Content,
    },
    /// All are.
    Done(Box<Proxy>),
}

/// What a set is worth as a proxy for all data.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Proxy {
    /// The architecture of the highest accuracy; several if they share it.
    pub best: Vec<String>,
    /// What it reaches under the reference, 0 to 1, the mean if it is several; none before the reference is
    /// done.
    pub performance: Option<f64>,
    /// Agreement with the reference over all architectures.
    pub overall: Option<Correlation>,
    /// The same over each top.
    pub tops: Vec<Option<Correlation>>,
    /// Minutes for training and testing all architectures.
    pub minutes: f64,
    /// Minutes for all else, above all the making of the set.
    pub making_minutes: f64,
    /// Images to store.
    pub images: Option<u64>,
    /// Every architecture, in the order of the grid.
    pub points: Vec<Point>,
}

/// One architecture.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Point {
    /// Its name.
    pub architecture: String,
    /// Accuracy over all its networks, 0 to 1.
    pub accuracy: Summary,
    /// Seconds for these.
    pub secs: f64,
    /// Its mean accuracy under the reference.
    pub reference: Option<f64>,
}

/// The architectures of a search: those that its runs name in `evaluate.also_on`.
///
/// # Errors
/// When rows name different ones, or fewer than two.
pub fn space(
    study: &Definition,
    cells: &[Cell],
    source: &str,
) -> Result<Vec<NetworkSpec>, StudyFault> {
    let fault = |problem: String| StudyFault::Text { source_name: source.to_owned(), problem };
    let specs = || cells.iter().flat_map(|cell| cell.specs.iter().map(move |spec| (cell, spec)));
    let Some((_, first)) = specs().next() else { return Ok(Vec::new()) };
    let space = first.evaluate.also_on.list();
    if space.len() < 2 {
        return Err(fault("a search needs several networks in `evaluate.also_on`".to_owned()));
    }
    match specs().find(|(_, spec)| spec.evaluate.also_on.list() != space) {
        None => Ok(space.to_vec()),
        Some((cell, _)) => Err(fault(format!(
            "the rows of a search share their networks, and those of `{}` are others than those of `{}`",
            study.rows[cell.row].name, study.rows[0].name
        ))),
    }
}

/// The table of a search over `space`, from the runs that there are and what they cost.
pub fn search_table(
    study: &Definition,
    search: &Search,
    space: &[NetworkSpec],
    cells: &[Cell],
    runs: &[Known],
    costs: &[Costs],
) -> SearchTable {
    let cell = |row: usize| cells.iter().find(|cell| cell.row == row);
    let reference = study.rows.iter().position(|row| row.name == search.reference).and_then(cell);
    let reference = reference.and_then(|cell| points(cell, space, runs, costs).ok());
    let reference: Option<Vec<f64>> =
        reference.map(|points| points.iter().map(|point| point.accuracy.mean).collect());
    let rows = study.rows.iter().enumerate().map(|(row, line)| {
        let found = cell(row).map_or(Err(Content::Missing), |cell| {
            let points = points(cell, space, runs, costs)?;
            Ok(Box::new(proxy(points, reference.as_deref(), &search.top, cell, runs, costs)))
        });
        let ours = match found {
            Ok(proxy) => Standing::Done(proxy),
            Err(progress) => Standing::Unfinished { progress },
        };
        let filled = cell(row).map(|cell| runs_of(cell, runs)).unwrap_or_default();
        SearchRow { name: line.name.clone(), ours, published: line.published_search, runs: filled }
    });
    SearchTable {
        title: study.title.clone(),
        corner: study.corner.clone(),
        reference: search.reference.clone(),
        architectures: space.len(),
        tops: search.top.clone(),
        published_top: search.published_top,
        rows: rows.collect(),
    }
}

/// Every architecture of a row that is done; otherwise how far it is.
fn points(
    cell: &Cell,
    space: &[NetworkSpec],
    runs: &[Known],
    costs: &[Costs],
) -> Result<Vec<Point>, Content> {
    let progress = content(cell, runs);
    if !matches!(progress, Content::Done { .. }) {
        return Err(progress);
    }
    let point = |architecture: &NetworkSpec| {
        let (mut accuracies, mut secs) = (Vec::new(), 0.0);
        for (spec, work) in cell.specs.iter().zip(&cell.works) {
            let Some(run) = run_of(work, runs) else { continue };
            let Outcome::Finished(by_network) = &run.outcome else { continue };
            let own = *architecture == spec.network;
            let name = if own { String::new() } else { architecture.to_string() };
            let scored = Scored { network: name.clone(), after: 0 };
            accuracies
                .extend(by_network.get(&scored).into_iter().flat_map(|score| &score.networks));
            let cost = costs.iter().find(|cost| cost.run == run.run);
            secs += cost.and_then(|cost| cost.evaluation_secs.get(&name)).unwrap_or(&0.0);
        }
        let accuracy = Summary::of(&accuracies)?;
        let architecture = architecture.to_string();
        Some(Point { architecture, accuracy, secs, reference: None })
    };
    // A finished run has scored every network that its spec names.
    space.iter().map(point).collect::<Option<_>>().ok_or(Content::Missing)
}

/// Holds a row against the reference.
fn proxy(
    mut points: Vec<Point>,
    reference: Option<&[f64]>,
    tops: &[Top],
    cell: &Cell,
    runs: &[Known],
    costs: &[Costs],
) -> Proxy {
    for (point, truth) in points.iter_mut().zip(reference.unwrap_or_default()) {
        point.reference = Some(*truth);
    }
    let means: Vec<f64> = points.iter().map(|point| point.accuracy.mean).collect();
    let highest = means.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let best: Vec<&Point> = points.iter().filter(|point| point.accuracy.mean >= highest).collect();
    let reached: Vec<f64> = best.iter().filter_map(|point| point.reference).collect();
    // From the best to the worst by the reference; of equals the first in the grid stands first.
    let mut order: Vec<usize> = (0..points.len()).collect();
    let truth = reference.unwrap_or_default();
    if !truth.is_empty() {
        order.sort_by(|a, b| truth[*b].total_cmp(&truth[*a]));
    }
    let over = |count: usize| {
        let of =
            |values: &[f64]| order.iter().take(count).map(|at| values[*at]).collect::<Vec<_>>();
        reference.and_then(|truth| Correlation::of(&of(&means), &of(truth)))
    };
    let used = cell.works.iter().filter_map(|work| {
        let run = run_of(work, runs)?.run;
        costs.iter().find(|cost| cost.run == run)
    });
    let used: Vec<&Costs> = used.collect();
    // Several seeds are as many searches.
    let each = 60.0 * used.len().max(1) as f64;
    Proxy {
        best: best.iter().map(|point| point.architecture.clone()).collect(),
        performance: Summary::of(&reached).map(|summary| summary.mean),
        overall: over(points.len()),
        tops: tops.iter().map(|top| over(top.count(points.len()))).collect(),
        minutes: points.iter().map(|point| point.secs).sum::<f64>() / each,
        making_minutes: used.iter().map(|cost| cost.making_secs).sum::<f64>() / each,
        images: used.first().and_then(|cost| cost.images),
        points,
    }
}

#[cfg(test)]
mod tests;
