//! One array in NumPy's own format: a magic number, a line of Python that says type, order and shape, and the
//! values.
//!
//! The line is a dict of three entries and nothing else, so it is read as that: no general reader of Python
//! literals is let near a stranger's file. Arrays of Python objects hold pickles; they are refused.

use super::{
    element::{self, Layout},
    error::Fault,
    pickle::NumpyType,
};
use crate::record::tensor_file::{Array, Values};

const MAGIC: &[u8] = b"\x93NUMPY";
/// The most bytes that the line may have.
const MOST_HEADER: usize = 1 << 12;
/// NumPy lets the values begin at a multiple of this.
const ALIGNMENT: usize = 64;

/// Reads an array, with `name` for messages.
///
/// # Errors
/// If it is damaged, or its elements are no numbers.
pub fn read(bytes: &[u8], name: &str) -> Result<Array, Fault> {
    let of = |problem: String| Fault::Content(format!("`{name}` {problem}"));
    let (header, values) =
        split(bytes).ok_or_else(|| of("is no sound array of NumPy".to_owned()))?;
    let header = Header::parse(header).map_err(of)?;
    let NumpyType { element, big_endian } = header.element;
    let layout = Layout::packed(&header.shape, header.fortran);
    let count = layout.count(values.len() / element.bytes()).map_err(of)?;
    if count * element.bytes() != values.len() {
        return Err(of(format!(
            "is of shape {:?}, but {} bytes of values are there",
            header.shape,
            values.len()
        )));
    }
    let values = element::decode(values, element, big_endian, &layout).map_err(of)?;
    Ok(Array { name: name.to_owned(), shape: header.shape, values })
}

/// The line and the values.
fn split(bytes: &[u8]) -> Option<(&str, &[u8])> {
    let rest = bytes.strip_prefix(MAGIC)?;
    let (version, rest) = rest.split_first_chunk::<2>()?;
    let (length, rest) = match version[0] {
        1 => {
            let (length, rest) = rest.split_first_chunk::<2>()?;
            (usize::from(u16::from_le_bytes(*length)), rest)
        }
        2 | 3 => {
            let (length, rest) = rest.split_first_chunk::<4>()?;
            (u32::from_le_bytes(*length) as usize, rest)
        }
        _ => return None,
    };
    let (header, values) = rest.split_at_checked(length)?;
    (length <= MOST_HEADER).then_some((std::str::from_utf8(header).ok()?, values))
}

/// What the line says.
#[derive(Debug)]
struct Header {
    element: NumpyType,
    fortran: bool,
    shape: Vec<usize>,
}

impl Header {
    fn parse(line: &str) -> Result<Self, String> {
        let unclear = || "has a header that says no type, order and shape".to_owned();
        let inner = line.trim().strip_prefix('{').and_then(|line| line.strip_suffix('}'));
        let inner = inner.ok_or_else(unclear)?;
        let descr = after(inner, "descr").ok_or_else(unclear)?;
        let fortran = after(inner, "fortran_order").ok_or_else(unclear)?;
        let shape = after(inner, "shape").ok_or_else(unclear)?;
        let shape = shape.strip_prefix('(').and_then(|shape| shape.split_once(')'));
        let (shape, _) = shape.ok_or_else(unclear)?;
        let sides = shape.split(',').map(str::trim).filter(|side| !side.is_empty());
        let sides = sides.map(|side| side.trim_end_matches('L').parse::<usize>());
        let shape = sides.collect::<Result<_, _>>().map_err(|_| unclear())?;
        Ok(Self { element: element_of(descr)?, fortran: fortran.starts_with("True"), shape })
    }
}

/// What follows a key of the dict.
fn after<'a>(dict: &'a str, key: &str) -> Option<&'a str> {
    let quoted = [format!("'{key}'"), format!("\"{key}\"")];
    let rest = quoted.iter().find_map(|key| dict.split_once(key.as_str()))?.1;
    Some(rest.trim_start().strip_prefix(':')?.trim_start())
}

fn element_of(descr: &str) -> Result<NumpyType, String> {
    let word = descr.strip_prefix(['\'', '"']).and_then(|rest| rest.split(['\'', '"']).next());
    let Some(word) = word else {
        return Err("holds records, which are not read".to_owned());
    };
    if word.ends_with('O') {
        return Err("holds Python objects, which only running them would read".to_owned());
    }
    let shown: String = word.chars().filter(char::is_ascii_graphic).take(20).collect();
    NumpyType::parse(word)
        .ok_or_else(|| format!("holds elements of the type `{shown}`, which are not read"))
}

