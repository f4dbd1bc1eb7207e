//! What goes over the wire: one JSON object per line, at most [`MAX_LINE_BYTES`] long, each way.
//!
//! A client sends [`Request`]s; the daemon answers each with one [`Message::Reply`] that carries the
//! request's number, and pushes the other messages to clients that watch.

use serde::{Deserialize, Serialize};

pub use super::{artefact::Listed, data_sets::DataFile};
pub use crate::data::Listing;
pub use crate::queue::{DeviceSlots, Expected};
pub use crate::study::filled::FilledStudy;
use crate::{
    machine::Figures,
    queue::{Command, RunId, RunSummary},
    record::{Event, History},
    study::{Stands, StudySummary},
};

/// The protocol's version. Client and daemon name theirs in [`Wish::Hello`] and [`Answer::Hello`].
pub const PROTOCOL: u32 = 4;

/// The oldest version that is still spoken. Two programs speak the newest that both know.
pub const OLDEST_PROTOCOL: u32 = 2;

/// The oldest version that a daemon speaks: clients of before cannot read every state of a run.
pub const OLDEST_CLIENT: u32 = 3;

/// The version from which on a long list comes in parts, as [`Answer::SomeRuns`].
pub const PARTS_SINCE: u32 = 4;

/// The version from which on a daemon answers [`Wish::Ping`] at once, also while it works for another answer.
pub const SIGNS_SINCE: u32 = 4;

/// The longest line that either side accepts; a longer one ends the connection.
pub const MAX_LINE_BYTES: usize = 4 << 20;

/// The most bytes of a file that one [`Answer::Artefact`] carries.
pub const MAX_ARTEFACT_BYTES: usize = 2 << 20;

/// One line from a client.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Request {
    /// Chosen by the client; the reply carries it.
    pub id: u64,
    /// What is asked.
    #[serde(flatten)]
    pub wish: Wish,
}

/// Which study.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StudyName {
    /// Its name, as the list tells it; where a text comes along, how messages call that.
    #[serde(rename = "study")]
    pub name: String,
    /// Its TOML, where the daemon does not know it; empty otherwise.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub text: String,
}

impl StudyName {
    /// One that the daemon knows by its name.
    pub const fn known(name: String) -> Self {
        Self { name, text: String::new() }
    }
}

/// What a client asks.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "ask", rename_all = "snake_case")]
pub enum Wish {
    /// The first request of a connection.
    Hello {
        /// The client's protocol version.
        protocol: u32,
        /// The oldest version that the client speaks too; the same where it does not say.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        oldest: Option<u32>,
        /// The client's program version.
        program: String,
    },
    /// Nothing: the answer says that the connection and the daemon are alive.
    Ping,
    /// Change something.
    Command(Command),
    /// The queue as it is.
    List,
    /// The queue as it is, and from now on every change of it, as [`Message::Run`] and [`Message::Gone`].
    WatchQueue,
    /// A run's events after `after`, and from now on every new one, as [`Message::Events`].
    WatchRun {
        /// The run.
        run: RunId,
        /// The last sequence number that the client has; 0 for all.
        after: u64,
    },
    /// All that a screen shows of a run's past, as one [`Message::History`], and from now on every new event of
    /// it, as [`Message::Events`].
    WatchHistory {
        /// The run.
        run: RunId,
    },
    /// No more events of this run.
    UnwatchRun {
        /// The run.
        run: RunId,
    },
    /// A file of the run folder, or a part of it.
    Artefact {
        /// The run.
        run: RunId,
        /// Relative to the run folder, never out of it.
        path: String,
        /// The first byte.
        offset: u64,
    },
    /// What lies in the run folder.
    Artefacts {
        /// The run.
        run: RunId,
        /// Every file by itself, with its checksum.
        #[serde(default)]
        whole: bool,
    },
    /// The devices of the daemon's machine and their slots.
    Devices,
    /// What the daemon's machine is busy with, every two seconds from now on, as [`Message::Machine`].
    WatchMachine,
    /// No more of that.
    UnwatchMachine,
    /// What the daemon has written into its log after this byte; of much, the end.
    DaemonLog {
        /// The last byte that the client has; 0 for none.
        after: u64,
    },
    /// All studies and how far they are.
    Studies,
    /// How a study stands.
    Study(StudyName),
    /// Add those runs of a study that there are not yet, or say which.
    AddStudy {
        /// The study.
        #[serde(flatten)]
        study: StudyName,
        /// Say which, and add none.
        #[serde(default)]
        dry: bool,
    },
    /// The runs that fill places of these studies, for a table of several hosts.
    StudyRuns {
        /// The studies.
        studies: Vec<StudyName>,
        /// Only what is needed to count what is done.
        #[serde(default)]
        brief: bool,
    },
    /// How long a run of this spec would take, and how much memory, as measured now.
    Estimate {
        /// The spec as TOML, resolved or not.
        spec: String,
    },
    /// The data sets of the daemon's machine.
    DataSets,
    /// Files of a data set that the client would send.
    DataOffer {
        /// The data set.
        name: String,
        /// Its files.
        files: Vec<DataFile>,
    },
    /// The next part of such a file.
    DataPart {
        /// The data set.
        name: String,
        /// The file.
        path: String,
        /// The first byte.
        offset: u64,
        /// Base64.
        data: String,
    },
    /// All was sent: it shall be checked and kept.
    DataKeep {
        /// The data set.
        name: String,
    },
    /// End the daemon. Workers go on; the next daemon takes them over.
    Shutdown,
}

