//! What can go wrong with a data set, said so that the user can mend it: which file, what is wrong with
//! it, what was expected, what to do. Each message is complete: no cause needs to be printed after it.

use std::{io, path::PathBuf};

use thiserror::Error;

use super::mat::MatFault;
use super::npy::NpyFault;
use super::npz::NpzFault;
use super::picture::PictureFault;
use super::picture_folder::FolderFault;
use super::set_file::SetFileFault;
use super::split::SplitFault;

/// Why a data set could not be opened, verified or imported.
#[derive(Debug, Error)]
pub enum DataError {
    /// No data set has this name.
    #[error(
        "`{name}` is not a known data set{}; known: {}; `stillroom data import {name} PATH` makes a folder of \
         pictures or an .npz file known",
        nearest.as_ref().map(|nearest| format!("; did you mean `{nearest}`?")).unwrap_or_default(),
        known.join(", ")
    )]
    UnknownSet {
        /// What was asked for.
        name: String,
        /// The nearest known name.
        nearest: Option<String>,
        /// Every name there is, the user's own last.
        known: Vec<String>,
    },
    /// A data set cannot be called that.
    #[error(
        "`{name}` cannot be the name of a data set; use letters, digits, `-`, `_` and `.`, at most 64, the \
         first of them a letter or a digit"
    )]
    Name {
        /// What was asked for.
        name: String,
    },
    /// A shape was asked for at the import of a data set whose shape is known.
    #[error(
        "`{name}` is imported as it was published; ask for another shape where it is used, with `size`, \
         `fit` and `channels` under `[data]`"
    )]
    FixedShape {
        /// The data set.
        name: String,
    },
    /// The file of an import holds something else.
    #[error("{} holds the data set `{holds}`, not `{name}`; import `{name}` again", path.display())]
    OtherSet {
        /// The data set.
        name: String,
        /// The file.
        path: PathBuf,
        /// The name in the file.
        holds: String,
    },
    /// What lies at a path is no data set.
    #[error("{} is no data set: expected {expected}", path.display())]
    NoSet {
        /// The path.
        path: PathBuf,
        /// What could be read.
        expected: &'static str,
    },
    /// A folder of pictures is not what it should be.
    #[error("{} {fault}", path.display())]
    Folder {
        /// The folder, or something in it.
        path: PathBuf,
        /// What is wrong with it.
        fault: FolderFault,
    },
    /// Pictures cannot be read.
    #[error("{bad} of {of} pictures cannot be used:{}", lines(named, *bad))]
    Pictures {
        /// The first of them.
        named: Vec<(PathBuf, PictureFault)>,
        /// How many cannot be read.
        bad: usize,
        /// How many there are.
        of: usize,
    },
    /// Pictures have several sizes and nobody said which one to use.
    #[error(
        "the pictures differ in size: {} is {}x{} and {} {}x{}; say which size they shall have, such as \
         `--size 64x64` (under `[data]`: size = \"64x64\")",
        first.display(), first_size.0, first_size.1, other.display(), other_size.0, other_size.1
    )]
    Sizes {
        /// A picture.
        first: PathBuf,
        /// Its width and height.
        first_size: (usize, usize),
        /// One of another size.
        other: PathBuf,
        /// Its width and height.
        other_size: (usize, usize),
    },
    /// Pictures are too large to be learned at their own size.
    #[error(
        "the pictures are {width}x{height}, and at most {longest} pixels a side can be learned; say a smaller \
         size, such as `--size 64x64` (under `[data]`: size = \"64x64\")"
    )]
    LargeImages {
        /// Their width.
        width: usize,
        /// Their height.
        height: usize,
        /// The longest side that is accepted.
        longest: usize,
    },
    /// No image has so many channels.
    #[error("images have 1 channel (grey) or 3 (red, green, blue), not {channels}")]
    Channels {
        /// What was asked for.
        channels: usize,
    },
    /// There is not enough memory.
    #[error(
        "the images would take {:.1} GB of memory, and {:.1} GB are free; ask for a smaller size, or leave \
         images out",
        *needed as f64 / 1e9, *free as f64 / 1e9
    )]
    Room {
        /// Bytes that they would take.
        needed: u128,
        /// Bytes that are free.
        free: u64,
    },
    /// A path was given for a data set that is part of the program.
    #[error(
        "`{name}` is part of the program: it needs no import and is not read from {}; leave the path out",
        path.display()
    )]
    Embedded {
        /// The data set.
        name: String,
        /// The path that was given.
        path: PathBuf,
    },
    /// Files of the data set are not where they were looked for.
    #[error(
        "the data set `{name}` is not complete in {}: looked for {}; `stillroom data fetch {name}` gets it \
         from its publisher, `stillroom data import {name} PATH` takes files that you have",
        path.display(),
        missing.join(", ")
    )]
    Missing {
        /// The data set.
        name: String,
        /// Where they were looked for.
        path: PathBuf,
        /// The files that are not there; what is optional in brackets.
        missing: Vec<String>,
    },
    /// A file of the data set is not what it should be.
    #[error("{}: {fault}", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        fault: FileFault,
    },
    /// Another process is importing the same data set.
    #[error("another import of `{name}` is under way; wait until it has ended")]
    Busy {
        /// The data set.
        name: String,
    },
    /// A file or folder of the data directory could not be written.
    #[error("{} cannot be written: {cause}{}; nothing was imported", path.display(), advice(cause))]
    Write {
        /// The file or folder.
        path: PathBuf,
        /// Why not.
        cause: io::Error,
    },
}

