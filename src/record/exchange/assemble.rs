//! Arrays of another program become a synthetic set: what they are is decided here, once, and with a reason.

use std::path::Path;

use super::{
    constants::Known,
    error::Fault,
    options::{Options, SpaceWish},
};
use crate::record::{
    Labels, PixelSpace, SyntheticSet,
    labels::Meaning,
    steps::Steps,
    synthetic_set::About,
    tensor_file::{Array, Values},
};

/// The most classes that a set may have.
const MOST_CLASSES: i64 = 1 << 17;

/// What a file held.
#[derive(Debug)]
pub struct Parts {
    /// `[images, channels, height, width]`.
    pub images: Array,
    /// `[images]` or `[images, classes]`.
    pub labels: Array,
    /// Learned step sizes.
    pub steps: Option<Steps>,
    /// What the pixels are, when nobody says otherwise, and why.
    pub space: (PixelSpace, String),
    /// What soft labels are, when nobody says otherwise; `None` leaves it to their values.
    pub meaning: Option<Meaning>,
    /// The data set, as far as the file's name tells.
    pub known: Option<&'static Known>,
    /// Where it came from, in words.
    pub origin: String,
}

/// A set, and why its pixels are taken to be what they are.
#[derive(Debug)]
pub struct Assembled {
    /// The set.
    pub set: SyntheticSet,
    /// The reason.
    pub reason: String,
}

/// Puts `parts` together.
///
/// # Errors
/// If they do not fit together, or a number is not finite.
pub fn assemble(parts: Parts, options: &Options) -> Result<Assembled, Fault> {
    let Parts { images, labels, steps, space, meaning, known, origin } = parts;
    let shape: [usize; 4] = images.shape.as_slice().try_into().map_err(|_| {
        let Array { name, shape, .. } = &images;
        format!("`{name}` is of shape {shape:?}, not images, channels, height and width")
    })?;
    if shape.contains(&0) {
        return Err(format!("`{}` is of shape {shape:?}: it holds no image", images.name).into());
    }
    let (image_name, label_name) = (images.name.clone(), labels.name.clone());
    let (images, bytes) = floats(images)?;
    let guess = if bytes {
        (PixelSpace::Unit, "its pixels are whole numbers, taken as bytes from 0 to 255".to_owned())
    } else {
        space
    };
    let (space, reason) = decide(guess, known, options)?;
    let labels = labels_of(
        labels,
        meaning.filter(|_| options.meaning.is_none()),
        options,
        &image_name,
        shape[0],
    )?;
    let classes = match &labels {
        Labels::Soft { classes, .. } => *classes,
        Labels::Hard(labels) => {
            let highest = labels.iter().copied().max().unwrap_or(0) as usize + 1;
            // A set may lack the last classes of its data set.
            known.map_or(highest, |known| known.classes.max(highest))
        }
    };
    let names = (0..classes).map(|class| class.to_string()).collect();
    let origin = match known {
        Some(known) if Known::in_path(Path::new(&origin)).is_none() => {
            format!("{origin} ({})", known.theirs)
        }
        _ => origin,
    };
    let about = About { origin, ..About::new(space, names) };
    let set = SyntheticSet { images, shape, labels, steps, about };
    let named = |problem: String| {
        let problem = problem.replace("`images`", &format!("`{image_name}`"));
        problem.replace("`labels`", &format!("`{label_name}`"))
    };
    set.check().map_err(named)?;
    Ok(Assembled { set, reason })
}

/// The space that is said, else the one that is guessed.
pub fn decide(
    guess: (PixelSpace, String),
    known: Option<&Known>,
    options: &Options,
) -> Result<(PixelSpace, String), Fault> {
    match (&options.space, known) {
        (None, _) => Ok(guess),
        (Some(SpaceWish::This(space)), _) => Ok((space.clone(), "you said so".to_owned())),
        (Some(SpaceWish::Normalised), Some(known)) => {
            let reason = format!("you said so; the constants are those of {}", known.name);
            Ok((PixelSpace::Normalised(known.space()), reason))
        }
        (Some(SpaceWish::Normalised), None) => {
            Err("does not name its data set: say `normalised:DATASET` or `normalised:MEAN,…/STD,…`"
                .into())
        }
    }
}

