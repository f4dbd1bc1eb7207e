//! Keeps the pictures of the shown run moving: from announced to fetched, and from decoded to tiles.

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
    let shown = match model.screen {
        _ if model.canvas.protocol == Protocol::None => None,
        Screen::Run => model.open.map(|run| (run, screens::run::grid(model))),
        Screen::Queue => model.preview.run().map(|run| (run, screens::queue::grid(model))),
        Screen::Presets => None,
    };
    let Some((shown, grid)) = shown else { return Vec::new() };
    let protocol = model.canvas.protocol;
    let generation = model.generation;
    let connected = matches!(model.link, Link::Connected(_));
    // While the log of an old run still streams in, its older snapshots are not worth a request.
    let told = model.queue.row(shown).map_or(0, |row| row.run.digest.seq);
    let Some(run) = model.runs.get_mut(shown) else { return Vec::new() };
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
