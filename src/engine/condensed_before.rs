//! Whether another run has made the very set that a run is to evaluate: evaluation follows condensation, whoever
//! condensed.
//!
//! Runs whose specs differ in nothing but their evaluation have the same set, bit for bit. A study that evaluates
//! one set in two ways condenses once: the second run goes on from the last checkpoint of the first. A run that
//! does the very same once more, evaluation included, was asked for in order to be done again, and is.

use std::{fs, path::Path};

use crate::{
    record::{Checkpoint, RunFolder},
    spec::{
        Spec,
        parse::{Typed, parse},
    },
};

/// The state of a finished run beside `folder` that has made the set of `spec`, for a run of `spec` to go on from,
/// and that run's number. None for a run that evaluates on the way, for one that was done before, and for images
/// that are not learned: those are soon chosen.
pub fn condensed_before(spec: &Spec, folder: &RunFolder) -> Option<(String, Checkpoint)> {
    if !spec.method.learns() || spec.evaluate.every != 0 {
        return None;
    }
    let (wanted, work) = (spec.condensation(), spec.work());
    let beside = fs::read_dir(folder.path().parent()?).ok()?;
    let mut folders: Vec<_> = beside.flatten().map(|entry| entry.path()).collect();
    // The newest first, so that a run that is there twice counts as it was done last.
    folders.sort();
    folders.retain(|other| other != folder.path());
    let (same, others): (Vec<_>, Vec<_>) = folders
        .into_iter()
        .rev()
        .filter_map(|other| {
            Some((spec_of(&other).filter(|other| other.condensation() == wanted)?, other))
        })
        .partition(|(other, _)| other.work() == work);
    // States are large: as few of them are read as can be.
    if same.iter().any(|(_, other)| last_state(spec, other).is_some()) {
        return None;
    }
    let found = others.iter().find_map(|(_, other)| Some((other, last_state(spec, other)?)));
    let (other, checkpoint) = found?;
    Some((number(other)?, on_behalf_of(spec, checkpoint)))
}

/// The number of the run in this folder, or all of the folder's name.
fn number(folder: &Path) -> Option<String> {
    let name = folder.file_name()?.to_string_lossy();
    let number = name.split('-').next().and_then(|first| first.parse::<u64>().ok());
    Some(number.map_or_else(|| name.to_string(), |number| number.to_string()))
}

/// What the run in this folder does, if it has made a set.
fn spec_of(folder: &Path) -> Option<Spec> {
    let folder = RunFolder::new(folder);
    if !folder.synthetic_set().is_file() {
        return None;
    }
    let text = fs::read_to_string(folder.spec()).ok()?;
    parse(&Typed { source: "spec.toml", text: &text, set: &[] }).ok()
}

/// The last checkpoint of the run in this folder, if it is through with the condensation of `spec`.
fn last_state(spec: &Spec, folder: &Path) -> Option<Checkpoint> {
    let checkpoint = Checkpoint::read(&RunFolder::new(folder).checkpoint()).ok()?;
    let place = &checkpoint.place;
    let through = (place.iteration, place.outer_step) == (spec.condense.iterations as u64, 0);
    through.then_some(checkpoint)
}

/// The state of a run of `spec` that has condensed and evaluated nothing yet.
fn on_behalf_of(spec: &Spec, mut checkpoint: Checkpoint) -> Checkpoint {
    let place = &mut checkpoint.place;
    place.evaluations.clear();
    place.accuracies.clear();
    (place.used_secs, place.evaluation_secs) = (0.0, 0.0);
    place.spec = spec.to_toml();
    checkpoint
}
