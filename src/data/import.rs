//! The way into the data directory: files are read to the end and checked, copied beside their place,
//! checked again there, and only then put in their place, all at once. A full disk, a damaged file or
//! a kill leaves what was there before.

use std::{
    fs::{self, File, TryLockError},
    io,
    path::{Path, PathBuf},
};

use super::error::DataError;
use super::locate::{self, FoundFile};
use super::registry::{self, Entry};
use super::verify::{self, Report};

/// Copies the files of the data set called `name` from `from` (a folder, or CIFAR's archive) to where
/// [`open`](super::open::open) looks for them, and reports what they hold.
///
/// # Errors
/// If a file is missing, is not what it should be, or cannot be copied; then nothing has changed.
pub fn import(name: &str, from: &Path, data_dir: &Path) -> Result<Report, DataError> {
    let entry = registry::find(name)?;
    let found = locate::at(entry, from)?;
    let report = verify::report(entry, &found)?;
    let home = locate::home(entry.name, data_dir);
    if found.files().iter().all(|file| lies_in(&file.path, &home)) {
        return Ok(report);
    }
    let places = Places::prepare(entry, home)?;
    let result = places.fill(entry, &found.files());
    if result.is_err() {
        // What is left of a failed copy is of no use; a later import clears it away too.
        let _ = fs::remove_dir_all(&places.staging);
    }
    result
}

/// Whether the file at `path` is already somewhere in `home`.
fn lies_in(path: &Path, home: &Path) -> bool {
    match (path.canonicalize(), home.canonicalize()) {
        (Ok(path), Ok(home)) => path.starts_with(home),
        _ => false,
    }
}

/// The folders of one import, and the lock that keeps others away from them.
struct Places {
    /// Where the files shall lie.
    home: PathBuf,
    /// Where they lie until they are complete.
    staging: PathBuf,
    /// Where the previous files lie while the new ones take their place.
    previous: PathBuf,
    _lock: Option<File>,
}

impl Places {
    /// Takes the lock and clears away what a killed import left.
    fn prepare(entry: &Entry, home: PathBuf) -> Result<Self, DataError> {
        let beside = |what: &str| home.with_file_name(format!(".{}.{what}", entry.name));
        let places = Self {
            staging: beside("importing"),
            previous: beside("previous"),
            _lock: lock(entry, &beside("lock"))?,
            home,
        };
        if places.previous.exists() && !places.home.exists() {
            rename(&places.previous, &places.home)?;
        }
        for left_over in [&places.staging, &places.previous] {
            if left_over.exists() {
                fs::remove_dir_all(left_over).map_err(write_error(left_over))?;
            }
        }
        Ok(places)
    }

    /// Copies `files`, checks the copies, and puts them in their place.
    fn fill(&self, entry: &Entry, files: &[&FoundFile]) -> Result<Report, DataError> {
        fs::create_dir_all(&self.staging).map_err(write_error(&self.staging))?;
        for file in files {
            let Some(name) = file.path.file_name() else { continue };
            copy(&file.path, &self.staging.join(name))?;
        }
        let mut report = verify::report(entry, &locate::at(entry, &self.staging)?)?;
        self.exchange()?;
        for file in &mut report.files {
            if let Ok(name) = file.path.strip_prefix(&self.staging) {
                file.path = self.home.join(name);
            }
        }
        Ok(report)
    }

    /// Puts the staged files in their place, or leaves the previous ones there.
    fn exchange(&self) -> Result<(), DataError> {
        let replaces = self.home.exists();
        if replaces {
            rename(&self.home, &self.previous)?;
        }
        if let Err(error) = rename(&self.staging, &self.home) {
            if replaces {
                rename(&self.previous, &self.home)?;
            }
            return Err(error);
        }
        if replaces {
            // The new files are in place; old ones that cannot be removed only cost room.
            let _ = fs::remove_dir_all(&self.previous);
        }
        Ok(())
    }
}

/// Makes this process the only one that imports `entry`; a file system without locks is trusted.
fn lock(entry: &Entry, path: &Path) -> Result<Option<File>, DataError> {
    let parent = path.parent().unwrap_or(path);
    fs::create_dir_all(parent).map_err(write_error(parent))?;
    let file = File::create(path).map_err(write_error(path))?;
    match file.try_lock() {
        Ok(()) => Ok(Some(file)),
        Err(TryLockError::WouldBlock) => Err(DataError::Busy { name: entry.name }),
        Err(TryLockError::Error(error)) if error.kind() == io::ErrorKind::Unsupported => Ok(None),
        Err(TryLockError::Error(error)) => Err(write_error(path)(error)),
    }
}

/// Copies a file and waits until the copy is on the disk.
fn copy(from: &Path, to: &Path) -> Result<(), DataError> {
    let mut source = File::open(from).map_err(|error| super::FileFault::Read(error).of(from))?;
    File::create_new(to)
        .and_then(|mut target| {
            io::copy(&mut source, &mut target)?;
            target.sync_all()
        })
        .map_err(write_error(to))
}

fn rename(from: &Path, to: &Path) -> Result<(), DataError> {
    fs::rename(from, to).map_err(write_error(to))
}

