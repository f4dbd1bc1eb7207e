//! A folder of pictures with one sub-folder per class: which pictures there are, and of which class.
//!
//! ```text
//! birds/train/kestrel/a.png      birds/kestrel/a.png
//! birds/test/kestrel/b.png       birds/wren/2019/b.jpg
//! ```
//!
//! With `train` (and `test`, or `val`, `valid`, `validation`) the split is the user's; without `test` a
//! share of every class is held out, drawn by a seed. Pictures may lie in folders of their class folder.
//! Names give the order: classes and pictures are sorted as people count, so that the same folder gives
//! the same labels and the same draw everywhere. Names that begin with a dot, and files that are not
//! called like pictures, are not looked at.

use std::{
    fs, io,
    path::{Path, PathBuf},
    time::UNIX_EPOCH,
};

use rand::RngExt;
use thiserror::Error;

use super::error::DataError;
use super::natural;
use super::picture::EXTENSIONS;
use crate::random::{Purpose, stream};

/// Most pictures of one data set.
const MOST_PICTURES: usize = 20_000_000;

/// How deep folders of pictures may lie in one another.
const DEEPEST: usize = 32;

/// What the images to test on may be called.
const TEST_NAMES: &[&str] = &["test", "val", "valid", "validation"];

/// Which part of a class is held out where there is no test folder.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct HeldOut {
    /// The share, between 0 and 1; at least one picture of a class is held out, and at least one is not.
    pub share: f64,
    /// What the draw depends on.
    pub seed: u64,
}

impl Default for HeldOut {
    fn default() -> Self {
        Self { share: 0.2, seed: 0 }
    }
}

impl HeldOut {
    /// Draws which of `count` images of `class` are held out; in their order.
    pub(super) fn draw(&self, class: usize, count: usize) -> Vec<bool> {
        let wanted = (count as f64 * self.share).round() as usize;
        let wanted = wanted.clamp(1, count.saturating_sub(1).max(1)).min(count);
        let mut rng = stream(self.seed, Purpose::HeldOut, &[class as u64]);
        let mut places: Vec<usize> = (0..count).collect();
        let mut held_out = vec![false; count];
        for place in 0..wanted {
            let other = rng.random_range(place..count);
            places.swap(place, other);
            held_out[places[place]] = true;
        }
        held_out
    }
}

/// A picture on the disk.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Picture {
    /// Where it is.
    pub path: PathBuf,
    /// Its class.
    pub class: u16,
    /// Bytes of the file.
    pub bytes: u64,
    /// When it was last written, in nanoseconds since 1970; 0 where the system does not know.
    pub modified: u128,
}

/// What a folder holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct PictureFolder {
    /// The names of the classes, in label order.
    pub classes: Vec<String>,
    /// Pictures to train on, sorted by class.
    pub train: Vec<Picture>,
    /// Pictures to test on, sorted by class.
    pub test: Vec<Picture>,
}

/// What is wrong with a folder of pictures.
#[derive(Debug, Error)]
pub enum FolderFault {
    /// The system would not list it.
    #[error("cannot be read: {0}")]
    Read(io::Error),
    /// It is not a folder.
    #[error("is no folder")]
    NoFolder,
    /// A link leads back to where it came from.
    #[error("is a link back to a folder that it lies in; remove the link")]
    Loop,
    /// Folders lie too deep in one another.
    #[error(
        "lies more than {DEEPEST} folders deep; pictures belong into the folder of their class"
    )]
    Deep,
    /// There is no class folder.
    #[error(
        "has no pictures in class folders; each class needs a folder of its own, such as \
         {}/CLASS/picture.png",
        path.display()
    )]
    NoClasses {
        /// The folder.
        path: PathBuf,
    },
    /// There are pictures, but not in class folders.
    #[error(
        "has pictures but no class folders; move each picture into a folder that is called like its class"
    )]
    Loose,
    /// A class has no picture.
    #[error("has no pictures; put some there or remove the folder (looked for {})", EXTENSIONS.join(", "))]
    EmptyClass,
    /// A class is too small to be parted.
    #[error(
        "has one picture; at least 2 are needed to hold one out, or folders `train` and `test` above the \
         classes"
    )]
    OnePicture,
    /// Only one class.
    #[error("has one class; there must be at least 2 to tell apart")]
    OneClass,
    /// There are too many classes.
    #[error("has {0} classes; at most 65535 are read")]
    ManyClasses(usize),
    /// There are too many pictures.
    #[error("has more than {MOST_PICTURES} pictures")]
    ManyPictures,
    /// The test folder has a class that the training folder does not have.
    #[error("is a class that is not among those to train on: {}", known.join(", "))]
    UnknownClass {
        /// Some of the classes.
        known: Vec<String>,
    },
    /// A name is not text.
    #[error("has a name that is not UTF-8")]
    Name,
}

