//! A run's `events.jsonl`: the worker appends, everybody else follows.
//!
//! The log is append only and each line is written at once, yet its writer can be killed in the middle of
//! a line, and a reader can look at that moment. So a line counts only when its newline is there; what
//! comes after the last newline is left for later by readers and removed by the next writer.
//!
//! [`Lines`] is the pure half (bytes in, events out); [`Tail`] follows a file with it; [`EventLog`] writes.

use std::{
    fs::{self, File, OpenOptions},
    io::{self, Read, Seek, SeekFrom, Write},
    path::{Path, PathBuf},
};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{
    atomic::WriteError,
    event::{Event, Fact, VERSION},
};

/// A log that could not be opened, read or written.
#[derive(Debug, thiserror::Error)]
pub enum EventLogError {
    /// It cannot be read.
    #[error("cannot read {}: {source}", path.display())]
    Read {
        /// The log.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// It cannot be written.
    #[error(transparent)]
    Write(#[from] WriteError),
    /// It is another worker's by now.
    #[error("a newer worker has taken the run over")]
    Overtaken,
}

/// What [`Lines::take`] made of some bytes.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Taken {
    /// New events, in order.
    pub events: Vec<Event>,
    /// How many of the bytes are done with; the rest is the beginning of a line.
    pub used: usize,
    /// Whole lines that are no events: a damaged disk, a stray editor.
    pub damaged: u64,
}

/// Turns the bytes of a log into events, from wherever it stands.
///
/// Events come out in rising order of their numbers: one that was seen before is skipped. A gap is passed
/// over, since what is lost is lost.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Lines {
    last: u64,
}

impl Lines {
    /// Skips events up to number `last`; 0 skips none.
    pub const fn after(last: u64) -> Self {
        Self { last }
    }

    /// The number of the last event that came out or was to be skipped.
    pub const fn last(&self) -> u64 {
        self.last
    }

    /// Reads whole lines. The caller gives the bytes behind `used` again, with more behind them.
    pub fn take(&mut self, bytes: &[u8]) -> Taken {
        let mut taken = Taken::default();
        while let Some(length) = bytes[taken.used..].iter().position(|byte| *byte == b'\n') {
            let line = &bytes[taken.used..taken.used + length];
            taken.used += length + 1;
            if line.trim_ascii().is_empty() {
                continue;
            }
            match read_line(line) {
                Some(event) if event.seq > self.last => {
                    self.last = event.seq;
                    taken.events.push(event);
                }
                Some(_) => {}
                None => taken.damaged += 1,
            }
        }
        taken
    }
}

/// What every version of an event has.
#[derive(Deserialize)]
struct Head {
    v: u32,
    seq: u64,
    at: Timestamp,
}

fn read_line(line: &[u8]) -> Option<Event> {
    serde_json::from_slice(line).ok().or_else(|| {
        // A newer version may have given a known kind other fields.
        let head: Head = serde_json::from_slice(line).ok()?;
        let newer = head.v > VERSION;
        newer.then_some(Event { v: head.v, seq: head.seq, at: head.at, fact: Fact::Unknown })
    })
}

/// How far a log was read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Mark {
    /// The first byte that was not.
    offset: u64,
    /// The last event that was.
    last: u64,
}

/// Follows a log file.
#[derive(Debug, Clone)]
pub struct Tail {
    path: PathBuf,
    offset: u64,
    lines: Lines,
}

impl Tail {
    /// The most bytes read at a time. A longer line is read whole all the same.
    const BLOCK_BYTES: u64 = 1 << 20;

    /// Follows the log at `path`, which need not exist yet, with the events behind number `after`.
    pub fn new(path: impl Into<PathBuf>, after: u64) -> Self {
        Self { path: path.into(), offset: 0, lines: Lines::after(after) }
    }

    /// Follows the log at `path` from where it was read to.
    pub fn at(path: impl Into<PathBuf>, mark: Mark) -> Self {
        Self { path: path.into(), offset: mark.offset, lines: Lines::after(mark.last) }
    }

    /// How far it was read.
    pub const fn mark(&self) -> Mark {
        Mark { offset: self.offset, last: self.lines.last() }
    }

    /// The number of the last event that came out or was to be skipped.
    pub const fn last(&self) -> u64 {
        self.lines.last()
    }

    /// The next new events, about a megabyte of them at most; none when all have come out.
    pub fn more(&mut self) -> Result<Vec<Event>, EventLogError> {
        let fail = |source| EventLogError::Read { path: self.path.clone(), source };
        let mut file = match File::open(&self.path) {
            Ok(file) => file,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
            Err(error) => return Err(fail(error)),
        };
        let length = file.metadata().map_err(fail)?.len();
        if length < self.offset {
            // Not the file that it was: begin again; what is known already is skipped by its number.
            self.offset = 0;
        }
        let mut block = Self::BLOCK_BYTES;
        while self.offset < length {
            file.seek(SeekFrom::Start(self.offset)).map_err(fail)?;
            let mut bytes = Vec::new();
            (&mut file).take(block).read_to_end(&mut bytes).map_err(fail)?;
            let taken = self.lines.take(&bytes);
            self.offset += taken.used as u64;
            if !taken.events.is_empty() {
                return Ok(taken.events);
            }
            if taken.used == 0 {
                if (bytes.len() as u64) < block {
                    break;
                }
                block *= 2;
            }
        }
        Ok(Vec::new())
    }

