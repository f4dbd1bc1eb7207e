//! The lines of a log, with a summary now and then where a set is scored on many other networks.

use super::event_text;
use crate::record::{Event, Fact, OtherScores};

/// How many summaries a grid of networks has.
const SUMMARIES: u64 = 10;

/// Makes lines of events, and remembers the scores that they told.
#[derive(Debug, Default)]
pub struct Lines {
    others: OtherScores,
}

impl Lines {
    /// The line for an event, if it has one.
    pub fn text(&mut self, event: &Event) -> Option<String> {
        let before = self.others.done;
        if !self.others.apply(&event.fact) || !self.others.are_many() {
            return event_text::text(event);
        }
        let tenth = |done: u64| done * SUMMARIES / self.others.of.max(1);
        let Fact::Evaluation(score) = &event.fact else { return None };
        (tenth(self.others.done) > tenth(before)).then(|| {
            let words = self.others.in_words();
            format!("accuracy of the synthetic set on {words}, last {}", score.network)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::event::{Evaluation, Plan, Subject, VERSION};

    fn lines(networks: u64) -> Vec<String> {
        let mut lines = Lines::default();
        let plan = Plan { other_networks: networks, ..Plan::default() };
        let score = |at: u64| {
            Fact::Evaluation(Evaluation {
                subject: Subject::Synthetic,
                iteration: 0,
                accuracies: vec![0.5],
                mean: 0.5 + at as f64 / 10_000.0,
                std: 0.0,
                augmentation: "none".to_owned(),
                network: if at == 0 { String::new() } else { format!("ConvNetW{at}") },
                secs: 1.0,
                after: None,
            })
        };
        let facts = [Fact::Plan(plan)].into_iter().chain((0..=networks).map(score));
        facts
            .zip(1..)
            .filter_map(|(fact, seq)| {
                lines.text(&Event { v: VERSION, seq, at: jiff::Timestamp::UNIX_EPOCH, fact })
            })
            .collect()
    }

    #[test]
    fn few_networks_are_told_one_by_one_and_many_ten_times() {
        assert_eq!(lines(10).len(), 2 + 10);
        let many = lines(720);
        assert_eq!(many.len(), 2 + 10);
        assert!(many[1].starts_with("accuracy of the synthetic set at iteration 0"));
        assert_eq!(
            many[11],
            "accuracy of the synthetic set on 720 of 720 other networks, best ConvNetW720 at 57.2 %, \
             last ConvNetW720"
        );
    }
}
