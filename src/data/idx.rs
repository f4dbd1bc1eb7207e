//! IDX, the format of MNIST: two zero bytes, a type (8: unsigned bytes), the number of dimensions, each
//! dimension as a big-endian u32, then the values. Images have three dimensions, labels one.
//!
//! What a file must hold is known from the registry before it is opened. So a header is compared, never
//! believed: no memory is taken for what a file merely says.

use std::{io::Read, path::Path};

use super::content::{Content, expect_end, read_up_to};
use super::error::{DataError, FileFault};
use super::registry::ImageShape;
use super::split::{Split, check_labels};

/// The values of an IDX file of unsigned bytes with exactly these `dimensions`.
///
/// `bytes` is the file's length, where it is known in advance.
///
/// # Errors
/// If the header is not that of such a file, or there are fewer or more values than it says.
pub fn parse(
    mut reader: impl Read,
    dimensions: &[usize],
    bytes: Option<u64>,
) -> Result<Vec<u8>, FileFault> {
    let values: usize = dimensions.iter().product();
    let header_bytes = 4 + 4 * dimensions.len();
    let expected_bytes = (header_bytes + values) as u64;

    let mut magic = [0; 4];
    let mut header = vec![0; 4 * dimensions.len()];
    let mut filled = read_up_to(&mut reader, &mut magic)?;
    let expected_magic = [0, 0, 8, dimensions.len() as u8];
    if filled == magic.len() {
        if magic != expected_magic {
            return Err(FileFault::Magic { found: magic, expected: expected_magic });
        }
        filled += read_up_to(&mut reader, &mut header)?;
    }
    if filled < header_bytes {
        return Err(FileFault::Truncated { found: filled as u64, expected: expected_bytes });
    }
    let found: Vec<u64> = header
        .chunks_exact(4)
        .map(|word| word.iter().fold(0, |value, byte| value << 8 | u64::from(*byte)))
        .collect();
    let expected: Vec<u64> = dimensions.iter().map(|dimension| *dimension as u64).collect();
    if found != expected {
        return Err(FileFault::Dimensions { found, expected });
    }
    if let Some(bytes) = bytes
        && bytes != expected_bytes
    {
        return Err(FileFault::Size { found: bytes, expected: expected_bytes });
    }

    let mut content = vec![0; values];
    let filled = read_up_to(&mut reader, &mut content)?;
    if filled < values {
        let found = (header_bytes + filled) as u64;
        return Err(FileFault::Truncated { found, expected: expected_bytes });
    }
    expect_end(&mut reader, expected_bytes)?;
    Ok(content)
}

