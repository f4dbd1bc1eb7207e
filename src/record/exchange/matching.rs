//! The result file of DC, DSA and DM (reference section 1.10), DM's class-incremental files (6.3), and
//! `DataDAM`'s, which look alike: there `data` is one pair.
//!
//! `res_{method}_{data set}_{network}_{ipc}ipc.pt` is a dict: `data`, a list with one pair of images and
//! labels per experiment, and `accs_all_exps`, the accuracies by network. A class-incremental file has one
//! pair per step instead, each of its own classes; together they are one set. Ours has one more entry,
//! `stillroom`, with what is known about the set as JSON; other readers do not look at it.

use std::{collections::BTreeMap, collections::HashSet, path::Path};

use super::{
    Options,
    assemble::{Assembled, Parts, assemble, decide},
    constants::Known,
    error::Fault,
    guess::{self, Maker},
    pickle::{Id, write::Plain},
    pt_file::{PtFile, tensor},
};
use crate::record::{
    Labels, PixelSpace, SyntheticSet,
    event::Subject,
    set_header::{Header, StoredLabels},
    tensor_file::{Array, Values},
};

/// The entry with what this program knows about a set.
const HEADER: &str = "stillroom";
/// The most accuracies that are read.
const MOST_ACCURACIES: usize = 1 << 20;

/// Whether the file's value is a dict with `data`.
pub fn is_one(file: &PtFile) -> bool {
    file.tree.get(file.root, "data").is_some()
}

/// Reads the set.
///
/// # Errors
/// If the file is not as the reference writes it, or its parts do not fit together.
pub fn read(file: &mut PtFile, path: &Path, options: &Options) -> Result<Assembled, Fault> {
    let data = file.tree.get(file.root, "data").ok_or("has no `data`")?;
    let entries = file.tree.items(data).ok_or("has a `data` that is no list")?.to_vec();
    let known = Known::in_path(path);
    let rank = |id: &Id| file.tree.array(*id).map(|array| array.layout.shape.len());
    let alone = matches!(entries.iter().map(rank).collect::<Vec<_>>()[..], [Some(4), Some(1 | 2)]);
    let pairs = if alone { vec![[entries[0], entries[1]]] } else { pairs(file, &entries)? };
    let (images, labels, what) = choose(file, &pairs, options)?;
    if let Some(header) = file.tree.get(file.root, HEADER).and_then(|id| file.tree.text(id)) {
        return own(header, images, labels, options);
    }
    let channels = images.shape.get(1).copied().unwrap_or(0);
    let space = if alone {
        let reason = "`data` is one pair as DataDAM has it, which trains whitened or normalised and does not say";
        (PixelSpace::Unknown, reason.to_owned())
    } else {
        guess::of(Maker::Matching, known, channels)
    };
    let accuracies = accuracies(file)?;
    let parts = Parts {
        images,
        labels,
        steps: None,
        space,
        meaning: None,
        known,
        origin: format!("{}{what}", file_name(path)),
    };
    let mut found = assemble(parts, options)?;
    found.set.about.accuracies = accuracies;
    Ok(found)
}

/// The name of a file, for people.
pub fn file_name(path: &Path) -> String {
    path.file_name().unwrap_or_default().to_string_lossy().into_owned()
}

fn pairs(file: &PtFile, entries: &[Id]) -> Result<Vec<[Id; 2]>, Fault> {
    let pair = |(at, id): (usize, &Id)| {
        let pair = file.tree.items(*id).and_then(|pair| pair.try_into().ok());
        pair.ok_or_else(|| {
            Fault::Content(format!("has no pair of images and labels in `data[{at}]`"))
        })
    };
    let pairs = entries.iter().enumerate().map(pair).collect::<Result<Vec<_>, _>>()?;
    if pairs.is_empty() { Err("holds no set: `data` is empty".into()) } else { Ok(pairs) }
}

