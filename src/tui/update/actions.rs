//! What the user does.

use super::{charts, compare, form, overlays, preferences, problems, queue, studies};
use crate::{
    config::SETTINGS,
    queue::RunId,
    record::event::Snapshot,
    tui::{
        action::{Action, Context},
        model::{Model, Notice, Screen, gallery::Gallery, panels::Panel, run::RunModel},
        msg::Effect,
        screens,
    },
};

/// Rows that a turn of the wheel moves a list by.
const WHEEL_ROWS: isize = 3;

/// Does what an action says.
pub fn perform(model: &mut Model, action: Action) -> Vec<Effect> {
    if queue::takes(model.context(), action) {
        return queue::perform(model, action);
    }
    let page = page_rows(model);
    let of_screen = studies::perform(model, action)
        .or_else(|| compare::perform(model, action))
        .or_else(|| problems::perform(model, action))
        .or_else(|| preferences::perform(model, action));
    if let Some(effects) = of_screen {
        return effects;
    }
    match action {
        Action::Up => move_by(model, -1),
        Action::Down => move_by(model, 1),
        Action::PageUp => move_by(model, -page),
        Action::PageDown => move_by(model, page),
        Action::First => move_by(model, isize::MIN / 2),
        Action::Last => move_by(model, isize::MAX / 2),
        Action::Open => match model.queue.selected().map(|row| row.run.id) {
            Some(run) => open(model, run),
            None => queue::perform(model, Action::Fold),
        },
        Action::Start => start(model),
        Action::NewRun => {
            model.screen = Screen::Presets;
            Vec::new()
        }
        Action::NextPanel => charts::turn_focus(model, true),
        Action::LogAxis
        | Action::ZoomIn
        | Action::ZoomOut
        | Action::SeeAll
        | Action::PanLeft
        | Action::PanRight
        | Action::FollowChart
        | Action::CursorLeft
        | Action::CursorRight
        | Action::Smoother
        | Action::Rougher
        | Action::XAxis => charts::perform(model, action),
        Action::ExportChart => charts::export(model),
        Action::PreviousPanel => charts::turn_focus(model, false),
        Action::CopyFolder => copy_folder(model),
        Action::Maximise => in_run(model, |run| run.focus.alone = !run.focus.alone),
        Action::NextPicture
        | Action::PreviousPicture
        | Action::FirstPicture
        | Action::NewestPicture
        | Action::NextImage
        | Action::PreviousImage
        | Action::NextClasses
        | Action::PreviousClasses
        | Action::Play
        | Action::Film
        | Action::Closer => pictures(model, action),
        Action::NextRun => neighbour(model, 1),
        Action::PreviousRun => neighbour(model, -1),
        Action::Customise => form::open_preset(model),
        Action::Accept if model.context() == Context::FormText => form::accept(model),
        Action::Close if model.context() == Context::FormText => form::dismiss(model),
        Action::NextValue | Action::PreviousValue | Action::ResetValue | Action::Search
            if model.context() == Context::Form =>
        {
            form::perform(model, action)
        }
        Action::EditField
        | Action::TypeField
        | Action::AllFields
        | Action::Toml
        | Action::MorePairs
        | Action::FewerPairs
        | Action::Measure
        | Action::Submit
        | Action::SubmitPairs
        | Action::OpenEditor
        | Action::CopySpec
        | Action::SavePreset => form::perform(model, action),
        Action::Back => back(model),
        Action::Help | Action::Palette | Action::Search | Action::Accept | Action::Close => {
            overlays::perform(model, action)
        }
        Action::GoQueue => go(model, Screen::Queue),
        Action::GoStudies => studies::show(model),
        Action::GoCompare => go(model, Screen::Compare),
        Action::GoHosts => go(model, Screen::Hosts),
        Action::NextHost => next_host(model),
        Action::LogIn => log_in(model),
        Action::GoProblems => go(model, Screen::Problems),
        Action::GoSettings => go(model, Screen::Settings),
        Action::ToggleMouse => preferences::toggle_mouse(model),
        Action::Redraw => redraw(model),
        Action::Suspend => vec![Effect::Suspend],
        Action::Quit => vec![Effect::Quit],
        Action::Panic if model.test_panic => vec![Effect::Panic],
        _ => Vec::new(),
    }
}

