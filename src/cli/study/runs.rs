//! The runs of the queue that may fill a study's cells, with what their logs tell.

use crate::{
    cli::{failure::Failure, session},
    queue::{RunId, RunState, RunSummary},
    record::Event,
    spec::parse::{Typed, parse},
    study::{Cell, Known, Outcome, cells::same_work},
    wire::Client,
};

/// The runs that may belong to a study's cells, in the order of their numbers.
pub async fn known(client: &mut Client, cells: &[Cell]) -> Result<Vec<Known>, Failure> {
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

pub async fn events(client: &mut Client, run: RunId) -> Result<Vec<Event>, Failure> {
    let log = session::file(client, run, "events.jsonl").await?;
    let lines = log.split(|byte| *byte == b'\n');
    Ok(lines.filter_map(|line| serde_json::from_slice(line).ok()).collect())
}
