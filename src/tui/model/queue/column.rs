//! What lists show of a run, and how runs compare in it.

use std::cmp::Ordering;

use crate::queue::{RunState, RunSummary};

/// A column.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Column {
    /// The run's number.
    Number,
    /// Sign and word of its state.
    State,
    /// Its label.
    Title,
    /// The study that it was added for.
    Study,
    /// How it learns.
    Method,
    /// From what.
    Set,
    /// Images per class.
    Ipc,
    /// Where.
    Device,
    /// How far.
    Progress,
    /// Time used, or taken.
    Used,
    /// Time left.
    Left,
    /// The synthetic set's accuracy.
    Accuracy,
    /// The random baseline's.
    Random,
}

impl Column {
    /// All of them, in the order of the screen.
    pub const ALL: [Self; 13] = [
        Self::Number,
        Self::State,
        Self::Title,
        Self::Study,
        Self::Method,
        Self::Set,
        Self::Ipc,
        Self::Device,
        Self::Progress,
        Self::Used,
        Self::Left,
        Self::Accuracy,
        Self::Random,
    ];

    /// The head of the column.
    pub const fn head(self) -> &'static str {
        match self {
            Self::Number => "run",
            Self::State => "state",
            Self::Title => "title",
            Self::Study => "study",
            Self::Method => "method",
            Self::Set => "data set",
            Self::Ipc => "ipc",
            Self::Device => "device",
            Self::Progress => "done",
            Self::Used => "used",
            Self::Left => "left",
            Self::Accuracy => "accuracy %",
            Self::Random => "random %",
        }
    }

    /// How two runs compare: small before large, letters as in a dictionary, states from busy to over; what
    /// is not known stands last, whichever way the others are turned.
    pub fn compare(self, first: &RunSummary, second: &RunSummary, reversed: bool) -> Ordering {
        let text = |first: &str, second: &str| {
            turned(first.to_lowercase().cmp(&second.to_lowercase()), reversed)
        };
        let (one, two) = (&first.digest, &second.digest);
        let mean = |score: Option<(f64, f64)>| score.map(|score| score.0);
        match self {
            Self::Number => turned(first.id.cmp(&second.id), reversed),
            Self::State => turned(rank(&first.state).cmp(&rank(&second.state)), reversed),
            Self::Title => text(&first.title, &second.title),
            Self::Study => text(&first.study, &second.study),
            Self::Method => text(&first.method, &second.method),
            Self::Set => text(&first.set, &second.set),
            Self::Ipc => turned(first.ipc.cmp(&second.ipc), reversed),
            Self::Device => text(device(first), device(second)),
            Self::Progress => {
                let share = |run: &RunSummary| (run.digest.seq > 0).then_some(run.digest.share);
                numbers(share(first), share(second), reversed)
            }
            Self::Used => {
                let used = |secs: f64| (secs > 0.0).then_some(secs);
                numbers(used(one.used_secs), used(two.used_secs), reversed)
            }
            Self::Left => {
                let left = |run: &RunSummary| {
                    run.digest.left_secs.filter(|_| run.state.worker().is_some())
                };
                numbers(left(first), left(second), reversed)
            }
            Self::Accuracy => numbers(mean(one.accuracy), mean(two.accuracy), reversed),
            Self::Random => numbers(mean(one.random), mean(two.random), reversed),
        }
    }
}

/// Where a run is, or wants to be.
pub fn device(run: &RunSummary) -> &str {
    let worker = run.state.worker().map(|worker| worker.device.as_str());
    worker.or(run.digest.device.as_deref()).unwrap_or(&run.device)
}

const fn turned(order: Ordering, reversed: bool) -> Ordering {
    if reversed { order.reverse() } else { order }
}

fn numbers(first: Option<f64>, second: Option<f64>, reversed: bool) -> Ordering {
    match (first, second) {
        (Some(first), Some(second)) => turned(first.total_cmp(&second), reversed),
        (first, second) => first.is_none().cmp(&second.is_none()),
    }
}

const fn rank(state: &RunState) -> u8 {
    match state {
        RunState::Running { .. } => 0,
        RunState::Stopping { .. } => 1,
        RunState::Paused { .. } => 2,
        RunState::Pending { .. } => 3,
        RunState::Queued { .. } => 4,
        RunState::Interrupted { .. } => 5,
        RunState::Stopped { .. } => 6,
        RunState::Failed { .. } => 7,
        RunState::Cancelled { .. } => 8,
        RunState::Finished { .. } => 9,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tui::tests::recorded::{at, summary, worker};

    #[test]
    fn what_is_unknown_stands_last_either_way() {
        let time = at("2026-11-23T22:31:00Z");
        let run = |accuracy: Option<f64>| {
            let mut run = summary(1, "a", RunState::Finished { at: time });
            run.digest.accuracy = accuracy.map(|mean| (mean, 0.0));
            run
        };
        let runs = [run(Some(0.5)), run(None), run(Some(0.9))];
        let order = |reversed| {
            let mut order = vec![0, 1, 2];
            order.sort_by(|a: &usize, b: &usize| {
                Column::Accuracy.compare(&runs[*a], &runs[*b], reversed)
            });
            order
        };
        assert_eq!((order(false), order(true)), (vec![0, 2, 1], vec![2, 0, 1]));
    }

    #[test]
    fn busy_runs_stand_before_those_that_are_over() {
        let time = at("2026-11-23T22:31:00Z");
        let running = summary(1, "b", RunState::Running { worker: worker() });
        let finished = summary(2, "A", RunState::Finished { at: time });
        let order = |column: Column, reversed| column.compare(&running, &finished, reversed);
        assert_eq!(order(Column::State, false), Ordering::Less);
        assert_eq!(order(Column::State, true), Ordering::Greater);
        assert_eq!(order(Column::Title, false), Ordering::Greater);
        assert_eq!(order(Column::Ipc, false), Ordering::Equal);
        // The worker's device counts, before the one that was wished.
        assert_eq!(device(&running), "cpu");
        assert_eq!(device(&finished), "auto");
    }
}
