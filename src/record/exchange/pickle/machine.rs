//! The stack machine.

use std::collections::HashMap;

use super::{
    MOST_BYTES, MOST_MADE, MOST_VALUES, PickleFault,
    allowed::Name,
    bytes::{self, Bytes},
    tensors,
    value::{Id, Node, Tree},
};

/// A pickle's result.
#[derive(Debug)]
pub struct Loaded {
    /// All values.
    pub tree: Tree,
    /// The one that was pickled.
    pub root: Id,
    /// Bytes that the pickle took; another one may follow.
    pub used: usize,
}

/// Reads the pickle that `bytes` begin with.
///
/// # Errors
/// [`PickleFault`] if it is damaged, too large, or asks for what is not given.
pub fn load(bytes: &[u8]) -> Result<Loaded, PickleFault> {
    let (all, bytes) = (bytes.len(), &bytes[..bytes.len().min(MOST_BYTES)]);
    let mut machine = Machine {
        bytes: Bytes::new(bytes),
        tree: Tree::default(),
        stack: Vec::new(),
        marks: Vec::new(),
        memo: HashMap::new(),
        made: 0,
    };
    let root = machine.run().map_err(|fault| match fault {
        PickleFault::Ends(_) | PickleFault::Length { .. } if all > MOST_BYTES => PickleFault::Large,
        fault => fault,
    })?;
    Ok(Loaded { tree: machine.tree, root, used: machine.bytes.at() })
}

/// A pickle on its way.
pub(super) struct Machine<'a> {
    bytes: Bytes<'a>,
    pub(super) tree: Tree,
    pub(super) stack: Vec<Id>,
    /// Heights of the stack at which a mark lies.
    marks: Vec<usize>,
    memo: HashMap<u32, Id>,
    /// Bytes that values take which calls made.
    made: usize,
}

