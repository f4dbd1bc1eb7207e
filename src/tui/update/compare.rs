//! What the comparison does: the pictures of its pair go through their histories together.

use crate::queue::RunId;
use crate::tui::{
    action::Action,
    model::{Model, Screen, compare::CompareModel},
    msg::Effect,
};

/// Does what an action means on this screen; `None` for what it means elsewhere too.
pub fn perform(model: &mut Model, action: Action) -> Option<Vec<Effect>> {
    Some(match action {
        _ if model.screen != Screen::Compare || model.overlay.is_some() => return None,
        Action::NextPanel => {
            model.compare.part = model.compare.part.next();
            Vec::new()
        }
        Action::NextPicture => scrub(model, Go::By(1)),
        Action::PreviousPicture => scrub(model, Go::By(-1)),
        Action::FirstPicture => scrub(model, Go::First),
        Action::NewestPicture => scrub(model, Go::Newest),
        Action::NextImage => turn_pair(model, true),
        Action::PreviousImage => turn_pair(model, false),
        _ => return None,
    })
}

/// Compares these runs and shows that.
pub fn begin(model: &mut Model, runs: Vec<RunId>) -> Vec<Effect> {
    model.compare = CompareModel::of(runs);
    model.compare.view.smooth = model.runs.smoothing();
    model.screen = Screen::Compare;
    Vec::new()
}

/// Brings both pictures of the pair to the same iteration, and their difference up to date. Called after every
/// message.
pub fn step(model: &mut Model) {
    if model.screen != Screen::Compare {
        return;
    }
    model.compare.refresh(&model.runs);
    let Some((first, second)) = model.compare.shown_pair() else { return };
    let Some(at) = model.compare.at.or_else(|| iterations(model, first, second).last().copied())
    else {
        return;
    };
    for run in [first, second] {
        if let Some(open) = model.runs.get_mut(run) {
            open.gallery.choose_at(&open.history.snapshots, at);
        }
    }
    let sheet = |run: RunId| model.runs.get(run).and_then(|open| open.gallery.sheet.as_ref());
    if let (Some(one), Some(other)) = (sheet(first), sheet(second))
        && one.snapshot.iteration == other.snapshot.iteration
    {
        model.compare.difference.take(one, other);
    }
}

/// The iterations after which both runs have a picture; of each where there is none that both have.
fn iterations(model: &Model, first: RunId, second: RunId) -> Vec<u64> {
    let of = |run: RunId| -> Vec<u64> {
        let open = model.runs.get(run);
        let snapshots = open.map_or(&[][..], |open| &open.history.snapshots);
        snapshots.iter().map(|snapshot| snapshot.iteration).collect()
    };
    let (one, other) = (of(first), of(second));
    let both: Vec<u64> = one.iter().copied().filter(|at| other.contains(at)).collect();
    if !both.is_empty() {
        return both;
    }
    let mut either = [one, other].concat();
    either.sort_unstable();
    either.dedup();
    either
}

/// Where to in the history of the pair's pictures.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Go {
    /// So many pictures on, or back.
    By(isize),
    /// To the first.
    First,
    /// To the newest, which is followed.
    Newest,
}

/// Goes through the history of both pictures together.
fn scrub(model: &mut Model, go: Go) -> Vec<Effect> {
    let Some((first, second)) = model.compare.shown_pair() else { return Vec::new() };
    let all = iterations(model, first, second);
    let last = all.len().saturating_sub(1);
    let now = match model.compare.at {
        Some(at) => all.partition_point(|iteration| *iteration < at).min(last),
        None => last,
    };
    let place = match go {
        Go::By(steps) => now.saturating_add_signed(steps).min(last),
        Go::First => 0,
        Go::Newest => last,
    };
    model.compare.at = all.get(place).copied().filter(|_| place < last);
    Vec::new()
}

/// The next pair, or the one before.
fn turn_pair(model: &mut Model, forward: bool) -> Vec<Effect> {
    let pairs = model.compare.pairs();
    let compare = &mut model.compare;
    compare.pair = match (forward, pairs) {
        (_, 0) => 0,
        (true, pairs) => (compare.pair + 1) % pairs,
        (false, pairs) => (compare.pair + pairs - 1) % pairs,
    };
    Vec::new()
}

/// Holds the next side against the first, or the one before.
pub fn turn_side(model: &mut Model, rows: isize) -> Vec<Effect> {
    let sides = model.compare.sides.len();
    let most = sides.saturating_sub(1).max(1);
    model.compare.against =
        model.compare.against.saturating_add_signed(rows.clamp(-99, 99)).clamp(1, most);
    Vec::new()
}
