//! Elements of foreign arrays: of many types, strided, little- or big-endian, on their way into f32 and i64.
//!
//! Halves and bfloat16 fit f32 exactly. A double is rounded to the nearest f32, as the networks would do,
//! and refused when it is too large for one.

use half::{bf16, f16};

use crate::record::tensor_file::Values;

/// Values that a small tensor may repeat by a stride of zero; beyond that there must be bytes for each.
const REPEATED: usize = 1 << 22;
/// The most dimensions of an array.
const MOST_DIMENSIONS: usize = 16;

/// The type of an element.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Element {
    /// IEEE half.
    F16,
    /// The upper half of an f32.
    BF16,
    /// IEEE single.
    F32,
    /// IEEE double.
    F64,
    /// Unsigned byte.
    U8,
    /// Signed byte.
    I8,
    /// 16-bit integer.
    I16,
    /// 32-bit integer.
    I32,
    /// 64-bit integer.
    I64,
    /// One byte, 0 or 1.
    Bool,
}

impl Element {
    /// Bytes of one.
    pub const fn bytes(self) -> usize {
        match self {
            Self::U8 | Self::I8 | Self::Bool => 1,
            Self::F16 | Self::BF16 | Self::I16 => 2,
            Self::F32 | Self::I32 => 4,
            Self::F64 | Self::I64 => 8,
        }
    }
}

/// Where the elements of an array lie among the elements of a block of bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Layout {
    /// The first one.
    pub offset: usize,
    /// Elements along each dimension.
    pub shape: Vec<usize>,
    /// Elements from one to the next along each dimension.
    pub strides: Vec<usize>,
}

impl Layout {
    /// Elements one after the other: the last dimension varies fastest, or the first one (`fortran`).
    pub fn packed(shape: &[usize], fortran: bool) -> Self {
        let mut strides = vec![0; shape.len()];
        let mut step = 1_usize;
        let order: Vec<usize> =
            if fortran { (0..shape.len()).collect() } else { (0..shape.len()).rev().collect() };
        for dimension in order {
            strides[dimension] = step;
            step = step.saturating_mul(shape[dimension]);
        }
        Self { offset: 0, shape: shape.to_vec(), strides }
    }

    /// How many elements there are, when all of them lie among `available` ones.
    ///
    /// # Errors
    /// A sentence, if they do not, or if a few of them are repeated too often.
    pub fn count(&self, available: usize) -> Result<usize, String> {
        let Self { offset, shape, strides } = self;
        if shape.len() > MOST_DIMENSIONS || shape.len() != strides.len() {
            return Err(format!("has {} dimensions and {} strides", shape.len(), strides.len()));
        }
        let beyond = || format!("is of shape {shape:?}, but only {available} values are there");
        let count = shape.iter().try_fold(1_usize, |all, side| all.checked_mul(*side));
        let count = count.ok_or_else(beyond)?;
        if count == 0 {
            return Ok(0);
        }
        let last = shape.iter().zip(strides).try_fold(*offset, |last, (side, stride)| {
            last.checked_add(stride.checked_mul(side - 1)?)
        });
        if last.is_none_or(|last| last >= available) || count > available.max(REPEATED) {
            return Err(beyond());
        }
        Ok(count)
    }

    /// The places of the elements, in row-major order.
    fn places(&self, count: usize) -> impl Iterator<Item = usize> + '_ {
        let mut index = vec![0; self.shape.len()];
        let mut place = self.offset;
        (0..count).map(move |_| {
            let here = place;
            for dimension in (0..index.len()).rev() {
                index[dimension] += 1;
                place += self.strides[dimension];
                if index[dimension] < self.shape[dimension] {
                    break;
                }
                place -= self.strides[dimension] * self.shape[dimension];
                index[dimension] = 0;
            }
            here
        })
    }
}

/// The elements of `bytes` that `layout` names, row-major.
///
/// # Errors
/// A sentence that goes on after the array's name.
pub fn decode(
    bytes: &[u8],
    element: Element,
    big_endian: bool,
    layout: &Layout,
) -> Result<Values, String> {
    let count = layout.count(bytes.len() / element.bytes())?;
    let source = Source { bytes, big_endian, layout, count };
    Ok(match element {
        Element::F16 => Values::F32(source.map(|b| f16::from_le_bytes(b).to_f32())),
        Element::BF16 => Values::F32(source.map(|b| bf16::from_le_bytes(b).to_f32())),
        Element::F32 => Values::F32(source.map(f32::from_le_bytes)),
        Element::F64 => Values::F32(rounded(&source.map(f64::from_le_bytes))?),
        Element::U8 => Values::I64(source.map(|[b]: [u8; 1]| i64::from(b))),
        Element::I8 => Values::I64(source.map(|b| i64::from(i8::from_le_bytes(b)))),
        Element::I16 => Values::I64(source.map(|b| i64::from(i16::from_le_bytes(b)))),
        Element::I32 => Values::I64(source.map(|b| i64::from(i32::from_le_bytes(b)))),
        Element::I64 => Values::I64(source.map(i64::from_le_bytes)),
        Element::Bool => Values::I64(source.map(|[b]: [u8; 1]| i64::from(b != 0))),
    })
}

