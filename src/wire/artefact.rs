//! The files of a run folder, and a file of it or a part of one, for a client: never anything outside the folder.

use std::{
    fs::{self, File},
    io::{self, Read, Seek, SeekFrom},
    path::{Component, Path},
};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::message::MAX_ARTEFACT_BYTES;
use crate::{queue::Refusal, record::checksum};

/// A file of a run folder, or a folder of many.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Listed {
    /// Relative to the run folder; that of a folder ends in `/`.
    pub path: String,
    /// Bytes, of all files together.
    pub size: u64,
    /// How many files: 1 for a file.
    pub files: u64,
    /// When the file, or the last of them, was written.
    pub changed: Timestamp,
    /// The SHA-256 of a file, in hexadecimal digits, where it was asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub digest: Option<String>,
}

/// A folder of more files than this is told as one.
const MANY: usize = 12;

/// What lies in `folder`, by paths: every file, but a folder of many files in its sum. Links are not followed.
pub fn list(folder: &Path) -> Result<Vec<Listed>, Refusal> {
    listed(folder, MANY)
}

/// Every file in `folder` by itself, by paths, with its checksum. A file that grows meanwhile is as long as it was
/// when it was looked at.
pub fn list_whole(folder: &Path) -> Result<Vec<Listed>, Refusal> {
    let mut files = listed(folder, usize::MAX)?;
    for file in &mut files {
        // What a worker takes away meanwhile has none.
        let opened = File::open(folder.join(&file.path));
        file.digest = opened.and_then(|opened| checksum::sha256(opened.take(file.size))).ok();
    }
    files.retain(|file| file.digest.is_some());
    Ok(files)
}

fn listed(folder: &Path, many: usize) -> Result<Vec<Listed>, Refusal> {
    let mut listed = Vec::new();
    walk(folder, "", many, &mut listed)
        .map_err(|error| Refusal::plain(format!("the run folder cannot be read: {error}")))?;
    listed.sort_by(|a, b| a.path.cmp(&b.path));
    Ok(listed)
}

fn walk(folder: &Path, prefix: &str, many: usize, listed: &mut Vec<Listed>) -> io::Result<()> {
    let mut files = Vec::new();
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let path = format!("{prefix}{}", entry.file_name().to_string_lossy());
        // What a worker takes away meanwhile is not there.
        let Ok(meta) = entry.metadata() else { continue };
        if meta.is_dir() {
            walk(&entry.path(), &format!("{path}/"), many, listed)?;
        } else if meta.is_file() {
            let changed = meta.modified()?.try_into().unwrap_or(Timestamp::UNIX_EPOCH);
            files.push(Listed { path, size: meta.len(), files: 1, changed, digest: None });
        }
    }
    match files.iter().map(|file| file.changed).max() {
        Some(changed) if files.len() > many => listed.push(Listed {
            path: prefix.to_owned(),
            size: files.iter().map(|file| file.size).sum(),
            files: files.len() as u64,
            changed,
            digest: None,
        }),
        _ => listed.append(&mut files),
    }
    Ok(())
}

/// A part of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Part {
    /// The size of the whole file in bytes.
    pub size: u64,
    /// At most [`MAX_ARTEFACT_BYTES`] of it; none when the part begins behind its end.
    pub bytes: Vec<u8>,
}

/// Reads the file at `path`, relative to `folder`, from byte `offset` on.
pub fn read(folder: &Path, path: &str, offset: u64) -> Result<Part, Refusal> {
    let outside = || Refusal::plain(format!("`{path}` is not a file in the run folder"));
    let mut components = Path::new(path).components();
    if path.is_empty() || !components.all(|part| matches!(part, Component::Normal(_))) {
        return Err(outside());
    }
    let failed = |error: io::Error| match error.kind() {
        io::ErrorKind::NotFound => {
            Refusal::plain(format!("there is no `{path}` in the run folder"))
        }
        _ => Refusal::plain(format!("`{path}` cannot be read: {error}")),
    };
    let folder = fs::canonicalize(folder).map_err(failed)?;
    let file = fs::canonicalize(folder.join(path)).map_err(failed)?;
    // A link may lead anywhere, and a pipe would never end.
    if !file.starts_with(&folder) || !fs::metadata(&file).map_err(failed)?.is_file() {
        return Err(outside());
    }
    part(&file, offset).map_err(failed)
}

