//! A run's state and progress as text: the same in every list and header.

use jiff::tz::TimeZone;
use ratatui::{style::Style, text::Span};

use crate::{
    queue::{RunState, RunSummary, executor::slurm::reasons},
    record::{Digest, event::Phase},
    tui::{
        figures::{clock, duration},
        look::{Look, Role},
    },
};

/// The role of a state.
pub const fn role(state: &RunState) -> Role {
    match state {
        RunState::Running { .. } => Role::Accent,
        RunState::Finished { .. } => Role::Good,
        RunState::Paused { .. }
        | RunState::Stopping { .. }
        | RunState::Stopped { .. }
        | RunState::Interrupted { .. } => Role::Warning,
        RunState::Failed { .. } => Role::Bad,
        RunState::Queued { .. } | RunState::Pending { .. } | RunState::Cancelled { .. } => {
            Role::Quiet
        }
    }
}

/// The sign of a run's state, a space, and the word that a filter finds it by.
pub fn span(run: &RunSummary, look: Look) -> Span<'static> {
    let text = format!("{} {}", look.symbols().state(&run.state), run.word());
    Span::styled(text, look.style(role(&run.state)))
}

/// What a run waits for beside its turn: for Slurm to take it, or in Slurm.
pub fn waits_for(run: &RunSummary, zone: &TimeZone) -> Option<(String, Role)> {
    match &run.state {
        RunState::Queued { .. } if !run.waits_for.is_empty() => {
            Some((run.waits_for.clone(), Role::Warning))
        }
        RunState::Pending { job, reason, since } => {
            let (why, since) = (reasons::words(reason), clock(*since, zone));
            let why = if why.is_empty() { why } else { format!(": {why}") };
            // In a small window only the beginning is seen.
            Some((format!("waits in Slurm{why}; job {job} since {since}"), Role::Quiet))
        }
        _ => None,
    }
}

/// The style of text about a run that is over and done with.
pub fn style(state: &RunState, look: Look) -> Style {
    match state {
        RunState::Cancelled { .. } => look.style(Role::Quiet),
        _ => Style::new(),
    }
}

/// What a worker is busy with.
pub const fn phase(phase: Phase) -> &'static str {
    match phase {
        Phase::Preparing => "preparing",
        Phase::Choosing => "choosing images",
        Phase::Condensing => "condensing",
        Phase::Baseline => "scoring random images",
        Phase::Evaluating => "evaluating",
        Phase::Learning => "learning a task",
    }
}

/// The share of a run that is behind, as lists show it: what a run that waits has done stays done.
pub fn share(run: &RunSummary) -> Option<f64> {
    let started = run.digest.seq > 0;
    started.then_some(run.digest.share)
}

/// Time left, where it is known and still to come; `since` seconds after it was told.
pub fn left(digest: &Digest, since: f64) -> Option<String> {
    let left = digest.left_secs? - since;
    Some(format!("~{}", duration(left.max(1.0))))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tui::tests::recorded::{COLOUR, summary, worker};

    #[test]
    fn a_run_that_has_yet_to_reach_its_control_point_is_told_from_one_that_waits_there() {
        let mut run = summary(1, "a", RunState::Paused { worker: worker() });
        assert_eq!(span(&run, COLOUR).content, "‖ pausing");
        run.digest.paused = true;
        assert_eq!(span(&run, COLOUR).content, "‖ paused");
    }
}