fn write_error(path: &Path) -> impl FnOnce(io::Error) -> DataError {
    let path = path.to_owned();
    |source| DataError::Write { path, source }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::{
        list::{State, list},
        open::open,
    };

    /// Writes USPS-shaped IDX files whose images are all `shade`, under `extension`.
    fn usps(folder: &Path, shade: u8, extension: &str) {
        for (part, count) in [("train", 7_291_u32), ("test", 2_007)] {
            let count_bytes = count.to_be_bytes();
            let mut images =
                [&[0, 0, 8, 3], count_bytes.as_slice(), &[0, 0, 0, 16, 0, 0, 0, 16]].concat();
            images.resize(images.len() + count as usize * 256, shade);
            let mut labels = [&[0, 0, 8, 1], count_bytes.as_slice()].concat();
            labels.extend((0..count).map(|index| (index % 10) as u8));
            fs::write(folder.join(format!("{part}-images-idx3-ubyte{extension}")), images).unwrap();
            fs::write(folder.join(format!("{part}-labels-idx1-ubyte{extension}")), labels).unwrap();
        }
    }

    fn shade(data_dir: &Path) -> u8 {
        open("usps", None, data_dir).unwrap().test.image(2_006)[255]
    }

    /// The names in `data_dir/data`, sorted.
    fn names(data_dir: &Path) -> Vec<String> {
        let entries = fs::read_dir(data_dir.join("data")).unwrap();
        let mut names: Vec<_> =
            entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    }

    #[test]
    fn an_import_can_be_opened_and_replaced() {
        let (source, home) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        // Names that are looked for before the plain ones, to see that nothing of it is left over.
        usps(source.path(), 1, ".gz");
        let report = import("usps", source.path(), home.path()).unwrap();
        assert_eq!(report.test_per_class.iter().sum::<usize>(), 2_007);
        let place = home.path().join("data/usps");
        assert!(
            report.files.iter().all(|file| file.path.starts_with(&place) && file.path.is_file())
        );
        assert_eq!(shade(home.path()), 1);

        let other = tempfile::tempdir().unwrap();
        usps(other.path(), 2, "");
        import("usps", other.path(), home.path()).unwrap();
        assert_eq!(shade(home.path()), 2);
        assert_eq!(names(home.path()), [".usps.lock", "usps"]);
        let usps = list(home.path()).into_iter().find(|line| line.name == "usps").unwrap();
        assert_eq!(usps.state, State::Present);

        import("usps", &place, home.path()).unwrap();
        assert_eq!(shade(home.path()), 2);
    }

    #[test]
    fn a_bad_source_changes_nothing() {
        let (source, home) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        usps(source.path(), 1, "");
        import("usps", source.path(), home.path()).unwrap();
        let labels = source.path().join("test-labels-idx1-ubyte");
        fs::write(&labels, [0, 0, 8, 1, 0, 0, 7, 214]).unwrap();
        let error = import("usps", source.path(), home.path()).unwrap_err().to_string();
        assert!(error.contains("says that it holds 2006; expected 2007"), "{error}");
        fs::remove_file(labels).unwrap();
        let error = import("usps", source.path(), home.path()).unwrap_err();
        assert!(matches!(error, DataError::Missing { .. }));
        assert_eq!(shade(home.path()), 1);
        assert_eq!(names(home.path()), [".usps.lock", "usps"]);
    }

    #[test]
    fn a_copy_that_fails_half_way_leaves_the_previous_files() {
        let (source, home) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        usps(source.path(), 1, "");
        import("usps", source.path(), home.path()).unwrap();
        let entry = registry::find("usps").unwrap();
        let found = locate::at(entry, source.path()).unwrap();
        fs::remove_file(source.path().join("test-images-idx3-ubyte")).unwrap();
        let places = Places::prepare(entry, locate::home("usps", home.path())).unwrap();
        let error = places.fill(entry, &found.files()).unwrap_err().to_string();
        assert!(error.contains("test-images-idx3-ubyte: cannot be read"), "{error}");
        assert_eq!(shade(home.path()), 1);
        // The next import clears the half copy away.
        drop(places);
        assert_eq!(names(home.path()), [".usps.importing", ".usps.lock", "usps"]);
        usps(source.path(), 3, "");
        import("usps", source.path(), home.path()).unwrap();
        assert_eq!(shade(home.path()), 3);
        assert_eq!(names(home.path()), [".usps.lock", "usps"]);
    }

    #[test]
    fn a_kill_between_the_two_renames_is_mended() {
        let (source, home) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        usps(source.path(), 1, "");
        import("usps", source.path(), home.path()).unwrap();
        let place = home.path().join("data/usps");
        fs::rename(&place, home.path().join("data/.usps.previous")).unwrap();
        let entry = registry::find("usps").unwrap();
        Places::prepare(entry, place).unwrap();
        assert_eq!(shade(home.path()), 1);
    }

    #[test]
    fn two_imports_of_one_set_do_not_meet() {
        let home = tempfile::tempdir().unwrap();
        let source = tempfile::tempdir().unwrap();
        usps(source.path(), 1, "");
        let entry = registry::find("usps").unwrap();
        let first = Places::prepare(entry, locate::home("usps", home.path())).unwrap();
        let error = import("usps", source.path(), home.path()).unwrap_err();
        assert!(matches!(error, DataError::Busy { name: "usps" }));
        drop(first);
        import("usps", source.path(), home.path()).unwrap();
    }

    #[test]
    fn a_place_that_cannot_be_written_is_named() {
        let (source, home) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        usps(source.path(), 1, "");
        fs::write(home.path().join("data"), "a file where the folder should be").unwrap();
        let error = import("usps", source.path(), home.path()).unwrap_err().to_string();
        assert!(error.contains("data cannot be written"), "{error}");
        assert!(error.ends_with("nothing was imported"), "{error}");
    }
}
