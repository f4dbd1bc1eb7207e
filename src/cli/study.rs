//! `stillroom study`: lists studies, adds the runs of one, shows its table.

// Writing to a string cannot fail.
use std::{
    fmt::Write as _,
    fs,
    path::{Path, PathBuf},
};

use serde_json::json;

use super::{failure::Failure, output, search_table, session};
use crate::{
    queue::{Command, RunId, RunState, RunSummary},
    record::{Event, atomic},
    spec::{
        NetworkSpec, Spec,
        fault::nearest,
        parse::{Typed, parse},
    },
    study::{
        Cell, Costs, Definition, Known, Outcome, STUDIES, SearchTable, Table,
        cells::same_work,
        definition::Shipped,
        figure,
        search::space,
        table::{Comparison, Content, Entry, run_of},
    },
    wire::{
        Client,
        client::unexpected,
        message::{Answer, Wish},
    },
};

/// The arguments of `study`.
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, clap::Subcommand)]
enum What {
    /// List the studies that come with the program
    Ls,
    /// Add those runs of a study that there are not yet
    Add {
        /// A study that `study ls` lists, or a TOML file
        study: String,
    },
    /// Show the table of a study as it stands
    Show {
        /// A study that `study ls` lists, or a TOML file
        study: String,
        /// As a Markdown table
        #[arg(long, conflicts_with = "csv")]
        markdown: bool,
        /// As comma-separated values, a line for each cell
        #[arg(long)]
        csv: bool,
        /// Write its figure to this file, as SVG
        #[arg(long, value_name = "FILE", conflicts_with_all = ["markdown", "csv"])]
        svg: Option<PathBuf>,
    },
    /// Print the TOML of a study
    Print {
        /// A study that `study ls` lists
        study: String,
    },
}

/// Does what was asked.
pub fn main(args: &Args, json: bool) -> Result<(), Failure> {
    match &args.what {
        What::Ls => list(json),
        What::Print { study } => {
            let shipped = Shipped::find(study).ok_or_else(|| unknown(study))?;
            output::text(shipped.text)
        }
        What::Add { study } => add(&Study::find(study)?, json),
        What::Show { study, svg: Some(path), .. } => draw(&Study::find(study)?, path, json),
        What::Show { study, markdown, csv, svg: None } => {
            let study = Study::find(study)?;
            match (study.stands()?, json, markdown, csv) {
                (Stands::Table(table), true, ..) => output::json(&table),
                (Stands::Table(table), _, true, _) => output::text(&in_markdown(&table)),
                (Stands::Table(table), _, _, true) => output::text(&in_csv(&table)),
                (Stands::Table(table), ..) => output::text(&in_text(&table)),
                (Stands::Search(table), true, ..) => output::json(&table),
                (Stands::Search(table), _, true, _) => {
                    output::text(&search_table::in_markdown(&table))
                }
                (Stands::Search(table), _, _, true) => output::text(&search_table::in_csv(&table)),
                (Stands::Search(table), ..) => output::text(&search_table::in_text(&table)),
            }
        }
    }
}

/// A study that was named.
struct Study {
    name: String,
    definition: Definition,
    cells: Vec<Cell>,
    /// The architectures of a search.
    space: Vec<NetworkSpec>,
}

/// A study as it stands.
enum Stands {
    Table(Table),
    Search(SearchTable),
}

