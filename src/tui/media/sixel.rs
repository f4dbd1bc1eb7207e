//! Sixel graphics: bands of six rows of pixels, one colour after the other, each a row of characters.
//!
//! Written here because the colours have to fit the terminal's registers and the line (16 to 64 instead of
//! 256), and because the escape that ends a picture has to be doubled inside tmux.

use std::fmt::Write;

use image::RgbaImage;

use super::palette::{self, Indexed};

/// Rows of pixels in a band.
const BAND: usize = 6;
/// The character for no pixel at all; the others follow, one bit a row.
const EMPTY: u8 = b'?';
/// Runs up to this length are shorter written out.
const SHORT_RUN: usize = 3;

/// The picture with at most `colours` colours. Pixels that are transparent stay as they were.
pub fn encode(image: &RgbaImage, colours: u16) -> String {
    let pixels = image.pixels().map(|pixel| {
        let [red, green, blue, alpha] = pixel.0;
        (alpha > 127).then_some([red, green, blue])
    });
    let indexed = palette::reduce(pixels, colours);
    let (width, height) = (image.width() as usize, image.height() as usize);
    let mut text = String::new();
    // Square pixels; those that are not drawn keep the background. Writing into a string cannot fail.
    let _ = write!(text, "\x1bP9;1;0q\"1;1;{width};{height}");
    for (index, [red, green, blue]) in indexed.colours.iter().enumerate() {
        let _ = write!(text, "#{index};2;{red};{green};{blue}");
    }
    for (number, band) in indexed.pixels.chunks(BAND * width.max(1)).enumerate() {
        if number > 0 {
            text.push('-');
        }
        draw_band(&mut text, band, width, &indexed);
    }
    text.push_str("\x1b\\");
    text
}

fn draw_band(text: &mut String, band: &[Option<u8>], width: usize, indexed: &Indexed) {
    let mut used = vec![false; indexed.colours.len()];
    for index in band.iter().flatten() {
        used[usize::from(*index)] = true;
    }
    let mut first = true;
    for colour in used.iter().enumerate().filter(|entry| *entry.1).map(|entry| entry.0) {
        if !first {
            text.push('$');
        }
        first = false;
        let _ = write!(text, "#{colour}");
        let columns: Vec<u8> = (0..width)
            .map(|x| {
                let rows = band.chunks(width).enumerate();
                let bits = rows.filter(|(_, row)| row[x] == Some(colour as u8));
                EMPTY + bits.map(|(row, _)| 1 << row).sum::<u8>()
            })
            .collect();
        let end = columns.iter().rposition(|column| *column != EMPTY).map_or(0, |last| last + 1);
        for run in columns[..end].chunk_by(|a, b| a == b) {
            let column = char::from(run[0]);
            if run.len() > SHORT_RUN {
                let _ = write!(text, "!{}{column}", run.len());
            } else {
                text.extend(run.iter().map(|_| column));
            }
        }
    }
}

/// Wraps terminal sequences so that tmux passes them on: every escape doubled, the last one too.
pub fn through_tmux(text: &str) -> String {
    format!("\x1bPtmux;{}\x1b\\", text.replace('\x1b', "\x1b\x1b"))
}

#[cfg(test)]
pub mod tests {
    use image::Rgba;

    use super::*;

    /// Draws sixels as a terminal does. Independent of the encoder; for tests only.
    pub fn decode(text: &str) -> RgbaImage {
        let body = text.strip_prefix("\x1bP9;1;0q\"1;1;").unwrap().strip_suffix("\x1b\\").unwrap();
        let mut at = 0;
        let bytes = body.as_bytes();
        let number = |at: &mut usize| {
            let start = *at;
            while *at < bytes.len() && bytes[*at].is_ascii_digit() {
                *at += 1;
            }
            body[start..*at].parse::<u32>().unwrap()
        };
        let width = number(&mut at);
        at += 1;
        let mut image = RgbaImage::new(width, number(&mut at));
        let mut registers = vec![[0_u32; 3]; 256];
        let (mut colour, mut x, mut y) = (0, 0, 0);
        while at < bytes.len() {
            let byte = bytes[at];
            at += 1;
            let (count, byte) = if byte == b'!' {
                let count = number(&mut at);
                at += 1;
                (count, bytes[at - 1])
            } else {
                (1, byte)
            };
            match byte {
                b'#' => {
                    colour = number(&mut at) as usize;
                    if bytes.get(at) == Some(&b';') {
                        assert_eq!(&body[at..at + 3], ";2;");
                        at += 2;
                        for channel in 0..3 {
                            at += 1;
                            registers[colour][channel] = number(&mut at);
                        }
                    }
                }
                b'$' => x = 0,
                b'-' => (x, y) = (0, y + 6),
                b'?'..=b'~' => {
                    for column in x..x + count {
                        for row in (0..6).filter(|row| (byte - b'?') >> row & 1 == 1) {
                            let [r, g, b] = registers[colour].map(|part| (part * 255 / 100) as u8);
                            image.put_pixel(column, y + row, Rgba([r, g, b, 255]));
                        }
                    }
                    x += count;
                }
                other => panic!("{other}"),
            }
        }
        image
    }

    #[test]
    fn what_is_drawn_is_what_was_encoded() {
        let image = RgbaImage::from_fn(13, 17, |x, y| {
            let alpha = if x == 5 { 0 } else { 255 };
            Rgba([(x * 19) as u8, (y * 14) as u8, if y > 9 { 255 } else { 0 }, alpha])
        });
        let drawn = decode(&encode(&image, 255));
        assert_eq!(drawn.dimensions(), image.dimensions());
        for (wanted, found) in image.pixels().zip(drawn.pixels()) {
            assert_eq!(wanted.0[3], found.0[3]);
            if wanted.0[3] == 255 {
                for (a, b) in wanted.0.iter().zip(found.0) {
                    assert!(a.abs_diff(b) <= 3, "{wanted:?} {found:?}");
                }
            }
        }
    }

    #[test]
    fn runs_are_short() {
        let image = RgbaImage::from_pixel(100, 12, Rgba([255, 255, 255, 255]));
        assert_eq!(
            encode(&image, 16),
            "\x1bP9;1;0q\"1;1;100;12#0;2;100;100;100#0!100~-#0!100~\x1b\\"
        );
    }

    #[test]
    fn inside_tmux_every_escape_is_doubled() {
        assert_eq!(through_tmux("\x1bPq\x1b\\"), "\x1bPtmux;\x1b\x1bPq\x1b\x1b\\\x1b\\");
    }
}
