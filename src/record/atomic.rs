//! Whole files or none: a reader, a crash or a full disk never meets a half-written one.

use std::{
    fs::{self, File},
    io::{self, Write},
    path::{Path, PathBuf},
};

/// A file that could not be written. What stood there before still stands.
#[derive(Debug, thiserror::Error)]
#[error("cannot write {}: {source}{}", path.display(), advice(source))]
pub struct WriteError {
    /// The file.
    pub path: PathBuf,
    /// What the system says.
    pub source: io::Error,
}

fn advice(error: &io::Error) -> &'static str {
    match error.kind() {
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => {
            " — free some space, then resume the run"
        }
        io::ErrorKind::PermissionDenied | io::ErrorKind::ReadOnlyFilesystem => {
            " — make the folder writable, or choose another data directory"
        }
        _ => "",
    }
}

/// Writes `bytes` to `path` by way of a temporary file beside it, which is synchronised and renamed.
pub fn write(path: &Path, bytes: &[u8]) -> Result<(), WriteError> {
    let fail = |source| WriteError { path: path.to_owned(), source };
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(format!(".{}.tmp", std::process::id()));
    let temporary = path.with_file_name(name);
    let written = (|| {
        let mut file = File::create(&temporary)?;
        file.write_all(bytes)?;
        file.sync_all()?;
        fs::rename(&temporary, path)
    })();
    if written.is_err() {
        // The failure to report is the first one; a leftover is only untidy.
        let _ = fs::remove_file(&temporary);
    }
    written.map_err(fail)
}

/// Makes a folder and those above it.
pub fn create_folder(path: &Path) -> Result<(), WriteError> {
    fs::create_dir_all(path).map_err(|source| WriteError { path: path.to_owned(), source })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failed_write_leaves_the_old_file_and_nothing_else() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("kept");
        write(&path, b"old").unwrap();
        // A folder in the temporary file's place makes the write fail.
        fs::create_dir(folder.path().join(format!("kept.{}.tmp", std::process::id()))).unwrap();
        let error = write(&path, b"new").unwrap_err();
        assert!(error.to_string().starts_with(&format!("cannot write {}", path.display())));
        assert_eq!(fs::read(&path).unwrap(), b"old");
    }

    #[test]
    fn a_full_disk_is_named_with_what_to_do() {
        if !Path::new("/dev/full").exists() {
            return;
        }
        let error = WriteError {
            path: "x".into(),
            source: fs::write("/dev/full", vec![0; 1 << 16]).unwrap_err(),
        };
        assert!(error.to_string().contains("free some space"), "{error}");
    }
}