    /// All events that are there and have not come out.
    pub fn rest(&mut self) -> Result<Vec<Event>, EventLogError> {
        let mut all = Vec::new();
        loop {
            let events = self.more()?;
            if events.is_empty() {
                return Ok(all);
            }
            all.extend(events);
        }
    }
}

/// The writing end of a log: one at a time, held by the worker.
#[derive(Debug)]
pub struct EventLog {
    path: PathBuf,
    file: File,
    length: u64,
    last: u64,
}

impl EventLog {
    /// Opens the log at `path`, or begins it. Half a line at its end, left by a killed writer, is removed.
    pub fn open(path: &Path) -> Result<Self, EventLogError> {
        let unreadable = |source| EventLogError::Read { path: path.to_owned(), source };
        let unwritable = |source| WriteError { path: path.to_owned(), source };
        let mut file = OpenOptions::new()
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .open(path)
            .map_err(unwritable)?;
        let mut bytes = Vec::new();
        file.read_to_end(&mut bytes).map_err(unreadable)?;
        let mut lines = Lines::default();
        let length = lines.take(&bytes).used as u64;
        file.set_len(length).map_err(unwritable)?;
        file.seek(SeekFrom::Start(length)).map_err(unwritable)?;
        Ok(Self { path: path.to_owned(), file, length, last: lines.last() })
    }

    /// The same in a new file that takes the old one's place: what a worker that still has that one open appends
    /// is read by nobody.
    pub fn take_over(path: &Path) -> Result<Self, EventLogError> {
        match fs::read(path) {
            Ok(bytes) => super::atomic::write(path, &bytes)?,
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(source) => return Err(EventLogError::Read { path: path.to_owned(), source }),
        }
        Self::open(path)
    }

    /// The number of the last event in the log, 0 when it is empty.
    pub const fn last(&self) -> u64 {
        self.last
    }

