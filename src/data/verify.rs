//! Whether a data set is sound, and whether it is the published one: everything is read, counted by
//! class, and held against the published sums where there are any.

use std::path::{Path, PathBuf};

use serde::Serialize;

use super::content::{Content, sha256};
use super::error::DataError;
use super::gather::Watch;
use super::locate::{self, Found, FoundFile};
use super::own::{self, Wishes};
use super::registry::{self, Entry, ImageShape, Source};
use super::set::{DataSet, Normalisation};
use super::{mnist_5k, open, set_file};

/// What was found out about a data set that could be read to the end.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Report {
    /// The name used in specs.
    pub name: String,
    /// The name used in prose.
    pub title: String,
    /// Channels, height and width.
    pub shape: ImageShape,
    /// How pixels become network input.
    pub normalisation: Normalisation,
    /// What the classes are called, in label order.
    pub classes: Vec<String>,
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
    /// It holds what was imported.
    AsImported,
    /// It is well-formed and does not hold what was imported.
    Changed,
}

/// Reads and checks all of the data set called `name`, as [`open`](super::open::open) would find it.
///
/// # Errors
/// As for [`open`](super::open::open). A sum that differs is not an error but a line of the report.
pub fn verify(name: &str, path: Option<&Path>, data_dir: &Path) -> Result<Report, DataError> {
    if let Some(entry) = registry::known(name) {
        let found = locate::find(entry, path, data_dir)?;
        return report(entry, &found);
    }
    if let Some(path) = path {
        // Pictures and arrays have no sums: that they can be read is all there is to say.
        let wishes = Wishes::default();
        let set = own::Source::at(path, wishes.held_out)?.read(name, wishes, SILENT)?;
        return Ok(of_set(&set, vec![]));
    }
    let file = own::imported(name, data_dir);
    report_of_file(&file.ok_or_else(|| registry::unknown(name, &own::names(data_dir)))?)
}

const SILENT: Watch<'static> = &|_, _| ();

/// Reads and checks the files that were found for `entry`.
pub(super) fn report(entry: &Entry, found: &Found) -> Result<Report, DataError> {
    if let Found::SetFile(path) = found {
        // It may be that of another set.
        open::read(entry, found, SILENT)?;
        return Ok(Report {
            normalisation: Normalisation { mean: entry.mean.to_vec(), std: entry.std.to_vec() },
            ..report_of_file(path)?
        });
    }
    let set = open::read(entry, found, SILENT)?;
    let files = match found {
        Found::Embedded => vec![embedded()?],
        found => {
            found.files().into_iter().map(|file| of_file(entry, file)).collect::<Result<_, _>>()?
        }
    };
    Ok(of_set(&set, files))
}

/// Reads and checks the file of an import that decoded something.
pub(super) fn report_of_file(path: &Path) -> Result<Report, DataError> {
    let label = set_file::label(path)?;
    let bytes = std::fs::metadata(path).map_err(|error| super::FileFault::Read(error).of(path))?;
    let set = set_file::read(path)?;
    let sha256 = set_file::sum_of(&set);
    let published = if sha256 == label.sha256 { Published::AsImported } else { Published::Changed };
    let file = FileReport { path: path.to_owned(), bytes: bytes.len(), sha256, published };
    Ok(of_set(&set, vec![file]))
}

fn of_set(set: &DataSet, files: Vec<FileReport>) -> Report {
    let info = &set.info;
    Report {
        name: info.name.clone(),
        title: info.title.clone(),
        shape: info.shape,
        normalisation: info.normalisation.clone(),
        classes: info.classes.clone(),
        files,
        train_per_class: set.train.per_class(),
        test_per_class: set.test.per_class(),
    }
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
