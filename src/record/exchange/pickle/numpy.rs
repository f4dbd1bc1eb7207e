//! NumPy's scalars and arrays as pickles hold them: the reference keeps its accuracies so.
//!
//! An element type is made from a word such as `f8` and then told its byte order; a scalar is a type and
//! bytes, an array a shape, a type and bytes.

use super::{
    tensors::{ArrayRef, Bytes},
    value::{Id, Node, Tree},
};
use crate::record::{
    exchange::element::{self, Element, Layout},
    tensor_file::Values,
};

/// A NumPy element type.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NumpyType {
    /// The element.
    pub element: Element,
    /// Whether the highest byte comes first.
    pub big_endian: bool,
}

impl NumpyType {
    /// The type called `word`, such as `f8` or `<i4`.
    pub fn parse(word: &str) -> Option<Self> {
        let big_endian = word.starts_with('>');
        let element = match word.trim_start_matches(['<', '>', '|', '=']) {
            "f2" => Element::F16,
            "f4" => Element::F32,
            "f8" => Element::F64,
            "u1" => Element::U8,
            "i1" => Element::I8,
            "i2" => Element::I16,
            "i4" => Element::I32,
            "i8" => Element::I64,
            "b1" => Element::Bool,
            _ => return None,
        };
        Some(Self { element, big_endian })
    }
}

/// `numpy.dtype('f8', False, True)`.
pub fn element_type(tree: &Tree, arguments: &[Id]) -> Result<Node, String> {
    let word = arguments.first().and_then(|id| tree.text(*id)).unwrap_or("?");
    let shown: String = word.chars().filter(char::is_ascii_graphic).take(20).collect();
    let unknown = || format!("it holds NumPy elements of the type `{shown}`, which are not read");
    NumpyType::parse(word).map(Node::Type).ok_or_else(unknown)
}

/// Tells an element type its byte order: the second part of its state.
pub fn set_byte_order(tree: &Tree, of: NumpyType, state: Id) -> Result<Node, String> {
    let order = tree.items(state).and_then(|parts| parts.get(1)).and_then(|id| tree.text(*id));
    match order {
        Some("<" | "|" | "=") => Ok(Node::Type(NumpyType { big_endian: false, ..of })),
        Some(">") => Ok(Node::Type(NumpyType { big_endian: true, ..of })),
        _ => Err("a NumPy type does not say its byte order".to_owned()),
    }
}

/// `scalar(dtype, bytes)`.
pub fn scalar(tree: &Tree, arguments: &[Id]) -> Result<Node, String> {
    let [of, bytes] = arguments else {
        return Err("a NumPy scalar needs a type and bytes".to_owned());
    };
    let Node::Type(NumpyType { element, big_endian }) = tree.node(*of) else {
        return Err("a NumPy scalar has no type".to_owned());
    };
    let bytes = raw(tree, *bytes).ok_or("a NumPy scalar has no bytes")?;
    if bytes.len() != element.bytes() {
        return Err(format!("a NumPy scalar has {} bytes, not {}", bytes.len(), element.bytes()));
    }
    // A double keeps all of its digits: it is no pixel.
    if *element == Element::F64 {
        let mut bits: [u8; 8] = bytes.try_into().unwrap_or_default();
        if *big_endian {
            bits.reverse();
        }
        return Ok(Node::Float(f64::from_le_bytes(bits)));
    }
    let one = Layout::packed(&[1], false);
    Ok(match element::decode(&bytes, *element, *big_endian, &one)? {
        Values::F32(values) => Node::Float(f64::from(values[0])),
        Values::I64(values) if *element == Element::Bool => Node::Bool(values[0] != 0),
        Values::I64(values) => Node::Int(values[0]),
    })
}

/// Fills an array: (version, shape, dtype, fortran order, bytes).
pub fn fill(tree: &Tree, state: Id) -> Result<Node, String> {
    let parts = tree.items(state).unwrap_or_default();
    let [_, shape, of, fortran, bytes] = parts else {
        return Err("a NumPy array is not filled as NumPy does it".to_owned());
    };
    let Node::Type(NumpyType { element, big_endian }) = tree.node(*of) else {
        return Err("a NumPy array has no element type".to_owned());
    };
    let shape = super::tensors::sizes(tree, *shape)?;
    let fortran = *tree.node(*fortran) == Node::Bool(true);
    let Some(values) = raw(tree, *bytes) else {
        return Err("a NumPy array holds Python objects, which are not read".to_owned());
    };
    let layout = Layout::packed(&shape, fortran);
    let count = layout.count(values.len() / element.bytes());
    let count = count.map_err(|problem| format!("an array {problem}"))?;
    if count * element.bytes() != values.len() {
        return Err(format!("an array of shape {shape:?} has {} bytes of values", values.len()));
    }
    Ok(Node::Array(ArrayRef {
        bytes: Bytes::Inline(values),
        element: *element,
        big_endian: *big_endian,
        layout,
    }))
}

/// Bytes, also as Python 2 wrote them: as text of the first 256 characters.
fn raw(tree: &Tree, id: Id) -> Option<Vec<u8>> {
    match tree.node(id) {
        Node::Bytes(bytes) => Some(bytes.clone()),
        Node::Text(text) => latin1(text),
        _ => None,
    }
}

/// The bytes that a text of the first 256 characters stands for.
pub fn latin1(text: &str) -> Option<Vec<u8>> {
    text.chars().map(|c| u8::try_from(u32::from(c)).ok()).collect()
}
