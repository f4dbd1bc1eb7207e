//! Logs for people that do not grow without end: what the daemon and workers print goes into a file each, and a file
//! that has become long is put aside for a new one, over the one that was put aside before.
//!
//! ```text
//! daemon.log ─(more than LIMIT_BYTES)─► daemon.log.old
//! ```

use std::{
    fs::{self, File, OpenOptions},
    io,
    os::{fd::AsFd, unix::fs::MetadataExt},
    path::{Path, PathBuf},
    thread,
    time::Duration,
};

/// The size from which a log is put aside.
pub const LIMIT_BYTES: u64 = 1 << 20;
/// How often a process looks at its own.
const LOOK_EVERY: Duration = Duration::from_secs(2);

/// Where a log goes that is put aside.
pub fn aside(path: &Path) -> PathBuf {
    path.with_extension("log.old")
}

/// Puts a log aside if it is long. Whoever writes it goes on in the file that was put aside, until they look.
pub fn put_aside_if_long(path: &Path) {
    if fs::metadata(path).is_ok_and(|file| file.len() > LIMIT_BYTES) {
        // Better a long log than none.
        let _ = fs::rename(path, aside(path));
    }
}

/// From now on keeps the log at `path` short, as long as it is what this process prints into.
pub fn keep_short(path: PathBuf) {
    thread::spawn(move || {
        loop {
            thread::sleep(LOOK_EVERY);
            // A full disk: the next look may find room.
            let _ = look(&path);
        }
    });
}

/// Goes on printing at `path`, where this process prints there and the log is long or was put aside by somebody.
fn look(path: &Path) -> io::Result<()> {
    let (out, errors) = (identity(io::stdout()), identity(io::stderr()));
    let is_own = |path: &Path| fs::metadata(path).is_ok_and(|file| of_file(&file) == errors);
    if is_own(path) {
        put_aside_if_long(path);
    }
    if errors.is_none() || is_own(path) || !is_own(&aside(path)) {
        return Ok(());
    }
    let log: File = OpenOptions::new().create(true).append(true).open(path)?;
    if out == errors {
        rustix::stdio::dup2_stdout(&log)?;
    }
    Ok(rustix::stdio::dup2_stderr(&log)?)
}

/// Which file an open one is: its device and its number there.
fn identity(file: impl AsFd) -> Option<(u64, u64)> {
    File::from(file.as_fd().try_clone_to_owned().ok()?)
        .metadata()
        .ok()
        .and_then(|file| of_file(&file))
}

fn of_file(file: &fs::Metadata) -> Option<(u64, u64)> {
    file.is_file().then(|| (file.dev(), file.ino()))
}
