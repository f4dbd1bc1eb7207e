//! A run's log folded into what a screen shows of it, bounded however long the log is.
//!
//! The daemon folds the log and hands a client the result, so that opening a run takes the same time after a
//! hundred iterations and after a million; the client folds what comes later into the same. Curves and the heat
//! of classes keep ranges of iterations ([`curves`], [`heat`]); facts that are told one by one are kept as they
//! came, the newest [`MOST_TOLD`] of them.

pub mod curves;
pub mod heat;
pub mod stat;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

pub use curves::{Bucket, Curves};
pub use heat::Heat;
pub use stat::Stat;

use super::{
    Digest,
    event::{Evaluation, Event, Fact, Plan, Snapshot, Started},
};

/// The most facts that are kept as they came, evaluations left out.
pub const MOST_TOLD: usize = 2000;
/// The most evaluations and the most pictures.
const MOST_SCORES: usize = 10_000;

/// What is known of a run.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct History {
    /// What lists show.
    pub digest: Digest,
    /// The last worker that took it.
    pub started: Option<Started>,
    /// What it is going to do.
    pub plan: Option<Plan>,
    /// Distance, loss, time and memory.
    pub curves: Curves,
    /// The distance of every class.
    pub heat: Heat,
    /// Scores, in the order of their coming.
    pub scores: Vec<Evaluation>,
    /// Pictures, by iteration.
    pub snapshots: Vec<Snapshot>,
    /// In a run over several tasks, the classes of those in the folder of each task, row by row.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub task_classes: BTreeMap<String, Vec<String>>,
    /// Facts that are worth a line in a log, in order.
    pub told: Vec<Event>,
}

impl History {
    /// The names of the classes that a picture shows, row by row, as far as they are known.
    pub fn classes_of(&self, snapshot: &Snapshot) -> &[String] {
        let own = snapshot.task_folder().and_then(|folder| self.task_classes.get(folder));
        own.or(self.plan.as_ref().map(|plan| &plan.classes)).map_or(&[], Vec::as_slice)
    }

    /// The number of the last event that is in here.
    pub const fn seq(&self) -> u64 {
        self.digest.seq
    }

    /// Takes in an event; false when it is in here already.
    pub fn take(&mut self, event: &Event) -> bool {
        if event.seq <= self.digest.seq {
            return false;
        }
        self.digest.apply(event);
        match &event.fact {
            Fact::Started(started) => {
                self.rewind(started.resumed_at.unwrap_or(0));
                self.started = Some(started.clone());
            }
            Fact::Plan(plan) => self.plan = Some(plan.clone()),
            Fact::Iteration(done) => {
                self.curves.push(done, event.at.as_millisecond());
                self.heat.push(done);
            }
            Fact::Evaluation(evaluation) => {
                self.scores.push(evaluation.clone());
                drop_oldest(&mut self.scores, MOST_SCORES);
            }
            Fact::Snapshot(snapshot) => {
                if let (Some(folder), Some(plan)) = (snapshot.task_folder(), &self.plan) {
                    self.task_classes.insert(folder.to_owned(), plan.classes.clone());
                }
                self.snapshots.push(snapshot.clone());
                drop_oldest(&mut self.snapshots, MOST_SCORES);
            }
            Fact::Progress(progress) => {
                if let Some(bytes) = progress.memory_bytes {
                    self.curves.push_memory(bytes);
                }
            }
            _ => {}
        }
        if is_worth_a_line(&event.fact) {
            self.told.push(event.clone());
            drop_oldest(&mut self.told, MOST_TOLD);
        }
        true
    }

    /// What was done after the checkpoint that a new worker goes on from is done again.
    fn rewind(&mut self, iteration: u64) {
        self.curves.rewind(iteration);
        self.heat.rewind(iteration);
        self.scores.retain(|score| score.iteration <= iteration);
        self.snapshots.retain(|snapshot| iteration > 0 && snapshot.iteration <= iteration);
    }
}

