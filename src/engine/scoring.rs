//! How good the synthetic set is, beside as many random real images under the same evaluation.

use std::{
    ops::{ControlFlow, Range},
    time::Instant,
};

use burn::tensor::{Device, Tensor};

use crate::{
    data::DataSet,
    evaluate::{
        Candidate, Evaluation, EvaluationError, Progress, Score, Summary, TestBatches, TrainingSet,
    },
    nets::{Capacity, Network, Training},
    random::{Purpose, stream},
    record::event::{self, Subject},
};

use super::{estimate::Pace, failure::Failure, laboratory::Laboratory, lesson::Lesson, transfer};

/// The images that networks are scored on.
pub struct TestImages<'a>(pub &'a DataSet);

impl TestBatches for TestImages<'_> {
    fn count(&self) -> usize {
        self.0.test.len()
    }

    fn batch(&self, range: Range<usize>, device: &Device) -> (Tensor<4>, Vec<usize>) {
        let labels = self.0.test.labels()[range.clone()].iter().map(|label| usize::from(*label));
        let labels = labels.collect();
        (self.0.test_images(&range.collect::<Vec<_>>(), device), labels)
    }
}

/// Randomly drawn real images, as many as the synthetic set has; a draw of its own for each network.
pub fn random_images(laboratory: &Laboratory, network: usize) -> Tensor<4> {
    let Laboratory { spec, data, device, .. } = laboratory;
    let indices: Vec<usize> = (0..laboratory.classes())
        .flat_map(|class| {
            let at = [network as u64, class as u64];
            let mut rng = stream(spec.seed, Purpose::RandomBaseline, &at);
            data.train.draw_from_class(class, spec.ipc, &mut rng)
        })
        .collect();
    data.train_images(&indices, device)
}

/// What is scored: a set, on the run's own network or on another one of its list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Scored {
    /// The set.
    pub subject: Subject,
    /// The place of the network in [`Laboratory::others`]; the run's own if none.
    pub other: Option<usize>,
}

impl Scored {
    /// A set on the run's own network.
    pub const fn own(subject: Subject) -> Self {
        Self { subject, other: None }
    }

    /// The network.
    pub fn network<'a>(&self, laboratory: &'a Laboratory) -> &'a Network {
        let other = self.other.and_then(|at| laboratory.others.get(at));
        other.map_or(&laboratory.network, |(_, network)| network)
    }

    /// The name of the network, if it is another than the run's own.
    pub fn name<'a>(&self, laboratory: &'a Laboratory) -> &'a str {
        let other = self.other.and_then(|at| laboratory.others.get(at));
        other.map_or("", |(name, _)| name)
    }

    /// The work of one image over that in the run's own network.
    pub fn weight(&self, laboratory: &Laboratory) -> f64 {
        weight(laboratory, self.network(laboratory))
    }
}

/// The work of one image in a network over that in the run's own.
pub fn weight(laboratory: &Laboratory, network: &Network) -> f64 {
    let work = |network: &Network| network.multiply_adds().iter().sum::<u64>().max(1) as f64;
    work(network) / work(&laboratory.network)
}

/// How many networks are trained and scored side by side, if there are so many.
pub fn at_once(laboratory: &Laboratory, network: &Network, capacity: Capacity) -> usize {
    let batch = laboratory.scored_images().min(laboratory.spec.evaluate.batch);
    Training::at_once(network, &laboratory.device, capacity, batch)
}

