//! Settings that are changed on the screen: they count at once, and `config.toml` has them with all else that is in it.

use std::{fs, path::PathBuf};

use super::screen;
use crate::{
    fake_daemon::FakeDaemon,
    recorded::{finished, summary},
    terminal::until,
};

const BEFORE: &str = "\
# What I like.
theme = \"dark\"  # my room is

# smoothing = 0.0
smoothing = 0.2
";

fn daemon() -> (FakeDaemon, PathBuf) {
    let daemon = FakeDaemon::start(vec![summary(finished())]);
    fs::create_dir(daemon.config_dir()).unwrap();
    let path = daemon.config_dir().join("config.toml");
    fs::write(&path, BEFORE).unwrap();
    (daemon, path)
}

fn wait_for_file(path: &PathBuf, expected: &str) {
    let text = || fs::read_to_string(path).unwrap();
    until(|| text() == expected, || format!("{expected:?}, not {:?}", text()));
}

#[test]
fn a_change_is_written_down_and_comments_stay() {
    let (daemon, path) = daemon();
    let terminal = screen(&daemon);
    terminal.wait_for("first light");
    terminal.press("6");
    terminal.wait_for("2 set in the file");
    terminal.wait_for("▸ theme            dark            config.toml, line 2, default auto");
    terminal.press("l");
    terminal.wait_for("▸ theme            light ");
    let light = BEFORE.replace("dark", "light");
    wait_for_file(&path, &light);
    // The first of the settings is taken back; what stands above it stays.
    terminal.press("x");
    terminal.wait_for("▸ theme            auto ");
    terminal.wait_for("1 set in the file");
    let without = BEFORE.replace("theme = \"dark\"  # my room is\n", "");
    wait_for_file(&path, &without);
    terminal.press("jjjjjjjjjjl");
    terminal.wait_for("▸ smoothing        0.25 ");
    let smoother = without.replace("0.2\n", "0.25\n");
    wait_for_file(&path, &smoother);
    // Another program has written something meanwhile.
    fs::write(&path, format!("{smoother}# more\nframes = 20\n")).unwrap();
    terminal.press("hh");
    terminal.wait_for("▸ smoothing        0.15 ");
    let expected = smoother.replace("0.25", "0.15");
    wait_for_file(&path, &format!("{expected}# more\nframes = 20\n"));
}

#[test]
fn a_change_counts_at_once_and_at_the_next_start() {
    let (daemon, path) = daemon();
    let mut terminal = screen(&daemon);
    terminal.wait_for("first light");
    terminal.press("6jjjj");
    terminal.wait_for("▸ ASCII            off");
    terminal.press("l");
    terminal.wait_for("> ASCII            on");
    terminal.wait_until("ASCII alone", str::is_ascii);
    wait_for_file(&path, &format!("{BEFORE}ascii = true\n"));
    terminal.press("1");
    terminal.wait_for("first light");
    assert!(terminal.text().is_ascii(), "{}", terminal.text());
    terminal.press("q");
    assert_eq!(terminal.end(), 0);
    let terminal = screen(&daemon);
    terminal.wait_for("first light");
    assert!(terminal.text().is_ascii(), "{}", terminal.text());
}

#[test]
fn a_file_that_cannot_be_read_is_left_as_it_is() {
    let (daemon, path) = daemon();
    fs::write(&path, "theme = \n").unwrap();
    let terminal = screen(&daemon);
    terminal.wait_for("config.toml, line 1");
    terminal.press("6");
    terminal.wait_for("0 set in the file");
    terminal.press("l");
    terminal.wait_for("not written down: ");
    assert_eq!(fs::read_to_string(path).unwrap(), "theme = \n");
}
