//! The question before a run is given up: which run, what happens to it, and what stays.

use ratatui::{
    Frame,
    layout::Rect,
    text::{Line, Span},
    widgets::{Paragraph, Wrap},
};

use crate::{
    queue::{RunId, RunState, RunSummary},
    tui::{
        look::Role,
        model::Model,
        widgets::{fit::width, panel},
    },
};

const COLUMNS: u16 = 66;

/// What cancelling does to a run now, sentence by sentence.
fn consequences(run: &RunSummary) -> Vec<String> {
    let digest = &run.digest;
    let of = digest.iterations.map_or_else(String::new, |of| format!(" of {of}"));
    let done = format!("{}{of} iterations are done.", digest.iteration);
    let retry = match digest.checkpoint {
        Some(iteration) => {
            format!(
                "Its folder stays, with the checkpoint at iteration {iteration}; `r` goes on from there."
            )
        }
        None => {
            "Its folder stays; there is no checkpoint yet, so `r` would start from the beginning."
                .to_owned()
        }
    };
    match &run.state {
        RunState::Queued { .. } => {
            vec![
                "It leaves the queue before it has started.".to_owned(),
                "Its folder stays.".to_owned(),
            ]
        }
        RunState::Running { worker } | RunState::Paused { worker } => vec![
            format!(
                "Worker {} on {} writes a checkpoint and leaves; there will be no result.",
                worker.pid, worker.device
            ),
            done,
            "Its folder stays; `r` goes on from the checkpoint.".to_owned(),
        ],
        RunState::Stopping { worker, cancel: false } => vec![
            format!("Worker {} is stopping already; the run will count as cancelled.", worker.pid),
            done,
        ],
        RunState::Stopping { worker, cancel: true } => vec![
            format!("Worker {} was asked to leave and has not. It is killed at once.", worker.pid),
            retry,
        ],
        RunState::Stopped { .. } | RunState::Interrupted { .. } => {
            vec!["It will not be resumed.".to_owned(), done, retry]
        }
        RunState::Finished { .. } | RunState::Failed { .. } | RunState::Cancelled { .. } => {
            vec![format!("It is {} already; there is nothing to cancel.", run.state.word())]
        }
    }
}

fn question(run: &RunSummary) -> String {
    let RunSummary { id, title, method, set, ipc, .. } = run;
    format!("Cancel run {id} \"{title}\" ({method}, {set}, {ipc} per class)?")
}

/// Cells and rows that the question would like to have.
pub fn size(model: &Model, run: RunId) -> (u16, u16) {
    let columns = COLUMNS.min(model.window.columns);
    let room = usize::from(columns.saturating_sub(4)).max(1);
    let rows = model.queue.row(run).map_or(1, |row| {
        let texts = consequences(&row.run);
        let lines = texts
            .iter()
            .map(String::as_str)
            .chain([question(&row.run).as_str()])
            // A word that does not fit leaves its row partly empty.
            .map(|text| (width(text) * 10 / 9).div_ceil(room).max(1))
            .sum::<usize>();
        lines + 3
    });
    (columns, rows as u16 + 2)
}

/// Draws the question.
pub fn draw(model: &Model, frame: &mut Frame, area: Rect, run: RunId) {
    let look = model.look;
    let inside = panel::draw_over(frame, area, look, "Cancel", Line::default());
    let Some(row) = model.queue.row(run) else { return };
    let mut lines = vec![Line::styled(question(&row.run), look.style(Role::Title))];
    if area.height >= size(model, run).1 {
        lines.push(Line::default());
    }
    lines.extend(consequences(&row.run).into_iter().map(Line::raw));
    let text = Rect { height: inside.height.saturating_sub(1), ..inside };
    frame.render_widget(Paragraph::new(lines).wrap(Wrap { trim: true }), text);
    let answers = Line::from(vec![
        Span::styled("y", look.style(Role::Accent)),
        Span::raw(format!("  cancel run {run}     ")),
        Span::styled("n", look.style(Role::Accent)),
        Span::raw("  keep it"),
    ]);
    let last = Rect { y: inside.bottom().saturating_sub(1), height: 1, ..inside };
    frame.render_widget(answers, last);
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;

    use super::*;
    use crate::{queue::Worker, record::Digest};

    fn run(state: RunState, checkpoint: Option<u64>) -> RunSummary {
        RunSummary {
            id: RunId(12),
            title: "first light".to_owned(),
            state,
            place: 1,
            added: Timestamp::UNIX_EPOCH,
            method: "dsa".to_owned(),
            set: "mnist-5k".to_owned(),
            ipc: 1,
            seed: 0,
            network: "ConvNet".to_owned(),
            device: "auto".to_owned(),
            study: String::new(),
            folder: String::new(),
            digest: Digest {
                iteration: 57,
                iterations: Some(100),
                checkpoint,
                ..Digest::default()
            },
        }
    }

    fn worker() -> Worker {
        Worker { pid: 4242, device: "cpu".to_owned(), since: Timestamp::UNIX_EPOCH }
    }

    #[test]
    fn the_question_names_the_run_and_what_happens_to_it() {
        let running = run(RunState::Running { worker: worker() }, Some(50));
        assert_eq!(
            question(&running),
            "Cancel run 12 \"first light\" (dsa, mnist-5k, 1 per class)?"
        );
        let text = consequences(&running).join(" ");
        for part in ["Worker 4242 on cpu", "no result", "57 of 100 iterations are done"] {
            assert!(text.contains(part), "{text}");
        }
    }

    #[test]
    fn each_state_has_its_own_consequences() {
        let killed = run(RunState::Stopping { worker: worker(), cancel: true }, Some(50));
        assert!(consequences(&killed).join(" ").contains("killed at once"));
        let at = Timestamp::UNIX_EPOCH;
        let waiting = consequences(&run(RunState::Queued { since: at }, None)).join(" ");
        assert!(waiting.contains("before it has started"), "{waiting}");
        let stopped = consequences(&run(RunState::Stopped { at }, None)).join(" ");
        assert!(stopped.contains("no checkpoint yet"), "{stopped}");
        let over = consequences(&run(RunState::Finished { at }, None)).join(" ");
        assert!(over.contains("nothing to cancel"), "{over}");
    }
}
