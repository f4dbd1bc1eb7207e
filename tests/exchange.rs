//! Synthetic sets of other programs, from files that PyTorch and NumPy wrote (`fixtures/exchange/make.py`), and
//! files of ours in the hands of the real PyTorch.
//!
//! The last part needs `python3` with torch and NumPy, or the one that `STILLROOM_TORCH_PYTHON` names. Without
//! it the test says so and passes, unless one is named: they are gigabytes, so not even the tests against real
//! parts install them.
// Tests may fail loudly, and say why they did not run.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::print_stdout)]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use stillroom::record::exchange::{self, Format, Found, Kind, Options};
use stillroom::record::labels::Meaning;
use stillroom::record::steps::{Step, Steps};
use stillroom::record::synthetic_set::About;
use stillroom::record::{Labels, PixelSpace, Space, SyntheticSet};

fn fixture(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/exchange").join(name)
}

fn read_in(folder: &Path, name: &str, options: &Options) -> Found {
    exchange::read(&folder.join(name), options).unwrap_or_else(|error| panic!("{error}"))
}

fn fault(path: &Path) -> String {
    exchange::read(path, &Options::default()).unwrap_err().to_string()
}

/// `made_up` of make.py.
fn made_up(count: usize) -> Vec<f32> {
    (0..count).map(|at| ((at * 37 % 101) as f32 - 50.0) / 16.0).collect()
}

/// `unit` of make.py.
fn unit(count: usize) -> Vec<f32> {
    (0..count).map(|at| (at * 37 % 101) as f32 / 128.0).collect()
}

fn negative(values: Vec<f32>) -> Vec<f32> {
    values.into_iter().map(|value| -value).collect()
}

/// `[n, h, w, c]` as `[n, c, h, w]`.
fn channels_first(values: &[f32], pixels: usize, channels: usize) -> Vec<f32> {
    let plane =
        |image: &[f32], c| (0..pixels).map(|at| image[at * channels + c]).collect::<Vec<_>>();
    values
        .chunks(pixels * channels)
        .flat_map(|image| (0..channels).flat_map(|c| plane(image, c)).collect::<Vec<_>>())
        .collect()
}

fn cifar10() -> PixelSpace {
    PixelSpace::Normalised(Space {
        mean: vec![0.4914, 0.4822, 0.4465],
        std: vec![0.2023, 0.1994, 0.2010],
    })
}

fn check_res(folder: &Path) {
    for name in ["res_DSA_CIFAR10_ConvNet_1ipc.pt", "res_DC_CIFAR10_ConvNet_1ipc.pt"] {
        let last = read_in(folder, name, &Options::default());
        assert_eq!(last.kind, Kind::Res);
        assert_eq!(last.set.shape, [10, 3, 2, 2]);
        assert_eq!(last.set.images, negative(made_up(120)), "{name}");
        assert_eq!(last.set.labels, Labels::Hard((0..10).collect()));
        assert_eq!(last.set.about.space, cifar10());
        assert!(last.reason.contains("the name speaks of cifar10"), "{}", last.reason);
        assert_eq!(last.set.about.origin, format!("{name}, experiment 2 of 2"));
        assert_eq!(last.set.about.accuracies["ConvNet"], [0.1, 0.5]);
        assert_eq!(last.set.about.accuracies["MLP"], [1.0 / 3.0]);
        let first = Options { experiment: Some(1), ..Options::default() };
        assert_eq!(read_in(folder, name, &first).set.images, made_up(120), "{name}");
        let third = Options { experiment: Some(3), ..Options::default() };
        let error = exchange::read(&folder.join(name), &third).unwrap_err().to_string();
        assert!(error.ends_with("holds 2 experiments, not an experiment 3"), "{error}");
    }
}

#[test]
fn results_of_the_reference_in_both_containers() {
    check_res(&fixture(""));
}

fn check_incremental(folder: &Path) {
    let name = "cl_res_DM_CIFAR100_ConvNet_1ipc_2steps_seed0.pt";
    let found = read_in(folder, name, &Options::default());
    assert_eq!(found.set.shape, [3, 3, 2, 2]);
    assert_eq!(found.set.images, [made_up(24), negative(made_up(12))].concat());
    assert_eq!(found.set.labels, Labels::Hard(vec![4, 1, 0]));
    assert_eq!(found.set.about.classes.len(), 100);
    assert!(found.set.about.origin.ends_with("2 class-incremental steps"));
}

#[test]
fn class_incremental_steps_are_one_set() {
    check_incremental(&fixture(""));
}

