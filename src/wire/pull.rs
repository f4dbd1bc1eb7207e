//! Files of runs, fetched from their hosts and kept by their checksums: what was fetched once is not sent again, a
//! transfer that broke off goes on where it was, and a file that arrived damaged is no file.

use std::{
    fs::{self, File, OpenOptions},
    io::Write,
    path::{Component, Path, PathBuf},
    time::SystemTime,
};

use base64::{Engine, engine::general_purpose::STANDARD};

use super::{
    client::{Client, ClientError, unexpected},
    message::{Answer, Listed, Wish},
};
use crate::{
    queue::{HostName, Places, RunId},
    record::{
        atomic::{self, WriteError},
        checksum,
    },
};

/// About how many bytes of files are kept.
const KEPT_BYTES: u64 = 2 << 30;

/// A file that cannot be fetched.
#[derive(Debug, thiserror::Error)]
pub enum PullError {
    /// Its daemon does not know how.
    #[error(
        "the daemon of {0} is Stillroom {1}, which does not tell checksums of files; with a newer one there \
         (`stillroom hosts install {0}`) its files can be pulled"
    )]
    TooOld(HostName, String),
    /// The daemon refused, or the way to it broke.
    #[error(transparent)]
    Client(#[from] ClientError),
    /// The host names a file that would not lie in the folder.
    #[error("the host names a file that cannot be kept: `{0}`")]
    Outside(String),
    /// It is not what was announced.
    #[error("{0} has changed or was damaged on the way; pull it again")]
    Changed(String),
    /// It cannot be written here.
    #[error(transparent)]
    Write(#[from] WriteError),
}

/// The files that were fetched, by their checksums.
#[derive(Debug, Clone)]
pub struct Cache(PathBuf);

impl Cache {
    /// That of a data directory.
    pub fn of(places: &Places) -> Self {
        Self(places.data_dir().join("cache").join("hosts"))
    }

    /// Fetches a file of a run, if it is not here; tells how many bytes have come of it.
    ///
    /// # Errors
    /// [`PullError::Changed`] when the file is no longer what `listed` says.
    pub async fn file(
        &self,
        client: &mut Client,
        run: RunId,
        listed: &Listed,
        mut came: impl FnMut(u64),
    ) -> Result<PathBuf, PullError> {
        let name = listed.digest.as_deref().filter(|digest| is_digest(digest));
        let name = name.ok_or_else(|| PullError::Outside(listed.path.clone()))?;
        let path = self.0.join(name);
        if path.is_file() {
            // It is used: it goes last.
            drop(File::open(&path).and_then(|file| file.set_modified(SystemTime::now())));
            came(listed.size);
            return Ok(path);
        }
        atomic::create_folder(&self.0)?;
        let part = path.with_extension("part");
        let fail = |source| WriteError { path: part.clone(), source };
        let mut file = OpenOptions::new().create(true).append(true).open(&part).map_err(fail)?;
        let mut offset = file.metadata().map_err(fail)?.len();
        while offset < listed.size {
            let wish = Wish::Artefact { run, path: listed.path.clone(), offset };
            let data = match client.ask(wish).await? {
                Answer::Artefact { data, .. } => data,
                other => return Err(unexpected(&other).into()),
            };
            let bytes = STANDARD
                .decode(data)
                .map_err(|error| ClientError::Unexpected(error.to_string()))?;
            // Of a log that grows meanwhile, as much as was announced.
            let wanted = bytes.len().min((listed.size - offset) as usize);
            let bytes = bytes.get(..wanted).unwrap_or_default();
            if bytes.is_empty() {
                break;
            }
            file.write_all(bytes).map_err(fail)?;
            offset += bytes.len() as u64;
            came(offset);
        }
        drop(file);
        if checksum::of_file(&part).map_err(fail)? != name {
            fs::remove_file(&part).map_err(fail)?;
            return Err(PullError::Changed(listed.path.clone()));
        }
        fs::rename(&part, &path).map_err(fail)?;
        self.shrink(KEPT_BYTES);
        Ok(path)
    }

    /// Gives up those files that were used least lately, beyond so many bytes.
    fn shrink(&self, most: u64) {
        let Ok(entries) = fs::read_dir(&self.0) else { return };
        let known = entries.filter_map(|entry| {
            let entry = entry.ok()?;
            let meta = entry.metadata().ok()?;
            Some((meta.modified().ok()?, meta.len(), entry.path()))
        });
        let mut known: Vec<_> = known.collect();
        known.sort();
        let mut total: u64 = known.iter().map(|file| file.1).sum();
        // The newest is the one that was fetched for somebody just now.
        known.pop();
        for (_, size, path) in known {
            if total <= most {
                return;
            }
            if fs::remove_file(&path).is_ok() {
                total -= size;
            }
        }
    }
}

/// The protocol from which on files are told with their checksums.
const WITH_CHECKSUMS: u32 = 3;

/// All files of a run.
pub async fn list(client: &mut Client, run: RunId) -> Result<Vec<Listed>, PullError> {
    if client.daemon.protocol < WITH_CHECKSUMS {
        return Err(PullError::TooOld(run.host, client.daemon.program.clone()));
    }
    match client.ask_for_work(Wish::Artefacts { run, whole: true }).await? {
        Answer::Artefacts { listed, .. } => Ok(listed),
        other => Err(unexpected(&other).into()),
    }
}

/// A path that a host names, below `folder` and nowhere else.
pub fn below(folder: &Path, named: &str) -> Result<PathBuf, PullError> {
    let path = Path::new(named);
    let is_plain = |part: Component<'_>| matches!(part, Component::Normal(_));
    if named.is_empty() || named.contains('\0') || !path.components().all(is_plain) {
        return Err(PullError::Outside(named.to_owned()));
    }
    Ok(folder.join(path))
}

/// Puts a copy of a kept file at `path`, as a whole; true where the same was not there already.
pub fn place(kept: &Path, path: &Path) -> Result<bool, PullError> {
    let fail = |source| WriteError { path: path.to_owned(), source };
    if path.is_file()
        && checksum::of_file(path).map_err(fail)? == checksum::of_file(kept).map_err(fail)?
    {
        return Ok(false);
    }
    if let Some(folder) = path.parent() {
        atomic::create_folder(folder)?;
    }
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(".part");
    let part = path.with_file_name(name);
    fs::copy(kept, &part).and_then(|_| fs::rename(&part, path)).map_err(fail)?;
    Ok(true)
}

fn is_digest(text: &str) -> bool {
    text.len() == 64 && text.bytes().all(|sign| sign.is_ascii_hexdigit())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_host_cannot_name_a_file_outside_the_folder() {
        let folder = Path::new("/home/me/pulled");
        assert_eq!(below(folder, "result/set.npz").unwrap(), folder.join("result/set.npz"));
        for bad in ["", "../x", "/etc/passwd", "a/../../x", "a\0b", ".."] {
            assert!(matches!(below(folder, bad), Err(PullError::Outside(_))), "{bad:?}");
        }
        assert!(is_digest(&"a1".repeat(32)) && !is_digest("../../x") && !is_digest(""));
    }

    #[test]
    fn what_was_used_least_lately_is_given_up_first() {
        let folder = tempfile::tempdir().unwrap();
        let cache = Cache(folder.path().to_owned());
        for (index, name) in ["old", "used", "new"].iter().enumerate() {
            let path = folder.path().join(name);
            fs::write(&path, [0; 100]).unwrap();
            let at = SystemTime::UNIX_EPOCH + std::time::Duration::from_secs(index as u64 * 60);
            File::open(&path).unwrap().set_modified(at).unwrap();
        }
        cache.shrink(200);
        let left = |name: &str| folder.path().join(name).exists();
        assert!(!left("old") && left("used") && left("new"));
        cache.shrink(10);
        assert!(!left("used") && left("new"), "what was fetched last stays");
    }

    #[test]
    fn a_copy_is_made_once() {
        let folder = tempfile::tempdir().unwrap();
        let kept = folder.path().join("kept");
        fs::write(&kept, "set").unwrap();
        let path = folder.path().join("run/result/set");
        assert!(place(&kept, &path).unwrap());
        assert!(!place(&kept, &path).unwrap());
        fs::write(&path, "changed by hand").unwrap();
        assert!(place(&kept, &path).unwrap());
        assert_eq!(fs::read(&path).unwrap(), b"set");
        assert_eq!(fs::read_dir(path.parent().unwrap()).unwrap().count(), 1);
    }
}
