//! Whether there is a shell that would wake this program again after it stopped.
//!
//! A program that is all there is on its terminal (`xterm -e`, `ssh -t HOST`) has none: stopped, it would
//! stay so for ever, and the terminal with it. The system keeps such a process group (an orphaned one) from
//! being stopped by the terminal; who stops by its own hand has to look.

use std::fs;

use rustix::process::{self, Pid};

/// True when some parent of this process group is another group of the same session: a shell with jobs.
pub fn has_shell() -> bool {
    let (group, session) = (process::getpgrp(), process::getsid(None).ok());
    let mut ancestor = process::getppid();
    while let Some(parent) = ancestor {
        if process::getsid(Some(parent)).ok() != session {
            return false;
        }
        if process::getpgid(Some(parent)).ok() != Some(group) {
            return true;
        }
        ancestor = parent_of(parent);
    }
    false
}

/// The parent of a process, where the system has `/proc`.
fn parent_of(process: Pid) -> Option<Pid> {
    let stat = fs::read_to_string(format!("/proc/{}/stat", process.as_raw_pid())).ok()?;
    // The name, in parentheses, may hold anything; state and parent follow it.
    let parent = stat.rsplit(')').next()?.split_whitespace().nth(1)?;
    Pid::from_raw(parent.parse().ok()?)
}
