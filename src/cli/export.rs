//! `stillroom export RUN|FILE --to FORMAT PATH`: the synthetic set of a run or file, for other programs.

use std::path::{Path, PathBuf};

use serde_json::json;

use super::{
    failure::Failure,
    output,
    session::{Session, block_on, find},
    set_reading::{Reading, taken_for},
};
use crate::{
    queue::{Places, RunId},
    record::{
        RunFolder,
        exchange::{self, Format, Found},
    },
    wire::pull::{Cache, list},
};

/// The arguments of `export`.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// A run, as NUMBER or HOST:NUMBER, or the path of a set (a file that is called 7 is ./7)
    source: String,
    /// Where to write; nothing may be there yet. For `res` it may be a folder: the file gets its usual name
    path: PathBuf,
    /// The format: safetensors, npz, png (a folder), tensors (a folder with images.pt and labels.pt), res
    #[arg(long, value_name = "FORMAT")]
    to: Format,
    #[command(flatten)]
    reading: Reading,
}

/// Writes the set.
pub fn main(args: &Args, json: bool) -> Result<(), Failure> {
    let source = match args.source.parse() {
        // A host may be named by much, but never by a path.
        Ok(run) if !args.source.contains('/') => of_run(run)?,
        _ => PathBuf::from(&args.source),
    };
    let found = args.reading.read(&source)?;
    write(&source, &found, args.to, &args.path, json)
}

/// The file of a run's set; one at another host is fetched.
fn of_run(run: RunId) -> Result<PathBuf, Failure> {
    let host = (!run.host.is_here()).then(|| run.host.word());
    let session = Session::new(host, false)?;
    block_on(async {
        let mut client = session.connect().await?;
        let summary = find(&mut client, run).await?;
        let path = RunFolder::new(&summary.folder).synthetic_set();
        let none = || {
            Failure::Said(format!(
                "run {run} has no synthetic set yet: it is {}\nA run writes its set when it is finished.",
                summary.word()
            ))
        };
        if host.is_none() {
            return if path.is_file() { Ok(path) } else { Err(none()) };
        }
        let name = RunFolder::new("").synthetic_set();
        let listed = list(&mut client, run).await?;
        let set = listed.iter().find(|file| Path::new(&file.path) == name).ok_or_else(none)?;
        Ok(Cache::of(&Places::find()?).file(&mut client, run, set, |_| {}).await?)
    })
}

/// Writes a set that was read, and says what was read and written.
pub fn write(
    source: &Path,
    found: &Found,
    format: Format,
    path: &Path,
    json: bool,
) -> Result<(), Failure> {
    if !json {
        output::line(&taken_for(source, found))?;
    }
    let written = exchange::write(&found.set, format, path)?;
    if json {
        return output::json(&json!({
            "source": source,
            "kind": found.kind,
            "space": found.set.about.space,
            "reason": found.reason,
            "path": written.path,
            "format": format,
            "lost": written.lost,
        }));
    }
    output::line(&format!("wrote {} ({format})", written.path.display()))?;
    written.lost.map_or(Ok(()), |lost| output::line(&lost))
}
