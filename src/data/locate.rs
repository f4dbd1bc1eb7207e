//! Where a data set's files are: below the data directory, in `data/NAME`, or where the user says.
//!
//! Files may go by several names and lie in the folders that other programs make of them
//! (`cifar-10-batches-bin`, `MNIST/raw`). What is missing is named file by file.

use std::path::{Path, PathBuf};

use super::error::DataError;
use super::registry::{CifarFiles, Entry, IdxFiles, KnownFile, Source};

/// A data set's files, all there.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Found {
    /// It is part of the program.
    Embedded,
    /// Images to train on, their labels, images to test on, their labels.
    Idx([FoundFile; 4]),
    /// CIFAR's files, to train on and to test on.
    Cifar { files: CifarFiles, train: Vec<FoundFile>, test: Vec<FoundFile> },
    /// CIFAR's archive.
    CifarArchive { files: CifarFiles, archive: FoundFile },
}

/// A known file and where it is.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct FoundFile {
    pub known: KnownFile,
    pub path: PathBuf,
}

impl Found {
    /// All files, in the registry's order.
    pub(super) fn files(&self) -> Vec<&FoundFile> {
        match self {
            Self::Embedded => vec![],
            Self::Idx(files) => files.iter().collect(),
            Self::Cifar { train, test, .. } => train.iter().chain(test).collect(),
            Self::CifarArchive { archive, .. } => vec![archive],
        }
    }
}

/// The folder that an import of `name` fills.
pub fn home(name: &str, data_dir: &Path) -> PathBuf {
    data_dir.join("data").join(name)
}

/// The files of `entry` at `path`, which the user gave, or else in its home below `data_dir`.
///
/// # Errors
/// [`DataError::Missing`] with the files that are not there; [`DataError::Embedded`] if a path is given
/// for a data set that is part of the program.
pub(super) fn find(
    entry: &Entry,
    path: Option<&Path>,
    data_dir: &Path,
) -> Result<Found, DataError> {
    match (entry.source, path) {
        (Source::Embedded, None) => Ok(Found::Embedded),
        (_, None) => at(entry, &home(entry.name, data_dir)),
        (_, Some(path)) => at(entry, path),
    }
}

/// The files of `entry` in the folder (or, for CIFAR, also in the archive) at `path`.
pub(super) fn at(entry: &Entry, path: &Path) -> Result<Found, DataError> {
    let found = match entry.source {
        Source::Embedded => {
            return Err(DataError::Embedded { name: entry.name, path: path.to_owned() });
        }
        Source::Idx(files) => idx_at(files, path),
        Source::Cifar(files) => cifar_at(files, path),
    };
    found.map_err(|missing| DataError::Missing { name: entry.name, path: path.to_owned(), missing })
}

fn idx_at(files: IdxFiles, path: &Path) -> Result<Found, Vec<String>> {
    let wanted = [files.train_images, files.train_labels, files.test_images, files.test_labels];
    let zipped = |name: &str| [format!("{name}.gz"), name.to_owned()];
    let found = all_in(&wanted, files.folders, path, zipped)?;
    <[FoundFile; 4]>::try_from(found).map(Found::Idx).map_err(|_| vec![])
}

fn cifar_at(files: CifarFiles, path: &Path) -> Result<Found, Vec<String>> {
    if path.is_file() {
        let archive = FoundFile { known: files.archive, path: path.to_owned() };
        return Ok(Found::CifarArchive { files, archive });
    }
    let plain = |name: &str| [name.to_owned()];
    let parts: Vec<_> = files.train.iter().chain(files.test).copied().collect();
    let missing = match all_in(&parts, files.folders, path, plain) {
        Ok(mut train) => {
            let test = train.split_off(files.train.len());
            return Ok(Found::Cifar { files, train, test });
        }
        Err(missing) => missing,
    };
    match all_in(&[files.archive], &[""], path, plain) {
        Ok(mut found) if !found.is_empty() => {
            Ok(Found::CifarArchive { files, archive: found.swap_remove(0) })
        }
        _ => Err(vec![format!("{} (or {})", missing.join(", "), files.archive.names.join(", "))]),
    }
}

