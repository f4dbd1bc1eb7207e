//! The right to write a run folder: one worker has it at a time, whatever became of those before it.
//!
//! A batch system may start a job again while the process of its first try is still there, and a file lock may
//! mean nothing on another machine. So the right has a number, as a fencing token does:
//!
//! ```text
//! claim the next number ─► wait until all before it are over ─► write, as long as there is no newer number
//! ```
//!
//! * Whoever **holds** it looks for a newer number before each write (event, checkpoint, picture, result) and
//!   leaves when there is one; a thread of its own looks too, and counts in the claim that the holder lives.
//! * Whoever **comes** writes nothing before each claim before its own is over: given back, or of this machine
//!   with nobody holding the lock `worker.lock`, or silent for [`Pace::silence`], measured by the comer's own
//!   clock, for clocks of two machines differ.
//! * Only another try of **the same job** pushes its predecessor out. Anybody else leaves the run to a holder that
//!   lives, as ever.
//!
//! A holder that was stopped for longer than the silence, and goes on between its look and its write, can still
//! write once. So where a predecessor is over by silence alone, the log is made a new file: what it appends then
//! goes into the old one, which nobody reads. Checkpoints and pictures are whole files that the same steps give
//! again, so that an older one in their place costs time and nothing else.

mod claim;
mod heart;

use std::{
    fs::{File, TryLockError},
    io::{self, Write},
    sync::{Arc, Mutex, PoisonError},
    thread,
    time::{Duration, Instant},
};

pub use claim::Claim;
use claim::{Claims, Found};
use heart::Heart;

use crate::record::{RunFolder, atomic::WriteError};

/// How often what.
#[derive(Debug, Clone, Copy)]
pub struct Pace {
    /// A holder says that it lives.
    pub beat: Duration,
    /// For so long nothing must have been heard of a holder that nobody can look at.
    pub silence: Duration,
}

impl Default for Pace {
    fn default() -> Self {
        Self { beat: Duration::from_secs(5), silence: Duration::from_mins(1) }
    }
}

/// Why a worker may not write.
#[derive(Debug, thiserror::Error)]
pub enum LeaseError {
    /// Somebody else is at the run.
    #[error("another worker has this run")]
    Busy,
    /// A newer worker came while this one waited.
    #[error("a newer worker has taken the run over")]
    Overtaken,
    /// The system denies it.
    #[error(transparent)]
    Write(#[from] WriteError),
}

/// Whoever looks whether a worker is here holds the lock for an instant; a worker holds it for good.
const LOCK_TRIES: u32 = 20;
/// How long between two looks at a lock, or at those before.
const BETWEEN_LOOKS: Duration = Duration::from_millis(50);

/// Held by a worker for its life.
#[derive(Debug)]
pub struct Lease {
    claims: Claims,
    token: u64,
    claim: Arc<Mutex<Claim>>,
    is_by_silence: bool,
    heart: Option<Heart>,
    /// Kept locked; none where the file system knows no locks or a stopped process keeps it.
    _lock: Option<File>,
}

impl Lease {
    /// Takes the right to write `folder`, for the job of a batch system or for none.
    ///
    /// # Errors
    /// When somebody else has it, or it cannot be written down.
    pub fn take(folder: &RunFolder, job: &str, pace: Pace) -> Result<Self, LeaseError> {
        let claims = Claims::new(folder.lease());
        let mut lock = Lock::open(folder)?;
        let mut claim = Claim::own(job);
        let before = claims.newest();
        let is_own_job = |found: &Found| found.claim().is_some_and(|old| old.job == job);
        let pushes = !job.is_empty() && before.as_ref().is_some_and(is_own_job);
        if !pushes {
            if !lock.take_patiently()? {
                return Err(LeaseError::Busy);
            }
            if let Some(before) = &before {
                let mut watch = Watch::new(before, pace);
                while !watch.is_over(&claims, &claim, lock.is_free()) {
                    if watch.has_moved {
                        return Err(LeaseError::Busy);
                    }
                    thread::sleep(BETWEEN_LOOKS);
                }
            }
        }
        let token = claims.make(&claim)?;
        let is_by_silence = wait(&claims, token, &mut claim, &mut lock, pace)?;
        lock.say_who()?;
        if !claims.is_newest(token) {
            return Err(LeaseError::Overtaken);
        }
        if !is_by_silence {
            claims.remove_before(token);
        }
        let claim = Arc::new(Mutex::new(claim));
        let lock = lock.held();
        Ok(Self { claims, token, claim, is_by_silence, heart: None, _lock: lock })
    }

    /// Lets a thread say that the holder lives. It calls `when_lost` when a newer number is there.
    #[must_use]
    pub fn beating(mut self, pace: Pace, when_lost: impl FnOnce() + Send + 'static) -> Self {
        let (claims, claim) = (self.claims.clone(), Arc::clone(&self.claim));
        self.heart = Some(Heart::start(claims, self.token, claim, pace.beat, when_lost));
        self
    }

    /// The number.
    pub const fn token(&self) -> u64 {
        self.token
    }

    /// Whether a worker before this one may still be there, though nothing has been heard of it for long.
    pub const fn is_by_silence(&self) -> bool {
        self.is_by_silence
    }

