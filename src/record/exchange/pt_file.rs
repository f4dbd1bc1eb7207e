//! A file of `torch.save`: a pickle and the blocks of bytes that its tensors are views of.
//!
//! Since PyTorch 1.6 that is a zip archive `NAME/data.pkl`, `NAME/data/0`, …. Before, it was five things in a
//! row: a magic number, a protocol number and the writer's word sizes, each pickled, then the pickle itself,
//! then the pickled names of the blocks, and the blocks in that order, each with its number of elements in
//! front. Still older files are tar archives; they are refused with a sentence.

use std::{
    collections::HashMap,
    fs::File,
    io::{Read, Seek, SeekFrom},
    path::Path,
    rc::Rc,
};

use super::{
    archive::{self, Archive},
    budget::Budget,
    element,
    error::Fault,
    pickle::{self, ArrayRef, Block, Bytes, Id, Node, Tree, write::Plain},
};
use crate::record::tensor_file::{Array, Values};

/// The number that a file of PyTorch before 1.6 begins with, little-endian.
const LEGACY_MAGIC: [u8; 10] = [0x6c, 0xfc, 0x9c, 0x46, 0xf9, 0x20, 0x6a, 0xa8, 0x50, 0x19];
/// The multiple of bytes at which `torch.save` lets a block begin.
const ALIGNMENT: u16 = 64;

/// An opened file.
#[derive(Debug)]
pub struct PtFile {
    /// The values in it.
    pub tree: Tree,
    /// The value that was saved.
    pub root: Id,
    blocks: Blocks,
    /// The block that was read last: sets are often views of one.
    last: Option<(String, Rc<Vec<u8>>)>,
}

#[derive(Debug)]
enum Blocks {
    Zip { archive: Archive, folder: String },
    Legacy { file: File, places: HashMap<String, (u64, u64)>, budget: Budget },
}

/// Whether the file begins as one of PyTorch before 1.6 does: with a pickle of the magic number.
pub fn begins_legacy(start: &[u8]) -> bool {
    start.len() > 4
        && start[0] == 0x80
        && start[2..4] == [0x8a, LEGACY_MAGIC.len() as u8]
        && start[4..].starts_with(&LEGACY_MAGIC)
}

impl PtFile {
    /// Opens a zip archive that has a `data.pkl`.
    ///
    /// # Errors
    /// If it is damaged, or its pickle asks for more than tensors and plain values.
    pub fn open_zip(mut archive: Archive) -> Result<Self, Fault> {
        let names = archive.names();
        let mut pickles = names.iter().filter_map(|name| name.strip_suffix("/data.pkl"));
        let (Some(folder), None) = (pickles.next(), pickles.next()) else {
            return Err("holds no `data.pkl`, or several of them".into());
        };
        let folder = folder.to_owned();
        let order = format!("{folder}/byteorder");
        if names.contains(&order) && archive.read(&order)? != b"little" {
            return Err("was saved on a big-endian machine, which is not read".into());
        }
        let bytes = archive.read(&format!("{folder}/data.pkl"))?;
        let loaded = pickle::load(&bytes)?;
        let blocks = Blocks::Zip { archive, folder };
        Ok(Self { tree: loaded.tree, root: loaded.root, blocks, last: None })
    }

    /// Opens a file of PyTorch before 1.6.
    ///
    /// # Errors
    /// As [`PtFile::open_zip`].
    pub fn open_legacy(path: &Path) -> Result<Self, Fault> {
        let mut file = File::open(path)?;
        let length = file.metadata()?.len();
        let mut start = Vec::new();
        file.by_ref().take(2 * pickle::MOST_BYTES as u64).read_to_end(&mut start)?;
        let mut used = 0;
        let mut next = || {
            let loaded = pickle::load(&start[used..])?;
            used += loaded.used;
            Ok::<_, Fault>(loaded)
        };
        let magic = next()?;
        if *magic.tree.node(magic.root) != Node::Wide(LEGACY_MAGIC.to_vec()) {
            return Err("does not begin with PyTorch's magic number".into());
        }
        let protocol = next()?;
        if protocol.tree.int(protocol.root) != Some(1001) {
            return Err("is of an unknown version of PyTorch's old format".into());
        }
        let machine = next()?;
        let little = machine.tree.get(machine.root, "little_endian");
        if !little.is_some_and(|little| *machine.tree.node(little) == Node::Bool(true)) {
            return Err("was not saved on a little-endian machine".into());
        }
        let loaded = next()?;
        let keys = next()?;
        let places = places(&mut file, length, used as u64, &keys, &loaded.tree)?;
        let blocks = Blocks::Legacy { file, places, budget: Budget::of_file(length) };
        Ok(Self { tree: loaded.tree, root: loaded.root, blocks, last: None })
    }

    /// What may still be made of this file's bytes.
    fn budget(&mut self) -> &mut Budget {
        match &mut self.blocks {
            Blocks::Zip { archive, .. } => archive.budget(),
            Blocks::Legacy { budget, .. } => budget,
        }
    }

