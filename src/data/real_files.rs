//! The published files themselves, where they are at hand: set `STILLROOM_TEST_DATA` to a folder with
//! `mnist`, `fashion-mnist`, `usps` and `cifar-10-batches-bin` (or some of them). Without it these tests
//! say so and pass; nothing in the project depends on that folder.

// A skipped test should say why.
#![allow(clippy::print_stderr)]

use std::{
    path::{Path, PathBuf},
    time::Instant,
};

use super::{DataSet, Published, Split, import, open, statistics::ChannelStatistics, verify};

/// The folder called `name` among the published files, if it is at hand.
fn published(name: &str) -> Option<PathBuf> {
    let Some(root) = std::env::var_os("STILLROOM_TEST_DATA") else {
        eprintln!("skipped: STILLROOM_TEST_DATA is not set");
        return None;
    };
    let folder = PathBuf::from(root).join(name);
    if !folder.is_dir() {
        eprintln!("skipped: {} is not there", folder.display());
        return None;
    }
    Some(folder)
}

fn timed(name: &str, folder: &Path) -> DataSet {
    let start = Instant::now();
    let set = open(name, Some(folder), Path::new("/nowhere")).unwrap();
    eprintln!(
        "{name}: {} + {} images in {} ms",
        set.train.len(),
        set.test.len(),
        start.elapsed().as_millis()
    );
    set
}

/// Mean and population standard deviation of a channel's pixels over 255.
fn statistics(split: &Split, channel: usize) -> (f64, f64) {
    let ChannelStatistics { mean, std } = super::statistics::statistics(split)[channel];
    (mean, std)
}

#[test]
fn mnist_is_mnist() {
    let Some(folder) = published("mnist") else { return };
    let set = timed("mnist", &folder);
    assert_eq!(set.train.per_class(), [5923, 6742, 5958, 6131, 5842, 5421, 5918, 6265, 5851, 5949]);
    assert_eq!(set.test.per_class(), [980, 1135, 1032, 1010, 982, 892, 958, 1028, 974, 1009]);
    let (mean, std) = statistics(&set.train, 0);
    assert!((mean - 0.1307).abs() < 5e-5 && (std - 0.3081).abs() < 5e-5, "{mean} {std}");
    let report = verify("mnist", Some(&folder), Path::new("/nowhere")).unwrap();
    assert!(report.files.iter().all(|file| file.published == Published::Same), "{report:?}");
}

#[test]
fn the_embedded_images_are_of_the_training_set_of_mnist() {
    let Some(folder) = published("mnist") else { return };
    let whole = timed("mnist", &folder).train;
    let digits: std::collections::HashMap<&[u8], u16> =
        (0..whole.len()).map(|index| (whole.image(index), whole.labels()[index])).collect();
    let start = Instant::now();
    let set = open("mnist-5k", None, Path::new("/nowhere")).unwrap();
    eprintln!("mnist-5k in {} ms", start.elapsed().as_millis());
    for split in [&set.train, &set.test] {
        for index in 0..split.len() {
            assert_eq!(digits.get(split.image(index)), Some(&split.labels()[index]));
        }
    }
}

#[test]
fn fashion_mnist_is_fashion_mnist() {
    let Some(folder) = published("fashion-mnist") else { return };
    let set = timed("fashion-mnist", &folder);
    assert_eq!((set.train.per_class(), set.test.per_class()), (vec![6_000; 10], vec![1_000; 10]));
    let report = verify("fashion-mnist", Some(&folder), Path::new("/nowhere")).unwrap();
    assert!(report.files.iter().all(|file| file.published == Published::Same), "{report:?}");
}

#[test]
fn usps_has_the_constants_of_the_registry() {
    let Some(folder) = published("usps") else { return };
    let set = timed("usps", &folder);
    assert_eq!(set.train.per_class(), [1194, 1005, 731, 658, 652, 556, 664, 645, 542, 644]);
    assert_eq!(set.test.per_class(), [359, 264, 198, 166, 200, 160, 170, 147, 166, 177]);
    let (mean, std) = statistics(&set.train, 0);
    assert!((mean - 0.254_479_886).abs() < 1e-8 && (std - 0.384_621_376).abs() < 1e-8);
    let registered = set.info.normalisation;
    assert!((mean - f64::from(registered.mean[0])).abs() < 5e-5);
    assert!((std - f64::from(registered.std[0])).abs() < 5e-5);
}

#[test]
fn cifar10_is_read_from_its_folder_and_from_an_archive_of_it() {
    let Some(folder) = published("cifar-10-batches-bin") else { return };
    let set = timed("cifar10", &folder);
    assert_eq!((set.train.per_class(), set.test.per_class()), (vec![5_000; 10], vec![1_000; 10]));
    for (channel, mean) in [0.4914, 0.4822, 0.4465].into_iter().enumerate() {
        assert!((statistics(&set.train, channel).0 - mean).abs() < 1e-4);
    }

    let home = tempfile::tempdir().unwrap();
    let archive = home.path().join("cifar-10-binary.tar.gz");
    let file = std::fs::File::create(&archive).unwrap();
    let mut builder =
        tar::Builder::new(flate2::write::GzEncoder::new(file, flate2::Compression::fast()));
    builder.append_dir_all("cifar-10-batches-bin", &folder).unwrap();
    builder.into_inner().unwrap().finish().unwrap();
    assert_eq!(timed("cifar10", &archive), set);

    import("cifar10", &archive, None, home.path(), &|_, _| ()).unwrap();
    assert_eq!(open("cifar10", None, home.path()).unwrap(), set);
}

#[test]
fn what_is_imported_is_what_was_published() {
    let Some(folder) = published("mnist") else { return };
    let home = tempfile::tempdir().unwrap();
    let report = import("mnist", &folder, None, home.path(), &|_, _| ()).unwrap();
    assert_eq!(report, verify("mnist", None, home.path()).unwrap());
    assert_eq!(open("mnist", None, home.path()).unwrap(), timed("mnist", &folder));
}
