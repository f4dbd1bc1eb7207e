//! Where data sets are published, and how their files are told: the table of addresses, lengths and sums.
//!
//! A sum is written here only where it is known from its publisher or from the programs that everybody
//! loads the set with. Sums of IDX files are of their content (those of the [`registry`](super::super::registry)):
//! mirrors gzip the same content anew. Lengths are checked only for the publisher's own addresses. Of
//! everything the structure is verified by the import.

/// A file to be fetched.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Remote {
    /// What it is called.
    pub file: String,
    /// Where it is, the best address first.
    pub urls: Vec<String>,
    /// Its length in bytes, where that is known.
    pub bytes: Option<u64>,
    /// What tells it from others.
    pub sum: Sum,
}

/// The published sum of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sum {
    /// The SHA-256 of the file.
    Sha256(&'static str),
    /// The MD5 of the file: no proof against malice, but against damage.
    Md5(&'static str),
    /// The SHA-256 of what is gzipped in the file.
    Content(&'static str),
    /// None is known; the structure is verified when it is imported.
    Unknown,
}

impl Remote {
    /// The same file at an address of the user's, where `of` files are looked for.
    pub(super) fn elsewhere(&self, url: &str, of: usize) -> Self {
        let url = if of == 1 {
            url.to_owned()
        } else {
            format!("{}/{}", url.trim_end_matches('/'), self.file)
        };
        Self { urls: vec![url], bytes: None, ..self.clone() }
    }
}

const MNIST: &[&str] = &[
    "https://ossci-datasets.s3.amazonaws.com/mnist/",
    "https://storage.googleapis.com/cvdf-datasets/mnist/",
];
const FASHION: &[&str] = &["http://fashion-mnist.s3-website.eu-central-1.amazonaws.com/"];
const LIBSVM: &[&str] = &["https://www.csie.ntu.edu.tw/~cjlin/libsvmtools/datasets/multiclass/"];
const TORONTO: &[&str] = &["https://www.cs.toronto.edu/~kriz/"];
const HOUSE_NUMBERS: &[&str] = &["http://ufldl.stanford.edu/housenumbers/"];
const CS231N: &[&str] = &["http://cs231n.stanford.edu/"];

/// The files of the data set called `name`; none for one that is not published as files.
pub fn of(name: &str) -> Vec<Remote> {
    let file = |folders: &[&str], file: &str, bytes, sum| Remote {
        file: file.to_owned(),
        urls: folders.iter().map(|folder| format!("{folder}{file}")).collect(),
        bytes,
        sum,
    };
    match name {
        "mnist" => [
            ("train-images-idx3-ubyte.gz", 9_912_422),
            ("train-labels-idx1-ubyte.gz", 28_881),
            ("t10k-images-idx3-ubyte.gz", 1_648_877),
            ("t10k-labels-idx1-ubyte.gz", 4_542),
        ]
        .map(|(name, bytes)| file(MNIST, name, Some(bytes), content("mnist", name)))
        .to_vec(),
        "fashion-mnist" => [
            ("train-images-idx3-ubyte.gz", 26_421_880),
            ("train-labels-idx1-ubyte.gz", 29_515),
            ("t10k-images-idx3-ubyte.gz", 4_422_102),
            ("t10k-labels-idx1-ubyte.gz", 5_148),
        ]
        .map(|(name, bytes)| file(FASHION, name, Some(bytes), content("fashion-mnist", name)))
        .to_vec(),
        // Their lengths are not published.
        "usps" => vec![
            file(LIBSVM, "usps.bz2", None, Sum::Md5("ec16c51db3855ca6c91edd34d0e9b197")),
            file(LIBSVM, "usps.t.bz2", None, Sum::Md5("8ea070ee2aca1ac39742fdd1ef5ed118")),
        ],
        "cifar10" => vec![file(
            TORONTO,
            "cifar-10-binary.tar.gz",
            Some(170_052_171),
            Sum::Sha256("c4a38c50a1bc5f3a1c5537f2155ab9d68f9f25eb1ed8d9ddda3db29a59bca1dd"),
        )],
        "cifar100" => vec![file(
            TORONTO,
            "cifar-100-binary.tar.gz",
            Some(168_513_733),
            Sum::Sha256("58a81ae192c23a4be8b1804d68e518ed807d710a4eb253b1f2a199162a40d8ec"),
        )],
        "svhn" => vec![
            file(
                HOUSE_NUMBERS,
                "train_32x32.mat",
                Some(182_040_794),
                Sum::Sha256("435e94d69a87fde4fd4d7f3dd208dfc32cb6ae8af2240d066de1df7508d083b8"),
            ),
            file(
                HOUSE_NUMBERS,
                "test_32x32.mat",
                Some(64_275_384),
                Sum::Sha256("cdce80dfb2a2c4c6160906d0bd7c68ec5a99d7ca4831afa54f09182025b6a75b"),
            ),
        ],
        "tiny-imagenet" => vec![file(
            CS231N,
            "tiny-imagenet-200.zip",
            Some(248_100_043),
            Sum::Sha256("6198c8ae015e2b3e007c7841da39ec069199b9aa3bfa943a462022fe5e43c821"),
        )],
        _ => vec![],
    }
}

/// The sum of the content of an IDX file, from the registry.
fn content(set: &str, file: &str) -> Sum {
    use crate::data::registry::{self, Source};
    let Some(Source::Idx(files)) = registry::known(set).map(|entry| entry.source) else {
        return Sum::Unknown;
    };
    let known = [files.train_images, files.train_labels, files.test_images, files.test_labels];
    let named = known.iter().find(|known| {
        known.names.iter().any(|name| file.strip_suffix(".gz").is_some_and(|stem| stem == *name))
    });
    named.and_then(|known| known.sha256).map_or(Sum::Unknown, Sum::Content)
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;
    use crate::data::registry;

    #[test]
    fn every_set_that_is_no_part_of_the_program_can_be_fetched() {
        for name in registry::names() {
            assert_eq!(of(name).is_empty(), name == "mnist-5k", "{name}");
        }
        assert!(of("my-birds").is_empty());
    }

    #[test]
    fn every_file_has_a_sum_of_its_own_in_full() {
        let all: Vec<_> = registry::names().flat_map(of).collect();
        assert_eq!(all.len(), 15);
        let mut seen = HashSet::new();
        for remote in all {
            let (sum, digits) = match remote.sum {
                Sum::Sha256(sum) | Sum::Content(sum) => (sum, 64),
                Sum::Md5(sum) => (sum, 32),
                Sum::Unknown => panic!("{remote:?}"),
            };
            assert_eq!(sum.len(), digits);
            assert!(sum.bytes().all(|byte| byte.is_ascii_hexdigit()));
            assert!(seen.insert(sum));
            assert!(remote.urls.iter().all(|url| url.ends_with(&remote.file)));
        }
    }

    #[test]
    fn another_address_is_that_of_the_file_or_of_the_folder() {
        let one = of("cifar10")[0].elsewhere("http://x/my.tar.gz", 1);
        assert_eq!((one.urls[0].as_str(), one.bytes), ("http://x/my.tar.gz", None));
        for base in ["http://x/mnist", "http://x/mnist/"] {
            let many = of("mnist")[1].elsewhere(base, 4);
            assert_eq!(many.urls, ["http://x/mnist/train-labels-idx1-ubyte.gz"]);
        }
    }
}