impl Machine<'_> {
    fn run(&mut self) -> Result<Id, PickleFault> {
        loop {
            let at = self.bytes.at();
            match self.bytes.byte()? {
                b'.' => return self.pop(),
                code => self.step(code, at)?,
            }
            if self.tree.count() > MOST_VALUES {
                return Err(PickleFault::Large);
            }
        }
    }

    /// One instruction; the letters are those of Python's `pickletools`.
    fn step(&mut self, code: u8, at: usize) -> Result<(), PickleFault> {
        match code {
            // PROTO, FRAME: how the rest is written.
            0x80 => self.protocol(at)?,
            0x95 => drop(self.bytes.array::<8>()?),
            // MARK, POP, POP_MARK, DUP.
            b'(' => self.marks.push(self.stack.len()),
            b'0' => drop(self.pop()?),
            b'1' => drop(self.above_mark()?),
            b'2' => {
                let top = self.top()?;
                self.stack.push(top);
            }
            // NONE, NEWTRUE, NEWFALSE.
            b'N' => self.push(Node::None),
            0x88 => self.push(Node::Bool(true)),
            0x89 => self.push(Node::Bool(false)),
            // BININT, BININT1, BININT2, LONG1, BINFLOAT.
            b'J' => {
                let value = i32::from_le_bytes(self.bytes.array()?);
                self.push(Node::Int(value.into()));
            }
            b'K' => {
                let value = self.bytes.byte()?;
                self.push(Node::Int(value.into()));
            }
            b'M' => {
                let value = u16::from_le_bytes(self.bytes.array()?);
                self.push(Node::Int(value.into()));
            }
            0x8a => self.long()?,
            b'G' => {
                let value = f64::from_be_bytes(self.bytes.array()?);
                self.push(Node::Float(value));
            }
            b'U' | b'T' | b'X' | 0x8c | 0x8d => self.text(code)?,
            b'C' | b'B' | 0x8e => {
                let length = self.length(code)?;
                let bytes = self.bytes.take(length)?.to_vec();
                self.push(Node::Bytes(bytes));
            }
            // EMPTY_LIST, EMPTY_TUPLE, EMPTY_DICT.
            b']' => self.push(Node::List(Vec::new())),
            b')' => self.push(Node::Tuple(Vec::new())),
            b'}' => self.push(Node::Dict(Vec::new())),
            // TUPLE, LIST, DICT, and TUPLE1 to TUPLE3.
            b't' => {
                let items = self.above_mark()?;
                self.push(Node::Tuple(items));
            }
            b'l' => {
                let items = self.above_mark()?;
                self.push(Node::List(items));
            }
            b'd' => {
                let items = self.above_mark()?;
                let dict = self.pairs(&items, at)?;
                self.push(Node::Dict(dict));
            }
            0x85..=0x87 => {
                let mut items = Vec::new();
                for _ in 0x85..=code {
                    items.push(self.pop()?);
                }
                items.reverse();
                self.push(Node::Tuple(items));
            }
            // APPEND, APPENDS, SETITEM, SETITEMS.
            b'a' => {
                let item = self.pop()?;
                self.append(&[item], at)?;
            }
            b'e' => {
                let items = self.above_mark()?;
                self.append(&items, at)?;
            }
            b's' => {
                let value = self.pop()?;
                let key = self.pop()?;
                self.set_items(&[key, value], at)?;
            }
            b'u' => {
                let items = self.above_mark()?;
                self.set_items(&items, at)?;
            }
            // BINPUT, LONG_BINPUT, MEMOIZE, BINGET, LONG_BINGET.
            b'q' | b'r' | 0x94 | b'h' | b'j' => self.memo(code, at)?,
            // GLOBAL, STACK_GLOBAL.
            b'c' => {
                let (module, name) = (self.bytes.line()?, self.bytes.line()?);
                self.push(Node::Known(Name::find(module, name)?));
            }
            0x93 => self.global(at)?,
            // BINPERSID, REDUCE, NEWOBJ, BUILD.
            b'Q' => {
                let id = self.pop()?;
                let block = tensors::block(&self.tree, id).map_err(|p| damaged(at, p))?;
                self.push(block);
            }
            b'R' | 0x81 => self.call(at)?,
            b'b' => self.build(at)?,
            _ => return Err(PickleFault::Instruction { code, at }),
        }
        Ok(())
    }

    pub(super) fn push(&mut self, node: Node) {
        let id = self.tree.add(node);
        self.stack.push(id);
    }

    /// Counts a value that a call made.
    pub(super) fn weigh(&mut self, made: Node) -> Result<Node, PickleFault> {
        self.made = self.made.saturating_add(made.weight());
        if self.made > MOST_MADE { Err(PickleFault::Large) } else { Ok(made) }
    }

    pub(super) fn top(&self) -> Result<Id, PickleFault> {
        let floor = self.marks.last().copied().unwrap_or(0);
        match self.stack.last() {
            Some(id) if self.stack.len() > floor => Ok(*id),
            _ => Err(damaged(self.bytes.at(), "it takes a value where there is none")),
        }
    }

    pub(super) fn pop(&mut self) -> Result<Id, PickleFault> {
        let top = self.top()?;
        self.stack.pop();
        Ok(top)
    }

    /// Everything above the last mark.
    fn above_mark(&mut self) -> Result<Vec<Id>, PickleFault> {
        let mark = self.marks.pop();
        let mark = mark.ok_or_else(|| damaged(self.bytes.at(), "it looks for a mark in vain"))?;
        Ok(self.stack.split_off(mark))
    }

    fn protocol(&mut self, at: usize) -> Result<(), PickleFault> {
        match self.bytes.byte()? {
            2..=5 => Ok(()),
            other => Err(damaged(at, format!("its protocol is {other}, not 2 to 5"))),
        }
    }

    /// The length in front of a text or of bytes.
    fn length(&mut self, code: u8) -> Result<u64, PickleFault> {
        Ok(match code {
            b'U' | b'C' | 0x8c => self.bytes.byte()?.into(),
            b'T' | b'X' | b'B' => u32::from_le_bytes(self.bytes.array()?).into(),
            _ => u64::from_le_bytes(self.bytes.array()?),
        })
    }

    fn text(&mut self, code: u8) -> Result<(), PickleFault> {
        let length = self.length(code)?;
        let at = self.bytes.at();
        let bytes = self.bytes.take(length)?;
        // Python 2's text is bytes.
        let text = match code {
            b'U' | b'T' => bytes.iter().copied().map(char::from).collect(),
            _ => bytes::text(bytes, at)?.to_owned(),
        };
        self.push(Node::Text(text));
        Ok(())
    }

    fn long(&mut self) -> Result<(), PickleFault> {
        let length = self.bytes.byte()?;
        let bytes = self.bytes.take(length.into())?;
        let negative = bytes.last().is_some_and(|byte| *byte >= 0x80);
        if bytes.len() > 8 {
            self.push(Node::Wide(bytes.to_vec()));
        } else {
            let mut value = if negative { [0xff; 8] } else { [0; 8] };
            value[..bytes.len()].copy_from_slice(bytes);
            self.push(Node::Int(i64::from_le_bytes(value)));
        }
        Ok(())
    }

    fn memo(&mut self, code: u8, at: usize) -> Result<(), PickleFault> {
        let place = match code {
            b'q' | b'h' => self.bytes.byte()?.into(),
            0x94 => self.memo.len() as u32,
            _ => u32::from_le_bytes(self.bytes.array()?),
        };
        if matches!(code, b'h' | b'j') {
            let known = self.memo.get(&place).copied();
            self.stack.push(known.ok_or_else(|| damaged(at, "it recalls what it never kept"))?);
        } else {
            let top = self.top()?;
            self.memo.insert(place, top);
        }
        Ok(())
    }

    fn global(&mut self, at: usize) -> Result<(), PickleFault> {
        let (name, module) = (self.pop()?, self.pop()?);
        let (Some(module), Some(name)) = (self.tree.text(module), self.tree.text(name)) else {
            return Err(damaged(at, "it asks for something without a name"));
        };
        let known = Name::find(module, name)?;
        self.push(Node::Known(known));
        Ok(())
    }

    fn append(&mut self, items: &[Id], at: usize) -> Result<(), PickleFault> {
        let list = self.top()?;
        match self.tree.node_mut(list) {
            Node::List(list) => list.extend(items),
            other => return Err(damaged(at, format!("it appends to {}", other.word()))),
        }
        Ok(())
    }

    fn set_items(&mut self, items: &[Id], at: usize) -> Result<(), PickleFault> {
        let new = self.pairs(items, at)?;
        let dict = self.top()?;
        match self.tree.node_mut(dict) {
            Node::Dict(pairs) => pairs.extend(new),
            other => return Err(damaged(at, format!("it sets an item of {}", other.word()))),
        }
        Ok(())
    }

    #[allow(clippy::unused_self)]
    fn pairs(&self, items: &[Id], at: usize) -> Result<Vec<(Id, Id)>, PickleFault> {
        let (pairs, rest) = items.as_chunks::<2>();
        if !rest.is_empty() {
            return Err(damaged(at, "a key has no value"));
        }
        Ok(pairs.iter().map(|[key, value]| (*key, *value)).collect())
    }
}

