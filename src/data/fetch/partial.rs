//! A file that is still coming: what has come, and a note on what it is part of.
//!
//! The note keeps address, total length and the server's mark of this version of the file (a strong `ETag`,
//! else Last-Modified). Only with the same mark is a file gone on with; without one it is begun anew.

use std::{
    fs::{self, File, OpenOptions},
    io::{self, Write},
    path::{Path, PathBuf},
};

use serde::{Deserialize, Serialize};

/// What a partial file is part of.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Note {
    pub url: String,
    /// What the server calls this version.
    pub mark: Option<String>,
    /// The length of the whole file.
    pub total: Option<u64>,
}

/// A file that is still coming.
pub(super) struct Partial {
    pub path: PathBuf,
    note_path: PathBuf,
    pub note: Note,
    file: File,
    bytes: u64,
}

impl Partial {
    /// What has come of `url` before to `folder/file`, or an empty file.
    pub(super) fn open(folder: &Path, file: &str, url: &str) -> io::Result<Self> {
        let path = folder.join(format!("{file}.part"));
        let note_path = folder.join(format!("{file}.note"));
        let note = fs::read(&note_path).ok().and_then(|text| serde_json::from_slice(&text).ok());
        let note: Note = note.unwrap_or_default();
        let opened = OpenOptions::new().create(true).truncate(false).append(true).open(&path)?;
        let bytes = opened.metadata()?.len();
        let mut partial = Self { path, note_path, note, file: opened, bytes };
        let too_long = partial.note.total.is_some_and(|total| partial.bytes > total);
        if partial.note.url != url || partial.note.mark.is_none() || too_long {
            partial.restart(Note { url: url.to_owned(), ..Note::default() })?;
        }
        Ok(partial)
    }

    /// Bytes that have come.
    pub(super) const fn bytes(&self) -> u64 {
        self.bytes
    }

    /// Forgets what has come.
    pub(super) fn restart(&mut self, note: Note) -> io::Result<()> {
        self.file.set_len(0)?;
        self.bytes = 0;
        self.note = note;
        let text = serde_json::to_vec(&self.note).map_err(io::Error::other)?;
        fs::write(&self.note_path, text)
    }

    /// Appends what has come.
    pub(super) fn append(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.file.write_all(bytes)?;
        self.bytes += bytes.len() as u64;
        Ok(())
    }

    /// Waits until everything is on the disk.
    pub(super) fn sync(&self) -> io::Result<()> {
        self.file.sync_all()
    }

    /// Gives the file its name.
    pub(super) fn finish(self, path: &Path) -> io::Result<()> {
        fs::rename(&self.path, path)?;
        // A note without a file says nothing.
        let _ = fs::remove_file(&self.note_path);
        Ok(())
    }

    /// Removes the file.
    pub(super) fn discard(self) {
        let _ = fs::remove_file(&self.path);
        let _ = fs::remove_file(&self.note_path);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_marked_part_of_the_same_address_is_gone_on_with() {
        let folder = tempfile::tempdir().unwrap();
        let open = |url: &str| Partial::open(folder.path(), "x", url).unwrap();
        let start = |mark: Option<&str>| {
            let mut partial = open("a");
            let mark = mark.map(str::to_owned);
            partial.restart(Note { url: "a".to_owned(), mark, total: Some(9) }).unwrap();
            partial.append(b"12345").unwrap();
        };
        start(Some("\"v1\""));
        assert_eq!((open("a").bytes(), open("a").note.total), (5, Some(9)));
        assert_eq!(open("b").bytes(), 0);
        start(None);
        assert_eq!(open("a").bytes(), 0);
        start(Some("\"v1\""));
        fs::write(folder.path().join("x.note"), "damaged").unwrap();
        assert_eq!(open("a").bytes(), 0);
        start(Some("\"v1\""));
        open("a").append(b"678901").unwrap();
        assert_eq!(open("a").bytes(), 0);
    }
}
