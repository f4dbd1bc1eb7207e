//! What the user does in the queue: how it is shown, what is selected and marked, and wishes about runs.

pub mod draft;
pub mod wishes;

use super::compare;
use crate::{
    queue::Command,
    tui::{
        action::{Action, Context},
        model::{
            Model, Notice, Screen,
            queue::{lines, moving},
        },
        msg::{Effect, Later},
        screens,
    },
};

/// Milliseconds that the cursor rests before the run below it is shown in detail.
const REST_MILLIS: u64 = 150;

/// Whether an action is done here.
pub const fn takes(context: Context, action: Action) -> bool {
    use Action as A;
    match action {
        A::Search | A::Accept | A::Close => matches!(context, Context::Queue | Context::Filter),
        action => matches!(
            action,
            A::Yes
                | A::No
                | A::Pause
                | A::Resume
                | A::Stop
                | A::Cancel
                | A::Picture
                | A::Delete
                | A::Clone
                | A::EditClone
                | A::Compare
                | A::Mark
                | A::MarkAll
                | A::Unmark
                | A::MoveUp
                | A::MoveDown
                | A::Order
                | A::ReverseOrder
                | A::Fold
                | A::Group
        ),
    }
}

/// Does what an action says.
pub fn perform(model: &mut Model, action: Action) -> Vec<Effect> {
    let queue = &mut model.queue;
    match action {
        Action::Mark => queue.toggle_marks_at_cursor(),
        Action::MarkAll => queue.mark_all(),
        Action::Unmark if queue.marked().is_empty() => show_all(model),
        Action::Unmark => queue.unmark(),
        Action::Fold => queue.toggle_fold(),
        Action::Group => queue.arrange(|shown| shown.is_grouped = !shown.is_grouped),
        Action::Order => queue.arrange(|shown| shown.order = shown.order.next()),
        Action::ReverseOrder => {
            queue.arrange(|shown| shown.order.is_reversed = !shown.order.is_reversed);
        }
        Action::Search => queue.filter.is_typing = true,
        Action::Accept => queue.filter.is_typing = false,
        Action::Close => show_all(model),
        Action::MoveUp => return move_runs(model, false),
        Action::MoveDown => return move_runs(model, true),
        Action::EditClone => {
            let run = model.subject().map(|run| run.id);
            return run.map_or_else(Vec::new, |run| draft::edit_clone(model, run));
        }
        Action::Compare => return compare_runs(model),
        Action::Yes => return wishes::confirm(model),
        Action::No => model.overlay = None,
        action => return wishes::wish(model, action),
    }
    Vec::new()
}

fn compare_runs(model: &mut Model) -> Vec<Effect> {
    let runs: Vec<_> = model.targets().into_iter().map(|run| run.id).collect();
    if runs.len() < 2 {
        let key = model.key(Action::Mark);
        let text = format!("two runs or more can be compared; {key} marks them");
        model.notice = Some(Notice { is_bad: true, text });
        return Vec::new();
    }
    compare::begin(model, runs)
}

fn show_all(model: &mut Model) {
    model.queue.filter.is_typing = false;
    model.queue.filter.field.clear();
    model.queue.refilter();
}

fn move_runs(model: &mut Model, down: bool) -> Vec<Effect> {
    if !model.queue.arrangement().order.is_the_queues() {
        let key = model.key(Action::Order);
        let text =
            format!("runs can be moved in the order of the queue alone; {key} leads back to it");
        model.notice = Some(Notice { is_bad: true, text });
        return Vec::new();
    }
    if !model.queue.targets().into_iter().any(lines::waits) {
        let text = "only runs that wait can be moved; the others stand where their state puts them";
        model.notice = Some(Notice { is_bad: true, text: text.to_owned() });
        return Vec::new();
    }
    let Some((runs, before)) = moving::step(&model.queue, down) else { return Vec::new() };
    wishes::send(model, vec![Command::Arrange { runs, before }])
}

/// The cursor has been on a run for a while: its newest picture is wanted, wherever somebody has left its history.
pub fn rest(model: &mut Model, visit: u64) {
    model.preview.rest(visit);
    if let Some(run) = model.preview.run() {
        let open = model.runs.open(run, model.now);
        open.gallery.choose(&open.history.snapshots, usize::MAX);
    }
}

/// The cursor may be on another run than before: its preview has to wait until the cursor rests.
pub fn follow_cursor(model: &mut Model) -> Vec<Effect> {
    let under_cursor = match model.screen {
        Screen::Queue if screens::queue::shows_preview(model) => {
            model.queue.selected().map(|row| row.run.id)
        }
        Screen::Studies => screens::studies::memory::run(model),
        _ => None,
    };
    let visit = model.preview.visit(under_cursor);
    let wait = |visit| Effect::Wait { millis: REST_MILLIS, then: Later::Preview { visit } };
    visit.map(wait).into_iter().collect()
}