/// Does what an action says to the pictures that are shown.
fn pictures(model: &mut Model, action: Action) -> Vec<Effect> {
    match action {
        Action::NextPicture => scrub(model, |gallery, history| gallery.step(history, 1)),
        Action::PreviousPicture => scrub(model, |gallery, history| gallery.step(history, -1)),
        Action::FirstPicture => scrub(model, |gallery, history| gallery.choose(history, 0)),
        Action::NewestPicture => {
            scrub(model, |gallery, history| gallery.choose(history, history.len()))
        }
        Action::Play => super::gallery::play(model),
        Action::Film => super::gallery::film(model),
        Action::Closer => in_run(model, |run| {
            let first = run.gallery.album.first;
            run.gallery.look(run.gallery.closeness().closer(first));
        }),
        Action::NextImage => in_run(model, |run| run.gallery.turn(true)),
        Action::PreviousImage => in_run(model, |run| run.gallery.turn(false)),
        Action::NextClasses => turn_page(model, true),
        Action::PreviousClasses => turn_page(model, false),
        _ => Vec::new(),
    }
}

fn go(model: &mut Model, screen: Screen) -> Vec<Effect> {
    model.screen = screen;
    Vec::new()
}

/// Moves what a turn of the wheel moves.
pub fn scroll(model: &mut Model, down: bool) -> Vec<Effect> {
    let rows = if down { WHEEL_ROWS } else { -WHEEL_ROWS };
    match (&model.overlay, model.screen) {
        (None, Screen::Queue) => {
            let visible = screens::queue::visible_rows(model);
            model.queue.scroll(rows, visible);
            Vec::new()
        }
        (_, Screen::Presets) => move_by(model, rows.signum()),
        _ => move_by(model, rows),
    }
}

fn page_rows(model: &Model) -> isize {
    let rows = match model.screen {
        Screen::Queue => screens::queue::visible_rows(model),
        Screen::Run => screens::run::text_rows(model).0,
        Screen::Presets => model.presets.entries.len(),
        Screen::Compare => model.compare.sides.len(),
        Screen::Form => screens::form::visible_rows(model),
        Screen::Settings => screens::settings::visible_rows(model),
        Screen::Studies => screens::studies::visible_rows(model),
        Screen::Hosts => screens::hosts::visible_rows(model),
        Screen::Problems => screens::problems::visible_rows(model),
    };
    rows.max(2) as isize - 1
}

pub(super) fn moved(index: usize, rows: isize) -> usize {
    (index as isize).saturating_add(rows).max(0) as usize
}

fn move_by(model: &mut Model, rows: isize) -> Vec<Effect> {
    if overlays::move_by(model, rows) {
        return Vec::new();
    }
    match (&mut model.overlay, model.screen) {
        (Some(_), _) => {}
        (None, Screen::Studies) => studies::move_by(model, rows),
        (None, Screen::Hosts) => {
            let most = screens::hosts::scrollable_rows(model);
            model.hosts.offset = moved(model.hosts.offset, rows).min(most);
        }
        (None, Screen::Problems) => problems::move_by(model, rows),
        (None, Screen::Settings) => {
            let last = SETTINGS.len() - 1;
            let selected = &mut model.preferences.selected;
            *selected = moved(*selected, rows).min(last);
        }
        (None, Screen::Queue) => {
            let index = model.queue.selected_index().unwrap_or(0);
            model.queue.select_index(moved(index, rows));
        }
        (None, Screen::Presets) => {
            let index = moved(model.presets.selected, rows);
            model.presets.select(index);
        }
        (None, Screen::Form) => {
            if let Some(form) = &mut model.form {
                form.move_by(rows);
            }
        }
        (None, Screen::Compare) => return compare::turn_side(model, rows),
        (None, Screen::Run) => {
            let (visible, all) = screens::run::text_rows(model);
            let most = all.saturating_sub(visible);
            if let Some(run) = model.open_run_mut() {
                match run.focus.panel {
                    Panel::Spec => run.spec_below = moved(run.spec_below, rows).min(most),
                    Panel::Artefacts => {
                        run.artefacts.below = moved(run.artefacts.below, rows).min(most);
                    }
                    _ => run.log_below = moved(run.log_below, rows.saturating_neg()).min(most),
                }
            }
        }
    }
    Vec::new()
}

