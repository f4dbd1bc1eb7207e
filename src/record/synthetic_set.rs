//! What a run is for: images, labels and the space they live in, in a file that says so itself.

use std::path::Path;

use serde::{Deserialize, Serialize};

use super::{
    atomic::{self, WriteError},
    contact_sheet::{self, Pixels},
    event::Evaluation,
    space::Space,
    tensor_file::{self, Array, TensorFileError, Values},
};

/// A synthetic set, ready to train on.
#[derive(Debug, Clone, PartialEq)]
pub struct SyntheticSet {
    /// Normalised and unclamped, `[images, channels, height, width]`, sorted by class.
    pub images: Vec<f32>,
    /// Images, channels, height, width.
    pub shape: [usize; 4],
    /// One class per image.
    pub labels: Vec<i64>,
    /// What else a user of the set must know.
    pub about: About,
}

/// The part of a synthetic set that is not pixels.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct About {
    /// `stillroom.synthetic-set`.
    pub format: String,
    /// The version of this format.
    pub version: u32,
    /// The pixels are normalised with these constants, and not clamped.
    pub space: Space,
    /// Class names, in label order.
    pub classes: Vec<String>,
    /// Iterations that made the set.
    pub iteration: u64,
    /// The resolved spec as TOML.
    pub spec: String,
    /// What evaluations of this very set gave, and the random baseline.
    pub evaluations: Vec<Evaluation>,
}

impl About {
    /// The name of the format.
    pub const FORMAT: &str = "stillroom.synthetic-set";
    /// The version of the format that is written.
    pub const VERSION: u32 = 1;
}

impl SyntheticSet {
    /// The pixels as bytes for display.
    pub fn display_bytes(&self) -> Vec<u8> {
        self.about.space.to_bytes(&self.images, self.shape[2] * self.shape[3])
    }

    /// Writes the set as one safetensors file: `images` f32, `labels` i64, and what is known about them.
    pub fn write(&self, path: &Path) -> Result<(), TensorFileError> {
        let arrays = [
            Array::f32("images", &self.shape, self.images.clone()),
            Array::i64("labels", self.labels.clone()),
        ];
        tensor_file::write(path, &self.about, &arrays)
    }

    /// Reads a set that [`SyntheticSet::write`] wrote.
    pub fn read(path: &Path) -> Result<Self, TensorFileError> {
        let (about, mut arrays): (About, _) = tensor_file::read(path)?;
        let content = |problem: &str| TensorFileError::Content {
            path: path.display().to_string(),
            problem: problem.to_owned(),
        };
        if about.format != About::FORMAT {
            return Err(content("it holds something other than a synthetic set"));
        }
        if about.version > About::VERSION {
            return Err(content(
                "it was written by a newer version of stillroom: update to read it",
            ));
        }
        let (shape, images) = tensor_file::take_f32(path, &mut arrays, "images")?;
        let shape: [usize; 4] =
            shape.try_into().map_err(|_| content("`images` does not have four dimensions"))?;
        if about.space.mean.len() != shape[1] || about.space.std.len() != shape[1] {
            return Err(content("mean and std do not have one value per channel"));
        }
        let labels = match arrays.into_iter().find(|array| array.name == "labels") {
            Some(Array { values: Values::I64(labels), .. }) if labels.len() == shape[0] => labels,
            _ => return Err(content("`labels` does not hold one whole number per image")),
        };
        let classes = about.classes.len() as i64;
        if labels.iter().any(|label| !(0..classes).contains(label)) {
            return Err(content("a label names no class"));
        }
        Ok(Self { images, shape, labels, about })
    }

    /// Writes one PNG per image, `folder/CLASS/N.png`, the class with its number so that order stays.
    pub fn write_pictures(&self, folder: &Path) -> Result<(), WriteError> {
        let bytes = self.display_bytes();
        let [count, channels, height, width] = self.shape;
        let pixels = Pixels { bytes: &bytes, shape: [channels, height, width] };
        let mut seen = vec![0_usize; self.about.classes.len()];
        for index in 0..count {
            let label = self.labels[index] as usize;
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
fn tame(name: &str) -> String {
    name.chars().map(|c| if c.is_alphanumeric() { c } else { '-' }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn set() -> SyntheticSet {
        SyntheticSet {
            images: (0..4 * 2 * 2).map(|at| at as f32 * 0.1 - 0.5).collect(),
            shape: [4, 1, 2, 2],
            labels: vec![0, 0, 1, 1],
            about: About {
                format: About::FORMAT.to_owned(),
                version: About::VERSION,
                space: Space { mean: vec![0.5], std: vec![0.5] },
                classes: vec!["T-shirt/top".to_owned(), "dress".to_owned()],
                iteration: 12,
                spec: "ipc = 2\n".to_owned(),
                evaluations: Vec::new(),
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

    #[test]
    fn a_set_that_contradicts_itself_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("set.safetensors");
        let faults: [fn(&mut SyntheticSet); 5] = [
            |set| set.labels[0] = 2,
            |set| {
                set.labels.pop();
            },
            |set| set.about.version = 2,
            |set| set.about.space.mean.push(0.0),
            |set| set.about.format.clear(),
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
