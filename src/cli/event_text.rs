//! Events as lines for people.

use super::figures::{accuracy, distance, span};
use crate::record::{
    Event, Fact,
    event::{AfterTask, Evaluation, Outcome, Phase, Subject},
};

/// What a run is busy with, as a word.
pub const fn phase(phase: Phase) -> &'static str {
    match phase {
        Phase::Preparing => "preparing",
        Phase::Choosing => "choosing",
        Phase::Condensing => "condensing",
        Phase::Baseline => "random baseline",
        Phase::Evaluating => "evaluating",
        Phase::Learning => "learning",
    }
}

/// One line for an event; none for those that only move a progress bar.
pub fn text(event: &Event) -> Option<String> {
    Some(match &event.fact {
        Fact::Progress(_) | Fact::Unknown => return None,
        Fact::Started(started) => {
            let from = started.resumed_at.map(|done| format!(", resumed at iteration {done}"));
            format!(
                "started on {} ({}): {}{}",
                started.device,
                started.device_name,
                started.device_reason,
                from.unwrap_or_default()
            )
        }
        Fact::Plan(plan) if plan.iterations == 0 => format!(
            "plan: {} classes x {} images, chosen and not learned",
            plan.classes.len(),
            plan.ipc
        ),
        Fact::Plan(plan) if plan.inner_epochs == 0 => format!(
            "plan: {} classes x {} images, {} iterations of {} outer steps ({})",
            plan.classes.len(),
            plan.ipc,
            plan.iterations,
            plan.outer_steps,
            plan.loops_reason
        ),
        Fact::Plan(plan) => format!(
            "plan: {} classes x {} images, {} iterations of {} outer steps, {} inner epochs ({})",
            plan.classes.len(),
            plan.ipc,
            plan.iterations,
            plan.outer_steps,
            plan.inner_epochs,
            plan.loops_reason
        ),
        Fact::Iteration(done) => format!(
            "iteration {}: distance {}, {:.2} s",
            done.iteration,
            distance(done.distance),
            done.secs
        ),
        Fact::Snapshot(picture) => {
            format!("picture of iteration {}: {}", picture.iteration, picture.path)
        }
        Fact::Evaluation(score) => {
            let subject = match score.subject {
                Subject::Synthetic => "synthetic set",
                Subject::Random => "random real images",
            };
            if let Some(after) = &score.after {
                return Some(after_task(score, after));
            }
            let on = match score.network.as_str() {
                "" => String::new(),
                network => format!(" on {network}"),
            };
            format!(
                "accuracy of the {subject}{on} at iteration {}: {} ({} networks, {})",
                score.iteration,
                accuracy(Some((score.mean, score.std))),
                score.accuracies.len(),
                span(score.secs)
            )
        }
        Fact::Checkpoint { iteration } => format!("checkpoint at iteration {iteration}"),
        Fact::Paused { iteration } => format!("paused at iteration {iteration}"),
        Fact::Continued { iteration } => format!("goes on from iteration {iteration}"),
        Fact::Yielded { iteration, reason, .. } => {
            format!("leaves at iteration {iteration} for another worker to go on: {reason}")
        }
        Fact::SetTaken { run } => taken(run),
        Fact::Note { text } => text.clone(),
        Fact::Problem { text, advice } => format!("problem: {}", joined(text, advice)),
        Fact::Ended(ended) => {
            let used = span(ended.used_secs);
            match &ended.outcome {
                Outcome::Finished => format!("finished after {used}"),
                Outcome::Stopped => {
                    format!("stopped at iteration {} after {used}", ended.iteration)
                }
                Outcome::Failed { reason, advice } => format!("failed: {}", joined(reason, advice)),
            }
        }
    })
}

/// The score of a network that has just learned a task, with its score on each of those so far.
fn after_task(score: &Evaluation, after: &AfterTask) -> String {
    let mean = match score.accuracies.as_slice() {
        [one] => format!("{:.1} %", 100.0 * one),
        _ => accuracy(Some((score.mean, score.std))),
    };
    let each: Vec<_> = after.by_task.iter().map(|one| format!("{:.1}", 100.0 * one)).collect();
    format!("{after}: {mean} (each task: {})", each.join(", "))
}

/// Whose set a run evaluates.
fn taken(run: &str) -> String {
    format!("the set is that of run {run}, which differs in its evaluation alone")
}

/// What is wrong and what to do, as one sentence after the other.
pub fn joined(reason: &str, advice: &str) -> String {
    if advice.is_empty() { reason.to_owned() } else { format!("{reason} — {advice}") }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::event::{Ended, VERSION};

    fn line(fact: Fact) -> Option<String> {
        text(&Event { v: VERSION, seq: 1, at: jiff::Timestamp::UNIX_EPOCH, fact })
    }

    #[test]
    fn events_read_as_sentences() {
        let score = Evaluation {
            subject: Subject::Random,
            iteration: 100,
            accuracies: vec![0.5, 0.6],
            mean: 0.55,
            std: 0.05,
            augmentation: "none".to_owned(),
            network: String::new(),
            secs: 12.2,
            after: None,
        };
        let name = "usps".to_owned();
        let after = AfterTask { task: 2, of: 3, name, by_task: vec![0.6, 0.5] };
        let learned = Evaluation { after: Some(after), ..score.clone() };
        assert_eq!(
            line(Fact::Evaluation(learned)).unwrap(),
            "after task 2 of 3 (usps): 55.0 ± 5.0 % (each task: 60.0, 50.0)"
        );
        assert_eq!(
            line(Fact::Evaluation(score)).unwrap(),
            "accuracy of the random real images at iteration 100: 55.0 ± 5.0 % (2 networks, 12 s)"
        );
        let outcome = Outcome::Failed { reason: "NaN".to_owned(), advice: "lower it".to_owned() };
        let ended = Ended { outcome, iteration: 3, used_secs: 2.0 };
        assert_eq!(line(Fact::Ended(ended)).unwrap(), "failed: NaN — lower it");
        assert_eq!(line(Fact::Unknown), None);
    }
}
