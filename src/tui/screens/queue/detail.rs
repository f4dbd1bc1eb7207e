//! What is to know about what is selected, beyond its line.

use ratatui::{Frame, layout::Rect, text::Line};

use super::{super::state, heading};
use crate::{
    queue::RunState,
    spec::memory::{Gibibytes, bytes_of},
    tui::{
        action::Action,
        figures::{accuracy, clock},
        look::Role,
        model::{Model, queue::Row, run_log::sentence},
        widgets::{
            fit::{fit, wrap},
            panel,
        },
    },
};

/// Draws the panel about the selected run or study.
pub fn draw(model: &Model, frame: &mut Frame, area: Rect) {
    let look = model.look;
    let room = usize::from(panel::inside(area).width);
    let (title, lines) = match (model.queue.selected(), model.queue.selected_group()) {
        (Some(row), _) => {
            let title = format!("Run {} {}", row.run.id, row.run.title);
            let rows = usize::from(panel::inside(area).height);
            (title.trim_end().to_owned(), detail(model, row, room, rows))
        }
        (None, Some(group)) => (heading::title(group), heading::detail(model, group)),
        (None, None) => ("Run".to_owned(), Vec::new()),
    };
    let title = fit(&title, usize::from(area.width.saturating_sub(8)), look.symbols().cut);
    let inside = panel::draw(frame, area, look, &title, Line::default());
    for (line, y) in lines.into_iter().zip(inside.top()..inside.bottom()) {
        frame.render_widget(line, Rect { y, height: 1, ..inside });
    }
}

/// Lines of `room` cells, of which `rows` can be seen.
fn detail(model: &Model, row: &Row, room: usize, rows: usize) -> Vec<Line<'static>> {
    let (run, look) = (&row.run, model.look);
    let symbols = look.symbols();
    let dot = format!(" {} ", symbols.dot);
    let at = |time| clock(time, &model.zone);
    let digest = &run.digest;
    let done = match digest.iterations {
        Some(of) => format!("{} of {of} iterations", digest.iteration),
        None => "not started yet".to_owned(),
    };
    let checkpoint = match digest.checkpoint {
        Some(iteration) => format!("checkpoint at {iteration}"),
        None => "no checkpoint".to_owned(),
    };
    let mut what = vec![done, checkpoint, format!("seed {}", run.seed)];
    if !run.network.is_empty() {
        what.push(run.network.clone());
    }
    if run.memory > 0.0 {
        what.push(format!("{} declared", Gibibytes(bytes_of(run.memory))));
    }
    if !run.study.is_empty() {
        what.push(format!("study {}", run.study));
    }
    what.push(format!("added {}", at(run.added)));
    let resume = model.key(Action::Resume);
    let (text, role) = match &run.state {
        RunState::Queued { since } | RunState::Pending { since, .. } => {
            let slot = || (format!("waits for a slot since {}", at(*since)), Role::Quiet);
            state::waits_for(run, &model.zone).unwrap_or_else(slot)
        }
        RunState::Running { worker } | RunState::Paused { worker } => {
            let since = at(worker.since);
            let job = match worker.job.as_str() {
                "" => String::new(),
                job => format!(", Slurm job {job},"),
            };
            (format!("worker {} on {}{job} since {since}", worker.pid, worker.device), Role::Quiet)
        }
        RunState::Stopping { worker, cancel } => {
            let then = if *cancel { "then it is cancelled" } else { "then it can be resumed" };
            (format!("worker {} writes a checkpoint and leaves; {then}", worker.pid), Role::Warning)
        }
        RunState::Stopped { at: time } => {
            let text = format!("stopped at {}; {resume} goes on from the checkpoint", at(*time));
            (text, Role::Warning)
        }
        RunState::Interrupted { at: time, reason } => {
            let text = format!("interrupted at {}: {reason}; {resume} goes on", at(*time));
            (text, Role::Warning)
        }
        RunState::Finished { at: time } => (format!("finished at {}", at(*time)), Role::Good),
        RunState::Failed { reason, advice, .. } => (sentence(reason, advice), Role::Bad),
        RunState::Cancelled { at: time } => {
            (format!("cancelled at {}; {resume} tries it again", at(*time)), Role::Quiet)
        }
    };
    let styled = |text: &str, role| {
        wrap(text, room).into_iter().map(move |row| Line::styled(row, look.style(role)))
    };
    let stands: Vec<Line<'static>> = styled(&text, role).collect();
    let folder: Vec<Line<'static>> = styled(&run.place(), Role::Quiet).collect();
    let what = what.join(&dot);
    let spare = rows.saturating_sub(stands.len() + folder.len());
    let mut whole: Vec<Line<'static>> = styled(&what, Role::Text).collect();
    if whole.len() > spare {
        whole = vec![Line::raw(fit(&what, room, symbols.cut))];
    }
    let spare = spare.saturating_sub(whole.len());
    let scores = scores(model, row).filter(|_| spare > 0);
    [stands, whole, scores.into_iter().collect(), folder].concat()
}

/// The accuracy and what it is held against, where there is one.
fn scores(model: &Model, row: &Row) -> Option<Line<'static>> {
    let symbols = model.look.symbols();
    let digest = &row.run.digest;
    let own = accuracy(digest.accuracy?, symbols);
    let mut text = format!("accuracy {own}");
    if let Some(random) = digest.random {
        text = format!("{text}, random images {}", accuracy(random, symbols));
    }
    Some(Line::raw(text))
}
