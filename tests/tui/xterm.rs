//! What a person sees: the program in a real xterm, its thumbnails compared pixel by pixel with the images.
//!
//! Needs `xterm`, `Xvfb`, `xdotool` and `import` of `ImageMagick`. Where one is missing the tests say so and
//! pass, unless `STILLROOM_REQUIRE_REAL_PARTS` is set.

use std::{
    env, fs,
    path::Path,
    process::{Child, Command, Stdio},
    thread::sleep,
    time::Duration,
};

use image::{DynamicImage, ImageFormat, Rgb, RgbImage, imageops};

use super::{
    fake_daemon::FakeDaemon,
    recorded::{SHEET, finished, images, summary},
    terminal::until,
};

/// The largest mean difference of a channel that still counts as the same picture: 16 colours pass.
const SAME: f64 = 12.0;
/// The smallest between different ones.
const OTHER: f64 = 24.0;

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

/// A process that ends with the test.
struct Background(Child);

impl Drop for Background {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// An X server of its own, whose number it finds itself.
struct Display {
    name: String,
    _server: Background,
}

impl Display {
    fn start(folder: &Path) -> Self {
        let told = folder.join("display");
        let file = fs::File::create(&told).unwrap();
        let server = Command::new("Xvfb")
            .args(["-displayfd", "1", "-screen", "0", "1100x720x24", "-nolisten", "tcp"])
            .stdout(file)
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let server = Background(server);
        let number = || fs::read_to_string(&told).unwrap().trim().to_owned();
        until(|| !number().is_empty(), || "Xvfb does not start".to_owned());
        Self { name: format!(":{}", number()), _server: server }
    }

    fn tool(&self, program: &str, arguments: &[&str]) {
        let mut command = Command::new(program);
        let status = command.args(arguments).env("DISPLAY", &self.name).status().unwrap();
        assert!(status.success(), "{program} {arguments:?}");
    }

    fn screenshot(&self, folder: &Path) -> RgbImage {
        let path = folder.join("screen.png");
        self.tool("import", &["-window", "root", path.to_str().unwrap()]);
        image::open(path).unwrap().to_rgb8()
    }
}

/// The mean difference of a channel between a magnified image and a place on the screen.
fn difference(screen: &RgbImage, (left, top): (u32, u32), image: &RgbImage) -> f64 {
    let parts = image.enumerate_pixels().flat_map(|(x, y, pixel)| {
        let seen = screen.get_pixel(left + x, top + y).0;
        (0..3).map(move |part| u64::from(pixel.0[part].abs_diff(seen[part])))
    });
    parts.sum::<u64>() as f64 / f64::from(image.width() * image.height() * 3)
}

/// About the same from every third source pixel each way, from the middle rows outwards; `None` as soon as
/// it must exceed `limit`.
fn roughly(
    screen: &RgbImage,
    (left, top): (u32, u32),
    source: &RgbImage,
    factor: u32,
    limit: f64,
) -> Option<f64> {
    let (columns, rows) = (source.width() / 3, source.height() / 3);
    let values = f64::from(columns * rows * 3);
    let most = (limit * values) as u64;
    let mut sum = 0_u64;
    for step in 0..rows {
        let row = if step % 2 == 0 { rows / 2 + step / 2 } else { rows / 2 - step / 2 - 1 };
        for column in 0..columns {
            let (x, y) = (column * 3, row.min(rows - 1) * 3);
            let (sx, sy) = (left + x * factor + factor / 2, top + y * factor + factor / 2);
            let (wanted, seen) = (source.get_pixel(x, y).0, screen.get_pixel(sx, sy).0);
            let parts = wanted.iter().zip(seen);
            sum += parts.map(|(a, b)| u64::from(a.abs_diff(b))).sum::<u64>();
        }
        if sum > most {
            return None;
        }
    }
    Some(sum as f64 / values)
}

/// Where on the screen a source image is when it is magnified so many times, and how different it is there.
fn find(screen: &RgbImage, source: &RgbImage, factor: u32) -> Option<((u32, u32), f64)> {
    let right = screen.width().checked_sub(source.width() * factor)?;
    let bottom = screen.height().checked_sub(source.height() * factor)?;
    let mut best: Option<((u32, u32), f64)> = None;
    for place in (0..=bottom).flat_map(|y| (0..=right).map(move |x| (x, y))) {
        let limit = best.map_or(SAME * 1.5, |found| found.1);
        if let Some(found) = roughly(screen, place, source, factor, limit)
            && best.is_none_or(|best| found < best.1)
        {
            best = Some((place, found));
        }
    }
    // Several places agree in those pixels alone: the one that agrees in all of them is meant.
    let (x, y) = best?.0;
    let image = magnified(source, factor);
    let near = (y.saturating_sub(factor)..=(y + factor).min(bottom))
        .flat_map(|y| (x.saturating_sub(factor)..=(x + factor).min(right)).map(move |x| (x, y)));
    let exact = near.map(|place| (place, difference(screen, place, &image)));
    exact.min_by(|a, b| a.1.total_cmp(&b.1)).filter(|found| found.1 < SAME)
}

fn magnified(image: &RgbImage, factor: u32) -> RgbImage {
    let (width, height) = image.dimensions();
    imageops::resize(image, width * factor, height * factor, imageops::FilterType::Nearest)
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
    let display = Display::start(folder.path());
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

    let sources = images(sheet, tile);
    let mut found = None;
    for _ in 0..10 {
        sleep(Duration::from_millis(500));
        let screen = display.screenshot(folder.path());
        let place = (1..=8).rev().find_map(|factor| {
            find(&screen, &sources[0], factor).map(|_| (screen.clone(), factor))
        });
        if place.is_some() {
            found = place;
            break;
        }
    }
    let (screen, factor) = found.expect("the first image is nowhere on the screen, at no scale");
    assert!(factor >= 2, "magnified {factor} times");
    let places: Vec<(u32, u32)> = (sources.iter().enumerate())
        .map(|(class, source)| {
            let (place, difference) = find(&screen, source, factor)
                .unwrap_or_else(|| panic!("class {class} is not on the screen"));
            eprintln!("class {class}: at {place:?}, mean difference {difference:.2}");
            place
        })
        .collect();
    let in_reading_order = |pair: &[(u32, u32)]| {
        let [(x0, y0), (x1, y1)] = [pair[0], pair[1]];
        (y0 == y1 && x0 < x1) || y0 < y1
    };
    assert!(places.windows(2).all(in_reading_order), "{places:?}");
    // The same comparison tells one class from another, or it would prove nothing.
    for (class, place) in places.iter().enumerate() {
        let other = magnified(&sources[(class + 1) % sources.len()], factor);
        let difference = difference(&screen, *place, &other);
        assert!(difference > OTHER, "class {class} and the next differ by {difference:.1}");
    }
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
