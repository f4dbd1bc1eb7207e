//! A worker's claim on a run: a file in `lease/` whose name is its number.
//!
//! Numbers are given by the file system: a claim is made with `O_EXCL`, which is atomic on NFS as well, so no
//! two workers ever have the same one. The file says who has it, and its holder counts in it that it lives.

use std::{
    fs::{self, File, OpenOptions},
    io::{self, Write},
    os::unix::fs::FileExt,
    path::{Path, PathBuf},
};

use serde::{Deserialize, Serialize};

use crate::record::atomic::WriteError;

/// Who has a claim.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Claim {
    /// The machine.
    pub host: String,
    /// Which start of that machine's system, where the system tells: two containers of one machine have the same,
    /// and after a restart it is another.
    #[serde(default)]
    pub boot: String,
    /// The process.
    pub pid: u32,
    /// The job of a batch system that it runs in; empty where there is none.
    #[serde(default)]
    pub job: String,
    /// Counts up while it lives.
    #[serde(default)]
    pub beats: u64,
    /// True once it has left the run and writes nothing any more.
    #[serde(default)]
    pub left: bool,
}

impl Claim {
    /// This process's, in a job of a batch system or in none.
    pub fn own(job: &str) -> Self {
        let boot = fs::read_to_string("/proc/sys/kernel/random/boot_id").unwrap_or_default();
        Self {
            host: sysinfo::System::host_name().unwrap_or_default(),
            boot: boot.trim().to_owned(),
            pid: std::process::id(),
            job: job.to_owned(),
            beats: 0,
            left: false,
        }
    }

    /// Whether its holder writes nothing any more, as far as `own` can tell at once. `lock_is_free` says that no
    /// process of this machine holds the lock of the run.
    pub fn is_over(&self, own: &Self, lock_is_free: bool) -> bool {
        let restarted = self.boot != own.boot && !self.boot.is_empty() && !own.boot.is_empty();
        let same_host = self.host == own.host;
        let same_machine =
            if self.boot.is_empty() || own.boot.is_empty() { same_host } else { !restarted };
        self.left || (same_machine && lock_is_free) || (same_host && restarted)
    }
}

/// A claim as it is found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    /// Its number.
    pub token: u64,
    /// Its file, byte by byte: it changes while its holder lives.
    pub bytes: Vec<u8>,
}

impl Found {
    /// What the file says; none while it is being written.
    pub fn claim(&self) -> Option<Claim> {
        serde_json::from_slice(&self.bytes).ok()
    }
}

/// The claims on one run.
#[derive(Debug, Clone)]
pub struct Claims(PathBuf);

impl Claims {
    /// Those in the folder `lease` of a run folder, which need not exist.
    pub fn new(folder: PathBuf) -> Self {
        Self(folder)
    }

    /// The folder.
    pub fn folder(&self) -> &Path {
        &self.0
    }

    fn path(&self, token: u64) -> PathBuf {
        self.0.join(token.to_string())
    }

    /// All numbers, rising. The folder is read anew: asking for a name that was not there may be answered from
    /// what a network file system remembers.
    pub fn tokens(&self) -> io::Result<Vec<u64>> {
        let mut tokens = Vec::new();
        for entry in fs::read_dir(&self.0)? {
            tokens.extend(entry?.file_name().to_str().and_then(|name| name.parse::<u64>().ok()));
        }
        tokens.sort_unstable();
        Ok(tokens)
    }

    /// Whether a number is the highest. Of a folder that is gone nobody has a claim.
    pub fn is_newest(&self, token: u64) -> bool {
        self.tokens().is_ok_and(|tokens| tokens.last() == Some(&token))
    }

    /// The claim of a number, if it is there.
    pub fn find(&self, token: u64) -> Option<Found> {
        fs::read(self.path(token)).ok().map(|bytes| Found { token, bytes })
    }

    /// The newest claim, if there is any.
    pub fn newest(&self) -> Option<Found> {
        self.find(*self.tokens().ok()?.last()?)
    }

