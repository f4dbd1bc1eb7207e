//! `stillroom rm RUN...`: runs leave the queue, and their folders are deleted, after a question.

use serde_json::{Value, json};

use super::{
    failure::Failure,
    figures, output,
    question::confirmed,
    session::{Session, block_on},
};
use crate::{
    queue::{Command, RunId, RunSummary},
    wire::{
        Client, ClientError,
        client::unexpected,
        message::{Answer, Wish},
    },
};

/// The arguments of `rm`.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The numbers of the runs, as `ls` shows them, or HOST:NUMBER
    #[arg(required = true, value_name = "RUN")]
    pub runs: Vec<RunId>,
    /// Do not ask
    #[arg(long)]
    yes: bool,
}

/// A run that is gone.
struct Deleted {
    run: RunId,
    folder: String,
    bytes: u64,
}

/// Asks, deletes, and says what was deleted.
pub fn main(args: &Args, session: &Session) -> Result<(), Failure> {
    let mut numbers: Vec<RunId> = Vec::new();
    for run in args.runs.iter().map(|run| session.own(*run)) {
        if !numbers.contains(&run) {
            numbers.push(run);
        }
    }
    let runs = chosen(&numbers, &session.list()?)?;
    // The daemon is not kept waiting for the answer.
    if !args.yes && !confirmed(&question(&runs, session), "deleting")? {
        return Err(Failure::Said("nothing was deleted".to_owned()));
    }
    let (deleted, done) = block_on(async {
        let mut client = session.connect().await?;
        let mut deleted = Vec::new();
        let done = delete(&mut client, &runs, &mut deleted).await;
        Ok((deleted, done))
    })?;
    if session.json {
        let rows = deleted
            .iter()
            .map(|one| json!({ "run": one.run, "folder": one.folder, "bytes": one.bytes }));
        output::json(&json!({ "deleted": rows.collect::<Vec<Value>>() }))?;
    } else {
        for Deleted { run, folder, bytes } in &deleted {
            let size = figures::mebibytes(*bytes);
            let folder = session.place(folder);
            output::line(&format!("run {run} is deleted, with {size} in {folder}"))?;
        }
        if deleted.len() > 1 {
            let size = figures::mebibytes(deleted.iter().map(|one| one.bytes).sum());
            output::line(&format!("{} runs are deleted, {size} in all", deleted.len()))?;
        }
    }
    done
}

/// The runs of these numbers; all of them can be deleted, or none is.
fn chosen(numbers: &[RunId], there: &[RunSummary]) -> Result<Vec<RunSummary>, Failure> {
    let mut runs = Vec::new();
    let mut faults = Vec::new();
    for number in numbers {
        match there.iter().find(|run| run.id == *number) {
            None => faults.push(format!("there is no run {number}")),
            Some(run) if run.state.worker().is_some() => faults.push(format!(
                "run {number} is {}; `stillroom cancel {number}` first, then it can be deleted",
                run.word()
            )),
            Some(run) => runs.push(run.clone()),
        }
    }
    if faults.is_empty() {
        return Ok(runs);
    }
    faults.push("nothing was deleted".to_owned());
    Err(Failure::Said(faults.join("\n")))
}

fn question(runs: &[RunSummary], session: &Session) -> String {
    let rows: Vec<_> = runs
        .iter()
        .map(|run| {
            let word = run.word().to_owned();
            [format!("  {}", run.id), word, run.title.clone(), session.place(&run.folder)]
        })
        .collect();
    let (count, whose) = match runs.len() {
        1 => ("1 run".to_owned(), "its folder"),
        more => (format!("{more} runs"), "their folders"),
    };
    format!(
        "This deletes {count} and {whose}, with images, results and logs, for good:\n{}Delete {count}? [y/N] ",
        output::columns(&rows)
    )
}

async fn delete(
    client: &mut Client,
    runs: &[RunSummary],
    deleted: &mut Vec<Deleted>,
) -> Result<(), Failure> {
    for run in runs {
        match client.ask(Wish::Command(Command::Remove { run: run.id })).await {
            Ok(Answer::Removed { run, folder, bytes }) => {
                deleted.push(Deleted { run, folder, bytes });
            }
            Ok(other) => return Err(unexpected(&other).into()),
            Err(ClientError::Refused(refusal)) => return Err(Failure::Said(refusal.to_string())),
            Err(error) => return Err(error.into()),
        }
    }
    Ok(())
}