/// Facts that a log has words for.
pub fn is_worth_a_line(fact: &Fact) -> bool {
    match fact {
        Fact::Iteration(done) => !done.distance.is_finite(),
        Fact::Snapshot(_) | Fact::Progress(_) | Fact::Unknown => false,
        _ => true,
    }
}

/// Drops a quarter at once, so that dropping costs nothing on the whole.
fn drop_oldest<T>(list: &mut Vec<T>, most: usize) {
    if list.len() > most {
        list.drain(..most / 4);
    }
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;

    use super::{curves::tests::iteration, *};

    fn event(seq: u64, fact: Fact) -> Event {
        Event { v: 1, seq, at: Timestamp::UNIX_EPOCH, fact }
    }

    #[test]
    fn a_log_read_at_once_and_one_that_was_followed_give_the_same() {
        let events: Vec<Event> = (1..=9_000)
            .map(|seq| match seq % 10 {
                0 => event(seq, Fact::Checkpoint { iteration: seq }),
                _ => event(seq, Fact::Iteration(iteration(seq, 1.0 / seq as f64))),
            })
            .collect();
        let mut whole = History::default();
        assert!(events.iter().all(|event| whole.take(event)));
        let mut halves = History::default();
        assert!(events[..4_321].iter().all(|event| halves.take(event)));
        let text = serde_json::to_string(&halves).unwrap();
        let mut halves: History = serde_json::from_str(&text).unwrap();
        let taken = events.iter().filter(|event| halves.take(event)).count();
        assert_eq!((taken, &halves), (9_000 - 4_321, &whole));
    }

    #[test]
    fn pictures_of_earlier_tasks_keep_the_names_of_their_classes() {
        let plan = |names: [&str; 2]| {
            let text = r#"{"classes":[],"ipc":1,"shape":[1,1,1],"iterations":9,"outer_steps":1,"inner_epochs":1,
                "loops_reason":"","objective":"","train_images":2}"#;
            let plan: Plan = serde_json::from_str(text).unwrap();
            Fact::Plan(Plan { classes: names.map(str::to_owned).to_vec(), ..plan })
        };
        let snapshot = |path: &str| Snapshot {
            iteration: 0,
            path: path.to_owned(),
            rows: 2,
            columns: 1,
            tile: [1, 1],
            padding: 0,
        };
        let [first, second] =
            ["tasks/01", "tasks/02"].map(|task| format!("{task}/snapshots/0.png"));
        let mut history = History::default();
        history.take(&event(1, plan(["zero", "one"])));
        history.take(&event(2, Fact::Snapshot(snapshot(&first))));
        history.take(&event(3, plan(["two", "three"])));
        history.take(&event(4, Fact::Snapshot(snapshot(&second))));
        assert_eq!(history.classes_of(&snapshot(&first)), ["zero", "one"]);
        assert_eq!(history.classes_of(&snapshot(&second)), ["two", "three"]);
        assert_eq!(history.classes_of(&snapshot("snapshots/0.png")), ["two", "three"]);
        assert_eq!(snapshot("snapshots/0.png").task_folder(), None);
    }

    #[test]
    fn it_stays_far_below_the_longest_line_of_the_wire() {
        let mut history = History::default();
        for seq in 1..=40_000 {
            let mut done = iteration(seq, 0.123_456_789 / seq as f64);
            done.by_class = vec![0.123_456_789 / seq as f64; 200];
            history.take(&event(seq, Fact::Iteration(done)));
        }
        let bytes = serde_json::to_vec(&history).unwrap().len();
        assert!(bytes < 3 << 20, "{bytes}");
    }

    #[test]
    fn facts_told_one_by_one_are_bounded_and_the_newest_stay() {
        let mut history = History::default();
        for seq in 1..=5_000 {
            history.take(&event(seq, Fact::Note { text: seq.to_string() }));
        }
        assert!(history.told.len() <= MOST_TOLD);
        assert_eq!(history.told.last().map(|event| event.seq), Some(5_000));
    }
}
