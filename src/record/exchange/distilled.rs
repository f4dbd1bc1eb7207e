//! Dataset distillation's `results.pth` (reference section 5.6): one (images, labels, rate) per inner step.
//!
//! The same images come back in every distillation epoch. They are stored once here, as one group, and the
//! steps name the groups.

use std::{collections::HashMap, path::Path};

use super::{
    Options,
    assemble::{Assembled, Parts, assemble},
    constants::Known,
    error::Fault,
    guess::{self, Maker},
    matching::file_name,
    pickle::Id,
    pt_file::PtFile,
};
use crate::record::{
    steps::{Step, Steps},
    tensor_file::{Array, Values},
};

/// The most steps that a file may have.
const MOST_STEPS: usize = 100_000;

/// Whether the file's value is a list of (images, labels, rate).
pub fn is_one(file: &PtFile) -> bool {
    let items = file.tree.items(file.root).unwrap_or_default();
    let triple = |id: &Id| {
        matches!(file.tree.items(*id), Some([images, ..])
            if file.tree.items(*id).is_some_and(|parts| parts.len() == 3)
                && file.tree.array(*images).is_some_and(|array| array.layout.shape.len() == 4))
    };
    !items.is_empty() && items.iter().all(triple)
}

/// Reads the set.
///
/// # Errors
/// If a step is not as dataset distillation writes it, or its parts do not fit together.
pub fn read(file: &mut PtFile, path: &Path, options: &Options) -> Result<Assembled, Fault> {
    let items = file.tree.items(file.root).unwrap_or_default().to_vec();
    if items.len() > MOST_STEPS {
        return Err(
            format!("has {} steps; {MOST_STEPS} are the most that are read", items.len()).into()
        );
    }
    let mut gathered = Gathered::default();
    for (at, id) in items.iter().enumerate() {
        let parts = file.tree.items(*id).unwrap_or_default().to_vec();
        let group = gathered.group(file, at, parts[0], parts[1])?;
        let rate = rate(file, parts[2], at)?;
        gathered.steps.steps.push(Step { group, rate });
    }
    let known = Known::in_path(path);
    let channels = gathered.shape[1];
    let (images, labels, steps) = gathered.done();
    let parts = Parts {
        images,
        labels,
        steps: Some(steps),
        space: guess::of(Maker::Distillation, known, channels),
        meaning: None,
        known,
        origin: file_name(path),
    };
    assemble(parts, options)
}

/// The learned rate of a step: a number, or a tensor of one.
fn rate(file: &mut PtFile, id: Id, at: usize) -> Result<f32, Fault> {
    if let Some(rate) = file.tree.number(id) {
        return Ok(rate as f32);
    }
    match file.array(id, &format!("[{at}][2]"))? {
        Array { values: Values::F32(values), .. } if values.len() == 1 => Ok(values[0]),
        Array { name, .. } => Err(format!("`{name}` is not one rate").into()),
    }
}

/// Groups of images as they are met.
#[derive(Debug)]
struct Gathered {
    /// Of all images together.
    shape: Vec<usize>,
    pixels: Vec<f32>,
    labels: Option<Array>,
    steps: Steps,
    /// Groups by the place of their tensors in the file, and by their content.
    by_place: HashMap<(Id, Id), usize>,
    by_content: HashMap<Vec<u32>, usize>,
}

impl Default for Gathered {
    fn default() -> Self {
        Self {
            shape: vec![0; 4],
            pixels: Vec::new(),
            labels: None,
            steps: Steps { groups: Vec::new(), steps: Vec::new() },
            by_place: HashMap::new(),
            by_content: HashMap::new(),
        }
    }
}

