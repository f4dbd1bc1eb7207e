//! Bare tensors in files of their own, as MTT and its kin keep them: `images_best.pt` beside
//! `labels_best.pt`, and for some `lr_best.pt`, one learned rate for all steps.
//!
//! Ours are a folder of `images.pt` and `labels.pt`, with what is known about the set in `images.json`; where
//! there is one learned rate, `lr.pt` has it.

use std::{
    fs,
    path::{Path, PathBuf},
};

use super::{
    Options,
    assemble::{Assembled, Parts, assemble},
    constants::Known,
    error::Fault,
    guess::{self, Maker},
    matching::{self, file_name, stated},
    pt_file::{self, PtFile},
};
use crate::record::{
    PixelSpace, SyntheticSet,
    set_header::Header,
    steps::{Step, Steps},
    tensor_file::{Array, Values},
};

/// The most bytes that a header may have.
const MOST_HEADER: u64 = 64 << 20;

/// Whether the file's value is a tensor.
pub fn is_one(file: &PtFile) -> bool {
    file.tree.array(file.root).is_some()
}

/// Reads the set whose images are in `file`.
///
/// # Errors
/// If there are no labels beside them, or the two do not fit together.
pub fn read(file: &mut PtFile, path: &Path, options: &Options) -> Result<Assembled, Fault> {
    let name = file_name(path);
    if name.contains("labels") && options.labels.is_none() {
        return Err("holds labels: name the file of the images".into());
    }
    let labels = match &options.labels {
        Some(labels) => labels.clone(),
        None => beside(path, "labels").ok_or_else(|| {
            format!(
                "holds images; no labels lie beside it ({}): name their file",
                looked_for(&name)
            )
        })?,
    };
    let images = file.array(file.root, &name)?;
    let labels = one_tensor(&labels)?;
    let header = path.with_extension("json");
    if header.is_file() {
        return stated(read_header(&header)?, images, labels, options);
    }
    let rate = beside(path, "lr").map(|path| one_tensor(&path)).transpose()?;
    let steps = rate.map(|rate| all_steps(&rate, images.shape.first().copied())).transpose()?;
    let known = Known::in_path(path);
    let channels = images.shape.get(1).copied().unwrap_or(0);
    let parts = Parts {
        images,
        labels,
        steps,
        space: space(path, &name, known, channels),
        meaning: None,
        known,
        origin: name,
    };
    assemble(parts, options)
}

/// The file of the images in a folder, if one of the usual names is there.
pub fn in_folder(folder: &Path) -> Option<PathBuf> {
    let names = ["images.pt", "images_best.pt"];
    names.into_iter().map(|name| folder.join(name)).find(|path| path.is_file())
}

/// The file beside that of the images whose name has `what` for `images`.
fn beside(images: &Path, what: &str) -> Option<PathBuf> {
    let name = images.file_name()?.to_str()?;
    if !name.contains("images") {
        return None;
    }
    let whole = name.replace("images", what);
    let plain = whole.replace("_zca", "");
    [whole, plain].into_iter().map(|name| images.with_file_name(name)).find(|path| path.is_file())
}

fn looked_for(name: &str) -> String {
    if name.contains("images") {
        name.replace("images", "labels")
    } else {
        "its own name does not contain `images`".to_owned()
    }
}

fn one_tensor(path: &Path) -> Result<Array, Fault> {
    let name = file_name(path);
    let inner = |fault: Fault| Fault::Content(format!("the file {name} beside it: {fault}"));
    let read = || {
        let mut file = super::open_pt(path)?;
        file.array(file.root, &name)
    };
    read().map_err(inner)
}

/// One rate for all steps.
fn all_steps(rate: &Array, images: Option<usize>) -> Result<Steps, Fault> {
    match (&rate.values, images) {
        (Values::F32(values), Some(images)) if values.len() == 1 => {
            Ok(Steps { groups: vec![images], steps: vec![Step { group: 0, rate: values[0] }] })
        }
        _ => Err(format!("`{}` is not one rate", rate.name).into()),
    }
}

fn space(path: &Path, name: &str, known: Option<&Known>, channels: usize) -> (PixelSpace, String) {
    if name.contains("zca") {
        let reason = "its name says that ZCA was undone, which leads back to 0 to 1";
        return (PixelSpace::Unit, reason.to_owned());
    }
    let whitened = path.parent().and_then(|folder| {
        // What cannot be listed is taken to be empty.
        fs::read_dir(if folder.as_os_str().is_empty() { Path::new(".") } else { folder }).ok()
    });
    let mut whitened = whitened.into_iter().flatten().flatten();
    if whitened.any(|entry| entry.file_name().to_string_lossy().starts_with("images_zca")) {
        let reason = "beside it lie images with ZCA undone, so these are as they were trained on";
        return (PixelSpace::Whitened, reason.to_owned());
    }
    guess::of(Maker::Trajectories, known, channels)
}

fn read_header(path: &Path) -> Result<Header, Fault> {
    if fs::metadata(path)?.len() > MOST_HEADER {
        return Err(format!("{}: is too large for a header", file_name(path)).into());
    }
    let of = |problem: String| Fault::Content(format!("{}: {problem}", file_name(path)));
    let header = serde_json::from_slice(&fs::read(path)?);
    Header::parse(header.map_err(|error| of(error.to_string()))?).map_err(of)
}

/// The files of such a folder: names and contents.
///
/// # Errors
/// If the set is too large for the format.
pub fn files(set: &SyntheticSet) -> Result<Vec<(&'static str, Vec<u8>)>, Fault> {
    let images = pt_file::tensor(&set.shape, Values::F32(set.images.clone()));
    let header = serde_json::to_vec_pretty(&Header::of(set)).map_err(|error| error.to_string())?;
    let mut files = vec![
        ("images.json", header),
        ("labels.pt", pt_file::pack(&matching::labels(&set.labels))?),
        ("images.pt", pt_file::pack(&images)?),
    ];
    if let Some([Step { rate, .. }]) = set.steps.as_ref().map(|steps| &steps.steps[..]) {
        files.push(("lr.pt", pt_file::pack(&pt_file::tensor(&[], Values::F32(vec![*rate])))?));
    }
    Ok(files)
}