    /// False once there is a newer number, or no run folder any more: then nothing may be written.
    pub fn is_held(&self) -> bool {
        self.claims.is_newest(self.token)
    }
}

impl Drop for Lease {
    /// Gives the right back.
    fn drop(&mut self) {
        // The thread first, so that it does not write over this.
        self.heart = None;
        let mut claim = self.claim.lock().unwrap_or_else(PoisonError::into_inner);
        claim.left = true;
        // Without it those who come have to wait for silence, no more.
        let _ = self.claims.write(self.token, &claim);
    }
}

/// Waits until all claims before `token` are over; true where one of them is so by silence alone.
fn wait(
    claims: &Claims,
    token: u64,
    claim: &mut Claim,
    lock: &mut Lock,
    pace: Pace,
) -> Result<bool, LeaseError> {
    let tokens = claims.tokens().map_err(|source| fail(claims, source))?;
    let before = tokens.into_iter().filter(|old| *old < token);
    let mut watches: Vec<Watch> =
        before.filter_map(|old| claims.find(old)).map(|found| Watch::new(&found, pace)).collect();
    let mut beaten = Instant::now();
    loop {
        lock.take_at_once()?;
        watches.retain_mut(|watch| !watch.is_over_for_sure(claims, claim, lock.is_free()));
        if watches.iter().all(Watch::is_silent) {
            return Ok(!watches.is_empty());
        }
        if !claims.is_newest(token) {
            return Err(LeaseError::Overtaken);
        }
        if beaten.elapsed() >= pace.beat {
            beaten = Instant::now();
            claim.beats += 1;
            claims.write(token, claim).map_err(|source| fail(claims, source))?;
        }
        thread::sleep(BETWEEN_LOOKS);
    }
}

fn fail(claims: &Claims, source: io::Error) -> WriteError {
    WriteError { path: claims.folder().to_owned(), source }
}

/// A claim that is looked at until it is over.
struct Watch {
    found: Found,
    since: Instant,
    silence: Duration,
    has_moved: bool,
}

impl Watch {
    fn new(found: &Found, pace: Pace) -> Self {
        Self {
            found: found.clone(),
            since: Instant::now(),
            silence: pace.silence,
            has_moved: false,
        }
    }

    fn is_silent(&self) -> bool {
        self.since.elapsed() >= self.silence
    }

    /// Looks again; true when its holder has left it, or cannot be there any more.
    fn is_over_for_sure(&mut self, claims: &Claims, own: &Claim, lock_is_free: bool) -> bool {
        let Some(found) = claims.find(self.found.token) else { return true };
        if found != self.found {
            (self.found, self.since, self.has_moved) = (found, Instant::now(), true);
        }
        self.found.claim().is_some_and(|claim| claim.is_over(own, lock_is_free))
    }

    fn is_over(&mut self, claims: &Claims, own: &Claim, lock_is_free: bool) -> bool {
        self.is_over_for_sure(claims, own, lock_is_free) || self.is_silent()
    }
}

/// The lock on `worker.lock`, by which processes of this machine know of each other.
struct Lock {
    path: std::path::PathBuf,
    file: File,
    state: LockState,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum LockState {
    Open,
    Held,
    /// This file system has no locks.
    Unknown,
}

impl Lock {
    fn open(folder: &RunFolder) -> Result<Self, WriteError> {
        let path = folder.worker_lock();
        let opened = File::options().create(true).truncate(false).write(true).open(&path);
        match opened {
            Ok(file) => Ok(Self { path, file, state: LockState::Open }),
            Err(source) => Err(WriteError { path, source }),
        }
    }

    fn fail(&self, source: io::Error) -> WriteError {
        WriteError { path: self.path.clone(), source }
    }

    /// Takes it if nobody has it.
    fn take_at_once(&mut self) -> Result<(), WriteError> {
        if self.state != LockState::Open {
            return Ok(());
        }
        match self.file.try_lock() {
            Ok(()) => self.state = LockState::Held,
            Err(TryLockError::WouldBlock) => {}
            Err(TryLockError::Error(error)) if has_no_locks(&error) => {
                self.state = LockState::Unknown;
            }
            Err(TryLockError::Error(error)) => return Err(self.fail(error)),
        }
        Ok(())
    }

    /// The same with some patience; false when a worker has it.
    fn take_patiently(&mut self) -> Result<bool, WriteError> {
        for _ in 0..LOCK_TRIES {
            self.take_at_once()?;
            if self.state != LockState::Open {
                return Ok(true);
            }
            thread::sleep(BETWEEN_LOOKS);
        }
        Ok(false)
    }

    /// Whether no other process of this machine has it, for sure.
    fn is_free(&self) -> bool {
        self.state == LockState::Held
    }

    /// Writes down whose it is.
    fn say_who(&mut self) -> Result<(), WriteError> {
        if self.state != LockState::Held {
            return Ok(());
        }
        let written =
            self.file.set_len(0).and_then(|()| write!(self.file, "{}", std::process::id()));
        written.map_err(|error| self.fail(error))
    }

    fn held(self) -> Option<File> {
        (self.state == LockState::Held).then_some(self.file)
    }
}

fn has_no_locks(error: &io::Error) -> bool {
    use rustix::io::Errno;
    error.kind() == io::ErrorKind::Unsupported
        || [Errno::NOLCK, Errno::NOSYS, Errno::OPNOTSUPP]
            .iter()
            .any(|code| error.raw_os_error() == Some(code.raw_os_error()))
}

#[cfg(test)]
mod tests;
