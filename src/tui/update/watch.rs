//! Keeps the daemon telling of what the screen shows, and of nothing else.

use crate::{
    queue::RunId,
    tui::{
        model::{Model, Screen, panels::Panel, problems::DaemonLog, spec_text},
        msg::Effect,
    },
    wire::message::Wish,
};

/// What there is to ask now. Called after every message; it asks for nothing twice.
pub fn step(model: &mut Model) -> Vec<Effect> {
    let wanted = model.shown_runs().into_iter();
    // What is shown of a host that does not answer is asked for when it does again.
    let shown: Vec<RunId> = wanted.filter(|run| model.hosts.is_connected(run.host)).collect();
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
        Effect::Ask(run.host, Wish::Artefact { run, path, offset: 0 })
    });
    let unwatch = change.unwatch.into_iter();
    let unwatch = unwatch.map(|run| Effect::Ask(run.host, Wish::UnwatchRun { run }));
    let watch = change.watch.into_iter().map(|(run, seq)| match seq {
        0 => Effect::Ask(run.host, Wish::WatchHistory { run }),
        after => Effect::Ask(run.host, Wish::WatchRun { run, after }),
    });
    let mut effects: Vec<Effect> = unwatch.chain(watch).chain(specs).collect();
    effects.extend(of_artefacts(model));
    effects.extend(of_machine(model));
    effects.extend(of_log(model));
    effects
}

/// The files of the open run are asked for while they are shown, and again when some were written.
fn of_artefacts(model: &mut Model) -> Option<Effect> {
    let run = model.open.filter(|run| model.hosts.is_connected(run.host))?;
    if model.screen != Screen::Run {
        return None;
    }
    let open = model.open_run_mut().filter(|run| run.focus.panel == Panel::Artefacts)?;
    open.artefacts.begin().then_some(Effect::Ask(run.host, Wish::Artefacts { run, whole: false }))
}

/// The machine at hand is measured while it is shown. Its devices may have been found since they were asked for.
fn of_machine(model: &mut Model) -> Vec<Effect> {
    let shown = (model.screen == Screen::Hosts).then(|| model.hosts.name_at_hand());
    let mut effects = Vec::new();
    for host in model.hosts.all.iter_mut().filter(|host| host.is_connected()) {
        let is_shown = shown == Some(host.host);
        if host.is_watched != is_shown {
            host.is_watched = is_shown;
            let wishes = if is_shown {
                vec![Wish::WatchMachine, Wish::Devices]
            } else {
                vec![Wish::UnwatchMachine]
            };
            effects.extend(wishes.into_iter().map(|wish| Effect::Ask(host.host, wish)));
        }
    }
    effects
}

/// The log of the daemon at hand is asked for when its screen is opened, and again when something happens meanwhile.
fn of_log(model: &mut Model) -> Option<Effect> {
    let host = model.hosts.name_at_hand();
    let is_shown = model.screen == Screen::Problems && model.hosts.is_connected(host);
    let log = &mut model.problems.log;
    if log.host != host {
        *log = DaemonLog { host, ..DaemonLog::default() };
    }
    let asks = is_shown && !log.is_asked;
    log.is_asked = is_shown;
    asks.then_some(Effect::Ask(host, Wish::DaemonLog { after: log.end }))
}
