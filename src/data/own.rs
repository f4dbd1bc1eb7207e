//! The user's own data sets: a folder of pictures or an NPZ file, under a name of the user's.
//!
//! An import decodes once and leaves one file in `data/NAME` ([`set_file`]). Where a spec names a path
//! instead, the same file is kept in the cache, under a name made of everything that it depends on: the
//! path, the wishes, and the names, sizes and times of all files. So a second look is quick, and a change
//! is seen.

use std::{
    fs, io,
    path::{Path, PathBuf},
    time::UNIX_EPOCH,
};

use sha2::{Digest, Sha256};

use super::error::{DataError, FileFault};
use super::gather::{self, Watch};
use super::picture_file::OnDisk;
use super::picture_folder::{self, HeldOut, Picture, PictureFolder};
use super::registry;
use super::set::{DataSet, Normalisation, SetInfo};
use super::shaping::Shaping;
use super::split::Split;
use super::{locate, npz, set_file};
use crate::record::checksum::digits;

/// Longest name of a data set.
const LONGEST_NAME: usize = 64;

/// What a user wants made of files of their own.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Wishes {
    /// The shape of the images.
    pub shaping: Shaping,
    /// What is held out where there is no test part.
    pub held_out: HeldOut,
}

/// Checks that a data set of the user's can be called `name`.
/// Whether a data set may have this name, which is that of its folder too.
pub fn check_name(name: &str) -> Result<(), DataError> {
    let letter = |c: char| c.is_ascii_alphanumeric();
    let sound = name.len() <= LONGEST_NAME
        && name.starts_with(letter)
        && name.chars().all(|c| letter(c) || matches!(c, '-' | '_' | '.'));
    sound.then_some(()).ok_or_else(|| DataError::Name { name: name.to_owned() })
}

/// The file of the imported data set called `name`, if there is one.
pub(super) fn imported(name: &str, data_dir: &Path) -> Option<PathBuf> {
    check_name(name).ok()?;
    let path = locate::home(name, data_dir).join(set_file::NAME);
    path.is_file().then_some(path)
}

/// The names of all data sets that the user has imported, sorted.
pub(super) fn names(data_dir: &Path) -> Vec<String> {
    let Ok(entries) = fs::read_dir(data_dir.join("data")) else { return vec![] };
    let names = entries.filter_map(|entry| entry.ok()?.file_name().into_string().ok());
    let own = |name: &String| registry::known(name).is_none() && imported(name, data_dir).is_some();
    let mut names: Vec<_> = names.filter(own).collect();
    names.sort();
    names
}

/// Reads the data set at `path`, to be called `name`: by way of the cache in `data_dir`.
///
/// # Errors
/// If what lies there is no data set, or not a sound one.
pub(super) fn open(
    name: &str,
    path: &Path,
    wishes: Wishes,
    data_dir: &Path,
    watch: Watch<'_>,
) -> Result<DataSet, DataError> {
    let source = Source::at(path, wishes.held_out)?;
    let cache = Cached::new(&source, wishes, data_dir);
    // A file of the cache that cannot be read is one that has to be made again.
    if let Ok(mut set) = set_file::read(&cache.path) {
        name.clone_into(&mut set.info.name);
        name.clone_into(&mut set.info.title);
        return Ok(set);
    }
    let set = source.read(name, wishes, watch)?;
    // Without the cache everything works, only not as fast.
    let _ = cache.keep(&set);
    Ok(set)
}

/// Something at a path that a data set can be made of.
pub(super) enum Source {
    /// A folder of pictures.
    Pictures(PathBuf, PictureFolder),
    /// An archive of arrays.
    Arrays(PathBuf),
}

impl Source {
    /// Looks at `path`.
    ///
    /// # Errors
    /// [`DataError::NoSet`] and [`DataError::Folder`].
    pub(super) fn at(path: &Path, held_out: HeldOut) -> Result<Self, DataError> {
        let owned = path.to_owned();
        if path.is_dir() {
            let folder = picture_folder::scan(path, held_out)?;
            return Ok(Self::Pictures(owned, folder));
        }
        let extension = path.extension().and_then(|extension| extension.to_str());
        let expected = match extension.map(str::to_ascii_lowercase).as_deref() {
            Some("npz") if path.is_file() => return Ok(Self::Arrays(owned)),
            _ if !path.exists() => "a folder of pictures or an .npz file, and there is nothing",
            Some("zip" | "tar" | "gz" | "tgz" | "bz2" | "xz" | "zst" | "7z" | "rar") => {
                "a folder of pictures or an .npz file; unpack the archive first"
            }
            Some("mat") => {
                "a folder of pictures or an .npz file; of MATLAB files only SVHN's are read"
            }
            _ => "a folder of pictures with one sub-folder per class, or an .npz file",
        };
        Err(DataError::NoSet { path: owned, expected })
    }