    /// Appends a fact, dated now, and hands it to the system at once. After a failure the log stands as
    /// it did before.
    pub fn append(&mut self, fact: Fact) -> Result<Event, EventLogError> {
        let event = Event { v: VERSION, seq: self.last + 1, at: Timestamp::now(), fact };
        let fail = |source| WriteError { path: self.path.clone(), source };
        let mut line = serde_json::to_vec(&event).map_err(|error| fail(error.into()))?;
        line.push(b'\n');
        if let Err(error) = self.file.write_all(&line) {
            // What was written of the line, as on a full disk, must not run into the next one.
            let _ = self.file.set_len(self.length);
            let _ = self.file.seek(SeekFrom::Start(self.length));
            return Err(fail(error).into());
        }
        self.length += line.len() as u64;
        self.last = event.seq;
        Ok(event)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn event(seq: u64) -> Event {
        let at = Timestamp::from_second(1_700_000_000 + seq as i64).unwrap();
        let fact = match seq % 3 {
            0 => Fact::Note { text: "a line\nwith \u{1f4a7} in it".to_owned() },
            1 => Fact::Checkpoint { iteration: seq },
            _ => Fact::Problem { text: "x".repeat(seq as usize), advice: String::new() },
        };
        Event { v: VERSION, seq, at, fact }
    }

    fn log(numbers: impl IntoIterator<Item = u64>) -> Vec<u8> {
        let mut bytes = Vec::new();
        for number in numbers {
            serde_json::to_writer(&mut bytes, &event(number)).unwrap();
            bytes.push(b'\n');
        }
        bytes
    }

    /// Gives `bytes` in pieces that end at `cuts`, keeping what is not used, as a follower does.
    fn read_in_pieces(lines: &mut Lines, bytes: &[u8], cuts: &[usize]) -> Vec<Event> {
        let mut ends: Vec<usize> = cuts.iter().map(|cut| cut % (bytes.len() + 1)).collect();
        ends.push(bytes.len());
        ends.sort_unstable();
        let (mut start, mut events) = (0, Vec::new());
        for end in ends {
            let taken = lines.take(&bytes[start..end]);
            start += taken.used;
            events.extend(taken.events);
        }
        events
    }

    proptest! {
        #[test]
        fn however_a_log_is_cut_every_whole_line_comes_out_once(
            count in 0_u64..30,
            after in 0_u64..35,
            lost in 0_usize..200,
            cuts in prop::collection::vec(any::<usize>(), 0..20),
        ) {
            let whole = log(1..=count);
            let kept = &whole[..whole.len().saturating_sub(lost)];
            let complete = kept.split(|byte| *byte == b'\n').count() as u64 - 1;
            let events = read_in_pieces(&mut Lines::after(after), kept, &cuts);
            let expected: Vec<Event> = (after + 1..=complete).map(event).collect();
            prop_assert_eq!(events, expected);
        }

        #[test]
        fn numbers_only_rise_whatever_the_log_holds(
            numbers in prop::collection::vec(1_u64..20, 0..40),
            cuts in prop::collection::vec(any::<usize>(), 0..10),
        ) {
            let bytes = log(numbers.iter().copied());
            let events = read_in_pieces(&mut Lines::default(), &bytes, &cuts);
            prop_assert!(events.windows(2).all(|pair| pair[0].seq < pair[1].seq));
            prop_assert_eq!(events.last().map(|event| event.seq), numbers.iter().max().copied());
        }

        #[test]
        fn any_bytes_are_read_without_harm(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
            let taken = Lines::default().take(&bytes);
            prop_assert!(!bytes[taken.used..].contains(&b'\n'));
        }
    }

    #[test]
    fn damaged_lines_are_counted_and_passed_over() {
        let mut bytes = log([1]);
        bytes.extend(b"{\"v\":1,\"seq\":2\n\n\xff\xfe\n");
        bytes.extend(log([4]));
        let taken = Lines::default().take(&bytes);
        assert_eq!(taken.events, [event(1), event(4)]);
        assert_eq!((taken.damaged, taken.used), (2, bytes.len()));
    }

    #[test]
    fn a_newer_version_of_a_known_kind_is_unknown_not_damaged() {
        let line = br#"{"v":2,"seq":1,"at":"2026-01-02T03:04:05Z","kind":"checkpoint","step":{}}"#;
        let taken = Lines::default().take(&[&line[..], b"\n"].concat());
        assert_eq!(taken.events.len(), 1);
        assert_eq!((taken.events[0].fact.clone(), taken.damaged), (Fact::Unknown, 0));
        let same = String::from_utf8_lossy(line).replace("\"v\":2", "\"v\":1") + "\n";
        assert_eq!(Lines::default().take(same.as_bytes()).damaged, 1);
    }

    #[test]
    fn a_writer_goes_on_behind_the_last_whole_line() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("events.jsonl");
        let mut first = EventLog::open(&path).unwrap();
        for iteration in 0..3 {
            first.append(Fact::Checkpoint { iteration }).unwrap();
        }
        drop(first);
        let mut bytes = fs::read(&path).unwrap();
        bytes.extend(br#"{"v":1,"seq":4,"at":"2026"#);
        fs::write(&path, bytes).unwrap();

        // A reader that looks now has seen the half line, and must not stumble over its removal.
        let mut tail = Tail::new(&path, 1);
        assert_eq!(tail.rest().unwrap().len(), 2);
        let mut second = EventLog::open(&path).unwrap();
        assert_eq!(second.last(), 3);
        let written = second.append(Fact::Note { text: "again".to_owned() }).unwrap();
        assert_eq!(written.seq, 4);
        assert_eq!(tail.rest().unwrap(), [written]);
        assert_eq!(tail.last(), 4);
    }

    #[test]
    fn a_log_that_is_taken_over_is_no_longer_its_old_writers() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("events.jsonl");
        let mut old = EventLog::open(&path).unwrap();
        old.append(Fact::Checkpoint { iteration: 1 }).unwrap();
        let mut tail = Tail::new(&path, 0);
        assert_eq!(tail.rest().unwrap().len(), 1);
        let mut new = EventLog::take_over(&path).unwrap();
        old.append(Fact::Checkpoint { iteration: 77 }).unwrap();
        let written = new.append(Fact::Checkpoint { iteration: 2 }).unwrap();
        old.append(Fact::Checkpoint { iteration: 78 }).unwrap();
        assert_eq!(written.seq, 2);
        // Also for who has followed it all along.
        assert_eq!(tail.rest().unwrap(), [written]);
        assert_eq!(Tail::new(&path, 0).rest().unwrap().len(), 2);
        EventLog::take_over(&folder.path().join("none.jsonl")).unwrap();
    }

    #[test]
    fn a_line_longer_than_a_block_is_read_whole() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("events.jsonl");
        let mut tail = Tail::new(&path, 0);
        assert_eq!(tail.more().unwrap(), []);
        let mut log = EventLog::open(&path).unwrap();
        let long =
            log.append(Fact::Note { text: "y".repeat(2 * Tail::BLOCK_BYTES as usize) }).unwrap();
        let short = log.append(Fact::Checkpoint { iteration: 1 }).unwrap();
        assert_eq!(tail.rest().unwrap(), [long, short]);
    }

    #[test]
    fn a_full_disk_is_an_error_that_says_what_to_do() {
        let full = Path::new("/dev/full");
        if !full.exists() {
            return;
        }
        let file = OpenOptions::new().write(true).open(full).unwrap();
        let mut log = EventLog { path: full.to_owned(), file, length: 0, last: 0 };
        let error = log.append(Fact::Checkpoint { iteration: 1 }).unwrap_err();
        assert!(error.to_string().contains("free some space"), "{error}");
        assert_eq!(log.last(), 0);
    }
}
