//! From the publisher to the data directory: `stillroom data fetch NAME`.
//!
//! ```text
//! published (addresses, lengths, sums) ─► download (partial · agent) ─► import ─► data/NAME
//! ```
//!
//! Files come to `cache/downloads/NAME` in the data directory, each under another name until it is whole
//! and its sum is right. What a broken connection or a kill leaves is gone on from. Then the set is
//! imported like any other, which reads all of it, and the downloads are removed.

pub mod download;
pub mod error;
mod partial;
mod policy;
pub mod published;
#[cfg(test)]
mod test_server;

use std::{
    fs::{self, File, TryLockError},
    io,
    path::Path,
};

pub use download::Step;
pub use error::FetchError;
pub use policy::Policy;
pub use published::{Remote, Sum};

use super::error::DataError;
use super::gather::Watch;
use super::list::{State, list};
use super::registry::{self, Source};
use super::verify::{self, Report};

/// What a user wants of a fetch.
#[derive(Debug, Clone, Default)]
pub struct Wish {
    /// Another address than the publisher's: of the file, or of the folder with the files where there are
    /// several.
    pub url: Option<String>,
    /// Fetch it although it is here.
    pub again: bool,
}

/// Fetches the data set called `name` and imports it. `watch` is told of the download, `pictures` of how
/// many pictures of how many are read.
///
/// A set that is here already is verified instead.
///
/// # Errors
/// If there is nothing to fetch, an address does not give the published file, or it cannot be imported.
pub fn fetch(
    name: &str,
    wish: &Wish,
    policy: &Policy,
    data_dir: &Path,
    watch: &mut dyn FnMut(&Step),
    pictures: Watch<'_>,
) -> Result<Report, FetchError> {
    let entry = registry::find(name)?;
    let remotes = published::of(entry.name);
    if entry.source == Source::Embedded || remotes.is_empty() {
        return Err(FetchError::Embedded { name: name.to_owned() });
    }
    let present =
        list(data_dir).iter().any(|line| line.name == name && line.state == State::Present);
    if present
        && !wish.again
        && let Ok(report) = verify::verify(name, None, data_dir)
    {
        return Ok(report);
    }
    let remotes = match &wish.url {
        Some(url) => remotes.iter().map(|remote| remote.elsewhere(url, remotes.len())).collect(),
        None => remotes,
    };
    all(name, &remotes, policy, data_dir, watch, pictures)
}

/// Downloads `remotes` and imports them as the data set called `name`.
fn all(
    name: &str,
    remotes: &[Remote],
    policy: &Policy,
    data_dir: &Path,
    watch: &mut dyn FnMut(&Step),
    pictures: Watch<'_>,
) -> Result<Report, FetchError> {
    let folder = data_dir.join("cache").join("downloads").join(name);
    fs::create_dir_all(&folder).map_err(|cause| FetchError::write(&folder, cause))?;
    let _lock = lock(name, &folder)?;
    for remote in remotes {
        download::download(remote, &folder, policy, watch)?;
    }
    let imported = super::import(name, &folder, None, data_dir, pictures);
    // A file without a published sum is told by its content, and a wrong one would be found again.
    if !matches!(
        imported,
        Err(DataError::Write { .. } | DataError::Busy { .. } | DataError::Room { .. })
    ) {
        let _ = fs::remove_dir_all(&folder);
    }
    Ok(imported?)
}

