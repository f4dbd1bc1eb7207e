//! What takes long to make and several runs need: kept in the data directory, under a name that is a digest of
//! everything it depends on, so that nothing but the same thing is ever found there.

use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};

use crate::data::DataSet;

/// Where a thing that depends on the training images of `data` and on all that `depends_on` says is kept in
/// `folder`, with a name that begins with `name`.
pub fn path(folder: &Path, name: &str, depends_on: &str, data: &DataSet) -> PathBuf {
    let mut hash = Sha256::new();
    hash.update(depends_on);
    hash.update(format!("{:?}", data.info.normalisation));
    hash.update(data.train.images());
    for label in data.train.labels() {
        hash.update(label.to_le_bytes());
    }
    let digest =
        hash.finalize().iter().take(12).fold(0_u128, |all, byte| all << 8 | u128::from(*byte));
    folder.join(format!("{name}-{digest:024x}.safetensors"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bench::{tiny, tiny_laboratory};

    #[test]
    fn a_name_changes_with_everything_it_depends_on() {
        let mut data = tiny_laboratory(&tiny()).data;
        let name = |depends_on: &str, data: &DataSet| path(Path::new("/x"), "a", depends_on, data);
        let first = name("1", &data);
        assert_eq!(name("1", &data), first);
        assert_ne!(name("2", &data), first);
        data.info.normalisation.mean[0] += 0.1;
        let other = name("1", &data);
        assert_ne!(other, first);
        data.train = data.test.clone();
        assert_ne!(name("1", &data), other);
    }
}
