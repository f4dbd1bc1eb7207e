//! Why a file of another program cannot be read, or one for it not be written.

use std::{
    fmt, io,
    path::{Path, PathBuf},
};

use super::{archive::ArchiveFault, pickle::PickleFault};
use crate::{
    harmless,
    record::{atomic::WriteError, tensor_file::TensorFileError},
};

/// A set that could not be read or written.
#[derive(Debug, thiserror::Error)]
pub enum ExchangeError {
    /// Something is wrong with a file or folder.
    #[error("{}: {fault}", path.display())]
    File {
        /// The file or folder.
        path: PathBuf,
        /// What is wrong.
        fault: Fault,
    },
    /// A safetensors file is not what it should be.
    #[error("{}", plain(.0))]
    Set(#[from] TensorFileError),
    /// A file could not be written.
    #[error(transparent)]
    Write(#[from] WriteError),
}

/// What is wrong with a file.
#[derive(Debug, thiserror::Error)]
pub enum Fault {
    /// The system would not read it.
    #[error("cannot be read: {0}")]
    Read(#[from] io::Error),
    /// It is a device, a pipe or the like.
    #[error("is neither a file nor a folder")]
    NoFile,
    /// Its container is not sound.
    #[error("{}", plain(.0))]
    Archive(#[from] ArchiveFault),
    /// Its pickle is not sound, or asks for what is not given.
    #[error(transparent)]
    Pickle(#[from] PickleFault),
    /// It unpacks to more than it may.
    #[error("unpacks to more than {limit} bytes, the most that is read from it")]
    Budget {
        /// Bytes that may be unpacked.
        limit: u64,
    },
    /// Something else does not fit.
    #[error("{}", plain(.0))]
    Content(String),
}

/// A message without characters that a terminal would obey: names in a stranger's file are a stranger's.
pub fn plain(message: &impl fmt::Display) -> String {
    harmless::plain(&message.to_string(), "?").into_owned()
}

impl Fault {
    /// This fault as that of the file at `path`.
    pub fn of(self, path: &Path) -> ExchangeError {
        ExchangeError::File { path: path.to_owned(), fault: self }
    }
}

impl From<String> for Fault {
    fn from(problem: String) -> Self {
        Self::Content(problem)
    }
}

impl From<&str> for Fault {
    fn from(problem: &str) -> Self {
        Self::Content(problem.to_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_holds_nothing_that_a_terminal_would_obey() {
        let fault = Fault::from("lacks `\u{1b}[2J\u{7}\u{9b}x`".to_owned()).of(Path::new("a.pt"));
        assert_eq!(fault.to_string(), "a.pt: lacks `?[2J??x`");
        let fault = Fault::from(ArchiveFault::Missing("\n".to_owned()));
        assert_eq!(fault.to_string(), "lacks the member `?`");
    }
}
