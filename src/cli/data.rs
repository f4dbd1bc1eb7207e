//! `stillroom data ls|fetch|import|send|verify`: the real data sets.

use std::path::PathBuf;

use super::{
    data_progress::{Counter, Download},
    data_sending,
    failure::Failure,
    output,
    session::{Session, block_on},
};
use crate::{
    data::{self, HeldOut, Published, Report, Shaping, State, Wishes},
    queue::Places,
    spec::{Fit, ImageSize},
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
    ///
    /// With a new name, make a folder of pictures (one sub-folder per class, above them `train` and `test`
    /// if you have parted them) or an .npz file (`x_train`, `y_train`, `x_test`, `y_test`) a data set.
    Import(Import),
    /// Download a data set from its publisher and import it; a broken download is gone on with
    Fetch(Fetch),
    /// Send a data set of this machine to a host; a broken transfer is gone on with
    Send {
        /// The name of the data set
        name: String,
        /// A host of config.toml, or a name that ssh knows
        #[arg(value_name = "HOST")]
        to: String,
    },
    /// Read a whole data set and hold it against what was published
    Verify {
        /// The name of the data set
        name: String,
        /// Where it lies, when it was not imported
        path: Option<PathBuf>,
    },
}

/// The arguments of `data import`.
#[derive(Debug, clap::Args)]
struct Import {
    /// The name of the data set, as `data ls` shows it, or a new one
    name: String,
    /// The folder with its files, or its archive, or the .npz file
    path: PathBuf,
    /// Bring own pictures to this size, such as 64x64
    #[arg(long, value_name = "WIDTHxHEIGHT")]
    size: Option<ImageSize>,
    /// How pictures of another shape are brought to it: crop, resize or pad [default: crop]
    #[arg(long)]
    fit: Option<Fit>,
    /// Bring own pictures to 1 channel (grey) or 3 (colour)
    #[arg(long, value_parser = ["1", "3"])]
    channels: Option<String>,
    /// Share of every class to hold out for testing where there is no test part [default: 0.2]
    #[arg(long, value_name = "SHARE")]
    held_out: Option<f64>,
    /// Which pictures are held out [default: 0]
    #[arg(long)]
    seed: Option<u64>,
}

impl Import {
    /// What is asked for, if anything is.
    fn wishes(&self) -> Result<Option<Wishes>, Failure> {
        let Self { size, fit, channels, held_out, seed, .. } = self;
        if size.is_none()
            && fit.is_none()
            && channels.is_none()
            && held_out.is_none()
            && seed.is_none()
        {
            return Ok(None);
        }
        let usual = HeldOut::default();
        let share = held_out.unwrap_or(usual.share);
        if !(share > 0.0 && share < 1.0) {
            let text = format!("--held-out {share} is no share; write a number between 0 and 1");
            return Err(Failure::Said(text));
        }
        let shaping = Shaping {
            size: size.unwrap_or_default(),
            fit: fit.unwrap_or(Fit::Crop),
            channels: channels.as_deref().and_then(|digit| digit.parse().ok()),
        };
        let held_out = HeldOut { share, seed: seed.unwrap_or(usual.seed) };
        Ok(Some(Wishes { shaping, held_out }))
    }
}

/// The arguments of `data fetch`.
#[derive(Debug, clap::Args)]
struct Fetch {
    /// The name of the data set, as `data ls` shows it
    name: String,
    /// Fetch from here instead: the address of the file, or of the folder where there are several files
    #[arg(long)]
    url: Option<String>,
    /// Fetch it although it is here
    #[arg(long)]
    again: bool,
}

/// Does it.
pub fn main(args: &Args, json: bool) -> Result<(), Failure> {
    let places = Places::find()?;
    let data_dir = places.data_dir();
    match &args.command {
        Command::Ls => list(&places, json),
        Command::Fetch(Fetch { name, url, again }) => {
            let wish = data::fetch::Wish { url: url.clone(), again: *again };
            let mut download = Download::new(json);
            let counter = Counter::new(json);
            let pictures = |done, of| counter.count(done, of);
            let policy = data::fetch::Policy::default();
            let mut watch = |step: &data::fetch::Step| download.show(step);
            let report = data::fetch(name, &wish, &policy, data_dir, &mut watch, &pictures);
            download.end();
            counter.end();
            show(&report?, json)
        }
        Command::Import(import) => {
            let counter = Counter::new(json);
            let watch = |done, of| counter.count(done, of);
            let wishes = import.wishes()?;
            let report = data::import(&import.name, &import.path, wishes, data_dir, &watch);
            counter.end();
            show(&report?, json)
        }
        Command::Send { name, to } => {
            let session = Session::new(Some(to), json)?;
            let said = block_on(async {
                data_sending::send(&mut session.connect().await?, name, &session).await
            });
            let said = said.map_err(|failure| session.failed(failure))?;
            if json {
                output::json(&serde_json::json!({ "sent": name, "to": to }))
            } else {
                output::line(&format!("{to}: {said}"))
            }
        }
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
            set.name.clone(),
            word(set.state).to_owned(),
            set.classes.to_string(),
            set.train.to_string(),
            set.test.to_string(),
            set.title.clone(),
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
        State::Damaged => "damaged",
    }
}

fn show(report: &Report, json: bool) -> Result<(), Failure> {
    if json {
        return output::json(report);
    }
    let count = |per_class: &[usize]| {
        let sum: usize = per_class.iter().sum();
        let named = |at: Option<usize>| {
            let name = at.and_then(|class| report.classes.get(class));
            name.map(|name| format!(" ({name})")).unwrap_or_default()
        };
        let classes = 0..per_class.len();
        let fewest = classes.clone().min_by_key(|class| per_class[*class]);
        let most = classes.max_by_key(|class| per_class[*class]);
        let number = |at: Option<usize>| at.map_or(0, |class| per_class[class]);
        if number(fewest) == number(most) {
            return format!("{sum} images in {} classes, {} each", per_class.len(), number(most));
        }
        format!(
            "{sum} images in {} classes, {}{} to {}{} each",
            per_class.len(),
            number(fewest),
            named(fewest),
            number(most),
            named(most)
        )
    };
    let [channels, height, width] = report.shape;
    let colour = if channels == 1 { "grey" } else { "colour" };
    output::line(&format!("{} ({}), {width}x{height}, {colour}", report.name, report.title))?;
    output::line(&format!("  train  {}", count(&report.train_per_class)))?;
    output::line(&format!("  test   {}", count(&report.test_per_class)))?;
    let numbers = |values: &[f32]| {
        values.iter().map(|value| format!("{value:.4}")).collect::<Vec<_>>().join(" ")
    };
    let normalisation = &report.normalisation;
    output::line(&format!("  mean   {}", numbers(&normalisation.mean)))?;
    output::line(&format!("  std    {}", numbers(&normalisation.std)))?;
    for file in &report.files {
        let verdict = match file.published {
            Published::Same => "as published",
            Published::Different => "NOT as published, but well formed",
            Published::Unknown => "no published sum to compare with",
            Published::AsImported => "as imported",
            Published::Changed => "NOT as imported, but well formed; import it again",
        };
        output::line(&format!("  {}  {} bytes, {verdict}", file.path.display(), file.bytes))?;
    }
    Ok(())
}
