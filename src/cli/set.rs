//! `stillroom set show|convert`: synthetic sets in files of this and other programs.

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
};

use serde::Serialize;

use super::{
    export,
    failure::Failure,
    figures, output,
    set_reading::{Reading, taken_for},
};
use crate::{
    evaluate::Summary,
    record::{
        Labels, PixelSpace, Steps,
        exchange::{self, Format, Found, Kind, error::plain},
    },
};

/// The arguments of `set`.
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, clap::Subcommand)]
enum Command {
    /// Say what a file holds: shape, labels, pixel space, rates, accuracies
    Show {
        /// A file (.safetensors, .npz, .pt, .pth) or a folder (PNG files by class, images.pt)
        path: PathBuf,
        #[command(flatten)]
        reading: Reading,
    },
    /// Write the set of one file to another one
    Convert {
        /// The file or folder to read
        path: PathBuf,
        /// The file or folder to write; nothing may be there yet
        target: PathBuf,
        /// The format; without it, as the target's name says (.safetensors, .npz, .pt)
        #[arg(long, value_name = "FORMAT")]
        to: Option<Format>,
        #[command(flatten)]
        reading: Reading,
    },
}

/// Does it.
pub fn main(args: &Args, json: bool) -> Result<(), Failure> {
    match &args.command {
        Command::Show { path, reading } => show(path, &reading.read(path)?, json),
        Command::Convert { path, target, to, reading } => {
            let format = to.or_else(|| Format::of_path(target)).ok_or_else(|| nameless(target))?;
            export::write(path, &reading.read(path)?, format, target, json)
        }
    }
}

fn nameless(target: &Path) -> Failure {
    let words: Vec<_> = Format::ALL.iter().map(|(_, word)| *word).collect();
    Failure::Said(format!(
        "the name {} does not say its format: add `--to` with one of {}",
        target.display(),
        words.join(", ")
    ))
}

/// What is in a file.
#[derive(Debug, Serialize)]
struct Shown<'a> {
    path: &'a Path,
    kind: Kind,
    shape: [usize; 4],
    classes: &'a [String],
    per_class: Vec<usize>,
    labels: &'static str,
    space: &'a PixelSpace,
    reason: &'a str,
    lowest: f32,
    highest: f32,
    steps: Option<&'a Steps>,
    accuracies: BTreeMap<String, Vec<f64>>,
    origin: &'a str,
    iteration: u64,
}

fn show(path: &Path, found: &Found, json: bool) -> Result<(), Failure> {
    let set = &found.set;
    let shown = Shown {
        path,
        kind: found.kind,
        shape: set.shape,
        classes: &set.about.classes,
        per_class: set.labels.per_class(set.about.classes.len()),
        labels: match &set.labels {
            Labels::Hard(_) => "one class per image",
            Labels::Soft { meaning, .. } => meaning.word(),
        },
        space: &set.about.space,
        reason: &found.reason,
        lowest: set.images.iter().copied().fold(f32::INFINITY, f32::min),
        highest: set.images.iter().copied().fold(f32::NEG_INFINITY, f32::max),
        steps: set.steps.as_ref(),
        accuracies: exchange::reported(set),
        origin: &set.about.origin,
        iteration: set.about.iteration,
    };
    if json {
        return output::json(&shown);
    }
    output::line(&taken_for(path, found))?;
    for (name, value) in rows(&shown) {
        if !value.is_empty() {
            output::line(&format!("{name:<12}{}", plain(&value)))?;
        }
    }
    Ok(())
}

fn rows(shown: &Shown<'_>) -> Vec<(&'static str, String)> {
    let [count, channels, height, width] = shown.shape;
    let (fewest, most) =
        (shown.per_class.iter().min().unwrap_or(&0), shown.per_class.iter().max().unwrap_or(&0));
    let each = if fewest == most { fewest.to_string() } else { format!("{fewest} to {most}") };
    let mut rows = vec![
        ("images", format!("{count} of {channels}x{height}x{width}")),
        (
            "classes",
            format!("{}, {each} images each: {}", shown.classes.len(), some(shown.classes)),
        ),
        ("labels", shown.labels.to_owned()),
        ("pixels", format!("{:.3} to {:.3}", shown.lowest, shown.highest)),
        ("rates", shown.steps.map(rates).unwrap_or_default()),
    ];
    for (network, values) in &shown.accuracies {
        let score = Summary::of(values).map(|summary| (summary.mean, summary.std));
        let over = format!("{} over {} of {network}", figures::accuracy(score), values.len());
        rows.push(("accuracy", over));
    }
    rows.push((
        "iterations",
        if shown.iteration > 0 { shown.iteration.to_string() } else { String::new() },
    ));
    rows.push(("from", shown.origin.to_owned()));
    rows
}

/// The first few names.
fn some(names: &[String]) -> String {
    const MOST: usize = 10;
    let more = if names.len() > MOST { ", …" } else { "" };
    format!("{}{more}", names.iter().take(MOST).cloned().collect::<Vec<_>>().join(", "))
}

fn rates(steps: &Steps) -> String {
    let rates = || steps.steps.iter().map(|step| step.rate);
    let lowest = rates().fold(f32::INFINITY, f32::min);
    let highest = rates().fold(f32::NEG_INFINITY, f32::max);
    format!(
        "{} learned steps over {} groups of images, rates {lowest} to {highest}",
        steps.steps.len(),
        steps.groups.len()
    )
}
