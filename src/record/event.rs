//! The facts of a run, as they stand in its log: one versioned JSON object per line, numbered from 1.
//!
//! Everything that a screen, a table or a resumed client knows about a run, it knows from these.
//! Unknown kinds read as [`Fact::Unknown`], so a log of a newer version still opens.

use std::fmt;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::number;

/// The version written into every event. A reader accepts this and older ones.
pub const VERSION: u32 = 1;

/// One line of a log.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Event {
    /// The version of the format.
    pub v: u32,
    /// The place in the log, from 1, without gaps.
    pub seq: u64,
    /// When it was written.
    pub at: Timestamp,
    /// What happened.
    #[serde(flatten)]
    pub fact: Fact,
}

/// What happened.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Fact {
    /// A worker took the run.
    Started(Started),
    /// What the run is going to do, known once data and network are.
    Plan(Plan),
    /// One iteration of the outer loop is done.
    Iteration(Iteration),
    /// A picture of the synthetic set was written.
    Snapshot(Snapshot),
    /// A set was scored.
    Evaluation(Evaluation),
    /// How far the run is; at most about one a second.
    Progress(Progress),
    /// A state that the run can go on from was written.
    Checkpoint {
        /// Iterations done in it.
        iteration: u64,
    },
    /// The run waits at a control point.
    Paused {
        /// Iterations done.
        iteration: u64,
    },
    /// The run goes on.
    Continued {
        /// Iterations done.
        iteration: u64,
    },
    /// The set that another run has made is evaluated, and none is made.
    SetTaken {
        /// The other run, by its number, or by its folder where that has none.
        run: String,
    },
    /// A remark for the log.
    Note {
        /// One sentence.
        text: String,
    },
    /// Something that the user should know and can do something about.
    Problem {
        /// What went wrong.
        text: String,
        /// What to do about it.
        advice: String,
    },
    /// The worker leaves the run, with a checkpoint, for another one to go on: its time is up.
    Yielded {
        /// Iterations done.
        iteration: u64,
        /// Why.
        reason: String,
        /// Its job's time limit is what was near; false in logs of versions that did not tell.
        #[serde(default)]
        near_limit: bool,
        /// It has not got any further than the worker before it.
        #[serde(default)]
        in_vain: bool,
    },
    /// The worker leaves the run.
    Ended(Ended),
    /// A kind that this version does not know.
    #[serde(other)]
    Unknown,
}

/// A worker took the run.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Started {
    /// The program's version.
    pub program: String,
    /// The process.
    pub pid: u32,
    /// The machine.
    pub host: String,
    /// The device in the words of a spec: `cpu`, `gpu:0`, `software`.
    pub device: String,
    /// The device's own name.
    pub device_name: String,
    /// Why this device.
    pub device_reason: String,
    /// Iterations already done, when the run goes on from a checkpoint.
    pub resumed_at: Option<u64>,
    /// The number of its claim on the run; 0 in logs of versions that did not tell.
    #[serde(default)]
    pub token: u64,
    /// The job of a batch system that it runs in; empty where there is none.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub job: String,
}

/// What the run is going to do.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Plan {
    /// The names of the classes, in label order.
    pub classes: Vec<String>,
    /// Images per class.
    pub ipc: u64,
    /// Channels, height, width.
    pub shape: [u64; 3],
    /// Iterations in all.
    pub iterations: u64,
    /// Image updates per iteration.
    pub outer_steps: u64,
    /// Training epochs between two updates.
    pub inner_epochs: u64,
    /// Where these loops come from.
    pub loops_reason: String,
    /// What an iteration's distance is, such as `matching distance`; empty where nothing is learned.
    #[serde(default = "matching_distance")]
    pub objective: String,
    /// Images of the whole data set to train on; 0 in logs of versions that did not tell.
    #[serde(default)]
    pub train_images: u64,
    /// Networks that the finished set is evaluated on, beside the run's own.
    #[serde(default)]
    pub other_networks: u64,
}