/// The test accuracies of these networks, side by side, of which each learns its lesson: a single one is
/// everyone's. `None` when they were broken off. `heard` is told the epochs that each has done and the pace as it is
/// measured on the way; false breaks off.
pub fn score(
    laboratory: &Laboratory,
    scored: Scored,
    capacity: Capacity,
    lessons: &[Lesson],
    networks: Range<usize>,
    pace: &mut Pace,
    heard: &mut dyn FnMut(u64, &Pace) -> bool,
) -> Result<Option<Vec<f64>>, Failure> {
    let (spec, network) = (&laboratory.spec, scored.network(laboratory));
    let Some(first) = lessons.first() else { return Ok(Some(Vec::new())) };
    let sets = lessons.iter().map(|lesson| lesson.training_set(laboratory, network));
    let sets = sets.collect::<Result<Vec<_>, _>>()?;
    let starts = networks.clone().zip(lessons.iter().cycle());
    let starts = starts
        .map(|(index, lesson)| lesson.start(laboratory, network, index as u64))
        .collect::<Result<Vec<_>, _>>()?;
    let candidates: Vec<_> = networks
        .zip(sets.iter().cycle())
        .zip(&starts)
        .map(|((index, training), start)| Candidate {
            index: index as u64,
            training,
            start: start.as_ref(),
        })
        .collect();
    let images = sets.first().map_or(1, TrainingSet::len);
    let steps_per_epoch = images.div_ceil(spec.evaluate.batch);
    let count = candidates.len() as f64;
    let (mut steps, mut at, mut tested) = (0, Instant::now(), Instant::now());
    let evaluation = Evaluation {
        network,
        test: &TestImages(&laboratory.data),
        settings: &spec.evaluate,
        seed: spec.seed,
        capacity,
    };
    let outcome = evaluation.in_regime(first.regime(), &candidates, |progress| {
        let epochs = match progress {
            Progress::Training { epoch, loss, .. } => {
                steps += 1;
                // The device was waited for when a loss is there, so only then the clock tells the work.
                if loss.is_some() {
                    let epochs = count * f64::from(steps) / steps_per_epoch as f64;
                    Pace::measured(&mut pace.epoch_secs, at.elapsed().as_secs_f64() / epochs);
                    (steps, at) = (0, Instant::now());
                }
                tested = Instant::now();
                epoch as u64
            }
            Progress::Testing { done, total } => {
                if done == total {
                    let secs = tested.elapsed().as_secs_f64() / count;
                    Pace::measured(&mut pace.test_secs, secs);
                }
                spec.evaluate.epochs as u64 + 1
            }
        };
        if heard(epochs, pace) { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
    });
    let accuracies = |scores: Vec<Score>| scores.iter().map(Score::accuracy).collect();
    outcome.map(|scores| scores.map(accuracies)).map_err(failure)
}

/// The same for as many networks as the spec evaluates, group by group; `before` is told how many are done before
/// each group. A lesson is everyone's, or there is one for each network.
///
/// # Errors
/// When training diverges or the device fails.
pub fn score_all(
    laboratory: &Laboratory,
    scored: Scored,
    lessons: &[Lesson],
    before: &mut dyn FnMut(usize),
) -> Result<Vec<f64>, Failure> {
    let (capacity, count) = (laboratory.capacity, laboratory.spec.evaluate.networks);
    let at_once = at_once(laboratory, scored.network(laboratory), capacity).max(1);
    let (mut found, mut pace) = (Vec::with_capacity(count), Pace::default());
    for first in (0..count).step_by(at_once) {
        before(first);
        let networks = first..(first + at_once).min(count);
        let lessons = match lessons {
            [_] => lessons,
            each => &each[networks.clone()],
        };
        let accuracies =
            score(laboratory, scored, capacity, lessons, networks, &mut pace, &mut |_, _| true)?;
        found.extend(accuracies.into_iter().flatten());
    }
    Ok(found)
}

/// What an error of an evaluation comes to.
pub fn failure(error: EvaluationError) -> Failure {
    match error {
        EvaluationError::Device { reason } => transfer::unreadable(reason),
        _ => Failure::new(format!("evaluation: {error}"), "the last checkpoint is kept"),
    }
}

/// What an evaluation gave, as a fact.
pub fn summary(
    laboratory: &Laboratory,
    scored: Scored,
    iteration: u64,
    accuracies: Vec<f64>,
    secs: f64,
) -> event::Evaluation {
    let (mean, std) = Summary::of(&accuracies)
        .map_or((f64::NAN, f64::NAN), |summary| (summary.mean, summary.std));
    let augmentation = laboratory.spec.evaluate.augmentation.to_string();
    let (subject, network) = (scored.subject, scored.name(laboratory).to_owned());
    let after = None;
    event::Evaluation {
        subject,
        iteration,
        accuracies,
        mean,
        std,
        augmentation,
        network,
        secs,
        after,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// So that the same networks are tried again, fewer at a time.
    #[test]
    fn a_device_that_is_full_in_an_evaluation_is_told_from_one_that_is_lost() {
        let said = |reason: &str| failure(EvaluationError::Device { reason: reason.to_owned() });
        assert!(said("An error happened\nCaused by:\n  out of device memory").device_full);
        let lost = said("the device was lost");
        assert!(!lost.device_full);
        assert_eq!(lost.reason, "the device was lost while it worked");
    }
}
