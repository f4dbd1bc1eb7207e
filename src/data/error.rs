//! What can go wrong with a data set, said so that the user can mend it: which file, what is wrong with
//! it, what was expected, what to do.

use std::{io, path::PathBuf};

use thiserror::Error;

use super::registry;
use super::split::SplitFault;

/// Why a data set could not be opened, verified or imported.
#[derive(Debug, Error)]
pub enum DataError {
    /// No data set has this name.
    #[error(
        "`{name}` is not a known data set{}; known: {}",
        nearest.as_ref().map(|nearest| format!("; did you mean `{nearest}`?")).unwrap_or_default(),
        registry::names().collect::<Vec<_>>().join(", ")
    )]
    UnknownSet {
        /// What was asked for.
        name: String,
        /// The nearest known name.
        nearest: Option<String>,
    },
    /// A path was given for a data set that is part of the program.
    #[error("`{name}` is part of the program and is not read from {}; leave the path out", path.display())]
    Embedded {
        /// The data set.
        name: &'static str,
        /// The path that was given.
        path: PathBuf,
    },
    /// Files of the data set are not where they were looked for.
    #[error(
        "the data set `{name}` is not complete in {}: looked for {}; get the files from their publisher, \
         then `stillroom data import {name} PATH`",
        path.display(),
        missing.join(", ")
    )]
    Missing {
        /// The data set.
        name: &'static str,
        /// Where they were looked for.
        path: PathBuf,
        /// The files that are not there; alternatives in brackets.
        missing: Vec<String>,
    },
    /// A file of the data set is not what it should be.
    #[error("{}: {fault}", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        #[source]
        fault: FileFault,
    },
    /// Another process is importing the same data set.
    #[error("another import of `{name}` is under way; wait until it has ended")]
    Busy {
        /// The data set.
        name: &'static str,
    },
    /// A file or folder of the data directory could not be written.
    #[error("{} cannot be written: {source}; nothing was imported", path.display())]
    Write {
        /// The file or folder.
        path: PathBuf,
        /// Why not.
        source: io::Error,
    },
}

/// What is wrong with one file.
#[derive(Debug, Error)]
pub enum FileFault {
    /// The system would not read it.
    #[error("cannot be read: {0}")]
    Read(#[source] io::Error),
    /// It is gzipped and damaged.
    #[error("is damaged gzip: {0}; get it again")]
    Gzip(#[source] io::Error),
    /// It does not begin as it should.
    #[error(
        "begins with the bytes {}; expected {} (IDX, unsigned bytes, {} dimensions)",
        hex(*found), hex(*expected), expected[3]
    )]
    Magic {
        /// Its first four bytes.
        found: [u8; 4],
        /// What they should be.
        expected: [u8; 4],
    },
    /// Its header speaks of other dimensions.
    #[error("says that it holds {}; expected {}", product(found), product(expected))]
    Dimensions {
        /// The dimensions in the header.
        found: Vec<u64>,
        /// The data set's.
        expected: Vec<u64>,
    },
    /// It has another size than its format and counts demand.
    #[error("is {found} bytes long; expected {expected}")]
    Size {
        /// Its size in bytes.
        found: u64,
        /// The right size in bytes.
        expected: u64,
    },
    /// Its content ends too early.
    #[error("ends after {found} of {expected} bytes; get it again")]
    Truncated {
        /// Bytes of content there are.
        found: u64,
        /// Bytes of content there should be.
        expected: u64,
    },
    /// Its content goes on after its end.
    #[error("goes on after the {expected} bytes that it should hold")]
    Trailing {
        /// Bytes of content there should be.
        expected: u64,
    },
    /// Its labels do not fit the data set.
    #[error(transparent)]
    Labels(#[from] SplitFault),
    /// It is not an archive of the right kind.
    #[error("is not a sound tar archive: {0}; get it again")]
    Archive(#[source] io::Error),
    /// A member of the archive is not what it should be.
    #[error("its member {member} {fault}")]
    Member {
        /// The member's path in the archive.
        member: String,
        /// What is wrong with it.
        #[source]
        fault: Box<FileFault>,
    },
    /// The archive lacks members.
    #[error("does not contain {}", members.join(", "))]
    MembersMissing {
        /// The members it should have.
        members: Vec<String>,
    },
    /// The archive has a member twice.
    #[error("is there twice")]
    Twice,
    /// The archive unpacks to more than it should hold.
    #[error("unpacks to more than {limit} bytes; this is not the published archive")]
    TooLong {
        /// The most that was read.
        limit: u64,
    },
    /// A line of text is not what it should be.
    #[error("line {line}: {problem}")]
    Line {
        /// The line, from 1.
        line: usize,
        /// What is wrong with it, and what was expected.
        problem: String,
    },
}

impl FileFault {
    /// This fault as that of the file at `path`.
    pub(super) fn of(self, path: impl Into<PathBuf>) -> DataError {
        DataError::File { path: path.into(), fault: self }
    }
}

/// Bytes as people write them: `00 00 08 03`.
fn hex(bytes: [u8; 4]) -> String {
    bytes.map(|byte| format!("{byte:02x}")).join(" ")
}

/// Dimensions as people write them: `60000 x 28 x 28`.
fn product(dimensions: &[u64]) -> String {
    let words: Vec<_> = dimensions.iter().map(u64::to_string).collect();
    words.join(" x ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_names_the_file_the_fault_and_what_was_expected() {
        let magic = FileFault::Magic { found: [0, 0, 13, 3], expected: [0, 0, 8, 3] };
        assert_eq!(
            magic.of("/sets/x").to_string(),
            "/sets/x: begins with the bytes 00 00 0d 03; expected 00 00 08 03 (IDX, unsigned bytes, 3 dimensions)"
        );
        let lie =
            FileFault::Dimensions { found: vec![4_294_967_295, 28], expected: vec![60_000, 28] };
        assert_eq!(
            lie.of("x").to_string(),
            "x: says that it holds 4294967295 x 28; expected 60000 x 28"
        );
    }

    #[test]
    fn missing_files_are_named_with_the_way_to_import_them() {
        let error = DataError::Missing {
            name: "mnist",
            path: "/home/me/sets".into(),
            missing: vec!["a.gz".to_owned(), "b.gz".to_owned()],
        };
        assert_eq!(
            error.to_string(),
            "the data set `mnist` is not complete in /home/me/sets: looked for a.gz, b.gz; get the files \
             from their publisher, then `stillroom data import mnist PATH`"
        );
    }
}
