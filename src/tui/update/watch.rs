//! Keeps the daemon telling of what the screen shows, and of nothing else.

use crate::{
    tui::{
        model::{Link, Model},
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
            run.gallery.abandon_fetch();
        }
    }
    let unwatch = change.unwatch.into_iter().map(|run| Wish::UnwatchRun { run });
    let watch = change.watch.into_iter().map(|(run, seq)| match seq {
        0 => Wish::WatchHistory { run },
        after => Wish::WatchRun { run, after },
    });
    unwatch.chain(watch).map(Effect::Ask).collect()
}