/// A split of `count` images from two IDX files, plain or gzipped.
///
/// # Errors
/// [`DataError::File`] with the file that is not as it should be.
pub fn read(
    images: &Path,
    labels: &Path,
    count: usize,
    shape: ImageShape,
    classes: usize,
) -> Result<Split, DataError> {
    let [channels, height, width] = shape;
    let values = |path, dimensions: &[usize]| {
        let content = Content::open(path)?;
        let bytes = content.length();
        parse(content, dimensions, bytes)
    };
    // Labels first: they are small, and tell soon whether the pair is the right one.
    let label_values: Vec<u16> = values(labels, &[count])
        .map_err(|fault| fault.of(labels))?
        .into_iter()
        .map(u16::from)
        .collect();
    check_labels(&label_values, classes).map_err(|fault| FileFault::from(fault).of(labels))?;
    let pixels =
        values(images, &[count, channels * height, width]).map_err(|fault| fault.of(images))?;
    Split::new(pixels, label_values, shape, classes)
        .map_err(|fault| FileFault::from(fault).of(images))
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use flate2::{Compression, write::GzEncoder};
    use proptest::prelude::*;

    use super::*;

    /// An IDX file of 3 images of 2x2 pixels.
    fn images() -> Vec<u8> {
        let header = [0, 0, 8, 3, 0, 0, 0, 3, 0, 0, 0, 2, 0, 0, 0, 2];
        header.into_iter().chain(100..112).collect()
    }

    fn gzip(bytes: &[u8]) -> Vec<u8> {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
        encoder.write_all(bytes).unwrap();
        encoder.finish().unwrap()
    }

    fn fault(bytes: &[u8]) -> String {
        parse(bytes, &[3, 2, 2], Some(bytes.len() as u64)).unwrap_err().to_string()
    }

    #[test]
    fn values_follow_the_header() {
        let values = parse(images().as_slice(), &[3, 2, 2], Some(28)).unwrap();
        assert_eq!(values, (100..112).collect::<Vec<u8>>());
    }

    #[test]
    fn a_header_that_lies_is_refused_before_anything_is_read() {
        let mut huge = images();
        huge[4..16].fill(0xff);
        assert_eq!(
            fault(&huge),
            "says that it holds 4294967295 x 4294967295 x 4294967295; expected 3 x 2 x 2"
        );
        let mut fewer = images();
        fewer[7] = 2;
        assert_eq!(fault(&fewer), "says that it holds 2 x 2 x 2; expected 3 x 2 x 2");
    }

    #[test]
    fn the_wrong_magic_is_shown() {
        let mut floats = images();
        floats[2] = 0x0d;
        assert!(
            fault(&floats).starts_with("begins with the bytes 00 00 0d 03; expected 00 00 08 03")
        );
        assert!(fault(b"<html>").contains("3c 68 74 6d"));
    }

    #[test]
    fn too_short_and_too_long_are_told_apart() {
        let whole = images();
        assert_eq!(fault(&whole[..20]), "is 20 bytes long; expected 28");
        assert_eq!(fault(&whole[..9]), "ends after 9 of 28 bytes; get it again");
        assert_eq!(fault(&[]), "ends after 0 of 28 bytes; get it again");
        assert_eq!(fault(&[&whole[..], &[0]].concat()), "is 29 bytes long; expected 28");
        let unmeasured = |bytes| parse(bytes, &[3, 2, 2], None).unwrap_err().to_string();
        assert_eq!(unmeasured(&whole[..20]), "ends after 20 of 28 bytes; get it again");
        let long = [&whole[..], &[0]].concat();
        assert_eq!(unmeasured(&long), "goes on after the 28 bytes that it should hold");
    }

    /// Writes the pair to a folder and reads it as 3 images of 1x2x2 with classes 0 to 9.
    fn read_pair(images: &[u8], labels: &[u8]) -> Result<Split, DataError> {
        let folder = tempfile::tempdir().unwrap();
        let (image_path, label_path) = (folder.path().join("images"), folder.path().join("labels"));
        std::fs::write(&image_path, images).unwrap();
        std::fs::write(&label_path, labels).unwrap();
        read(&image_path, &label_path, 3, [1, 2, 2], 10)
    }

    #[test]
    fn a_pair_of_files_is_a_split() {
        let labels = [0, 0, 8, 1, 0, 0, 0, 3, 9, 0, 9];
        for (images, labels) in [
            (images(), labels.to_vec()),
            (gzip(&images()), gzip(&labels)),
            (images(), gzip(&labels)),
        ] {
            let split = read_pair(&images, &labels).unwrap();
            assert_eq!(split.labels(), [9, 0, 9]);
            assert_eq!(split.image(1), [104, 105, 106, 107]);
        }
    }

    #[test]
    fn the_file_at_fault_is_named() {
        let error =
            |images: &[u8], labels: &[u8]| read_pair(images, labels).unwrap_err().to_string();
        let out_of_range = error(&images(), &[0, 0, 8, 1, 0, 0, 0, 3, 9, 10, 9]);
        assert!(out_of_range.ends_with("labels: image 1 has the label 10; expected 0 to 9"));
        let fewer = error(&images(), &[0, 0, 8, 1, 0, 0, 0, 2, 9, 9]);
        assert!(fewer.ends_with("labels: says that it holds 2; expected 3"), "{fewer}");
        let labels = [0, 0, 8, 1, 0, 0, 0, 3, 9, 0, 9];
        let mut damaged = gzip(&images());
        let middle = damaged.len() - 6;
        damaged[middle] ^= 1;
        assert!(error(&damaged, &labels).contains("images: is damaged gzip"));
        let cut = gzip(&images());
        let short = error(&cut[..cut.len() - 12], &labels);
        assert!(short.contains("images: ends after "), "{short}");
        // All of the content is there, and the checksum behind it is not.
        let unsigned = error(&cut[..cut.len() - 8], &labels);
        assert!(unsigned.contains("images: is damaged gzip"), "{unsigned}");
    }

    proptest! {
        #[test]
        fn a_damaged_file_is_refused_or_read_whole_without_a_panic(
            cut in 0_usize..=28,
            flips in prop::collection::vec((0_usize..28, any::<u8>()), 0..4),
            zipped in any::<bool>(),
        ) {
            let mut bytes = images();
            for (place, value) in flips {
                bytes[place] = value;
            }
            bytes.truncate(cut);
            let result = if zipped {
                parse(flate2::read::MultiGzDecoder::new(gzip(&bytes).as_slice()), &[3, 2, 2], None)
            } else {
                parse(bytes.as_slice(), &[3, 2, 2], Some(bytes.len() as u64))
            };
            let sound = bytes.len() == 28 && bytes[..16] == images()[..16];
            prop_assert_eq!(result.is_ok(), sound);
            if let Ok(values) = result {
                prop_assert_eq!(values.capacity(), 12);
            }
        }

        #[test]
        fn a_damaged_gzip_file_never_gives_other_values(
            place in 0_usize..40,
            value in any::<u8>(),
            cut in 0_usize..60,
        ) {
            let mut bytes = gzip(&images());
            let place = place % bytes.len();
            bytes[place] = value;
            bytes.truncate(bytes.len().min(cut));
            let decoder = flate2::read::MultiGzDecoder::new(bytes.as_slice());
            if let Ok(values) = parse(decoder, &[3, 2, 2], None) {
                prop_assert_eq!(values.as_slice(), &images()[16..]);
            }
        }
    }
}
