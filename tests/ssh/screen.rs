//! The screen here with a host behind a real ssh: what goes to several machines, and what is sent to one.

use std::fs;

use image::{GrayImage, Luma};

use super::{
    home::until,
    outcome,
    pair::Pair,
    parts,
    spread::STUDY,
    terminal::{Terminal, WITHOUT_SIXELS},
};

/// The screen with this machine and `box`, both of which answer.
fn screen(pair: &Pair) -> Terminal {
    let terminal = Terminal::of(&pair.program(&[]), (130, 40), WITHOUT_SIXELS);
    until("both hosts answer", || {
        let first = terminal.text().lines().next().unwrap_or_default().to_owned();
        (first.matches('●').count() == 2).then_some(())
    });
    terminal
}

#[test]
fn a_study_is_spread_from_the_screen_and_its_table_is_of_both() {
    if parts::are_missing() {
        return;
    }
    let pair = Pair::new();
    let studies = pair.near.folder.path().join("config/studies");
    fs::create_dir_all(&studies).unwrap();
    fs::write(studies.join("mine.toml"), STUDY).unwrap();
    let terminal = screen(&pair);
    // Behind the two hosts both are at hand.
    terminal.press("@@2");
    terminal.wait_for("Studies of all hosts");
    terminal.press("G");
    terminal.wait_for("▸ mine");
    terminal.press("\r");
    terminal.wait_for("╭ Two sets");
    terminal.press("a");
    terminal.wait_for("2 runs go to here.");
    terminal.wait_for("2 runs go to box.");
    terminal.press("y");
    // The stand-ins end with the same accuracy: both cells, and the one of the cursor once more.
    until("both cells are done", || {
        (terminal.text().matches("75.0±0.0").count() == 3).then_some(())
    });
    terminal.wait_for("box:1");
    for home in [&pair.near, &pair.far] {
        assert_eq!([1, 2].map(|run| home.state(run)), ["finished", "finished"]);
    }
    terminal.press("\u{1b}");
    terminal.wait_for("2/2");
}

#[test]
fn a_data_set_that_the_host_lacks_is_sent_before_its_run() {
    if parts::are_missing() {
        return;
    }
    let pair = Pair::new();
    let pictures = pair.near.folder.path().join("pictures");
    for part in ["train", "test"] {
        for class in ["dark", "light"] {
            let folder = pictures.join(part).join(class);
            fs::create_dir_all(&folder).unwrap();
            for number in 0..4_u8 {
                let base = if class == "dark" { 0 } else { 200 };
                let image = GrayImage::from_pixel(28, 28, Luma([base + number]));
                image.save(folder.join(format!("{number}.png"))).unwrap();
            }
        }
    }
    outcome::prints(pair.program(&["data", "import", "mine", pictures.to_str().unwrap()]));
    let presets = pair.near.folder.path().join("config/presets");
    fs::create_dir_all(&presets).unwrap();
    let preset = "# Of my own.\nmethod = \"dsa\"\ndevice = \"cpu\"\n[data]\nset = \"mine\"\n\
                  [condense]\niterations = 3\nreal_batch = 2\n";
    fs::write(presets.join("own.toml"), preset).unwrap();
    let terminal = screen(&pair);
    terminal.press("@n");
    terminal.wait_for("New run on box");
    terminal.press("G");
    terminal.wait_for("▸ own");
    terminal.press("\r");
    terminal.wait_for("box lacks the data set mine");
    terminal.press("y");
    terminal.wait_for("Run box:1");
    pair.far.wait(1, "finished");
    let sets = pair.far.json(&["data", "ls"]);
    let there = sets.as_array().unwrap().iter().find(|set| set["name"] == "mine").cloned();
    assert_eq!(there.map(|set| set["state"].clone()), Some("present".into()), "{sets}");
}
