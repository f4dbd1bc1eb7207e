//! NumPy archives: ours with `images`, `labels` and what is known about the set as `metadata.json`, and
//! those of kernel methods (KIP, reference section 7.3) with NHWC images and regression values.

use std::path::Path;

use super::{
    Options,
    archive::{self, Archive},
    assemble::{Assembled, Parts, assemble},
    constants::Known,
    error::Fault,
    matching::{file_name, stated},
    npy,
};
use crate::record::{
    Labels, PixelSpace, SyntheticSet,
    labels::Meaning,
    set_header::Header,
    tensor_file::{Array, Values},
};

/// The member that says what the set is; `numpy.load` gives it as bytes.
const METADATA: &str = "metadata.json";

/// Whether the archive has the arrays of a set.
pub fn is_one(archive: &Archive) -> bool {
    archive.names().iter().any(|name| name == "images.npy")
}

/// Reads the set.
///
/// # Errors
/// If an array is missing, or is no array of numbers, or they do not fit together.
pub fn read(mut archive: Archive, path: &Path, options: &Options) -> Result<Assembled, Fault> {
    let images = npy::read(&archive.read("images.npy")?, "images")?;
    let labels = npy::read(&archive.read("labels.npy")?, "labels")?;
    if archive.names().iter().any(|name| name == METADATA) {
        let header = serde_json::from_slice(&archive.read(METADATA)?);
        let header = header.map_err(|error| format!("`{METADATA}`: {error}"))?;
        return stated(Header::parse(header)?, images, labels, options);
    }
    let kernel = file_name(path).to_lowercase().starts_with("kip");
    let images = if channels_last(&images.shape, kernel) { channels_first(images) } else { images };
    let space = if kernel {
        (
            PixelSpace::Whitened,
            "its name is that of a KIP set, whose pixels are whitened".to_owned(),
        )
    } else {
        (PixelSpace::Unknown, "it has no metadata".to_owned())
    };
    let parts = Parts {
        images,
        labels,
        steps: None,
        space,
        meaning: kernel.then_some(Meaning::Regression),
        known: Known::in_path(path),
        origin: file_name(path),
    };
    assemble(parts, options)
}

/// Whether the last dimension is that of the channels.
fn channels_last(shape: &[usize], kernel: bool) -> bool {
    let colours = |channels: usize| matches!(channels, 1 | 3);
    match shape {
        [_, first, _, last] => colours(*last) && (kernel || !colours(*first)),
        _ => false,
    }
}

/// `[n, h, w, c]` as `[n, c, h, w]`.
fn channels_first(images: Array) -> Array {
    let [count, height, width, channels] = images.shape[..] else { return images };
    let plane = height * width;
    let values = match &images.values {
        Values::F32(values) => Values::F32(reordered(values, plane, channels)),
        Values::I64(values) => Values::I64(reordered(values, plane, channels)),
    };
    Array { shape: vec![count, channels, height, width], values, ..images }
}

/// The values of such images, the channels of each one after the other.
fn reordered<T: Copy>(values: &[T], plane: usize, channels: usize) -> Vec<T> {
    let image = |image: &'_ [T]| {
        let planes = (0..channels).flat_map(|c| image.iter().skip(c).step_by(channels).copied());
        planes.collect::<Vec<T>>()
    };
    values.chunks((plane * channels).max(1)).flat_map(image).collect()
}

/// The set as an archive.
///
/// # Errors
/// If it is too large for the format.
pub fn pack(set: &SyntheticSet) -> Result<Vec<u8>, Fault> {
    let labels = match &set.labels {
        Labels::Hard(labels) => npy::write(&[labels.len()], &Values::I64(labels.clone())),
        Labels::Soft { values, classes, .. } => {
            npy::write(&[set.labels.len(), *classes], &Values::F32(values.clone()))
        }
    };
    let images = npy::write(&set.shape, &Values::F32(set.images.clone()));
    let header = serde_json::to_vec(&Header::of(set)).map_err(|error| error.to_string())?;
    let member = |name: &str, bytes| (name.to_owned(), bytes);
    let members =
        [member("images.npy", images), member("labels.npy", labels), member(METADATA, header)];
    archive::pack(&members, 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read_file(name: &str, members: &[(&str, Vec<u8>)]) -> Result<Assembled, Fault> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(name);
        let members: Vec<_> = members.iter().map(|(n, b)| ((*n).to_owned(), b.clone())).collect();
        std::fs::write(&path, archive::pack(&members, 1).unwrap()).unwrap();
        read(Archive::open(&path).unwrap(), &path, &Options::default())
    }

    #[test]
    fn a_kernel_set_is_nhwc_regression_and_whitened() {
        // One image of 2x1 pixels with three channels, and its values for two classes.
        let images = npy::write(&[1, 2, 1, 3], &Values::F32(vec![1.0, 2.0, 3.0, 4.0, 5.0, 6.0]));
        let labels = npy::write(&[1, 2], &Values::F32(vec![0.9, -0.1]));
        let members = [("images.npy", images), ("labels.npy", labels)];
        let found = read_file("kip_cifar10_1.npz", &members).unwrap();
        assert_eq!(found.set.shape, [1, 3, 2, 1]);
        assert_eq!(found.set.images, [1.0, 4.0, 2.0, 5.0, 3.0, 6.0]);
        let meaning = Meaning::Regression;
        assert_eq!(found.set.labels, Labels::Soft { values: vec![0.9, -0.1], classes: 2, meaning });
        assert_eq!(found.set.about.space, PixelSpace::Whitened);
        assert!(found.reason.contains("KIP"));
        // Without the name only the shape speaks.
        let found = read_file("set.npz", &members).unwrap();
        assert_eq!((found.set.shape, found.set.about.space), ([1, 3, 2, 1], PixelSpace::Unknown));
    }

    #[test]
    fn object_arrays_and_missing_ones_are_refused() {
        let images = npy::write(&[1, 1, 1, 2], &Values::F32(vec![0.5; 2]));
        let header = "{'descr': '|O', 'fortran_order': False, 'shape': (1,), }";
        let length = (header.len() as u16).to_le_bytes();
        let objects =
            [b"\x93NUMPY\x01\x00", &length[..], header.as_bytes(), b"\x80\x04]."].concat();
        let error = read_file("x.npz", &[("images.npy", images.clone()), ("labels.npy", objects)]);
        assert!(error.unwrap_err().to_string().starts_with("`labels` holds Python objects"));
        let error = read_file("x.npz", &[("images.npy", images)]).unwrap_err().to_string();
        assert_eq!(error, "lacks the member `labels.npy`");
    }
}