/// Makes this process the only one that fetches `name`; a file system without locks is trusted.
fn lock(name: &str, folder: &Path) -> Result<Option<File>, FetchError> {
    let path = folder.join(".lock");
    let file = File::create(&path).map_err(|cause| FetchError::write(&path, cause))?;
    match file.try_lock() {
        Ok(()) => Ok(Some(file)),
        Err(TryLockError::WouldBlock) => Err(FetchError::Busy { name: name.to_owned() }),
        Err(TryLockError::Error(error)) if error.kind() == io::ErrorKind::Unsupported => Ok(None),
        Err(TryLockError::Error(error)) => Err(FetchError::write(&path, error)),
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use bzip2::{Compression, write::BzEncoder};

    use super::test_server::{Answer, Server};
    use super::*;

    /// USPS as text, all images of one shade, packed.
    fn usps(count: usize) -> Vec<u8> {
        let pixels: Vec<_> = (1..=256).map(|place| format!("{place}:0.5")).collect();
        let pixels = pixels.join(" ");
        let mut encoder = BzEncoder::new(Vec::new(), Compression::fast());
        for index in 0..count {
            writeln!(encoder, "{} {pixels}", index % 10 + 1).unwrap();
        }
        encoder.finish().unwrap()
    }

    fn run(server: &Server, data_dir: &Path, sum: Sum) -> Result<Report, FetchError> {
        let remote = |file: &str| Remote {
            file: file.to_owned(),
            urls: vec![server.url(file)],
            bytes: None,
            sum,
        };
        let remotes = [remote("usps.bz2"), remote("usps.t.bz2")];
        all("usps", &remotes, &Policy::hasty(), data_dir, &mut |_| (), &|_, _| ())
    }

    #[test]
    fn what_is_fetched_is_imported_and_the_downloads_are_removed() {
        let home = tempfile::tempdir().unwrap();
        let server = Server::new(vec![Answer::whole(usps(7_291)), Answer::whole(usps(2_007))]);
        let report = run(&server, home.path(), Sum::Unknown).unwrap();
        assert_eq!(report.test_per_class.iter().sum::<usize>(), 2_007);
        let set = crate::data::open("usps", None, home.path()).unwrap();
        assert_eq!(set.train.image(7_290), [191; 256]);
        assert!(!home.path().join("cache/downloads/usps").exists());

        // It is here: nothing is asked for again.
        let wish = Wish { url: Some("http://127.0.0.1:9/".to_owned()), again: false };
        let silent = &mut |_: &Step| ();
        fetch("usps", &wish, &Policy::hasty(), home.path(), silent, &|_, _| ()).unwrap();
        let wish = Wish { again: true, ..wish };
        let again = fetch("usps", &wish, &Policy::hasty(), home.path(), silent, &|_, _| ());
        assert!(matches!(again, Err(FetchError::Unreachable { .. } | FetchError::Sum { .. })));
    }

    #[test]
    fn a_file_that_is_no_data_set_is_told_and_not_kept() {
        let home = tempfile::tempdir().unwrap();
        let server = Server::new(vec![
            Answer::whole(b"<html>moved</html>".to_vec()),
            Answer::whole(usps(2_007)),
        ]);
        let error = run(&server, home.path(), Sum::Unknown).unwrap_err().to_string();
        assert!(error.contains("usps.bz2: line 1: it begins with no label"), "{error}");
        assert!(!home.path().join("cache/downloads/usps").exists());
        assert!(!home.path().join("data/usps").exists());
    }

    #[test]
    fn two_fetches_of_one_set_do_not_meet_and_some_have_nothing_to_fetch() {
        let home = tempfile::tempdir().unwrap();
        let folder = home.path().join("cache/downloads/usps");
        fs::create_dir_all(&folder).unwrap();
        let first = lock("usps", &folder).unwrap();
        let server = Server::new(vec![]);
        let error = run(&server, home.path(), Sum::Unknown).unwrap_err();
        assert!(matches!(error, FetchError::Busy { .. }), "{error}");
        drop(first);
        let silent = &mut |_: &Step| ();
        let said = |name: &str, silent| {
            fetch(name, &Wish::default(), &Policy::hasty(), home.path(), silent, &|_, _| ())
                .unwrap_err()
                .to_string()
        };
        assert!(said("mnist-5k", silent).contains("part of the program"));
        let silent = &mut |_: &Step| ();
        assert!(said("minst", silent).contains("did you mean `mnist`?"));
    }
}
