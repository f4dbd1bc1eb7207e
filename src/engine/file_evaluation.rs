//! A synthetic set of a file, from this program or another, trained on and scored as a run's own set is.
//!
//! The set is brought to the normalised space of the data set that it is tested on. What cannot be evaluated
//! this way is refused with the reason: pixels that were whitened or whose space nobody knows, and values that
//! outputs are regressed on. Where the set comes with learned step sizes, networks are trained by those.

use std::time::Instant;

use burn::tensor::{Tensor, TensorData};

use crate::{
    evaluate::Summary,
    record::{PixelSpace, SyntheticSet, event::Subject},
};

use super::{
    failure::Failure,
    laboratory::Laboratory,
    lesson::Lesson,
    scoring::{self, Scored},
};

/// What training on the set gave on one network.
#[derive(Debug, Clone, PartialEq, serde::Serialize)]
pub struct OnNetwork {
    /// The network.
    pub network: String,
    /// Test accuracy of every network, 0 to 1.
    pub accuracies: Vec<f64>,
    /// Their mean and population deviation.
    pub summary: Summary,
    /// Wall time.
    pub secs: f64,
}

/// The set of a file beside the data set that it is tested on.
#[derive(Debug)]
pub struct FileEvaluation<'a> {
    laboratory: &'a Laboratory,
    lesson: Lesson,
}

impl<'a> FileEvaluation<'a> {
    /// Brings `set` to the laboratory's data set and device.
    ///
    /// # Errors
    /// When images, classes or pixels do not fit, or the set is none that can be trained on as it is.
    pub fn new(laboratory: &'a Laboratory, set: &SyntheticSet) -> Result<Self, Failure> {
        let [count, shape @ ..] = set.shape;
        let info = &laboratory.data.info;
        let side = |[channels, height, width]: [usize; 3]| format!("{channels}x{height}x{width}");
        if shape != info.shape {
            return Err(Failure::new(
                format!(
                    "its images are {}, those of {} are {}",
                    side(shape),
                    info.title,
                    side(info.shape)
                ),
                "name the data set that it was made from with --data",
            ));
        }
        let space = laboratory.space();
        let Some(pixels) = set.about.space.normalised(&set.images, shape[1] * shape[2], &space)
        else {
            let what = match set.about.space {
                PixelSpace::Whitened => "its pixels are whitened, and test images are not",
                _ => "nobody knows which space its pixels are in",
            };
            return Err(Failure::new(what, "say what they are with --space"));
        };
        let device = &laboratory.device;
        let [channels, height, width] = shape;
        let data = TensorData::new(pixels, [count, channels, height, width]);
        let images = Tensor::from_data(data, device);
        let lesson = {
            let SyntheticSet { labels, steps, about, .. } = set;
            Lesson::of_set(laboratory, images, labels, steps.as_ref(), about.adam_steps)?
        };
        Ok(Self { laboratory, lesson })
    }

    /// What networks are given.
    pub fn into_lesson(self) -> Lesson {
        self.lesson
    }

    /// Trains and scores the networks of the spec: its own first, then the others. `heard` is told the
    /// network, how many of its kind are done, and of how many.
    ///
    /// # Errors
    /// When training diverges or the device fails.
    pub fn run(
        &self,
        heard: &mut dyn FnMut(&str, usize, usize),
    ) -> Result<Vec<OnNetwork>, Failure> {
        let laboratory = self.laboratory;
        let others = (0..laboratory.others.len()).map(Some);
        let all = [None].into_iter().chain(others);
        all.map(|other| self.score(Scored { subject: Subject::Synthetic, other }, heard)).collect()
    }

    fn score(
        &self,
        scored: Scored,
        heard: &mut dyn FnMut(&str, usize, usize),
    ) -> Result<OnNetwork, Failure> {
        let laboratory = self.laboratory;
        let name = scored.network(laboratory).spec().to_string();
        let count = laboratory.spec.evaluate.networks;
        let started = Instant::now();
        let lesson = std::slice::from_ref(&self.lesson);
        let accuracies =
            scoring::score_all(laboratory, scored, lesson, &mut |done| heard(&name, done, count))?;
        let summary = Summary::of(&accuracies)
            .ok_or_else(|| Failure::plain("no network was asked for: evaluate.networks is 0"))?;
        let secs = started.elapsed().as_secs_f64();
        Ok(OnNetwork { network: name, accuracies, summary, secs })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        bench::{tiny, tiny_laboratory},
        record::{self, Space, Steps, labels::Meaning, steps::Step, synthetic_set::About},
    };

