//! A data set on its way to a host: whole, and broken off in the middle.

use std::{fs, path::Path};

use image::{Rgb, RgbImage};

use super::{ended::ended, outcome, pair::Pair, parts};

/// Bytes that get through before the way breaks: more than one part of 2 MiB in base64, less than two.
const THROUGH: u64 = 4_000_000;
const PART: u64 = (2 << 20) / 3 * 4;

/// Pictures that no coding makes smaller.
fn noise(folder: &Path) {
    let mut state = 1_u32;
    let mut byte = move || {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        state.to_be_bytes()[0]
    };
    for part in ["train", "test"] {
        for class in ["one", "two"] {
            let folder = folder.join(part).join(class);
            fs::create_dir_all(&folder).unwrap();
            for number in 0..6 {
                let pixel = |_, _| Rgb([byte(), byte(), byte()]);
                let image = RgbImage::from_fn(256, 256, pixel);
                image.save(folder.join(format!("{number}.png"))).unwrap();
            }
        }
    }
}

#[test]
fn what_breaks_off_is_gone_on_with_and_nothing_is_sent_twice() {
    if parts::are_missing() {
        return;
    }
    let pair = Pair::new();
    let pictures = pair.near.folder.path().join("pictures");
    noise(&pictures);
    outcome::prints(pair.program(&["data", "import", "mine", pictures.to_str().unwrap()]));
    let (real, config) = (parts::find("ssh").unwrap(), pair.ssh_config());
    let sent = pair.near.folder.path().join("sent");
    let ssh = format!("{} -F {} \"$@\"", real.display(), config.display());

    pair.put_ssh(&format!("stdbuf -o0 head -c {THROUGH} | {ssh}"));
    let broken = ended(&mut pair.program(&["data", "send", "mine", "box"]));
    assert_eq!(broken.code, Some(1), "{broken:?}");
    assert!(broken.said.contains("box"), "{broken:?}");
    let listed = || pair.far.json(&["data", "ls"]);
    let state = |listed: &serde_json::Value| {
        let set = listed.as_array().unwrap().iter().find(|set| set["name"] == "mine").cloned();
        set.map(|set| set["state"].clone())
    };
    assert_ne!(state(&listed()), Some("present".into()), "a part is no data set");

    pair.put_ssh(&format!("tee {} | {ssh}", sent.display()));
    let said = outcome::prints(pair.program(&["data", "send", "mine", "box"]));
    assert!(said.contains("mine"), "{said}");
    assert_eq!(state(&listed()), Some("present".into()));
    // In base64 24 pictures of noise are 6.3 MB.
    let all = 24 * 256 * 256 * 3 * 4 / 3;
    let second = fs::metadata(&sent).unwrap().len();
    eprintln!("{THROUGH} bytes before the break, {second} behind it, of {all}");
    assert!(second < all - PART + 20_000, "{second} of {all}");
    let again = outcome::fails(pair.program(&["data", "send", "mine", "box"]));
    assert!(again.contains("the data set `mine` is there already"), "{again}");
}
