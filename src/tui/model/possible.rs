//! What can be done now: hints show only that, and a key of a run means the command that fits its state.

use super::{Model, Screen, problems, queue};
use crate::{
    config::SETTINGS,
    queue::{
        Command, RunState, RunSummary,
        transition::{self, Happening},
    },
    tui::{action::Action, screens},
};

impl Model {
    /// Whether an action could do something now. Hints show only those.
    pub fn is_useful(&self, action: Action) -> bool {
        let kinds = || one_of_each_state(self.targets());
        let may = |happening: Happening| {
            kinds().into_iter().any(|run| is_possible(run, happening.clone()))
        };
        let is_paused = || kinds().into_iter().any(|run| may_go_on_at_once(Some(run)));
        match action {
            _ if self.screen == Screen::Studies => self.studies.is_useful(action),
            _ if self.screen == Screen::Compare => {
                self.compare.is_useful(action, screens::compare::hides_parts(self))
            }
            Action::Pause => may(Happening::Pause) || is_paused(),
            Action::Resume => !is_paused() && (may(Happening::Resume) || may(Happening::Retry)),
            Action::Stop => may(Happening::Stop),
            Action::Cancel => may(Happening::Cancel),
            Action::Picture => may(Happening::Snapshot),
            Action::Open if self.screen == Screen::Problems => {
                let all = problems::list(self);
                let selected = all.get(self.problems.selected);
                selected.is_some_and(|problem| matches!(problem.about, problems::About::Run(_)))
            }
            Action::Delete => kinds()
                .into_iter()
                .any(|run| run.state.worker().is_none() && run.state.job().is_none()),
            Action::Open | Action::Mark | Action::MarkAll => self.queue.selected_index().is_some(),
            Action::Clone | Action::EditClone | Action::CopyFolder => self.subject().is_some(),
            Action::Compare => self.targets().len() > 1,
            Action::Unmark => {
                !self.queue.marked().is_empty() || !self.queue.filter.field.text().is_empty()
            }
            Action::NextHost => self.hosts.are_several(),
            Action::LogIn => self.hosts.wants_login(),
            Action::Fold | Action::Group => !self.queue.groups().is_empty(),
            Action::Search if self.screen == Screen::Queue => !self.queue.rows().is_empty(),
            Action::MoveUp | Action::MoveDown => {
                let is_by_queue = self.queue.arrangement().order.is_the_queues();
                is_by_queue && self.targets().into_iter().any(queue::lines::waits)
            }
            Action::NextPicture | Action::PreviousPicture | Action::Play => {
                self.open_run().is_some_and(|run| run.history.snapshots.len() > 1)
            }
            Action::Closer => self.open_run().is_some_and(|run| run.gallery.sheet.is_some()),
            Action::NextImage | Action::PreviousImage => {
                self.open_run().is_some_and(|run| run.gallery.closeness().farther().is_some())
            }
            Action::NextClasses | Action::PreviousClasses => screens::run::hides_classes(self),
            Action::Up | Action::Down => match self.screen {
                Screen::Queue => self.queue.lines().len() > 1,
                Screen::Presets | Screen::Form | Screen::Settings => true,
                Screen::Hosts => screens::hosts::scrollable_rows(self) > 0,
                Screen::Problems => {
                    self.problems.part == problems::Part::Log || problems::list(self).len() > 1
                }
                Screen::Run | Screen::Studies | Screen::Compare => false,
            },
            Action::ResetValue => {
                let selected = SETTINGS.get(self.preferences.selected);
                selected.is_some_and(|row| self.preferences.choices.file.contains_key(&row.setting))
            }
            _ => true,
        }
    }
}

/// A run in each state that some runs are in: what can be done to one can be done to the others of its state.
fn one_of_each_state(runs: Vec<&RunSummary>) -> Vec<&RunSummary> {
    let mut kinds: Vec<&RunSummary> = Vec::new();
    for run in runs {
        if kinds.iter().all(|known| !has_same_kind(&known.state, &run.state)) {
            kinds.push(run);
        }
    }
    kinds
}

fn has_same_kind(first: &RunState, second: &RunState) -> bool {
    let is_cancelled = |state: &RunState| matches!(state, RunState::Stopping { cancel: true, .. });
    std::mem::discriminant(first) == std::mem::discriminant(second)
        && is_cancelled(first) == is_cancelled(second)
}

fn may_go_on_at_once(run: Option<&RunSummary>) -> bool {
    run.is_some_and(|run| run.state.word() == "paused")
}

/// Whether something can happen to a run now. The queue decides it; this asks its rules.
pub fn is_possible(run: &RunSummary, happening: Happening) -> bool {
    transition::step(run.id, &run.state, happening, run.added).is_ok()
}

/// The command that an action means for a run. Whether it can be done, the daemon says.
pub fn command(action: Action, run: &RunSummary) -> Option<Command> {
    let id = run.id;
    match action {
        Action::Pause if may_go_on_at_once(Some(run)) => Some(Command::Resume { run: id }),
        Action::Pause => Some(Command::Pause { run: id }),
        Action::Resume if is_possible(run, Happening::Retry) => Some(Command::Retry { run: id }),
        Action::Resume => Some(Command::Resume { run: id }),
        Action::Stop => Some(Command::Stop { run: id }),
        Action::Picture => Some(Command::Snapshot { run: id }),
        Action::Cancel => Some(Command::Cancel { run: id }),
        Action::Delete => Some(Command::Remove { run: id }),
        _ => None,
    }
}
