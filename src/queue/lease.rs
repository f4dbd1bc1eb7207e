//! Whether a worker is at a run, told by the lock that it holds on `worker.lock` for its life.
//!
//! Process numbers are used again by the system and mean nothing on another machine; a file lock is
//! gone the moment its holder is, however it went.

use std::{
    fs::{self, File, TryLockError},
    path::Path,
};

use rustix::process::{Pid, test_kill_process};

/// The lock of a run folder, as found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lease {
    /// Nobody is at the run.
    Free,
    /// A worker is, by this process number if the file says one.
    Held(Option<u32>),
}

/// Looks at the lock file at `path`.
///
/// Looking means sharing the lock for a moment, so this is only asked of runs that nobody is starting.
pub fn look(path: &Path) -> Lease {
    let Ok(file) = File::open(path) else { return Lease::Free };
    match file.try_lock_shared() {
        Err(TryLockError::WouldBlock) => {
            Lease::Held(fs::read_to_string(path).ok().and_then(|text| text.trim().parse().ok()))
        }
        Ok(()) | Err(TryLockError::Error(_)) => Lease::Free,
    }
}

/// True while there is a process of this number that has not ended.
pub fn is_alive(pid: u32) -> bool {
    let Some(id) = i32::try_from(pid).ok().and_then(Pid::from_raw) else { return false };
    let there = match test_kill_process(id) {
        Ok(()) => true,
        Err(error) => error == rustix::io::Errno::PERM,
    };
    there && !is_zombie(pid)
}

/// A process that has ended but has not been waited for; only Linux tells.
fn is_zombie(pid: u32) -> bool {
    // The state is the letter behind the name, which is in brackets and may itself hold brackets.
    fs::read_to_string(format!("/proc/{pid}/stat"))
        .ok()
        .and_then(|stat| stat.rsplit_once(')')?.1.trim_start().chars().next())
        .is_some_and(|state| matches!(state, 'Z' | 'X'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lease_is_held_as_long_as_its_file_is_locked() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("worker.lock");
        assert_eq!(look(&path), Lease::Free);
        fs::write(&path, "4711\n").unwrap();
        assert_eq!(look(&path), Lease::Free);
        let held = File::open(&path).unwrap();
        held.lock().unwrap();
        assert_eq!(look(&path), Lease::Held(Some(4711)));
        drop(held);
        assert_eq!(look(&path), Lease::Free);
    }

    #[test]
    fn a_process_that_ended_is_not_alive_though_nobody_waited_for_it() {
        assert!(is_alive(std::process::id()));
        assert!(!is_alive(0));
        let mut child = std::process::Command::new("true").spawn().unwrap();
        while is_alive(child.id()) {
            std::thread::sleep(std::time::Duration::from_millis(5));
        }
        child.wait().unwrap();
    }
}