/// The images and labels to take, and words on which they are.
fn choose(
    file: &mut PtFile,
    pairs: &[[Id; 2]],
    options: &Options,
) -> Result<(Array, Array, String), Fault> {
    let count = pairs.len();
    let mut labels = Vec::new();
    for (at, pair) in pairs.iter().enumerate() {
        labels.push(file.array(pair[1], &format!("data[{at}][1]"))?);
    }
    if options.experiment.is_none() && count > 1 && disjoint(&labels) {
        let mut all = Vec::new();
        for (at, pair) in pairs.iter().enumerate() {
            let images = file.array(pair[0], &format!("data[{at}][0]"))?;
            if images.shape.first() != labels[at].shape.first() {
                let (images, labels) = (images.name, &labels[at].name);
                return Err(format!("`{images}` and `{labels}` differ in length").into());
            }
            all.push(images);
        }
        let what = format!(", {count} class-incremental steps");
        return Ok((join(all)?, join(labels)?, what));
    }
    let wanted = options.experiment.unwrap_or(count);
    if wanted == 0 || wanted > count {
        return Err(format!("holds {count} experiments, not an experiment {wanted}").into());
    }
    let at = wanted - 1;
    let images = file.array(pairs[at][0], &format!("data[{at}][0]"))?;
    Ok((images, labels.swap_remove(at), format!(", experiment {wanted} of {count}")))
}

/// Whether no class occurs in two of them.
fn disjoint(labels: &[Array]) -> bool {
    let mut seen = HashSet::new();
    labels.iter().all(|array| match &array.values {
        Values::I64(values) => {
            let own: HashSet<i64> = values.iter().copied().collect();
            own.into_iter().all(|label| seen.insert(label))
        }
        Values::F32(_) => false,
    })
}

/// Arrays one after the other.
fn join(arrays: Vec<Array>) -> Result<Array, Fault> {
    let mut arrays = arrays.into_iter();
    let mut joined = arrays.next().ok_or("holds no array")?;
    for array in arrays {
        let (name, shape) = (&array.name, &array.shape);
        if shape.is_empty() || joined.shape.is_empty() || shape[1..] != joined.shape[1..] {
            return Err(format!("`{name}` is of shape {shape:?} beside {:?}", joined.shape).into());
        }
        joined.shape[0] += shape[0];
        match (&mut joined.values, array.values) {
            (Values::F32(all), Values::F32(more)) => all.extend(more),
            (Values::I64(all), Values::I64(more)) => all.extend(more),
            _ => return Err(format!("`{name}` is of another type than the array before it").into()),
        }
    }
    Ok(joined)
}

/// `accs_all_exps`: what is there of it that is finite.
fn accuracies(file: &PtFile) -> Result<BTreeMap<String, Vec<f64>>, Fault> {
    let tree = &file.tree;
    let reported = tree.get(file.root, "accs_all_exps").map(|dict| tree.pairs(dict));
    let mut accuracies = BTreeMap::new();
    let mut left = MOST_ACCURACIES;
    for (name, list) in reported.unwrap_or_default() {
        let (Some(name), Some(list)) = (tree.text(*name), tree.items(*list)) else { continue };
        left = left.checked_sub(list.len()).ok_or("reports too many accuracies")?;
        let numbers = list.iter().filter_map(|id| tree.number(*id));
        let numbers: Vec<f64> = numbers.filter(|value| value.is_finite()).collect();
        if !numbers.is_empty() {
            accuracies.insert(name.to_owned(), numbers);
        }
    }
    Ok(accuracies)
}

/// A set that this program wrote, as it was.
fn own(header: &str, images: Array, labels: Array, options: &Options) -> Result<Assembled, Fault> {
    let header = serde_json::from_str(header).map_err(|error| format!("`{HEADER}`: {error}"))?;
    stated(Header::parse(header)?, images, labels, options)
}

/// A set whose header is known.
///
/// # Errors
/// If images and labels do not fit it.
pub fn stated(
    header: Header,
    images: Array,
    labels: Array,
    options: &Options,
) -> Result<Assembled, Fault> {
    let labels = match labels {
        Array { values: Values::I64(labels), shape, .. } if shape.len() == 1 => {
            StoredLabels::Whole(labels)
        }
        Array { values: Values::F32(values), shape, .. } if shape.len() == 2 => {
            StoredLabels::Rows { values, columns: shape[1] }
        }
        Array { name, shape, .. } => {
            return Err(
                format!("`{name}` is of shape {shape:?}, which is no shape of labels").into()
            );
        }
    };
    let Values::F32(pixels) = images.values else {
        return Err(format!("`{}` does not hold floats", images.name).into());
    };
    let mut set = header.join(pixels, &images.shape, labels)?;
    let guess = (set.about.space.clone(), "the file says so".to_owned());
    let known = set.about.known();
    let (space, reason) = decide(guess, known, options)?;
    space.check(set.shape[1])?;
    set.about.space = space;
    Ok(Assembled { set, reason })
}

