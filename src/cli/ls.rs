//! `stillroom ls`: the runs, in queue order.

use super::{failure::Failure, figures, output, session::Session};
use crate::queue::{RunState, RunSummary};

/// Lists the runs.
pub fn main(session: &Session) -> Result<(), Failure> {
    let runs = session.list()?;
    if session.json {
        return output::json(&runs);
    }
    if runs.is_empty() {
        return session.line("no runs yet; `stillroom run first-light` does a first one");
    }
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
