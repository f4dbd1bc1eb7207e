//! The one place where the model changes: a message in, what is to be done outside out.
//!
//! Synchronous and without input or output, so that every behaviour has a test without a terminal.

mod actions;
mod charts;
pub mod compare;
mod daemon;
pub mod form;
mod gallery;
mod mouse;
mod overlays;
mod preferences;
mod problems;
mod queue;
mod sending;
mod studies;
mod studies_of_hosts;
mod watch;

use super::{
    model::{Model, Notice},
    msg::{Effect, Later, Msg},
    screens,
    tty::Window,
};

/// How long a sentence stands that needs nothing done.
const NOTICE_MILLIS: u64 = 8000;

/// Takes in what happened.
pub fn update(model: &mut Model, msg: Msg) -> Vec<Effect> {
    let mut effects = match msg {
        Msg::Key(key) => {
            model.notice = None;
            model.notice_end.forget();
            match model.keymap.action(model.context(), key) {
                Some(action) => actions::perform(model, action),
                None => overlays::typed(model, key),
            }
        }
        Msg::Edited(result) => {
            form::edited(model, result);
            Vec::new()
        }
        Msg::Paste(text) => overlays::pasted(model, &text),
        Msg::Focus(has_focus) => {
            model.focus = Some(has_focus);
            Vec::new()
        }
        Msg::Saved(Ok(())) | Msg::Tick => Vec::new(),
        Msg::Saved(Err(text)) => {
            model.problems.refuse(model.now, &text);
            model.notice = Some(Notice { is_bad: true, text });
            Vec::new()
        }
        Msg::Wheel { down } => actions::scroll(model, down),
        Msg::Click { column, row } => mouse::click(model, column, row),
        Msg::Drag { column, row } => mouse::drag(model, column, row),
        Msg::Release { .. } => mouse::release(model),
        Msg::WindowChanged => vec![Effect::Measure],
        Msg::Measured(window) if window == model.window => Vec::new(),
        Msg::Measured(window) => {
            measured(model, window);
            vec![Effect::Redraw]
        }
        Msg::Link(host, news) => daemon::hear(model, host, news),
        Msg::Decoded { run, result } => {
            if let Some(open) = model.runs.get_mut(run) {
                open.gallery.take_sheet(result);
            }
            Vec::new()
        }
        Msg::Encoded { album, tiles } => {
            gallery::spend(model, &tiles);
            if let Some(album) = model.album_mut(album) {
                album.take_tiles(tiles);
            }
            Vec::new()
        }
        Msg::Written(result) => {
            let (is_bad, text) = match result {
                Ok(text) => (false, text),
                Err(text) => (true, text),
            };
            model.notice = Some(Notice { is_bad, text });
            // It may have been a study.
            model.studies.news.mark_stale();
            Vec::new()
        }
        Msg::DataGoes { host, set, news } => sending::hear(model, host, &set, news),
        Msg::United(united) => studies_of_hosts::united(model, united),
        Msg::Due(later) => due(model, later),
        Msg::AskedToEnd | Msg::TerminalGone => vec![Effect::Quit],
        Msg::AskedToSuspend => vec![Effect::Suspend],
        Msg::NoShell => {
            let text = "no shell to go back to: the program would stay stopped".to_owned();
            model.notice = Some(Notice { is_bad: true, text });
            Vec::new()
        }
        Msg::WokenUp => {
            // The shell had the terminal: its pictures are gone and its window may be another one.
            model.generation += 1;
            vec![Effect::Reenter, Effect::Measure]
        }
    };
    let visible = screens::queue::visible_rows(model);
    model.queue.follow_selection(visible);
    compare::step(model);
    effects.extend(queue::follow_cursor(model));
    problems::step(model);
    let most = screens::hosts::scrollable_rows(model);
    model.hosts.offset = model.hosts.offset.min(most);
    effects.extend(watch::step(model));
    effects.extend(studies::step(model));
    studies::follow_memory(model);
    effects.extend(gallery::step(model));
    if let Some(turn) = model.notice_end.see(model.notice.as_ref()) {
        effects.insert(0, Effect::Wait { millis: NOTICE_MILLIS, then: Later::Notice { turn } });
    }
    effects
}

/// Does what was put off.
fn due(model: &mut Model, later: Later) -> Vec<Effect> {
    match later {
        Later::NextPicture => {
            let mut effects = gallery::next_picture(model);
            effects.extend(compare::next_picture(model));
            return effects;
        }
        Later::Pictures => {
            model.picture_budget.is_awaited = false;
            let hosts = model.hosts.all.iter_mut();
            hosts.for_each(|host| host.picture_budget.is_awaited = false);
        }
        Later::Preview { visit } => queue::rest(model, visit),
        Later::Studies => model.studies.news.has_rested(),
        Later::Notice { turn } => {
            if model.notice_end.is_over(turn) {
                model.notice = None;
            }
        }
    }
    Vec::new()
}

fn measured(model: &mut Model, window: Window) {
    model.window = window;
    model.held = None;
    model.canvas = model.canvas.resized(window);
    // The screen is cleared for the new size, and pictures with it.
    model.generation += 1;
}
