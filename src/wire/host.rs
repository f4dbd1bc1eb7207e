//! What a daemon answers whoever asks: of the queue, run folders, studies, data sets, its log. Nothing here knows of
//! connections, and every answer may wait for the queue or the disk.

use std::path::{Path, PathBuf};

use base64::{Engine, engine::general_purpose::STANDARD};
use tokio::sync::watch;

use super::{
    artefact, daemon_log, data_sets,
    histories::Histories,
    message::{Answer, Wish},
    studies::Studies,
};
use crate::{
    data,
    machine::watch::Watched,
    queue::{Done, Queue, Refusal, RunId},
};

/// What every connection of a daemon knows.
#[derive(Debug)]
pub struct Host {
    /// The queue.
    pub queue: Queue,
    /// The machine's name.
    pub name: String,
    /// The data directory.
    pub data_dir: String,
    /// What is known of runs that were opened.
    pub histories: Histories,
    /// What is known of studies.
    pub studies: Studies,
    /// What the machine is busy with.
    pub machine: Watched,
    /// The daemon's log.
    pub log: PathBuf,
    /// True once the daemon shall end.
    pub end: watch::Sender<bool>,
}

impl Host {
    /// The answer to a wish. Blocks until it is there.
    ///
    /// # Errors
    /// What cannot be done, and why.
    pub fn answer(&self, wish: Wish) -> Result<Answer, Refusal> {
        let done = |text: &str| Ok(Answer::Done { text: text.to_owned() });
        match wish {
            Wish::Command(command) => self.queue.command(command).map(|done| match done {
                Done::Added { run, folder } => Answer::Added { run, folder },
                Done::Removed { run, folder, bytes } => Answer::Removed { run, folder, bytes },
                Done::Said(text) => Answer::Done { text },
            }),
            Wish::List => self.queue.runs().map(|runs| Answer::Runs { runs }),
            Wish::Artefact { run, path, offset } => self.artefact(run, path, offset),
            Wish::Artefacts { run, whole } => {
                let folder = self.queue.folder(run)?;
                let list = if whole { artefact::list_whole } else { artefact::list };
                list(folder.path()).map(|listed| Answer::Artefacts { run, listed })
            }
            Wish::Devices => self.queue.devices().map(|devices| Answer::Devices { devices }),
            Wish::Studies => self.studies.list(&self.queue),
            Wish::Study(study) => self.studies.show(&self.queue, study),
            Wish::StudyRuns { studies, brief } => self.studies.fill(&self.queue, studies, brief),
            Wish::AddStudy { study, dry } => self.studies.add(&self.queue, study, dry),
            Wish::Estimate { spec } => {
                self.queue.estimate(&spec).map(|expected| Answer::Estimate { expected })
            }
            Wish::DataSets => Ok(Answer::DataSets { sets: data::list(self.data_dir()) }),
            Wish::DataOffer { name, files } => {
                let bytes = data_sets::offer(self.data_dir(), &name, &files)?;
                Ok(Answer::DataThere { bytes })
            }
            Wish::DataPart { name, path, offset, data } => {
                let end = data_sets::part(self.data_dir(), &name, &path, offset, &data)?;
                Ok(Answer::DataThere { bytes: vec![end] })
            }
            Wish::DataKeep { name } => done(&data_sets::keep(self.data_dir(), &name)?),
            Wish::DaemonLog { after } => self.daemon_log(after),
            Wish::Shutdown => done("the daemon ends; its workers go on"),
            // What changes a connection is done there.
            Wish::Hello { .. }
            | Wish::Ping
            | Wish::WatchQueue
            | Wish::WatchRun { .. }
            | Wish::WatchHistory { .. }
            | Wish::UnwatchRun { .. }
            | Wish::WatchMachine
            | Wish::UnwatchMachine => done(""),
        }
    }

    fn data_dir(&self) -> &Path {
        Path::new(&self.data_dir)
    }

    fn artefact(&self, run: RunId, path: String, offset: u64) -> Result<Answer, Refusal> {
        let part = artefact::read(self.queue.folder(run)?.path(), &path, offset)?;
        let data = STANDARD.encode(&part.bytes);
        Ok(Answer::Artefact { run, path, offset, size: part.size, data })
    }

    fn daemon_log(&self, after: u64) -> Result<Answer, Refusal> {
        let path = &self.log;
        let daemon_log::Lines { text, end } = daemon_log::read(path, after).map_err(|error| {
            Refusal::plain(format!("{} cannot be read: {error}", path.display()))
        })?;
        Ok(Answer::Log { text, end })
    }
}
