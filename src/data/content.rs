//! A file's content, whether it lies there as it is or gzipped; and its SHA-256.
//!
//! Gzip is known by its first two bytes, not by the name: files are renamed, and tools unpack them
//! without taking `.gz` away.

use std::{
    fs::File,
    io::{self, BufRead, BufReader, ErrorKind, Read},
    path::Path,
};

use flate2::bufread::MultiGzDecoder;

use super::error::FileFault;
use crate::record::checksum;

/// The bytes that a gzip file begins with.
const GZIP: [u8; 2] = [0x1f, 0x8b];

/// A reader of a file's content.
pub(super) enum Content {
    /// The file is its content, of so many bytes.
    Plain(BufReader<File>, u64),
    /// The content is gzipped.
    Gzip(Box<MultiGzDecoder<BufReader<File>>>),
}

impl Content {
    /// Opens the file at `path`.
    pub(super) fn open(path: &Path) -> Result<Self, FileFault> {
        let open = || {
            let file = File::open(path)?;
            let bytes = file.metadata()?.len();
            let mut reader = BufReader::with_capacity(1 << 16, file);
            let gzip = reader.fill_buf()?.starts_with(&GZIP);
            Ok((reader, bytes, gzip))
        };
        let (reader, bytes, gzip) = open().map_err(FileFault::Read)?;
        Ok(if gzip {
            Self::Gzip(Box::new(MultiGzDecoder::new(reader)))
        } else {
            Self::Plain(reader, bytes)
        })
    }

    /// The content's length, where it is known before everything is read.
    pub(super) fn length(&self) -> Option<u64> {
        match self {
            Self::Plain(_, bytes) => Some(*bytes),
            Self::Gzip(_) => None,
        }
    }
}

impl Read for Content {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        match self {
            Self::Plain(reader, _) => reader.read(into),
            Self::Gzip(reader) => reader.read(into),
        }
    }
}

/// What a failed read means: a decoder answers damage with kinds of error that no disk has.
pub(super) fn read_fault(error: io::Error) -> FileFault {
    match error.kind() {
        ErrorKind::InvalidInput | ErrorKind::InvalidData | ErrorKind::UnexpectedEof => {
            FileFault::Gzip(error)
        }
        _ => FileFault::Read(error),
    }
}

/// Fills `into` and returns how much of it could be filled before the end.
pub(super) fn read_up_to(
    reader: &mut (impl Read + ?Sized),
    into: &mut [u8],
) -> Result<usize, FileFault> {
    let mut filled = 0;
    while filled < into.len() {
        match reader.read(&mut into[filled..]) {
            Ok(0) => break,
            Ok(count) => filled += count,
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            // A gzip stream that was cut off.
            Err(error) if error.kind() == ErrorKind::UnexpectedEof => break,
            Err(error) => return Err(read_fault(error)),
        }
    }
    Ok(filled)
}

/// Makes sure that nothing is left in `reader` after the `expected` bytes that were read.
///
/// This also has gzip's own checksum tested, which stands behind the content.
pub(super) fn expect_end(reader: &mut impl Read, expected: u64) -> Result<(), FileFault> {
    match reader.read(&mut [0]) {
        Ok(0) => Ok(()),
        Ok(_) => Err(FileFault::Trailing { expected }),
        Err(error) => Err(read_fault(error)),
    }
}

/// The SHA-256 of everything `reader` gives, as hexadecimal digits.
pub(super) fn sha256(reader: impl Read) -> Result<String, FileFault> {
    checksum::sha256(reader).map_err(read_fault)
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use flate2::{Compression, write::GzEncoder};

    use super::*;

    #[test]
    fn a_file_is_read_alike_plain_and_gzipped_whatever_its_name() {
        let folder = tempfile::tempdir().unwrap();
        let (plain, gzipped) = (folder.path().join("a.gz"), folder.path().join("b"));
        std::fs::write(&plain, "content").unwrap();
        let mut encoder = GzEncoder::new(File::create(&gzipped).unwrap(), Compression::default());
        encoder.write_all(b"content").unwrap();
        encoder.finish().unwrap();
        for (path, bytes) in [(plain, Some(7)), (gzipped, None)] {
            let mut content = Content::open(&path).unwrap();
            assert_eq!(content.length(), bytes);
            let mut text = String::new();
            content.read_to_string(&mut text).unwrap();
            assert_eq!(text, "content");
        }
    }

    #[test]
    fn the_sum_is_sha256() {
        assert_eq!(
            sha256(b"abc".as_slice()).unwrap(),
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
        );
    }
}
