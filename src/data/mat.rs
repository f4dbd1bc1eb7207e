//! MATLAB's file of variables, version 5, as far as whole numbers in arrays go.
//!
//! A header of 128 bytes, then elements: a tag of a type and a length, and so many bytes, padded to eight.
//! Arrays are elements of elements (flags, dimensions, name, values), mostly each in an element of its own
//! that is compressed with zlib. Values may be stored in a smaller type than the array's. As everywhere
//! here, what an array must be is known before it is read: dimensions are compared, never believed, and
//! other variables are passed over without being unpacked. Versions 4 and 7.3 (which is HDF5) are told by
//! their first bytes and refused.

use std::io::{self, ErrorKind, Read};

use flate2::read::ZlibDecoder;
use thiserror::Error;

use super::content::{read_fault, read_up_to};
use super::error::FileFault;

/// Types of elements.
const INT8: u32 = 1;
const UINT8: u32 = 2;
const INT16: u32 = 3;
const UINT16: u32 = 4;
const INT32: u32 = 5;
const UINT32: u32 = 6;
const SINGLE: u32 = 7;
const DOUBLE: u32 = 9;
const MATRIX: u32 = 14;
const COMPRESSED: u32 = 15;

/// Longest name and most dimensions of an array that are read.
const LONGEST_NAME: usize = 256;
const MOST_DIMENSIONS: usize = 16;

/// Most elements of a file.
const MOST_ELEMENTS: usize = 100_000;

/// What is wrong with a MATLAB file.
#[derive(Debug, Error)]
pub enum MatFault {
    /// It is of version 7.3.
    #[error("is a MATLAB file of version 7.3 (HDF5); save it with `save FILE -v7`")]
    Version73,
    /// It is of version 4, or none at all.
    #[error(
        "is no MATLAB file of version 5; if it is one of version 4, save it with `save FILE -v7`"
    )]
    NoVersion5,
    /// It ends within an element.
    #[error("ends in the middle of a variable; get it again")]
    CutOff,
    /// An element is not what it should be.
    #[error("is a damaged MATLAB file: {0}")]
    Damaged(&'static str),
    /// Compressed bytes are damaged.
    #[error("has damaged compressed bytes: {0}; get it again")]
    Zlib(io::Error),
    /// It has no variable of this name.
    #[error("has no variable `{0}`")]
    Missing(&'static str),
    /// A value is no byte.
    #[error("has a value of {0}; expected whole numbers from 0 to 255")]
    Value(f64),
}

/// A variable that is wanted.
#[derive(Debug, Clone, Copy)]
pub(super) struct Variable<'a> {
    /// Its name.
    pub name: &'static str,
    /// Its dimensions.
    pub dimensions: &'a [usize],
}

