//! USPS as it is published for LIBSVM: `usps.bz2` and `usps.t.bz2`, a line for each image.
//!
//! A line is the digit plus one, then `PLACE:VALUE` for each pixel, places from 1 and values in -1 to 1; a
//! pixel that is left out is 0. Bytes are round((value + 1) / 2 · 255).

use std::{
    fs::File,
    io::{BufRead, BufReader, Read},
    path::Path,
};

use bzip2::bufread::MultiBzDecoder;

use super::content::read_fault;
use super::error::{DataError, FileFault};
use super::registry::ImageShape;
use super::split::Split;

/// Longest line; the published ones are about 4 000 bytes.
const LONGEST_LINE: u64 = 1 << 16;

/// The split of `count` images in the file at `path`.
///
/// # Errors
/// [`DataError::File`] with the line that is not as it should be.
pub(super) fn read(
    path: &Path,
    count: usize,
    shape: ImageShape,
    classes: usize,
) -> Result<Split, DataError> {
    let parsed = || {
        let mut file = BufReader::new(File::open(path).map_err(FileFault::Read)?);
        if file.fill_buf().map_err(FileFault::Read)?.starts_with(b"BZh") {
            let unpacked = BufReader::new(MultiBzDecoder::new(file));
            return parse(unpacked, count, shape, classes);
        }
        parse(file, count, shape, classes)
    };
    parsed().map_err(|fault: FileFault| fault.of(path))
}

fn parse(
    mut reader: impl BufRead,
    count: usize,
    shape: ImageShape,
    classes: usize,
) -> Result<Split, FileFault> {
    let image_bytes: usize = shape.iter().product();
    let mut images = Vec::with_capacity(count * image_bytes);
    let mut labels = Vec::with_capacity(count);
    let mut line = Vec::new();
    loop {
        line.clear();
        let mut limited = (&mut reader).take(LONGEST_LINE);
        limited.read_until(b'\n', &mut line).map_err(read_fault)?;
        if line.trim_ascii().is_empty() {
            if line.is_empty() {
                break;
            }
            continue;
        }
        let number = labels.len() + 1;
        let fault = |problem: &str| FileFault::Line { line: number, problem: problem.to_owned() };
        if number > count {
            return Err(fault(&format!("there should be no more than {count} images")));
        }
        let text = str::from_utf8(&line).map_err(|_| fault("it is no text"))?;
        let (label, image) = one(text, image_bytes, classes).map_err(|problem| fault(&problem))?;
        labels.push(label);
        images.extend(image);
    }
    if labels.len() < count {
        let (found, expected) = (labels.len() as u64, count as u64);
        return Err(FileFault::Images { found, expected });
    }
    Ok(Split::new(images, labels, shape, classes)?)
}

/// Label and pixels of one line.
fn one(line: &str, image_bytes: usize, classes: usize) -> Result<(u16, Vec<u8>), String> {
    let mut words = line.split_ascii_whitespace();
    let label = words.next().and_then(|word| word.parse::<usize>().ok());
    let label = label.filter(|label| (1..=classes).contains(label));
    let label = label.ok_or_else(|| format!("it begins with no label from 1 to {classes}"))?;
    let mut image = vec![byte(0.0); image_bytes];
    for word in words {
        let pair = word.split_once(':');
        let place = pair.and_then(|(place, _)| place.parse::<usize>().ok());
        let value = pair.and_then(|(_, value)| value.parse::<f64>().ok());
        let value = value.filter(|value| (-1.0..=1.0).contains(value));
        match (place.and_then(|place| image.get_mut(place.wrapping_sub(1))), value) {
            (Some(pixel), Some(value)) => *pixel = byte(value),
            _ => {
                return Err(format!(
                    "`{}` is no pixel from 1 to {image_bytes} with a value from -1 to 1",
                    word.chars().take(40).collect::<String>()
                ));
            }
        }
    }
    Ok(((label - 1) as u16, image))
}

fn byte(value: f64) -> u8 {
    (f64::midpoint(value, 1.0) * 255.0).round() as u8
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use bzip2::{Compression, write::BzEncoder};

    use super::*;

    const TWO: &str = "10 1:-1 2:1 3:0.5\n1 1:0 4:-0.2 \n";

    fn parsed(text: &str) -> Result<Split, String> {
        parse(text.as_bytes(), 2, [1, 2, 2], 10).map_err(|fault| fault.to_string())
    }

    #[test]
    fn lines_are_images_and_what_is_left_out_is_grey() {
        let split = parsed(TWO).unwrap();
        assert_eq!(split.labels(), [9, 0]);
        assert_eq!(
            (split.image(0), split.image(1)),
            (&[0, 255, 191, 128][..], &[128, 128, 128, 102][..])
        );
    }

    #[test]
    fn a_packed_file_is_the_same() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("usps.bz2");
        let mut encoder = BzEncoder::new(File::create(&path).unwrap(), Compression::best());
        encoder.write_all(TWO.as_bytes()).unwrap();
        encoder.finish().unwrap();
        assert_eq!(read(&path, 2, [1, 2, 2], 10).unwrap(), parsed(TWO).unwrap());
        let whole = std::fs::read(&path).unwrap();
        std::fs::write(&path, &whole[..whole.len() / 2]).unwrap();
        assert!(read(&path, 2, [1, 2, 2], 10).is_err());
    }

    #[test]
    fn a_line_that_is_no_image_is_told() {
        let said = |text: &str| parsed(text).unwrap_err();
        assert!(said("1 1:0\n").contains("holds 1 images; expected 2"));
        assert!(said(&[TWO, "2 1:0\n"].concat()).starts_with("line 3: there should be no more"));
        assert!(said("1 1:0\n0 1:0\n").starts_with("line 2: it begins with no label from 1 to 10"));
        for word in ["5:0", "0:0", "1:1.5", "1:NaN", "x", "1:"] {
            let text = said(&format!("1 {word}\n"));
            assert!(text.contains(&format!("`{word}` is no pixel from 1 to 4")), "{text}");
        }
        let endless = "9 ".repeat(1 << 16);
        assert!(said(&endless).starts_with("line 1:"));
    }
}
