//! Where a data set's files are: below the data directory, in `data/NAME`, or where the user says.
//!
//! Files may go by several names and lie in the folders that other programs make of them
//! (`cifar-10-batches-bin`, `MNIST/raw`). What is missing is named file by file. What was decoded at its
//! import lies there as one file of this program's.

use std::path::{Path, PathBuf};

use super::error::DataError;
use super::registry::{CifarFiles, Entry, IdxFiles, KnownFile, MatFiles, Source};
use super::{set_file, tiny_imagenet};

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
    /// USPS as text, to train on and to test on.
    UspsText([FoundFile; 2]),
    /// SVHN's files, to train on and to test on.
    Mat([FoundFile; 2]),
    /// Tiny-ImageNet's folder with `train` and `val`.
    TinyFolder(PathBuf),
    /// Tiny-ImageNet's archive.
    TinyArchive(FoundFile),
    /// What an import made of pictures.
    SetFile(PathBuf),
}

/// A known file and where it is.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct FoundFile {
    pub known: KnownFile,
    pub path: PathBuf,
}

impl Found {
    /// All files that are copied by an import, in the registry's order.
    pub(super) fn files(&self) -> Vec<&FoundFile> {
        match self {
            Self::Embedded | Self::TinyFolder(_) | Self::SetFile(_) => vec![],
            Self::Idx(files) => files.iter().collect(),
            Self::UspsText(files) | Self::Mat(files) => files.iter().collect(),
            Self::Cifar { train, test, .. } => train.iter().chain(test).collect(),
            Self::CifarArchive { archive, .. } | Self::TinyArchive(archive) => vec![archive],
        }
    }
}

impl Found {
    /// The paths of all files that are copied by an import.
    pub(super) fn paths(&self) -> Vec<&Path> {
        let set_file = match self {
            Self::SetFile(path) => Some(path.as_path()),
            _ => None,
        };
        self.files().into_iter().map(|file| file.path.as_path()).chain(set_file).collect()
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
            let name = entry.name.to_owned();
            return Err(DataError::Embedded { name, path: path.to_owned() });
        }
        Source::Idx(files) => idx_at(files, path),
        Source::Cifar(files) => cifar_at(files, path),
        Source::Mat(files) => mat_at(files, path),
        Source::TinyImageNet(archive) => tiny_at(archive, path),
    };
    let (name, path) = (entry.name.to_owned(), path.to_owned());
    found.map_err(|missing| DataError::Missing { name, path, missing })
}

fn idx_at(files: IdxFiles, path: &Path) -> Result<Found, Vec<String>> {
    let wanted = [files.train_images, files.train_labels, files.test_images, files.test_labels];
    let missing = match all_in(&wanted, files.folders, path, &[".gz", ""]) {
        Ok(found) => {
            return <[FoundFile; 4]>::try_from(found).map(Found::Idx).map_err(|_| vec![]);
        }
        Err(missing) => missing,
    };
    let Some(text) = files.text else { return Err(missing) };
    match all_in(&text, files.folders, path, &[""]) {
        Ok(found) => <[FoundFile; 2]>::try_from(found).map(Found::UspsText).map_err(|_| vec![]),
        Err(also_missing) => {
            Err(vec![format!("{} (or {})", missing.join(", "), also_missing.join(", "))])
        }
    }
}

fn mat_at(files: MatFiles, path: &Path) -> Result<Found, Vec<String>> {
    let found = all_in(&[files.train, files.test], &[""], path, &[""])?;
    <[FoundFile; 2]>::try_from(found).map(Found::Mat).map_err(|_| vec![])
}

fn tiny_at(archive: KnownFile, path: &Path) -> Result<Found, Vec<String>> {
    if path.is_file() {
        return Ok(Found::TinyArchive(FoundFile { known: archive, path: path.to_owned() }));
    }
    let imported = path.join(set_file::NAME);
    if imported.is_file() {
        return Ok(Found::SetFile(imported));
    }
    for folder in [path.to_owned(), path.join(tiny_imagenet::FOLDER)] {
        if folder.join(tiny_imagenet::ANNOTATIONS).is_file() && folder.join("train").is_dir() {
            return Ok(Found::TinyFolder(folder));
        }
    }
    match all_in(&[archive], &[""], path, &[""]) {
        Ok(mut found) if !found.is_empty() => Ok(Found::TinyArchive(found.swap_remove(0))),
        _ => {
            let annotations = tiny_imagenet::ANNOTATIONS;
            Err(vec![format!("train, {annotations} (or {})", archive.names.join(", "))])
        }
    }
}

