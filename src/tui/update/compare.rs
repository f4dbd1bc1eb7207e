//! What the comparison does: the pictures of its pair go through their histories together, by hand or by themselves,
//! and what has the focus is written into files.

use super::{charts, gallery::PLAY_MILLIS};
use crate::{
    queue::RunId,
    tui::{
        action::Action,
        export,
        model::{
            Model, Notice, Screen,
            compare::{CompareModel, Part},
        },
        msg::{Effect, Later},
        screens::{self, run_series::Metric},
    },
};

/// Does what an action means on this screen; `None` for what it means elsewhere too.
pub fn perform(model: &mut Model, action: Action) -> Option<Vec<Effect>> {
    Some(match action {
        _ if model.screen != Screen::Compare || model.overlay.is_some() => return None,
        Action::NextPanel => {
            model.compare.part = model.compare.part.next();
            Vec::new()
        }
        Action::PreviousPanel => {
            model.compare.part = model.compare.part.previous();
            Vec::new()
        }
        Action::Maximise => {
            model.compare.alone = !model.compare.alone;
            Vec::new()
        }
        Action::NextPicture => scrub(model, Go::By(1)),
        Action::PreviousPicture => scrub(model, Go::By(-1)),
        Action::FirstPicture => scrub(model, Go::First),
        Action::NewestPicture => scrub(model, Go::Newest),
        Action::Play => play(model),
        Action::ExportChart => export(model),
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

/// Runs were queued to be compared. The user may have gone elsewhere meanwhile, and stays there; a comparison that
/// was begun meanwhile stays too.
pub fn arrived(model: &mut Model, runs: Vec<RunId>) -> Vec<Effect> {
    let (screen, count) = (model.screen, runs.len());
    let is_shown = screen == Screen::Compare;
    if !model.compare.runs.is_empty() {
        let text = format!("{count} runs are queued, siamese and independent in pairs");
        model.notice = Some(Notice { is_bad: false, text });
        return Vec::new();
    }
    if runs.is_empty() {
        // Why none was queued is told; the draft can be mended.
        if is_shown && model.form.is_some() {
            model.screen = Screen::Form;
        }
        return Vec::new();
    }
    let effects = begin(model, runs);
    if !is_shown {
        model.screen = screen;
        let key = model.key(Action::GoCompare);
        let text = format!("{count} runs are queued to be compared; {key} shows the comparison");
        model.notice = Some(Notice { is_bad: false, text });
    }
    effects
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

/// Goes through the history of both pictures together by hand, which ends its playing.
fn scrub(model: &mut Model, to: Go) -> Vec<Effect> {
    model.compare.playing = false;
    go(model, to);
    Vec::new()
}

/// Begins or ends playing the history of both pictures.
fn play(model: &mut Model) -> Vec<Effect> {
    let pair = model.compare.shown_pair();
    let all = pair.map_or(0, |(first, second)| iterations(model, first, second).len());
    if model.compare.playing || all < 2 {
        model.compare.playing = false;
        return Vec::new();
    }
    model.compare.playing = true;
    if model.compare.at.is_none() {
        go(model, Go::First);
    }
    vec![Effect::Wait { millis: PLAY_MILLIS, then: Later::NextPicture }]
}

/// Shows the next pictures of the history, once those before have come, and ends at the newest.
pub fn next_picture(model: &mut Model) -> Vec<Effect> {
    if !model.compare.playing {
        return Vec::new();
    }
    let has_come = |run: RunId| {
        model.runs.get(run).is_none_or(|open| {
            let gallery = &open.gallery;
            let shown = gallery.sheet.as_ref().map(|sheet| &sheet.snapshot);
            shown == gallery.wanted() || gallery.fault().is_some()
        })
    };
    let pair = model.compare.shown_pair();
    if pair.is_some_and(|(first, second)| has_come(first) && has_come(second)) {
        go(model, Go::By(1));
    }
    model.compare.playing = model.screen == Screen::Compare && model.compare.at.is_some();
    if model.compare.playing {
        return vec![Effect::Wait { millis: PLAY_MILLIS, then: Later::NextPicture }];
    }
    Vec::new()
}

/// Writes what has the focus into files: a chart as SVG, PNG and CSV, the pictures of the pair side by side as PNG.
/// The verdict is about the runs as a whole, and so is what is written of it: both charts.
fn export(model: &Model) -> Vec<Effect> {
    let compare = &model.compare;
    if compare.part == Part::Images {
        return write_pictures(model).into_iter().map(Effect::Write).collect();
    }
    let runs = compare.sides.iter().filter_map(|side| compare.shown_run(side));
    let runs: Vec<String> = runs.map(|run| run.to_string()).collect();
    let chart = |metric: Metric| {
        let upwards = screens::compare::title(model, metric);
        let title = format!("{upwards} of runs {}", runs.join(", "));
        charts::files(&title, upwards, &screens::compare::chart(model, metric))
    };
    let files = match compare.part {
        _ if runs.is_empty() => Vec::new(),
        Part::Distance => chart(Metric::Distance),
        Part::Accuracy => chart(Metric::Accuracy),
        Part::Verdict | Part::Images => {
            [Metric::Distance, Metric::Accuracy].into_iter().flat_map(chart).collect()
        }
    };
    if files.is_empty() { Vec::new() } else { vec![Effect::Write(files)] }
}

/// The file of the shown pictures; nothing while one of them is missing.
fn write_pictures(model: &Model) -> Option<Vec<(String, Vec<u8>)>> {
    let (first, second) = model.compare.shown_pair()?;
    let sheet = |run: RunId| model.runs.get(run)?.gallery.sheet.as_ref();
    let sheets = [sheet(first)?, sheet(second)?];
    let iteration = sheets[0].snapshot.iteration;
    let title = format!("images of runs {first} and {second}, iteration {iteration}");
    let bytes = export::side_by_side(&sheets).ok()?;
    Some(vec![(export::file_name(&title, "png"), bytes)])
}

/// Goes to another place in the history of both pictures.
fn go(model: &mut Model, go: Go) {
    let Some((first, second)) = model.compare.shown_pair() else { return };
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