    fn set(laboratory: &Laboratory, space: PixelSpace, labels: record::Labels) -> SyntheticSet {
        let [channels, height, width] = laboratory.data.info.shape;
        let count = labels.len();
        let values = count * channels * height * width;
        SyntheticSet {
            images: (0..values).map(|at| (at % 7) as f32 / 7.0).collect(),
            shape: [count, channels, height, width],
            labels,
            steps: None,
            about: About::new(space, laboratory.data.info.classes.clone()),
        }
    }

    fn soft(meaning: Meaning) -> record::Labels {
        record::Labels::Soft { values: vec![0.25, 0.75, 0.5, 0.5], classes: 2, meaning }
    }

    #[test]
    fn hard_and_soft_labels_are_trained_on() {
        let mut case = tiny();
        case.spec.evaluate.networks = 2;
        case.spec.evaluate.epochs = 2;
        let laboratory = tiny_laboratory(&case);
        let hard = record::Labels::Hard(vec![0, 1]);
        for labels in [hard, soft(Meaning::Probabilities), soft(Meaning::Logits)] {
            let set = set(&laboratory, PixelSpace::Unit, labels);
            let mut told = Vec::new();
            let found = FileEvaluation::new(&laboratory, &set)
                .unwrap()
                .run(&mut |network, done, of| told.push((network.to_owned(), done, of)))
                .unwrap();
            assert_eq!((found.len(), found[0].accuracies.len()), (1, 2));
            assert_eq!(told[0], (laboratory.spec.network.to_string(), 0, 2));
        }
    }

    #[test]
    fn pixels_are_brought_to_the_data_sets_space() {
        let laboratory = tiny_laboratory(&tiny());
        let set = set(&laboratory, PixelSpace::Unit, record::Labels::Hard(vec![0, 1]));
        let found = FileEvaluation::new(&laboratory, &set).unwrap();
        let training = found.lesson.training_set(&laboratory, &laboratory.network).unwrap();
        let values: Vec<f32> = training.images().clone().try_into_vec_as().unwrap();
        let Space { mean, std } = laboratory.space();
        assert!((values[1] - (1.0 / 7.0 - mean[0]) / std[0]).abs() < 1e-6);
    }

    #[test]
    fn what_cannot_be_evaluated_is_refused_with_the_reason() {
        let laboratory = tiny_laboratory(&tiny());
        let hard = || record::Labels::Hard(vec![0, 1]);
        let refused =
            |set: &SyntheticSet| FileEvaluation::new(&laboratory, set).unwrap_err().reason;
        let whitened = set(&laboratory, PixelSpace::Whitened, hard());
        assert!(refused(&whitened).contains("whitened"));
        let unknown = set(&laboratory, PixelSpace::Unknown, hard());
        assert!(refused(&unknown).contains("nobody knows"));
        let regression = set(&laboratory, PixelSpace::Unit, soft(Meaning::Regression));
        assert!(refused(&regression).contains("regressed on"));
        let mut other = set(&laboratory, PixelSpace::Unit, hard());
        other.shape[3] += 1;
        assert!(refused(&other).starts_with("its images are"));
        let foreign = set(&laboratory, PixelSpace::Unit, record::Labels::Hard(vec![0, 9]));
        assert!(refused(&foreign).contains("names none of the 2 classes"));
    }

    #[test]
    fn learned_steps_are_followed_group_by_group() {
        let step = |group: usize, rate: f32| Step { group, rate };
        let steps = Steps { groups: vec![1, 2], steps: vec![step(1, 0.5), step(0, 0.25)] };
        let mut case = tiny();
        case.spec.evaluate.networks = 2;
        let laboratory = tiny_laboratory(&case);
        let mut set = set(&laboratory, PixelSpace::Unit, record::Labels::Hard(vec![0, 1, 0]));
        set.steps = Some(steps);
        let evaluation = FileEvaluation::new(&laboratory, &set).unwrap();
        assert_eq!(evaluation.run(&mut |_, _, _| ()).unwrap()[0].accuracies.len(), 2);
    }
}