fn in_run(model: &mut Model, change: impl FnOnce(&mut RunModel)) -> Vec<Effect> {
    if let Some(run) = model.open_run_mut() {
        change(run);
    }
    Vec::new()
}

/// Opens a run's screen.
pub fn open(model: &mut Model, run: RunId) -> Vec<Effect> {
    model.screen = Screen::Run;
    model.studies.is_behind = false;
    model.queue.select(run);
    model.open = Some(run);
    let open = model.runs.open(run, model.now);
    // A comparison may have left it in the middle of its history.
    open.gallery.choose(&open.history.snapshots, usize::MAX);
    Vec::new()
}

/// One step back: from a close look first, then from the screen.
fn back(model: &mut Model) -> Vec<Effect> {
    if model.screen == Screen::Run
        && let Some(run) = model.open_run_mut()
        && let Some(farther) = run.gallery.closeness().farther()
    {
        run.gallery.look(farther);
        return Vec::new();
    }
    model.screen = match model.screen {
        Screen::Form => model.form.as_ref().map_or(Screen::Presets, |form| form.behind),
        Screen::Run if std::mem::take(&mut model.studies.is_behind) => return studies::show(model),
        _ => Screen::Queue,
    };
    Vec::new()
}

fn redraw(model: &mut Model) -> Vec<Effect> {
    model.generation += 1;
    vec![Effect::Redraw]
}

/// The terminal goes to ssh, where the host at hand is not reached.
fn log_in(model: &Model) -> Vec<Effect> {
    let host = model.hosts.name_at_hand();
    if model.hosts.wants_login() { vec![Effect::LogIn(host)] } else { Vec::new() }
}

/// Another host comes to hand: what is known of the studies of the one before does not count.
fn next_host(model: &mut Model) -> Vec<Effect> {
    model.hosts.turn(matches!(model.screen, Screen::Hosts | Screen::Problems));
    model.studies.begin_anew();
    let text = if model.hosts.are_all_at_hand() {
        "new runs go to the host that suits them best, and studies are of all hosts".to_owned()
    } else {
        format!("new runs go to {}", model.hosts.name_at_hand())
    };
    model.notice = Some(Notice { is_bad: false, text });
    Vec::new()
}

fn copy_folder(model: &mut Model) -> Vec<Effect> {
    let Some(run) = model.subject() else { return Vec::new() };
    let folder = run.place();
    model.notice = Some(Notice::copied(&folder));
    vec![Effect::Copy(folder)]
}

fn neighbour(model: &mut Model, step: isize) -> Vec<Effect> {
    match model.open.and_then(|open| model.queue.neighbour(open, step)) {
        Some(run) => open(model, run),
        None => Vec::new(),
    }
}

/// Goes through the history of the open run's pictures by hand, which ends its playing.
fn scrub(model: &mut Model, go: impl FnOnce(&mut Gallery, &[Snapshot])) -> Vec<Effect> {
    in_run(model, |run| {
        run.gallery.playing = false;
        go(&mut run.gallery, &run.history.snapshots);
    })
}

fn turn_page(model: &mut Model, forward: bool) -> Vec<Effect> {
    let Some(grid) = screens::run::grid(model) else { return Vec::new() };
    in_run(model, |run| {
        let strips = run.gallery.album.strips().len();
        run.gallery.album.first = grid.page(forward, strips);
    })
}

fn start(model: &mut Model) -> Vec<Effect> {
    let Some(entry) = model.presets.selected() else { return Vec::new() };
    match entry.spec.clone() {
        Ok(spec) => {
            let (source, text) = (entry.source(), entry.text.clone());
            form::queue(model, &spec, text, source)
        }
        Err(fault) => {
            model.notice = Some(Notice { is_bad: true, text: fault });
            Vec::new()
        }
    }
}