    /// Reads it, to be called `name`.
    ///
    /// # Errors
    /// With the files that are not as they should be.
    pub(super) fn read(
        &self,
        name: &str,
        wishes: Wishes,
        watch: Watch<'_>,
    ) -> Result<DataSet, DataError> {
        match self {
            Self::Arrays(path) => wishes.shaping.applied(npz::read(name, path, wishes.held_out)?),
            Self::Pictures(root, folder) => decoded(name, root, folder, wishes.shaping, watch),
        }
    }

    /// Where it lies, and how its images are shaped, for people.
    pub(super) fn described(&self, wishes: Wishes) -> String {
        let (path, parted) = match self {
            Self::Arrays(path) => (path, None),
            Self::Pictures(path, folder) => (path, Some((folder.train.len(), folder.test.len()))),
        };
        let Shaping { size, fit, .. } = wishes.shaping;
        let parts =
            parted.map(|(train, test)| format!(", {train} + {test} files")).unwrap_or_default();
        format!("{}{parts}, size {size}, fit {fit}", path.display())
    }
}

fn decoded(
    name: &str,
    root: &Path,
    folder: &PictureFolder,
    shaping: Shaping,
    watch: Watch<'_>,
) -> Result<DataSet, DataError> {
    let all: Vec<Picture> = folder.train.iter().chain(&folder.test).cloned().collect();
    let shape = gather::shape(&OnDisk(&all), shaping, watch)?;
    drop(all);
    let classes = folder.classes.len();
    let split = |pictures: &[Picture]| {
        let images = gather::images(&OnDisk(pictures), shaping, shape, watch)?;
        let labels = pictures.iter().map(|picture| picture.class).collect();
        Split::new(images, labels, shape, classes).map_err(|fault| FileFault::from(fault).of(root))
    };
    let test = split(&folder.test)?;
    let train = split(&folder.train)?;
    let info = SetInfo {
        name: name.to_owned(),
        title: name.to_owned(),
        shape,
        classes: folder.classes.clone(),
        normalisation: Normalisation::of(&train),
    };
    Ok(DataSet { info, train, test })
}

/// A place in the cache.
struct Cached {
    path: PathBuf,
    /// What the names of all files begin with that were made of the same path with the same wishes.
    prefix: String,
}

impl Cached {
    fn new(source: &Source, wishes: Wishes, data_dir: &Path) -> Self {
        let mut asked = Sha256::new();
        let mut found = Sha256::new();
        let text = |hash: &mut Sha256, text: &str| {
            hash.update((text.len() as u64).to_le_bytes());
            hash.update(text);
        };
        let mut file = |path: &Path, bytes: u64, modified: u128| {
            text(&mut found, &path.to_string_lossy());
            found.update(bytes.to_le_bytes());
            found.update(modified.to_le_bytes());
        };
        let root = match source {
            Source::Arrays(path) => {
                let metadata = fs::metadata(path).ok();
                let modified = metadata.as_ref().and_then(|metadata| metadata.modified().ok());
                let modified = modified.and_then(|time| time.duration_since(UNIX_EPOCH).ok());
                let bytes = metadata.map_or(0, |metadata| metadata.len());
                file(path, bytes, modified.map_or(0, |since| since.as_nanos()));
                path
            }
            Source::Pictures(root, folder) => {
                for picture in folder.train.iter().chain(&folder.test) {
                    file(&picture.path, picture.bytes, picture.modified);
                }
                root
            }
        };
        let canonical = root.canonicalize().unwrap_or_else(|_| root.clone());
        text(&mut asked, &canonical.to_string_lossy());
        text(&mut asked, &format!("{wishes:?}"));
        let prefix = digits(&asked.finalize()[..12]);
        let name = format!("{prefix}-{}.safetensors", digits(&found.finalize()[..12]));
        Self { path: data_dir.join("cache").join("sets").join(name), prefix }
    }