/// Pixels as floats, and whether they were bytes.
fn floats(images: Array) -> Result<(Vec<f32>, bool), Fault> {
    match images.values {
        Values::F32(values) => Ok((values, false)),
        Values::I64(values) => match values.iter().find(|value| !(0..=255).contains(*value)) {
            Some(value) => {
                Err(format!("`{}` holds the pixel {value}, which is no byte", images.name).into())
            }
            None => Ok((values.iter().map(|value| *value as f32 / 255.0).collect(), true)),
        },
    }
}

fn labels_of(
    labels: Array,
    usual: Option<Meaning>,
    options: &Options,
    image_name: &str,
    images: usize,
) -> Result<Labels, Fault> {
    let Array { name, shape, values } = labels;
    if shape.first() != Some(&images) {
        let count = shape.first().copied().unwrap_or(1);
        return Err(
            format!("`{name}` holds {count} labels, but `{image_name}` {images} images").into()
        );
    }
    match (shape.as_slice(), values) {
        ([_] | [_, 1], Values::I64(labels)) => hard(&name, labels),
        ([_] | [_, 1], Values::F32(values)) => {
            let whole = |value: &f32| {
                let whole = (value.fract() == 0.0 && value.abs() < 1e9).then_some(*value as i64);
                whole.ok_or_else(|| format!("`{name}` holds {value}, which is no class"))
            };
            hard(&name, values.iter().map(whole).collect::<Result<_, _>>()?)
        }
        ([_, classes], values) => {
            let values = match values {
                Values::F32(values) => values,
                Values::I64(values) => values.iter().map(|value| *value as f32).collect(),
            };
            let meaning = options.meaning.or(usual);
            let meaning = meaning.unwrap_or_else(|| Meaning::guess(&values, *classes));
            Ok(Labels::Soft { values, classes: *classes, meaning })
        }
        (shape, _) => {
            Err(format!("`{name}` is of shape {shape:?}, which is no shape of labels").into())
        }
    }
}

