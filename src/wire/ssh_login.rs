//! A host that wants to know who asks: `ssh` gets the terminal, and its connection is kept for those that follow.

use std::{
    ffi::{OsStr, OsString},
    path::Path,
    process::Command,
};

use super::{host_error::HostError, socket};
use crate::config::RemoteHost;

/// How long a connection that was logged in stays when nobody uses it.
const IDLE_LOGIN: &str = "30m";

/// Lets the user at the terminal log in to a host: `ssh` asks what it has to ask, and then holds its connection in the
/// background, which those that are made later go over. Call it while the terminal is not ours.
pub fn log_in(host: &RemoteHost) -> Result<(), HostError> {
    let fail = |said: String| HostError::Failed { host: host.name.clone(), said };
    let path = socket::ssh_path(&host.ssh).map_err(|error| fail(error.to_string()))?;
    // One of before may have lost its connection and not know it.
    drop(Command::new("ssh").args(control(&path, "exit", host)).output());
    let status = Command::new("ssh")
        .args(["-f", "-N", "-M", "-x", "-o", "ClearAllForwardings=yes", "-o"])
        .arg(format!("ControlPersist={IDLE_LOGIN}"))
        .arg("-S")
        .args([path.as_os_str(), "--".as_ref(), host.ssh.as_ref()])
        .status()
        .map_err(|error| HostError::NoSsh(error.to_string()))?;
    if status.success() { Ok(()) } else { Err(fail("ssh did not log in".to_owned())) }
}

/// What the `ssh` that listens at `path` is told.
fn control(path: &Path, what: &str, host: &RemoteHost) -> Vec<OsString> {
    let words: [&OsStr; 6] = [
        "-S".as_ref(),
        path.as_os_str(),
        "-O".as_ref(),
        what.as_ref(),
        "--".as_ref(),
        host.ssh.as_ref(),
    ];
    words.map(Into::into).into()
}
