//! What a method does in an outer step, and what it keeps from one to the next: the part of the loop in which
//! methods differ.
//!
//! | learner | methods | what is learned |
//! |---|---|---|
//! | [`matching`] | DC, DSA, DM | images, by holding them against real ones of their class |
//! | [`course`] | DD | images and step sizes, by looking through the training on them |
//! | [`labels`] | LD | labels of real images that stay |
//!
//! A learner that learns nothing, as for a coreset, is a [`matching`] one that is never asked.

pub mod course;
pub mod labels;
pub mod matching;
pub mod stored;

use burn::tensor::Tensor;

use crate::{
    condense::ClassSteps,
    nets::Capacity,
    record::{self, Place, Steps},
    spec::Method,
};

use self::{
    course::CourseLearner, labels::LabelLearner, matching::MatchingLearner, stored::Stored,
};
use super::{failure::Failure, laboratory::Laboratory};

/// The state of a method between two outer steps. Tensors are handles, so a copy is cheap.
#[derive(Debug, Clone)]
pub enum Learner {
    /// DC, DSA, DM.
    Matching(MatchingLearner),
    /// DD.
    Course(CourseLearner),
    /// LD.
    Labels(Box<LabelLearner>),
}

/// Where an outer step begins.
#[derive(Debug, Clone, Copy)]
pub struct Moment<'a> {
    /// What the run works with.
    pub laboratory: &'a Laboratory,
    /// How far it is.
    pub place: &'a Place,
    /// The synthetic images, [classes · ipc, channels, height, width].
    pub images: &'a Tensor<4>,
    /// How much the device is given at once.
    pub capacity: Capacity,
}

/// What an outer step gave. Numbers are still on the device.
#[derive(Debug)]
pub struct Stepped {
    /// The images after it.
    pub images: Tensor<4>,
    /// Distances, or a loss, and the gradients that moved the images.
    pub measured: Vec<ClassSteps>,
    /// The losses of inner training, summed over its steps.
    pub inner_loss: Option<Tensor<1>>,
}

/// What a method has made beside images.
#[derive(Debug, Clone, PartialEq)]
pub struct Product {
    /// The order of the images in the finished set, by their places in the loop; none if it is the loop's.
    pub order: Option<Vec<usize>>,
    /// The label of each image of the finished set.
    pub labels: record::Labels,
    /// Learned step sizes.
    pub steps: Option<Steps>,
    /// Steps of Adam that the labels are good for.
    pub adam_steps: Option<u64>,
}

impl Learner {
    /// Before the first outer step.
    pub fn begin(laboratory: &Laboratory) -> Self {
        match laboratory.spec.method {
            Method::Dd => Self::Course(CourseLearner::begin(laboratory)),
            Method::Ld => Self::Labels(Box::new(LabelLearner::begin(laboratory))),
            _ => Self::Matching(MatchingLearner::begin(laboratory)),
        }
    }

    /// As a checkpoint left it.
    pub fn restore(laboratory: &Laboratory, stored: Stored) -> Result<Self, Failure> {
        Ok(match laboratory.spec.method {
            Method::Dd => Self::Course(CourseLearner::restore(laboratory, stored)?),
            Method::Ld => Self::Labels(Box::new(LabelLearner::restore(laboratory, stored)?)),
            _ => Self::Matching(MatchingLearner::restore(laboratory, stored)?),
        })
    }

    /// All of it, to be written down.
    pub fn store(&self) -> Result<Stored, Failure> {
        match self {
            Self::Matching(learner) => learner.store(),
            Self::Course(learner) => learner.store(),
            Self::Labels(learner) => learner.store(),
        }
    }

    /// One update of everything that is learned; `None` when it was broken off.
    pub fn outer_step(
        &mut self,
        moment: Moment<'_>,
        broken_off: &mut dyn FnMut() -> bool,
    ) -> Result<Option<Stepped>, Failure> {
        match self {
            Self::Matching(learner) => learner.outer_step(moment, broken_off),
            Self::Course(learner) => learner.outer_step(moment, broken_off),
            Self::Labels(learner) => learner.outer_step(moment, broken_off),
        }
    }

    /// True when every class is measured for itself; else there is one loss of all classes together.
    pub fn measures_classes(&self) -> bool {
        matches!(self, Self::Matching(_))
    }

    /// The epochs that a network of an evaluation is trained for, or what comes to as much.
    pub fn epochs(&self, laboratory: &Laboratory) -> f64 {
        match self {
            Self::Matching(_) => (laboratory.spec.evaluate.epochs + 1) as f64,
            Self::Course(_) => laboratory.spec.unroll.epochs as f64,
            Self::Labels(learner) => {
                let shown = learner.steps() as usize * laboratory.spec.labels.batch;
                shown as f64 / laboratory.images().max(1) as f64
            }
        }
    }

    /// What was made beside images.
    pub fn product(&self, laboratory: &Laboratory) -> Result<Product, Failure> {
        match self {
            Self::Matching(_) => Ok(Product::plain(laboratory)),
            Self::Course(learner) => learner.product(laboratory),
            Self::Labels(learner) => learner.product(),
        }
    }
}

impl Product {
    /// Images of class 0, then of class 1, …, and nothing else.
    pub fn plain(laboratory: &Laboratory) -> Self {
        let labels = laboratory.labels().into_iter().map(|label| label as i64).collect();
        Self { order: None, labels: record::Labels::Hard(labels), steps: None, adam_steps: None }
    }
}
