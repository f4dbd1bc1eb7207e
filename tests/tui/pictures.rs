//! Pictures on the line: how many are sent, and when.

use std::{io::Cursor, thread::sleep, time::Duration};

use image::{DynamicImage, ImageFormat, Luma};

use super::{
    fake_daemon::FakeDaemon,
    recorded::{SHEET, finished, summary},
    terminal::{Manner, Terminal, WITH_SIXELS, WITHOUT_SIXELS, until},
};

const TILE: [u32; 2] = [28, 28];

/// The recorded sheet with other pixels in these classes.
fn changed(classes: &[u32]) -> Vec<u8> {
    let mut sheet = image::load_from_memory(SHEET).unwrap().to_luma8();
    for class in classes {
        for (x, y) in (0..28).flat_map(|y| (0..28).map(move |x| (x, y))) {
            let pixel = sheet.get_pixel_mut(2 + x, 2 + class * 30 + y);
            *pixel = Luma([255 - pixel.0[0]]);
        }
    }
    let mut bytes = Cursor::new(Vec::new());
    DynamicImage::ImageLuma8(sheet).write_to(&mut bytes, ImageFormat::Png).unwrap();
    bytes.into_inner()
}

fn open(manner: Manner, variables: &[(&str, &str)]) -> (FakeDaemon, Terminal) {
    let daemon = FakeDaemon::start(vec![summary(finished())]);
    daemon.add_picture(100, SHEET.to_vec(), TILE);
    let terminal = Terminal::start_with(&daemon, (120, 40), manner, variables);
    terminal.wait_for("first light");
    terminal.press("\r");
    terminal.wait_for("iteration 100");
    terminal.settle();
    (daemon, terminal)
}

#[test]
fn ten_classes_are_ten_sixels_nothing_is_nothing_and_one_class_is_one() {
    let (daemon, terminal) = open(WITH_SIXELS, &[]);
    assert_eq!(terminal.sixels_since(0), 10, "at first");

    let start = terminal.written();
    sleep(Duration::from_secs(2));
    assert_eq!(terminal.written() - start, 0, "bytes while nothing changes");

    daemon.add_picture(101, changed(&[3]), TILE);
    terminal.wait_for("iteration 101");
    terminal.settle();
    assert_eq!(terminal.sixels_since(start), 1, "one class has changed");

    let start = terminal.written();
    daemon.add_picture(102, changed(&[3, 7, 9]), TILE);
    terminal.wait_for("iteration 102");
    terminal.settle();
    assert_eq!(terminal.sixels_since(start), 2, "two more have");

    let start = terminal.written();
    daemon.add_picture(103, changed(&[3, 7, 9]), TILE);
    terminal.wait_for("iteration 103");
    terminal.settle();
    assert_eq!(terminal.sixels_since(start), 0, "a new picture that looks the same");
}

#[test]
fn what_an_overlay_covered_is_sent_again_and_the_rest_is_not() {
    let (_daemon, terminal) = open(WITH_SIXELS, &[]);
    let start = terminal.written();
    // The question lies in the middle: over the lower row of pictures, not over the upper one.
    terminal.press("?");
    terminal.wait_for("Keys");
    terminal.settle();
    assert_eq!(terminal.sixels_since(start), 0);
    terminal.press("?");
    terminal.settle();
    let again = terminal.sixels_since(start);
    assert!((1..=10).contains(&again), "{again}");
    assert!(!terminal.text().contains("Keys"));
}

#[test]
fn control_l_sends_everything_again() {
    let (_daemon, terminal) = open(WITH_SIXELS, &[]);
    let start = terminal.written();
    terminal.press("\x0c");
    terminal.settle();
    assert_eq!(terminal.sixels_since(start), 10);
}

#[test]
fn another_window_size_is_another_scale_and_each_picture_is_sent_once() {
    let (_daemon, mut terminal) = open(WITH_SIXELS, &[]);
    let start = terminal.written();
    terminal.resize((200, 60));
    until(|| terminal.sixels_since(start) == 10, || terminal.sixels_since(start).to_string());
    terminal.settle();
    assert_eq!(terminal.sixels_since(start), 10);
    let bytes = String::from_utf8_lossy(&terminal.since(start)).into_owned();
    let magnified = bytes.split("\x1bP9;1;0q\"1;1;").nth(1).unwrap();
    let side: u32 = magnified.split(';').next().unwrap().parse().unwrap();
    assert!(side >= 6 * 28 && side.is_multiple_of(28), "{side}");
}

#[test]
fn a_terminal_without_sixels_gets_half_blocks() {
    let (_daemon, terminal) = open(WITHOUT_SIXELS, &[]);
    assert_eq!(terminal.sixels_since(0), 0);
    assert!(terminal.text().contains("▀▀▀"));
    let start = terminal.written();
    sleep(Duration::from_secs(2));
    assert_eq!(terminal.written() - start, 0, "bytes while nothing changes");
}

#[test]
fn inside_tmux_there_are_half_blocks_whatever_it_answers() {
    let (_daemon, terminal) = open(WITH_SIXELS, &[("TMUX", "/tmp/tmux-1000/default,1,0")]);
    assert_eq!(terminal.sixels_since(0), 0);
    assert!(terminal.text().contains("▀▀▀"));
}

#[test]
fn the_choice_of_the_user_counts() {
    let (_daemon, terminal) = open(WITH_SIXELS, &[("STILLROOM_IMAGES", "halfblocks")]);
    assert_eq!(terminal.sixels_since(0), 0);
    assert!(terminal.text().contains("▀▀▀"));
    let daemon = FakeDaemon::start(vec![summary(finished())]);
    daemon.add_picture(100, SHEET.to_vec(), TILE);
    let variables = [("STILLROOM_IMAGES", "none")];
    let terminal = Terminal::start_with(&daemon, (120, 40), WITH_SIXELS, &variables);
    terminal.wait_for("first light");
    terminal.press("\r");
    terminal.wait_for("Matching distance");
    terminal.settle();
    assert!(!terminal.text().contains("Synthetic images") && terminal.sixels_since(0) == 0);
    assert!(daemon.wishes().iter().all(|wish| !format!("{wish:?}").contains("Artefact")));
}

#[test]
fn pictures_over_a_slow_line_have_fewer_colours() {
    let bytes = |variables: &[(&str, &str)]| {
        let (_daemon, terminal) = open(WITH_SIXELS, variables);
        assert_eq!(terminal.sixels_since(0), 10);
        terminal.written()
    };
    let (here, remote) = (bytes(&[]), bytes(&[("SSH_CONNECTION", "10.0.0.1 5022 10.0.0.2 22")]));
    assert!(remote < here, "{remote} of {here} bytes");
}
