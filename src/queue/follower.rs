//! One run that a worker is at: its log is followed, and its worker watched until it leaves.
//!
//! A worker that this daemon started is its child, and the system tells how it went. One that an earlier
//! daemon started is known by the lock that it holds.

use std::{
    fs::{self, File},
    io::{Read, Seek, SeekFrom},
    os::unix::process::ExitStatusExt,
    path::Path,
    process::{Child, ExitStatus},
    time::{Duration, Instant},
};

use jiff::Timestamp;

use super::lease::{self, Lease};
use crate::record::{Event, RunFolder, Tail};

/// Follows one worker.
#[derive(Debug)]
pub struct Follower {
    folder: RunFolder,
    tail: Tail,
    worker: Watched,
}

#[derive(Debug)]
enum Watched {
    /// Started by this daemon; its log began at this byte of the worker log.
    Child { child: Child, log_start: u64 },
    /// Started by another.
    Found { pid: u32, since: Timestamp, looked: Option<Instant> },
    /// A job of Slurm, which knows whether it is there; its log is read at this moment again.
    Job { next: Instant },
}

/// What a look at a worker shows.
#[derive(Debug, Default)]
pub struct Seen {
    /// New events.
    pub events: Vec<Event>,
    /// Once the worker is gone: how, as far as is known. Then all its events have been seen.
    pub left: Option<String>,
}

impl Follower {
    /// How often the lock of a worker that is not a child is looked at.
    const LOOK_EVERY: Duration = Duration::from_millis(500);
    /// How often the log of a job is read.
    const JOB_EVERY: Duration = Duration::from_secs(1);
    /// How long a started worker may take until it has its lock.
    const LOCK_WITHIN_SECS: i64 = 30;

    /// Follows a worker that was just started; `known` is the last event of the log that is known.
    pub fn child(child: Child, folder: RunFolder, known: u64, log_start: u64) -> Self {
        let tail = Tail::new(folder.events(), known);
        Self { folder, tail, worker: Watched::Child { child, log_start } }
    }

    /// Follows a worker that somebody else started.
    pub fn found(pid: u32, since: Timestamp, folder: RunFolder, known: u64) -> Self {
        let tail = Tail::new(folder.events(), known);
        Self { folder, tail, worker: Watched::Found { pid, since, looked: None } }
    }

    /// Follows the worker of a job, which comes and goes by itself.
    pub fn job(folder: RunFolder, known: u64) -> Self {
        let tail = Tail::new(folder.events(), known);
        Self { folder, tail, worker: Watched::Job { next: Instant::now() } }
    }

    /// Whether it follows a job.
    pub const fn is_job(&self) -> bool {
        matches!(self.worker, Watched::Job { .. })
    }

    /// Looks at once next time.
    pub fn hurry(&mut self) {
        if let Watched::Job { next } = &mut self.worker {
            *next = Instant::now();
        }
    }

    /// Looks at worker and log.
    pub fn look(&mut self) -> Seen {
        if let Watched::Job { next } = &mut self.worker {
            // There may be many, on a file system that others share.
            if *next > Instant::now() {
                return Seen::default();
            }
            *next = Instant::now() + Self::JOB_EVERY;
        }
        // First the worker, then the log: then nothing that a worker wrote before it left is missed.
        let left = self.left();
        let read = if left.is_some() { self.tail.rest() } else { self.tail.more() };
        let events = read.unwrap_or_else(|error| {
            tracing::warn!("{error}");
            Vec::new()
        });
        Seen { events, left }
    }

    fn left(&mut self) -> Option<String> {
        match &mut self.worker {
            Watched::Child { child, log_start } => {
                let status = match child.try_wait() {
                    Ok(status) => status?,
                    Err(error) => return Some(format!("the worker cannot be watched: {error}")),
                };
                if let Lease::Held(pid) = lease::look(&self.folder.worker_lock()) {
                    // Another worker was faster; this one saw that and left.
                    let pid = pid.unwrap_or_default();
                    self.worker = Watched::Found { pid, since: Timestamp::now(), looked: None };
                    return None;
                }
                Some(cause(status, &self.folder.worker_log(), *log_start))
            }
            Watched::Job { .. } => None,
            Watched::Found { pid, since, looked } => {
                if looked.is_some_and(|time| time.elapsed() < Self::LOOK_EVERY) {
                    return None;
                }
                *looked = Some(Instant::now());
                let held = matches!(lease::look(&self.folder.worker_lock()), Lease::Held(_));
                let age = Timestamp::now().as_second() - since.as_second();
                let starting = age < Self::LOCK_WITHIN_SECS && lease::is_alive(*pid);
                (!held && !starting).then(|| "the worker disappeared".to_owned())
            }
        }
    }
}

