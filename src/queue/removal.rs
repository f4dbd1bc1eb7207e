//! The part of the queue that deletes runs, with their folders.
//!
//! A folder is first renamed to a name that is no run's, then the database forgets the run, then the
//! folder is deleted. A daemon that is killed in between leaves no half run: the next one goes on with
//! what it finds under such a name.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use super::{
    keeper::{Change, Done, Keeper, unknown},
    lease::{self, Lease},
    refusal::Refusal,
    run::RunId,
};

/// Stands before the name of a folder that is being deleted.
const MARK: &str = ".deleted-";

impl Keeper {
    /// Deletes a run that no worker is at.
    pub(super) fn remove(&mut self, run: RunId) -> Result<Done, Refusal> {
        let entry = self.entries.get(&run).ok_or_else(|| unknown(run))?;
        let advice = || format!("`stillroom cancel {run}` first; then it can be deleted.");
        if entry.summary.state.worker().is_some() || entry.summary.state.job().is_some() {
            let reason = format!("run {run} is {} and cannot be deleted", entry.summary.word());
            return Err(Refusal::new(reason, advice()));
        }
        let path = PathBuf::from(&entry.summary.folder);
        if let Lease::Held(pid) = lease::look(&entry.folder().worker_lock()) {
            let process = pid.map(|pid| format!(" (process {pid})")).unwrap_or_default();
            let reason = format!("a worker{process} is at run {run}, which cannot be deleted");
            return Err(Refusal::new(reason, advice()));
        }
        let aside = put_aside(&path).map_err(|error| {
            Refusal::new(
                format!("cannot delete {}: {error}", path.display()),
                "Make it and the folder that it lies in writable.",
            )
        })?;
        if let Err(error) = self.store.delete(run) {
            if let Some(aside) = aside {
                // Should that fail too, the next daemon goes on with the deletion that was wished.
                let _ = fs::rename(aside, &path);
            }
            return Err(Refusal::plain(error));
        }
        self.forget(run);
        self.clear_batches();
        let bytes = aside.as_deref().map(delete).unwrap_or_default();
        tracing::info!("run {run} is deleted, with {bytes} bytes in {}", path.display());
        Ok(Done::Removed { run, folder: path.display().to_string(), bytes })
    }

    fn forget(&mut self, run: RunId) {
        self.entries.remove(&run);
        self.unsaved.remove(&run);
        self.unkept.remove(&run);
        self.batches.look_again();
        // Nobody listening is no failure.
        let _ = self.changes.send(Change::Gone(run));
    }

    /// Goes on with deletions that an earlier daemon had begun.
    pub(super) fn finish_removals(&mut self) {
        let Ok(folders) = fs::read_dir(self.places.runs()) else { return };
        for aside in folders.filter_map(Result::ok).map(|folder| folder.path()) {
            let name = aside.file_name().and_then(|name| name.to_str());
            let Some(name) = name.and_then(|name| name.strip_prefix(MARK)) else { continue };
            let path = aside.with_file_name(name);
            let of_this = |folder: &str| Path::new(folder) == path && !path.exists();
            let run = self.entries.values().find(|entry| of_this(&entry.summary.folder));
            if let Some(run) = run.map(super::entry::Entry::id) {
                if let Err(error) = self.store.delete(run) {
                    tracing::warn!("run {run} is still to be deleted: {error}");
                    continue;
                }
                self.forget(run);
                tracing::info!("run {run} was being deleted, and now is");
            }
            delete(&aside);
        }
    }
}

