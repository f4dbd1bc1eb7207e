//! What a process used, as the system counts it: processor time, and the most memory it ever held.

// The system's own call is the only place that knows a child's peak after it has ended.
#![allow(unsafe_code)]

use std::{
    io,
    mem::MaybeUninit,
    os::unix::process::ExitStatusExt,
    process::{Child, ExitStatus},
};

use serde::{Deserialize, Serialize};

/// What a process used.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Used {
    /// The most memory that was resident at any time, in this process or in one that it waited for. A
    /// child's is at least what its parent had at the time, as it begins as a copy of it.
    pub peak_memory_bytes: u64,
    /// Processor time of all threads, in the program and in the system.
    pub cpu_secs: f64,
}

/// What this process used so far.
pub fn own() -> Used {
    let mut usage = MaybeUninit::<libc::rusage>::zeroed();
    // SAFETY: the call writes into the place it is given; all bits zero are a value of these numbers.
    let usage = unsafe {
        libc::getrusage(libc::RUSAGE_SELF, usage.as_mut_ptr());
        usage.assume_init()
    };
    used(&usage)
}

/// Waits for a child's end. Nobody else may wait for it.
///
/// # Errors
/// What the system says when the child was waited for already.
pub fn wait(child: &Child) -> io::Result<(ExitStatus, Used)> {
    let (mut status, mut usage) = (0, MaybeUninit::<libc::rusage>::zeroed());
    loop {
        // SAFETY: the call writes into the places it is given; all bits zero are a value of both.
        let pid = unsafe {
            libc::wait4(child.id() as libc::pid_t, &raw mut status, 0, usage.as_mut_ptr())
        };
        if pid >= 0 {
            break;
        }
        let error = io::Error::last_os_error();
        if error.kind() != io::ErrorKind::Interrupted {
            return Err(error);
        }
    }
    // SAFETY: as above.
    Ok((ExitStatus::from_raw(status), used(&unsafe { usage.assume_init() })))
}

fn used(usage: &libc::rusage) -> Used {
    let secs = |time: libc::timeval| time.tv_sec as f64 + time.tv_usec as f64 * 1e-6;
    // Linux and the BSDs count in KiB, macOS in bytes.
    let unit = if cfg!(target_vendor = "apple") { 1 } else { 1024 };
    Used {
        peak_memory_bytes: u64::try_from(usage.ru_maxrss).unwrap_or(0) * unit,
        cpu_secs: secs(usage.ru_utime) + secs(usage.ru_stime),
    }
}

#[cfg(test)]
mod tests {
    use std::process::Command;

    use super::*;

    #[test]
    fn memory_and_time_of_this_process_are_known() {
        let before = own();
        let large = std::hint::black_box(vec![1_u8; 64 << 20]);
        let after = own();
        assert!(after.peak_memory_bytes >= large.len() as u64);
        assert!(after.peak_memory_bytes >= before.peak_memory_bytes);
        assert!(after.cpu_secs >= before.cpu_secs);
    }

    #[test]
    fn an_end_is_told_with_what_was_used_and_only_once() {
        let mut child = Command::new("sh").args(["-c", "exit 3"]).spawn().unwrap();
        let (status, used) = wait(&child).unwrap();
        assert_eq!(status.code(), Some(3));
        assert!(used.peak_memory_bytes > 0);
        assert!(wait(&child).is_err() && child.wait().is_err());
    }
}