fn check_tensors(folder: &Path) {
    for name in ["CIFAR10/run/images_best.pt", "CIFAR10/run"] {
        let found = read_in(folder, name, &Options::default());
        assert_eq!((found.kind, found.set.shape), (Kind::Tensors, [4, 3, 2, 2]));
        assert_eq!(found.set.images, channels_first(&made_up(48), 4, 3));
        let labels = Labels::Soft { values: made_up(40), classes: 10, meaning: Meaning::Logits };
        assert_eq!(found.set.labels, labels);
        let step = Step { group: 0, rate: 0.03125 };
        assert_eq!(found.set.steps, Some(Steps { groups: vec![4], steps: vec![step] }));
        assert_eq!(found.set.about.space, cifar10());
        assert!(found.reason.contains("whitened instead if"), "{}", found.reason);
    }
    let path = folder.join("CIFAR10/run/labels_best.pt");
    assert!(fault(&path).ends_with("holds labels: name the file of the images"));
}

#[test]
fn bare_tensors_permuted_and_in_bfloat16() {
    check_tensors(&fixture(""));
}

#[test]
fn images_beside_others_with_zca_undone_are_whitened() {
    let folder = tempfile::tempdir().unwrap();
    for name in ["images_best.pt", "labels_best.pt"] {
        fs::copy(fixture("CIFAR10/run").join(name), folder.path().join(name)).unwrap();
    }
    let undone = folder.path().join("images_zca_5000.pt");
    fs::copy(fixture("CIFAR10/run/images_best.pt"), &undone).unwrap();
    fs::copy(fixture("CIFAR10/run/labels_best.pt"), folder.path().join("labels_5000.pt")).unwrap();
    let found = read_in(folder.path(), "images_best.pt", &Options::default());
    assert_eq!(found.set.about.space, PixelSpace::Whitened);
    let found = read_in(folder.path(), "images_zca_5000.pt", &Options::default());
    assert_eq!(found.set.about.space, PixelSpace::Unit);
    let alone = folder.path().join("images_7.pt");
    fs::copy(&undone, &alone).unwrap();
    assert!(fault(&alone).contains("no labels lie beside it (labels_7.pt)"), "{}", fault(&alone));
    let labels = Some(folder.path().join("labels_best.pt"));
    read_in(folder.path(), "images_7.pt", &Options { labels, ..Options::default() });
}

fn check_idc(folder: &Path) {
    for name in ["data.pt", "data_protocol4.pt"] {
        let found = read_in(folder, name, &Options::default());
        assert_eq!((found.kind, found.set.shape), (Kind::Idc, [3, 1, 4, 4]));
        assert_eq!(found.set.images, unit(48), "{name}");
        assert_eq!(found.set.labels, Labels::Hard(vec![0, 1, 2]));
        assert_eq!(found.set.about.space, PixelSpace::Unit);
    }
    let apart = read_in(folder, "data.pt", &Options { factor: Some(2), ..Options::default() });
    assert_eq!(apart.set.shape, [12, 1, 4, 4]);
    assert_eq!(apart.set.labels, Labels::Hard(vec![0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2]));
    // The corners of an enlarged patch are the corners of the patch.
    assert_eq!(apart.set.images[..1], unit(48)[..1]);
    assert_eq!(apart.set.images[63..64], unit(48)[15..16]);
}

#[test]
fn images_and_targets_of_idc() {
    check_idc(&fixture(""));
}

fn check_distilled(folder: &Path) {
    let found = read_in(folder, "MNIST/results.pth", &Options::default());
    assert_eq!((found.kind, found.set.shape), (Kind::Distilled, [4, 1, 2, 2]));
    assert_eq!(found.set.images, [made_up(8), negative(made_up(8))].concat());
    assert_eq!(found.set.labels, Labels::Hard(vec![0, 1, 0, 1]));
    let steps = [(0, 0.5), (1, 0.25), (0, 0.125), (1, 0.0625)];
    let steps = steps.map(|(group, rate)| Step { group, rate }).to_vec();
    assert_eq!(found.set.steps, Some(Steps { groups: vec![2, 2], steps }));
    let mnist = Space { mean: vec![0.1307], std: vec![0.3081] };
    assert_eq!(found.set.about.space, PixelSpace::Normalised(mnist));
}

#[test]
fn steps_of_dataset_distillation_from_the_old_container() {
    check_distilled(&fixture(""));
}

fn check_kip(folder: &Path) {
    let found = read_in(folder, "kip_cifar10_1.npz", &Options::default());
    assert_eq!((found.kind, found.set.shape), (Kind::Npz, [2, 3, 2, 2]));
    assert_eq!(found.set.images, channels_first(&made_up(24), 4, 3));
    let labels = Labels::Soft { values: made_up(20), classes: 10, meaning: Meaning::Regression };
    assert_eq!(found.set.labels, labels);
    assert_eq!(found.set.about.space, PixelSpace::Whitened);
}