fn rounded(doubles: &[f64]) -> Result<Vec<f32>, String> {
    let single = |value: &f64| {
        let single = *value as f32;
        if value.is_finite() && single.is_infinite() {
            return Err(format!("holds {value:e}, which is too large for a 32-bit float"));
        }
        Ok(single)
    };
    doubles.iter().map(single).collect()
}

struct Source<'a> {
    bytes: &'a [u8],
    big_endian: bool,
    layout: &'a Layout,
    count: usize,
}

impl Source<'_> {
    fn map<const N: usize, T>(&self, convert: impl Fn([u8; N]) -> T) -> Vec<T> {
        let chunks = self.bytes.as_chunks::<N>().0;
        let element = |place: usize| {
            let mut bytes = chunks[place];
            if self.big_endian {
                bytes.reverse();
            }
            convert(bytes)
        };
        self.layout.places(self.count).map(element).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bytes<const N: usize>(values: &[[u8; N]]) -> Vec<u8> {
        values.concat()
    }

    #[test]
    fn every_type_is_read_as_what_it_is() {
        let layout = Layout::packed(&[2], false);
        let read = |bytes: Vec<u8>, element| decode(&bytes, element, false, &layout).unwrap();
        let floats = Values::F32(vec![1.5, -2.0]);
        assert_eq!(read(bytes(&[1.5_f32, -2.0].map(f32::to_le_bytes)), Element::F32), floats);
        assert_eq!(read(bytes(&[1.5_f64, -2.0].map(f64::to_le_bytes)), Element::F64), floats);
        assert_eq!(read(bytes(&[[0, 0x3e], [0, 0xc0]]), Element::F16), floats);
        assert_eq!(read(bytes(&[[0xc0, 0x3f], [0, 0xc0]]), Element::BF16), floats);
        let whole = Values::I64(vec![1, -2]);
        assert_eq!(read(bytes(&[1_i64, -2].map(i64::to_le_bytes)), Element::I64), whole);
        assert_eq!(read(bytes(&[1_i32, -2].map(i32::to_le_bytes)), Element::I32), whole);
        assert_eq!(read(bytes(&[1_i16, -2].map(i16::to_le_bytes)), Element::I16), whole);
        assert_eq!(read(bytes(&[[1], [254]]), Element::I8), whole);
        assert_eq!(read(bytes(&[[1], [254]]), Element::U8), Values::I64(vec![1, 254]));
        assert_eq!(read(bytes(&[[2], [0]]), Element::Bool), Values::I64(vec![1, 0]));
        let big = bytes(&[1_i32, -2].map(i32::to_be_bytes));
        assert_eq!(decode(&big, Element::I32, true, &layout).unwrap(), whole);
    }

    #[test]
    fn a_double_too_large_is_refused_but_infinity_stays_what_it_is() {
        let layout = Layout::packed(&[1], false);
        let read = |value: f64| decode(&value.to_le_bytes(), Element::F64, false, &layout);
        assert!(read(1e39).unwrap_err().contains("1e39"));
        assert_eq!(read(f64::INFINITY).unwrap(), Values::F32(vec![f32::INFINITY]));
    }

    #[test]
    fn strides_offsets_and_fortran_order_are_followed() {
        let bytes: Vec<u8> = (0..12).collect();
        let read = |layout: &Layout| decode(&bytes, Element::U8, false, layout).unwrap();
        let transposed = Layout { offset: 1, shape: vec![2, 3], strides: vec![1, 4] };
        assert_eq!(read(&transposed), Values::I64(vec![1, 5, 9, 2, 6, 10]));
        assert_eq!(
            read(&Layout::packed(&[2, 2, 3], true)),
            Values::I64(vec![0, 4, 8, 2, 6, 10, 1, 5, 9, 3, 7, 11])
        );
        let repeated = Layout { offset: 3, shape: vec![2, 2], strides: vec![0, 1] };
        assert_eq!(read(&repeated), Values::I64(vec![3, 4, 3, 4]));
        let one = Layout { offset: 5, shape: vec![], strides: vec![] };
        assert_eq!(read(&one), Values::I64(vec![5]));
    }

    #[test]
    fn shapes_beyond_the_bytes_are_refused_whatever_their_size() {
        let layout = |offset, shape: &[usize], strides: &[usize]| Layout {
            offset,
            shape: shape.to_vec(),
            strides: strides.to_vec(),
        };
        for bad in [
            layout(0, &[13], &[1]),
            layout(10, &[3], &[1]),
            layout(usize::MAX, &[2], &[1]),
            layout(0, &[1 << 60], &[1]),
            layout(0, &[1 << 40, 1 << 40], &[0, 0]),
            layout(0, &[1 << 30], &[0]),
            layout(0, &[2], &[usize::MAX]),
            layout(0, &[1; 17], &[1; 17]),
            layout(0, &[1], &[]),
        ] {
            assert!(decode(&[0; 12], Element::U8, false, &bad).is_err(), "{bad:?}");
        }
        let none = layout(99, &[0, 5], &[1, 1]);
        assert_eq!(decode(&[], Element::U8, false, &none).unwrap(), Values::I64(vec![]));
    }
}
