//! The archives in which CIFAR's binary version is published, `cifar-10-binary.tar.gz` and
//! `cifar-100-binary.tar.gz`, read without being unpacked to the disk.
//!
//! Only the members that hold images are taken, whatever their order; an archive that unpacks to much
//! more than these is cut off, so a forged one costs time and memory of the real one's size at most.

use std::{
    io::{self, Read},
    path::Path,
};

use tar::Archive;

use super::cifar::{Layout, Records};
use super::content::{Content, read_fault};
use super::error::{DataError, FileFault};
use super::registry::{CifarFiles, Entry, KnownFile};
use super::split::Split;

/// Bytes that the archive may hold besides the images: headers, padding, class names, a readme.
const OTHER_BYTES: u64 = 1 << 20;

/// The images of `entry` to train and to test on, from the archive at `path`.
///
/// # Errors
/// [`DataError::File`] if the archive is not as it should be.
pub fn read(path: &Path, entry: &Entry, files: &CifarFiles) -> Result<(Split, Split), DataError> {
    let content = Content::open(path).map_err(|fault| fault.of(path))?;
    parse(content, entry, files).map_err(|fault| fault.of(path))
}

/// The images of `entry` from an archive that is already unzipped.
fn parse(
    reader: impl Read,
    entry: &Entry,
    files: &CifarFiles,
) -> Result<(Split, Split), FileFault> {
    let layout = Layout::of(entry, files);
    let mut wanted = [
        Wanted::new(files.train, Records::new(layout, files.train.len(), entry.train)),
        Wanted::new(files.test, Records::new(layout, files.test.len(), entry.test)),
    ];
    let limit =
        wanted.iter().map(|part| part.records.file_bytes() * part.files.len() as u64).sum::<u64>()
            + OTHER_BYTES;

    let mut archive = Archive::new(reader.take(limit));
    let members = take_members(&mut archive, &mut wanted);
    let mut reader = archive.into_inner();
    // What follows the last member is read too, so that gzip's own checksum is tested.
    let rest = io::copy(&mut reader, &mut io::sink());
    if reader.limit() == 0 {
        return Err(FileFault::TooLong { limit });
    }
    members?;
    rest.map_err(archive_fault)?;

    let missing: Vec<_> = wanted.iter().flat_map(Wanted::missing).collect();
    if !missing.is_empty() {
        return Err(FileFault::MembersMissing { members: missing });
    }
    let [train, test] = wanted.map(|part| part.records.split());
    Ok((train?, test?))
}

/// One split's members, and which of them have been seen.
struct Wanted {
    files: &'static [KnownFile],
    seen: Vec<bool>,
    records: Records,
}

impl Wanted {
    fn new(files: &'static [KnownFile], records: Records) -> Self {
        Self { files, seen: vec![false; files.len()], records }
    }

    /// The number of the member called `name` among this split's.
    fn number(&self, name: &str) -> Option<usize> {
        self.files.iter().position(|file| file.names.contains(&name))
    }

    fn missing(&self) -> impl Iterator<Item = String> {
        let unseen = self.files.iter().zip(&self.seen).filter(|(_, seen)| !**seen);
        unseen.filter_map(|(file, _)| file.names.first().map(|name| (*name).to_owned()))
    }
}

/// Goes through the archive and takes the wanted members' records, in whatever folder they lie.
fn take_members(
    archive: &mut Archive<impl Read>,
    wanted: &mut [Wanted; 2],
) -> Result<(), FileFault> {
    for member in archive.entries().map_err(archive_fault)? {
        let member = member.map_err(archive_fault)?;
        let path = String::from_utf8_lossy(&member.path_bytes()).into_owned();
        let name = path.rsplit('/').next().unwrap_or_default();
        let Some((part, number)) = wanted
            .iter_mut()
            .find_map(|part| part.number(name).map(|number| (part, number)))
            .filter(|_| member.header().entry_type().is_file())
        else {
            continue;
        };
        let seen = std::mem::replace(&mut part.seen[number], true);
        let bytes = Some(member.size());
        let filled =
            if seen { Err(FileFault::Twice) } else { part.records.fill(number, member, bytes) };
        filled.map_err(|fault| match fault {
            FileFault::Gzip(_) | FileFault::Read(_) => fault,
            fault => FileFault::Member { member: path, fault: Box::new(fault) },
        })?;
    }
    Ok(())
}

