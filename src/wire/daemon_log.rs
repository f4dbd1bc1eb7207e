//! The end of the daemon's own log, for who wants to know what it says.

use std::{
    fs::File,
    io::{self, Read, Seek, SeekFrom},
    path::Path,
};

/// The most bytes that are told at once.
pub const MOST_BYTES: u64 = 64 << 10;

/// Whole lines of a log, and where they end in it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Lines {
    /// The lines.
    pub text: String,
    /// The byte after them.
    pub end: u64,
}

/// The lines after byte `after`; the last ones where there are more than [`MOST_BYTES`], or where the log was put
/// aside meanwhile and begins anew.
pub fn read(path: &Path, after: u64) -> io::Result<Lines> {
    let mut file = File::open(path)?;
    let size = file.metadata()?.len();
    let from = if after > size { 0 } else { after };
    let start = from.max(size.saturating_sub(MOST_BYTES));
    file.seek(SeekFrom::Start(start))?;
    let mut bytes = Vec::new();
    file.take(MOST_BYTES).read_to_end(&mut bytes)?;
    // What is left out ends in the middle of a line, and so may what is being written.
    let first = match bytes.iter().position(|byte| *byte == b'\n') {
        Some(end) if start > from => end + 1,
        _ => 0,
    };
    let last = bytes.iter().rposition(|byte| *byte == b'\n').map_or(0, |end| end + 1);
    let lines = bytes.get(first..last.max(first)).unwrap_or_default();
    Ok(Lines { text: String::from_utf8_lossy(lines).into_owned(), end: start + last as u64 })
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn whole_lines_are_told_once() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("daemon.log");
        fs::write(&path, "one\ntwo\nhal").unwrap();
        let first = read(&path, 0).unwrap();
        assert_eq!(first, Lines { text: "one\ntwo\n".to_owned(), end: 8 });
        assert_eq!(read(&path, first.end).unwrap(), Lines { text: String::new(), end: 8 });
        fs::write(&path, b"one\ntwo\nhalf\n\xff").unwrap();
        assert_eq!(read(&path, first.end).unwrap().text, "half\n");
        // The log was put aside, and a new one begun.
        fs::write(&path, "new\n").unwrap();
        assert_eq!(read(&path, first.end).unwrap(), Lines { text: "new\n".to_owned(), end: 4 });
        assert!(read(&folder.path().join("none"), 0).is_err());
    }

    #[test]
    fn a_long_log_is_told_from_its_last_lines() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("daemon.log");
        let lines: Vec<String> = (0..20_000).map(|line| format!("line {line}\n")).collect();
        let text = lines.concat();
        fs::write(&path, &text).unwrap();
        let lines = read(&path, 3).unwrap();
        assert!(lines.text.len() as u64 <= MOST_BYTES);
        assert!(lines.text.starts_with("line ") && lines.text.ends_with("line 19999\n"));
        assert_eq!(lines.end, text.len() as u64);
    }
}