/// What is wrong with one file.
#[derive(Debug, Error)]
pub enum FileFault {
    /// The system would not read it.
    #[error("cannot be read: {0}")]
    Read(io::Error),
    /// It is gzipped and damaged.
    #[error("is damaged gzip: {0}; get it again")]
    Gzip(io::Error),
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
    Archive(io::Error),
    /// A member of the archive is not what it should be.
    #[error("its member {member} {fault}")]
    Member {
        /// The member's path in the archive.
        member: String,
        /// What is wrong with it.
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
    /// It is not a zip archive.
    #[error("is not a sound zip archive: {0}; get it again")]
    Zip(String),
    /// It has too few images.
    #[error("holds {found} images; expected {expected}")]
    Images {
        /// How many it has.
        found: u64,
        /// How many it should have.
        expected: u64,
    },
    /// A label is no digit of SVHN.
    #[error("image {index} has the label {label}; expected 1 to {most}")]
    Digit {
        /// The image, from 0.
        index: usize,
        /// Its label.
        label: u8,
        /// The highest label.
        most: usize,
    },
    /// A variable of a MATLAB file is not what it should be.
    #[error("its variable {name} {fault}")]
    Variable {
        /// Its name.
        name: String,
        /// What is wrong with it.
        fault: Box<FileFault>,
    },
    /// An array of an NPZ file is not what it should be.
    #[error("its array {name} {fault}")]
    Array {
        /// Its name.
        name: String,
        /// What is wrong with it.
        fault: Box<FileFault>,
    },
    /// It is not a MATLAB file as expected.
    #[error(transparent)]
    Mat(#[from] MatFault),
    /// It is not an array as expected.
    #[error(transparent)]
    Npy(#[from] NpyFault),
    /// It is not an archive of arrays as expected.
    #[error(transparent)]
    Npz(#[from] NpzFault),
    /// It is not a data set of this program as expected.
    #[error(transparent)]
    SetFile(#[from] SetFileFault),
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

/// What to do about a folder that cannot be written to.
pub(super) fn advice(error: &io::Error) -> &'static str {
    match error.kind() {
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => " (free some space)",
        io::ErrorKind::PermissionDenied | io::ErrorKind::ReadOnlyFilesystem => {
            " (make the folder writable, or choose another data directory)"
        }
        _ => "",
    }
}

/// Pictures and what is wrong with them, a line each.
fn lines(named: &[(PathBuf, PictureFault)], bad: usize) -> String {
    let lines = named.iter().map(|(path, fault)| format!("\n  {} {fault}", path.display()));
    let more = bad - named.len();
    let more = if more == 0 { String::new() } else { format!("\n  and {more} more") };
    lines.collect::<String>() + &more
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
            name: "mnist".to_owned(),
            path: "/home/me/sets".into(),
            missing: vec!["a.gz".to_owned(), "b.gz".to_owned()],
        };
        assert_eq!(
            error.to_string(),
            "the data set `mnist` is not complete in /home/me/sets: looked for a.gz, b.gz; \
             `stillroom data fetch mnist` gets it from its publisher, `stillroom data import mnist PATH` takes \
             files that you have"
        );
    }
}
