//! The screen of another machine in a terminal here, through `ssh -t`: thumbnails come as pictures all the same.

use std::{
    fmt::Write as _,
    process::{Command, Stdio},
    thread::sleep,
    time::Duration,
};

use super::{
    fake_daemon::FakeDaemon,
    home::until,
    pair::Pair,
    parts,
    recorded::{SHEET, finished, images, summary},
    seen::{Background, Display, assert_images},
};

const TILE: [u32; 2] = [28, 28];

#[test]
fn thumbnails_come_through_ssh() {
    if parts::are_missing() || parts::any_missing(&["Xvfb", "xterm", "xdotool", "import"]) {
        return;
    }
    let daemon = FakeDaemon::start(vec![summary(finished())]);
    daemon.add_picture(100, SHEET.to_vec(), TILE);
    let pair = Pair::new();
    let folder = tempfile::tempdir().unwrap();
    let display = Display::start();
    let mut there = "env".to_owned();
    let folders = [
        ("STILLROOM_DATA_DIR", daemon.data_dir()),
        ("STILLROOM_CONFIG_DIR", daemon.config_dir()),
        ("XDG_RUNTIME_DIR", daemon.folder.path().join("runtime")),
    ];
    for (name, path) in folders {
        write!(there, " {name}={}", path.display()).unwrap();
    }
    write!(there, " {}", env!("CARGO_BIN_EXE_stillroom")).unwrap();
    let mut xterm = Command::new("xterm");
    xterm
        .args(["-geometry", "120x40+0+0", "-fa", "DejaVu Sans Mono", "-fs", "9"])
        .args(["-bg", "black", "-fg", "white", "-ti", "vt340", "-e"])
        .arg(parts::find("ssh").unwrap())
        .arg("-F")
        .arg(pair.ssh_config())
        .args(["-tt", "box", &there])
        .env("DISPLAY", &display.name)
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    let xterm = Background(xterm.spawn().unwrap());
    let asked = |what: &str| format!("{:?}", daemon.wishes()).contains(what).then_some(());
    until("the program starts", || asked("WatchQueue"));
    sleep(Duration::from_millis(700));
    // Without a window manager the window under the pointer has the keys.
    display.tool("xdotool", &["mousemove", "200", "200"]);
    display.tool("xdotool", &["key", "Return"]);
    until("the run is opened", || asked("Artefact"));
    assert_images(&display, folder.path(), &images(SHEET, TILE));
    // A window that is closed ends the session with what runs in it.
    drop(xterm);
    until("the session ends", || pair.server.sessions().is_empty().then_some(()));
}