/// Renames a run's folder; nothing where there is none.
fn put_aside(folder: &Path) -> io::Result<Option<PathBuf>> {
    let name = folder.file_name().unwrap_or_default().to_string_lossy();
    let aside = folder.with_file_name(format!("{MARK}{name}"));
    match fs::rename(folder, &aside) {
        Ok(()) => Ok(Some(aside)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

/// Deletes a folder that was put aside, and says how much lay in it.
fn delete(aside: &Path) -> u64 {
    let bytes = size(aside);
    if let Err(error) = fs::remove_dir_all(aside) {
        tracing::warn!("{} could not be deleted whole: {error}", aside.display());
    }
    bytes
}

/// The sizes of all files below, those behind links left out.
fn size(path: &Path) -> u64 {
    let entries = fs::read_dir(path).into_iter().flatten().filter_map(Result::ok);
    let sizes = entries.map(|entry| match entry.metadata() {
        Ok(about) if about.is_dir() => size(&entry.path()),
        Ok(about) => about.len(),
        Err(_) => 0,
    });
    sizes.sum()
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;
    use tokio::sync::broadcast;

    use super::*;
    use crate::{
        queue::{Places, executor::Local, run::RunState},
        spec::{Method, Spec, defaults},
    };

    fn spec() -> Spec {
        defaults::published(Method::Dsa, "mnist-5k", 1)
    }

    fn keeper(places: &Places) -> Keeper {
        let executor = Local { program: "/nowhere".into() };
        let starting = crate::config::Starting::default();
        Keeper::open(places.clone(), executor, &starting, broadcast::channel(64).0).unwrap()
    }

    fn add(keeper: &mut Keeper) -> (RunId, PathBuf) {
        match keeper.add(&spec(), "", false, "").unwrap() {
            Done::Added { run, folder } => (run, folder.into()),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn a_deleted_run_is_gone_with_its_folder_and_its_number_is_not_given_again() {
        let folder = tempfile::tempdir().unwrap();
        let places = Places::at(folder.path()).unwrap();
        let mut keeper = keeper(&places);
        let (first, _) = add(&mut keeper);
        let (run, path) = add(&mut keeper);
        let mut changes = keeper.changes.subscribe();
        fs::create_dir(path.join("snapshots")).unwrap();
        fs::write(path.join("snapshots/1.png"), [0; 5000]).unwrap();
        let Done::Removed { bytes, .. } = keeper.remove(run).unwrap() else { panic!() };
        assert!(bytes > 5000, "{bytes}");
        assert!(matches!(changes.try_recv(), Ok(Change::Gone(gone)) if gone == run));
        assert_eq!(fs::read_dir(places.runs()).unwrap().count(), 1);
        assert_eq!(keeper.remove(run).unwrap_err().reason, "there is no run 2");
        drop(keeper);
        let mut keeper = self::keeper(&places);
        assert_eq!(keeper.runs().iter().map(|run| run.id).collect::<Vec<_>>(), [first]);
        assert_eq!(add(&mut keeper).0, RunId::new(3));
    }

    #[test]
    fn a_run_with_a_worker_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let mut keeper = keeper(&Places::at(folder.path()).unwrap());
        let (run, path) = add(&mut keeper);
        let lock = fs::File::create(path.join("worker.lock")).unwrap();
        lock.lock().unwrap();
        let refusal = keeper.remove(run).unwrap_err();
        assert!(refusal.reason.starts_with("a worker is at run 1"), "{refusal}");
        assert!(refusal.advice.contains("stillroom cancel 1"), "{refusal}");
        let worker = crate::queue::Worker {
            pid: 1,
            device: "cpu".into(),
            since: Timestamp::now(),
            job: String::new(),
        };
        keeper.entries.get_mut(&run).unwrap().summary.state = RunState::Running { worker };
        let refusal = keeper.remove(run).unwrap_err();
        assert_eq!(refusal.reason, "run 1 is running and cannot be deleted");
        assert!(path.join("spec.toml").exists());
    }

    #[test]
    fn a_deletion_that_was_cut_short_is_finished() {
        let folder = tempfile::tempdir().unwrap();
        let places = Places::at(folder.path()).unwrap();
        let mut keeper = keeper(&places);
        let (_, before_the_database) = add(&mut keeper);
        let (after_the_database, path) = add(&mut keeper);
        let (kept, _) = add(&mut keeper);
        put_aside(&before_the_database).unwrap();
        put_aside(&path).unwrap();
        keeper.store.delete(after_the_database).unwrap();
        drop(keeper);
        let keeper = self::keeper(&places);
        assert_eq!(keeper.runs().iter().map(|run| run.id).collect::<Vec<_>>(), [kept]);
        assert_eq!(fs::read_dir(places.runs()).unwrap().count(), 1);
    }

    #[test]
    fn a_run_whose_folder_somebody_else_deleted_can_be_deleted() {
        let folder = tempfile::tempdir().unwrap();
        let mut keeper = keeper(&Places::at(folder.path()).unwrap());
        let (run, path) = add(&mut keeper);
        fs::remove_dir_all(path).unwrap();
        assert!(matches!(keeper.remove(run), Ok(Done::Removed { bytes: 0, .. })));
    }
}