/// What a failure of the archive's reader means: damage below it, or in itself.
fn archive_fault(error: io::Error) -> FileFault {
    match error.kind() {
        io::ErrorKind::Other | io::ErrorKind::UnexpectedEof => FileFault::Archive(error),
        _ => read_fault(error),
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use flate2::{Compression, write::GzEncoder};
    use proptest::prelude::*;

    use super::*;
    use crate::data::registry::Source;

    const A: KnownFile = KnownFile { names: &["a.bin"], sha256: None };
    const B: KnownFile = KnownFile { names: &["b.bin"], sha256: None };
    const TEST: KnownFile = KnownFile { names: &["test.bin"], sha256: None };

    const FILES: CifarFiles = CifarFiles {
        folders: &[""],
        archive: KnownFile { names: &["x.tar.gz"], sha256: None },
        train: &[A, B],
        test: &[TEST],
        label_bytes: 1,
        label_at: 0,
    };

    /// Records of 1x1x2 pixels: two files of one record each to train on, one of one to test on.
    const ENTRY: Entry = Entry {
        name: "tiny",
        title: "tiny",
        shape: [1, 1, 2],
        classes: &["0", "1", "2"],
        mean: &[0.0],
        std: &[1.0],
        train: 2,
        test: 1,
        licence: "",
        attribution: "",
        source: Source::Cifar(FILES),
    };

    fn tar(members: &[(&str, &[u8])]) -> Vec<u8> {
        let mut builder = tar::Builder::new(Vec::new());
        for (path, content) in members {
            let mut header = tar::Header::new_gnu();
            header.set_size(content.len() as u64);
            header.set_mode(0o644);
            builder.append_data(&mut header, path, *content).unwrap();
        }
        builder.into_inner().unwrap()
    }

    fn gzip(bytes: &[u8]) -> Vec<u8> {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
        encoder.write_all(bytes).unwrap();
        encoder.finish().unwrap()
    }

    fn whole() -> Vec<u8> {
        tar(&[
            ("folder/readme.html", b"<html>"),
            ("folder/b.bin", &[2, 20, 21]),
            ("folder/test.bin", &[0, 30, 31]),
            ("folder/a.bin", &[1, 10, 11]),
        ])
    }

    fn fault(members: &[(&str, &[u8])]) -> String {
        parse(tar(members).as_slice(), &ENTRY, &FILES).unwrap_err().to_string()
    }

    #[test]
    fn members_are_found_in_any_order_and_put_in_their_own() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("x.tar.gz");
        std::fs::write(&path, gzip(&whole())).unwrap();
        let (train, test) = read(&path, &ENTRY, &FILES).unwrap();
        assert_eq!(
            (train.labels(), train.images()),
            ([1, 2].as_slice(), [10, 11, 20, 21].as_slice())
        );
        assert_eq!((test.labels(), test.images()), ([0].as_slice(), [30, 31].as_slice()));
    }

    #[test]
    fn members_that_are_missing_doubled_or_wrong_are_named() {
        let (a, b): (&[u8], &[u8]) = (&[1, 10, 11], &[2, 20, 21]);
        assert_eq!(fault(&[("a.bin", a)]), "does not contain b.bin, test.bin");
        assert_eq!(
            fault(&[("a.bin", a), ("x/a.bin", a), ("b.bin", b), ("test.bin", a)]),
            "its member x/a.bin is there twice"
        );
        assert_eq!(fault(&[("a.bin", &[1, 10])]), "its member a.bin is 2 bytes long; expected 3");
        assert_eq!(
            fault(&[("a.bin", &[3, 10, 11])]),
            "its member a.bin image 0 has the label 3; expected 0 to 2"
        );
    }

    #[test]
    fn an_archive_that_swells_is_cut_off() {
        let bomb = tar(&[("zeros", &vec![0; 3 << 20])]);
        let error = parse(bomb.as_slice(), &ENTRY, &FILES).unwrap_err().to_string();
        assert!(error.starts_with("unpacks to more than 1048585 bytes"), "{error}");
    }

    #[test]
    fn damage_is_told_from_a_wrong_archive() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("x.tar.gz");
        let error = |bytes: &[u8]| {
            std::fs::write(&path, bytes).unwrap();
            read(&path, &ENTRY, &FILES).unwrap_err().to_string()
        };
        let sound = gzip(&whole());
        assert!(error(&sound[..sound.len() / 2]).contains("is not a sound tar archive"));
        let mut flipped = sound.clone();
        let checksum = flipped.len() - 8;
        flipped[checksum] ^= 1;
        assert!(error(&flipped).contains("is damaged gzip"), "{}", error(&flipped));
        assert!(error(&[7; 2000]).contains("is not a sound tar archive"));
    }

    proptest! {
        #[test]
        fn a_damaged_archive_never_panics_and_never_gives_more_images(
            cut in 0_usize..9_000,
            flips in prop::collection::vec((0_usize..5_000, any::<u8>()), 0..6),
        ) {
            let mut bytes = whole();
            for (place, value) in flips {
                let place = place % bytes.len();
                bytes[place] = value;
            }
            bytes.truncate(bytes.len().min(cut));
            if let Ok((train, test)) = parse(bytes.as_slice(), &ENTRY, &FILES) {
                prop_assert_eq!((train.len(), test.len()), (2, 1));
            }
        }
    }
}
