//! Members of a zip archive, read into memory and nowhere else.
//!
//! `.pt` and `.npz` files are zip archives. A member's name is compared with the names that are looked for
//! and never becomes a path; what a member says of its size is held against the file and against what comes
//! out of it.

use std::{
    fs::File,
    io::{self, BufReader, Cursor, Read, Seek, Write},
    path::Path,
};

use zip::{CompressionMethod, ZipArchive, ZipWriter, result::ZipError, write::SimpleFileOptions};

use super::{budget::Budget, error::Fault};

/// The most members that an archive may have.
const MOST_MEMBERS: usize = 1 << 17;

/// What is wrong with an archive.
#[derive(Debug, thiserror::Error)]
pub enum ArchiveFault {
    /// It is damaged, or something in it is not supported.
    #[error("is not a sound zip archive: {0}; get it again")]
    Zip(ZipError),
    /// It has too many members.
    #[error("has {0} members; {MOST_MEMBERS} are the most that are read")]
    Members(usize),
    /// A member's name leads elsewhere.
    #[error("its member `{0}` is named as if it lay outside of the archive")]
    Climbs(String),
    /// Two members have one name, or their bytes overlap.
    #[error("is forged: {0}")]
    Forged(&'static str),
    /// A member is missing.
    #[error("lacks the member `{0}`")]
    Missing(String),
    /// A member cannot be read.
    #[error("its member `{name}` is damaged: {cause}")]
    Member {
        /// The member.
        name: String,
        /// Why not.
        cause: io::Error,
    },
    /// A member is of another size than it says.
    #[error("its member `{name}` says that it holds {declared} bytes, but {found}")]
    Size {
        /// The member.
        name: String,
        /// What it says.
        declared: u64,
        /// What there is, in words.
        found: &'static str,
    },
}

/// An archive that is being read.
#[derive(Debug)]
pub struct Archive {
    zip: ZipArchive<BufReader<File>>,
    bytes: u64,
    budget: Budget,
}

impl Archive {
    /// Opens the archive at `path` and looks at every name in it.
    ///
    /// # Errors
    /// If it is none, or has a name that it should not have.
    pub fn open(path: &Path) -> Result<Self, Fault> {
        let file = File::open(path)?;
        let bytes = file.metadata()?.len();
        let mut zip = ZipArchive::new(BufReader::new(file)).map_err(ArchiveFault::Zip)?;
        if zip.len() > MOST_MEMBERS {
            return Err(ArchiveFault::Members(zip.len()).into());
        }
        for name in zip.file_names_raw() {
            let name = String::from_utf8_lossy(name);
            let outside = |part: &str| part == ".." || part.is_empty();
            if name.contains(['\\', ':', '\0'])
                || name.trim_end_matches('/').split('/').any(outside)
            {
                return Err(ArchiveFault::Climbs(name.into_owned()).into());
            }
        }
        if zip.has_duplicate_names() {
            return Err(ArchiveFault::Forged("two of its members have the same name").into());
        }
        if zip.has_overlapping_files().map_err(ArchiveFault::Zip)? {
            return Err(ArchiveFault::Forged("two of its members share bytes").into());
        }
        Ok(Self { zip, bytes, budget: Budget::of_file(bytes) })
    }

    /// The names of all members.
    pub fn names(&self) -> Vec<String> {
        let names = self.zip.file_names_raw();
        names.map(|name| String::from_utf8_lossy(name).into_owned()).collect()
    }

    /// The whole member called `name`.
    ///
    /// # Errors
    /// If there is none, it is damaged, or it is more than this archive may unpack to.
    pub fn read(&mut self, name: &str) -> Result<Vec<u8>, Fault> {
        let missing = || ArchiveFault::Missing(name.to_owned());
        let index = self.zip.index_for_name(name).ok_or_else(missing)?;
        let member = self.zip.by_index(index).map_err(ArchiveFault::Zip)?;
        let declared = member.size();
        let size = |found| ArchiveFault::Size { name: name.to_owned(), declared, found };
        if member.compression() == CompressionMethod::Stored && declared > self.bytes {
            return Err(size("the whole file is smaller").into());
        }
        self.budget.spend(declared)?;
        // It grows as bytes arrive: a size that is only said costs nothing.
        let mut bytes = Vec::with_capacity(declared.min(1 << 20) as usize);
        let damaged = |cause| ArchiveFault::Member { name: name.to_owned(), cause };
        member.take(declared + 1).read_to_end(&mut bytes).map_err(damaged)?;
        match (bytes.len() as u64).cmp(&declared) {
            std::cmp::Ordering::Less => Err(size("it ends earlier").into()),
            std::cmp::Ordering::Greater => Err(size("it goes on").into()),
            std::cmp::Ordering::Equal => Ok(bytes),
        }
    }