/// What old logs tell.
fn matching_distance() -> String {
    "matching distance".to_owned()
}

/// One iteration of the outer loop.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Iteration {
    /// Iterations done, this one included.
    pub iteration: u64,
    /// The matching distance, mean over classes and outer steps (reference section 1.5, 4).
    #[serde(with = "number")]
    pub distance: f64,
    /// The same for each class, mean over outer steps.
    #[serde(with = "number::list")]
    pub by_class: Vec<f64>,
    /// The last inner training loss, where there was inner training.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub inner_loss: Option<f64>,
    /// Wall time of this iteration.
    pub secs: f64,
    /// Wall time of all iterations of the run, pauses and evaluations left out.
    pub condense_secs: f64,
}

/// A picture of the synthetic set: a PNG contact sheet, one class per row.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Snapshot {
    /// Iterations done.
    pub iteration: u64,
    /// The file, relative to the run folder.
    pub path: String,
    /// Rows: classes.
    pub rows: u32,
    /// Columns: images per class shown.
    pub columns: u32,
    /// Width and height of one image in pixels.
    pub tile: [u32; 2],
    /// Pixels of padding around and between images.
    pub padding: u32,
}

impl Snapshot {
    /// The folder of the task that it is of, relative to the run folder; none in a run that has but one set.
    pub fn task_folder(&self) -> Option<&str> {
        self.path.split_once("/snapshots/").map(|(folder, _)| folder)
    }
}

/// What was scored.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Subject {
    /// The synthetic set.
    Synthetic,
    /// Randomly drawn real images, as many, under the same evaluation.
    Random,
}

/// A set was scored by training fresh networks on it (reference section 1.8).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Evaluation {
    /// What was scored.
    pub subject: Subject,
    /// Iterations done.
    pub iteration: u64,
    /// Test accuracy of every network, 0 to 1.
    #[serde(with = "number::list")]
    pub accuracies: Vec<f64>,
    /// Their mean.
    #[serde(with = "number")]
    pub mean: f64,
    /// Their population standard deviation.
    #[serde(with = "number")]
    pub std: f64,
    /// How training batches were augmented.
    pub augmentation: String,
    /// The name of the network, if it is another than the run's own.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub network: String,
    /// Wall time.
    pub secs: f64,
    /// The task that has just been learned, where a run learns several.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub after: Option<AfterTask>,
}

/// Where in a sequence of tasks a network was scored.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct AfterTask {
    /// The task that was learned last, from 1.
    pub task: u64,
    /// Tasks in all.
    pub of: u64,
    /// What the task is called.
    pub name: String,
    /// Accuracy on the test images of each task so far, 0 to 1, the mean over the networks.
    #[serde(with = "number::list")]
    pub by_task: Vec<f64>,
}

impl fmt::Display for AfterTask {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "after task {} of {} ({})", self.task, self.of, self.name)
    }
}

/// What a run is busy with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Phase {
    /// Reading data, making the device ready.
    Preparing,
    /// Training the network that a coreset is chosen with, and choosing.
    Choosing,
    /// Learning the synthetic images.
    Condensing,
    /// Scoring random real images.
    Baseline,
    /// Scoring the synthetic set.
    Evaluating,
    /// Teaching a network the task that has come.
    Learning,
}

/// How far the run is.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Progress {
    /// What the run is busy with.
    pub phase: Phase,
    /// Units done in this phase: iterations, or epochs over all networks.
    pub done: u64,
    /// Units of this phase in all.
    pub of: u64,
    /// Share of the whole run's expected time that is behind, 0 to 1.
    pub share: f64,
    /// Wall time used by the run so far, over all its workers.
    pub used_secs: f64,
    /// Expected wall time left, once there is a measurement to go by.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub left_secs: Option<f64>,
    /// Bytes of memory that the worker holds: of the device where that can be told, else of its process.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub memory_bytes: Option<u64>,
}

/// The worker leaves the run.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Ended {
    /// How.
    pub outcome: Outcome,
    /// Iterations done.
    pub iteration: u64,
    /// Wall time used by the run so far, over all its workers.
    pub used_secs: f64,
}

