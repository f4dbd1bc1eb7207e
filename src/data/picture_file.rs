//! The content of picture files on the disk, bounded.

use std::{
    fs::File,
    io::Read,
    path::{Path, PathBuf},
};

use super::gather::Pictures;
use super::picture::{MOST_BYTES, PictureFault};
use super::picture_folder::Picture;

/// The content of the file at `path`.
pub(super) fn content(path: &Path) -> Result<Vec<u8>, PictureFault> {
    let file = File::open(path).map_err(PictureFault::Read)?;
    let bytes = file.metadata().map_err(PictureFault::Read)?.len();
    if bytes > MOST_BYTES {
        return Err(PictureFault::Long { bytes });
    }
    let mut content = Vec::with_capacity(bytes as usize);
    file.take(MOST_BYTES).read_to_end(&mut content).map_err(PictureFault::Read)?;
    Ok(content)
}

/// Pictures that lie where a folder's listing found them.
pub(super) struct OnDisk<'a>(pub &'a [Picture]);

impl Pictures for OnDisk<'_> {
    fn len(&self) -> usize {
        self.0.len()
    }

    fn name(&self, index: usize) -> PathBuf {
        self.0[index].path.clone()
    }

    fn content(&self, index: usize) -> Result<Vec<u8>, PictureFault> {
        content(&self.0[index].path)
    }
}
