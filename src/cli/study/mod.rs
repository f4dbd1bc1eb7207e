//! `stillroom study`: lists studies, tells how long one takes, adds its runs, shows its table and figure.

mod add;
mod forecast;
mod runs;
mod search_table;
mod table_text;

use std::{
    fs,
    path::{Path, PathBuf},
};

use serde_json::json;

use self::{
    runs::{events, known},
    table_text::{in_csv, in_markdown, in_text},
};
use super::{failure::Failure, output, session};
use crate::{
    figure::Format,
    queue::RunId,
    record::atomic,
    spec::{NetworkSpec, fault::nearest},
    study::{
        Cell, Costs, Definition, Outcome, STUDIES, SearchTable, Table, definition::Shipped, figure,
        search::space,
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
        What::Add { study, no_estimate } => add::add(&Study::find(study)?, *no_estimate, json),
        What::Estimate { study } => add::estimate(&Study::find(study)?, json),
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
        Stands::Table(table) => figure::of_table(&table, study.definition.figure, Format::Svg),
        Stands::Search(table) => figure::of_search(&table, Format::Svg),
    };
    let svg = figure.map_err(|error| Failure::Said(error.to_string()))?;
    let said = |error: atomic::WriteError| Failure::Said(error.to_string());
    atomic::write(path, &svg).map_err(said)?;
    if json {
        return output::json(&json!({ "study": study.name, "svg": path }));
    }
    output::line(&format!("{} is written", path.display()))
}
