//! The way into the data directory: files are read to the end and checked, copied beside their place,
//! checked again there, and only then put in their place, all at once. A full disk, a damaged file or
//! a kill leaves what was there before.
//!
//! Pictures and arrays are decoded on the way, and one file of this program's takes their place.

use std::{
    fs::{self, File, TryLockError},
    io,
    path::{Path, PathBuf},
};

use super::error::DataError;
use super::gather::Watch;
use super::locate::{self, Found, FoundFile};
use super::own::{self, Source, Wishes};
use super::registry::{self, Entry};
use super::set::DataSet;
use super::verify::{self, Report};
use super::{open, set_file};

/// Copies the files of the data set called `name` from `from` (a folder, or an archive) to where
/// [`open`](super::open::open) looks for them, and reports what they hold.
///
/// A name that is not in the registry becomes a data set of the user's, made of a folder of pictures or an
/// NPZ file as `wishes` say. `watch` is told how many pictures of how many are read.
///
/// # Errors
/// If a file is missing, is not what it should be, or cannot be copied; then nothing has changed.
pub fn import(
    name: &str,
    from: &Path,
    wishes: Option<Wishes>,
    data_dir: &Path,
    watch: Watch<'_>,
) -> Result<Report, DataError> {
    let home = locate::home(name, data_dir);
    let Some(entry) = registry::known(name) else {
        own::check_name(name)?;
        let wishes = wishes.unwrap_or_default();
        let source = Source::at(from, wishes.held_out)?;
        let set = source.read(name, wishes, watch)?;
        let places = Places::prepare(name, home)?;
        return places.fill(|places| places.keep(set, &source.described(wishes)));
    };
    if wishes.is_some() {
        return Err(DataError::FixedShape { name: name.to_owned() });
    }
    let found = locate::at(entry, from)?;
    if let Found::TinyFolder(path) | Found::TinyArchive(FoundFile { path, .. }) = &found {
        let set = open::read(entry, &found, watch)?;
        let places = Places::prepare(name, home)?;
        return places.fill(|places| places.keep(set, &path.display().to_string()));
    }
    let report = verify::report(entry, &found)?;
    if found.paths().iter().all(|path| lies_in(path, &home)) {
        return Ok(report);
    }
    let places = Places::prepare(name, home)?;
    places.fill(|places| places.copy(entry, &found.paths()))
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
    fn prepare(name: &str, home: PathBuf) -> Result<Self, DataError> {
        let beside = |what: &str| home.with_file_name(format!(".{name}.{what}"));
        let places = Self {
            staging: beside("importing"),
            previous: beside("previous"),
            _lock: lock(name, &beside("lock"))?,
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

    /// Has the files put beside their place by `put`, which checks them, and puts them in their place.
    fn fill(
        &self,
        put: impl FnOnce(&Self) -> Result<Report, DataError>,
    ) -> Result<Report, DataError> {
        let filled = fs::create_dir_all(&self.staging)
            .map_err(write_error(&self.staging))
            .and_then(|()| put(self))
            .and_then(|report| self.exchange().map(|()| report));
        if filled.is_err() {
            // What is left of a failed copy is of no use; a later import clears it away too.
            let _ = fs::remove_dir_all(&self.staging);
        }
        let mut report = filled?;
        for file in &mut report.files {
            if let Ok(name) = file.path.strip_prefix(&self.staging) {
                file.path = self.home.join(name);
            }
        }
        Ok(report)
    }

    /// Copies the files at `paths` and checks the copies.
    fn copy(&self, entry: &Entry, paths: &[&Path]) -> Result<Report, DataError> {
        for path in paths {
            let Some(name) = path.file_name() else { continue };
            copy(path, &self.staging.join(name))?;
        }
        verify::report(entry, &locate::at(entry, &self.staging)?)
    }

    /// Writes `set` as one file and checks it.
    fn keep(&self, set: DataSet, origin: &str) -> Result<Report, DataError> {
        let path = self.staging.join(set_file::NAME);
        set_file::write(&path, &set, origin)?;
        // Twice in memory would be too much for a large set.
        drop(set);
        verify::report_of_file(&path)
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

/// Makes this process the only one that imports `name`; a file system without locks is trusted.
fn lock(name: &str, path: &Path) -> Result<Option<File>, DataError> {
    let parent = path.parent().unwrap_or(path);
    fs::create_dir_all(parent).map_err(write_error(parent))?;
    let file = File::create(path).map_err(write_error(path))?;
    match file.try_lock() {
        Ok(()) => Ok(Some(file)),
        Err(TryLockError::WouldBlock) => Err(DataError::Busy { name: name.to_owned() }),
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
    |cause| DataError::Write { path, cause }
}

#[cfg(test)]
mod tests {
    use image::{ImageFormat, Rgb, RgbImage};

    use super::*;
    use crate::data::{
        Published,
        list::{State, list},
        open::open,
        sample_pictures::encoded,
        verify::verify,
    };

    const SILENT: Watch<'static> = &|_, _| ();

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
        let report = import("usps", source.path(), None, home.path(), SILENT).unwrap();
        assert_eq!(report.test_per_class.iter().sum::<usize>(), 2_007);
        let place = home.path().join("data/usps");
        assert!(
            report.files.iter().all(|file| file.path.starts_with(&place) && file.path.is_file())
        );
        assert_eq!(shade(home.path()), 1);

        let other = tempfile::tempdir().unwrap();
        usps(other.path(), 2, "");
        import("usps", other.path(), None, home.path(), SILENT).unwrap();
        assert_eq!(shade(home.path()), 2);
        assert_eq!(names(home.path()), [".usps.lock", "usps"]);
        let usps = list(home.path()).into_iter().find(|line| line.name == "usps").unwrap();
        assert_eq!(usps.state, State::Present);

        import("usps", &place, None, home.path(), SILENT).unwrap();
        assert_eq!(shade(home.path()), 2);
    }

    #[test]
    fn a_bad_source_changes_nothing() {
        let (source, home) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        usps(source.path(), 1, "");
        import("usps", source.path(), None, home.path(), SILENT).unwrap();
        let labels = source.path().join("test-labels-idx1-ubyte");
        fs::write(&labels, [0, 0, 8, 1, 0, 0, 7, 214]).unwrap();
        let error =
            import("usps", source.path(), None, home.path(), SILENT).unwrap_err().to_string();
        assert!(error.contains("says that it holds 2006; expected 2007"), "{error}");
        fs::remove_file(labels).unwrap();
        let error = import("usps", source.path(), None, home.path(), SILENT).unwrap_err();
        assert!(matches!(error, DataError::Missing { .. }));
        assert_eq!(shade(home.path()), 1);
        assert_eq!(names(home.path()), [".usps.lock", "usps"]);
    }

    #[test]
    fn a_copy_that_fails_half_way_leaves_the_previous_files() {
        let (source, home) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        usps(source.path(), 1, "");
        import("usps", source.path(), None, home.path(), SILENT).unwrap();
        let entry = registry::find("usps").unwrap();
        let found = locate::at(entry, source.path()).unwrap();
        fs::remove_file(source.path().join("test-images-idx3-ubyte")).unwrap();
        let places = Places::prepare("usps", locate::home("usps", home.path())).unwrap();
        let copied = places.fill(|places| places.copy(entry, &found.paths()));
        let error = copied.unwrap_err().to_string();
        assert!(error.contains("test-images-idx3-ubyte: cannot be read"), "{error}");
        assert_eq!(shade(home.path()), 1);
        drop(places);
        assert_eq!(names(home.path()), [".usps.lock", "usps"]);
        // What a kill left is cleared away by the next import.
        fs::create_dir(home.path().join("data/.usps.importing")).unwrap();
        usps(source.path(), 3, "");
        import("usps", source.path(), None, home.path(), SILENT).unwrap();
        assert_eq!(shade(home.path()), 3);
        assert_eq!(names(home.path()), [".usps.lock", "usps"]);
    }

    #[test]
    fn a_kill_between_the_two_renames_is_mended() {
        let (source, home) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        usps(source.path(), 1, "");
        import("usps", source.path(), None, home.path(), SILENT).unwrap();
        let place = home.path().join("data/usps");
        fs::rename(&place, home.path().join("data/.usps.previous")).unwrap();
        Places::prepare("usps", place).unwrap();
        assert_eq!(shade(home.path()), 1);
    }

    #[test]
    fn two_imports_of_one_set_do_not_meet() {
        let home = tempfile::tempdir().unwrap();
        let source = tempfile::tempdir().unwrap();
        usps(source.path(), 1, "");
        let first = Places::prepare("usps", locate::home("usps", home.path())).unwrap();
        let error = import("usps", source.path(), None, home.path(), SILENT).unwrap_err();
        assert!(matches!(error, DataError::Busy { .. }));
        drop(first);
        import("usps", source.path(), None, home.path(), SILENT).unwrap();
    }

    #[test]
    fn a_place_that_cannot_be_written_is_named() {
        let (source, home) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        usps(source.path(), 1, "");
        fs::write(home.path().join("data"), "a file where the folder should be").unwrap();
        let error =
            import("usps", source.path(), None, home.path(), SILENT).unwrap_err().to_string();
        assert!(error.contains("data cannot be written"), "{error}");
        assert!(error.ends_with("nothing was imported"), "{error}");
    }

    #[test]
    fn pictures_are_decoded_once_and_known_by_their_name() {
        let (source, home) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        for (shade, name) in [(10, "a/1"), (20, "a/2"), (30, "a/3"), (200, "b/1"), (210, "b/2")] {
            let path = source.path().join(name).with_extension("png");
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            let image = RgbImage::from_pixel(3, 2, Rgb([shade, 0, 7]));
            fs::write(path, encoded(&image.into(), ImageFormat::Png)).unwrap();
        }
        let import = |name: &str| import(name, source.path(), None, home.path(), SILENT);
        let report = import("my-birds").unwrap();
        assert_eq!(
            (report.classes.as_slice(), report.shape),
            (&["a".into(), "b".into()][..], [3, 2, 3])
        );
        assert_eq!(report.files[0].path, home.path().join("data/my-birds/set.safetensors"));
        assert_eq!(report.files[0].published, Published::AsImported);
        assert_eq!(report, verify("my-birds", None, home.path()).unwrap());
        let set = open("my-birds", None, home.path()).unwrap();
        assert_eq!((set.train.per_class(), set.test.per_class()), (vec![2, 1], vec![1, 1]));
        assert_eq!(set.test.image(1)[6..], [[0; 6], [7; 6]].concat());

        let text = open("my-bird", None, home.path()).unwrap_err().to_string();
        assert!(text.contains("did you mean `my-birds`?") && text.contains("cifar10"), "{text}");
        assert!(matches!(import("my birds"), Err(DataError::Name { .. })));
        assert!(matches!(import("cifar10"), Err(DataError::Missing { .. })));
        let wishes = Some(Wishes::default());
        let fixed = super::import("mnist", source.path(), wishes, home.path(), SILENT);
        assert!(fixed.unwrap_err().to_string().contains("as it was published"));

        let file = home.path().join("data/my-birds/set.safetensors");
        let mut bytes = fs::read(&file).unwrap();
        *bytes.last_mut().unwrap() ^= 1;
        let last = bytes.len() - 20;
        bytes[last] ^= 1;
        *bytes.last_mut().unwrap() ^= 1;
        fs::write(&file, bytes).unwrap();
        let report = verify("my-birds", None, home.path()).unwrap();
        assert_eq!(report.files[0].published, Published::Changed);
    }

    #[test]
    fn a_bad_picture_changes_nothing() {
        let (source, home) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        for name in ["a/1", "a/2", "b/1", "b/2"] {
            let path = source.path().join(name).with_extension("jpg");
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, "no picture").unwrap();
        }
        let error =
            import("mine", source.path(), None, home.path(), SILENT).unwrap_err().to_string();
        assert!(error.starts_with("4 of 4 pictures cannot be used"), "{error}");
        assert!(!home.path().join("data").exists());
    }
}
