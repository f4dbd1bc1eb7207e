//! What the log of a run screen says: the events worth a line, in words.

use jiff::Timestamp;

use crate::{
    record::event::{Ended, Evaluation, Fact, Outcome, Plan, Started, Subject},
    tui::{
        figures::{accuracy, count, duration, measure},
        look::Symbols,
    },
};

/// What a line is about, which its sign and colour tell.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A remark.
    Note,
    /// Something to know and to act on.
    Problem,
    /// A state to go on from.
    Checkpoint,
    /// A score.
    Evaluation,
    /// A worker came, waited or left.
    Worker,
}

/// One line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// When.
    pub at: Timestamp,
    /// What about.
    pub kind: Kind,
    /// In words.
    pub text: String,
}

/// The log of a run.
#[derive(Debug, Default)]
pub struct RunLog {
    /// From the oldest to the newest.
    pub lines: Vec<Line>,
}

impl RunLog {
    /// Takes in an event. Checkpoints that follow one another share a line, or they would be all there is.
    pub fn take(&mut self, at: Timestamp, fact: &Fact, symbols: &Symbols) {
        let Some((kind, text)) = describe(fact, symbols) else { return };
        let line = Line { at, kind, text };
        match self.lines.last_mut() {
            Some(last) if last.kind == Kind::Checkpoint && kind == Kind::Checkpoint => *last = line,
            _ => self.lines.push(line),
        }
    }
}

fn describe(fact: &Fact, symbols: &Symbols) -> Option<(Kind, String)> {
    Some(match fact {
        Fact::Started(started) => (Kind::Worker, describe_start(started)),
        Fact::Plan(plan) => (Kind::Note, describe_plan(plan)),
        Fact::Evaluation(evaluation) => (Kind::Evaluation, describe_score(evaluation, symbols)),
        Fact::Checkpoint { iteration } => {
            (Kind::Checkpoint, format!("checkpoint at iteration {iteration}"))
        }
        Fact::Paused { iteration } => (Kind::Worker, format!("waits at iteration {iteration}")),
        Fact::Continued { iteration } => {
            (Kind::Worker, format!("goes on from iteration {iteration}"))
        }
        Fact::Note { text } => (Kind::Note, text.clone()),
        Fact::Problem { text, advice } => (Kind::Problem, sentence(text, advice)),
        Fact::Ended(ended) => describe_end(ended),
        Fact::Iteration(done) if !done.distance.is_finite() => {
            let (value, iteration) = (measure(done.distance), done.iteration);
            (Kind::Problem, format!("the matching distance is {value} at iteration {iteration}"))
        }
        Fact::Iteration(_) | Fact::Snapshot(_) | Fact::Progress(_) | Fact::Unknown => return None,
    })
}

fn describe_start(started: &Started) -> String {
    let Started { pid, host, device, device_name, .. } = started;
    let from = match started.resumed_at {
        Some(iteration) => format!(", from the checkpoint at iteration {iteration}"),
        None => String::new(),
    };
    format!("worker {pid} on {host}, {device} ({device_name}){from}")
}

fn describe_plan(plan: &Plan) -> String {
    let steps = count(plan.outer_steps, "update");
    let epochs = count(plan.inner_epochs, "inner epoch");
    let iterations = count(plan.iterations, "iteration");
    format!("{iterations} of {steps} and {epochs} each; loops {}", plan.loops_reason)
}

fn describe_score(evaluation: &Evaluation, symbols: &Symbols) -> String {
    let score = accuracy((evaluation.mean, evaluation.std), symbols);
    let networks = count(evaluation.accuracies.len() as u64, "network");
    let time = duration(evaluation.secs);
    let on = match evaluation.network.as_str() {
        "" => String::new(),
        network => format!(" on {network}"),
    };
    match evaluation.subject {
        Subject::Synthetic if evaluation.after.is_some() => {
            let after = evaluation.after.iter().map(ToString::to_string).collect::<String>();
            format!("{after}: {score} over {networks}, in {time}")
        }
        Subject::Synthetic => format!(
            "synthetic set{on} at iteration {}: {score} over {networks}, in {time}",
            evaluation.iteration
        ),
        Subject::Random => format!("random real images: {score} over {networks}, in {time}"),
    }
}

fn describe_end(ended: &Ended) -> (Kind, String) {
    let (iteration, time) = (ended.iteration, duration(ended.used_secs));
    match &ended.outcome {
        Outcome::Finished => (Kind::Worker, format!("finished after {time}")),
        Outcome::Stopped => {
            (Kind::Worker, format!("stopped at iteration {iteration} after {time}"))
        }
        Outcome::Failed { reason, advice } => (
            Kind::Problem,
            format!("failed at iteration {iteration}: {}", sentence(reason, advice)),
        ),
    }
}

/// What is wrong and what to do about it, as one text.
pub fn sentence(reason: &str, advice: &str) -> String {
    if advice.is_empty() {
        return reason.to_owned();
    }
    let end = if reason.ends_with(['.', '!', '?']) { "" } else { "." };
    format!("{reason}{end} {advice}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{record::event::Iteration, tui::look::Look};

    fn log(facts: &[Fact]) -> Vec<String> {
        let symbols = Look { ascii: true, colour: false }.symbols();
        let mut log = RunLog::default();
        for fact in facts {
            log.take(Timestamp::UNIX_EPOCH, fact, symbols);
        }
        log.lines.into_iter().map(|line| line.text).collect()
    }

    #[test]
    fn checkpoints_in_a_row_are_one_line() {
        let note = Fact::Note { text: "hello".to_owned() };
        let checkpoint = |iteration| Fact::Checkpoint { iteration };
        let lines = log(&[checkpoint(10), checkpoint(20), note, checkpoint(30)]);
        assert_eq!(lines, ["checkpoint at iteration 20", "hello", "checkpoint at iteration 30"]);
    }

    #[test]
    fn a_distance_that_is_no_number_is_told() {
        let iteration = |distance| {
            Fact::Iteration(Iteration {
                iteration: 57,
                distance,
                by_class: vec![],
                inner_loss: None,
                secs: 1.0,
                condense_secs: 1.0,
            })
        };
        let lines = log(&[iteration(1.5), iteration(f64::NAN)]);
        assert_eq!(lines, ["the matching distance is NaN at iteration 57"]);
    }

    #[test]
    fn advice_follows_as_its_own_sentence() {
        assert_eq!(
            sentence("no memory", "Use a smaller batch."),
            "no memory. Use a smaller batch."
        );
        assert_eq!(sentence("Gone!", "Retry."), "Gone! Retry.");
        assert_eq!(sentence("gone", ""), "gone");
    }
}
