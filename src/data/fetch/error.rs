//! What can go wrong on the way from a publisher, said so that the user can mend it.

use std::{
    io,
    path::{Path, PathBuf},
};

use thiserror::Error;

use crate::data::error::{DataError, advice};

/// Why a data set could not be fetched.
#[derive(Debug, Error)]
pub enum FetchError {
    /// It is part of the program.
    #[error("`{name}` is part of the program: there is nothing to fetch")]
    Embedded {
        /// The data set.
        name: String,
    },
    /// Another process is fetching the same data set.
    #[error("another fetch of `{name}` is under way; wait until it has ended")]
    Busy {
        /// The data set.
        name: String,
    },
    /// The server does not give the file.
    #[error(
        "{url} answers {status}{}; look for a mirror and name it with --url",
        reason.map(|reason| format!(" ({reason})")).unwrap_or_default()
    )]
    Refused {
        /// The address.
        url: String,
        /// The status of the answer.
        status: u16,
        /// What the status means.
        reason: Option<&'static str>,
    },
    /// The address is none.
    #[error("{url} is no address that can be fetched: {problem}")]
    Address {
        /// The address.
        url: String,
        /// What is wrong with it.
        problem: String,
    },
    /// The server could not be reached, or broke off, again and again.
    #[error(
        "{url} could not be fetched, the last time because {problem}; {} bytes have come and are kept: the \
         same command goes on from there, and --url names a mirror",
        kept
    )]
    Unreachable {
        /// The address.
        url: String,
        /// What happened the last time.
        problem: String,
        /// Bytes that are kept.
        kept: u64,
    },
    /// The file is of another length than the published one.
    #[error(
        "{url} is {found} bytes long; the published file has {expected}; name a mirror with --url"
    )]
    Length {
        /// The address.
        url: String,
        /// The length that the server states, or at which it was cut off.
        found: u64,
        /// The length of the published file.
        expected: u64,
    },
    /// The file is too long.
    #[error("{url} is longer than {most} bytes, the most that is fetched of one file")]
    Endless {
        /// The address.
        url: String,
        /// The most that is fetched.
        most: u64,
    },
    /// The file is not the published one.
    #[error(
        "{url} gives another file than the published one: its {kind} is {found}, not {expected}; it was not \
         kept; name a mirror with --url"
    )]
    Sum {
        /// The address.
        url: String,
        /// Which sum.
        kind: &'static str,
        /// The file's.
        found: String,
        /// The published one's.
        expected: &'static str,
    },
    /// The file cannot be unpacked to compare its content.
    #[error("{url} gives a damaged file: it {problem}; it was not kept")]
    Content {
        /// The address.
        url: String,
        /// What is wrong with it.
        problem: String,
    },
    /// The disk has not enough room.
    #[error(
        "{} has room for {free} bytes, and {needed} are still to come; free some space, then the same command \
         goes on", path.display()
    )]
    Space {
        /// The folder.
        path: PathBuf,
        /// Bytes that are free.
        free: u64,
        /// Bytes that are to come.
        needed: u64,
    },
    /// A file could not be written.
    #[error("{} cannot be written: {cause}{}", path.display(), advice(cause))]
    Write {
        /// The file.
        path: PathBuf,
        /// Why not.
        cause: io::Error,
    },
    /// What was fetched is no sound data set, or cannot be imported.
    #[error(transparent)]
    Data(#[from] DataError),
}

impl FetchError {
    pub(super) fn write(path: &Path, cause: io::Error) -> Self {
        Self::Write { path: path.to_owned(), cause }
    }

    /// Whether another address may do better.
    pub(super) const fn is_of_the_address(&self) -> bool {
        matches!(
            self,
            Self::Refused { .. }
                | Self::Address { .. }
                | Self::Unreachable { .. }
                | Self::Length { .. }
                | Self::Endless { .. }
                | Self::Sum { .. }
                | Self::Content { .. }
        )
    }
}
