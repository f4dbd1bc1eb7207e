//! `stillroom set show`, `set convert` and `export`, as a user types them.
// Tests may fail loudly.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::path::Path;
use std::process::{Command, Output};

use serde_json::Value;

fn fixture(name: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/exchange").join(name);
    path.to_str().unwrap().to_owned()
}

fn stillroom(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_stillroom")).args(arguments).output().unwrap()
}

fn said(arguments: &[&str]) -> String {
    let output = stillroom(arguments);
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(output.status.success(), "{text}{}", String::from_utf8_lossy(&output.stderr));
    text
}

fn refused(arguments: &[&str]) -> String {
    let output = stillroom(arguments);
    assert!(!output.status.success());
    String::from_utf8(output.stderr).unwrap()
}

fn json(arguments: &[&str]) -> Value {
    serde_json::from_str(&said(arguments)).unwrap()
}

#[test]
fn show_says_what_a_file_is_taken_for_and_why() {
    let path = fixture("res_DSA_CIFAR10_ConvNet_1ipc.pt");
    let text = said(&["set", "show", &path]);
    for line in [
        "is read as a result of DC, DSA, DM or the like; its pixels are taken as normalised (mean 0.4914 \
         0.4822 0.4465, std 0.2023 0.1994 0.201), because DC, DSA and DM keep normalised pixels, and the name \
         speaks of cifar10\n",
        "\nimages      10 of 3x2x2\n",
        "\nclasses     10, 1 images each: 0, 1, 2, 3, 4, 5, 6, 7, 8, 9\n",
        "\nlabels      one class per image\n",
        "\naccuracy    30.0 ± 20.0 % over 2 of ConvNet\n",
        "\nfrom        res_DSA_CIFAR10_ConvNet_1ipc.pt, experiment 2 of 2\n",
    ] {
        assert!(text.contains(line), "{line}\nis not in\n{text}");
    }
    let steps = said(&["set", "show", &fixture("MNIST/results.pth")]);
    let rates = "\nrates       4 learned steps over 2 groups of images, rates 0.0625 to 0.5\n";
    assert!(steps.contains(rates), "{steps}");
}

#[test]
fn show_gives_the_same_as_json_and_space_overrules() {
    let path = fixture("CIFAR10/run");
    let shown = json(&["--json", "set", "show", &path]);
    assert_eq!(shown["kind"], "tensors");
    assert_eq!(shown["shape"], serde_json::json!([4, 3, 2, 2]));
    assert_eq!(shown["labels"], "logits");
    assert_eq!(shown["space"]["kind"], "normalised");
    let said = ["--space", "whitened", "--label-values", "regression"];
    let shown = json(&[&["--json", "set", "show", &path][..], &said].concat());
    assert_eq!(
        (&shown["space"]["kind"], &shown["reason"]),
        (&"whitened".into(), &"you said so".into())
    );
    assert_eq!(shown["labels"], "regression values");
    let error = refused(&["set", "show", &path, "--space", "0..1"]);
    assert!(error.contains("`0..1` is not one of normalised"), "{error}");
}

#[test]
fn convert_and_export_write_and_say_what_is_lost() {
    let folder = tempfile::tempdir().unwrap();
    let place = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    let source = fixture("res_DSA_CIFAR10_ConvNet_1ipc.pt");
    let text = said(&["set", "convert", &source, &place("x.npz")]);
    assert!(text.contains("x.npz (npz)\n") && text.contains("taken as normalised"), "{text}");
    let text = said(&["set", "convert", &source, &place("pictures"), "--to", "png"]);
    assert!(text.contains("PNG files hold 256 shades: "), "{text}");
    let written = json(&["--json", "export", &place("x.npz"), "--to", "res", &place("")]);
    // Who made the set is still known after two conversions.
    let name = Path::new(written["path"].as_str().unwrap()).file_name().unwrap().to_owned();
    assert_eq!(name, "res_DSA_CIFAR10_ConvNet_1ipc.pt");
    let first = json(&["--json", "set", "show", &source]);
    let last = json(&["--json", "set", "show", written["path"].as_str().unwrap()]);
    for key in ["shape", "labels", "space", "lowest", "highest", "accuracies", "origin"] {
        assert_eq!(first[key], last[key], "{key}");
    }
    let again = refused(&["set", "convert", &source, &place("x.npz")]);
    assert!(again.contains("x.npz: exists already"), "{again}");
    let nameless = refused(&["set", "convert", &source, &place("y")]);
    assert!(nameless.contains("does not say its format: add `--to`"), "{nameless}");
}

#[test]
fn what_cannot_be_read_is_one_sentence() {
    let evil = refused(&["set", "show", &fixture("evil.pt")]);
    assert!(evil.starts_with("error: ") && evil.contains(".system`"), "{evil}");
    assert_eq!(evil.lines().count(), 1, "{evil}");
    let missing = refused(&["export", "./7", "--to", "npz", "nowhere.npz"]);
    assert!(missing.contains("./7: cannot be read"), "{missing}");
}