impl Study {
    fn find(name: &str) -> Result<Self, Failure> {
        let text = match Shipped::find(name) {
            Some(shipped) => shipped.text.to_owned(),
            None => match fs::read_to_string(name) {
                Ok(text) => text,
                Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                    return Err(unknown(name));
                }
                Err(source) => return Err(Failure::Read { path: name.into(), source }),
            },
        };
        let said = |fault: crate::study::StudyFault| Failure::Said(fault.to_string());
        let definition = Definition::parse(&text, name).map_err(said)?;
        let cells = crate::study::cells(&definition, name).map_err(said)?;
        let space = match definition.search {
            Some(_) => space(&definition, &cells, name).map_err(said)?,
            None => Vec::new(),
        };
        Ok(Self { name: name.to_owned(), definition, cells, space })
    }

    fn stands(&self) -> Result<Stands, Failure> {
        let Self { definition, cells, space, .. } = self;
        session::block_on(async {
            let mut client = session::connect().await?;
            let runs = known(&mut client, cells).await?;
            let Some(search) = &definition.search else {
                return Ok(Stands::Table(crate::study::table(definition, cells, &runs)));
            };
            let mut costs = Vec::new();
            for run in runs.iter().filter(|run| matches!(run.outcome, Outcome::Finished(_))) {
                let events = events(&mut client, RunId(run.run)).await?;
                costs.push(Costs::of(run.run, &run.spec, &events));
            }
            Ok(Stands::Search(crate::study::search_table(
                definition, search, space, cells, &runs, &costs,
            )))
        })
    }
}

fn unknown(name: &str) -> Failure {
    let names = || STUDIES.iter().map(|study| study.name);
    let near = nearest(name, names());
    let near = near.map(|near| format!("; did you mean `{near}`?")).unwrap_or_default();
    let names = names().collect::<Vec<_>>().join(", ");
    Failure::Said(format!("`{name}` is neither a study nor a file{near}\nStudies: {names}"))
}

fn list(json: bool) -> Result<(), Failure> {
    if json {
        let studies: Vec<_> = STUDIES
            .iter()
            .map(|study| json!({ "name": study.name, "purpose": study.purpose() }))
            .collect();
        return output::json(&studies);
    }
    let rows: Vec<_> =
        STUDIES.iter().map(|study| [study.name.to_owned(), study.purpose().to_owned()]).collect();
    output::table(&rows)
}

/// Writes the figure of a study.
fn draw(study: &Study, path: &Path, json: bool) -> Result<(), Failure> {
    let figure = match study.stands()? {
        Stands::Table(table) => figure::of_table(&table, study.definition.figure),
        Stands::Search(table) => figure::of_search(&table),
    };
    let svg = figure.map_err(|error| Failure::Said(error.to_string()))?;
    let said = |error: atomic::WriteError| Failure::Said(error.to_string());
    atomic::write(path, svg.as_bytes()).map_err(said)?;
    if json {
        return output::json(&json!({ "study": study.name, "svg": path }));
    }
    output::line(&format!("{} is written", path.display()))
}

/// The specs of a study that are different work, each with its row's and column's name.
fn work(study: &Study) -> Vec<(String, Spec)> {
    let mut found: Vec<(String, Spec)> = Vec::new();
    for cell in &study.cells {
        let [row, column] =
            [&study.definition.rows[cell.row].name, &study.definition.columns[cell.column].name];
        for spec in &cell.specs {
            if !found.iter().any(|(_, other)| same_work(spec, other)) {
                found.push((format!("{row}, {column}, {}", study.name), spec.clone()));
            }
        }
    }
    found
}

fn add(study: &Study, json: bool) -> Result<(), Failure> {
    let (added, there) = session::block_on(async {
        let mut client = session::connect().await?;
        let runs = known(&mut client, &study.cells).await?;
        let (mut added, mut there) = (Vec::new(), Vec::new());
        for (name, spec) in work(study) {
            let run = run_of(&spec, &runs);
            if let Some(run) = run.filter(|run| !matches!(run.outcome, Outcome::Failed(_))) {
                there.push(run.run);
                continue;
            }
            let spec = Spec { name, ..spec };
            let (text, source) = (spec.to_toml(), format!("study {}", study.name));
            let add = Command::Add { spec: text, source, front: false };
            match client.ask(Wish::Command(add)).await? {
                Answer::Added { run, .. } => added.push(run.0),
                other => return Err(unexpected(&other).into()),
            }
        }
        Ok((added, there))
    })?;
    if json {
        return output::json(&json!({ "added": added, "there": there }));
    }
    let there = if there.is_empty() {
        String::new()
    } else {
        format!(", {} are there already", there.len())
    };
    output::line(&format!(
        "{} runs added{there}; `stillroom study show {}` shows the table",
        added.len(),
        study.name
    ))
}

