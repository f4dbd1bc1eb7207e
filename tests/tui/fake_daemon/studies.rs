//! How the studies of the program stand by the runs that there are.

use std::sync::LazyLock;

use stillroom::{
    queue::{Refusal, RunState, RunSummary},
    spec::{
        Spec,
        parse::{Typed, parse},
    },
    study::{Known, Outcome, STUDIES, Study, StudySummary},
    wire::message::{Answer, Message, StudyName},
};

use super::{State, commands};

static ALL: LazyLock<Vec<Study>> = LazyLock::new(|| {
    STUDIES.iter().map(|shipped| Study::read(shipped.name, shipped.text).unwrap()).collect()
});

fn find(name: &StudyName) -> Result<&'static Study, Refusal> {
    let unknown = || Refusal::plain(format!("there is no study `{}`", name.name));
    ALL.iter().find(|study| study.name == name.name).ok_or_else(unknown)
}

fn known(state: &State) -> Vec<Known> {
    let mut runs: Vec<&RunSummary> = state.runs.iter().collect();
    runs.sort_by_key(|run| run.id);
    let known = runs.into_iter().map(|run| {
        let text = &state.specs[&run.id];
        let spec = parse(&Typed { source: "spec.toml", text, set: &[] }).unwrap();
        Known::new(run.id, &spec, outcome(state, run))
    });
    known.collect()
}

fn outcome(state: &State, run: &RunSummary) -> Outcome {
    match &run.state {
        RunState::Finished { .. } => Outcome::finished(state.log(run.id)),
        RunState::Running { .. } | RunState::Stopping { .. } => Outcome::Running(run.digest.share),
        RunState::Failed { reason, .. } => Outcome::Failed(reason.clone()),
        RunState::Cancelled { .. } => Outcome::Failed("it was cancelled".to_owned()),
        _ => Outcome::Waiting,
    }
}

pub fn list(state: &State) -> Answer {
    let known = known(state);
    let studies = ALL.iter().map(|study| StudySummary {
        name: study.name.clone(),
        purpose: study.purpose.clone(),
        progress: study.progress(&known),
        fault: String::new(),
    });
    Answer::Studies { studies: studies.collect() }
}

pub fn show(state: &State, name: &StudyName) -> Result<Answer, Refusal> {
    let study = find(name)?;
    let stands = Box::new(study.stands(&known(state), &[]));
    Ok(Answer::Study { name: study.name.clone(), stands })
}

/// Adds the runs that a study lacks, or says which.
pub fn add(
    state: &mut State,
    name: &StudyName,
    dry: bool,
) -> Result<(Answer, Vec<Message>), Refusal> {
    let study = find(name)?;
    let wanted = study.wanted(&known(state));
    let there = wanted.there;
    let missing: Vec<String> = wanted.missing.iter().map(Spec::to_toml).collect();
    if dry {
        return Ok((Answer::StudyRuns { there, missing, added: Vec::new() }, Vec::new()));
    }
    let (mut added, mut news) = (Vec::new(), Vec::new());
    for spec in missing {
        let source = format!("study {}", study.name);
        let (answer, told) = commands::add(state, &spec, &source, &study.name, &[])?;
        if let Answer::Added { run, .. } = answer {
            added.push(run);
        }
        news.extend(told);
    }
    Ok((Answer::StudyRuns { there, missing: Vec::new(), added }, news))
}
