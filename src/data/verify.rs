//! Whether a data set is sound, and whether it is the published one: everything is read, counted by
//! class, and held against the published sums where there are any.

use std::path::{Path, PathBuf};

use serde::Serialize;

use super::content::{Content, sha256};
use super::error::DataError;
use super::locate::{self, Found, FoundFile};
use super::registry::{self, Entry, ImageShape, Source};
use super::set::DataSet;
use super::{mnist_5k, open};

/// What was found out about a data set that could be read to the end.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Report {
    /// The name used in specs.
    pub name: String,
    /// The name used in prose.
    pub title: String,
    /// Channels, height and width.
    pub shape: ImageShape,
    /// Its files, in the registry's order.
    pub files: Vec<FileReport>,
    /// Images to train on, by class.
    pub train_per_class: Vec<usize>,
    /// Images to test on, by class.
    pub test_per_class: Vec<usize>,
}

/// What was found out about one file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct FileReport {
    /// Where it is.
    pub path: PathBuf,
    /// Its size on the disk.
    pub bytes: u64,
    /// The SHA-256 of what it holds; of an IDX file, without gzip.
    pub sha256: String,
    /// How that compares with what was published.
    pub published: Published,
}

/// How a file compares with the published one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Published {
    /// It holds the same bytes.
    Same,
    /// It is well-formed and holds other bytes.
    Different,
    /// The published sum is not known.
    Unknown,
}

/// Reads and checks all of the data set called `name`, as [`open`](super::open::open) would find it.
///
/// # Errors
/// As for [`open`](super::open::open). A sum that differs is not an error but a line of the report.
pub fn verify(name: &str, path: Option<&Path>, data_dir: &Path) -> Result<Report, DataError> {
    let entry = registry::find(name)?;
    let found = locate::find(entry, path, data_dir)?;
    report(entry, &found)
}

/// Reads and checks the files that were found for `entry`.
pub(super) fn report(entry: &Entry, found: &Found) -> Result<Report, DataError> {
    let DataSet { train, test, .. } = open::read(entry, found)?;
    let files = match found {
        Found::Embedded => vec![embedded()?],
        found => {
            found.files().into_iter().map(|file| of_file(entry, file)).collect::<Result<_, _>>()?
        }
    };
    Ok(Report {
        name: entry.name.to_owned(),
        title: entry.title.to_owned(),
        shape: entry.shape,
        files,
        train_per_class: train.per_class(),
        test_per_class: test.per_class(),
    })
}

fn of_file(entry: &Entry, file: &FoundFile) -> Result<FileReport, DataError> {
    let path = &file.path;
    let hash = || {
        let raw = std::fs::File::open(path).map_err(super::FileFault::Read)?;
        let bytes = raw.metadata().map_err(super::FileFault::Read)?.len();
        let sum = match entry.source {
            Source::Idx(_) => sha256(Content::open(path)?)?,
            _ => sha256(raw)?,
        };
        Ok((bytes, sum))
    };
    let (bytes, sha256) = hash().map_err(|fault: super::FileFault| fault.of(path))?;
    let published = compare(&sha256, file.known.sha256);
    Ok(FileReport { path: path.clone(), bytes, sha256, published })
}

fn embedded() -> Result<FileReport, DataError> {
    let sum = sha256(mnist_5k::FILE).map_err(|fault| fault.of(mnist_5k::NAME))?;
    Ok(FileReport {
        path: mnist_5k::NAME.into(),
        bytes: mnist_5k::FILE.len() as u64,
        published: compare(&sum, Some(mnist_5k::SHA256)),
        sha256: sum,
    })
}

fn compare(found: &str, published: Option<&str>) -> Published {
    match published {
        Some(sum) if sum == found => Published::Same,
        Some(_) => Published::Different,
        None => Published::Unknown,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_embedded_set_is_the_published_one() {
        let report = verify("mnist-5k", None, Path::new("/nowhere")).unwrap();
        assert_eq!(report.train_per_class, [400; 10]);
        assert_eq!(report.test_per_class, [100; 10]);
        assert_eq!(report.files.len(), 1);
        assert_eq!(report.files[0].published, Published::Same);
        assert_eq!(report.files[0].bytes, 1_106_785);
    }

    #[test]
    fn sums_are_compared_only_where_one_is_known() {
        assert_eq!(compare("ab", Some("ab")), Published::Same);
        assert_eq!(compare("ab", Some("cd")), Published::Different);
        assert_eq!(compare("ab", None), Published::Unknown);
    }
}