/// The size of a file; 0 where there is none.
pub fn size(path: &Path) -> u64 {
    fs::metadata(path).map_or(0, |file| file.len())
}

fn cause(status: ExitStatus, log: &Path, log_start: u64) -> String {
    let how = match (status.code(), status.signal()) {
        (Some(0), _) => return "the worker left without a word".to_owned(),
        (Some(code), _) => format!("the worker ended with exit code {code}"),
        (None, Some(9)) => {
            return "the worker was killed by signal 9 (SIGKILL: by hand, or the system ran out of memory)"
                .to_owned();
        }
        (None, Some(signal)) => format!("the worker was killed by signal {signal}"),
        (None, None) => format!("the worker ended with {status}"),
    };
    match last_words(log, log_start) {
        Some(words) => format!("{how}; its last words: {words}"),
        None => how,
    }
}

/// The last line that a worker printed, after `start`, that says something.
pub fn last_words(log: &Path, start: u64) -> Option<String> {
    const LOOK_AT_BYTES: u64 = 8 << 10;
    let mut file = File::open(log).ok()?;
    let end = file.metadata().ok()?.len();
    // It may have been put aside for a new one since.
    let start = if start > end { 0 } else { start };
    file.seek(SeekFrom::Start(start.max(end.saturating_sub(LOOK_AT_BYTES)))).ok()?;
    let mut bytes = Vec::new();
    file.read_to_end(&mut bytes).ok()?;
    let text = String::from_utf8_lossy(&bytes);
    let words = text
        .lines()
        .map(str::trim)
        .rfind(|line| !line.is_empty() && !line.starts_with("note: "))?;
    let printable = words.chars().filter(|letter| !letter.is_control());
    Some(printable.take(300).collect())
}

#[cfg(test)]
mod tests {
    use std::process::{Command, Stdio};

    use super::*;
    use crate::record::{EventLog, Fact};

    fn end_of(script: &str) -> (String, usize) {
        let folder = tempfile::tempdir().unwrap();
        let files = RunFolder::new(folder.path());
        fs::write(files.worker_log(), "words of an earlier worker\n").unwrap();
        let log_start = size(&files.worker_log());
        let log = File::options().append(true).open(files.worker_log()).unwrap();
        EventLog::open(&files.events()).unwrap().append(Fact::Checkpoint { iteration: 1 }).unwrap();
        let child = Command::new("sh")
            .args(["-c", script])
            .stderr(log)
            .stdin(Stdio::null())
            .spawn()
            .unwrap();
        let mut follower = Follower::child(child, files, 0, log_start);
        let mut events = 0;
        loop {
            let seen = follower.look();
            events += seen.events.len();
            if let Some(left) = seen.left {
                return (left, events);
            }
            std::thread::sleep(Duration::from_millis(5));
        }
    }

    #[test]
    fn how_a_child_went_is_told_with_its_last_words() {
        assert_eq!(end_of("exit 0"), ("the worker left without a word".to_owned(), 1));
        assert!(end_of("kill -KILL $$").0.contains("signal 9 (SIGKILL"));
        assert_eq!(
            end_of("echo 'thread main panicked: no memory' >&2; echo 'note: x' >&2; exit 101").0,
            "the worker ended with exit code 101; its last words: thread main panicked: no memory"
        );
        assert_eq!(end_of("exit 3").0, "the worker ended with exit code 3");
    }

    #[test]
    fn a_worker_that_is_no_child_is_there_as_long_as_it_holds_its_lock() {
        let folder = tempfile::tempdir().unwrap();
        let files = RunFolder::new(folder.path());
        let lock = File::create(files.worker_lock()).unwrap();
        lock.lock().unwrap();
        let mut follower = Follower::found(0, Timestamp::now(), files, 0);
        assert_eq!(follower.look().left, None);
        drop(lock);
        // The lock is not looked at again at once.
        assert_eq!(follower.look().left, None);
        std::thread::sleep(Follower::LOOK_EVERY);
        assert_eq!(follower.look().left.as_deref(), Some("the worker disappeared"));
    }

    #[test]
    fn a_worker_that_has_just_been_started_may_not_have_its_lock_yet() {
        let folder = tempfile::tempdir().unwrap();
        let files = RunFolder::new(folder.path());
        let own = std::process::id();
        let mut young = Follower::found(own, Timestamp::now(), files.clone(), 0);
        assert_eq!(young.look().left, None);
        let mut old = Follower::found(own, Timestamp::UNIX_EPOCH, files, 0);
        assert!(old.look().left.is_some());
    }
}
