//! What the user does.

use super::{overlays, preferences};
use crate::{
    config::SETTINGS,
    queue::{Command, RunId, transition::Happening},
    tui::{
        action::Action,
        model::{self, Link, Model, Notice, Overlay, Screen, run::RunModel},
        msg::Effect,
        screens,
    },
    wire::message::Wish,
};

/// Rows that a turn of the wheel moves the log by.
const WHEEL_ROWS: isize = 3;

/// Does what an action says.
pub fn perform(model: &mut Model, action: Action) -> Vec<Effect> {
    let page = page_rows(model);
    match action {
        Action::Up => move_by(model, -1),
        Action::Down => move_by(model, 1),
        Action::PageUp => move_by(model, -page),
        Action::PageDown => move_by(model, page),
        Action::First => move_by(model, isize::MIN / 2),
        Action::Last => move_by(model, isize::MAX / 2),
        Action::Open => match model.queue.selected().map(|row| row.run.id) {
            Some(run) => open(model, run),
            None => Vec::new(),
        },
        Action::Start => start(model),
        Action::NewRun => {
            model.screen = Screen::Presets;
            Vec::new()
        }
        Action::Pause | Action::Resume | Action::Stop | Action::Picture => wish(model, action),
        Action::Cancel => ask_cancel(model),
        Action::Yes => confirm(model),
        Action::No => {
            model.overlay = None;
            Vec::new()
        }
        Action::NextPanel => in_run(model, |run| run.panel = run.panel.next()),
        Action::LogAxis => in_run(model, |run| run.log_axis = !run.log_axis),
        Action::NextClasses => turn_page(model, true),
        Action::PreviousClasses => turn_page(model, false),
        Action::NextRun => neighbour(model, 1),
        Action::PreviousRun => neighbour(model, -1),
        Action::Back => back(model),
        Action::Help | Action::Palette | Action::Search | Action::Accept | Action::Close => {
            overlays::perform(model, action)
        }
        Action::GoQueue => go(model, Screen::Queue),
        Action::GoHosts => go(model, Screen::Hosts),
        Action::GoProblems => go(model, Screen::Problems),
        Action::GoSettings => go(model, Screen::Settings),
        Action::NextValue => preferences::step(model, true),
        Action::PreviousValue => preferences::step(model, false),
        Action::ResetValue => preferences::reset(model),
        Action::ToggleMouse => preferences::toggle_mouse(model),
        Action::Redraw => {
            model.generation += 1;
            vec![Effect::Redraw]
        }
        Action::Suspend => vec![Effect::Suspend],
        Action::Quit => vec![Effect::Quit],
        Action::Panic if model.test_panic => vec![Effect::Panic],
        Action::Panic => Vec::new(),
    }
}

fn go(model: &mut Model, screen: Screen) -> Vec<Effect> {
    model.screen = screen;
    Vec::new()
}

/// Moves what a turn of the wheel moves.
pub fn scroll(model: &mut Model, down: bool) -> Vec<Effect> {
    let rows = if model.screen == Screen::Run { WHEEL_ROWS } else { 1 };
    move_by(model, if down { rows } else { -rows })
}

fn page_rows(model: &Model) -> isize {
    let rows = match model.screen {
        Screen::Queue => screens::queue::visible_rows(model),
        Screen::Run => screens::run::log_rows(model),
        Screen::Presets => model.presets.entries.len(),
        Screen::Settings => screens::settings::visible_rows(model),
        Screen::Hosts | Screen::Problems => 2,
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
        (Some(_), _) | (None, Screen::Hosts | Screen::Problems) => {}
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
        (None, Screen::Run) => {
            let visible = screens::run::log_rows(model);
            if let Some(run) = model.open_run_mut() {
                let most = run.log.lines.len().saturating_sub(visible);
                run.log_below = moved(run.log_below, rows.saturating_neg()).min(most);
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
    model.queue.select(run);
    model.open = Some(run);
    model.runs.open(run, model.now);
    Vec::new()
}

fn back(model: &mut Model) -> Vec<Effect> {
    model.screen = Screen::Queue;
    Vec::new()
}

fn neighbour(model: &mut Model, step: isize) -> Vec<Effect> {
    let index = model.queue.selected_index().unwrap_or(0);
    model.queue.select_index(moved(index, step));
    match model.queue.selected().map(|row| row.run.id) {
        Some(run) => open(model, run),
        None => Vec::new(),
    }
}

fn turn_page(model: &mut Model, forward: bool) -> Vec<Effect> {
    let Some(grid) = screens::run::grid(model) else { return Vec::new() };
    in_run(model, |run| {
        let classes = run.gallery.contents(0).map_or(0, |contents| contents.classes);
        run.gallery.first_class = grid.page(forward, classes);
    })
}

/// Asks the daemon, if it can be asked.
fn ask(model: &mut Model, command: Command) -> Vec<Effect> {
    if matches!(model.link, Link::Connected(_)) {
        return vec![Effect::Ask(Wish::Command(command))];
    }
    let text = "nobody to ask: the daemon does not answer; what runs goes on".to_owned();
    model.notice = Some(Notice { is_bad: true, text });
    Vec::new()
}

fn wish(model: &mut Model, action: Action) -> Vec<Effect> {
    match model.subject().and_then(|run| model::command(action, run)) {
        Some(command) => ask(model, command),
        None => Vec::new(),
    }
}

/// Asks the user before a run is given up; where it cannot be, the daemon says why.
fn ask_cancel(model: &mut Model) -> Vec<Effect> {
    match model.subject() {
        Some(run) if model::is_possible(run, Happening::Cancel) => {
            model.overlay = Some(Overlay::Cancel(run.id));
            Vec::new()
        }
        _ => wish(model, Action::Cancel),
    }
}

fn confirm(model: &mut Model) -> Vec<Effect> {
    match model.overlay.take() {
        Some(Overlay::Cancel(run)) => ask(model, Command::Cancel { run }),
        _ => Vec::new(),
    }
}

fn start(model: &mut Model) -> Vec<Effect> {
    let Some(entry) = model.presets.selected() else { return Vec::new() };
    if let Err(fault) = &entry.spec {
        model.notice = Some(Notice { is_bad: true, text: fault.clone() });
        return Vec::new();
    }
    let source = format!("preset {}", entry.preset.name);
    let spec = entry.preset.text.to_owned();
    ask(model, Command::Add { spec, source, front: false })
}
