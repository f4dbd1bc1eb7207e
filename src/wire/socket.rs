//! Where the daemon of a data directory listens: a Unix socket that only its user can reach.
//!
//! It lies in the user's runtime directory, or in `/tmp/stillroom-UID` where there is none, in a folder
//! that belongs to the user and that nobody else may enter. Its name comes from the data directory.

use std::{
    env,
    fs::{self, DirBuilder, Permissions},
    io,
    os::unix::{
        ffi::OsStrExt,
        fs::{DirBuilderExt, MetadataExt, PermissionsExt},
        net::UnixListener,
    },
    path::{Path, PathBuf},
};

use sha2::{Digest, Sha256};

use crate::queue::Places;

/// The most bytes of a socket's path: 108 on Linux, one of them the final zero.
const MAX_PATH_BYTES: usize = 107;

/// A socket that cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum SocketError {
    /// The path is longer than the system takes.
    #[error(
        "the socket path {} is {} bytes long, and a Unix socket takes at most {MAX_PATH_BYTES}; \
         set XDG_RUNTIME_DIR to a folder with a shorter path", path.display(), path.as_os_str().len()
    )]
    TooLong {
        /// The path.
        path: PathBuf,
    },
    /// The folder is not the user's alone.
    #[error("{} cannot hold the socket: {problem}; remove it, or set XDG_RUNTIME_DIR", path.display())]
    Unsafe {
        /// The folder.
        path: PathBuf,
        /// What is wrong with it.
        problem: String,
    },
    /// The folder or the socket cannot be made.
    #[error("cannot make {}: {source}", path.display())]
    Make {
        /// The folder or the socket.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
}

/// The socket of a data directory, in a folder that is safe. The socket itself need not exist.
pub fn path(places: &Places) -> Result<PathBuf, SocketError> {
    let (folder, user) = folder();
    path_in(&folder, user, places.data_dir().as_os_str().as_bytes(), "sock")
}

/// Where an `ssh` that was logged in listens for others that go over its connection to the same destination.
pub fn ssh_path(destination: &str) -> Result<PathBuf, SocketError> {
    let (folder, user) = folder();
    path_in(&folder, user, destination.as_bytes(), "ssh")
}

/// The folder of sockets, and whose it has to be.
fn folder() -> (PathBuf, u32) {
    let user = rustix::process::geteuid().as_raw();
    let runtime = env::var_os("XDG_RUNTIME_DIR").map(PathBuf::from);
    let runtime = runtime.filter(|path| path.is_absolute() && path.is_dir());
    let folder = match runtime {
        Some(runtime) => runtime.join("stillroom"),
        None => env::temp_dir().join(format!("stillroom-{user}")),
    };
    (folder, user)
}

fn path_in(folder: &Path, user: u32, of: &[u8], ending: &str) -> Result<PathBuf, SocketError> {
    let digest = Sha256::digest(of);
    let short = digest.iter().take(8).fold(0_u64, |name, byte| name << 8 | u64::from(*byte));
    let path = folder.join(format!("{short:016x}.{ending}"));
    if path.as_os_str().len() > MAX_PATH_BYTES {
        return Err(SocketError::TooLong { path });
    }
    make_safe(folder, user)?;
    Ok(path)
}

fn make_safe(folder: &Path, user: u32) -> Result<(), SocketError> {
    let fail = |source| SocketError::Make { path: folder.to_owned(), source };
    match DirBuilder::new().mode(0o700).create(folder) {
        Ok(()) => {}
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
        Err(error) => return Err(fail(error)),
    }
    // The folder itself, not what a link in its place leads to.
    let found = fs::symlink_metadata(folder).map_err(fail)?;
    let problem = if !found.is_dir() {
        "it is not a folder".to_owned()
    } else if found.uid() != user {
        format!("it belongs to user {}", found.uid())
    } else if found.mode() & 0o077 != 0 {
        format!("others may enter it (its mode is {:o})", found.mode() & 0o777)
    } else {
        return Ok(());
    };
    Err(SocketError::Unsafe { path: folder.to_owned(), problem })
}

/// Listens at `path`. A socket that a dead daemon left there is replaced: the caller holds the data
/// directory's lock, so there is no living one.
pub fn listen(path: &Path) -> Result<UnixListener, SocketError> {
    let fail = |source| SocketError::Make { path: path.to_owned(), source };
    match fs::remove_file(path) {
        Ok(()) => {}
        Err(error) if error.kind() == io::ErrorKind::NotFound => {}
        Err(error) => return Err(fail(error)),
    }
    let listener = UnixListener::bind(path).map_err(fail)?;
    fs::set_permissions(path, Permissions::from_mode(0o600)).map_err(fail)?;
    listener.set_nonblocking(true).map_err(fail)?;
    Ok(listener)
}

#[cfg(test)]
mod tests {
    use std::os::unix::{fs::symlink, net::UnixStream};

    use super::*;

    fn own() -> u32 {
        rustix::process::geteuid().as_raw()
    }

    #[test]
    fn the_folder_is_made_for_the_user_alone_and_the_name_comes_from_the_data_directory() {
        let outer = tempfile::tempdir().unwrap();
        let folder = outer.path().join("stillroom");
        let first = path_in(&folder, own(), b"/data/a", "sock").unwrap();
        let second = path_in(&folder, own(), b"/data/b", "sock").unwrap();
        assert_ne!(first, second);
        assert_eq!(path_in(&folder, own(), b"/data/a", "sock").unwrap(), first);
        assert_eq!(fs::metadata(&folder).unwrap().mode() & 0o777, 0o700);
    }

    #[test]
    fn a_folder_that_is_not_the_users_alone_is_refused() {
        let outer = tempfile::tempdir().unwrap();
        let open = outer.path().join("open");
        fs::create_dir(&open).unwrap();
        fs::set_permissions(&open, Permissions::from_mode(0o755)).unwrap();
        let link = outer.path().join("link");
        symlink(outer.path(), &link).unwrap();
        let told =
            |folder: &Path, user| path_in(folder, user, b"/d", "sock").unwrap_err().to_string();
        assert!(told(&open, own()).contains("others may enter it (its mode is 755)"));
        assert!(told(&link, own()).contains("it is not a folder"));
        fs::set_permissions(&open, Permissions::from_mode(0o700)).unwrap();
        assert!(told(&open, own() + 1).contains("it belongs to user"));
    }

    #[test]
    fn a_path_that_is_too_long_is_a_sentence() {
        let folder = PathBuf::from("/").join("x".repeat(120));
        let error = path_in(&folder, own(), b"/d", "sock").unwrap_err();
        assert!(
            error.to_string().contains("is 143 bytes long, and a Unix socket takes at most 107")
        );
    }

    #[test]
    fn a_dead_socket_is_replaced_and_only_the_user_may_connect() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("s.sock");
        drop(listen(&path).unwrap());
        assert!(UnixStream::connect(&path).is_err());
        let _living = listen(&path).unwrap();
        assert!(UnixStream::connect(&path).is_ok());
        assert_eq!(fs::metadata(&path).unwrap().mode() & 0o777, 0o600);
    }
}
