//! A pickle of plain values and tensors, as `torch.load` takes it with its default, restricted loader.
//!
//! Protocol 2, floats as Python floats, and nothing kept for later: the few values of a set need no memo.

use crate::record::{exchange::element::Layout, tensor_file::Values};

/// A value to be written.
#[derive(Debug, Clone, PartialEq)]
pub enum Plain {
    /// A float.
    Float(f64),
    /// Text.
    Text(String),
    /// A list.
    List(Vec<Plain>),
    /// A dict with text as keys.
    Dict(Vec<(String, Plain)>),
    /// A tensor, row-major.
    Tensor {
        /// Its shape.
        shape: Vec<usize>,
        /// Its values.
        values: Values,
    },
}

/// A pickle, and the blocks of bytes that it names by their places.
#[derive(Debug, Default)]
pub struct Pickled {
    /// The pickle.
    pub pickle: Vec<u8>,
    /// The values of the tensors, little-endian.
    pub blocks: Vec<Vec<u8>>,
}

/// Pickles `value`.
pub fn pickle(value: &Plain) -> Pickled {
    let mut pickled = Pickled { pickle: vec![0x80, 2], blocks: Vec::new() };
    pickled.put(value);
    pickled.pickle.push(b'.');
    pickled
}

impl Pickled {
    fn put(&mut self, value: &Plain) {
        match value {
            Plain::Float(value) => {
                self.pickle.push(b'G');
                self.pickle.extend(value.to_be_bytes());
            }
            Plain::Text(text) => self.text(text),
            Plain::List(items) => {
                self.pickle.extend(b"](");
                for item in items {
                    self.put(item);
                }
                self.pickle.push(b'e');
            }
            Plain::Dict(pairs) => {
                self.pickle.extend(b"}(");
                for (key, value) in pairs {
                    self.text(key);
                    self.put(value);
                }
                self.pickle.push(b'u');
            }
            Plain::Tensor { shape, values } => self.tensor(shape, values),
        }
    }

    fn text(&mut self, text: &str) {
        self.pickle.push(b'X');
        self.pickle.extend((text.len() as u32).to_le_bytes());
        self.pickle.extend(text.bytes());
    }

    fn int(&mut self, value: usize) {
        self.pickle.extend([0x8a, 8]);
        self.pickle.extend((value as i64).to_le_bytes());
    }

    fn sizes(&mut self, sizes: &[usize]) {
        self.pickle.push(b'(');
        for size in sizes {
            self.int(*size);
        }
        self.pickle.push(b't');
    }

    /// `_rebuild_tensor_v2(('storage', type, key, 'cpu', elements), 0, size, stride, False, OrderedDict())`.
    fn tensor(&mut self, shape: &[usize], values: &Values) {
        let (storage, elements, bytes): (_, _, Vec<u8>) = match values {
            Values::F32(values) => {
                let bytes = values.iter().flat_map(|value| value.to_le_bytes()).collect();
                (&b"ctorch\nFloatStorage\n"[..], values.len(), bytes)
            }
            Values::I64(values) => {
                let bytes = values.iter().flat_map(|value| value.to_le_bytes()).collect();
                (&b"ctorch\nLongStorage\n"[..], values.len(), bytes)
            }
        };
        self.pickle.extend(b"ctorch._utils\n_rebuild_tensor_v2\n((");
        self.text("storage");
        self.pickle.extend(storage);
        self.text(&self.blocks.len().to_string());
        self.text("cpu");
        self.int(elements);
        self.pickle.extend(b"tQ");
        self.int(0);
        self.sizes(shape);
        self.sizes(&Layout::packed(shape, false).strides);
        self.pickle.extend(b"\x89ccollections\nOrderedDict\n)RtR");
        self.blocks.push(bytes);
    }
}
