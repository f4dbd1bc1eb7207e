//! What commands do to runs, by the queue's own rules.

use std::path::Path;

use stillroom::{
    queue::{
        Command, Refusal, RunId, RunState,
        entry::{Entry, Kept},
        transition::{Happening, step},
    },
    spec::{
        Spec,
        parse::{Typed, parse},
    },
    wire::message::{Answer, Message},
};

use super::{FIRST_ADDED, State};
use crate::recorded::now;

type Outcome = Result<(Answer, Vec<Message>), Refusal>;

pub fn unknown(run: RunId) -> Refusal {
    Refusal::new(format!("there is no run {run}"), "`stillroom ls` lists the runs.")
}

/// Does what is wished; says what is answered, and what everyone is told.
pub fn perform(state: &mut State, command: &Command) -> Outcome {
    let (run, happening) = match command {
        Command::Add { spec, source, study, .. } => return add(state, spec, source, study, &[]),
        Command::Clone { run, set } => return clone(state, *run, set),
        Command::Arrange { runs, before } => return arrange(state, runs, *before),
        Command::Remove { run } => return remove(state, *run),
        Command::Pause { run } => (*run, Happening::Pause),
        Command::Resume { run } => (*run, Happening::Resume),
        Command::Stop { run } => (*run, Happening::Stop),
        Command::Cancel { run } => (*run, Happening::Cancel),
        Command::Retry { run } => (*run, Happening::Retry),
        Command::Snapshot { run } => (*run, Happening::Snapshot),
    };
    let text = happen(state, run, happening)?;
    Ok((Answer::Done { text }, news(state, run)))
}

/// Lets something happen to a run, and says so in a sentence.
pub fn happen(state: &mut State, run: RunId, happening: Happening) -> Result<String, Refusal> {
    let known = state.runs.iter_mut().find(|known| known.id == run).ok_or_else(|| unknown(run))?;
    let step = step(run, &known.state, happening, now())?;
    known.state = step.state;
    Ok(step.text)
}

fn news(state: &State, run: RunId) -> Vec<Message> {
    let run = state.run(run).cloned().map(|run| Message::Run { run: Box::new(run) });
    run.into_iter().collect()
}

/// Puts a run of this spec at the end of the queue.
pub fn add(state: &mut State, text: &str, source: &str, study: &str, set: &[String]) -> Outcome {
    let spec = parse(&Typed { source, text, set }).map_err(|faults| {
        let faults: Vec<String> = faults.iter().map(ToString::to_string).collect();
        Refusal::plain(faults.join("\n"))
    })?;
    let (run, folder) = put(state, &spec, study);
    Ok((Answer::Added { run, folder }, news(state, run)))
}

fn put(state: &mut State, spec: &Spec, study: &str) -> (RunId, String) {
    let highest = state.specs.keys().next_back().map_or(0, |run| run.number);
    let run = RunId::new(FIRST_ADDED.max(highest + 1));
    let place = state.runs.iter().map(|run| run.place).max().map_or(1, |last| last + 1);
    let queued = RunState::Queued { since: now() };
    let kept = Kept { study: study.to_owned(), ..Kept::new(run, place, now(), queued) };
    let folder = format!("{}/runs/{run:04}", state.data_dir);
    state.runs.push(Entry::new(kept, spec, Path::new(&folder)).summary);
    state.specs.insert(run, spec.to_toml());
    (run, folder)
}

fn clone(state: &mut State, run: RunId, set: &[String]) -> Outcome {
    let original = state.run(run).ok_or_else(|| unknown(run))?;
    // One that differs is no longer what the study asks for.
    let study = if set.is_empty() { original.study.clone() } else { String::new() };
    let text = state.specs[&run].clone();
    add(state, &text, &format!("the spec of run {run}"), &study, set)
}

fn arrange(state: &mut State, moved: &[RunId], before: Option<RunId>) -> Outcome {
    if let Some(absent) = moved.iter().chain(&before).find(|run| state.run(**run).is_none()) {
        return Err(unknown(*absent));
    }
    state.runs.sort_by_key(|run| (run.place, run.id));
    let places: Vec<i64> = state.runs.iter().map(|run| run.place).collect();
    let mut order: Vec<RunId> = state.runs.iter().map(|run| run.id).collect();
    order.retain(|run| !moved.contains(run));
    let at = order.iter().position(|run| Some(*run) == before).unwrap_or(order.len());
    order.splice(at..at, moved.iter().copied());
    let mut changed = Vec::new();
    for (run, place) in order.into_iter().zip(places) {
        let known = state.runs.iter_mut().find(|known| known.id == run).unwrap();
        if known.place != place {
            known.place = place;
            changed.push(run);
        }
    }
    let text = format!("{moved:?} stand before {before:?}");
    Ok((Answer::Done { text }, changed.into_iter().flat_map(|run| news(state, run)).collect()))
}

fn remove(state: &mut State, run: RunId) -> Outcome {
    let known = state.run(run).ok_or_else(|| unknown(run))?;
    if known.state.worker().is_some() {
        let reason = format!("run {run} is {} and cannot be deleted", known.word());
        let advice = format!("`stillroom cancel {run}` first; then it can be deleted.");
        return Err(Refusal::new(reason, advice));
    }
    let folder = known.folder.clone();
    state.runs.retain(|known| known.id != run);
    Ok((Answer::Removed { run, folder, bytes: 5000 }, vec![Message::Gone { run }]))
}
