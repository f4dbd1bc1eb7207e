//! `stillroom study`: lists studies, adds the runs of one, shows its table.

// Writing to a string cannot fail.
use std::{fmt::Write as _, fs};

use serde_json::json;

use super::{failure::Failure, output, session};
use crate::{
    queue::{Command, RunId, RunState, RunSummary},
    record::Event,
    spec::{
        Spec,
        fault::nearest,
        parse::{Typed, parse},
    },
    study::{
        Cell, Definition, Known, Outcome, STUDIES, Table,
        cells::same_work,
        definition::Shipped,
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
        What::Show { study, markdown, csv } => {
            let study = Study::find(study)?;
            let runs = session::block_on(async {
                known(&mut session::connect().await?, &study.cells).await
            })?;
            let table = crate::study::table(&study.definition, &study.cells, &runs);
            match (json, markdown, csv) {
                (true, ..) => output::json(&table),
                (_, true, _) => output::text(&in_markdown(&table)),
                (_, _, true) => output::text(&in_csv(&table)),
                _ => output::text(&in_text(&table)),
            }
        }
    }
}

/// A study that was named.
struct Study {
    name: String,
    definition: Definition,
    cells: Vec<Cell>,
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
        Ok(Self { name: name.to_owned(), definition, cells })
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
    let quoted = |text: &str| {
        if text.contains([',', '"', '\n']) {
            format!("\"{}\"", text.replace('"', "\"\""))
        } else {
            text.to_owned()
        }
    };
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
                let std = std.map(|std| format!("{:.4}", std / 100.0)).unwrap_or_default();
                format!("{:.4},{std}", mean / 100.0)
            });
            let (name, column) = (quoted(name), quoted(column));
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