    /// The tensor or array there, with `name` for messages.
    ///
    /// # Errors
    /// If there is none, its bytes are missing or damaged, or it is too large.
    pub fn array(&mut self, id: Id, name: &str) -> Result<Array, Fault> {
        let Some(array) = self.tree.array(id).cloned() else {
            let word = self.tree.node(id).word();
            return Err(format!("`{name}` is {word}, not a tensor").into());
        };
        let ArrayRef { bytes, element, big_endian, layout } = array;
        let of = |problem: String| Fault::Content(format!("`{name}` {problem}"));
        let bytes = match bytes {
            Bytes::Inline(bytes) => Rc::new(bytes),
            Bytes::Outside(block) => self.block(&block)?,
        };
        let count = layout.count(bytes.len() / element.bytes()).map_err(of)?;
        self.budget().spend(8 * count as u64)?;
        let values = element::decode(&bytes, element, big_endian, &layout).map_err(of)?;
        Ok(Array { name: name.to_owned(), shape: layout.shape, values })
    }

    fn block(&mut self, block: &Block) -> Result<Rc<Vec<u8>>, Fault> {
        if let Some((key, bytes)) = &self.last
            && *key == block.key
        {
            return Ok(Rc::clone(bytes));
        }
        let bytes = match &mut self.blocks {
            Blocks::Zip { archive, folder } => {
                archive.read(&format!("{folder}/data/{}", block.key))?
            }
            Blocks::Legacy { file, places, budget } => {
                let (at, length) = places
                    .get(&block.key)
                    .ok_or_else(|| format!("lacks the storage {}", block.key))?;
                budget.spend(*length)?;
                file.seek(SeekFrom::Start(*at))?;
                let mut bytes = Vec::new();
                file.take(*length).read_to_end(&mut bytes)?;
                bytes
            }
        };
        let bytes = Rc::new(bytes);
        self.last = Some((block.key.clone(), Rc::clone(&bytes)));
        Ok(bytes)
    }
}

/// Where the blocks of an old file lie, and how many bytes they have.
fn places(
    file: &mut File,
    length: u64,
    begin: u64,
    keys: &pickle::Loaded,
    tree: &Tree,
) -> Result<HashMap<String, (u64, u64)>, Fault> {
    let widths = tree.blocks();
    let mut at = begin;
    let mut places = HashMap::new();
    for key in keys.tree.items(keys.root).ok_or("does not list its storages")? {
        let key = keys.tree.text(*key).ok_or("has a storage without a name")?;
        let width = widths.get(key).ok_or_else(|| format!("has an unused storage {key:.20}"))?;
        file.seek(SeekFrom::Start(at))?;
        let mut count = [0; 8];
        file.read_exact(&mut count).map_err(|_| "ends within its storages; get it again")?;
        let bytes = u64::from_le_bytes(count).checked_mul(*width);
        let end = bytes.and_then(|bytes| (at + 8).checked_add(bytes));
        let (Some(bytes), Some(end)) = (bytes, end.filter(|end| *end <= length)) else {
            return Err("ends within its storages; get it again".into());
        };
        places.insert(key.to_owned(), (at + 8, bytes));
        at = end;
    }
    if at != length {
        return Err("goes on after its last storage".into());
    }
    Ok(places)
}

/// A file as `torch.save` writes it, which `torch.load` reads with its default, restricted loader.
///
/// # Errors
/// If it is too large for the format.
pub fn pack(value: &Plain) -> Result<Vec<u8>, Fault> {
    let pickled = pickle::write::pickle(value);
    let member = |name: &str, bytes: Vec<u8>| (format!("archive/{name}"), bytes);
    let mut members =
        vec![member("data.pkl", pickled.pickle), member("byteorder", b"little".to_vec())];
    let blocks = pickled.blocks.into_iter().enumerate();
    members.extend(blocks.map(|(key, bytes)| member(&format!("data/{key}"), bytes)));
    members.push(member("version", b"3\n".to_vec()));
    archive::pack(&members, ALIGNMENT)
}

/// A tensor to be packed.
pub fn tensor(shape: &[usize], values: Values) -> Plain {
    Plain::Tensor { shape: shape.to_vec(), values }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_packed_comes_back() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("x.pt");
        let value = Plain::Dict(vec![
            ("number".to_owned(), Plain::Float(0.1)),
            (
                "list".to_owned(),
                Plain::List(vec![
                    tensor(&[2, 1], Values::F32(vec![1.5, -0.0])),
                    tensor(&[3], Values::I64(vec![i64::MIN, 0, 7])),
                    tensor(&[], Values::F32(vec![2.5])),
                ]),
            ),
            ("text".to_owned(), Plain::Text("ö".to_owned())),
        ]);
        std::fs::write(&path, pack(&value).unwrap()).unwrap();
        let mut file = PtFile::open_zip(Archive::open(&path).unwrap()).unwrap();
        let get = |key| file.tree.get(file.root, key).unwrap();
        assert_eq!(file.tree.number(get("number")), Some(0.1));
        assert_eq!(file.tree.text(get("text")), Some("ö"));
        let list = file.tree.items(get("list")).unwrap().to_vec();
        let arrays: Vec<_> = list.iter().map(|id| file.array(*id, "x").unwrap()).collect();
        assert_eq!(arrays[0].shape, [2, 1]);
        assert_eq!(arrays[0].values, Values::F32(vec![1.5, -0.0]));
        assert_eq!(arrays[1].values, Values::I64(vec![i64::MIN, 0, 7]));
        assert_eq!((arrays[2].shape.len(), &arrays[2].values), (0, &Values::F32(vec![2.5])));
        let error = file.array(file.root, "root").unwrap_err().to_string();
        assert_eq!(error, "`root` is a dict, not a tensor");
    }
}
