//! What is seen on a screen: an X server of a test's own, screenshots of it, and images looked for in them.

use std::{
    io::{BufRead, BufReader},
    path::Path,
    process::{Child, Command, Stdio},
    thread::sleep,
    time::Duration,
};

use image::{RgbImage, imageops};

/// The largest mean difference of a channel that still counts as the same picture: 16 colours pass.
const SAME: f64 = 12.0;
/// The smallest between different ones.
const OTHER: f64 = 24.0;

/// A process that ends with the test.
pub struct Background(pub Child);

impl Drop for Background {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// An X server of its own, whose number it finds itself.
pub struct Display {
    pub name: String,
    _server: Background,
}

impl Display {
    pub fn start() -> Self {
        let server = Command::new("Xvfb")
            .args(["-displayfd", "1", "-screen", "0", "1100x720x24", "-nolisten", "tcp"])
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut server = Background(server);
        let mut number = String::new();
        BufReader::new(server.0.stdout.take().unwrap()).read_line(&mut number).unwrap();
        assert!(!number.is_empty(), "Xvfb does not start");
        Self { name: format!(":{}", number.trim()), _server: server }
    }

    pub fn tool(&self, program: &str, arguments: &[&str]) {
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

/// Looks for these images until they are there, each once and in order, and unlike the others.
pub fn assert_images(display: &Display, folder: &Path, sources: &[RgbImage]) {
    let (mut found, mut missing) = (None, "the first image".to_owned());
    let (mut last, mut searched) = (RgbImage::default(), RgbImage::default());
    for _ in 0..60 {
        sleep(Duration::from_millis(500));
        let screen = display.screenshot(folder);
        let rests = std::mem::replace(&mut last, screen.clone()) == screen;
        // To search takes long, and finds nothing new in what was searched.
        if !rests || searched == screen {
            continue;
        }
        searched.clone_from(&screen);
        let scale = (1..=8).rev().find(|factor| find(&screen, &sources[0], *factor).is_some());
        let Some(factor) = scale else { continue };
        // The others may be on their way.
        let places = sources.iter().map(|source| find(&screen, source, factor));
        let places: Vec<_> = places.take_while(Option::is_some).flatten().collect();
        if places.len() == sources.len() {
            found = Some((screen, factor, places));
            break;
        }
        missing = format!("class {}", places.len());
    }
    let Some((screen, factor, places)) = found else {
        panic!("{missing} is nowhere on the screen, at no scale")
    };
    assert!(factor >= 2, "magnified {factor} times");
    for (class, (place, difference)) in places.iter().enumerate() {
        eprintln!("class {class}: at {place:?}, mean difference {difference:.2}");
    }
    let places: Vec<(u32, u32)> = places.into_iter().map(|(place, _)| place).collect();
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