#[test]
fn kernel_sets_are_nhwc_and_whitened() {
    check_kip(&fixture(""));
}

#[test]
fn what_asks_for_more_than_numbers_is_refused_by_name() {
    for (name, words) in [
        ("evil.pt", ".system`: only tensors, lists, dicts"),
        ("network.pt", "holds a dict in which no synthetic set is recognised"),
        ("objects.npz", "`images` holds Python objects"),
        ("nan.pt", "`images` holds NaN in image 0"),
        ("make.py", "is no synthetic set of a kind that is read"),
        ("nowhere.pt", "cannot be read"),
    ] {
        let fault = fault(&fixture(name));
        assert!(fault.contains(name) && fault.contains(words), "{fault}");
    }
}

#[test]
fn what_does_not_apply_to_a_file_is_not_passed_over() {
    let refused = |name: &str, options: &Options| {
        exchange::read(&fixture(name), options).unwrap_err().to_string()
    };
    let factor = Options { factor: Some(2), ..Options::default() };
    let fault = refused("kip_cifar10_1.npz", &factor);
    assert!(
        fault
            .ends_with("is a NumPy archive: a factor can be told of IDC's images and targets only")
    );
    let experiment = Options { experiment: Some(1), ..Options::default() };
    assert!(refused("data.pt", &experiment).contains("an experiment can be told of"));
    let labels = Options { labels: Some(fixture("data.pt")), ..Options::default() };
    assert!(
        refused("data.pt", &labels).contains("a file of labels can be told of bare tensors only")
    );
    let meaning = Options { meaning: Some(Meaning::Probabilities), ..Options::default() };
    assert!(refused("data.pt", &meaning).contains("has one class per image"));
    assert!(refused("kip_cifar10_1.npz", &meaning).contains("no probabilities"));
}

/// A file that is cut, or with a byte changed, is refused with its name or gives a sound set.
#[test]
fn damage_anywhere_ends_in_a_sentence() {
    let folder = tempfile::tempdir().unwrap();
    for name in [
        "res_DSA_CIFAR10_ConvNet_1ipc.pt",
        "res_DC_CIFAR10_ConvNet_1ipc.pt",
        "MNIST/results.pth",
        "data_protocol4.pt",
        "kip_cifar10_1.npz",
        "version1.safetensors",
    ] {
        let whole = fs::read(fixture(name)).unwrap();
        let path = folder.path().join(Path::new(name).file_name().unwrap());
        let attempt = |bytes: &[u8]| {
            // A file that is made anew is not waited for, as one that is cut to nothing is.
            let _ = fs::remove_file(&path);
            fs::write(&path, bytes).unwrap();
            exchange::read(&path, &Options::default())
        };
        for length in (0..whole.len()).step_by(3).chain([whole.len() - 1]) {
            let error = attempt(&whole[..length]).unwrap_err().to_string();
            assert!(error.contains(path.to_str().unwrap()), "{error}");
        }
        for at in (0..whole.len()).step_by(2) {
            let mut bytes = whole.clone();
            bytes[at] ^= [0x01, 0x80, 0xff][at / 2 % 3];
            match attempt(&bytes) {
                Ok(found) => found.set.check().unwrap(),
                Err(error) => assert!(error.to_string().contains(path.to_str().unwrap())),
            }
        }
    }
}

#[test]
fn a_storage_that_says_it_is_endless_is_refused_at_once() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("x.pt");
    let mut bytes = fs::read(fixture("res_DC_CIFAR10_ConvNet_1ipc.pt")).unwrap();
    // The last thing in the file is 80 bytes of labels, and in front of them how many there are.
    let count = bytes.len() - 80 - 8;
    assert_eq!(bytes[count..count + 8], 10_u64.to_le_bytes());
    for elements in [1 << 60, u64::MAX, 11] {
        bytes[count..count + 8].copy_from_slice(&u64::to_le_bytes(elements));
        fs::write(&path, &bytes).unwrap();
        assert!(
            fault(&path).ends_with("ends within its storages; get it again"),
            "{}",
            fault(&path)
        );
    }
}