impl Gathered {
    /// The group of these images and labels, which is new or known.
    fn group(
        &mut self,
        file: &mut PtFile,
        at: usize,
        images: Id,
        labels: Id,
    ) -> Result<usize, Fault> {
        if let Some(group) = self.by_place.get(&(images, labels)) {
            return Ok(*group);
        }
        let place = (images, labels);
        let images = file.array(images, &format!("[{at}][0]"))?;
        let labels = file.array(labels, &format!("[{at}][1]"))?;
        let (Values::F32(pixels), true) = (&images.values, images.shape.len() == 4) else {
            return Err(format!("`{}` does not hold images as floats", images.name).into());
        };
        if labels.shape.first() != images.shape.first() {
            return Err(format!("`{}` and `{}` differ in length", labels.name, images.name).into());
        }
        let mut content: Vec<u32> = images.shape.iter().map(|side| *side as u32).collect();
        content.extend(pixels.iter().map(|value| value.to_bits()));
        match &labels.values {
            Values::F32(values) => content.extend(values.iter().map(|value| value.to_bits())),
            Values::I64(values) => {
                content.extend(values.iter().flat_map(|v| [*v as u32, (*v >> 32) as u32]));
            }
        }
        let new = self.steps.groups.len();
        let group = *self.by_content.entry(content).or_insert(new);
        if group == new {
            self.add(images, labels)?;
        }
        self.by_place.insert(place, group);
        Ok(group)
    }

    fn add(&mut self, images: Array, labels: Array) -> Result<(), Fault> {
        let count = images.shape[0];
        if !self.steps.groups.is_empty() && images.shape[1..] != self.shape[1..] {
            let (name, shape) = (images.name, images.shape);
            return Err(format!("`{name}` is of shape {shape:?} beside {:?}", self.shape).into());
        }
        self.shape[1..].copy_from_slice(&images.shape[1..]);
        self.shape[0] += count;
        if let Values::F32(pixels) = images.values {
            self.pixels.extend(pixels);
        }
        match &mut self.labels {
            None => self.labels = Some(Array { name: "labels".to_owned(), ..labels }),
            Some(all) => {
                let fits = labels.shape[1..] == all.shape[1..];
                match (&mut all.values, labels.values) {
                    (Values::F32(all), Values::F32(more)) if fits => all.extend(more),
                    (Values::I64(all), Values::I64(more)) if fits => all.extend(more),
                    _ => {
                        return Err(
                            format!("`{}` is unlike the labels before it", labels.name).into()
                        );
                    }
                }
                all.shape[0] += count;
            }
        }
        self.steps.groups.push(count);
        Ok(())
    }

    fn done(self) -> (Array, Array, Steps) {
        let images = Array::f32("images", &self.shape, self.pixels);
        let labels = self.labels.unwrap_or_else(|| Array::i64("labels", Vec::new()));
        (images, labels, self.steps)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::exchange::{archive::Archive, pickle::write::Plain, pt_file};

    fn step(pixel: f32, label: i64, rate: f64) -> Plain {
        let images = pt_file::tensor(&[1, 1, 1, 2], Values::F32(vec![pixel, 0.5]));
        let labels = pt_file::tensor(&[1], Values::I64(vec![label]));
        Plain::List(vec![images, labels, Plain::Float(rate)])
    }

    fn read_steps(steps: Vec<Plain>) -> Result<Assembled, Fault> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("results.pth");
        std::fs::write(&path, pt_file::pack(&Plain::List(steps)).unwrap()).unwrap();
        let mut file = PtFile::open_zip(Archive::open(&path).unwrap()).unwrap();
        assert!(is_one(&file));
        read(&mut file, &path, &Options::default())
    }

    #[test]
    fn images_that_come_back_are_one_group() {
        let steps =
            vec![step(0.1, 3, 0.5), step(0.2, 4, 0.25), step(0.1, 3, 0.125), step(0.1, 4, 1.0)];
        let set = read_steps(steps).unwrap().set;
        assert_eq!(set.shape, [3, 1, 1, 2]);
        assert_eq!(set.images, [0.1, 0.5, 0.2, 0.5, 0.1, 0.5]);
        let steps = set.steps.unwrap();
        assert_eq!(steps.groups, [1, 1, 1]);
        let found: Vec<_> = steps.steps.iter().map(|step| (step.group, step.rate)).collect();
        assert_eq!(found, [(0, 0.5), (1, 0.25), (0, 0.125), (2, 1.0)]);
    }

    #[test]
    fn a_rate_that_is_none_is_refused() {
        let error = read_steps(vec![step(0.1, 3, f64::NAN)]).unwrap_err().to_string();
        assert_eq!(error, "the rate of step 0 is NaN");
    }
}
