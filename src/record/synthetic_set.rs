//! What a run is for: images, labels and the space they live in, in a file that says so itself.

use std::{collections::BTreeMap, path::Path};

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{
    atomic::{self, WriteError},
    contact_sheet::{self, Pixels},
    event::Evaluation,
    labels::Labels,
    set_header::{Header, StoredLabels},
    space::{self, PixelSpace},
    steps::Steps,
    tensor_file::{self, Array, TensorFileError, Values},
};

/// A synthetic set, ready to train on.
#[derive(Debug, Clone, PartialEq)]
pub struct SyntheticSet {
    /// Unclamped, `[images, channels, height, width]`; sorted by class unless there are steps.
    pub images: Vec<f32>,
    /// Images, channels, height, width.
    pub shape: [usize; 4],
    /// The label of every image.
    pub labels: Labels,
    /// The learned step sizes, where a method learns any.
    pub steps: Option<Steps>,
    /// What else a user of the set must know.
    pub about: About,
}

/// The part of a synthetic set that is not numbers to train on.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct About {
    /// `stillroom.synthetic-set`.
    pub format: String,
    /// The version of this format.
    pub version: u32,
    /// What the pixels are.
    #[serde(deserialize_with = "space::stated_or_bare")]
    pub space: PixelSpace,
    /// Class names, in label order.
    pub classes: Vec<String>,
    /// Iterations that made the set; 0 when nobody said.
    pub iteration: u64,
    /// The resolved spec as TOML; empty for a set that no run made.
    pub spec: String,
    /// The papers' name of the network that it was made with; empty when nobody said.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub network: String,
    /// Steps of Adam that learned labels are good for; none where nothing was found about it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub adam_steps: Option<u64>,
    /// What evaluations of this very set gave, and the random baseline.
    pub evaluations: Vec<Evaluation>,
    /// Where a set of another program came from, in words.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub origin: String,
    /// Accuracies that another program's file reports, 0 to 1, by the name of the network.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub accuracies: BTreeMap<String, Vec<f64>>,
}

impl About {
    /// The name of the format.
    pub const FORMAT: &str = "stillroom.synthetic-set";
    /// The version of the format that is written.
    pub const VERSION: u32 = 2;

    /// What is known about a set of which only its pixels and classes are.
    pub fn new(space: PixelSpace, classes: Vec<String>) -> Self {
        Self {
            format: Self::FORMAT.to_owned(),
            version: Self::VERSION,
            space,
            classes,
            iteration: 0,
            spec: String::new(),
            network: String::new(),
            adam_steps: None,
            evaluations: Vec::new(),
            origin: String::new(),
            accuracies: BTreeMap::new(),
        }
    }
}

impl SyntheticSet {
    /// The pixels as bytes for display.
    pub fn display_bytes(&self) -> Vec<u8> {
        let [_, channels, height, width] = self.shape;
        self.about.space.to_bytes(&self.images, channels, height * width)
    }

    /// Whether everything in it fits together and every number is finite.
    ///
    /// # Errors
    /// A sentence on what does not.
    pub fn check(&self) -> Result<(), String> {
        let [count, channels, ..] = self.shape;
        let pixels = self.shape.iter().try_fold(1_usize, |all, side| all.checked_mul(*side));
        if pixels != Some(self.images.len()) || self.images.is_empty() {
            let [_, channels, height, width] = self.shape;
            return Err(format!(
                "`images` holds {} values, which are not {count} images of {channels}x{height}x{width}",
                self.images.len()
            ));
        }
        if let Some(at) = self.images.iter().position(|value| !value.is_finite()) {
            let image = at / (self.images.len() / count);
            return Err(format!("`images` holds {} in image {image}", self.images[at]));
        }
        self.about.space.check(channels)?;
        self.labels.check(count, self.about.classes.len())?;
        self.steps.as_ref().map_or(Ok(()), |steps| steps.check(count))
    }

    /// Writes the set as one safetensors file: `images` f32 `[n, c, h, w]`, `labels` i64 `[n]` or f32
    /// `[n, classes]`, and what is known about them.
    pub fn write(&self, path: &Path) -> Result<(), TensorFileError> {
        let labels = match &self.labels {
            Labels::Hard(labels) => Array::i64("labels", labels.clone()),
            Labels::Soft { values, classes, .. } => {
                Array::f32("labels", &[self.labels.len(), *classes], values.clone())
            }
        };
        let arrays = [Array::f32("images", &self.shape, self.images.clone()), labels];
        tensor_file::write(path, &Header::of(self), &arrays)
    }

    /// Reads a set that [`SyntheticSet::write`] wrote.
    pub fn read(path: &Path) -> Result<Self, TensorFileError> {
        let (header, mut arrays): (Value, _) = tensor_file::read(path)?;
        let content =
            |problem| TensorFileError::Content { path: path.display().to_string(), problem };
        let header = Header::parse(header).map_err(content)?;
        let (shape, images) = tensor_file::take_f32(path, &mut arrays, "images")?;
        let labels = match arrays.into_iter().find(|array| array.name == "labels") {
            Some(Array { values: Values::I64(labels), shape, .. }) if shape.len() == 1 => {
                StoredLabels::Whole(labels)
            }
            Some(Array { values: Values::F32(values), shape, .. }) if shape.len() == 2 => {
                StoredLabels::Rows { values, columns: shape[1] }
            }
            Some(_) => {
                return Err(content("`labels` has neither one nor two dimensions".to_owned()));
            }
            None => return Err(content("`labels` is missing".to_owned())),
        };
        header.join(images, &shape, labels).map_err(content)
    }

