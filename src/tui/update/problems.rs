//! What the user does among the problems.

use super::actions::{self, moved};
use crate::tui::{
    action::Action,
    model::{
        Model, Screen,
        problems::{self, About, Part},
    },
    msg::Effect,
    screens,
};

/// Does what an action means on this screen; `None` for what it means elsewhere too.
pub fn perform(model: &mut Model, action: Action) -> Option<Vec<Effect>> {
    match action {
        _ if model.screen != Screen::Problems || model.overlay.is_some() => None,
        Action::Open => {
            let problems = problems::list(model);
            match problems.get(model.problems.selected).map(|problem| problem.about) {
                Some(About::Run(run)) => Some(actions::open(model, run)),
                _ => Some(Vec::new()),
            }
        }
        Action::NextPanel => {
            let part = &mut model.problems.part;
            *part = if *part == Part::List { Part::Log } else { Part::List };
            Some(Vec::new())
        }
        _ => None,
    }
}

/// Moves by rows what keys move: the selection, or the log.
pub fn move_by(model: &mut Model, rows: isize) {
    let visible = screens::problems::visible_rows(model);
    match model.problems.part {
        Part::List => {
            let last = problems::list(model).len().saturating_sub(1);
            model.problems.selected = moved(model.problems.selected, rows).min(last);
        }
        Part::Log => {
            let log = &mut model.problems.log;
            let most = log.lines.len().saturating_sub(visible);
            log.below = moved(log.below, rows.saturating_neg()).min(most);
        }
    }
}

/// A click selects a problem; on the selected one it opens its run.
pub fn click(model: &mut Model, column: u16, row: u16) -> Vec<Effect> {
    let Some(index) = screens::problems::row_at(model, column, row) else { return Vec::new() };
    model.problems.part = Part::List;
    if model.problems.selected == index {
        return actions::perform(model, Action::Open);
    }
    model.problems.selected = index;
    Vec::new()
}

/// What is shown now has been seen, and there may be fewer than before.
pub fn step(model: &mut Model) {
    let held_up = problems::held_up(model);
    model.problems.hold_up(model.now, held_up.into_iter());
    if model.screen == Screen::Problems {
        model.problems.see(model.now);
        let last = problems::list(model).len().saturating_sub(1);
        model.problems.selected = model.problems.selected.min(last);
    }
}