    /// Keeps `set`, in place of what was made of older files.
    fn keep(&self, set: &DataSet) -> io::Result<()> {
        let Some(folder) = self.path.parent() else { return Ok(()) };
        fs::create_dir_all(folder)?;
        let temporary = self.path.with_extension(format!("{}.tmp", std::process::id()));
        let kept = set_file::write(&temporary, set, "")
            .map_err(io::Error::other)
            .and_then(|_| fs::rename(&temporary, &self.path));
        if kept.is_err() {
            let _ = fs::remove_file(&temporary);
        }
        kept?;
        for entry in fs::read_dir(folder)?.flatten() {
            let old = entry.file_name().to_string_lossy().starts_with(&self.prefix);
            if old && entry.path() != self.path {
                let _ = fs::remove_file(entry.path());
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use image::{GrayImage, ImageFormat, Luma};

    use super::*;
    use crate::{
        data::sample_pictures::encoded,
        spec::{Fit, ImageSize},
    };

    /// A folder of `per_class` grey pictures of 6 x 4 pixels in each of two classes.
    fn birds(per_class: u8) -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        for (class, name) in ["wren", "kestrel"].into_iter().enumerate() {
            fs::create_dir(folder.path().join(name)).unwrap();
            for n in 0..per_class {
                let image = GrayImage::from_pixel(6, 4, Luma([100 * class as u8 + n]));
                let path = folder.path().join(format!("{name}/{n}.png"));
                fs::write(path, encoded(&image.into(), ImageFormat::Png)).unwrap();
            }
        }
        folder
    }

    fn sized(width: usize, height: usize) -> Wishes {
        let size = ImageSize::Of { width, height };
        let shaping = Shaping { size, fit: Fit::Crop, channels: Some(1) };
        Wishes { shaping, held_out: HeldOut::default() }
    }

    #[test]
    fn a_folder_becomes_a_set_with_its_own_statistics() {
        let folder = birds(10);
        let home = tempfile::tempdir().unwrap();
        let set = open("mine", folder.path(), Wishes::default(), home.path(), &|_, _| ()).unwrap();
        assert_eq!(set.info.shape, [1, 4, 6]);
        assert_eq!(set.info.classes, ["kestrel", "wren"]);
        assert_eq!((set.train.per_class(), set.test.per_class()), (vec![8, 8], vec![2, 2]));
        assert!(set.train.image(0).iter().all(|value| (100..110).contains(value)));
        assert_eq!(set.info.normalisation, Normalisation::of(&set.train));
        let set = open("mine", folder.path(), sized(2, 2), home.path(), &|_, _| ()).unwrap();
        assert_eq!(set.info.shape, [1, 2, 2]);
    }

    #[test]
    fn a_second_look_decodes_nothing_until_something_changes() {
        let folder = birds(4);
        let home = tempfile::tempdir().unwrap();
        let look = |wishes| {
            let decoded = AtomicUsize::new(0);
            let watch = |_, _| {
                decoded.fetch_add(1, Ordering::Relaxed);
            };
            let set = open("mine", folder.path(), wishes, home.path(), &watch).unwrap();
            (set, decoded.into_inner())
        };
        let kept = || fs::read_dir(home.path().join("cache/sets")).unwrap().count();
        let (first, decoded) = look(sized(4, 4));
        assert_eq!((decoded, kept()), (8, 1));
        assert_eq!(look(sized(4, 4)), (first.clone(), 0));
        assert_eq!(look(sized(2, 2)).1, 8);
        assert_eq!((look(sized(2, 2)).1, kept()), (0, 2));

        let brighter = GrayImage::from_pixel(6, 4, Luma([250]));
        let path = folder.path().join("wren/0.png");
        fs::write(path, encoded(&brighter.into(), ImageFormat::Png)).unwrap();
        let (changed, decoded) = look(sized(4, 4));
        assert_eq!((decoded, kept()), (8, 2));
        assert_ne!(changed, first);

        for entry in fs::read_dir(home.path().join("cache/sets")).unwrap() {
            fs::write(entry.unwrap().path(), "damaged").unwrap();
        }
        assert_eq!(look(sized(4, 4)), (changed, 8));
    }

    #[test]
    fn a_cache_that_cannot_be_written_is_done_without() {
        let folder = birds(4);
        let home = tempfile::tempdir().unwrap();
        fs::write(home.path().join("cache"), "a file").unwrap();
        assert!(open("mine", folder.path(), sized(2, 2), home.path(), &|_, _| ()).is_ok());
    }

    #[test]
    fn what_is_no_set_is_said_with_what_to_do() {
        let folder = tempfile::tempdir().unwrap();
        let said = |name: &str, there: bool| {
            let path = folder.path().join(name);
            if there {
                fs::write(&path, "x").unwrap();
            }
            Source::at(&path, HeldOut::default()).err().unwrap().to_string()
        };
        assert!(said("gone", false).contains("there is nothing"));
        assert!(said("birds.zip", true).contains("unpack the archive first"));
        assert!(said("x.mat", true).contains("only SVHN's"));
        assert!(said("x.csv", true).contains("one sub-folder per class"));
    }

    #[test]
    fn names_are_letters_digits_and_little_else() {
        for name in ["my-birds", "a", "2024_x.v1"] {
            assert!(check_name(name).is_ok(), "{name}");
        }
        for name in ["", ".", "..", "-a", "a/b", "a b", "\u{e4}", &"a".repeat(65)] {
            assert!(check_name(name).is_err(), "{name}");
        }
    }
}
