//! Keeps the pictures on the screen moving: from announced to fetched, from decoded to tiles, and from one to the
//! next while a history plays.

use crate::{
    config::Setting,
    queue::{HostName, RunId},
    tui::{
        media::{Protocol, Tile, TilePlan},
        model::{Model, Screen},
        msg::{Effect, Later},
        screens,
    },
    wire::message::Wish,
};

/// Milliseconds that a picture stays while a history plays.
pub(super) const PLAY_MILLIS: u64 = 250;

/// What there is to do now. Called after every message; it asks for nothing twice.
pub fn step(model: &mut Model) -> Vec<Effect> {
    if model.canvas.protocol == Protocol::None {
        return Vec::new();
    }
    if let Some(millis) = model.picture_budget.wait(model.now) {
        let is_new = !std::mem::replace(&mut model.picture_budget.is_awaited, true);
        let told = is_new.then_some(Effect::Wait { millis, then: Later::Pictures });
        return told.into_iter().collect();
    }
    let mut effects = Vec::new();
    for run in model.shown_runs() {
        effects.extend(fetch(model, run));
    }
    for (number, (of, grid)) in (0..).zip(screens::grids(model)) {
        let plan = TilePlan::new(&grid, model.canvas.protocol, number, model.generation);
        let Some(album) = model.album_mut(of) else { continue };
        let jobs = album.begin_encode(plan, grid.first..grid.first + grid.shown);
        if !jobs.is_empty() {
            effects.push(Effect::Encode { album: of, jobs });
        }
    }
    effects
}

/// Tiles are going to be sent: they are paid for where the way is slow.
pub fn spend(model: &mut Model, tiles: &[Tile]) {
    if let Some(rate) = model.preferences.picture_rate() {
        let bytes = tiles.iter().map(Tile::bytes).sum();
        model.picture_budget.spend(bytes, rate, model.now);
    }
}

/// So many bytes of a picture have come from a host.
pub fn came(model: &mut Model, host: HostName, bytes: usize) {
    let rate = model.preferences.choices.number(Setting::PicturesOverSsh) * 1024.0;
    let now = model.now;
    if let Some(host) = model.hosts.get_mut(host) {
        host.picture_budget.spend(bytes, rate, now);
    }
}

fn fetch(model: &mut Model, run: RunId) -> Option<Effect> {
    let connected = model.hosts.is_connected(run.host);
    // While the log of an old run still streams in, its older snapshots are not worth a request.
    let told = model.queue.row(run).map_or(0, |row| row.run.digest.seq);
    let open = model.runs.get_mut(run)?;
    if !connected || open.seq() < told {
        return None;
    }
    // The way from another machine may be slow too: pictures that come sooner than they may wait, and the newest wins.
    let budget = model.hosts.get_mut(run.host).map(|host| &mut host.picture_budget);
    if let Some(budget) = budget.filter(|_| !run.host.is_here())
        && let Some(millis) = budget.wait(model.now)
    {
        let is_new = !std::mem::replace(&mut budget.is_awaited, true);
        return is_new.then_some(Effect::Wait { millis, then: Later::Pictures });
    }
    let path = open.gallery.begin_fetch()?;
    Some(Effect::Ask(run.host, Wish::Artefact { run, path, offset: 0 }))
}

/// Begins or ends playing the history of the open run.
pub fn play(model: &mut Model) -> Vec<Effect> {
    let Some(run) = model.open_run_mut() else { return Vec::new() };
    let (gallery, history) = (&mut run.gallery, &run.history.snapshots);
    if gallery.playing || history.len() < 2 {
        gallery.playing = false;
        return Vec::new();
    }
    gallery.playing = true;
    if gallery.follows() {
        gallery.choose(history, 0);
    }
    vec![Effect::Wait { millis: PLAY_MILLIS, then: Later::NextPicture }]
}

/// Plays the history from its beginning, and makes a film of it.
pub fn film(model: &mut Model) -> Vec<Effect> {
    let Some(run) = model.open_run_mut() else { return Vec::new() };
    run.gallery.playing = false;
    run.gallery.choose(&run.history.snapshots, usize::MAX);
    run.gallery.filming = run.history.snapshots.len() > 1;
    play(model)
}

/// Shows the next picture of the history, once the one before has come, and ends at the newest.
pub fn next_picture(model: &mut Model) -> Vec<Effect> {
    let shown = model.screen == Screen::Run;
    let Some(run) = model.open_run_mut().filter(|run| run.gallery.playing) else {
        return Vec::new();
    };
    let (gallery, history) = (&mut run.gallery, &run.history.snapshots);
    let has_come = gallery.sheet.as_ref().map(|sheet| &sheet.snapshot) == gallery.wanted();
    if has_come || gallery.fault().is_some() {
        gallery.step(history, 1);
    }
    gallery.playing = shown && !gallery.follows();
    if gallery.playing {
        return vec![Effect::Wait { millis: PLAY_MILLIS, then: Later::NextPicture }];
    }
    if std::mem::take(&mut gallery.filming) && shown {
        return vec![Effect::Film { run: run.id, sheets: gallery.kept() }];
    }
    Vec::new()
}
