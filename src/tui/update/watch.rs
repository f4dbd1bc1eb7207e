//! Keeps the daemon telling of what the screen shows, and of nothing else.

use crate::{
    queue::RunId,
    tui::{
        model::{Link, Model, Screen, panels::Panel, spec_text},
        msg::Effect,
    },
    wire::message::Wish,
};

/// What there is to ask now. Called after every message; it asks for nothing twice.
pub fn step(model: &mut Model) -> Vec<Effect> {
    if !matches!(model.link, Link::Connected(_)) {
        return Vec::new();
    }
    let shown = model.shown_runs();
    let change = model.runs.show(&shown, model.now);
    for run in &change.unwatch {
        if let Some(run) = model.runs.get_mut(*run) {
            run.abandon_files();
        }
    }
    let shows_spec = model.open_run().is_some_and(|run| run.focus.panel == Panel::Spec);
    let wants_specs = model.screen == Screen::Compare || shows_spec;
    let asks_spec =
        |run: &RunId| wants_specs && model.runs.get_mut(*run).is_some_and(|run| run.spec.begin());
    let specs: Vec<RunId> = shown.into_iter().filter(asks_spec).collect();
    let specs = specs.into_iter().map(|run| {
        let path = spec_text::PATH.to_owned();
        Wish::Artefact { run, path, offset: 0 }
    });
    let unwatch = change.unwatch.into_iter().map(|run| Wish::UnwatchRun { run });
    let watch = change.watch.into_iter().map(|(run, seq)| match seq {
        0 => Wish::WatchHistory { run },
        after => Wish::WatchRun { run, after },
    });
    unwatch.chain(watch).chain(specs).map(Effect::Ask).collect()
}
