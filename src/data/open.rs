//! The way into memory: a name and, where the user gave one, a path become a data set.

use std::path::{Path, PathBuf};

use super::cifar::{self, Layout};
use super::error::DataError;
use super::locate::{self, Found, FoundFile};
use super::registry::{self, Entry};
use super::set::{DataSet, SetInfo};
use super::{cifar_archive, idx, mnist_5k};

/// Reads the data set called `name`, all of it, from `path` or else from where an import below `data_dir`
/// put it. The embedded one needs neither.
///
/// # Errors
/// If the name is unknown, a file is missing, or one is not what it should be.
pub fn open(name: &str, path: Option<&Path>, data_dir: &Path) -> Result<DataSet, DataError> {
    let entry = registry::find(name)?;
    read(entry, &locate::find(entry, path, data_dir)?)
}

/// Reads the files that were found for `entry`.
pub(super) fn read(entry: &Entry, found: &Found) -> Result<DataSet, DataError> {
    let classes = entry.classes.len();
    let (train, test) = match found {
        Found::Embedded => mnist_5k::load(entry).map_err(|fault| fault.of(mnist_5k::NAME))?,
        Found::Idx([train_images, train_labels, test_images, test_labels]) => {
            let split = |images: &FoundFile, labels: &FoundFile, count| {
                idx::read(&images.path, &labels.path, count, entry.shape, classes)
            };
            // The test files first: they are smaller, and tell soon whether this is the right set.
            let test = split(test_images, test_labels, entry.test)?;
            (split(train_images, train_labels, entry.train)?, test)
        }
        Found::Cifar { files, train, test } => {
            let layout = Layout::of(entry, files);
            let paths = |files: &[FoundFile]| -> Vec<PathBuf> {
                files.iter().map(|file| file.path.clone()).collect()
            };
            let test = cifar::read(&paths(test), entry.test, layout)?;
            (cifar::read(&paths(train), entry.train, layout)?, test)
        }
        Found::CifarArchive { files, archive } => cifar_archive::read(&archive.path, entry, files)?,
    };
    Ok(DataSet { info: SetInfo::from(entry), train, test })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_embedded_set_opens_without_a_data_directory() {
        let set = open("mnist-5k", None, Path::new("/nowhere")).unwrap();
        assert_eq!(set.info.classes.len(), 10);
        assert_eq!((set.train.len(), set.test.len()), (4_000, 1_000));
    }

    #[test]
    fn an_absent_set_says_where_it_was_looked_for() {
        let folder = tempfile::tempdir().unwrap();
        let error = open("usps", None, folder.path()).unwrap_err().to_string();
        assert!(error.contains(&folder.path().join("data/usps").display().to_string()), "{error}");
    }
}
