//! Keeps the open run's pictures moving: from announced to fetched, and from decoded to tiles.

use crate::{
    tui::{
        media::{Protocol, TilePlan},
        model::{Link, Model, Screen},
        msg::Effect,
        screens,
    },
    wire::message::Wish,
};

/// What there is to do now. Called after every message; it asks for nothing twice.
pub fn step(model: &mut Model) -> Vec<Effect> {
    if model.screen != Screen::Run || model.canvas.protocol == Protocol::None {
        return Vec::new();
    }
    let grid = screens::run::grid(model);
    let protocol = model.canvas.protocol;
    let generation = model.generation;
    let connected = matches!(model.link, Link::Connected(_));
    // While the log of an old run still streams in, its older snapshots are not worth a request.
    let told = model.subject().map_or(0, |run| run.digest.seq);
    let Some(run) = model.open_run_mut() else { return Vec::new() };
    let id = run.id;
    let mut effects = Vec::new();
    if connected
        && run.seq() >= told
        && let Some(path) = run.gallery.begin_fetch()
    {
        effects.push(Effect::Ask(Wish::Artefact { run: id, path, offset: 0 }));
    }
    if let Some(grid) = grid {
        let plan = TilePlan::new(&grid, protocol, generation);
        let jobs = run.gallery.begin_encode(plan, grid.first..grid.first + grid.shown);
        if !jobs.is_empty() {
            effects.push(Effect::Encode { run: id, jobs });
        }
    }
    effects
}
