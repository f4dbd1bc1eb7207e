//! `stillroom ls`: the runs, in queue order.

use serde::Serialize;

use super::{
    all_hosts,
    failure::Failure,
    figures, output,
    session::{Session, block_on, prompts},
};
use crate::{
    queue::{RunState, RunSummary},
    wire::{
        client::unexpected,
        message::{Answer, Wish},
        ssh_sharing::Sharing,
    },
};

/// Lists the runs of a host.
pub fn main(session: &Session) -> Result<(), Failure> {
    let runs = session.list()?;
    if session.json {
        return output::json(&runs);
    }
    if runs.is_empty() {
        return session.line(NONE);
    }
    table(&runs)
}

/// Lists the runs of this machine and all hosts of the configuration.
pub fn everywhere(json: bool) -> Result<(), Failure> {
    let targets = Session::all_targets()?;
    let runs = block_on(async {
        all_hosts::ask(&targets, |target| async move {
            let mut client = target.connect(prompts(), Sharing::Allowed).await?;
            match client.ask(Wish::List).await? {
                Answer::Runs { runs } => Ok(runs),
                other => Err(unexpected(&other)),
            }
        })
        .await
    })?;
    let runs = runs.concat();
    if json {
        let told: Vec<_> = runs.iter().map(Told::of).collect();
        return output::json(&told);
    }
    if runs.is_empty() { output::line(NONE) } else { table(&runs) }
}

const NONE: &str = "no runs yet; `stillroom run first-light` does a first one";

/// A run of one of several hosts, for scripts.
#[derive(Debug, Serialize)]
struct Told<'a> {
    host: &'static str,
    #[serde(flatten)]
    run: &'a RunSummary,
}

impl<'a> Told<'a> {
    fn of(run: &'a RunSummary) -> Self {
        Self { host: run.id.host.word(), run }
    }
}

fn table(runs: &[RunSummary]) -> Result<(), Failure> {
    let header =
        ["RUN", "STATE", "DONE", "LEFT", "DISTANCE", "ACCURACY", "RANDOM", "DEVICE", "TITLE"];
    let mut rows = vec![header.map(str::to_owned).to_vec()];
    rows.extend(runs.iter().map(|run| row(run).to_vec()));
    if runs.iter().any(|run| !run.study.is_empty()) {
        let studies = ["STUDY"].into_iter().chain(runs.iter().map(|run| run.study.as_str()));
        for (row, study) in rows.iter_mut().zip(studies) {
            row.insert(row.len() - 1, study.to_owned());
        }
    }
    output::table(&rows)
}

fn row(run: &RunSummary) -> [String; 9] {
    let digest = &run.digest;
    let begun = digest.seq > 0;
    let left = match run.state {
        RunState::Running { .. } => digest.left_secs.map(figures::span),
        _ => None,
    };
    let device = run.state.worker().map(|worker| worker.device.clone());
    [
        run.id.to_string(),
        run.word().to_owned(),
        if begun { format!("{} %", figures::percent(digest.share)) } else { String::new() },
        left.unwrap_or_default(),
        digest.distance.map(figures::distance).unwrap_or_default(),
        figures::accuracy(digest.accuracy),
        figures::accuracy(digest.random),
        device.or_else(|| digest.device.clone()).unwrap_or_else(|| run.device.clone()),
        run.title.clone(),
    ]
}
