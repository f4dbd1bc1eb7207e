//! The folders of batches, and their end: a data directory does not fill with scripts of jobs that are long over.
//!
//! A batch is needed while it is being submitted, while a run of it has its job (which reads the list of runs when it
//! starts, and again when it was put back), and as long as a run of it stands as failed or interrupted: what Slurm
//! said of its job may explain why. Which batches there are is read from their folders when the daemon starts, so what
//! an earlier one has left is cleared as well.

use std::{
    fs,
    path::{Path, PathBuf},
};

use super::super::{
    admission::number_of,
    executor::slurm::{
        batch::{self, Batch},
        states,
    },
    keeper::Keeper,
    run::{RunId, RunState},
};

/// The batches that have a folder.
#[derive(Debug, Default)]
pub struct Batches {
    /// In the order in which they were made.
    known: Vec<Known>,
    /// Whether anything has changed that may make one needless.
    is_due: bool,
}

#[derive(Debug)]
struct Known {
    folder: PathBuf,
    /// The runs for which it is the last one.
    runs: Vec<RunId>,
    /// It was to be cleared, and could not be: that is told once.
    is_stuck: bool,
}

impl Batches {
    /// Those in a data directory.
    pub fn find(data_dir: &Path) -> Self {
        let entries = fs::read_dir(batch::place(data_dir)).into_iter().flatten().flatten();
        let mut known: Vec<(u64, Known)> = entries
            .filter_map(|entry| {
                let made = batch::made(entry.file_name().to_str()?)?;
                let folder = entry.path();
                // One without its list was never submitted.
                let list = fs::read_to_string(batch::list(&folder)).unwrap_or_default();
                let run = |line| number_of(Path::new(line).file_name()?.to_str()?);
                let runs = list.lines().filter_map(run).collect();
                Some((made, Known { folder, runs, is_stuck: false }))
            })
            .collect();
        known.sort_by_key(|(made, _)| *made);
        Self { known: known.into_iter().map(|(_, known)| known).collect(), is_due: true }
    }

    /// A new one: the jobs that its runs had before are over.
    pub fn add(&mut self, batch: &Batch) {
        for known in &mut self.known {
            known.runs.retain(|run| !batch.runs.contains(run));
        }
        let (folder, runs) = (batch.folder.clone(), batch.runs.clone());
        self.known.push(Known { folder, runs, is_stuck: false });
        self.is_due = true;
    }

    /// Something has happened to a run or to a batch.
    pub const fn look_again(&mut self) {
        self.is_due = true;
    }

    /// What Slurm itself wrote of a job of a run.
    pub fn output(&self, run: RunId, job: &str) -> Option<PathBuf> {
        let last = self.known.iter().rev().find(|known| known.runs.contains(&run))?;
        let task = job.contains('_').then(|| states::part_of(job));
        Some(last.folder.join(batch::output_name(task)))
    }

    /// Clears those that no run needs.
    fn clear(&mut self, is_needed: impl Fn(RunId) -> bool) {
        self.is_due = false;
        self.known.retain_mut(|known| {
            if known.runs.iter().any(|run| is_needed(*run)) {
                return true;
            }
            match fs::remove_dir_all(&known.folder) {
                Err(error) if known.folder.exists() => {
                    if !std::mem::replace(&mut known.is_stuck, true) {
                        let folder = known.folder.display();
                        tracing::warn!("{folder} is still to be cleared: {error}");
                    }
                    true
                }
                _ => false,
            }
        });
    }
}

impl Keeper {
    /// Clears the folders of batches that no run needs any more, if anything has happened since the last time.
    pub(in crate::queue) fn clear_batches(&mut self) {
        if !self.batches.is_due {
            return;
        }
        let (entries, jobs) = (&self.entries, self.jobs.as_ref());
        self.batches.clear(|run| {
            let is_on_its_way = jobs.is_some_and(|jobs| {
                let unsure = jobs.unsure.iter().any(|(batch, _)| batch.runs.contains(&run));
                unsure || jobs.under_way.contains(&run)
            });
            let Some(entry) = entries.get(&run) else { return is_on_its_way };
            is_on_its_way
                || match &entry.summary.state {
                    // Before Slurm has answered nobody knows whether it has a job.
                    RunState::Queued { .. } => jobs.is_some_and(|jobs| !jobs.is_known),
                    RunState::Failed { .. } | RunState::Interrupted { .. } => true,
                    state => state.job().is_some(),
                }
        });
        if self.batches.known.is_empty() {
            // Somebody else may have put something there.
            let _ = fs::remove_dir(batch::place(self.places.data_dir()));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::SlurmTable;

    fn write(place: &Path, runs: &[u64]) -> Batch {
        let folder = |run: &u64| (RunId::new(*run), place.join(format!("runs/{run:04}-a")));
        let runs: Vec<_> = runs.iter().map(folder).collect();
        // Each has a name of its own because time goes on.
        std::thread::sleep(std::time::Duration::from_millis(2));
        batch::write(place, &SlurmTable::default(), Path::new("/bin/x"), "", &runs).unwrap()
    }

    fn left(place: &Path) -> usize {
        fs::read_dir(batch::place(place)).unwrap().count()
    }

    #[test]
    fn a_batch_goes_when_the_last_run_that_needs_it_does() {
        let place = tempfile::tempdir().unwrap();
        let mut batches = Batches::default();
        batches.add(&write(place.path(), &[1, 2]));
        batches.add(&write(place.path(), &[3]));
        batches.clear(|run| run.number != 1);
        assert_eq!(left(place.path()), 2);
        batches.clear(|run| run.number == 3);
        assert_eq!(left(place.path()), 1);
        let folder = write(place.path(), &[3]);
        batches.add(&folder);
        batches.clear(|run| run.number == 3);
        assert_eq!(left(place.path()), 1, "the run has another one now");
        assert_eq!(batches.output(RunId::new(3), "9"), Some(folder.folder.join("slurm.out")));
        batches.clear(|_| false);
        assert_eq!((left(place.path()), batches.known.len()), (0, 0));
    }

    #[test]
    fn what_another_daemon_has_left_is_found_and_what_is_not_ours_stays() {
        let place = tempfile::tempdir().unwrap();
        let array = write(place.path(), &[4, 5]);
        let later = write(place.path(), &[5]);
        let unlisted = batch::place(place.path()).join("0009-18c");
        let foreign = batch::place(place.path()).join("notes");
        fs::create_dir(&unlisted).unwrap();
        fs::create_dir(&foreign).unwrap();
        let mut batches = Batches::find(place.path());
        assert!(batches.is_due);
        assert_eq!(batches.output(RunId::new(4), "7_1"), Some(array.folder.join("slurm-1.out")));
        assert_eq!(batches.output(RunId::new(5), "8"), Some(later.folder.join("slurm.out")));
        batches.clear(|run| run.number == 4);
        assert!(array.folder.exists() && foreign.exists());
        assert!(!later.folder.exists() && !unlisted.exists());
    }

    #[test]
    fn one_that_cannot_be_cleared_is_tried_again() {
        let place = tempfile::tempdir().unwrap();
        let mut batches = Batches::default();
        let batch = write(place.path(), &[1]);
        batches.add(&batch);
        fs::remove_dir_all(&batch.folder).unwrap();
        // What is no folder cannot be removed as one.
        fs::write(&batch.folder, "").unwrap();
        batches.clear(|_| false);
        assert!(batches.known[0].is_stuck);
        fs::remove_file(&batch.folder).unwrap();
        batches.clear(|_| false);
        assert!(batches.known.is_empty());
    }
}