impl FolderFault {
    fn at(self, path: &Path) -> DataError {
        DataError::Folder { path: path.to_owned(), fault: self }
    }
}

/// Lists the pictures below `root`. No picture is opened.
///
/// # Errors
/// [`DataError::Folder`] with the folder at fault.
pub(super) fn scan(root: &Path, held_out: HeldOut) -> Result<PictureFolder, DataError> {
    if !root.is_dir() {
        return Err(FolderFault::NoFolder.at(root));
    }
    let folders = folders_in(root)?;
    let named = |names: &[&str]| {
        let mut named = folders.iter().filter(|folder| names.contains(&folder.name.as_str()));
        named.next().map(|folder| folder.path.clone())
    };
    let Some(train) = named(&["train"]) else {
        return parted(root, all_classes_in(root)?, held_out);
    };
    let classes = all_classes_in(&train)?;
    let Some(test) = named(TEST_NAMES) else {
        return parted(&train, classes, held_out);
    };
    let names: Vec<_> = classes.iter().map(|class| class.name.clone()).collect();
    let mut test_pictures = Vec::new();
    for class in classes_in(&test)? {
        let Some(label) = names.iter().position(|name| *name == class.name) else {
            let known = names.iter().take(10).cloned().collect();
            return Err(FolderFault::UnknownClass { known }.at(&class.path));
        };
        test_pictures.extend(labelled(class.pictures, label));
    }
    // The test folder may lack classes, so its order is not yet that of the labels.
    test_pictures.sort_by_key(|picture| picture.class);
    let train_pictures = classes.into_iter().enumerate();
    let train = train_pictures.flat_map(|(label, class)| labelled(class.pictures, label)).collect();
    Ok(PictureFolder { classes: names, train, test: test_pictures })
}

fn labelled(pictures: Vec<Picture>, label: usize) -> impl Iterator<Item = Picture> {
    pictures.into_iter().map(move |picture| Picture { class: label as u16, ..picture })
}

/// Parts every class into what to train on and what is held out.
fn parted(root: &Path, classes: Vec<Class>, held_out: HeldOut) -> Result<PictureFolder, DataError> {
    let mut parted = PictureFolder {
        classes: classes.iter().map(|class| class.name.clone()).collect(),
        train: Vec::new(),
        test: Vec::new(),
    };
    for (label, class) in classes.into_iter().enumerate() {
        if class.pictures.len() < 2 {
            return Err(FolderFault::OnePicture.at(&root.join(&class.name)));
        }
        let draw = held_out.draw(label, class.pictures.len());
        for (picture, out) in labelled(class.pictures, label).zip(draw) {
            let part = if out { &mut parted.test } else { &mut parted.train };
            part.push(picture);
        }
    }
    Ok(parted)
}

/// A class folder and its pictures.
struct Class {
    name: String,
    path: PathBuf,
    pictures: Vec<Picture>,
}

/// The classes in `root`, sorted, each with at least one picture.
fn classes_in(root: &Path) -> Result<Vec<Class>, DataError> {
    let mut classes = Vec::new();
    let mut total = 0;
    let above = vec![canonical(root)?];
    for Folder { name, path } in folders_in(root)? {
        let mut pictures = Vec::new();
        let mut walk = Walk { pictures: &mut pictures, above: above.clone(), total: &mut total };
        walk.enter(&path)?;
        pictures.sort_by(|a, b| {
            let [a, b] = [a, b].map(|picture| picture.path.to_string_lossy());
            natural::compare(&a, &b)
        });
        classes.push(Class { name, path, pictures });
    }
    // A folder without any picture is a slip in a set of classes, and no set of classes at all when all
    // folders are like that.
    if classes.iter().all(|class| class.pictures.is_empty()) {
        let loose = fs::read_dir(root).map_err(|error| FolderFault::Read(error).at(root))?;
        let loose = loose.flatten().any(|entry| is_picture(&entry.file_name().to_string_lossy()));
        let path = root.to_owned();
        return Err(
            if loose { FolderFault::Loose } else { FolderFault::NoClasses { path } }.at(root)
        );
    }
    if let Some(empty) = classes.iter().find(|class| class.pictures.is_empty()) {
        return Err(FolderFault::EmptyClass.at(&empty.path));
    }
    Ok(classes)
}

