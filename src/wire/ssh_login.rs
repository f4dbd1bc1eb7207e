//! A host that wants to know who asks: `ssh` gets the terminal, and its connection is kept for those that follow.

use std::{fs, path::Path, process::Command, time::Duration};

use tokio::task::spawn_blocking;

use super::{host_error::HostError, socket, ssh_sharing};
use crate::{config::RemoteHost, queue::own_process::Question};

/// How long a connection that was logged in stays when nobody uses it.
const IDLE_LOGIN: &str = "30m";
/// How often it may miss the host's patience until it counts as broken.
const MISSED: u32 = 3;
/// How long the `ssh` that holds such a connection may take to end it.
const END_LIMIT: Duration = Duration::from_secs(2);

/// Lets the user at the terminal log in to a host: `ssh` asks what it has to ask, and then holds its connection in the
/// background, which those that are made later go over. Call it while the terminal is not ours.
pub fn log_in(host: &RemoteHost) -> Result<(), HostError> {
    let fail = |said: String| HostError::Failed { host: host.name.clone(), said };
    let path = socket::ssh_path(&host.ssh).map_err(|error| fail(error.to_string()))?;
    // One of before may have lost its connection and not know it.
    end(&path, host);
    let status = Command::new("ssh")
        .args(["-f", "-N", "-M", "-x", "-o", "ClearAllForwardings=yes"])
        .args(["-o", &format!("ControlPersist={IDLE_LOGIN}")])
        .args(["-o", &format!("ServerAliveInterval={}", host.patience)])
        .args(["-o", &format!("ServerAliveCountMax={MISSED}")])
        .arg("-S")
        .args([path.as_os_str(), "--".as_ref(), host.ssh.as_ref()])
        .status()
        .map_err(|error| HostError::NoSsh(error.to_string()))?;
    if status.success() { Ok(()) } else { Err(fail("ssh did not log in".to_owned())) }
}

/// Ends the connection of a login, if there is one, with whatever goes over it.
pub async fn log_out(host: &RemoteHost) {
    if let Some(path) = ssh_sharing::login(host) {
        let host = host.clone();
        // Nothing hangs on it but that later commands find the way free.
        let _ = spawn_blocking(move || end(&path, &host)).await;
    }
}

/// Tells the `ssh` that listens at `path` to end. Where it does not, nobody shall find it.
fn end(path: &Path, host: &RemoteHost) {
    let mut command = Command::new("ssh");
    command.arg("-S").args([path.as_os_str(), "-O".as_ref(), "exit".as_ref(), "--".as_ref()]);
    command.arg(&host.ssh);
    let question = Question { arguments: &[], input: None, limit: END_LIMIT };
    // There may be none, and a socket that is gone is what is wanted.
    drop(question.ask_by(command));
    let _ = fs::remove_file(path);
}