/// The runs that may belong to a study's cells, in the order of their numbers.
async fn known(client: &mut Client, cells: &[Cell]) -> Result<Vec<Known>, Failure> {
    let mut runs = session::list(client).await?;
    runs.sort_by_key(|run| run.id);
    let mut found = Vec::new();
    for run in runs {
        let specs = || cells.iter().flat_map(|cell| &cell.specs);
        if !specs().any(|spec| run.method == spec.method.word() && run.seed == spec.seed) {
            continue;
        }
        let text = session::file(client, run.id, "spec.toml").await?;
        let text = String::from_utf8_lossy(&text);
        let typed = Typed { source: "spec.toml", text: &text, set: &[] };
        // A folder of another version that cannot be read is no run of this study.
        let Ok(spec) = parse(&typed) else { continue };
        if !specs().any(|cell| same_work(cell, &spec)) {
            continue;
        }
        let outcome = outcome(client, &run).await?;
        found.push(Known { run: run.id.0, spec, outcome });
    }
    Ok(found)
}

async fn outcome(client: &mut Client, run: &RunSummary) -> Result<Outcome, Failure> {
    Ok(match &run.state {
        RunState::Finished { .. } => Outcome::finished(&events(client, run.id).await?),
        RunState::Running { .. } | RunState::Stopping { .. } => Outcome::Running(run.digest.share),
        RunState::Failed { reason, .. } => Outcome::Failed(reason.clone()),
        RunState::Cancelled { .. } => Outcome::Failed("it was cancelled".to_owned()),
        _ => Outcome::Waiting,
    })
}

async fn events(client: &mut Client, run: RunId) -> Result<Vec<Event>, Failure> {
    let log = session::file(client, run, "events.jsonl").await?;
    let lines = log.split(|byte| *byte == b'\n');
    Ok(lines.filter_map(|line| serde_json::from_slice(line).ok()).collect())
}

/// A cell as text: ours, and the published number behind it.
fn cell(entry: &Entry) -> String {
    match entry.published.value {
        Some(_) => format!("{} ({})", entry.ours, entry.published),
        None => entry.ours.to_string(),
    }
}

fn in_text(table: &Table) -> String {
    let mut header = vec![table.corner.to_uppercase()];
    header.extend(table.columns.iter().cloned());
    let mut rows = vec![header];
    for (name, entries) in &table.rows {
        let mut row = vec![name.clone()];
        row.extend(entries.iter().map(cell));
        rows.push(row);
    }
    let mut text = format!("{}\n\n{}", table.title, output::columns(&rows));
    let published = table.rows.iter().flat_map(|(_, entries)| entries);
    if published.clone().any(|entry| entry.published.value.is_some()) {
        text.push_str("\nTest accuracy in %, ours (published).");
        if published.clone().any(|entry| entry.published.unverified) {
            text.push_str(
                " A published number with ? behind it was not checked against its source.",
            );
        }
        text.push('\n');
    }
    for (name, entries) in &table.rows {
        for (entry, column) in entries.iter().zip(&table.columns) {
            if let Content::Failed { run, reason } = &entry.ours {
                let _ = writeln!(text, "\n{name}, {column}: run {run} failed: {reason}");
            }
        }
    }
    for comparison in &table.comparisons {
        let _ = writeln!(text, "\n{}", sentence(comparison));
    }
    text
}

fn sentence(comparison: &Comparison) -> String {
    let Comparison { rows: [first, second], column, found } = comparison;
    match found {
        None => format!("{first} against {second}, {column}: not both are done"),
        Some(paired) => format!(
            "{first} against {second}, {column}: {:+.2} ± {:.2} points (95 % interval), p = {:.2e}, {} pairs",
            100.0 * paired.difference,
            100.0 * paired.half_width,
            paired.p_value,
            paired.pairs
        ),
    }
}

