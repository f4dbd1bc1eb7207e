//! `stillroom pull RUN`: the files of a run, from its host into a folder here.

use std::path::{Path, PathBuf};

use serde_json::json;

use super::{
    failure::Failure,
    figures::mebibytes,
    output,
    session::{Session, block_on, find},
};
use crate::{
    queue::{Places, RunId},
    wire::{
        message::Listed,
        pull::{Cache, PullError, below, list, place},
    },
};

/// The arguments of `pull`.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The number of the run, as `ls` shows it, or HOST:NUMBER
    pub run: RunId,
    /// The folder to put its files into; by itself one that is named after the run
    #[arg(long, value_name = "FOLDER")]
    to: Option<PathBuf>,
    /// Checkpoints and what the daemon keeps too
    #[arg(long)]
    all: bool,
}

/// Fetches what is not here yet.
pub fn main(args: &Args, session: &Session) -> Result<(), Failure> {
    let run = session.own(args.run);
    let cache = Cache::of(&Places::find()?);
    let (folder, files, bytes, new) = block_on(async {
        let mut client = session.connect().await?;
        let summary = find(&mut client, run).await?;
        let folder = args.to.clone().unwrap_or_else(|| named_after(summary.id, &summary.folder));
        let listed: Vec<Listed> = list(&mut client, run)
            .await?
            .into_iter()
            .filter(|file| args.all || is_result(file))
            .collect();
        let total: u64 = listed.iter().map(|file| file.size).sum();
        let (mut before, mut new) = (0, 0);
        for file in &listed {
            let path = below(&folder, &file.path)?;
            let shown = |came: u64| progress(session, before + came, total);
            let kept = cache.file(&mut client, run, file, shown).await?;
            new += u64::from(place(&kept, &path)?);
            before += file.size;
        }
        Ok((folder, listed.len(), total, new))
    })?;
    if session.json {
        return output::json(
            &json!({ "run": run, "folder": folder, "files": files, "bytes": bytes, "new": new }),
        );
    }
    if output::is_terminal() {
        output::over("")?;
    }
    let size = mebibytes(bytes);
    output::line(&format!(
        "run {run} is in {}: {files} files, {size}; {new} were not there",
        folder.display()
    ))
}

/// The result, and what tells how it came about.
fn is_result(file: &Listed) -> bool {
    let of_the_daemon =
        ["checkpoint/", "lease/", "worker.lock", "control.json", "queue.json", "history.json"];
    !of_the_daemon.iter().any(|start| file.path.starts_with(start))
}

/// A folder here, by the name of the host and that of the folder there.
fn named_after(run: RunId, folder: &str) -> PathBuf {
    let name = Path::new(folder).file_name().unwrap_or_default().to_string_lossy();
    let sign =
        |sign: char| if sign.is_ascii_alphanumeric() || "-_.".contains(sign) { sign } else { '_' };
    let name: String = name.chars().map(sign).collect();
    let name = name.trim_start_matches('.');
    let name = if name.is_empty() { run.number.to_string() } else { name.to_owned() };
    match run.host {
        host if host.is_here() => PathBuf::from(name),
        host => PathBuf::from(format!("{}-{name}", host.word().replace(['/', ':'], "_"))),
    }
}

fn progress(session: &Session, came: u64, total: u64) {
    if !session.json && output::is_terminal() {
        let percent = came * 100 / total.max(1);
        // A figure that cannot be shown changes nothing.
        drop(output::over(&format!("{percent} % of {}", mebibytes(total))));
    }
}

impl From<PullError> for Failure {
    fn from(error: PullError) -> Self {
        match error {
            PullError::Client(error) => Self::Client(error),
            error => Self::Said(error.to_string()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::queue::HostName;

    #[test]
    fn the_folder_is_named_after_host_and_run() {
        let run = RunId::new(7).at(HostName::new("me@box"));
        let named = |folder: &str| named_after(run, folder);
        assert_eq!(named("/data/runs/0007-dsa"), Path::new("me@box-0007-dsa"));
        assert_eq!(named("/data/runs/a b\n.."), Path::new("me@box-a_b_.."));
        assert_eq!(named("/"), Path::new("me@box-7"));
        assert_eq!(named_after(RunId::new(7), "/data/runs/0007-dsa"), Path::new("0007-dsa"));
    }
}
