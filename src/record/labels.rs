//! The labels of a synthetic set: a class per image, or a learned row per image.
//!
//! Gradient matching keeps hard labels. Label distillation, kernel methods and several later ones learn a
//! row of values per image, and a row means different things to different methods, so it says which.

use serde::{Deserialize, Serialize};

/// How far the sum of a row of probabilities may be from 1.
const SUM_TOLERANCE: f32 = 1e-2;

/// What the values of a soft label are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Meaning {
    /// Probabilities: not negative, the sum of a row is 1.
    Probabilities,
    /// Logits: a softmax makes probabilities of them.
    Logits,
    /// Values that a network's outputs are regressed on, as kernel methods do.
    Regression,
}

impl Meaning {
    /// The word for it.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Probabilities => "probabilities",
            Self::Logits => "logits",
            Self::Regression => "regression values",
        }
    }

    /// What rows of `classes` values look like: probabilities when all of them could be, else logits.
    pub fn guess(values: &[f32], classes: usize) -> Self {
        let distribution = values.chunks(classes.max(1)).all(is_distribution);
        if distribution { Self::Probabilities } else { Self::Logits }
    }
}

fn is_distribution(row: &[f32]) -> bool {
    row.iter().all(|value| *value >= 0.0) && (row.iter().sum::<f32>() - 1.0).abs() <= SUM_TOLERANCE
}

/// The labels of all images of a set, in the images' order.
#[derive(Debug, Clone, PartialEq)]
pub enum Labels {
    /// One class per image.
    Hard(Vec<i64>),
    /// One row of values per image.
    Soft {
        /// `[images, classes]`.
        values: Vec<f32>,
        /// Values per image.
        classes: usize,
        /// What they are.
        meaning: Meaning,
    },
}

impl Labels {
    /// How many images are labelled.
    pub fn len(&self) -> usize {
        match self {
            Self::Hard(labels) => labels.len(),
            Self::Soft { values, classes, .. } => values.len() / classes.max(&1),
        }
    }

    /// Whether no image is labelled.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The class of the image with this index: its label, or the highest value of its row.
    pub fn class_of(&self, index: usize) -> usize {
        match self {
            Self::Hard(labels) => labels[index] as usize,
            Self::Soft { values, classes, .. } => {
                let row = &values[index * classes..(index + 1) * classes];
                let highest = row.iter().enumerate().max_by(|a, b| a.1.total_cmp(b.1));
                highest.map_or(0, |(class, _)| class)
            }
        }
    }

    /// How many images each of `classes` classes has.
    pub fn per_class(&self, classes: usize) -> Vec<usize> {
        let mut counts = vec![0; classes];
        for index in 0..self.len() {
            counts[self.class_of(index)] += 1;
        }
        counts
    }

    /// Whether these can be the labels of `images` images of `classes` classes.
    ///
    /// # Errors
    /// A sentence on what does not fit.
    pub fn check(&self, images: usize, classes: usize) -> Result<(), String> {
        if self.len() != images {
            return Err(format!("`labels` holds labels for {} images, not {images}", self.len()));
        }
        match self {
            Self::Hard(labels) => match labels.iter().find(|l| !(0..classes as i64).contains(*l)) {
                Some(label) => {
                    Err(format!("`labels`: {label} names none of the {classes} classes"))
                }
                None => Ok(()),
            },
            Self::Soft { values, classes: columns, meaning } => {
                if *columns != classes || values.len() != images * classes {
                    return Err(format!(
                        "`labels` has {columns} values per image for {classes} classes"
                    ));
                }
                if let Some(at) = values.iter().position(|value| !value.is_finite()) {
                    return Err(format!("`labels` is {} for image {}", values[at], at / classes));
                }
                let mut rows = values.chunks(classes.max(1));
                match rows
                    .position(|row| *meaning == Meaning::Probabilities && !is_distribution(row))
                {
                    Some(row) => Err(format!(
                        "`labels`: the values of image {row} are no probabilities: they are negative or \
                         their sum is not 1"
                    )),
                    None => Ok(()),
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn soft(values: &[f32], classes: usize, meaning: Meaning) -> Labels {
        Labels::Soft { values: values.to_vec(), classes, meaning }
    }

    #[test]
    fn rows_that_could_be_probabilities_are_taken_for_them() {
        assert_eq!(Meaning::guess(&[0.25, 0.75, 1.0, 0.0], 2), Meaning::Probabilities);
        assert_eq!(Meaning::guess(&[0.25, 0.75, 1.5, -0.5], 2), Meaning::Logits);
        assert_eq!(Meaning::guess(&[0.25, 0.75, 3.0, 4.0], 2), Meaning::Logits);
    }

    #[test]
    fn the_class_of_a_soft_label_is_its_highest_value() {
        let labels = soft(&[-3.0, -1.0, -2.0, 5.0, 4.0, 0.0], 3, Meaning::Logits);
        assert_eq!((labels.len(), labels.class_of(0), labels.class_of(1)), (2, 1, 0));
        assert_eq!(labels.per_class(3), [1, 1, 0]);
        assert_eq!(Labels::Hard(vec![2, 0, 2]).per_class(3), [1, 0, 2]);
    }

    #[test]
    fn labels_that_do_not_fit_are_named() {
        let fault = |labels: &Labels, images| labels.check(images, 2).unwrap_err();
        assert!(fault(&Labels::Hard(vec![0, 1]), 3).contains("for 2 images, not 3"));
        assert!(fault(&Labels::Hard(vec![0, 2]), 2).contains("2 names none of the 2"));
        assert!(fault(&Labels::Hard(vec![0, -1]), 2).contains("-1 names none"));
        let logits = |values| soft(values, 2, Meaning::Logits);
        assert!(fault(&logits(&[0.0, f32::NAN]), 1).contains("NaN for image 0"));
        assert!(fault(&soft(&[0.0; 3], 3, Meaning::Logits), 1).contains("3 values per image"));
        let negative = soft(&[1.5, -0.5], 2, Meaning::Probabilities);
        assert!(fault(&negative, 1).contains("no probabilities"));
        assert_eq!(logits(&[1.5, -0.5]).check(1, 2), Ok(()));
    }
}
