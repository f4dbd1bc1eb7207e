//! Synthetic sets of other programs, read without running anything of theirs, and ours written for them.
//!
//! ```text
//! file ─► container (zip · legacy torch · npz · folder) ─► arrays ─► who wrote it? ─► SyntheticSet + reason
//! ```
//!
//! [`read`] looks at a file's first bytes, never at its name, to learn what it is; the name only helps to
//! guess the data set where the file is silent. Everything that comes out says which pixel space it is in
//! and why that is believed. All reading ends in a set or in a sentence, in bounded time and memory: see
//! [`pickle`], [`archive`] and [`budget`].

pub mod archive;
pub mod assemble;
pub mod budget;
mod condensed;
pub mod constants;
mod distilled;
pub mod element;
pub mod error;
pub mod format;
mod guess;
mod matching;
mod names;
mod npy;
mod npz;
pub mod options;
pub mod pickle;
pub mod png_folder;
pub mod pt_file;
mod tensors;

use std::{
    fs::{self, File},
    io::Read,
    path::{Path, PathBuf},
};

use serde::Serialize;

use super::{Labels, SyntheticSet, atomic};
use archive::Archive;
use assemble::{Assembled, decide};
pub use error::{ExchangeError, Fault};
pub use format::Format;
pub use matching::reported;
pub use options::{Options, SpaceWish};
use pt_file::PtFile;

/// A set that was read.
#[derive(Debug)]
pub struct Found {
    /// The set.
    pub set: SyntheticSet,
    /// What kind of file it was in.
    pub kind: Kind,
    /// Why its pixels are taken to be in the space that the set says.
    pub reason: String,
}

/// Kinds of files that hold sets.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// This program's own.
    Safetensors,
    /// A NumPy archive.
    Npz,
    /// Folders of PNG files.
    Png,
    /// DC, DSA, DM: `res_*.pt`; class-incremental files; `DataDAM`.
    Res,
    /// Bare tensors: MTT and its kin.
    Tensors,
    /// IDC's `data.pt`.
    Idc,
    /// Dataset distillation's `results.pth`.
    Distilled,
}

impl Kind {
    /// What it is, for people.
    pub const fn words(self) -> &'static str {
        match self {
            Self::Safetensors => "stillroom's safetensors",
            Self::Npz => "a NumPy archive",
            Self::Png => "folders of PNG files",
            Self::Res => "a result of DC, DSA, DM or the like",
            Self::Tensors => "bare tensors",
            Self::Idc => "IDC's images and targets",
            Self::Distilled => "dataset distillation's steps",
        }
    }
}

/// Reads the synthetic set at `path`, a file or a folder of any kind in [`Kind`].
///
/// # Errors
/// [`ExchangeError`], naming the file and what is wrong with it.
pub fn read(path: &Path, options: &Options) -> Result<Found, ExchangeError> {
    let of = |fault: Fault| fault.of(path);
    let about = fs::metadata(path).map_err(|error| of(error.into()))?;
    let (kind, Assembled { set, reason }) = if about.is_dir() {
        return read_folder(path, options);
    } else if about.is_file() {
        let start = start(path).map_err(of)?;
        if archive::begins(&start) {
            read_zip(path, options).map_err(of)?
        } else if pt_file::begins_legacy(&start) {
            let file = PtFile::open_legacy(path).map_err(of)?;
            read_pt(file, path, options).map_err(of)?
        } else if begins_safetensors(&start) {
            (Kind::Safetensors, read_own(path, options)?)
        } else {
            return Err(of(unknown(&start)));
        }
    } else {
        return Err(of(Fault::NoFile));
    };
    let mut found = Found { set, kind, reason };
    obey(&mut found, options).map_err(of)?;
    Ok(found)
}

/// What was said of a file must be something that its kind leaves open.
fn obey(found: &mut Found, options: &Options) -> Result<(), Fault> {
    let only = |said: bool, what: &str, kind: Kind| {
        let problem =
            || format!("is {}: {what} can be told of {} only", found.kind.words(), kind.words());
        if said && found.kind != kind { Err(Fault::Content(problem())) } else { Ok(()) }
    };
    only(options.factor.is_some(), "a factor", Kind::Idc)?;
    only(options.experiment.is_some(), "an experiment", Kind::Res)?;
    only(options.labels.is_some(), "a file of labels", Kind::Tensors)?;
    match (options.meaning, &mut found.set.labels) {
        (None, _) => Ok(()),
        (Some(said), Labels::Soft { meaning, .. }) => {
            *meaning = said;
            Ok(found.set.check()?)
        }
        (Some(_), Labels::Hard(_)) => {
            Err("has one class per image, and no soft labels whose meaning could be told".into())
        }
    }
}

fn read_folder(path: &Path, options: &Options) -> Result<Found, ExchangeError> {
    if let Some(images) = tensors::in_folder(path) {
        return read(&images, options);
    }
    if !png_folder::is_one(path) {
        let problem = "holds neither `images.pt` nor folders of PNG files";
        return Err(Fault::from(problem).of(path));
    }
    let Assembled { set, reason } = png_folder::read(path, options)?;
    let mut found = Found { set, kind: Kind::Png, reason };
    obey(&mut found, options).map_err(|fault| fault.of(path))?;
    Ok(found)
}

/// The first bytes of a file.
fn start(path: &Path) -> Result<Vec<u8>, Fault> {
    let mut start = Vec::new();
    File::open(path)?.take(16).read_to_end(&mut start)?;
    Ok(start)
}

