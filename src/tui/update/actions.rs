//! What the user does.

use super::queue;
use crate::{
    queue::{Command, RunId},
    tui::{
        action::Action,
        model::{Model, Notice, Overlay, Screen, run::RunModel},
        msg::Effect,
        screens,
    },
};

/// Rows that a turn of the wheel moves a list by.
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
            None => queue::perform(model, Action::Fold),
        },
        Action::Start => start(model),
        Action::NewRun => {
            model.screen = Screen::Presets;
            Vec::new()
        }
        Action::Pause
        | Action::Resume
        | Action::Stop
        | Action::Cancel
        | Action::Picture
        | Action::Delete
        | Action::Clone
        | Action::EditClone
        | Action::Mark
        | Action::MarkAll
        | Action::Unmark
        | Action::MoveUp
        | Action::MoveDown
        | Action::Search
        | Action::Accept
        | Action::Close
        | Action::Order
        | Action::ReverseOrder
        | Action::Fold
        | Action::Group => queue::perform(model, action),
        Action::Yes => queue::wishes::confirm(model),
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
        Action::Help => {
            model.overlay = match model.overlay {
                Some(Overlay::Help { .. }) => None,
                _ => Some(Overlay::Help { offset: 0 }),
            };
            Vec::new()
        }
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
        Screen::Run => screens::run::log_rows(model),
        Screen::Presets => model.presets.entries.len(),
    };
    rows.max(2) as isize - 1
}

fn moved(index: usize, rows: isize) -> usize {
    (index as isize).saturating_add(rows).max(0) as usize
}

fn move_by(model: &mut Model, rows: isize) -> Vec<Effect> {
    let most = super::super::overlays::help::scrollable_rows(model);
    match (&mut model.overlay, model.screen) {
        (Some(Overlay::Help { offset }), _) => *offset = moved(*offset, rows).min(most),
        (Some(Overlay::Question(_)), _) => {}
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
    match model.open.and_then(|open| model.queue.neighbour(open, step)) {
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

fn start(model: &mut Model) -> Vec<Effect> {
    let Some(entry) = model.presets.selected() else { return Vec::new() };
    if let Err(fault) = &entry.spec {
        model.notice = Some(Notice { is_bad: true, text: fault.clone() });
        return Vec::new();
    }
    let source = format!("preset {}", entry.preset.name);
    let spec = entry.preset.text.to_owned();
    let add = Command::Add { spec, source, front: false, study: String::new() };
    queue::wishes::send(model, vec![add])
}
