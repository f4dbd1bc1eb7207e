//! The way into memory: a name and, where the user gave one, a path become a data set.

use std::path::{Path, PathBuf};

use super::cifar::{self, Layout};
use super::error::DataError;
use super::gather::Watch;
use super::locate::{self, Found, FoundFile};
use super::own::{self, Wishes};
use super::registry::{self, Entry};
use super::set::{DataSet, SetInfo};
use super::shaping::Shaping;
use super::{cifar_archive, idx, mnist_5k, set_file, svhn, tiny_imagenet, usps_text};
use crate::spec::DataSpec;

/// Reads the data set that a spec speaks of, in the shape that it asks for.
///
/// # Errors
/// As for [`open`].
pub fn open_spec(spec: &DataSpec, data_dir: &Path) -> Result<DataSet, DataError> {
    let path = Some(spec.path.as_str()).filter(|path| !path.is_empty()).map(Path::new);
    shaped(&spec.set, path, Shaping::of(spec)?, data_dir)
}

/// Reads the data set called `name`, all of it, from `path` or else from where an import below `data_dir`
/// put it. The embedded one needs neither.
///
/// A name that is not in the registry is one of the user's: of an import, or, with a path, of the folder of
/// pictures or the NPZ file there.
///
/// # Errors
/// If the name is unknown, a file is missing, or one is not what it should be.
pub fn open(name: &str, path: Option<&Path>, data_dir: &Path) -> Result<DataSet, DataError> {
    shaped(name, path, Shaping::default(), data_dir)
}

fn shaped(
    name: &str,
    path: Option<&Path>,
    shaping: Shaping,
    data_dir: &Path,
) -> Result<DataSet, DataError> {
    let silent: Watch<'_> = &|_, _| ();
    if let Some(entry) = registry::known(name) {
        let found = locate::find(entry, path, data_dir)?;
        return shaping.applied(read(entry, &found, silent)?);
    }
    if let Some(path) = path {
        return own::open(name, path, Wishes { shaping, ..Wishes::default() }, data_dir, silent);
    }
    match own::imported(name, data_dir) {
        Some(file) => shaping.applied(set_file::read(&file)?),
        None => Err(registry::unknown(name, &own::names(data_dir))),
    }
}

/// Reads the files that were found for `entry`; `watch` is told how many pictures of how many are read.
pub(super) fn read(entry: &Entry, found: &Found, watch: Watch<'_>) -> Result<DataSet, DataError> {
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
        Found::UspsText([train, test]) => {
            let split =
                |file: &FoundFile, count| usps_text::read(&file.path, count, entry.shape, classes);
            let test = split(test, entry.test)?;
            (split(train, entry.train)?, test)
        }
        Found::Mat([train, test]) => {
            let split =
                |file: &FoundFile, count| svhn::read(&file.path, count, entry.shape, classes);
            let test = split(test, entry.test)?;
            (split(train, entry.train)?, test)
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
        Found::TinyFolder(root) => tiny_imagenet::read_folder(root, entry, watch)?,
        Found::TinyArchive(archive) => tiny_imagenet::read_archive(&archive.path, entry, watch)?,
        Found::SetFile(path) => {
            let DataSet { train, test, info } = set_file::read(path)?;
            if info.shape != entry.shape || info.classes != entry.classes {
                let (name, path) = (entry.name.to_owned(), path.clone());
                return Err(DataError::OtherSet { name, path, holds: info.name });
            }
            (train, test)
        }
    };
    Ok(DataSet { info: SetInfo::from(entry), train, test })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::spec::{Method, defaults};

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

    #[test]
    fn a_spec_says_which_shape_it_wants() {
        let mut spec = defaults::published(Method::Dsa, "mnist-5k", 1).data;
        spec.size = "16x16".parse().unwrap();
        let set = open_spec(&spec, Path::new("/nowhere")).unwrap();
        assert_eq!((set.info.shape, set.train.len()), ([1, 16, 16], 4_000));
        spec.channels = 2;
        let error = open_spec(&spec, Path::new("/nowhere")).unwrap_err().to_string();
        assert!(error.ends_with("not 2"), "{error}");
    }
}