/// One line from the daemon.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "is", rename_all = "snake_case")]
pub enum Message {
    /// The answer to a request.
    Reply {
        /// The request's number.
        id: u64,
        /// The answer.
        answer: Answer,
    },
    /// A run is new or has changed.
    Run {
        /// The run.
        run: Box<RunSummary>,
    },
    /// A run was deleted.
    Gone {
        /// The run.
        run: RunId,
    },
    /// The past of a run that is watched from now on.
    History {
        /// The run.
        run: RunId,
        /// Its log, folded.
        history: Box<History>,
    },
    /// What the daemon's machine is busy with.
    Machine {
        /// At this moment.
        figures: Box<Figures>,
    },
    /// New events of a watched run, in order, without gaps.
    Events {
        /// The run.
        run: RunId,
        /// At least one.
        events: Vec<Event>,
    },
}

/// The answer to a request.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "answer", rename_all = "snake_case")]
pub enum Answer {
    /// To [`Wish::Hello`].
    Hello {
        /// The protocol version that is spoken from now on.
        protocol: u32,
        /// The daemon's program version.
        program: String,
        /// The daemon's machine.
        host: String,
        /// The daemon's process.
        pid: u32,
        /// The daemon's data directory.
        data_dir: String,
    },
    /// To [`Command::Add`] and [`Command::Clone`].
    Added {
        /// The new run.
        run: RunId,
        /// Its folder.
        folder: String,
    },
    /// To [`Command::Remove`].
    Removed {
        /// The run that there is no more.
        run: RunId,
        /// The folder that it had.
        folder: String,
        /// What lay in it.
        bytes: u64,
    },
    /// Done, with a sentence for the user.
    Done {
        /// What happened.
        text: String,
    },
    /// To [`Wish::List`] and [`Wish::WatchQueue`].
    Runs {
        /// In queue order.
        runs: Vec<RunSummary>,
    },
    /// To the same, where all do not fit into one line: some of them. More replies of the same number follow, and
    /// the last is [`Self::Runs`].
    SomeRuns {
        /// In queue order.
        runs: Vec<RunSummary>,
    },
    /// To [`Wish::Artefact`].
    Artefact {
        /// The run.
        run: RunId,
        /// The file.
        path: String,
        /// The first byte of `data`.
        offset: u64,
        /// The size of the whole file in bytes.
        size: u64,
        /// Base64.
        data: String,
    },
    /// To [`Wish::Artefacts`].
    Artefacts {
        /// The run.
        run: RunId,
        /// By their paths.
        listed: Vec<Listed>,
    },
    /// To [`Wish::Devices`].
    Devices {
        /// One per device.
        devices: Vec<DeviceSlots>,
    },
    /// To [`Wish::Studies`].
    Studies {
        /// Those of the program, and then the user's own.
        studies: Vec<StudySummary>,
    },
    /// To [`Wish::Study`].
    Study {
        /// The study.
        name: String,
        /// How it stands.
        stands: Box<Stands>,
    },
    /// To [`Wish::AddStudy`].
    StudyRuns {
        /// The runs that were there.
        there: Vec<RunId>,
        /// The specs, as TOML, of those that are missing still.
        missing: Vec<String>,
        /// The runs that were added.
        added: Vec<RunId>,
    },
    /// To [`Wish::StudyRuns`].
    StudiesFilled {
        /// One for each that was asked about.
        studies: Vec<FilledStudy>,
    },
    /// To [`Wish::Estimate`].
    Estimate {
        /// What was measured.
        expected: Expected,
    },
    /// To [`Wish::DataSets`].
    DataSets {
        /// All that can be had, and which of them are there.
        sets: Vec<Listing>,
    },
    /// To [`Wish::DataOffer`].
    DataThere {
        /// How many bytes of each file are there already.
        bytes: Vec<u64>,
    },
    /// To [`Wish::DaemonLog`].
    Log {
        /// Whole lines.
        text: String,
        /// The byte after them.
        end: u64,
    },
    /// It could not be done.
    Refused {
        /// Why, one sentence a line.
        reason: String,
        /// What to do about it; empty where there is nothing.
        advice: String,
    },
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_is_one_flat_object() {
        let request = Request { id: 4, wish: Wish::Command(Command::Pause { run: RunId::new(7) }) };
        let text = serde_json::to_string(&request).unwrap();
        assert_eq!(text, r#"{"id":4,"ask":"command","do":"pause","run":7}"#);
        assert_eq!(serde_json::from_str::<Request>(&text).unwrap(), request);
        let runs = vec![RunId::new(7), RunId::new(9)];
        let arrange = Command::Arrange { runs, before: None };
        let text = serde_json::to_string(&Request { id: 5, wish: Wish::Command(arrange) }).unwrap();
        assert_eq!(text, r#"{"id":5,"ask":"command","do":"arrange","runs":[7,9],"before":null}"#);
    }

    #[test]
    fn a_study_is_named_or_sent_along() {
        let study = StudyName { name: "table-1".to_owned(), text: String::new() };
        let request = Request { id: 6, wish: Wish::AddStudy { study: study.clone(), dry: true } };
        let text = serde_json::to_string(&request).unwrap();
        assert_eq!(text, r#"{"id":6,"ask":"add_study","study":"table-1","dry":true}"#);
        assert_eq!(serde_json::from_str::<Request>(&text).unwrap(), request);
        let request =
            Request { id: 7, wish: Wish::Study(StudyName { text: "a".to_owned(), ..study }) };
        let text = serde_json::to_string(&request).unwrap();
        assert_eq!(text, r#"{"id":7,"ask":"study","study":"table-1","text":"a"}"#);
        assert_eq!(serde_json::from_str::<Request>(&text).unwrap(), request);
    }

    #[test]
    fn a_reply_reads_back() {
        let message = Message::Reply { id: 1, answer: Answer::Done { text: "paused".into() } };
        let text = serde_json::to_string(&message).unwrap();
        assert_eq!(serde_json::from_str::<Message>(&text).unwrap(), message);
    }
}
