//! NPY, `NumPy`'s file of one array: a magic string, a version, the length of a header, a header that is a
//! Python dictionary of three entries, the values.
//!
//! Only plain numbers in C order are read, a few at a time, so a header that lies about its shape costs no
//! memory; Python objects are never interpreted.

use std::io::Read;

use thiserror::Error;

use super::content::read_up_to;
use super::error::FileFault;

/// Longest header; `NumPy`'s own are 118 bytes.
const LONGEST_HEADER: usize = 1 << 16;

/// What is wrong with an array.
#[derive(Debug, Error)]
pub enum NpyFault {
    /// It is not in the format.
    #[error("is not an NPY array: {0}")]
    Format(&'static str),
    /// Its values are Python objects.
    #[error("holds Python objects, which are never read; save it as a plain array, such as uint8")]
    Objects,
    /// Its values are of an unusual type.
    #[error("has values of the type {0}; use uint8, another integer, float32 or float64")]
    Type(String),
    /// It is laid out column by column.
    #[error("is in Fortran order; save numpy.ascontiguousarray of it")]
    Fortran,
    /// It says that it has more values than can be counted.
    #[error("says that its shape is {0:?}")]
    Shape(Vec<u64>),
    /// A value is none.
    #[error("has the value {value} at {at}; expected {expected}")]
    Value {
        /// The value.
        value: f64,
        /// How many values stand before it.
        at: usize,
        /// What values there may be.
        expected: &'static str,
    },
}

/// How values are stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Unsigned,
    Signed,
    Float,
}

/// What an array's header says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Header {
    kind: Kind,
    bytes: usize,
    big_endian: bool,
    /// The dimensions.
    pub shape: Vec<usize>,
}

impl Header {
    /// Reads the header of an array.
    pub(super) fn read(reader: &mut impl Read) -> Result<Self, FileFault> {
        let mut start = [0; 8];
        if read_up_to(reader, &mut start)? < 8 || !start.starts_with(b"\x93NUMPY") {
            return Err(NpyFault::Format("it does not begin with \\x93NUMPY").into());
        }
        let mut length = [0; 4];
        let length_bytes = if start[6] == 1 { 2 } else { 4 };
        if !(1..=3).contains(&start[6]) {
            return Err(NpyFault::Format("it has a version above 3").into());
        }
        let cut = || NpyFault::Format("it ends within its header");
        if read_up_to(reader, &mut length[..length_bytes])? < length_bytes {
            return Err(cut().into());
        }
        let length = u32::from_le_bytes(length) as usize;
        if length > LONGEST_HEADER {
            return Err(NpyFault::Format("its header is longer than 65536 bytes").into());
        }
        let mut header = vec![0; length];
        if read_up_to(reader, &mut header)? < length {
            return Err(cut().into());
        }
        Ok(Self::parse(&String::from_utf8_lossy(&header))?)
    }

    fn parse(text: &str) -> Result<Self, NpyFault> {
        let entry = |key: &str| {
            let after = ['\'', '"'].iter().find_map(|quote| {
                let (_, after) = text.split_once(&format!("{quote}{key}{quote}"))?;
                after.trim_start().strip_prefix(':')
            });
            after.map(str::trim_start).ok_or(NpyFault::Format("its header lacks an entry"))
        };
        let (kind, bytes, big_endian) = kind(entry("descr")?)?;
        if entry("fortran_order")?.starts_with("True") {
            return Err(NpyFault::Fortran);
        }
        let shape = entry("shape")?.strip_prefix('(').and_then(|text| text.split_once(')'));
        let (shape, _) = shape.ok_or(NpyFault::Format("its shape is no tuple"))?;
        let words = shape.split(',').map(str::trim).filter(|word| !word.is_empty());
        let shape: Result<Vec<u64>, _> =
            words.map(|word| word.trim_end_matches('L').parse()).collect();
        let shape = shape.map_err(|_| NpyFault::Format("its shape is not of whole numbers"))?;
        let product =
            shape.iter().try_fold(bytes as u64, |product, side| product.checked_mul(*side));
        if shape.len() > 32 || product.is_none_or(|product| product > isize::MAX as u64) {
            return Err(NpyFault::Shape(shape));
        }
        let shape = shape.into_iter().map(|side| side as usize).collect();
        Ok(Self { kind, bytes, big_endian, shape })
    }

    /// How many values there are.
    pub(super) fn len(&self) -> usize {
        self.shape.iter().product()
    }

    /// Bytes that they take in the file.
    pub(super) fn value_bytes(&self) -> u64 {
        self.len() as u64 * self.bytes as u64
    }

    /// Whether values are floating-point numbers.
    pub(super) fn is_float(&self) -> bool {
        self.kind == Kind::Float
    }

    /// Hands every value to `take`, with its place.
    pub(super) fn values(
        &self,
        reader: &mut dyn Read,
        mut take: impl FnMut(usize, f64) -> Result<(), NpyFault>,
    ) -> Result<(), FileFault> {
        let mut buffer = vec![0; 4096 * self.bytes];
        let mut at = 0;
        while at < self.len() {
            let wanted = (self.len() - at).min(4096) * self.bytes;
            let filled = read_up_to(reader, &mut buffer[..wanted])?;
            if filled < wanted {
                let found = (at * self.bytes + filled) as u64;
                return Err(FileFault::Truncated { found, expected: self.value_bytes() });
            }
            for value in buffer[..wanted].chunks_exact(self.bytes) {
                take(at, self.value(value))?;
                at += 1;
            }
        }
        Ok(())
    }

