//! Data sets that a client sends: the daemon's side.
//!
//! An offer names the files with their sizes and checksums; it is kept beside what has come of them, so that a
//! transfer that broke off goes on where it was, with this daemon or the next. Nothing counts before all of it is
//! there and sound, and nothing is written but what was offered.

use std::{
    fs::{self, OpenOptions},
    io::Write,
    path::{Path, PathBuf},
};

use base64::{Engine, engine::general_purpose::STANDARD};
use serde::{Deserialize, Serialize};

use super::pull::below;
use crate::{
    data,
    queue::Refusal,
    record::{atomic, checksum},
};

/// The most files of a data set; published ones have fewer than ten, imported ones one.
const MOST_FILES: usize = 1000;
/// What is left free on the disk.
const SPARE_BYTES: u64 = 256 << 20;

/// A file of a data set.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DataFile {
    /// Relative to the folder of the data set.
    pub path: String,
    /// Bytes.
    pub size: u64,
    /// Its SHA-256, in hexadecimal digits.
    pub digest: String,
}

/// What has come of a data set.
struct Incoming<'a> {
    name: &'a str,
    data_dir: &'a Path,
    folder: PathBuf,
}

impl<'a> Incoming<'a> {
    fn new(name: &'a str, data_dir: &'a Path) -> Result<Self, Refusal> {
        data::check_name(name).map_err(Refusal::plain)?;
        let folder = data_dir.join("cache").join("incoming").join(name);
        Ok(Self { name, data_dir, folder })
    }

    fn files(&self) -> PathBuf {
        self.folder.join("files")
    }

    fn offer(&self) -> PathBuf {
        self.folder.join("offer.json")
    }

    fn offered(&self) -> Result<Vec<DataFile>, Refusal> {
        let none = || Refusal::plain(format!("no files of `{}` were offered", self.name));
        let text = fs::read(self.offer()).map_err(|_| none())?;
        serde_json::from_slice(&text).map_err(|_| none())
    }

    fn path(&self, file: &DataFile) -> Result<PathBuf, Refusal> {
        below(&self.files(), &file.path).map_err(Refusal::plain)
    }

    /// How much has come of a file; a longer one is none of what was offered.
    fn there(&self, file: &DataFile) -> Result<u64, Refusal> {
        let size = fs::metadata(self.path(file)?).map_or(0, |meta| meta.len());
        Ok(if size <= file.size { size } else { 0 })
    }
}

/// Takes an offer; says how much is there already of each file.
pub fn offer(data_dir: &Path, name: &str, files: &[DataFile]) -> Result<Vec<u64>, Refusal> {
    let incoming = Incoming::new(name, data_dir)?;
    let known = data::list(data_dir).into_iter().find(|set| set.name == name);
    if known.is_some_and(|set| set.is_usable()) {
        return Err(Refusal::plain(format!("the data set `{name}` is there already")));
    }
    if files.is_empty() || files.len() > MOST_FILES {
        let many = files.len();
        return Err(Refusal::plain(format!("{many} files are no data set; at most {MOST_FILES}")));
    }
    let there: Vec<u64> =
        files.iter().map(|file| incoming.there(file)).collect::<Result<_, _>>()?;
    let missing = files.iter().zip(&there).map(|(file, there)| file.size - there);
    let missing = missing.fold(0, u64::saturating_add);
    atomic::create_folder(&incoming.files()).map_err(Refusal::plain)?;
    if let Ok(disk) = rustix::fs::statvfs(&incoming.folder) {
        let free = disk.f_bavail.saturating_mul(disk.f_frsize);
        if missing.saturating_add(SPARE_BYTES) > free {
            return Err(Refusal::plain(format!(
                "`{name}` needs {} MiB, and the disk of {} has {} MiB free, of which {} stay so",
                missing >> 20,
                data_dir.display(),
                free >> 20,
                SPARE_BYTES >> 20
            )));
        }
    }
    let text = serde_json::to_vec(files).map_err(Refusal::plain)?;
    atomic::write(&incoming.offer(), &text).map_err(Refusal::plain)?;
    Ok(there)
}

/// Takes the next part of a file that was offered, in base64; says how much is there then.
pub fn part(
    data_dir: &Path,
    name: &str,
    path: &str,
    offset: u64,
    data: &str,
) -> Result<u64, Refusal> {
    let incoming = Incoming::new(name, data_dir)?;
    let offered = incoming.offered()?;
    let file = offered.iter().find(|file| file.path == path);
    let file = file.ok_or_else(|| Refusal::plain(format!("`{path}` was not offered")))?;
    let bytes = STANDARD.decode(data).map_err(Refusal::plain)?;
    let target = incoming.path(file)?;
    let fail = |error: std::io::Error| {
        Refusal::plain(format!("{} cannot be written: {error}", target.display()))
    };
    if let Some(folder) = target.parent() {
        atomic::create_folder(folder).map_err(Refusal::plain)?;
    }
    let there = incoming.there(file)?;
    let end = offset.saturating_add(bytes.len() as u64);
    if offset != there || end > file.size {
        let text =
            format!("`{path}` is there up to byte {there}, and bytes {offset} to {end} came");
        return Err(Refusal::plain(text));
    }
    let mut options = OpenOptions::new();
    // What is longer than it may be was not counted as there.
    let opened = if there == 0 {
        options.write(true).create(true).truncate(true).open(&target)
    } else {
        options.append(true).open(&target)
    };
    opened.and_then(|mut file| file.write_all(&bytes)).map_err(fail)?;
    Ok(end)
}

