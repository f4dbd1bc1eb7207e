//! `stillroom study`: lists studies, tells how long one takes, adds its runs, shows its table and figure.

mod add;
mod everywhere;
mod forecast;
mod search_table;
mod table_text;

use std::{
    fs,
    path::{Path, PathBuf},
};

use serde_json::json;

use self::{
    everywhere::Everywhere,
    table_text::{in_markdown, in_text},
};
use super::{failure::Failure, output, session::Session};
use crate::{
    figure::Format,
    record::atomic,
    spec::fault::nearest,
    study::{Progress, STUDIES, Stands, StudySummary, csv, definition::Shipped, figure},
    wire::{
        client::unexpected,
        message::{Answer, StudyName, Wish},
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
    /// List the studies and how many of their cells are done
    Ls,
    /// Add those runs of a study that there are not yet
    Add {
        /// A study that `study ls` lists, or a TOML file
        study: String,
        /// Do not measure first how long they will take
        #[arg(long)]
        no_estimate: bool,
    },
    /// Say how long those runs of a study will take that there are not yet, from a measurement of each kind
    Estimate {
        /// A study that `study ls` lists, or a TOML file
        study: String,
    },
    /// Show the table of a study as it stands
    Show {
        /// A study that `study ls` lists, or a TOML file
        study: String,
        #[command(flatten)]
        form: Form,
    },
    /// Print the TOML of a study
    Print {
        /// A study that `study ls` lists
        study: String,
    },
}

/// How a table is shown.
#[derive(Debug, clap::Args)]
struct Form {
    /// As a Markdown table
    #[arg(long, conflicts_with = "csv")]
    markdown: bool,
    /// As comma-separated values, a line for each cell
    #[arg(long)]
    csv: bool,
    /// Write its figure to this file, as SVG
    #[arg(long, value_name = "FILE", conflicts_with_all = ["markdown", "csv"])]
    svg: Option<PathBuf>,
}

/// Does what was asked, of one host.
pub fn main(args: &Args, session: &Session) -> Result<(), Failure> {
    let json = session.json;
    match &args.what {
        What::Ls => match session.ask(Wish::Studies)? {
            Answer::Studies { studies } => list(&studies, json),
            other => Err(unexpected(&other).into()),
        },
        What::Print { study } => print(study),
        What::Add { study, no_estimate } => add::add(study, named(study)?, *no_estimate, session),
        What::Estimate { study } => add::estimate(named(study)?, session),
        What::Show { study, form } => match session.ask(Wish::Study(named(study)?))? {
            Answer::Study { stands, .. } => show(study, &stands, form, json),
            other => Err(unexpected(&other).into()),
        },
    }
}

/// Does what was asked, of all hosts together.
pub fn everywhere(args: &Args, json: bool) -> Result<(), Failure> {
    match &args.what {
        What::Ls => list(&Everywhere::new(json)?.list()?, json),
        What::Print { study } => print(study),
        What::Add { study, .. } => Everywhere::new(json)?.add(study, &named(study)?),
        What::Estimate { .. } => Err(Failure::Said(
            "hosts differ in how fast they are; name the one to measure on".to_owned(),
        )),
        What::Show { study, form } => {
            let stands = Everywhere::new(json)?.stands(&named(study)?)?;
            show(study, &stands, form, json)
        }
    }
}

/// How a study stands, in the form that was asked for.
fn show(typed: &str, stands: &Stands, form: &Form, json: bool) -> Result<(), Failure> {
    let Form { markdown, csv, svg } = form;
    if let Some(path) = svg {
        return draw(typed, stands, path, json);
    }
    match (stands, json, markdown, csv) {
        (Stands::Table(table), true, ..) => output::json(table),
        (Stands::Table(table), _, true, _) => output::text(&in_markdown(table)),
        (Stands::Table(table), _, _, true) => output::text(&csv::of_table(table)),
        (Stands::Table(table), ..) => output::text(&in_text(table)),
        (Stands::Search(table), true, ..) => output::json(table),
        (Stands::Search(table), _, true, _) => output::text(&search_table::in_markdown(table)),
        (Stands::Search(table), _, _, true) => output::text(&csv::of_search(table)),
        (Stands::Search(table), ..) => output::text(&search_table::in_text(table)),
    }
}

fn print(study: &str) -> Result<(), Failure> {
    let shipped = Shipped::find(study).ok_or_else(|| unknown(study))?;
    output::text(shipped.text)
}

/// What was typed: a study that comes with the program, a file, or a study that the daemon knows.
fn named(typed: &str) -> Result<StudyName, Failure> {
    let name = typed.to_owned();
    if Shipped::find(typed).is_some() {
        return Ok(StudyName { name, text: String::new() });
    }
    let path = Path::new(typed);
    match fs::read_to_string(path) {
        Ok(text) => {
            let stem = path.file_stem().map(|stem| stem.to_string_lossy().into_owned());
            Ok(StudyName { name: stem.unwrap_or(name), text })
        }
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            Ok(StudyName { name, text: String::new() })
        }
        Err(source) => Err(Failure::Read { path: path.to_owned(), source }),
    }
}

fn unknown(name: &str) -> Failure {
    let names = || STUDIES.iter().map(|study| study.name);
    let near = nearest(name, names());
    let near = near.map(|near| format!("; did you mean `{near}`?")).unwrap_or_default();
    let names = names().collect::<Vec<_>>().join(", ");
    Failure::Said(format!("no study `{name}` comes with the program{near}\nStudies: {names}"))
}

fn list(studies: &[StudySummary], json: bool) -> Result<(), Failure> {
    if json {
        return output::json(&studies);
    }
    let rows: Vec<_> = studies
        .iter()
        .map(|study| {
            let Progress { cells, done, .. } = study.progress;
            let what = if study.fault.is_empty() { &study.purpose } else { &study.fault };
            [study.name.clone(), format!("{done}/{cells}"), what.clone()]
        })
        .collect();
    output::table(&rows)
}

/// Writes the figure of a study.
fn draw(typed: &str, stands: &Stands, path: &Path, json: bool) -> Result<(), Failure> {
    let figure = match stands {
        Stands::Table(table) => figure::of_table(table, Format::Svg),
        Stands::Search(table) => figure::of_search(table, Format::Svg),
    };
    let svg = figure.map_err(|error| Failure::Said(error.to_string()))?;
    let said = |error: atomic::WriteError| Failure::Said(error.to_string());
    atomic::write(path, &svg).map_err(said)?;
    if json {
        return output::json(&json!({ "study": typed, "svg": path }));
    }
    output::line(&format!("{} is written", path.display()))
}