    /// Makes the next claim.
    pub fn make(&self, claim: &Claim) -> Result<u64, WriteError> {
        crate::record::atomic::create_folder(&self.0)?;
        let failed = |path: &Path, source| WriteError { path: path.to_owned(), source };
        loop {
            let tokens = self.tokens().map_err(|error| failed(&self.0, error))?;
            let token = tokens.last().map_or(1, |last| last + 1);
            let path = self.path(token);
            match OpenOptions::new().write(true).create_new(true).open(&path) {
                Ok(mut file) => {
                    let written = text(claim).and_then(|text| file.write_all(&text));
                    written.map_err(|error| failed(&path, error))?;
                    return Ok(token);
                }
                // Another worker was faster.
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
                Err(error) => return Err(failed(&path, error)),
            }
        }
    }

    /// Writes a claim over what stood there. One that somebody has removed is not made again.
    pub fn write(&self, token: u64, claim: &Claim) -> io::Result<()> {
        let file = File::options().write(true).open(self.path(token))?;
        let text = text(claim)?;
        file.write_all_at(&text, 0)?;
        file.set_len(text.len() as u64)
    }

    /// Removes the claims before a number.
    pub fn remove_before(&self, token: u64) {
        for old in self.tokens().unwrap_or_default() {
            if old < token {
                // One that stays is only untidy.
                let _ = fs::remove_file(self.path(old));
            }
        }
    }
}

fn text(claim: &Claim) -> io::Result<Vec<u8>> {
    Ok(serde_json::to_vec(claim)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn claim(host: &str, boot: &str) -> Claim {
        Claim { host: host.to_owned(), boot: boot.to_owned(), pid: 7, ..Claim::default() }
    }

    #[test]
    fn a_claim_is_over_when_its_holder_cannot_be_at_work_any_more() {
        let own = claim("node1", "a");
        let over = |other: Claim, lock_is_free| other.is_over(&own, lock_is_free);
        assert!(over(Claim { left: true, ..claim("node2", "b") }, false));
        // On another machine the lock says nothing.
        assert!(!over(claim("node2", "b"), true));
        assert!(over(claim("node1", "a"), true));
        assert!(!over(claim("node1", "a"), false));
        // A container of the same machine, and the same machine before it was started anew.
        assert!(over(claim("pod", "a"), true));
        assert!(over(claim("node1", "z"), false));
        // A system that does not tell of its start.
        assert!(over(claim("node1", ""), true));
        assert!(!over(claim("node1", ""), false));
        assert!(!over(claim("node2", ""), true));
    }

    #[test]
    fn numbers_rise_and_no_two_workers_have_the_same() {
        let folder = tempfile::tempdir().unwrap();
        let claims = Claims::new(folder.path().join("lease"));
        assert_eq!(claims.newest(), None);
        assert!(!claims.is_newest(1));
        let make = |_| claims.make(&claim("node1", "a")).unwrap();
        let mut tokens: Vec<u64> = std::thread::scope(|scope| {
            let threads: Vec<_> = (0..8).map(|at| scope.spawn(move || make(at))).collect();
            threads.into_iter().map(|thread| thread.join().unwrap()).collect()
        });
        tokens.sort_unstable();
        assert_eq!(tokens, (1..=8).collect::<Vec<_>>());
        assert!(claims.is_newest(8) && !claims.is_newest(7));
        claims.remove_before(8);
        assert_eq!(claims.tokens().unwrap(), [8]);
        assert_eq!(claims.make(&claim("node1", "a")).unwrap(), 9);
    }

    #[test]
    fn a_claim_is_written_over_but_never_made_again() {
        let folder = tempfile::tempdir().unwrap();
        let claims = Claims::new(folder.path().to_owned());
        let mut claim = claim("node1", "a");
        let token = claims.make(&claim).unwrap();
        let before = claims.newest().unwrap();
        (claim.beats, claim.left) = (12, true);
        claims.write(token, &claim).unwrap();
        let after = claims.newest().unwrap();
        assert_ne!(before.bytes, after.bytes);
        assert_eq!(after.claim(), Some(claim.clone()));
        fs::remove_file(folder.path().join("1")).unwrap();
        assert!(claims.write(token, &claim).is_err());
        assert!(claims.tokens().unwrap().is_empty());
    }
}