pub(super) fn damaged(at: usize, problem: impl Into<String>) -> PickleFault {
    PickleFault::Damaged { at, problem: problem.into() }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn fault(bytes: &[u8]) -> String {
        load(bytes).unwrap_err().to_string()
    }

    fn root(bytes: &[u8]) -> Node {
        let loaded = load(bytes).unwrap();
        loaded.tree.node(loaded.root).clone()
    }

    #[test]
    fn numbers_text_and_containers_are_what_python_wrote() {
        // pickle.dumps(VALUE, 2) of each.
        assert_eq!(root(b"\x80\x02J\xff\xff\xff\xff."), Node::Int(-1));
        assert_eq!(root(b"\x80\x02\x8a\x05\x00\x00\x00\x00\x01."), Node::Int(1 << 32));
        assert_eq!(root(b"\x80\x02\x8a\x08\x00\x00\x00\x00\x00\x00\x00\x80."), Node::Int(i64::MIN));
        assert_eq!(root(b"\x80\x02G\x3f\xb9\x99\x99\x99\x99\x99\x9a."), Node::Float(0.1));
        let loaded =
            load(b"\x80\x02}q\x00(X\x01\x00\x00\x00aq\x01]q\x02(K\x01h\x02eX\x01\x00\x00\x00bNu.");
        let loaded = loaded.unwrap();
        let list = loaded.tree.get(loaded.root, "a").unwrap();
        // A list that contains itself.
        assert_eq!(loaded.tree.items(list).unwrap()[1], list);
        assert_eq!(*loaded.tree.node(loaded.tree.get(loaded.root, "b").unwrap()), Node::None);
        // Protocol 4: frame, short text, memoize.
        let newer = b"\x80\x04\x95\x08\x00\x00\x00\x00\x00\x00\x00\x8c\x02hi\x94\x85\x94.";
        assert!(matches!(root(newer), Node::Tuple(items) if items.len() == 1));
    }

    #[test]
    fn a_call_to_the_system_is_refused_by_name() {
        let evil = b"\x80\x02cos\nsystem\nq\x00X\x04\x00\x00\x00trueq\x01\x85q\x02Rq\x03.";
        assert!(fault(evil).starts_with("asks Python for `os.system`"), "{}", fault(evil));
        let newer = b"\x80\x04\x8c\x05posix\x8c\x06system\x93\x8c\x04true\x85R.";
        assert!(fault(newer).starts_with("asks Python for `posix.system`"));
        // INST and OBJ call too; they are not even known.
        assert!(fault(b"\x80\x02(ios\nsystem\n.").contains("instruction 0x69"));
        assert!(fault(b"\x80\x02(o.").contains("instruction 0x6f"));
    }

    #[test]
    fn lengths_are_held_against_the_bytes_that_are_there() {
        let long = b"\x80\x04\x8e\x00\x00\x00\x00\x00\x00\x00\x10abc.";
        assert_eq!(
            fault(long),
            "says at byte 11 that 1152921504606846976 bytes follow, but only 4 do"
        );
        assert!(fault(b"\x80\x02X\xff\xff\xff\xffabc.").contains("4294967295 bytes follow"));
    }

    #[test]
    fn damage_of_every_kind_is_a_sentence() {
        for (bytes, words) in [
            (&b"\x80\x02."[..], "takes a value where there is none"),
            (b"\x80\x02]e.", "looks for a mark"),
            (b"\x80\x02K\x01(a.", "takes a value where there is none"),
            (b"\x80\x02K\x01K\x02a.", "appends to a whole number"),
            (b"\x80\x02}(K\x01u.", "has no value"),
            (b"\x80\x02h\x05.", "never kept"),
            (b"\x80\x02K\x01)R.", "calls a whole number"),
            (b"\x80\x02]}b.", "gives a list a state"),
            (b"\x80\x09.", "protocol is 9"),
            (b"\x80\x02ctorch\nFloatStorage\n)R.", "calls a type"),
            (b"\x80\x02K\x01Q.", "not named as"),
            (b"\x80\x02c_codecs\nencode\nX\x01\x00\x00\x00aX\x03\x00\x00\x00zip\x86R.", "encodes"),
        ] {
            assert!(fault(bytes).contains(words), "{bytes:?}: {}", fault(bytes));
        }
        assert!(fault(b"\x80\x02K").contains("ends within its pickle"));
    }

    #[test]
    fn values_that_name_each_other_a_million_times_cost_no_more_than_their_bytes() {
        // A list of 500 lists of itself, one after the other: 500 ** 100 in Python's eyes.
        let mut bytes = b"\x80\x02]q\x00K\x01a".to_vec();
        for _ in 0..100 {
            bytes.extend(b"0](");
            bytes.extend(b"h\x00".repeat(500));
            bytes.extend(b"eq\x00");
        }
        bytes.push(b'.');
        let loaded = load(&bytes).unwrap();
        assert!(loaded.tree.count() < 200);
        // Deep nesting is a long list of values here.
        let mut deep = b"\x80\x02]".to_vec();
        deep.extend(vec![0x85; 1 << 20]);
        deep.push(b'.');
        assert_eq!(load(&deep).unwrap().tree.count(), (1 << 20) + 1);
        // And more values than any set needs are refused.
        let mut many = b"\x80\x02(".to_vec();
        many.extend(vec![b'N'; MOST_VALUES + 1]);
        many.extend(b"t.");
        assert_eq!(load(&many).unwrap_err(), PickleFault::Large);
    }

    /// A text of half a megabyte, made into something else again and again by calls of a few bytes.
    #[test]
    fn calls_that_multiply_what_is_there_end() {
        let long = |kind: &[u8]| {
            let mut bytes = b"\x80\x02".to_vec();
            bytes.extend(kind);
            bytes.extend((1_u32 << 19).to_le_bytes());
            bytes.resize(bytes.len() + (1 << 19), b'a');
            bytes.extend(b"q\x000");
            bytes
        };
        let repeat = |mut bytes: Vec<u8>, call: &[u8]| {
            (0..10_000).for_each(|_| bytes.extend(call));
            bytes.push(b'.');
            load(&bytes).unwrap_err()
        };
        // encode(text, 'latin1')
        let mut encode = long(b"X");
        encode.extend(b"c_codecs\nencode\nq\x010h\x00X\x06\x00\x00\x00latin1\x86q\x020");
        assert_eq!(repeat(encode, b"h\x01h\x02R0"), PickleFault::Large);
        // An array filled with the same bytes.
        let mut array = long(b"B");
        array.extend(b"cnumpy\ndtype\nX\x02\x00\x00\x00u1\x85Rq\x010");
        array.extend(b"(K\x01J\x00\x00\x08\x00\x85h\x01\x89h\x00tq\x020");
        array.extend(b"cnumpy.core.multiarray\n_reconstruct\nq\x030");
        assert_eq!(repeat(array, b"h\x03)Rh\x02b0"), PickleFault::Large);
        // An ordered dict of the same hundred thousand pairs.
        let mut pairs = b"\x80\x02NN\x86q\x000(".to_vec();
        pairs.extend(b"h\x00".repeat(100_000));
        pairs.extend(b"l\x85q\x010ccollections\nOrderedDict\nq\x020");
        assert_eq!(repeat(pairs, b"h\x02h\x01R0"), PickleFault::Large);
    }

    proptest! {
        #[test]
        fn no_bytes_make_it_panic(
            bytes in prop::collection::vec(
                prop_oneof![
                    any::<u8>(),
                    prop::sample::select(&b"(.0]})Nq\x00h\x00K\x01Rbtaseu2Q\x85\x86\x88\x93\x94"[..]),
                ],
                0..200,
            )
        ) {
            let mut all = b"\x80\x02ccollections\nOrderedDict\nq\x00cnumpy\ndtype\nq\x01".to_vec();
            all.extend(bytes);
            if let Ok(loaded) = load(&all) {
                prop_assert!(loaded.used <= all.len());
            }
        }
    }
}