/// All of `wanted` in the first of `folders` below `path` that has them all, or else what is missing in
/// the folder that has most of them. `variants` are the file names that a known name may have.
fn all_in<const N: usize>(
    wanted: &[KnownFile],
    folders: &[&str],
    path: &Path,
    variants: impl Fn(&str) -> [String; N],
) -> Result<Vec<FoundFile>, Vec<String>> {
    let mut least_missing: Option<Vec<String>> = None;
    for folder in folders {
        let folder = if folder.is_empty() { path.to_owned() } else { path.join(folder) };
        let mut found = Vec::new();
        let mut missing = Vec::new();
        for known in wanted {
            let mut names = known.names.iter().flat_map(|name| variants(name));
            match names.clone().map(|name| folder.join(name)).find(|path| path.is_file()) {
                Some(path) => found.push(FoundFile { known: *known, path }),
                None => missing.extend(names.next()),
            }
        }
        if missing.is_empty() {
            return Ok(found);
        }
        if least_missing.as_ref().is_none_or(|least| missing.len() < least.len()) {
            least_missing = Some(missing);
        }
    }
    Err(least_missing.unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;
    use crate::data::registry;

    /// A folder with these empty files.
    fn folder(files: &[&str]) -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        for file in files {
            let path = folder.path().join(file);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, "").unwrap();
        }
        folder
    }

    /// The paths that are found for `name` in `folder`, relative to it.
    fn found(name: &str, folder: &tempfile::TempDir) -> Vec<String> {
        let found = at(registry::find(name).unwrap(), folder.path()).unwrap();
        let relative = |file: &&FoundFile| {
            file.path.strip_prefix(folder.path()).unwrap().display().to_string()
        };
        found.files().iter().map(relative).collect()
    }

    fn error(name: &str, folder: &tempfile::TempDir) -> String {
        at(registry::find(name).unwrap(), folder.path()).unwrap_err().to_string()
    }

    #[test]
    fn idx_files_are_found_under_their_several_names() {
        let names = [
            "train-images-idx3-ubyte.gz",
            "train-labels.idx1-ubyte",
            "test-images-idx3-ubyte.gz",
            "t10k-labels-idx1-ubyte",
        ];
        for set in ["mnist", "usps"] {
            assert_eq!(found(set, &folder(&names)), names);
        }
        let nested = names.map(|name| format!("MNIST/raw/{name}"));
        let nested: Vec<_> = nested.iter().map(String::as_str).collect();
        assert_eq!(found("mnist", &folder(&nested)), nested);
    }

    #[test]
    fn cifar_is_found_as_files_as_upstream_folder_and_as_archive() {
        let names = ["train.bin", "test.bin"];
        assert_eq!(found("cifar100", &folder(&names)), names);
        let nested = ["cifar-100-binary/train.bin", "cifar-100-binary/test.bin"];
        assert_eq!(found("cifar100", &folder(&nested)), nested);
        let archive = folder(&["cifar-100-binary.tar.gz"]);
        assert_eq!(found("cifar100", &archive), ["cifar-100-binary.tar.gz"]);
        let direct = archive.path().join("cifar-100-binary.tar.gz");
        assert!(matches!(
            at(registry::find("cifar100").unwrap(), &direct),
            Ok(Found::CifarArchive { .. })
        ));
    }

    #[test]
    fn what_is_missing_is_named_and_nothing_else() {
        let some =
            folder(&["MNIST/raw/train-images-idx3-ubyte", "MNIST/raw/t10k-labels-idx1-ubyte"]);
        let text = error("mnist", &some);
        assert!(
            text.contains("looked for train-labels-idx1-ubyte.gz, t10k-images-idx3-ubyte.gz; get"),
            "{text}"
        );
        assert!(text.contains("`stillroom data import mnist PATH`"), "{text}");
        let text = error("cifar100", &folder(&["train.bin"]));
        assert!(text.contains("looked for test.bin (or cifar-100-binary.tar.gz);"), "{text}");
    }

    #[test]
    fn the_embedded_set_is_read_from_nowhere_else() {
        let entry = registry::find("mnist-5k").unwrap();
        assert_eq!(find(entry, None, Path::new("/nowhere")).unwrap(), Found::Embedded);
        let text = find(entry, Some(Path::new("/x")), Path::new("/y")).unwrap_err().to_string();
        assert!(text.contains("part of the program") && text.contains("/x"), "{text}");
    }
}
