//! The values that a pickle makes.

use std::collections::HashMap;

use super::{allowed::Name, numpy::NumpyType, tensors::ArrayRef, tensors::Block};

/// A value's place in its [`Tree`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Id(u32);

/// One value. Containers name their parts by place.
#[derive(Debug, Clone, PartialEq)]
pub enum Node {
    /// Python's None.
    None,
    /// True or false.
    Bool(bool),
    /// A whole number.
    Int(i64),
    /// A whole number that does not fit: its little-endian bytes.
    Wide(Vec<u8>),
    /// A float.
    Float(f64),
    /// Text.
    Text(String),
    /// Bytes.
    Bytes(Vec<u8>),
    /// A list.
    List(Vec<Id>),
    /// A tuple.
    Tuple(Vec<Id>),
    /// A dict or ordered dict, in order.
    Dict(Vec<(Id, Id)>),
    /// A tensor or a NumPy array.
    Array(ArrayRef),
    /// The block of bytes that tensors are views of.
    Block(Block),
    /// A NumPy element type.
    Type(NumpyType),
    /// A NumPy array that is not filled yet.
    Unfilled,
    /// Something of Python that this program knows by name.
    Known(Name),
}

impl Node {
    /// About how many bytes of memory it takes.
    pub const fn weight(&self) -> usize {
        size_of::<Self>()
            + match self {
                Self::Text(text) => text.len(),
                Self::Bytes(bytes) | Self::Wide(bytes) => bytes.len(),
                Self::List(items) | Self::Tuple(items) => items.len() * size_of::<Id>(),
                Self::Dict(pairs) => pairs.len() * size_of::<(Id, Id)>(),
                Self::Array(array) => array.weight(),
                _ => 0,
            }
    }

    /// What it is, for messages.
    pub const fn word(&self) -> &'static str {
        match self {
            Self::None => "None",
            Self::Bool(_) => "a truth value",
            Self::Int(_) | Self::Wide(_) => "a whole number",
            Self::Float(_) => "a number",
            Self::Text(_) => "text",
            Self::Bytes(_) => "bytes",
            Self::List(_) => "a list",
            Self::Tuple(_) => "a tuple",
            Self::Dict(_) => "a dict",
            Self::Array(_) => "a tensor",
            Self::Block(_) => "a storage",
            Self::Type(_) => "an element type",
            Self::Unfilled => "an array without values",
            Self::Known(_) => "a name",
        }
    }
}

/// All values of a pickle.
#[derive(Debug, Default)]
pub struct Tree(Vec<Node>);

impl Tree {
    /// Adds a value.
    pub fn add(&mut self, node: Node) -> Id {
        self.0.push(node);
        Id((self.0.len() - 1) as u32)
    }

    /// How many there are.
    pub const fn count(&self) -> usize {
        self.0.len()
    }

    /// The value there.
    pub fn node(&self, id: Id) -> &Node {
        &self.0[id.0 as usize]
    }

    /// The value there, to be changed.
    pub fn node_mut(&mut self, id: Id) -> &mut Node {
        &mut self.0[id.0 as usize]
    }

    /// The parts of a list or tuple.
    pub fn items(&self, id: Id) -> Option<&[Id]> {
        match self.node(id) {
            Node::List(items) | Node::Tuple(items) => Some(items),
            _ => None,
        }
    }

    /// What a dict has under this text.
    pub fn get(&self, id: Id, key: &str) -> Option<Id> {
        let Node::Dict(pairs) = self.node(id) else { return None };
        // A key that is set twice has its last value.
        let found = pairs.iter().rev().find(|(name, _)| self.text(*name) == Some(key));
        found.map(|(_, value)| *value)
    }

    /// The keys and values of a dict; none of anything else.
    pub fn pairs(&self, id: Id) -> &[(Id, Id)] {
        if let Node::Dict(pairs) = self.node(id) { pairs } else { &[] }
    }

    /// A text.
    pub fn text(&self, id: Id) -> Option<&str> {
        if let Node::Text(text) = self.node(id) { Some(text) } else { None }
    }

    /// A whole number.
    pub fn int(&self, id: Id) -> Option<i64> {
        if let Node::Int(value) = self.node(id) { Some(*value) } else { None }
    }

    /// A number.
    pub fn number(&self, id: Id) -> Option<f64> {
        match self.node(id) {
            Node::Float(value) => Some(*value),
            Node::Int(value) => Some(*value as f64),
            _ => None,
        }
    }

    /// Bytes per element of every block that tensors are views of, by name.
    pub fn blocks<'a>(&'a self) -> HashMap<&'a str, u64> {
        let width = |node: &'a Node| match node {
            Node::Block(block) => Some((block.key.as_str(), block.element.bytes() as u64)),
            _ => None,
        };
        self.0.iter().filter_map(width).collect()
    }

    /// A tensor or array.
    pub fn array(&self, id: Id) -> Option<&ArrayRef> {
        if let Node::Array(array) = self.node(id) { Some(array) } else { None }
    }
}