/// How a worker left its run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "outcome", rename_all = "snake_case")]
pub enum Outcome {
    /// All is done; the result is written.
    Finished,
    /// Stopped on request, with a checkpoint to go on from.
    Stopped,
    /// It could not go on.
    Failed {
        /// What went wrong.
        reason: String,
        /// What to do about it.
        advice: String,
    },
}

impl Fact {
    /// The same fact of a run that is one of several in `folder`, whose log counts iterations from `offset` on.
    #[must_use]
    pub fn within(mut self, offset: u64, folder: &str) -> Self {
        match &mut self {
            Self::Iteration(Iteration { iteration, .. })
            | Self::Evaluation(Evaluation { iteration, .. })
            | Self::Checkpoint { iteration }
            | Self::Paused { iteration }
            | Self::Yielded { iteration, .. }
            | Self::Continued { iteration } => *iteration += offset,
            Self::Snapshot(snapshot) => {
                snapshot.iteration += offset;
                snapshot.path = format!("{folder}/{}", snapshot.path);
            }
            Self::Started(_)
            | Self::Plan(_)
            | Self::Progress(_)
            | Self::SetTaken { .. }
            | Self::Note { .. }
            | Self::Problem { .. }
            | Self::Ended(_)
            | Self::Unknown => {}
        }
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(fact: Fact) -> String {
        let at = "2026-01-02T03:04:05Z".parse().unwrap();
        serde_json::to_string(&Event { v: VERSION, seq: 7, at, fact }).unwrap()
    }

    #[test]
    fn an_event_is_one_flat_object() {
        let text = line(Fact::Checkpoint { iteration: 40 });
        assert_eq!(
            text,
            r#"{"v":1,"seq":7,"at":"2026-01-02T03:04:05Z","kind":"checkpoint","iteration":40}"#
        );
    }

    #[test]
    fn numbers_that_json_lacks_survive() {
        let fact = Fact::Iteration(Iteration {
            iteration: 3,
            distance: f64::NAN,
            by_class: vec![1.5, f64::INFINITY, f64::NEG_INFINITY],
            inner_loss: None,
            secs: 0.5,
            condense_secs: 1.0,
        });
        let back: Event = serde_json::from_str(&line(fact)).unwrap();
        let Fact::Iteration(iteration) = back.fact else { panic!("{back:?}") };
        assert!(iteration.distance.is_nan());
        assert_eq!(iteration.by_class, [1.5, f64::INFINITY, f64::NEG_INFINITY]);
    }

    /// What was written before there were tasks lacks the key.
    #[test]
    fn an_evaluation_may_be_after_a_task() {
        let old = r#"{"subject":"synthetic","iteration":3,"accuracies":[0.5],"mean":0.5,"std":0.0,
            "augmentation":"none","secs":1.0}"#;
        let mut score: Evaluation = serde_json::from_str(old).unwrap();
        assert_eq!(score.after, None);
        assert!(!serde_json::to_string(&score).unwrap().contains("after"));
        let after = AfterTask { task: 2, of: 3, name: "usps".to_owned(), by_task: vec![0.9, 0.8] };
        assert_eq!(after.to_string(), "after task 2 of 3 (usps)");
        score.after = Some(after);
        let fact = Fact::Evaluation(score).within(40, "tasks/02");
        let Fact::Evaluation(back) = serde_json::from_str::<Event>(&line(fact)).unwrap().fact
        else {
            panic!("another kind")
        };
        assert_eq!((back.iteration, back.after.unwrap().by_task), (43, vec![0.9, 0.8]));
    }

    #[test]
    fn an_unknown_kind_is_not_an_error() {
        let text = r#"{"v":1,"seq":2,"at":"2026-01-02T03:04:05Z","kind":"dance","steps":[1]}"#;
        let event: Event = serde_json::from_str(text).unwrap();
        assert_eq!(event.fact, Fact::Unknown);
    }
}
