//! Picture files for tests: those that the encoder makes, and those that it would never make.

use std::io::{Cursor, Write};

use flate2::{Compression, Crc, write::ZlibEncoder};
use image::{DynamicImage, GrayImage, ImageFormat, Luma};

/// `image` as a file of `format`.
pub(super) fn encoded(image: &DynamicImage, format: ImageFormat) -> Vec<u8> {
    let mut content = Cursor::new(Vec::new());
    image.write_to(&mut content, format).unwrap();
    content.into_inner()
}

/// A PNG file of 2 x 1 pixels, blue and red, with a palette.
pub(super) fn palette_png() -> Vec<u8> {
    let pixels = zlib(&[0, 0b0100_0000]);
    png(&[(b"IHDR", &ihdr(2, 1, 1, 3)), (b"PLTE", &[0, 0, 255, 255, 0, 0]), (b"IDAT", &pixels)])
}

/// A PNG file that declares this size and has no pixels worth speaking of.
pub(super) fn bomb_png(width: u32, height: u32) -> Vec<u8> {
    png(&[(b"IHDR", &ihdr(width, height, 8, 2)), (b"IDAT", &zlib(&[0; 1000]))])
}

/// A JPEG file of 32 x 16 pixels, light on the left, with a note that it has to be turned clockwise.
pub(super) fn jpeg_turned() -> Vec<u8> {
    let image = GrayImage::from_fn(32, 16, |x, _| Luma([if x < 16 { 255 } else { 0 }]));
    let plain = encoded(&image.into(), ImageFormat::Jpeg);
    // Exif: one entry, orientation (0x0112), a short, value 6.
    let exif = b"Exif\0\0II*\0\x08\0\0\0\x01\0\x12\x01\x03\0\x01\0\0\0\x06\0\0\0\0\0\0\0";
    let length = (exif.len() + 2) as u16;
    [&plain[..2], &[0xff, 0xe1], &length.to_be_bytes(), exif, &plain[2..]].concat()
}

fn ihdr(width: u32, height: u32, depth: u8, kind: u8) -> Vec<u8> {
    [&width.to_be_bytes()[..], &height.to_be_bytes(), &[depth, kind, 0, 0, 0]].concat()
}

fn zlib(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = ZlibEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

fn png(chunks: &[(&[u8; 4], &[u8])]) -> Vec<u8> {
    let mut file = b"\x89PNG\r\n\x1a\n".to_vec();
    for (kind, content) in chunks.iter().chain([&(b"IEND", &[][..])]) {
        file.extend((content.len() as u32).to_be_bytes());
        let body = [kind.as_slice(), content].concat();
        let mut crc = Crc::new();
        crc.update(&body);
        file.extend(body);
        file.extend(crc.sum().to_be_bytes());
    }
    file
}