fn in_markdown(table: &Table) -> String {
    let line = |cells: Vec<String>| format!("| {} |\n", cells.join(" | "));
    let mut header = vec![table.corner.clone()];
    header.extend(table.columns.iter().cloned());
    let mut text = line(header.clone());
    text.push_str(&line(vec!["---".to_owned(); header.len()]));
    for (name, entries) in &table.rows {
        let mut row = vec![name.clone()];
        row.extend(entries.iter().map(cell));
        text.push_str(&line(row));
    }
    for comparison in &table.comparisons {
        let _ = writeln!(text, "\n{}", sentence(comparison));
    }
    text
}

fn in_csv(table: &Table) -> String {
    let mut text = "row,column,state,mean,std,count,published_mean,published_std\n".to_owned();
    for (name, entries) in &table.rows {
        for (entry, column) in entries.iter().zip(&table.columns) {
            let (state, ours) = match &entry.ours {
                Content::Missing => ("missing", None),
                Content::Pending => ("pending", None),
                Content::Running { .. } => ("running", None),
                Content::Failed { .. } => ("failed", None),
                Content::Done { summary, .. } => ("done", Some(summary)),
            };
            let ours = ours.map_or(",,".to_owned(), |summary| {
                format!("{:.4},{:.4},{}", summary.mean, summary.std, summary.count)
            });
            let published = entry.published.value;
            let published = published.map_or(",".to_owned(), |(mean, std)| {
                format!("{:.4},{:.4}", mean / 100.0, std / 100.0)
            });
            let (name, column) = (output::csv_field(name), output::csv_field(column));
            let _ = writeln!(text, "{name},{column},{state},{ours},{published}");
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::evaluate::{Paired, Summary};

    fn table() -> Table {
        let done = |mean: f64| Content::Done {
            summary: Summary { mean, std: 0.005, count: 3 },
            seeds: vec![vec![mean; 3]],
        };
        let entry =
            |ours: Content, published: &str| Entry { ours, published: published.parse().unwrap() };
        Table {
            title: "A table".to_owned(),
            corner: "method".to_owned(),
            columns: vec!["1".to_owned(), "10".to_owned()],
            rows: vec![
                (
                    "DSA".to_owned(),
                    vec![entry(done(0.885), "88.7±0.6"), entry(Content::Pending, "-")],
                ),
                (
                    "K, C".to_owned(),
                    vec![
                        entry(
                            Content::Failed { run: 7, reason: "no memory".to_owned() },
                            "8.3±0.3?",
                        ),
                        entry(Content::Running { share: 0.25 }, "-"),
                    ],
                ),
            ],
            comparisons: vec![
                Comparison {
                    rows: ["DSA".to_owned(), "K, C".to_owned()],
                    column: "1".to_owned(),
                    found: Paired::of(&[0.9, 0.8, 0.9], &[0.8, 0.75, 0.85]),
                },
                Comparison {
                    rows: ["DSA".to_owned(), "K, C".to_owned()],
                    column: "10".to_owned(),
                    found: None,
                },
            ],
        }
    }

    #[test]
    fn a_table_is_text_markdown_and_csv() {
        insta::assert_snapshot!("text", in_text(&table()));
        insta::assert_snapshot!("markdown", in_markdown(&table()));
        insta::assert_snapshot!("csv", in_csv(&table()));
    }

    #[test]
    fn equal_work_is_added_once() {
        let study = Study::find("table-1-small").unwrap();
        let work = work(&study);
        let whole = work.iter().filter(|(_, spec)| spec.method == crate::spec::Method::Whole);
        assert_eq!(whole.count(), 1);
        assert!(work.len() < study.cells.len());
        let error = Study::find("table-1-smal").map(|_| ()).unwrap_err().to_string();
        assert!(error.contains("did you mean `table-1-small`"), "{error}");
    }
}