/// An array as NumPy writes it.
pub fn write(shape: &[usize], values: &Values) -> Vec<u8> {
    let (word, bytes): (_, Vec<u8>) = match values {
        Values::F32(values) => {
            ("<f4", values.iter().flat_map(|value| value.to_le_bytes()).collect())
        }
        Values::I64(values) => {
            ("<i8", values.iter().flat_map(|value| value.to_le_bytes()).collect())
        }
    };
    let sides: Vec<_> = shape.iter().map(ToString::to_string).collect();
    // Python's tuple of one has a comma behind it.
    let comma = if shape.len() == 1 { "," } else { "" };
    let sides = sides.join(", ") + comma;
    let mut header = format!("{{'descr': '{word}', 'fortran_order': False, 'shape': ({sides}), }}");
    let before = MAGIC.len() + 4;
    let padding = ALIGNMENT - (before + header.len() + 1) % ALIGNMENT;
    header.extend(std::iter::repeat_n(' ', padding % ALIGNMENT));
    header.push('\n');
    let length = header.len() as u16;
    [MAGIC, &[1, 0], &length.to_le_bytes(), header.as_bytes(), &bytes].concat()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with(header: &str, values: &[u8]) -> Vec<u8> {
        [MAGIC, &[1, 0], &(header.len() as u16).to_le_bytes(), header.as_bytes(), values].concat()
    }

    fn fault(bytes: &[u8]) -> String {
        read(bytes, "x").unwrap_err().to_string()
    }

    #[test]
    fn arrays_come_back_and_begin_at_the_alignment() {
        for (shape, values) in [
            (vec![2, 1, 2], Values::F32(vec![1.5, -0.0, f32::MIN_POSITIVE, 3.0])),
            (vec![3], Values::I64(vec![i64::MIN, 0, 9])),
            (vec![], Values::I64(vec![4])),
            (vec![0, 5], Values::F32(vec![])),
        ] {
            let bytes = write(&shape, &values);
            let length = usize::from(u16::from_le_bytes([bytes[8], bytes[9]]));
            assert_eq!((10 + length) % 64, 0);
            assert_eq!(read(&bytes, "x").unwrap(), Array { name: "x".to_owned(), shape, values });
        }
    }

    #[test]
    fn types_and_orders_of_others_are_read() {
        let header = "{'descr': '>i2', 'fortran_order': True, 'shape': (2, 2)}";
        let found = read(&with(header, &[0, 1, 0, 2, 0, 3, 255, 255]), "x").unwrap();
        assert_eq!(found.values, Values::I64(vec![1, 3, 2, -1]));
        let header = "{\"shape\": (1,), \"fortran_order\": False, \"descr\": \"|u1\"}";
        assert_eq!(read(&with(header, &[9]), "x").unwrap().values, Values::I64(vec![9]));
    }

    #[test]
    fn what_is_no_array_of_numbers_is_refused() {
        let header = |descr: &str, shape: &str| {
            format!("{{'descr': {descr}, 'fortran_order': False, 'shape': {shape}, }}")
        };
        let cases = [
            (with(&header("'|O'", "(1,)"), &[0]), "Python objects"),
            (with(&header("'<U5'", "(1,)"), &[0]), "elements of the type `<U5`"),
            (with(&header("[('a', '<f4')]", "(1,)"), &[0]), "records"),
            (with(&header("'<f4'", "(2,)"), &[0; 4]), "only 1 values are there"),
            (with(&header("'<f4'", "(1,)"), &[0; 8]), "8 bytes of values"),
            (
                with(&header("'<f4'", "(1152921504606846976, 1152921504606846976)"), &[0; 8]),
                "only 2",
            ),
            (
                with(&header("'<f4'", "(99999999999999999999999,)"), &[0; 8]),
                "no type, order and shape",
            ),
            (with(&header("'<f4'", "(-1,)"), &[0; 8]), "no type, order and shape"),
            (with("{}", &[]), "no type, order and shape"),
            (with(&"[".repeat(5000), &[]), "no sound array"),
            (b"\x93NUMPY\x02\x00\xff\xff\xff\xff".to_vec(), "no sound array"),
            (b"PK".to_vec(), "no sound array"),
        ];
        for (bytes, words) in cases {
            assert!(fault(&bytes).contains(words), "{}", fault(&bytes));
        }
    }
}
