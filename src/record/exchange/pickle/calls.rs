//! What a pickle may have made by a call: tensors, ordered dicts, NumPy's types, numbers and arrays, bytes.
//!
//! Python would call whatever is named. Here a name is one of a few ([`Name`]), and each is made by code of ours.

use super::{
    PickleFault,
    allowed::Name,
    machine::{Machine, damaged},
    numpy, tensors,
    value::{Id, Node, Tree},
};

impl Machine<'_> {
    /// What Python would call, made here.
    pub(super) fn call(&mut self, at: usize) -> Result<(), PickleFault> {
        let (arguments, callee) = (self.pop()?, self.pop()?);
        let Node::Known(name) = *self.tree.node(callee) else {
            let word = self.tree.node(callee).word();
            return Err(damaged(at, format!("it calls {word}")));
        };
        let Node::Tuple(arguments) = self.tree.node(arguments) else {
            return Err(damaged(at, "it calls without a tuple of arguments"));
        };
        let tree = &self.tree;
        let made = match name {
            Name::Tensor => tensors::tensor(tree, arguments),
            Name::Parameter => {
                let tensor = arguments.first().filter(|id| tree.array(**id).is_some());
                let tensor = *tensor.ok_or_else(|| damaged(at, "a parameter has no tensor"))?;
                self.stack.push(tensor);
                return Ok(());
            }
            Name::OrderedDict => ordered(tree, arguments),
            Name::NumpyType => numpy::element_type(tree, arguments),
            Name::NumpyScalar => numpy::scalar(tree, arguments),
            Name::NumpyArray => Ok(Node::Unfilled),
            Name::Encode => encode(tree, arguments),
            Name::Storage(_) | Name::NumpyArrayClass => Err("it calls a type".to_owned()),
        };
        let made = self.weigh(made.map_err(|problem| damaged(at, problem))?)?;
        self.push(made);
        Ok(())
    }

    /// Gives the value below a state.
    pub(super) fn build(&mut self, at: usize) -> Result<(), PickleFault> {
        let state = self.pop()?;
        let target = self.top()?;
        let built = match self.tree.node(target) {
            Node::Type(of) => numpy::set_byte_order(&self.tree, *of, state),
            Node::Unfilled => numpy::fill(&self.tree, state),
            // Attributes of an ordered dict, as a network's parameters have them, are none of its entries.
            Node::Dict(_) => return Ok(()),
            other => Err(format!("it gives {} a state", other.word())),
        };
        let built = self.weigh(built.map_err(|problem| damaged(at, problem))?)?;
        *self.tree.node_mut(target) = built;
        Ok(())
    }
}

/// `OrderedDict()`, or `OrderedDict([[key, value], …])`.
fn ordered(tree: &Tree, arguments: &[Id]) -> Result<Node, String> {
    let Some(list) = arguments.first() else { return Ok(Node::Dict(Vec::new())) };
    let pair = |id: &Id| match tree.items(*id)? {
        [key, value] => Some((*key, *value)),
        _ => None,
    };
    let pairs = tree.items(*list).and_then(|items| items.iter().map(pair).collect());
    pairs.map(Node::Dict).ok_or_else(|| "an ordered dict is not made of pairs".to_owned())
}

/// `encode(text, 'latin1')`.
fn encode(tree: &Tree, arguments: &[Id]) -> Result<Node, String> {
    let text = arguments.first().and_then(|id| tree.text(*id));
    let coding = arguments.get(1).and_then(|id| tree.text(*id));
    match (text.and_then(numpy::latin1), coding) {
        (Some(bytes), Some("latin1" | "latin-1")) => Ok(Node::Bytes(bytes)),
        _ => Err("it encodes something other than bytes".to_owned()),
    }
}