/// The values of the `wanted` variables, a byte each, first dimension fastest.
///
/// # Errors
/// If the file is not of version 5, a variable is missing, or has other dimensions or values.
pub(super) fn read<const N: usize>(
    mut reader: impl Read,
    wanted: [Variable<'_>; N],
) -> Result<[Vec<u8>; N], FileFault> {
    let little = byte_order(&mut reader)?;
    let mut found: [Option<Vec<u8>>; N] = [const { None }; N];
    for _ in 0..MOST_ELEMENTS {
        if found.iter().all(Option::is_some) {
            break;
        }
        let mut source = Source { reader: &mut reader, little };
        let Some(tag) = source.first_tag()? else { break };
        let mut part = (&mut reader).take(u64::from(tag.bytes));
        let taken = match tag.kind {
            COMPRESSED => {
                let mut source = Source { reader: ZlibDecoder::new(&mut part), little };
                let tag = source.tag()?;
                let taken = if tag.kind == MATRIX { source.matrix(&wanted)? } else { None };
                if taken.is_some() {
                    source.end()?;
                }
                taken
            }
            MATRIX => Source { reader: &mut part, little }.matrix(&wanted)?,
            _ => None,
        };
        if let Some((index, values)) = taken {
            found[index] = Some(values);
        }
        let rest = part.limit();
        let skipped = io::copy(&mut part, &mut io::sink()).map_err(read_fault)?;
        if skipped < rest {
            return Err(MatFault::CutOff.into());
        }
        // Compressed elements are not padded; others are a multiple of eight by their parts.
    }
    let mut values = [const { Vec::new() }; N];
    for ((place, value), variable) in values.iter_mut().zip(found).zip(&wanted) {
        *place = value.ok_or(MatFault::Missing(variable.name))?;
    }
    Ok(values)
}

/// Reads the file's header; whether numbers have their lowest byte first.
fn byte_order(reader: &mut impl Read) -> Result<bool, FileFault> {
    let mut header = [0; 128];
    let filled = read_up_to(reader, &mut header)?;
    if header.starts_with(b"MATLAB 7.3") || header.starts_with(b"\x89HDF") {
        return Err(MatFault::Version73.into());
    }
    if filled < header.len() || !header.starts_with(b"MATLAB 5.0") {
        return Err(MatFault::NoVersion5.into());
    }
    match &header[124..] {
        [0, 1, b'I', b'M'] => Ok(true),
        [1, 0, b'M', b'I'] => Ok(false),
        _ => Err(MatFault::NoVersion5.into()),
    }
}

/// The start of an element.
#[derive(Debug, Clone, Copy)]
struct Tag {
    kind: u32,
    bytes: u32,
    /// The content, where it is so short that it stands in the tag.
    short: Option<[u8; 4]>,
}

struct Source<R> {
    reader: R,
    little: bool,
}

impl<R: Read> Source<R> {
    /// The tag of an element, or nothing at the end.
    fn first_tag(&mut self) -> Result<Option<Tag>, FileFault> {
        let mut bytes = [0; 8];
        match self.fill(&mut bytes)? {
            0 => Ok(None),
            8 => Ok(Some(self.tag_of(bytes))),
            _ => Err(MatFault::CutOff.into()),
        }
    }

    fn tag(&mut self) -> Result<Tag, FileFault> {
        self.first_tag()?.ok_or_else(|| MatFault::CutOff.into())
    }

    fn tag_of(&self, bytes: [u8; 8]) -> Tag {
        let [a, b, c, d, rest @ ..] = bytes;
        let word = self.word([a, b, c, d]);
        if word >> 16 == 0 {
            return Tag { kind: word, bytes: self.word(rest), short: None };
        }
        Tag { kind: word & 0xffff, bytes: (word >> 16).min(4), short: Some(rest) }
    }

    fn word(&self, bytes: [u8; 4]) -> u32 {
        if self.little { u32::from_le_bytes(bytes) } else { u32::from_be_bytes(bytes) }
    }

    /// Fills `into` as far as there is something.
    fn fill(&mut self, into: &mut [u8]) -> Result<usize, FileFault> {
        let mut filled = 0;
        while filled < into.len() {
            match self.reader.read(&mut into[filled..]) {
                Ok(0) => break,
                Ok(count) => filled += count,
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) => {
                    return Err(match error.kind() {
                        ErrorKind::UnexpectedEof => MatFault::CutOff.into(),
                        ErrorKind::InvalidInput | ErrorKind::InvalidData => {
                            MatFault::Zlib(error).into()
                        }
                        _ => FileFault::Read(error),
                    });
                }
            }
        }
        Ok(filled)
    }

    fn exactly(&mut self, into: &mut [u8]) -> Result<(), FileFault> {
        let wanted = into.len();
        let filled = self.fill(into)?;
        if filled < wanted { Err(MatFault::CutOff.into()) } else { Ok(()) }
    }

    /// Makes sure that nothing but padding is left; this also has zlib's own checksum tested.
    fn end(&mut self) -> Result<(), FileFault> {
        if self.fill(&mut [0; 9])? > 8 {
            return Err(MatFault::Damaged("more than one array in an element").into());
        }
        Ok(())
    }

    /// The content of a small element, which must be of `kind` and at most `most` bytes long.
    fn small(&mut self, kind: u32, most: usize, what: &'static str) -> Result<Vec<u8>, FileFault> {
        let tag = self.tag()?;
        if tag.kind != kind || tag.bytes as usize > most {
            return Err(MatFault::Damaged(what).into());
        }
        if let Some(short) = tag.short {
            return Ok(short[..tag.bytes as usize].to_vec());
        }
        let mut content = vec![0; (tag.bytes as usize).next_multiple_of(8)];
        self.exactly(&mut content)?;
        content.truncate(tag.bytes as usize);
        Ok(content)
    }

    /// The values of an array, if it is one of those wanted, and which.
    fn matrix(&mut self, wanted: &[Variable<'_>]) -> Result<Option<(usize, Vec<u8>)>, FileFault> {
        self.small(UINT32, 8, "an array without flags")?;
        let dimensions = self.small(INT32, 4 * MOST_DIMENSIONS, "an array without dimensions")?;
        let name = self.small(INT8, LONGEST_NAME, "an array without a name")?;
        let Some(index) = wanted.iter().position(|variable| variable.name.as_bytes() == name)
        else {
            return Ok(None);
        };
        let variable = wanted[index];
        let inside = |fault: FileFault| FileFault::Variable {
            name: variable.name.to_owned(),
            fault: Box::new(fault),
        };
        let found: Vec<u64> = dimensions
            .chunks_exact(4)
            .map(|word| u64::from(self.word([word[0], word[1], word[2], word[3]])))
            .collect();
        let expected: Vec<u64> = variable.dimensions.iter().map(|side| *side as u64).collect();
        if found != expected {
            return Err(inside(FileFault::Dimensions { found, expected }));
        }
        let values = self.values(variable.dimensions.iter().product()).map_err(inside)?;
        Ok(Some((index, values)))
    }

    /// The element with an array's values, of which there are `count`.
    fn values(&mut self, count: usize) -> Result<Vec<u8>, FileFault> {
        let tag = self.tag()?;
        let width = match tag.kind {
            INT8 | UINT8 => 1,
            INT16 | UINT16 => 2,
            INT32 | UINT32 | SINGLE => 4,
            DOUBLE => 8,
            _ => return Err(MatFault::Damaged("an array of something else than numbers").into()),
        };
        let expected = count as u64 * width as u64;
        if u64::from(tag.bytes) != expected {
            return Err(FileFault::Size { found: u64::from(tag.bytes), expected });
        }
        if let Some(short) = tag.short {
            return short[..tag.bytes as usize]
                .chunks(width)
                .map(|v| self.byte(tag.kind, v))
                .collect();
        }
        let mut values = vec![0; count];
        if width == 1 {
            self.exactly(&mut values)?;
            if tag.kind == INT8 && values.iter().any(|value| *value > 127) {
                return Err(MatFault::Value(-1.0).into());
            }
            return Ok(values);
        }
        let mut chunk = vec![0; 4096 * width];
        for places in values.chunks_mut(4096) {
            let chunk = &mut chunk[..places.len() * width];
            self.exactly(chunk)?;
            for (place, value) in places.iter_mut().zip(chunk.chunks_exact(width)) {
                *place = self.byte(tag.kind, value)?;
            }
        }
        Ok(values)
    }

    fn byte(&self, kind: u32, bytes: &[u8]) -> Result<u8, FileFault> {
        let mut word = [0; 8];
        word[..bytes.len()].copy_from_slice(bytes);
        if !self.little {
            word[..bytes.len()].reverse();
        }
        let bits = u64::from_le_bytes(word);
        let value = match kind {
            INT8 => f64::from(bits as i8),
            INT16 => f64::from(bits as i16),
            INT32 => f64::from(bits as i32),
            SINGLE => f64::from(f32::from_bits(bits as u32)),
            DOUBLE => f64::from_bits(bits),
            _ => bits as f64,
        };
        let is_byte = (0.0..=255.0).contains(&value) && value.fract() == 0.0;
        is_byte.then_some(value as u8).ok_or_else(|| MatFault::Value(value).into())
    }
}

/// Files for tests.
#[cfg(test)]
pub(super) mod made {
    use std::io::Write;

    use flate2::{Compression, write::ZlibEncoder};

    /// The header of a file of version 5.
    pub fn header() -> Vec<u8> {
        let mut header = b"MATLAB 5.0 MAT-file, made up".to_vec();
        header.resize(124, b' ');
        header.extend([0, 1, b'I', b'M']);
        header
    }

    fn element(kind: u32, content: &[u8]) -> Vec<u8> {
        let mut element = [kind.to_le_bytes(), (content.len() as u32).to_le_bytes()].concat();
        element.extend(content);
        element.resize(element.len().next_multiple_of(8), 0);
        element
    }

    /// An array of values that are stored as `kind`.
    pub fn array(name: &str, dimensions: &[u32], kind: u32, values: &[u8]) -> Vec<u8> {
        let dimensions: Vec<u8> = dimensions.iter().flat_map(|side| side.to_le_bytes()).collect();
        let name = match name.len() {
            // As MATLAB does: a short element.
            length @ 1..=4 => {
                let mut short = (1 | (length as u32) << 16).to_le_bytes().to_vec();
                short.extend(name.as_bytes());
                short.resize(8, 0);
                short
            }
            _ => element(1, name.as_bytes()),
        };
        let parts = [
            element(6, &[9, 0, 0, 0, 0, 0, 0, 0]),
            element(5, &dimensions),
            name,
            element(kind, values),
        ];
        element(14, &parts.concat())
    }

    /// The same, compressed.
    pub fn compressed(array: &[u8]) -> Vec<u8> {
        let mut encoder = ZlibEncoder::new(Vec::new(), Compression::fast());
        encoder.write_all(array).unwrap();
        let content = encoder.finish().unwrap();
        [&15_u32.to_le_bytes()[..], &(content.len() as u32).to_le_bytes(), &content].concat()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{
        made::{array, compressed, header},
        *,
    };

    const WANTED: [Variable<'static>; 2] = [
        Variable { name: "X", dimensions: &[2, 3] },
        Variable { name: "labels", dimensions: &[2, 1] },
    ];

    fn file(elements: &[Vec<u8>]) -> Vec<u8> {
        [header(), elements.concat()].concat()
    }

    fn x() -> Vec<u8> {
        array("X", &[2, 3], UINT8, &[1, 2, 3, 4, 5, 6])
    }

    fn labels() -> Vec<u8> {
        let values: Vec<u8> = [10.0_f64, 1.0].iter().flat_map(|v| v.to_le_bytes()).collect();
        array("labels", &[2, 1], DOUBLE, &values)
    }

    fn said(bytes: &[u8]) -> String {
        read(bytes, WANTED).unwrap_err().to_string()
    }

    #[test]
    fn variables_are_read_plain_and_compressed_in_any_order() {
        let other = array("unwanted", &[1, 1], UINT8, &[7]);
        for elements in [
            vec![x(), other.clone(), labels()],
            vec![compressed(&labels()), compressed(&other), compressed(&x())],
        ] {
            let [x, labels] = read(file(&elements).as_slice(), WANTED).unwrap();
            assert_eq!((x, labels), (vec![1, 2, 3, 4, 5, 6], vec![10, 1]));
        }
    }

    #[test]
    fn values_may_be_stored_in_any_type_but_must_be_bytes() {
        let wanted = [Variable { name: "v", dimensions: &[1, 2] }];
        let value = |kind, bytes: &[u8]| {
            let file = file(&[array("v", &[1, 2], kind, bytes)]);
            read(file.as_slice(), wanted).map(|[values]| values).map_err(|fault| fault.to_string())
        };
        assert_eq!(value(UINT16, &[1, 0, 255, 0]).unwrap(), [1, 255]);
        assert_eq!(value(INT32, &[4, 0, 0, 0, 5, 0, 0, 0]).unwrap(), [4, 5]);
        assert_eq!(value(SINGLE, &[3.0_f32, 9.0].map(f32::to_le_bytes).concat()).unwrap(), [3, 9]);
        assert!(value(UINT16, &[1, 0, 0, 1]).unwrap_err().contains("has a value of 256"));
        assert!(value(INT16, &[255; 4]).unwrap_err().contains("has a value of -1"));
        assert!(value(SINGLE, &[0.5_f32; 2].map(f32::to_le_bytes).concat()).is_err());
        assert!(value(MATRIX, &[0; 8]).unwrap_err().contains("something else than numbers"));
    }

    #[test]
    fn other_versions_are_told_and_refused() {
        assert!(said(b"\x89HDF\r\n\x1a\n").contains("version 7.3"));
        let mut hdf = b"MATLAB 7.3 MAT-file, Platform: GLNXA64".to_vec();
        hdf.resize(600, 0);
        assert!(said(&hdf).contains("version 7.3 (HDF5)"));
        // Version 4: type, rows, columns, imaginary, name length.
        let four: Vec<u8> =
            [50_u32, 1, 3, 0, 2].iter().flat_map(|word| word.to_le_bytes()).collect();
        assert!(said(&[four, vec![0; 200]].concat()).contains("if it is one of version 4"));
        assert!(said(b"").contains("is no MATLAB file"));
    }

    #[test]
    fn lies_are_refused_before_they_cost_anything() {
        let huge = array("X", &[1 << 30, 1 << 30], UINT8, &[1]);
        assert!(
            said(&file(&[huge])).contains(
                "its variable X says that it holds 1073741824 x 1073741824; expected 2 x 3"
            ),
        );
        let mut lie = x();
        let length = lie.len() - 12;
        lie[length..length + 4].fill(0xff);
        assert!(said(&file(&[lie])).contains("is 4294967295 bytes long; expected 6"));
        let mut long = x();
        long[4..8].fill(0xff);
        assert!(said(&file(&[long])).contains("ends in the middle"));
        assert!(said(&file(&[x()])).contains("has no variable `labels`"));
        let whole = file(&[compressed(&x()), compressed(&labels())]);
        for cut in [130, 140, whole.len() - 20, whole.len() - 5] {
            let text = said(&whole[..cut]);
            assert!(text.contains("ends in the middle"), "{cut}: {text}");
        }
        let mut damaged = whole.clone();
        damaged[140] ^= 0xff;
        assert!(said(&damaged).contains("damaged"), "{}", said(&damaged));
    }

    proptest! {
        #[test]
        fn damage_never_panics(flips in prop::collection::vec((128_usize..600, any::<u8>()), 1..6)) {
            for elements in [[x(), labels()], [compressed(&x()), compressed(&labels())]] {
                let mut bytes = file(&elements);
                for (place, value) in &flips {
                    let place = place % bytes.len();
                    bytes[place] = *value;
                }
                if let Ok([x, labels]) = read(bytes.as_slice(), WANTED) {
                    prop_assert_eq!((x.len(), labels.len()), (6, 2));
                }
            }
        }
    }
}