/// The classes in `root`, of which there are enough and not too many.
fn all_classes_in(root: &Path) -> Result<Vec<Class>, DataError> {
    let classes = classes_in(root)?;
    match classes.len() {
        1 => Err(FolderFault::OneClass.at(root)),
        count if count > usize::from(u16::MAX) => Err(FolderFault::ManyClasses(count).at(root)),
        _ => Ok(classes),
    }
}

struct Folder {
    name: String,
    path: PathBuf,
}

/// The folders in `root`, sorted, without hidden ones.
fn folders_in(root: &Path) -> Result<Vec<Folder>, DataError> {
    let mut folders = Vec::new();
    let entries = fs::read_dir(root).map_err(|error| FolderFault::Read(error).at(root))?;
    for entry in entries {
        let path = entry.map_err(|error| FolderFault::Read(error).at(root))?.path();
        if !path.is_dir() {
            continue;
        }
        let name = path.file_name().and_then(|name| name.to_str());
        let name = name.ok_or_else(|| FolderFault::Name.at(&path))?.to_owned();
        if !is_hidden(&name) {
            folders.push(Folder { name, path });
        }
    }
    folders.sort_by(|a, b| natural::compare(&a.name, &b.name));
    Ok(folders)
}

/// A walk through one class.
struct Walk<'a> {
    pictures: &'a mut Vec<Picture>,
    /// The folders that the walk is in, by their canonical paths.
    above: Vec<PathBuf>,
    /// Pictures of all classes so far.
    total: &'a mut usize,
}

impl Walk<'_> {
    fn enter(&mut self, path: &Path) -> Result<(), DataError> {
        let here = canonical(path)?;
        if self.above.contains(&here) {
            return Err(FolderFault::Loop.at(path));
        }
        if self.above.len() > DEEPEST {
            return Err(FolderFault::Deep.at(path));
        }
        self.above.push(here);
        let read = |error| FolderFault::Read(error).at(path);
        for entry in fs::read_dir(path).map_err(read)? {
            let entry = entry.map_err(read)?;
            let name = entry.file_name();
            let name = name.to_string_lossy();
            if is_hidden(&name) {
                continue;
            }
            // Links are followed: many collections are links into a larger one.
            let at = entry.path();
            let metadata = fs::metadata(&at).map_err(|error| FolderFault::Read(error).at(&at))?;
            if metadata.is_dir() {
                self.enter(&at)?;
            } else if metadata.is_file() && is_picture(&name) {
                self.take(at, &metadata)?;
            }
        }
        self.above.pop();
        Ok(())
    }

    fn take(&mut self, path: PathBuf, metadata: &fs::Metadata) -> Result<(), DataError> {
        *self.total += 1;
        if *self.total > MOST_PICTURES {
            return Err(FolderFault::ManyPictures.at(&path));
        }
        let modified =
            metadata.modified().ok().and_then(|time| time.duration_since(UNIX_EPOCH).ok());
        let modified = modified.map_or(0, |since| since.as_nanos());
        self.pictures.push(Picture { path, class: 0, bytes: metadata.len(), modified });
        Ok(())
    }
}

fn canonical(path: &Path) -> Result<PathBuf, DataError> {
    path.canonicalize().map_err(|error| FolderFault::Read(error).at(path))
}

fn is_hidden(name: &str) -> bool {
    name.starts_with('.') || name == "__MACOSX"
}