    /// What may still be unpacked from this archive, for who makes more of its bytes.
    pub const fn budget(&mut self) -> &mut Budget {
        &mut self.budget
    }
}

/// Whether the file begins as a zip archive does.
pub fn begins(start: &[u8]) -> bool {
    start.starts_with(b"PK\x03\x04") || start.starts_with(b"PK\x05\x06")
}

/// An archive of these members, in this order and uncompressed, each beginning at a multiple of `align`
/// bytes. Equal members make equal bytes.
///
/// # Errors
/// If it is too large for the format.
pub fn pack(members: &[(String, Vec<u8>)], align: u16) -> Result<Vec<u8>, Fault> {
    let options = SimpleFileOptions::default()
        .compression_method(CompressionMethod::Stored)
        .last_modified_time(zip::DateTime::default())
        .with_alignment(align);
    let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, bytes) in members {
        let options = options.large_file(u32::try_from(bytes.len()).is_err());
        let begun = writer.start_file(name.as_str(), options);
        begun.map_err(ArchiveFault::Zip)?;
        writer.write_all(bytes)?;
    }
    let mut packed = writer.finish().map_err(ArchiveFault::Zip)?;
    packed.rewind()?;
    Ok(packed.into_inner())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn write(bytes: &[u8]) -> (tempfile::TempDir, std::path::PathBuf) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("x.zip");
        std::fs::write(&path, bytes).unwrap();
        (folder, path)
    }

    fn member(name: &str, bytes: &[u8]) -> (String, Vec<u8>) {
        (name.to_owned(), bytes.to_vec())
    }

    fn deflated(name: &str, bytes: &[u8]) -> Vec<u8> {
        let options = SimpleFileOptions::default().compression_method(CompressionMethod::Deflated);
        let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
        writer.start_file(name, options).unwrap();
        writer.write_all(bytes).unwrap();
        writer.finish().unwrap().into_inner()
    }

    #[test]
    fn members_come_back_and_begin_at_the_alignment() {
        let members = [member("a/b", &[7; 100]), member("a/c", b"pickle")];
        let packed = pack(&members, 64).unwrap();
        assert_eq!(packed, pack(&members, 64).unwrap());
        let at = packed.windows(6).position(|window| window == b"pickle").unwrap();
        assert_eq!(at % 64, 0);
        let (_folder, path) = write(&packed);
        let mut archive = Archive::open(&path).unwrap();
        assert_eq!(archive.names(), ["a/b", "a/c"]);
        assert_eq!(archive.read("a/c").unwrap(), b"pickle");
        assert_eq!(archive.read("a/b").unwrap(), [7; 100]);
        assert_eq!(archive.read("a").unwrap_err().to_string(), "lacks the member `a`");
    }

    #[test]
    fn names_that_climb_out_are_refused() {
        for name in ["../x", "a/../../x", "/etc/passwd", "a//b", "C:x", "a\\b"] {
            let (_folder, path) = write(&pack(&[member(name, b"x")], 1).unwrap());
            let error = Archive::open(&path).unwrap_err().to_string();
            assert!(error.contains("outside of the archive"), "{name}: {error}");
        }
    }

    #[test]
    fn a_bomb_is_refused_before_it_is_unpacked() {
        let (_folder, path) = write(&deflated("zeros", &vec![0; 100 << 20]));
        assert!(path.metadata().unwrap().len() < 200_000);
        let error = Archive::open(&path).unwrap().read("zeros").unwrap_err();
        assert!(error.to_string().starts_with("unpacks to more than 67108864 bytes"), "{error}");
    }

    #[test]
    fn a_size_that_is_not_the_members_own_is_refused() {
        let honest = deflated("zeros", &[0; 5000]);
        for lie in [4999_u32, 5001] {
            let mut bytes = honest.clone();
            let found = 5000_u32.to_le_bytes();
            // It stands in the directory at the end, and in front of or behind the member.
            for at in (0..bytes.len() - 4).rev() {
                if bytes[at..at + 4] == found {
                    bytes[at..at + 4].copy_from_slice(&lie.to_le_bytes());
                }
            }
            let (_folder, path) = write(&bytes);
            let error =
                Archive::open(&path).and_then(|mut a| a.read("zeros")).unwrap_err().to_string();
            assert!(error.contains("says that it holds") || error.contains("damaged"), "{error}");
        }
    }

    #[test]
    fn every_cut_and_every_flip_ends_in_an_error_or_in_the_same_bytes() {
        let packed = pack(&[member("a", &[1, 2, 3, 4]), member("b", b"bytes")], 8).unwrap();
        let read = |bytes: &[u8]| {
            let (_folder, path) = write(bytes);
            Archive::open(&path).and_then(|mut archive| archive.read("b"))
        };
        for length in 0..packed.len() {
            assert!(read(&packed[..length]).is_err(), "{length}");
        }
        for at in 0..packed.len() {
            let mut bytes = packed.clone();
            bytes[at] ^= 0x41;
            if let Ok(found) = read(&bytes) {
                assert_eq!(found, b"bytes", "{at}");
            }
        }
    }
}