fn hard(name: &str, labels: Vec<i64>) -> Result<Labels, Fault> {
    match labels.iter().find(|label| !(0..MOST_CLASSES).contains(*label)) {
        Some(label) => Err(format!("`{name}` holds the label {label}, which is no class").into()),
        None => Ok(Labels::Hard(labels)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parts(images: Array, labels: Array) -> Parts {
        let space = (PixelSpace::Unknown, "a guess".to_owned());
        Parts {
            images,
            labels,
            steps: None,
            space,
            meaning: None,
            known: None,
            origin: String::new(),
        }
    }

    fn images(values: Vec<f32>) -> Array {
        Array::f32("images", &[values.len() / 4, 1, 2, 2], values)
    }

    fn done(parts: Parts) -> Assembled {
        assemble(parts, &Options::default()).unwrap()
    }

    fn fault(parts: Parts) -> String {
        assemble(parts, &Options::default()).unwrap_err().to_string()
    }

    #[test]
    fn labels_are_what_their_shape_and_values_say() {
        let labels = |labels| done(parts(images(vec![0.5; 8]), labels)).set.labels;
        let hard = Labels::Hard(vec![3, 0]);
        assert_eq!(labels(Array::i64("l", vec![3, 0])), hard);
        assert_eq!(labels(Array::f32("l", &[2], vec![3.0, 0.0])), hard);
        assert_eq!(labels(Array::f32("l", &[2, 1], vec![3.0, 0.0])), hard);
        let values = vec![0.25, 0.75, 1.0, 0.0];
        let soft = |meaning| Labels::Soft { values: values.clone(), classes: 2, meaning };
        let array = Array::f32("l", &[2, 2], values.clone());
        assert_eq!(labels(array.clone()), soft(Meaning::Probabilities));
        let said = Options { meaning: Some(Meaning::Regression), ..Options::default() };
        let set = assemble(parts(images(vec![0.5; 8]), array), &said).unwrap().set;
        assert_eq!(set.labels, soft(Meaning::Regression));
    }

    #[test]
    fn a_known_data_set_has_all_of_its_classes() {
        let known = Known::find("cifar10");
        let of = parts(images(vec![0.5; 8]), Array::i64("l", vec![3, 0]));
        assert_eq!(done(Parts { known, ..of }).set.about.classes.len(), 10);
    }

    #[test]
    fn bytes_are_unit_range() {
        let bytes = Array { shape: vec![1, 1, 2, 2], ..Array::i64("x", vec![0, 255, 51, 102]) };
        let found = done(parts(bytes.clone(), Array::i64("l", vec![0])));
        assert_eq!(found.set.images, [0.0, 1.0, 0.2, 0.4]);
        assert_eq!(found.set.about.space, PixelSpace::Unit);
        assert!(found.reason.contains("bytes"));
        let high = Array { values: Values::I64(vec![0, 256, 0, 0]), ..bytes };
        assert!(fault(parts(high, Array::i64("l", vec![0]))).contains("the pixel 256"));
    }

    #[test]
    fn a_space_that_is_said_is_taken() {
        let of = || parts(images(vec![0.5; 4]), Array::i64("l", vec![0]));
        let said =
            |word: &str| Options { space: Some(word.parse().unwrap()), ..Options::default() };
        assert_eq!(done(of()).reason, "a guess");
        let found = assemble(of(), &said("unit")).unwrap();
        assert_eq!(
            (found.set.about.space, found.reason.as_str()),
            (PixelSpace::Unit, "you said so")
        );
        let known = Parts { known: Known::find("mnist"), ..of() };
        let found = assemble(known, &said("normalised")).unwrap();
        assert!(matches!(found.set.about.space, PixelSpace::Normalised(s) if s.mean == [0.1307]));
        let error = assemble(of(), &said("normalised")).unwrap_err().to_string();
        assert!(error.starts_with("does not name its data set"), "{error}");
        let error = assemble(of(), &said("normalised:cifar10")).unwrap_err().to_string();
        assert!(error.contains("per channel"), "{error}");
    }

    #[test]
    fn what_does_not_fit_is_named() {
        let one = || images(vec![0.5; 4]);
        let cases = [
            (
                parts(images(vec![0.5; 8]), Array::i64("l", vec![1])),
                "`l` holds 1 labels, but `images` 2 images",
            ),
            (
                parts(Array::f32("x", &[4], vec![0.5; 4]), Array::i64("l", vec![1])),
                "`x` is of shape [4], not",
            ),
            (
                parts(Array::f32("x", &[0, 1, 2, 2], vec![]), Array::i64("l", vec![])),
                "holds no image",
            ),
            (parts(one(), Array::i64("l", vec![-1])), "the label -1"),
            (parts(one(), Array::i64("l", vec![1 << 60])), "is no class"),
            (parts(one(), Array::f32("l", &[1], vec![0.5])), "`l` holds 0.5, which is no class"),
            (parts(one(), Array::f32("l", &[1], vec![f32::NAN])), "`l` holds NaN"),
            (parts(one(), Array::f32("l", &[1, 2], vec![0.0, f32::NAN])), "`l` is NaN for image 0"),
            (parts(one(), Array::f32("l", &[1, 2, 1], vec![0.0; 2])), "no shape of labels"),
            (
                parts(images(vec![0.5, f32::INFINITY, 0.0, 0.0]), Array::i64("l", vec![0])),
                "`images` holds inf in image 0",
            ),
        ];
        for (parts, words) in cases {
            let fault = fault(parts);
            assert!(fault.contains(words), "{fault}");
        }
    }
}