fn sets() -> Vec<SyntheticSet> {
    let classes: Vec<String> = (0..3).map(|class| format!("class {class}")).collect();
    let space = PixelSpace::Normalised(Space { mean: vec![0.5; 3], std: vec![0.25; 3] });
    let hard = SyntheticSet {
        images: (0..72).map(|at| (at as f32 * 0.1).sin() * 2.0).collect(),
        shape: [6, 3, 2, 2],
        labels: Labels::Hard(vec![0, 0, 1, 1, 2, 2]),
        steps: None,
        about: About {
            spec: "method = \"dsa\"\n[data]\nset = \"cifar10\"\n".to_owned(),
            iteration: 1000,
            ..About::new(space, classes)
        },
    };
    let steps = [(0, 0.1), (1, 1.0 / 3.0), (0, 1e-9)].map(|(group, rate)| Step { group, rate });
    let mut soft = SyntheticSet {
        labels: Labels::Soft {
            values: (0..18).map(|at| (at as f32).sqrt() - 1.0).collect(),
            classes: 3,
            meaning: Meaning::Regression,
        },
        steps: Some(Steps { groups: vec![2, 4], steps: steps.to_vec() }),
        ..hard.clone()
    };
    soft.about.space = PixelSpace::Whitened;
    soft.about.accuracies.insert("ConvNet".to_owned(), vec![0.1 + 0.2, 1.0 / 3.0]);
    vec![hard, soft]
}

#[test]
fn what_is_written_comes_back_exactly() {
    let folder = tempfile::tempdir().unwrap();
    for (number, set) in sets().iter().enumerate() {
        for (format, word) in Format::ALL {
            let path = folder.path().join(format!("{number}.{word}"));
            if format == Format::Png && set.about.space == PixelSpace::Whitened {
                assert!(exchange::write(set, format, &path).is_err());
                // Nothing of it is left.
                let mut left =
                    fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().path());
                assert!(!left.any(|left| left.to_str().unwrap().contains("png")
                    && left != folder.path().join("0.png")));
                continue;
            }
            let written = exchange::write(set, format, &path).unwrap();
            assert_eq!(written.lost.is_some(), format == Format::Png);
            let back = exchange::read(&path, &Options::default()).unwrap();
            assert!(back.reason.ends_with("says so"), "{}", back.reason);
            if format == Format::Png {
                assert_eq!(back.set.display_bytes(), set.display_bytes());
                assert_eq!((&back.set.labels, &back.set.about), (&set.labels, &set.about));
            } else {
                assert_eq!(back.set, *set, "{word}");
            }
            let again = exchange::write(set, format, &path).unwrap_err().to_string();
            assert!(again.contains("exists already"), "{again}");
        }
    }
    let written = exchange::write(&sets()[0], Format::Res, folder.path()).unwrap();
    assert_eq!(written.path.file_name().unwrap(), "res_DSA_CIFAR10_ConvNet_2ipc.pt");
}

#[test]
fn one_rate_is_there_for_readers_that_do_not_know_our_header() {
    let folder = tempfile::tempdir().unwrap();
    let mut set = sets().remove(0);
    set.steps = Some(Steps { groups: vec![6], steps: vec![Step { group: 0, rate: 0.1 }] });
    let place = folder.path().join("cifar10");
    exchange::write(&set, Format::Tensors, &place).unwrap();
    fs::remove_file(place.join("images.json")).unwrap();
    let found = read_in(&place, "images.pt", &Options::default());
    assert_eq!((found.set.images, found.set.labels), (set.images, set.labels));
    assert_eq!(found.set.steps, set.steps);
    // The folder's name is all that is left to guess by.
    assert_eq!(found.set.about.space, cifar10());
}

/// The real PyTorch, or `None` with a word on why not.
fn torch() -> Option<PathBuf> {
    let named = std::env::var_os("STILLROOM_TORCH_PYTHON");
    let required = named.is_some();
    let python = named.map_or_else(|| PathBuf::from("python3"), PathBuf::from);
    let tried = Command::new(&python).args(["-c", "import torch, numpy"]).output();
    if tried.is_ok_and(|output| output.status.success()) {
        return Some(python);
    }
    assert!(!required, "python3 with torch and numpy is required, but missing");
    println!("skipped: no python3 with torch and numpy");
    None
}

fn run(python: &Path, arguments: &[&Path]) {
    let output = Command::new(python).args(arguments).output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.success(), "{said}");
}

#[test]
fn pytorch_reads_our_files_and_we_read_what_it_writes_now() {
    let Some(python) = torch() else { return };
    let folder = tempfile::tempdir().unwrap();
    for (number, set) in sets().iter().enumerate() {
        for format in [Format::Res, Format::Tensors, Format::Npz, Format::Safetensors] {
            exchange::write(set, format, &folder.path().join(format!("{number}.{format}")))
                .unwrap();
        }
    }
    run(&python, &[&fixture("check.py"), folder.path()]);
    let fresh = tempfile::tempdir().unwrap();
    run(&python, &[&fixture("make.py"), fresh.path()]);
    check_res(fresh.path());
    check_incremental(fresh.path());
    check_tensors(fresh.path());
    check_idc(fresh.path());
    check_distilled(fresh.path());
    check_kip(fresh.path());
}
