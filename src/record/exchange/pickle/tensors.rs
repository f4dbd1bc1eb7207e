//! Tensors as a pickle describes them: a view of a block of bytes that lies outside of the pickle.

use super::{
    allowed::Name,
    value::{Id, Node, Tree},
};
use crate::record::exchange::element::{Element, Layout};

/// A block of bytes outside of the pickle.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Block {
    /// Its name in the file: digits.
    pub key: String,
    /// The type of its elements.
    pub element: Element,
    /// How many elements it is said to have.
    pub elements: usize,
}

/// Where the bytes of an array are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Bytes {
    /// In a block outside of the pickle.
    Outside(Block),
    /// Here.
    Inline(Vec<u8>),
}

/// An array whose values have not been read yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ArrayRef {
    /// Where its bytes are.
    pub bytes: Bytes,
    /// The type of its elements.
    pub element: Element,
    /// Whether the highest byte of an element comes first.
    pub big_endian: bool,
    /// Which of the elements are its own.
    pub layout: Layout,
}

impl ArrayRef {
    /// About how many bytes of memory it takes beside its own.
    pub const fn weight(&self) -> usize {
        let bytes = match &self.bytes {
            Bytes::Outside(block) => block.key.len(),
            Bytes::Inline(bytes) => bytes.len(),
        };
        bytes + 2 * self.layout.shape.len() * size_of::<usize>()
    }
}

/// The block that a persistent id names: ('storage', type, key, location, elements), and in old files a
/// sixth part, a view, which was never used for whole tensors.
pub fn block(tree: &Tree, id: Id) -> Result<Node, String> {
    let parts = tree.items(id).unwrap_or_default();
    let (Some(kind), true) = (parts.first(), (5..=6).contains(&parts.len())) else {
        return Err("a storage is not named as `torch.save` names it".to_owned());
    };
    if tree.text(*kind) != Some("storage") {
        return Err("something other than a storage lies outside of the pickle".to_owned());
    }
    let Node::Known(Name::Storage(element)) = tree.node(parts[1]) else {
        return Err("a storage has no element type".to_owned());
    };
    let key = tree.text(parts[2]).filter(|key| key.bytes().all(|b| b.is_ascii_digit()));
    let key = key.filter(|key| !key.is_empty() && key.len() <= 20);
    let key = key.ok_or("a storage's name is not a number")?.to_owned();
    if parts.get(5).is_some_and(|view| *tree.node(*view) != Node::None) {
        return Err("a storage is a view of another one, as only very old files have it".to_owned());
    }
    let elements = tree.int(parts[4]).and_then(|count| usize::try_from(count).ok());
    let elements = elements.ok_or("a storage does not say its size")?;
    Ok(Node::Block(Block { key, element: *element, elements }))
}

/// `_rebuild_tensor_v2(storage, offset, size, stride, requires_grad, hooks)`.
pub fn tensor(tree: &Tree, arguments: &[Id]) -> Result<Node, String> {
    let [block, offset, shape, strides, ..] = arguments else {
        return Err("a tensor lacks storage, offset, size or stride".to_owned());
    };
    let Node::Block(block) = tree.node(*block) else {
        return Err("a tensor has no storage".to_owned());
    };
    let offset = tree.int(*offset).and_then(|offset| usize::try_from(offset).ok());
    let offset = offset.ok_or("a tensor's offset is no count")?;
    let layout = Layout { offset, shape: sizes(tree, *shape)?, strides: sizes(tree, *strides)? };
    layout.count(block.elements).map_err(|problem| format!("a tensor {problem}"))?;
    Ok(Node::Array(ArrayRef {
        element: block.element,
        bytes: Bytes::Outside(block.clone()),
        big_endian: false,
        layout,
    }))
}

/// A tuple of counts.
pub fn sizes(tree: &Tree, id: Id) -> Result<Vec<usize>, String> {
    let size = |id: &Id| tree.int(*id).and_then(|size| usize::try_from(size).ok());
    let sizes = tree.items(id).and_then(|items| items.iter().map(size).collect());
    sizes.ok_or_else(|| "a size or stride is not a tuple of counts".to_owned())
}