/// Checks all that has come and makes it the data set.
pub fn keep(data_dir: &Path, name: &str) -> Result<String, Refusal> {
    let incoming = Incoming::new(name, data_dir)?;
    for file in incoming.offered()? {
        let path = incoming.path(&file)?;
        let found = checksum::of_file(&path).map_err(|error| {
            Refusal::plain(format!("`{}` has not come whole: {error}", file.path))
        })?;
        if found != file.digest {
            // So that it is sent anew.
            drop(fs::remove_file(&path));
            let text = format!("`{}` arrived damaged; send the data set again", file.path);
            return Err(Refusal::plain(text));
        }
    }
    let kept = if data::registry::find(name).is_ok() {
        data::import(name, &incoming.files(), None, data_dir, &|_, _| ()).map_err(Refusal::plain)
    } else {
        keep_own(&incoming)
    };
    let report = kept?;
    drop(fs::remove_dir_all(&incoming.folder));
    let images: usize = report.train_per_class.iter().chain(&report.test_per_class).sum();
    Ok(format!("{name} is there, with {images} images"))
}

/// A data set of the user's is taken as it is, if it can be read.
fn keep_own(incoming: &Incoming<'_>) -> Result<data::Report, Refusal> {
    let home = data::locate::home(incoming.name, incoming.data_dir);
    if let Some(folder) = home.parent() {
        atomic::create_folder(folder).map_err(Refusal::plain)?;
    }
    fs::rename(incoming.files(), &home)
        .map_err(|error| Refusal::plain(format!("{} cannot be made: {error}", home.display())))?;
    data::verify(incoming.name, None, incoming.data_dir).map_err(|error| {
        // It may be right once it is sent from the right place.
        drop(fs::remove_dir_all(&home));
        Refusal::plain(error)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(path: &str, bytes: &[u8]) -> DataFile {
        DataFile {
            path: path.to_owned(),
            size: bytes.len() as u64,
            digest: checksum::sha256(bytes).unwrap(),
        }
    }

    #[test]
    fn parts_are_taken_in_order_and_gone_on_with() {
        let folder = tempfile::tempdir().unwrap();
        let dir = folder.path();
        let files = [file("set.safetensors", b"abcdef")];
        let send = |offset, bytes: &[u8]| {
            part(dir, "mine", "set.safetensors", offset, &STANDARD.encode(bytes))
        };
        assert!(send(0, b"abc").unwrap_err().reason.contains("no files of `mine` were offered"));
        assert_eq!(offer(dir, "mine", &files).unwrap(), [0]);
        assert_eq!(send(0, b"abc").unwrap(), 3);
        // Asked anew after a break.
        assert_eq!(offer(dir, "mine", &files).unwrap(), [3]);
        assert!(send(0, b"abc").unwrap_err().reason.contains("is there up to byte 3"));
        assert!(send(3, b"defg").unwrap_err().reason.contains("bytes 3 to 7 came"));
        assert!(keep(dir, "mine").unwrap_err().reason.contains("arrived damaged"));
        assert_eq!(offer(dir, "mine", &files).unwrap(), [0]);
        assert_eq!(send(0, b"abcdef").unwrap(), 6);
        // Whole, and no data set all the same: nothing is kept.
        assert!(keep(dir, "mine").is_err());
        assert!(!dir.join("data/mine").exists());
    }

    #[test]
    fn nothing_is_written_but_what_was_offered_and_never_outside() {
        let folder = tempfile::tempdir().unwrap();
        let dir = folder.path();
        for path in ["../../x", "/etc/x", "a/../../x"] {
            assert!(offer(dir, "mine", &[file(path, b"x")]).is_err(), "{path}");
        }
        for name in ["../x", "", "a/b", ".hidden"] {
            assert!(offer(dir, name, &[file("a", b"x")]).is_err(), "{name}");
        }
        offer(dir, "mine", &[file("a", b"x")]).unwrap();
        assert!(part(dir, "mine", "b", 0, "").unwrap_err().reason.contains("was not offered"));
        let huge = DataFile { size: u64::MAX, ..file("a", b"x") };
        let refusal = offer(dir, "mine", &[huge.clone(), huge]).unwrap_err();
        assert!(refusal.reason.contains("MiB free"), "{}", refusal.reason);
        assert!(offer(dir, "mnist-5k", &[file("a", b"x")]).unwrap_err().reason.contains("already"));
    }
}