fn cifar_at(files: CifarFiles, path: &Path) -> Result<Found, Vec<String>> {
    if path.is_file() {
        let archive = FoundFile { known: files.archive, path: path.to_owned() };
        return Ok(Found::CifarArchive { files, archive });
    }
    let parts: Vec<_> = files.train.iter().chain(files.test).copied().collect();
    let missing = match all_in(&parts, files.folders, path, &[""]) {
        Ok(mut train) => {
            let test = train.split_off(files.train.len());
            return Ok(Found::Cifar { files, train, test });
        }
        Err(missing) => missing,
    };
    match all_in(&[files.archive], &[""], path, &[""]) {
        Ok(mut found) if !found.is_empty() => {
            Ok(Found::CifarArchive { files, archive: found.swap_remove(0) })
        }
        _ => Err(vec![format!("{} (or {})", missing.join(", "), files.archive.names.join(", "))]),
    }
}

/// All of `wanted` in the first of `folders` below `path` that has them all, or else what is missing in
/// the folder that has most of them. A file's name is a known one with one of `suffixes`.
fn all_in(
    wanted: &[KnownFile],
    folders: &[&str],
    path: &Path,
    suffixes: &[&str],
) -> Result<Vec<FoundFile>, Vec<String>> {
    let mut least_missing: Option<Vec<String>> = None;
    for folder in folders {
        let folder = if folder.is_empty() { path.to_owned() } else { path.join(folder) };
        let mut found = Vec::new();
        let mut missing = Vec::new();
        for known in wanted {
            let mut paths = known
                .names
                .iter()
                .flat_map(|name| suffixes.iter().map(move |suffix| format!("{name}{suffix}")))
                .map(|name| folder.join(name));
            match paths.find(|path| path.is_file()) {
                Some(path) => found.push(FoundFile { known: *known, path }),
                None => missing.push(spoken(known, suffixes)),
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

/// How a file is spoken of: `train.bin`, `train-images-idx3-ubyte[.gz]`.
fn spoken(known: &KnownFile, suffixes: &[&str]) -> String {
    let name = known.names.first().copied().unwrap_or_default();
    let optional = suffixes.iter().find(|suffix| !suffix.is_empty());
    optional.map_or_else(|| name.to_owned(), |suffix| format!("{name}[{suffix}]"))
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
    fn svhn_usps_and_tiny_imagenet_are_found_as_they_are_published() {
        let names = ["train_32x32.mat", "test_32x32.mat"];
        assert_eq!(found("svhn", &folder(&names)), names);
        let names = ["usps.bz2", "usps.t.bz2"];
        assert_eq!(found("usps", &folder(&names)), names);
        let archive = folder(&["tiny-imagenet-200.zip"]);
        assert_eq!(found("tiny-imagenet", &archive), ["tiny-imagenet-200.zip"]);
        let files =
            folder(&["tiny-imagenet-200/train/x", "tiny-imagenet-200/val/val_annotations.txt"]);
        let tiny = registry::find("tiny-imagenet").unwrap();
        let root = files.path().join("tiny-imagenet-200");
        for path in [files.path(), &root] {
            assert_eq!(at(tiny, path).unwrap(), Found::TinyFolder(root.clone()));
        }
        let text = error("tiny-imagenet", &folder(&[]));
        assert!(
            text.contains("train, val/val_annotations.txt (or tiny-imagenet-200.zip)"),
            "{text}"
        );
        let text = error("usps", &folder(&["usps.bz2"]));
        assert!(text.contains("(or usps.t.bz2)"), "{text}");
    }

    #[test]
    fn what_is_missing_is_named_and_nothing_else() {
        let some =
            folder(&["MNIST/raw/train-images-idx3-ubyte", "MNIST/raw/t10k-labels-idx1-ubyte"]);
        let text = error("mnist", &some);
        assert!(
            text.contains("looked for train-labels-idx1-ubyte[.gz], t10k-images-idx3-ubyte[.gz];"),
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
