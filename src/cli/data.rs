//! `stillroom data ls|import|verify`: the real data sets.

use std::path::PathBuf;

use super::{failure::Failure, output};
use crate::{
    data::{self, Published, Report, State},
    queue::Places,
};

/// The arguments of `data`.
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, clap::Subcommand)]
enum Command {
    /// List the known data sets, and which of them are here
    Ls,
    /// Check the files of a data set and copy them into the data directory
    Import {
        /// The name of the data set, as `data ls` shows it
        name: String,
        /// The folder with its files, or its archive
        path: PathBuf,
    },
    /// Read a whole data set and hold it against what was published
    Verify {
        /// The name of the data set
        name: String,
        /// Where it lies, when it was not imported
        path: Option<PathBuf>,
    },
}

/// Does it.
pub fn main(args: &Args, json: bool) -> Result<(), Failure> {
    let places = Places::find()?;
    let data_dir = places.data_dir();
    match &args.command {
        Command::Ls => list(&places, json),
        Command::Import { name, path } => show(&data::import(name, path, data_dir)?, json),
        Command::Verify { name, path } => {
            show(&data::verify(name, path.as_deref(), data_dir)?, json)
        }
    }
}

fn list(places: &Places, json: bool) -> Result<(), Failure> {
    let sets = data::list(places.data_dir());
    if json {
        return output::json(&sets);
    }
    let header = ["NAME", "STATE", "CLASSES", "TRAIN", "TEST", "TITLE"];
    let mut rows = vec![header.map(str::to_owned)];
    rows.extend(sets.iter().map(|set| {
        [
            set.name.to_owned(),
            word(set.state).to_owned(),
            set.classes.to_string(),
            set.train.to_string(),
            set.test.to_string(),
            set.title.to_owned(),
        ]
    }));
    output::table(&rows)
}

/// A data set's state in a list.
pub const fn word(state: State) -> &'static str {
    match state {
        State::Embedded => "embedded",
        State::Present => "present",
        State::Incomplete => "incomplete",
        State::Absent => "absent",
    }
}

fn show(report: &Report, json: bool) -> Result<(), Failure> {
    if json {
        return output::json(report);
    }
    let count = |per_class: &[usize]| {
        let sum: usize = per_class.iter().sum();
        let fewest = per_class.iter().min().copied().unwrap_or(0);
        let most = per_class.iter().max().copied().unwrap_or(0);
        format!("{sum} images in {} classes, {fewest} to {most} each", per_class.len())
    };
    output::line(&format!("{} ({})", report.name, report.title))?;
    output::line(&format!("  train  {}", count(&report.train_per_class)))?;
    output::line(&format!("  test   {}", count(&report.test_per_class)))?;
    for file in &report.files {
        let verdict = match file.published {
            Published::Same => "as published",
            Published::Different => "NOT as published, but well formed",
            Published::Unknown => "no published sum to compare with",
        };
        output::line(&format!("  {}  {} bytes, {verdict}", file.path.display(), file.bytes))?;
    }
    Ok(())
}