fn part(path: &Path, offset: u64) -> io::Result<Part> {
    let mut file = File::open(path)?;
    let size = file.metadata()?.len();
    file.seek(SeekFrom::Start(offset))?;
    let mut bytes = Vec::new();
    file.take(MAX_ARTEFACT_BYTES as u64).read_to_end(&mut bytes)?;
    Ok(Part { size, bytes })
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::symlink;

    use super::*;

    #[test]
    fn files_are_read_in_parts() {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir(folder.path().join("snapshots")).unwrap();
        let bytes: Vec<u8> = (0..MAX_ARTEFACT_BYTES + 7).map(|index| index as u8).collect();
        fs::write(folder.path().join("snapshots/1.png"), &bytes).unwrap();
        let first = read(folder.path(), "snapshots/1.png", 0).unwrap();
        let rest = read(folder.path(), "snapshots/1.png", first.bytes.len() as u64).unwrap();
        assert_eq!((first.size, rest.bytes.len()), (bytes.len() as u64, 7));
        assert_eq!([first.bytes, rest.bytes].concat(), bytes);
        assert!(
            read(folder.path(), "snapshots/1.png", u64::from(u32::MAX)).unwrap().bytes.is_empty()
        );
    }

    #[test]
    fn files_are_listed_and_a_folder_of_many_is_one() {
        let folder = tempfile::tempdir().unwrap();
        let write = |path: &str, bytes: usize| {
            let path = folder.path().join(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, vec![0; bytes]).unwrap();
        };
        write("spec.toml", 5);
        write("result/synthetic.safetensors", 70);
        (0..=MANY).for_each(|number| write(&format!("snapshots/{number:07}.png"), 10));
        fs::create_dir(folder.path().join("empty")).unwrap();
        symlink(folder.path(), folder.path().join("way")).unwrap();
        let listed = list(folder.path()).unwrap();
        let told: Vec<_> = listed.iter().map(|row| (&row.path[..], row.size, row.files)).collect();
        assert_eq!(
            told,
            [("result/synthetic.safetensors", 70, 1), ("snapshots/", 130, 13), ("spec.toml", 5, 1)]
        );
        assert!(list(&folder.path().join("none")).is_err());
        let whole = list_whole(folder.path()).unwrap();
        assert_eq!(whole.len(), 2 + MANY + 1);
        let spec = whole.iter().find(|file| file.path == "spec.toml").unwrap();
        // Five zero bytes.
        assert!(spec.digest.as_ref().unwrap().starts_with("8855508aade16ec5"));
    }

    #[test]
    fn nothing_outside_the_folder_is_read() {
        let outer = tempfile::tempdir().unwrap();
        let folder = outer.path().join("run");
        fs::create_dir_all(folder.join("sub")).unwrap();
        fs::write(outer.path().join("secret"), "x").unwrap();
        fs::write(folder.join("in"), "x").unwrap();
        symlink(outer.path().join("secret"), folder.join("link")).unwrap();
        symlink(outer.path(), folder.join("way")).unwrap();
        symlink(folder.join("in"), folder.join("sub/within")).unwrap();
        let absolute = outer.path().join("secret").display().to_string();
        let bad =
            ["../secret", "sub/../../secret", "link", "way/secret", &absolute, "", ".", "sub"];
        for path in bad {
            let refusal = read(&folder, path, 0).unwrap_err();
            assert_eq!(refusal.reason, format!("`{path}` is not a file in the run folder"));
        }
        assert_eq!(read(&folder, "sub/within", 0).unwrap().bytes, b"x");
        assert!(read(&folder, "none", 0).unwrap_err().reason.starts_with("there is no `none`"));
    }
}