/// The value that such a file holds.
///
/// # Errors
/// If what is known about the set is no JSON.
pub fn value(set: &SyntheticSet) -> Result<Plain, Fault> {
    let images = tensor(&set.shape, Values::F32(set.images.clone()));
    let accuracies = reported(set)
        .into_iter()
        .map(|(name, values)| (name, Plain::List(values.into_iter().map(Plain::Float).collect())));
    let header = serde_json::to_string(&Header::of(set)).map_err(|error| error.to_string())?;
    Ok(Plain::Dict(vec![
        ("data".to_owned(), Plain::List(vec![Plain::List(vec![images, labels(&set.labels)])])),
        ("accs_all_exps".to_owned(), Plain::Dict(accuracies.collect())),
        (HEADER.to_owned(), Plain::Text(header)),
    ]))
}

/// Labels as a tensor.
pub fn labels(labels: &Labels) -> Plain {
    match labels {
        Labels::Hard(values) => tensor(&[values.len()], Values::I64(values.clone())),
        Labels::Soft { values, classes, .. } => {
            tensor(&[labels.len(), *classes], Values::F32(values.clone()))
        }
    }
}

/// Accuracies by network: those that came with the set, and those of its own last evaluation on each.
pub fn reported(set: &SyntheticSet) -> BTreeMap<String, Vec<f64>> {
    let mut reported = set.about.accuracies.clone();
    let scored = set.about.evaluations.iter();
    let mut scored: Vec<_> =
        scored.filter(|evaluation| evaluation.subject == Subject::Synthetic).collect();
    scored.sort_by_key(|evaluation| evaluation.iteration);
    for evaluation in scored {
        let name = match evaluation.network.as_str() {
            "" => set.about.network_name(),
            other => other.to_owned(),
        };
        reported.insert(name, evaluation.accuracies.clone());
    }
    reported
}

/// The name that the reference gives such a file.
pub fn name(set: &SyntheticSet) -> String {
    let (method, data_set) = (set.about.method(), set.about.data_set());
    let ipc = set.shape[0] / set.about.classes.len().max(1);
    format!("res_{method}_{data_set}_{}_{ipc}ipc.pt", set.about.network_name())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::exchange::{archive::Archive, pt_file};

    fn images(count: usize) -> Plain {
        tensor(&[count, 1, 1, 2], Values::F32(vec![0.5; 2 * count]))
    }

    fn classes(labels: &[i64]) -> Plain {
        tensor(&[labels.len()], Values::I64(labels.to_vec()))
    }

    fn read_data(data: Vec<Plain>) -> Result<Assembled, Fault> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("res_DM_MNIST_ConvNet_1ipc.pt");
        let value = Plain::Dict(vec![("data".to_owned(), Plain::List(data))]);
        std::fs::write(&path, pt_file::pack(&value).unwrap()).unwrap();
        let mut file = PtFile::open_zip(Archive::open(&path).unwrap()).unwrap();
        read(&mut file, &path, &Options::default())
    }

    fn pair(images: Plain, labels: Plain) -> Plain {
        Plain::List(vec![images, labels])
    }

    #[test]
    fn one_pair_alone_is_of_unknown_space() {
        let found = read_data(vec![images(2), classes(&[1, 0])]).unwrap();
        assert_eq!(found.set.shape, [2, 1, 1, 2]);
        assert_eq!(found.set.about.space, PixelSpace::Unknown);
    }

    #[test]
    fn steps_must_each_have_as_many_labels_as_images() {
        let steps =
            |first: &[i64]| vec![pair(images(2), classes(first)), pair(images(1), classes(&[7]))];
        assert_eq!(read_data(steps(&[3, 4])).unwrap().set.labels, Labels::Hard(vec![3, 4, 7]));
        // Three images and three labels in all, but not step by step.
        let crossed = vec![pair(images(2), classes(&[3])), pair(images(1), classes(&[7, 8]))];
        let error = read_data(crossed).unwrap_err().to_string();
        assert_eq!(error, "`data[0][0]` and `data[0][1]` differ in length");
    }

    #[test]
    fn what_is_no_list_of_pairs_is_named() {
        let error = |data| read_data(data).unwrap_err().to_string();
        assert_eq!(error(vec![]), "holds no set: `data` is empty");
        let odd = vec![pair(images(1), classes(&[0])), Plain::List(vec![images(1)])];
        assert_eq!(error(odd), "has no pair of images and labels in `data[1]`");
        let text = vec![pair(Plain::Text("x".to_owned()), classes(&[0]))];
        assert_eq!(error(text), "`data[0][0]` is text, not a tensor");
    }
}
