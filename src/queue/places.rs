//! Where everything lies that outlives one run: the data directory.
//!
//! ```text
//! queue.sqlite    order and states of the runs
//! daemon.lock     held by the one daemon of this directory; names its process and its socket
//! daemon.log      what the daemon says, and before that daemon.log.old
//! runs/           one folder per run
//! data/           imported data sets; see [`crate::data`]
//! slurm/          scripts of Slurm jobs, and what Slurm says of them, while a run needs them
//! cache/          downloads under way, and own pictures as they were decoded
//! ```

use std::{
    env, fs,
    path::{Path, PathBuf},
};

use directories::ProjectDirs;

use crate::record::atomic::{self, WriteError};

/// The environment variable that names another data directory.
pub const DATA_DIR_VARIABLE: &str = "STILLROOM_DATA_DIR";

/// A data directory that cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum PlacesError {
    /// There is no home directory to put it into.
    #[error(
        "no home directory was found; set {DATA_DIR_VARIABLE} to the folder that shall hold the queue"
    )]
    Homeless,
    /// It cannot be made.
    #[error(transparent)]
    Write(#[from] WriteError),
    /// It cannot be read.
    #[error("cannot use {} as the data directory: {source}", path.display())]
    Unusable {
        /// The folder.
        path: PathBuf,
        /// What the system says.
        source: std::io::Error,
    },
}

/// A data directory, by its canonical path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Places(PathBuf);

impl Places {
    /// The data directory of this user: the one named by [`DATA_DIR_VARIABLE`], else the platform's.
    /// It is made where it is missing.
    pub fn find() -> Result<Self, PlacesError> {
        if let Some(path) = env::var_os(DATA_DIR_VARIABLE).filter(|path| !path.is_empty()) {
            return Self::at(Path::new(&path));
        }
        let platform = ProjectDirs::from("", "", "stillroom").ok_or(PlacesError::Homeless)?;
        Self::at(platform.data_dir())
    }

    /// The data directory at `path`, made where it is missing.
    pub fn at(path: &Path) -> Result<Self, PlacesError> {
        atomic::create_folder(path)?;
        let canonical = fs::canonicalize(path)
            .map_err(|source| PlacesError::Unusable { path: path.to_owned(), source })?;
        Ok(Self(canonical))
    }

    /// The data directory itself.
    pub fn data_dir(&self) -> &Path {
        &self.0
    }

    /// The database of the queue.
    pub fn database(&self) -> PathBuf {
        self.0.join("queue.sqlite")
    }

    /// The lock that makes the daemon single.
    pub fn daemon_lock(&self) -> PathBuf {
        self.0.join("daemon.lock")
    }

    /// What the daemon says.
    pub fn daemon_log(&self) -> PathBuf {
        self.0.join("daemon.log")
    }

    /// The folder of the run folders.
    pub fn runs(&self) -> PathBuf {
        self.0.join("runs")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_directory_has_one_path_however_it_is_called() {
        let folder = tempfile::tempdir().unwrap();
        let direct = Places::at(&folder.path().join("a")).unwrap();
        let detour = Places::at(&folder.path().join("a/../a/.")).unwrap();
        assert_eq!(direct, detour);
    }

    #[test]
    fn a_directory_that_cannot_be_made_is_a_sentence() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("file");
        fs::write(&file, "").unwrap();
        let error = Places::at(&file.join("below")).unwrap_err();
        assert!(error.to_string().starts_with("cannot write "), "{error}");
    }
}
