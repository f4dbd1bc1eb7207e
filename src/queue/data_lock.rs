//! The lock that makes the daemon of a data directory single.
//!
//! It is the system's file lock, so a daemon that is killed in any way gives it up at once. The file
//! says who holds it and where to reach it: a client whose environment gives another socket folder (a
//! cron job, `su`) finds the daemon all the same.

use std::{
    fs::{self, File, OpenOptions, TryLockError},
    io::{self, Seek, Write},
    path::{Path, PathBuf},
};

use super::places::Places;

/// Held by the daemon for its life.
#[derive(Debug)]
pub struct DataLock {
    file: File,
}

/// The lock that could not be had.
#[derive(Debug, thiserror::Error)]
pub enum DataLockError {
    /// Another daemon has it.
    #[error("another daemon{} serves {} already", pid.map(|pid| format!(" (process {pid})")).unwrap_or_default(), data_dir.display())]
    Held {
        /// Its process, where the file says so.
        pid: Option<u32>,
        /// The data directory.
        data_dir: PathBuf,
    },
    /// The lock file cannot be used.
    #[error("cannot lock {}: {source}", path.display())]
    Unusable {
        /// The file.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
}

/// What a lock file says about its holder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Holder {
    /// The process.
    pub pid: u32,
    /// Its socket, once it serves.
    pub socket: Option<PathBuf>,
}

impl DataLock {
    /// Takes the lock, or says who has it.
    pub fn take(places: &Places) -> Result<Self, DataLockError> {
        let path = places.daemon_lock();
        let unusable = |source| DataLockError::Unusable { path: path.clone(), source };
        let file = OpenOptions::new()
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .open(&path)
            .map_err(unusable)?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                return Err(DataLockError::Held {
                    pid: holder(&path).map(|holder| holder.pid),
                    data_dir: places.data_dir().to_owned(),
                });
            }
            Err(TryLockError::Error(source)) => return Err(unusable(source)),
        }
        let mut lock = Self { file };
        lock.say(None).map_err(unusable)?;
        Ok(lock)
    }

    /// Writes down where clients reach the holder.
    pub fn announce(&mut self, socket: &Path) -> io::Result<()> {
        self.say(Some(socket))
    }

    fn say(&mut self, socket: Option<&Path>) -> io::Result<()> {
        let mut text = format!("{}\n", std::process::id()).into_bytes();
        if let Some(socket) = socket {
            text.extend(socket.as_os_str().as_encoded_bytes());
            text.push(b'\n');
        }
        self.file.set_len(0)?;
        self.file.rewind()?;
        self.file.write_all(&text)
    }
}

/// What the lock file at `path` says. It may say so of a daemon that is no more.
pub fn holder(path: &Path) -> Option<Holder> {
    let text = fs::read_to_string(path).ok()?;
    let mut lines = text.lines();
    let pid = lines.next()?.trim().parse().ok()?;
    Some(Holder { pid, socket: lines.next().map(PathBuf::from) })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_daemon_a_directory_and_the_file_says_who_and_where() {
        let folder = tempfile::tempdir().unwrap();
        let places = Places::at(folder.path()).unwrap();
        let mut first = DataLock::take(&places).unwrap();
        first.announce(Path::new("/run/x.sock")).unwrap();
        let error = DataLock::take(&places).unwrap_err();
        let own = std::process::id();
        assert_eq!(
            error.to_string(),
            format!(
                "another daemon (process {own}) serves {} already",
                places.data_dir().display()
            )
        );
        assert_eq!(
            holder(&places.daemon_lock()),
            Some(Holder { pid: own, socket: Some("/run/x.sock".into()) })
        );
        drop(first);
        assert!(DataLock::take(&places).is_ok());
    }
}