fn is_picture(name: &str) -> bool {
    let extension = name.rsplit_once('.').map(|(_, extension)| extension.to_ascii_lowercase());
    !is_hidden(name) && extension.is_some_and(|extension| EXTENSIONS.contains(&extension.as_str()))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A folder with these empty files, and with folders where a name ends with `/`.
    fn folder(files: &[&str]) -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        for file in files {
            let path = folder.path().join(file);
            if file.ends_with('/') {
                fs::create_dir_all(path).unwrap();
            } else {
                fs::create_dir_all(path.parent().unwrap()).unwrap();
                fs::write(path, "").unwrap();
            }
        }
        folder
    }

    fn scanned(files: &[&str]) -> PictureFolder {
        scan(folder(files).path(), HeldOut::default()).unwrap()
    }

    /// Each picture's label and name.
    fn names(pictures: &[Picture]) -> Vec<(u16, String)> {
        let name =
            |picture: &Picture| picture.path.file_name().unwrap().to_string_lossy().into_owned();
        pictures.iter().map(|picture| (picture.class, name(picture))).collect()
    }

    fn said(files: &[&str]) -> String {
        scan(folder(files).path(), HeldOut::default()).unwrap_err().to_string()
    }

    #[test]
    fn classes_and_pictures_are_in_the_order_in_which_people_count() {
        let found = scanned(&[
            "train/10/a.png",
            "train/9/b10.JPG",
            "train/9/b9.jpeg",
            "train/9/deep/er/c.webp",
            "train/9/.hidden.png",
            "train/9/notes.txt",
            "train/.git/x.png",
            "test/10/z.png",
        ]);
        assert_eq!(found.classes, ["9", "10"]);
        let expected = [(0, "b9.jpeg"), (0, "b10.JPG"), (0, "c.webp"), (1, "a.png")];
        assert_eq!(names(&found.train), expected.map(|(class, name)| (class, name.to_owned())));
        assert_eq!(names(&found.test), [(1, "z.png".to_owned())]);
    }

    #[test]
    fn a_share_of_every_class_is_held_out_and_the_seed_says_which() {
        let files: Vec<String> = (0..50)
            .map(|n| format!("a/{n}.png"))
            .chain((0..3).map(|n| format!("b/{n}.png")))
            .collect();
        let files: Vec<&str> = files.iter().map(String::as_str).collect();
        let folder = folder(&files);
        let held = |seed| scan(folder.path(), HeldOut { share: 0.2, seed }).unwrap();
        let first = held(1);
        let count =
            |pictures: &[Picture], class| pictures.iter().filter(|p| p.class == class).count();
        assert_eq!((count(&first.test, 0), count(&first.test, 1)), (10, 1));
        assert_eq!((count(&first.train, 0), count(&first.train, 1)), (40, 2));
        assert_eq!(first, held(1));
        assert_ne!(names(&first.test), names(&held(2).test));
        let all = |share| HeldOut { share, seed: 0 }.draw(0, 5).iter().filter(|out| **out).count();
        assert_eq!((all(0.0), all(1.0), all(0.5)), (1, 4, 3));
    }

    #[test]
    fn the_same_draw_is_held_out_everywhere_and_always() {
        let draw = HeldOut { share: 0.3, seed: 0 }.draw(0, 10);
        let places: Vec<_> = (0..10).filter(|place| draw[*place]).collect();
        assert_eq!(places, [2, 3, 5]);
    }

    #[test]
    fn train_alone_is_parted_and_test_may_lack_classes_but_have_no_other() {
        let found = scanned(&["train/a/1.png", "train/a/2.png", "train/b/1.png", "train/b/2.png"]);
        assert_eq!((found.train.len(), found.test.len()), (2, 2));
        let found = scanned(&["train/a/1.png", "train/b/1.png", "val/b/2.png", "val/b/3.png"]);
        assert_eq!(names(&found.test), [(1, "2.png".to_owned()), (1, "3.png".to_owned())]);
    }

    #[test]
    fn what_is_wrong_with_a_folder_is_said_with_its_name() {
        let two = ["a/1.png", "a/2.png", "b/1.png", "b/2.png"];
        assert!(said(&["notes.txt"]).contains("has no pictures in class folders"));
        assert!(said(&["a.png", "b.png", "c/"]).contains("has pictures but no class folders"));
        let text = said(&[&two[..], &["empty/"]].concat());
        assert!(text.contains("empty has no pictures"), "{text}");
        let text = said(&["a/1.png", "a/2.png", "lonely/1.png"]);
        assert!(text.contains("lonely has one picture; at least 2"), "{text}");
        assert!(said(&["a/1.png", "a/2.png"]).contains("has one class"));
        let text = said(&["train/a/1.png", "train/b/1.png", "test/c/1.png", "test/d/1.png"]);
        assert!(text.contains("c is a class that is not among those to train on: a, b"), "{text}");
        let text = scan(Path::new("/nowhere"), HeldOut::default()).unwrap_err().to_string();
        assert_eq!(text, "/nowhere is no folder");
    }

    #[cfg(unix)]
    #[test]
    fn links_are_followed_and_loops_are_not() {
        let folder = folder(&["real/a/1.png", "real/a/2.png", "set/b/1.png", "set/b/2.png"]);
        let at = |path: &str| folder.path().join(path);
        std::os::unix::fs::symlink(at("real/a"), at("set/a")).unwrap();
        let found = scan(&at("set"), HeldOut::default()).unwrap();
        assert_eq!(found.classes, ["a", "b"]);
        std::os::unix::fs::symlink(at("set"), at("set/b/up")).unwrap();
        let text = scan(&at("set"), HeldOut::default()).unwrap_err().to_string();
        assert!(text.contains("set/b/up is a link back to a folder that it lies in"), "{text}");
        fs::remove_file(at("set/b/up")).unwrap();
        std::os::unix::fs::symlink(at("gone.png"), at("set/b/3.png")).unwrap();
        let text = scan(&at("set"), HeldOut::default()).unwrap_err().to_string();
        assert!(text.contains("3.png cannot be read"), "{text}");
    }
}
