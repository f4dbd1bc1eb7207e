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
    let done: Vec<_> = folders
        .iter()
        .rev()
        .filter_map(|other| finished(&wanted, other).map(|(work, state)| (other, work, state)))
        .collect();
    if done.iter().any(|(_, other, _)| *other == work) {
        return None;
    }
    let (other, _, checkpoint) = done.into_iter().next()?;
    Some((number(other)?, on_behalf_of(spec, checkpoint)))
}

/// The number of the run in this folder, or all of the folder's name.
fn number(folder: &Path) -> Option<String> {
    let name = folder.file_name()?.to_string_lossy();
    let number = name.split('-').next().and_then(|first| first.parse::<u64>().ok());
    Some(number.map_or_else(|| name.to_string(), |number| number.to_string()))
}

/// What the run in this folder does and its last checkpoint, if it has finished the condensation that is wanted.
fn finished(wanted: &Spec, folder: &Path) -> Option<(Spec, Checkpoint)> {
    let folder = RunFolder::new(folder);
    if !folder.synthetic_set().is_file() {
        return None;
    }
    let text = fs::read_to_string(folder.spec()).ok()?;
    let spec = parse(&Typed { source: "spec.toml", text: &text, set: &[] }).ok()?;
    if spec.condensation() != *wanted {
        return None;
    }
    let checkpoint = Checkpoint::read(&folder.checkpoint()).ok()?;
    let place = &checkpoint.place;
    let through = (place.iteration, place.outer_step) == (spec.condense.iterations as u64, 0);
    through.then(|| (spec.work(), checkpoint))
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
