//! Two runs side by side: their curves at a cursor, their pictures step by step, and the difference of both.

use std::io::Cursor;

use image::{DynamicImage, ImageFormat, Luma};
use stillroom::{
    queue::RunId,
    spec::{Method, Sharing, defaults::published},
};
use vt100::Color;

use super::screen;
use crate::{
    fake_daemon::FakeDaemon,
    recorded::{SHEET, finished_before, run},
    terminal::{Terminal, until},
};

const TILE: [u32; 2] = [28, 28];
/// Black, among 256 colours.
const DARK: Color = Color::Idx(16);

/// The recorded sheet in negative.
fn negative() -> Vec<u8> {
    let mut sheet = image::load_from_memory(SHEET).unwrap().to_luma8();
    sheet.pixels_mut().for_each(|pixel| *pixel = Luma([255 - pixel.0[0]]));
    let mut bytes = Cursor::new(Vec::new());
    DynamicImage::ImageLuma8(sheet).write_to(&mut bytes, ImageFormat::Png).unwrap();
    bytes.into_inner()
}

/// Siamese and independent runs with these seeds, all through. Their pictures are the same but for the last ones.
fn daemon(seeds: u64) -> FakeDaemon {
    let pairs = (0..seeds).flat_map(|seed| {
        [(20 + 2 * seed, seed, Sharing::Siamese), (21 + 2 * seed, seed, Sharing::Independent)]
    });
    let runs = pairs.clone().map(|(id, seed, sharing)| {
        // The newest stands first.
        let mut run = run(id, &sharing.to_string(), finished_before(id as i64));
        run.seed = seed;
        run
    });
    let daemon = FakeDaemon::start(runs.collect());
    for (id, seed, sharing) in pairs {
        let mut spec = published(Method::Dsa, "mnist-5k", 1);
        (spec.seed, spec.augment.sharing) = (seed, sharing);
        daemon.give_spec(RunId::new(id), &spec);
        daemon.give_recorded_log(RunId::new(id));
        for iteration in [0, 50] {
            daemon.add_picture_of(RunId::new(id), iteration, SHEET.to_vec(), TILE);
        }
        let last = if sharing == Sharing::Siamese { SHEET.to_vec() } else { negative() };
        daemon.add_picture_of(RunId::new(id), 100, last, TILE);
    }
    daemon
}

/// Waits until all three pictures are of this iteration.
fn wait_for_pictures(terminal: &Terminal, iteration: u64) {
    let words = format!("iteration {iteration} ╮");
    terminal
        .wait_until(&format!("three times `{words}`"), |shown| shown.matches(&words).count() == 3);
}

fn compared(daemon: &FakeDaemon) -> Terminal {
    let terminal = screen(daemon);
    terminal.wait_for_runs(&[20, 21]);
    terminal.press("C");
    terminal.wait_for("two runs or more can be compared; Space marks them");
    terminal.press("  C");
    terminal.wait_for_all(&["2 runs against each other", "A siamese", "B independent"]);
    terminal.wait_for("augment.sharing  A siamese");
    wait_for_pictures(&terminal, 100);
    terminal
}

#[test]
fn two_marked_runs_are_compared_and_their_curves_read_at_a_cursor() {
    let daemon = daemon(1);
    let terminal = compared(&daemon);
    // The same log: no difference at any iteration.
    let read = |terminal: &Terminal| {
        let line = terminal.line("A-B +0");
        let at = line.split('▴').nth(1).and_then(|rest| rest.split_whitespace().next());
        at.unwrap().parse::<u64>().unwrap()
    };
    terminal.press("h");
    let first = read(&terminal);
    terminal.press("hhh");
    terminal.wait_for(&format!("▴ {}", first - 3));
    terminal.press("l");
    terminal.wait_for(&format!("▴ {}", first - 2));
    assert_eq!(read(&terminal), first - 2);
    terminal.press("L");
    terminal.wait_for("╭ Distance, log");
    terminal.press("0");
    terminal.wait_without("A-B");
    terminal.press("\x1b");
    terminal.wait_for_runs(&[20, 21]);
}

#[test]
fn the_pictures_of_both_runs_go_step_by_step_together() {
    let daemon = daemon(1);
    let terminal = compared(&daemon);
    terminal.press("[");
    wait_for_pictures(&terminal, 50);
    terminal.press("[");
    wait_for_pictures(&terminal, 0);
    terminal.press("]");
    wait_for_pictures(&terminal, 50);
    // End, and Home.
    terminal.press("\x1b[F");
    wait_for_pictures(&terminal, 100);
    terminal.press("\x1b[H");
    wait_for_pictures(&terminal, 0);
    // One that plays by itself ends at the newest.
    terminal.press(" ");
    wait_for_pictures(&terminal, 100);
}

#[test]
fn the_difference_is_dark_where_both_are_the_same() {
    let daemon = daemon(1);
    let terminal = compared(&daemon);
    let difference = terminal.inside("Difference");
    let colours = || terminal.colours(&difference);
    until(|| colours().len() > 2, || format!("{:?}", colours()));
    terminal.press("[");
    wait_for_pictures(&terminal, 50);
    until(|| colours() == [DARK], || format!("{:?}", colours()));
    assert!(terminal.colours(&terminal.inside("A siamese")).len() > 2);
}

#[test]
fn the_pictures_alone_have_the_screen() {
    let daemon = daemon(1);
    let terminal = compared(&daemon);
    terminal.press("\tf");
    terminal.wait_without("╭ Distance");
    wait_for_pictures(&terminal, 100);
    let tall = terminal.inside("Difference").rows;
    assert!(tall.len() > 30, "{tall:?}");
    terminal.press("f");
    terminal.wait_for("╭ Distance");
    // The next panels are the charts.
    terminal.press("\t\tf");
    terminal.wait_without("╭ Distance");
    terminal.wait_for("╭ Accuracy");
}

#[test]
fn of_several_pairs_one_after_the_other_is_shown() {
    let daemon = daemon(2);
    let terminal = screen(&daemon);
    terminal.wait_for_runs(&[20, 21, 22, 23]);
    terminal.press("vC");
    terminal.wait_for_all(&["4 runs against each other", "run 20, iteration 100", "seed 0"]);
    terminal.wait_for("2 pairs sharing their seeds");
    terminal.press(".");
    terminal.wait_for_all(&["run 22, iteration 100", "seed 1"]);
    terminal.press(",");
    terminal.wait_for_all(&["run 20, iteration 100", "seed 0"]);
}
