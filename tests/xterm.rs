//! What a person sees in a real sixel terminal: xterm under a private X server, a screenshot, and the
//! thumbnails in it held against the images of the run, pixel by pixel.
//!
//! Needs xterm, Xvfb, xdotool and ImageMagick's `import`. Without them the test says so and passes, unless
//! `STILLROOM_REQUIRE_REAL_PARTS` is set.

// Tests say what they expect by failing.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::print_stderr)]

use std::{
    fs,
    io::{BufRead, BufReader},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    thread,
    time::{Duration, Instant},
};

use image::{GrayImage, RgbImage, imageops::FilterType};

/// How far a shown thumbnail may be from its image, in mean absolute difference of 255 steps: a palette
/// of 16 colours is within, another digit far beyond.
const NEAR: f64 = 12.0;

/// A process that ends with the test.
struct Guard(Child);

impl Drop for Guard {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn missing_part() -> Option<&'static str> {
    ["xterm", "Xvfb", "xdotool", "import"].into_iter().find(|part| {
        let folders = std::env::var_os("PATH").unwrap_or_default();
        !std::env::split_paths(&folders).any(|folder| folder.join(part).exists())
    })
}

struct Screen {
    display: String,
    home: tempfile::TempDir,
    _server: Guard,
}

impl Screen {
    fn new() -> Self {
        let mut server = Command::new("Xvfb")
            .args(["-displayfd", "1", "-screen", "0", "1280x1024x24", "-nolisten", "tcp"])
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut number = String::new();
        BufReader::new(server.stdout.take().unwrap()).read_line(&mut number).unwrap();
        Self {
            display: format!(":{}", number.trim()),
            home: tempfile::tempdir().unwrap(),
            _server: Guard(server),
        }
    }

    fn program(&self) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_stillroom"));
        self.environment(&mut command);
        command
    }

    fn environment(&self, command: &mut Command) {
        command
            .env("DISPLAY", &self.display)
            .env("STILLROOM_DATA_DIR", self.home.path())
            .env("STILLROOM_CONFIG_DIR", self.home.path().join("config"))
            .env_remove("STILLROOM_IMAGES")
            .env_remove("TMUX")
            .env_remove("SSH_CONNECTION");
    }

    fn xterm(&self) -> Guard {
        let mut command = Command::new("xterm");
        self.environment(&mut command);
        command.args(["-ti", "vt340", "-geometry", "120x40+0+0", "-xrm"]).args([
            "XTerm*numColorRegisters: 256",
            "-e",
            env!("CARGO_BIN_EXE_stillroom"),
        ]);
        Guard(command.stderr(Stdio::null()).spawn().unwrap())
    }

    fn key(&self, key: &str) {
        let mut command = Command::new("xdotool");
        self.environment(&mut command);
        assert!(command.args(["mousemove", "10", "10", "key", key]).status().unwrap().success());
    }

    fn picture(&self) -> RgbImage {
        let path = self.home.path().join("screen.png");
        let mut command = Command::new("import");
        self.environment(&mut command);
        command.args(["-window", "root"]).arg(&path);
        assert!(command.status().unwrap().success());
        image::open(path).unwrap().to_rgb8()
    }
}

impl Drop for Screen {
    fn drop(&mut self) {
        let _ = self.program().args(["daemon", "--stop"]).output();
    }
}

/// The ten images of a contact sheet, one class per row.
fn tiles(sheet: &Path) -> Vec<GrayImage> {
    let sheet = image::open(sheet).unwrap().to_luma8();
    (0..10)
        .map(|row| image::imageops::crop_imm(&sheet, 2, 2 + row * 30, 28, 28).to_image())
        .collect()
}

/// Mean absolute difference of a grey tile and the picture at (x, y), over every `step`-th pixel.
fn difference(picture: &RgbImage, tile: &GrayImage, x: u32, y: u32, step: usize) -> f64 {
    let mut sum = 0;
    let mut count = 0;
    for ty in (0..tile.height()).step_by(step) {
        for tx in (0..tile.width()).step_by(step) {
            let wanted = tile.get_pixel(tx, ty).0[0];
            sum += picture
                .get_pixel(x + tx, y + ty)
                .0
                .iter()
                .map(|value| u64::from(value.abs_diff(wanted)))
                .sum::<u64>();
            count += 3;
        }
    }
    sum as f64 / f64::from(count)
}

