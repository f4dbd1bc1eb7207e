//! Which data sets there are, and which of them are here.

use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::registry::{ENTRIES, ImageShape, Source};
use super::{locate, own, set_file};

/// One line of the list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Listing {
    /// The name used in specs.
    pub name: String,
    /// The name used in prose.
    pub title: String,
    /// Channels, height and width.
    pub shape: ImageShape,
    /// Number of classes.
    pub classes: usize,
    /// Images to train on.
    pub train: usize,
    /// Images to test on.
    pub test: usize,
    /// The terms it may be used under.
    pub licence: String,
    /// Whether it can be used.
    pub state: State,
    /// The folder it is read from, or would be.
    pub path: Option<PathBuf>,
}

impl Listing {
    /// Whether a run can read it.
    pub const fn is_usable(&self) -> bool {
        matches!(self.state, State::Present | State::Embedded)
    }
}

/// Whether a data set can be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum State {
    /// It is part of the program.
    Embedded,
    /// All its files are in their folder; [`verify`](super::verify::verify) says whether they are sound.
    Present,
    /// Files are missing in its folder.
    Incomplete,
    /// It has no folder.
    Absent,
    /// It is one of the user's, and its file cannot be read.
    Damaged,
}

/// Every known data set and every one of the user's, and its state below `data_dir`. No image is read.
pub fn list(data_dir: &Path) -> Vec<Listing> {
    let listing = |entry: &super::Entry| {
        let home = locate::home(entry.name, data_dir);
        let (state, path) = if entry.source == Source::Embedded {
            (State::Embedded, None)
        } else if locate::at(entry, &home).is_ok() {
            (State::Present, Some(home))
        } else if home.is_dir() {
            (State::Incomplete, Some(home))
        } else {
            (State::Absent, Some(home))
        };
        Listing {
            name: entry.name.to_owned(),
            title: entry.title.to_owned(),
            shape: entry.shape,
            classes: entry.classes.len(),
            train: entry.train,
            test: entry.test,
            licence: entry.licence.to_owned(),
            state,
            path,
        }
    };
    let own = own::names(data_dir).into_iter().map(|name| of_own(name, data_dir));
    ENTRIES.iter().map(listing).chain(own).collect()
}

/// A data set of the user's.
fn of_own(name: String, data_dir: &Path) -> Listing {
    let home = locate::home(&name, data_dir);
    let label = set_file::label(&home.join(set_file::NAME));
    let state = if label.is_ok() { State::Present } else { State::Damaged };
    let nothing = Listing {
        title: name.clone(),
        name,
        shape: [0; 3],
        classes: 0,
        train: 0,
        test: 0,
        licence: "your own".to_owned(),
        state,
        path: Some(home),
    };
    let Ok(label) = label else { return nothing };
    Listing {
        shape: label.shape,
        classes: label.classes.len(),
        train: label.train,
        test: label.test,
        title: format!("from {}", label.origin),
        ..nothing
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn the_list_tells_embedded_present_incomplete_and_absent() {
        let folder = tempfile::tempdir().unwrap();
        let home = |name| locate::home(name, folder.path());
        for name in ["cifar10", "cifar100"] {
            fs::create_dir_all(home(name)).unwrap();
        }
        fs::write(home("cifar100").join("cifar-100-binary.tar.gz"), "").unwrap();
        fs::create_dir_all(home("mine")).unwrap();
        fs::write(home("mine").join("set.safetensors"), "x").unwrap();
        let states: Vec<_> =
            list(folder.path()).into_iter().map(|line| (line.name, line.state)).collect();
        assert_eq!(
            states,
            [
                ("mnist-5k", State::Embedded),
                ("mnist", State::Absent),
                ("fashion-mnist", State::Absent),
                ("usps", State::Absent),
                ("cifar10", State::Incomplete),
                ("cifar100", State::Present),
                ("svhn", State::Absent),
                ("tiny-imagenet", State::Absent),
                ("mine", State::Damaged),
            ]
            .map(|(name, state)| (name.to_owned(), state))
        );
    }
}