    /// Writes one PNG per image, `folder/CLASS/N.png`, the class with its number so that order stays.
    pub fn write_pictures(&self, folder: &Path) -> Result<(), WriteError> {
        let bytes = self.display_bytes();
        let [count, channels, height, width] = self.shape;
        let pixels = Pixels { bytes: &bytes, shape: [channels, height, width] };
        let mut seen = vec![0_usize; self.about.classes.len()];
        for index in 0..count {
            let label = self.labels.class_of(index);
            let Some(image) = pixels.image(index) else { continue };
            let class = folder.join(format!("{label:03}-{}", tame(&self.about.classes[label])));
            atomic::create_folder(&class)?;
            let path = class.join(format!("{:03}.png", seen[label]));
            let png = contact_sheet::png(&image).map_err(|error| WriteError {
                path: path.clone(),
                source: std::io::Error::other(error),
            })?;
            atomic::write(&path, &png)?;
            seen[label] += 1;
        }
        Ok(())
    }
}

/// A class name as part of a file name.
pub(super) fn tame(name: &str) -> String {
    name.chars().map(|c| if c.is_alphanumeric() { c } else { '-' }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::{Space, labels::Meaning, steps::Step};

    fn space(mean: &[f32]) -> PixelSpace {
        PixelSpace::Normalised(Space { mean: mean.to_vec(), std: vec![0.5] })
    }

    fn set() -> SyntheticSet {
        SyntheticSet {
            images: (0..4 * 2 * 2).map(|at| at as f32 * 0.1 - 0.5).collect(),
            shape: [4, 1, 2, 2],
            labels: Labels::Hard(vec![0, 0, 1, 1]),
            steps: None,
            about: About {
                iteration: 12,
                spec: "ipc = 2\n".to_owned(),
                ..About::new(space(&[0.5]), vec!["T-shirt/top".to_owned(), "dress".to_owned()])
            },
        }
    }

    #[test]
    fn a_set_comes_back_bit_for_bit() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("set.safetensors");
        set().write(&path).unwrap();
        assert_eq!(SyntheticSet::read(&path).unwrap(), set());
    }

    fn soft(values: &[f32]) -> Labels {
        Labels::Soft { values: values.to_vec(), classes: 2, meaning: Meaning::Logits }
    }

    #[test]
    fn soft_labels_rates_and_another_space_come_back_too() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("set.safetensors");
        let mut set = set();
        set.labels = soft(&[0.1, -1.0 / 3.0, 2.5, 1e-30, 0.0, 7.0, -2.0, 1.0]);
        let step = |group, rate| Step { group, rate };
        let steps = vec![step(0, 0.1), step(1, 1.0 / 3.0), step(0, 2.5e-7)];
        set.steps = Some(Steps { groups: vec![1, 3], steps });
        set.about.space = PixelSpace::Whitened;
        set.about.origin = "somewhere".to_owned();
        set.about.accuracies.insert("ConvNet".to_owned(), vec![0.1 + 0.2]);
        set.write(&path).unwrap();
        assert_eq!(SyntheticSet::read(&path).unwrap(), set);
    }

    #[test]
    fn a_file_of_the_first_version_still_opens() {
        let path = Path::new(env!("CARGO_MANIFEST_DIR"))
            .join("tests/fixtures/exchange/version1.safetensors");
        assert_eq!(SyntheticSet::read(&path).unwrap(), set());
    }

    #[test]
    fn a_set_that_contradicts_itself_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("set.safetensors");
        let faults: [fn(&mut SyntheticSet); 8] = [
            |set| set.labels = Labels::Hard(vec![0, 0, 1, 2]),
            |set| set.labels = Labels::Hard(vec![0, 0, 1]),
            |set| set.labels = soft(&[0.5; 4]),
            |set| set.about.version = 3,
            |set| set.about.space = space(&[0.5, 0.5]),
            |set| set.about.format.clear(),
            |set| set.images[5] = f32::NAN,
            |set| set.steps = Some(Steps { groups: vec![3], steps: Vec::new() }),
        ];
        for fault in faults {
            let mut set = set();
            fault(&mut set);
            set.write(&path).unwrap();
            assert!(matches!(SyntheticSet::read(&path), Err(TensorFileError::Content { .. })));
        }
    }

    #[test]
    fn pictures_lie_in_their_class_folder() {
        let folder = tempfile::tempdir().unwrap();
        set().write_pictures(folder.path()).unwrap();
        for name in ["000-T-shirt-top/000.png", "000-T-shirt-top/001.png", "001-dress/001.png"] {
            let image = image::open(folder.path().join(name)).unwrap();
            assert_eq!((image.width(), image.height()), (2, 2), "{name}");
        }
    }
}