/// Where a tile is shown, magnified `factor` times.
fn find(picture: &RgbImage, tile: &GrayImage, factor: u32) -> Option<(u32, u32)> {
    let large = image::imageops::resize(tile, 28 * factor, 28 * factor, FilterType::Nearest);
    let (right, bottom) = (picture.width() - large.width(), picture.height() - large.height());
    (0..bottom)
        .flat_map(|y| (0..right).map(move |x| (x, y)))
        .filter(|(x, y)| difference(picture, &large, *x, *y, 11) < 2.0 * NEAR)
        .find(|(x, y)| difference(picture, &large, *x, *y, 1) < NEAR)
}

fn newest_sheet(run: &Path) -> PathBuf {
    let mut sheets: Vec<_> =
        fs::read_dir(run.join("snapshots")).unwrap().map(|entry| entry.unwrap().path()).collect();
    sheets.sort();
    sheets.pop().unwrap()
}

#[test]
fn thumbnails_are_the_images_of_the_run() {
    if let Some(part) = missing_part() {
        let required = std::env::var_os("STILLROOM_REQUIRE_REAL_PARTS").is_some();
        assert!(!required, "{part} is not installed");
        eprintln!("skipped: {part} is not installed");
        return;
    }
    let screen = Screen::new();
    let small = "run first-light --set condense.iterations=2 --set network.width=4 --set device=cpu \
                 --set condense.real_batch=8 --set evaluate.epochs=1 --set evaluate.networks=1";
    let done = screen.program().args(small.split_whitespace()).output().unwrap();
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    let run =
        fs::read_dir(screen.home.path().join("runs")).unwrap().next().unwrap().unwrap().path();
    let tiles = tiles(&newest_sheet(&run));

    let terminal = screen.xterm();
    let xterm = terminal.0.id();
    thread::sleep(Duration::from_secs(2));
    screen.key("Return");
    let began = Instant::now();
    let (picture, factor) = loop {
        let picture = screen.picture();
        // The largest magnification first: smaller ones are found inside larger ones' flat parts never.
        let factor = (1..=6).rev().find(|factor| find(&picture, &tiles[0], *factor).is_some());
        if let Some(factor) = factor {
            // The other tiles may still be on their way.
            thread::sleep(Duration::from_secs(1));
            break (screen.picture(), factor);
        }
        assert!(began.elapsed() < Duration::from_secs(30), "no thumbnail appeared");
        thread::sleep(Duration::from_millis(500));
    };
    let places: Vec<_> = tiles
        .iter()
        .enumerate()
        .map(|(class, tile)| {
            find(&picture, tile, factor).unwrap_or_else(|| panic!("class {class} is not shown"))
        })
        .collect();
    let mut distinct = places.clone();
    distinct.sort_unstable();
    distinct.dedup();
    assert_eq!(distinct.len(), tiles.len(), "{places:?}");
    // A shuffled grid is far off, so the comparison can fail.
    for (class, place) in places.iter().enumerate() {
        let other = &tiles[(class + 1) % tiles.len()];
        let other = image::imageops::resize(other, 28 * factor, 28 * factor, FilterType::Nearest);
        assert!(difference(&picture, &other, place.0, place.1, 1) > 2.0 * NEAR);
    }

    // A closed window ends the program and nothing else.
    let children = fs::read_to_string(format!("/proc/{xterm}/task/{xterm}/children")).unwrap();
    let program = PathBuf::from("/proc").join(children.trim());
    assert!(program.exists(), "{children}");
    drop(terminal);
    let closed = Instant::now();
    while program.exists() {
        assert!(
            closed.elapsed() < Duration::from_secs(10),
            "the program goes on without a terminal"
        );
        thread::sleep(Duration::from_millis(50));
    }
}
