//! What a person sees: the program in a real xterm, its thumbnails compared pixel by pixel with the images.
//!
//! Needs `xterm`, `Xvfb`, `xdotool` and `import` of `ImageMagick`. Where one is missing the tests say so and
//! pass, unless `STILLROOM_REQUIRE_REAL_PARTS` is set.

use std::{
    env,
    process::{Command, Stdio},
    thread::sleep,
    time::Duration,
};

use image::{DynamicImage, ImageFormat, Rgb, RgbImage};

use super::{
    fake_daemon::FakeDaemon,
    recorded::{SHEET, finished, images, summary},
    seen::{Background, Display, assert_images},
    terminal::until,
};

fn missing() -> Option<String> {
    let absent: Vec<&str> = ["Xvfb", "xterm", "xdotool", "import"]
        .into_iter()
        .filter(|program| {
            let paths = env::var_os("PATH").unwrap_or_default();
            !env::split_paths(&paths).any(|folder| folder.join(program).is_file())
        })
        .collect();
    if absent.is_empty() {
        return None;
    }
    assert!(
        env::var_os("STILLROOM_REQUIRE_REAL_PARTS").is_none(),
        "STILLROOM_REQUIRE_REAL_PARTS is set, and {} cannot be found",
        absent.join(", ")
    );
    Some(absent.join(", "))
}

/// Opens the recorded run in an xterm with these options and compares what is seen with `sheet`.
fn assert_seen(sheet: &[u8], tile: [u32; 2], options: &[&str]) {
    if let Some(missing) = missing() {
        eprintln!("not tested in a real xterm: {missing} cannot be found");
        return;
    }
    let daemon = FakeDaemon::start(vec![summary(finished())]);
    daemon.add_picture(100, sheet.to_vec(), tile);
    let folder = tempfile::tempdir().unwrap();
    let display = Display::start();
    let mut xterm = Command::new("xterm");
    xterm
        .args(["-geometry", "120x40+0+0", "-fa", "DejaVu Sans Mono", "-fs", "9"])
        .args(["-bg", "black", "-fg", "white", "-ti", "vt340"])
        .args(options)
        .args(["-e", env!("CARGO_BIN_EXE_stillroom")])
        .env("DISPLAY", &display.name)
        .env("STILLROOM_DATA_DIR", daemon.data_dir())
        .env("STILLROOM_CONFIG_DIR", daemon.config_dir())
        .env("XDG_RUNTIME_DIR", daemon.folder.path().join("runtime"))
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    for name in ["SSH_CONNECTION", "SSH_TTY", "TMUX", "STY", "NO_COLOR", "STILLROOM_IMAGES"] {
        xterm.env_remove(name);
    }
    let _xterm = Background(xterm.spawn().unwrap());
    let asked = |what: &str| format!("{:?}", daemon.wishes()).contains(what);
    until(|| asked("WatchQueue"), || "the program does not start".to_owned());
    sleep(Duration::from_millis(700));
    // Without a window manager the window under the pointer has the keys.
    display.tool("xdotool", &["mousemove", "200", "200"]);
    display.tool("xdotool", &["key", "Return"]);
    until(|| asked("Artefact"), || "the run is not opened".to_owned());

    assert_images(&display, folder.path(), &images(sheet, tile));
}

#[test]
fn digits_in_an_xterm_as_it_comes() {
    assert_seen(SHEET, [28, 28], &[]);
}

#[test]
fn colours_in_an_xterm_with_all_registers() {
    let options = ["-xrm", "XTerm*numColorRegisters: 256"];
    assert_seen(&colour_sheet(), [32, 32], &options);
}

/// Ten pictures of 32 x 32 pixels with soft colours and hard edges.
fn colour_sheet() -> Vec<u8> {
    let mut sheet = RgbImage::new(36, 10 * 34 + 2);
    for class in 0..10_u32 {
        let hue = f64::from(class) * 0.628;
        for (x, y) in (0..32).flat_map(|y| (0..32).map(move |x| (x, y))) {
            let (u, v) = (f64::from(x) / 32.0, f64::from(y) / 32.0);
            let disc =
                ((u - 0.5).powi(2) + (v - 0.4).powi(2)).sqrt() < 0.12 + 0.02 * f64::from(class);
            let channel = |shift: f64| {
                let soft = 0.5 + 0.3 * (hue + shift).sin() + 0.2 * (u - v) * (hue + shift).cos();
                let value = if disc { 1.0 - soft } else { soft };
                (value.clamp(0.0, 1.0) * 255.0) as u8
            };
            let pixel = Rgb([channel(0.0), channel(2.1), channel(4.2)]);
            sheet.put_pixel(2 + x, 2 + class * 34 + y, pixel);
        }
    }
    let mut bytes = std::io::Cursor::new(Vec::new());
    DynamicImage::ImageRgb8(sheet).write_to(&mut bytes, ImageFormat::Png).unwrap();
    bytes.into_inner()
}
