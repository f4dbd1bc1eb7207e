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
    let mut wishes: Vec<Wish> = unwatch.chain(watch).chain(specs).collect();
    wishes.extend(of_artefacts(model));
    wishes.extend(of_machine(model));
    wishes.extend(of_log(model));
    wishes.into_iter().map(Effect::Ask).collect()
}

/// The files of the open run are asked for while they are shown, and again when some were written.
fn of_artefacts(model: &mut Model) -> Option<Wish> {
    if model.screen != Screen::Run {
        return None;
    }
    let run = model.open_run_mut().filter(|run| run.focus.panel == Panel::Artefacts)?;
    run.artefacts.begin().then_some(Wish::Artefacts { run: run.id })
}

/// The machine is measured while it is shown. Its devices may have been found since they were asked for.
fn of_machine(model: &mut Model) -> Vec<Wish> {
    let is_shown = model.screen == Screen::Hosts;
    match model.hosts.own_mut() {
        Some(host) if host.is_watched != is_shown => {
            host.is_watched = is_shown;
            if is_shown {
                vec![Wish::WatchMachine, Wish::Devices]
            } else {
                vec![Wish::UnwatchMachine]
            }
        }
        _ => Vec::new(),
    }
}

/// The daemon's log is asked for when its screen is opened, and again when something happens meanwhile.
fn of_log(model: &mut Model) -> Option<Wish> {
    let is_shown = model.screen == Screen::Problems;
    let log = &mut model.problems.log;
    let asks = is_shown && !log.is_asked;
    log.is_asked = is_shown;
    asks.then_some(Wish::DaemonLog { after: log.end })
}