    /// One value; whole numbers beyond 2^53 are rounded, and none of those is ever wanted.
    fn value(&self, bytes: &[u8]) -> f64 {
        let mut word = [0; 8];
        word[..bytes.len()].copy_from_slice(bytes);
        if self.big_endian {
            word[..bytes.len()].reverse();
        }
        let unsigned = u64::from_le_bytes(word);
        let unused = 64 - 8 * bytes.len() as u32;
        match (self.kind, bytes.len()) {
            (Kind::Unsigned, _) => unsigned as f64,
            (Kind::Signed, _) => ((unsigned << unused) as i64 >> unused) as f64,
            (Kind::Float, 4) => f64::from(f32::from_bits(unsigned as u32)),
            (Kind::Float, _) => f64::from_bits(unsigned),
        }
    }
}

/// Kind, bytes and byte order of what a header calls `descr`.
fn kind(text: &str) -> Result<(Kind, usize, bool), NpyFault> {
    let quote = text.chars().next().filter(|c| matches!(c, '\'' | '"'));
    let word = quote.and_then(|quote| text[1..].split_once(quote)).map(|(word, _)| word);
    let Some(word) = word else {
        return Err(NpyFault::Type("of a structured array".to_owned()));
    };
    if word.contains('O') {
        return Err(NpyFault::Objects);
    }
    let unusual = || NpyFault::Type(word.chars().take(40).collect());
    let (order, rest) = word.split_at_checked(1).ok_or_else(unusual)?;
    let kind = match rest {
        "u1" | "u2" | "u4" | "u8" => Kind::Unsigned,
        "i1" | "i2" | "i4" | "i8" => Kind::Signed,
        "f4" | "f8" => Kind::Float,
        _ => return Err(unusual()),
    };
    let bytes = usize::from(rest.as_bytes()[1] - b'0');
    match order {
        "<" | "|" | "=" => Ok((kind, bytes, false)),
        ">" => Ok((kind, bytes, true)),
        _ => Err(unusual()),
    }
}

/// An array as `NumPy` would write it.
#[cfg(test)]
pub(super) fn array(descr: &str, shape: &str, values: &[u8]) -> Vec<u8> {
    let header =
        format!("{{'descr': '{descr}', 'fortran_order': False, 'shape': {shape}, }}{:40}\n", "");
    let length = (header.len() as u16).to_le_bytes();
    [b"\x93NUMPY\x01\x00", length.as_slice(), header.as_bytes(), values].concat()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn read(array: &[u8]) -> Result<(Vec<usize>, Vec<f64>), String> {
        let mut reader = array;
        let header = Header::read(&mut reader).map_err(|fault| fault.to_string())?;
        let mut values = Vec::new();
        let take = |_, value| {
            values.push(value);
            Ok(())
        };
        header.values(&mut reader, take).map_err(|fault| fault.to_string())?;
        Ok((header.shape, values))
    }

    #[test]
    fn numbers_of_every_size_and_order_are_read() {
        let values = |descr, bytes: &[u8]| read(&array(descr, "(1,)", bytes)).unwrap().1;
        assert_eq!(values("|u1", &[200]), [200.0]);
        assert_eq!(values("|i1", &[0xfe]), [-2.0]);
        assert_eq!(values("<u2", &[1, 2]), [513.0]);
        assert_eq!(values(">i2", &[0xff, 0xfd]), [-3.0]);
        assert_eq!(values("<i8", &(-9_i64).to_le_bytes()), [-9.0]);
        assert_eq!(values("<f4", &0.5_f32.to_le_bytes()), [0.5]);
        assert_eq!(values(">f8", &0.25_f64.to_be_bytes()), [0.25]);
        let square = read(&array("|u1", "(2, 3)", &[1, 2, 3, 4, 5, 6])).unwrap();
        assert_eq!(square, (vec![2, 3], vec![1.0, 2.0, 3.0, 4.0, 5.0, 6.0]));
        assert_eq!(read(&array("|u1", "()", &[7])).unwrap().1, [7.0]);
    }

    #[test]
    fn what_is_no_plain_array_is_said() {
        let said = |array: &[u8]| read(array).unwrap_err();
        assert!(said(&array("|O", "(1,)", b"cos\nsystem\n")).contains("holds Python objects"));
        assert!(said(&array("<U5", "(1,)", &[0; 20])).contains("of the type <U5"));
        assert!(said(&array("<f2", "(1,)", &[0; 2])).contains("of the type <f2"));
        assert!(said(&array("|u1", "(4,)", &[0; 3])).starts_with("ends after 3 of 4 bytes"));
        let huge = said(&array("|u1", "(1152921504606846976, 99)", &[]));
        assert!(huge.contains("says that its shape is [1152921504606846976, 99]"), "{huge}");
        assert!(said(b"PK\x03\x04").contains("does not begin with"));
        let fortran = array("|u1", "(1,)", &[1]);
        let fortran = String::from_utf8_lossy(&fortran).replace("False", "True ");
        let fortran = [b"\x93", &fortran.as_bytes()["\u{fffd}".len()..]].concat();
        assert!(said(&fortran).contains("Fortran order"));
        let structured = array("x', 'y", "(1,)", &[1]);
        assert!(said(&structured).contains("type"));
    }

    proptest! {
        #[test]
        fn any_header_is_read_or_refused(text in "[ '\":{}(),0-9a-zA-Z<>|]{0,80}", tail in ".{0,20}") {
            let _ = Header::parse(&text);
            let _ = Header::parse(&format!("{{'descr': '{tail}', 'fortran_order': False, 'shape': ({text})}}"));
        }
    }
}
