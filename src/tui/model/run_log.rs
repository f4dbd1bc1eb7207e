//! What the log of a run screen says: the events worth a line, in words.

use jiff::Timestamp;

use crate::{
    record::{
        OtherScores,
        event::{Ended, Evaluation, Fact, Outcome, Plan, Started, Subject},
    },
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
    /// Scores on many other networks.
    Grid,
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
    others: OtherScores,
}

impl Kind {
    /// Checkpoints that follow one another share a line, and so do scores on many other networks, or they
    /// would be all there is.
    const fn shares(self) -> bool {
        matches!(self, Self::Checkpoint | Self::Grid)
    }
}

impl RunLog {
    /// Takes in an event.
    pub fn take(&mut self, at: Timestamp, fact: &Fact, symbols: &Symbols) {
        let of_grid = self.others.apply(fact) && self.others.are_many();
        let line = if of_grid {
            Some((Kind::Grid, format!("synthetic set on {}", self.others.in_words())))
        } else {
            describe(fact, symbols)
        };
        let Some((kind, text)) = line else { return };
        let mut shared = self.lines.iter().rev().take_while(|line| line.kind.shares());
        if kind.shares()
            && let Some(back) = shared.position(|line| line.kind == kind)
        {
            self.lines.remove(self.lines.len() - 1 - back);
        }
        self.lines.push(Line { at, kind, text });
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
        Fact::Yielded { iteration, reason, .. } => {
            let text = format!("left at iteration {iteration} for another worker: {reason}");
            (Kind::Worker, text)
        }
        Fact::SetTaken { run } => {
            let text =
                format!("the set is that of run {run}, which differs in its evaluation alone");
            (Kind::Note, text)
        }
        Fact::Note { text } => (Kind::Note, text.clone()),
        Fact::Problem { text, advice } => (Kind::Problem, sentence(text, advice)),
        Fact::Ended(ended) => describe_end(ended),
        Fact::Iteration(done) if !done.distance.is_finite() => {
            let (value, iteration) = (measure(done.distance), done.iteration);
            (Kind::Problem, format!("the distance is {value} at iteration {iteration}"))
        }
        Fact::Iteration(_) | Fact::Snapshot(_) | Fact::Progress(_) | Fact::Unknown => return None,
    })
}

fn describe_start(started: &Started) -> String {
    let Started { pid, host, device, device_name, job, .. } = started;
    let from = match started.resumed_at {
        Some(iteration) => format!(", from the checkpoint at iteration {iteration}"),
        None => String::new(),
    };
    let job = if job.is_empty() { String::new() } else { format!(", job {job}") };
    format!("worker {pid} on {host}{job}, {device} ({device_name}){from}")
}

fn describe_plan(plan: &Plan) -> String {
    if plan.iterations == 0 {
        return "images are chosen, not learned".to_owned();
    }
    let steps = count(plan.outer_steps, "update");
    let epochs = count(plan.inner_epochs, "inner epoch");
    let iterations = count(plan.iterations, "iteration");
    if plan.inner_epochs == 0 {
        return format!("{iterations} of {steps} each; {}", plan.loops_reason);
    }
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
        let symbols = Look::bare(true, false).symbols();
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
    fn scores_on_many_other_networks_are_one_line_with_checkpoints_between() {
        let score = |network: &str, mean| {
            Fact::Evaluation(Evaluation {
                subject: Subject::Synthetic,
                iteration: 0,
                accuracies: vec![mean],
                mean,
                std: 0.0,
                augmentation: "none".to_owned(),
                network: network.to_owned(),
                secs: 1.0,
                after: None,
            })
        };
        let mut facts = vec![Fact::Plan(Plan { other_networks: 11, ..Plan::default() })];
        facts.extend([score("ConvNetBN", 0.5), Fact::Checkpoint { iteration: 4 }]);
        facts.extend([score("MLP", 0.6), Fact::Checkpoint { iteration: 4 }, score("LeNet", 0.1)]);
        let lines = log(&facts);
        assert_eq!(
            lines[1..],
            [
                "checkpoint at iteration 4",
                "synthetic set on 3 of 11 other networks, best MLP at 60.0 %"
            ]
        );
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
        assert_eq!(lines, ["the distance is NaN at iteration 57"]);
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