/// A safetensors file begins with the length of its header, which is JSON.
fn begins_safetensors(start: &[u8]) -> bool {
    start.get(8) == Some(&b'{') && start[5..8] == [0; 3]
}

fn unknown(start: &[u8]) -> Fault {
    let begins: Vec<_> = start.iter().take(8).map(|byte| format!("{byte:02x}")).collect();
    let kind = if start.first() == Some(&0x80) {
        "it is a bare pickle, which no saved set is".to_owned()
    } else {
        format!(
            "it begins with {}",
            if begins.is_empty() { "nothing".to_owned() } else { begins.join(" ") }
        )
    };
    Fault::Content(format!(
        "is no synthetic set of a kind that is read (safetensors, npz, PyTorch's .pt and .pth, folders of PNG \
         files): {kind}"
    ))
}

fn read_zip(path: &Path, options: &Options) -> Result<(Kind, Assembled), Fault> {
    let archive = Archive::open(path)?;
    if npz::is_one(&archive) {
        return Ok((Kind::Npz, npz::read(archive, path, options)?));
    }
    read_pt(PtFile::open_zip(archive)?, path, options)
}

fn read_pt(mut file: PtFile, path: &Path, options: &Options) -> Result<(Kind, Assembled), Fault> {
    let file = &mut file;
    Ok(if tensors::is_one(file) {
        (Kind::Tensors, tensors::read(file, path, options)?)
    } else if matching::is_one(file) {
        (Kind::Res, matching::read(file, path, options)?)
    } else if condensed::is_one(file) {
        (Kind::Idc, condensed::read(file, path, options)?)
    } else if distilled::is_one(file) {
        (Kind::Distilled, distilled::read(file, path, options)?)
    } else {
        let word = file.tree.node(file.root).word();
        let problem = format!(
            "holds {word} in which no synthetic set is recognised: neither `data`, nor images and labels, nor \
             images, labels and rates"
        );
        return Err(problem.into());
    })
}

/// A file of `torch.save`, of either format.
fn open_pt(path: &Path) -> Result<PtFile, Fault> {
    let start = start(path)?;
    if archive::begins(&start) {
        PtFile::open_zip(Archive::open(path)?)
    } else if pt_file::begins_legacy(&start) {
        PtFile::open_legacy(path)
    } else {
        Err("is no file of `torch.save`".into())
    }
}

fn read_own(path: &Path, options: &Options) -> Result<Assembled, ExchangeError> {
    let mut set = SyntheticSet::read(path)?;
    let guess = (set.about.space.clone(), "the file says so".to_owned());
    let decided = decide(guess, set.about.known(), options).map_err(|fault| fault.of(path))?;
    decided.0.check(set.shape[1]).map_err(|problem| Fault::Content(problem).of(path))?;
    set.about.space = decided.0;
    Ok(Assembled { set, reason: decided.1 })
}

/// What was written.
#[derive(Debug, Clone, PartialEq)]
pub struct Written {
    /// The file or folder.
    pub path: PathBuf,
    /// What the format could not keep, in a sentence.
    pub lost: Option<String>,
}

/// Writes `set` to `path`, which must not exist. A `res` file goes into a folder that does, under the
/// reference's name.
///
/// # Errors
/// If something is there already, the format cannot hold the set, or it cannot be written.
pub fn write(set: &SyntheticSet, format: Format, path: &Path) -> Result<Written, ExchangeError> {
    set.check().map_err(|problem| Fault::Content(format!("is not written: {problem}")).of(path))?;
    let into = format == Format::Res && path.is_dir();
    let path = if into { path.join(matching::name(set)) } else { path.to_owned() };
    if path.symlink_metadata().is_ok() {
        return Err(Fault::from("exists already; name another place, or remove it first").of(&path));
    }
    let of = |fault: Fault| fault.of(&path);
    let mut lost = None;
    match format {
        Format::Safetensors => set.write(&path)?,
        Format::Npz => atomic::write(&path, &npz::pack(set).map_err(of)?)?,
        Format::Res => {
            let value = matching::value(set).map_err(of)?;
            atomic::write(&path, &pt_file::pack(&value).map_err(of)?)?;
        }
        Format::Tensors => {
            let files = tensors::files(set).map_err(of)?;
            whole_folder(&path, |folder| {
                files
                    .iter()
                    .try_for_each(|(name, bytes)| Ok(atomic::write(&folder.join(name), bytes)?))
            })?;
        }
        Format::Png => {
            let range = whole_folder(&path, |folder| png_folder::write(set, folder))?;
            lost = Some(format!(
                "PNG files hold 256 shades: {} of {} values were beyond black or white (from {:.2} to {:.2}) \
                 and are clamped, the others rounded",
                range.clamped, range.of, range.lowest, range.highest
            ));
        }
    }
    Ok(Written { path, lost })
}

/// Fills a folder beside `path` and puts it there when it is complete.
fn whole_folder<T>(
    path: &Path,
    fill: impl FnOnce(&Path) -> Result<T, ExchangeError>,
) -> Result<T, ExchangeError> {
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(format!(".{}.tmp", std::process::id()));
    let staging = path.with_file_name(name);
    let filled = atomic::create_folder(&staging).map_err(Into::into).and_then(|()| {
        let filled = fill(&staging)?;
        fs::rename(&staging, path)
            .map_err(|source| atomic::WriteError { path: path.to_owned(), source })?;
        Ok(filled)
    });
    if filled.is_err() {
        // The failure to report is the first one; a leftover is only untidy.
        let _ = fs::remove_dir_all(&staging);
    }
    filled
}
