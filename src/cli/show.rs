//! `stillroom show RUN`: everything the queue knows about one run.

use serde_json::json;

use super::{
    event_text::joined,
    failure::Failure,
    figures, output,
    session::{self, Session},
};
use crate::{
    harmless::plain,
    queue::{RunId, RunState, RunSummary, executor::slurm::reasons},
    spec::memory::{Gibibytes, bytes_of},
};

/// Shows the run.
pub fn main(run: RunId, session: &Session) -> Result<(), Failure> {
    let run = session.own(run);
    let (summary, spec) = session::block_on(async {
        let mut client = session.connect().await?;
        let summary = session::find(&mut client, run).await?;
        let spec = session::file(&mut client, run, "spec.toml").await?;
        Ok((summary, String::from_utf8_lossy(&spec).into_owned()))
    })?;
    if session.json {
        let spec: Option<toml::Table> = toml::from_str(&spec).ok();
        return output::json(&json!({ "run": summary, "spec": spec }));
    }
    for (name, value) in rows(&summary, session) {
        if !value.is_empty() {
            // A reason may be several sentences, one a line; anything else is one line.
            let value = if name == "state" { value.into() } else { plain(&value, output::SIGN) };
            output::line(&format!("{name:<12}{value}"))?;
        }
    }
    output::line("")?;
    output::text(&spec)
}

fn rows(run: &RunSummary, session: &Session) -> Vec<(&'static str, String)> {
    let digest = &run.digest;
    let iteration = match digest.iterations {
        _ if digest.set_of.is_some() => String::new(),
        Some(all) => format!("{} of {all}", digest.iteration),
        None => String::new(),
    };
    let worker = run.state.worker();
    let declared =
        (run.memory > 0.0).then(|| format!("{} declared", Gibibytes(bytes_of(run.memory))));
    vec![
        ("run", format!("{}, {}", run.id, run.title)),
        ("state", session.told(&state(run))),
        ("worker", worker.map(|w| format!("process {}", w.pid)).unwrap_or_default()),
        ("job", run.state.job().unwrap_or_default().to_owned()),
        ("study", run.study.clone()),
        ("device", digest.device.clone().unwrap_or_else(|| run.device.clone())),
        ("memory", declared.unwrap_or_default()),
        ("added", run.added.strftime("%F %T UTC").to_string()),
        ("iteration", iteration),
        ("set", digest.set_of.as_ref().map(|run| format!("that of run {run}")).unwrap_or_default()),
        ("used", if digest.seq > 0 { figures::span(digest.used_secs) } else { String::new() }),
        ("left", digest.left_secs.map(figures::span).unwrap_or_default()),
        ("distance", digest.distance.map(figures::distance).unwrap_or_default()),
        ("accuracy", figures::accuracy(digest.accuracy)),
        ("random", figures::accuracy(digest.random)),
        ("others", digest.others.in_words()),
        ("checkpoint", digest.checkpoint.map(|at| format!("iteration {at}")).unwrap_or_default()),
        ("problems", if digest.problems > 0 { digest.problems.to_string() } else { String::new() }),
        ("folder", session.place(&run.folder)),
    ]
}

fn state(run: &RunSummary) -> String {
    let word = run.word();
    match &run.state {
        RunState::Interrupted { reason, .. } => format!("{word}: {reason}"),
        RunState::Pending { reason, .. } => match reasons::words(reason) {
            words if words.is_empty() => format!("{word} in Slurm"),
            words => format!("{word} in Slurm: {words}"),
        },
        RunState::Queued { .. } if !run.waits_for.is_empty() => {
            format!("{word}: {}", run.waits_for)
        }
        RunState::Failed { reason, advice, .. } => format!("{word}: {}", joined(reason, advice)),
        _ => word.to_owned(),
    }
}
