//! What the networks of an evaluation are shown, step by step: each its own images in its own order, with
//! the chance that augments them.
//!
//! On an accelerator the networks take their steps as one, so their batches are made as one: the sets lie
//! there side by side, or once where all networks share one, and a step draws from them all at once. On the
//! CPU, where all threads wait for the next step, each thread makes a network's batch.

use std::ops::Range;

use burn::tensor::{Device, Tensor};
use rand::seq::SliceRandom;
use rand_chacha::ChaCha8Rng;
use rayon::iter::{IntoParallelRefMutIterator, ParallelIterator};

use super::{Candidate, EvaluationError, training_set::TrainingSet};
use crate::{
    nets::{Batch, Training},
    random::{Purpose, stream},
};

/// The curricula of networks that learn side by side.
pub(super) struct Curricula<'a> {
    each: Vec<Curriculum<'a>>,
    /// All their images, on an accelerator.
    joint: Option<TrainingSet>,
}

/// The order in which one network meets its images.
struct Curriculum<'a> {
    training: &'a TrainingSet,
    /// Where its images are in the joint set.
    first: i32,
    order: Vec<i32>,
    random: ChaCha8Rng,
}

impl<'a> Curricula<'a> {
    /// Of these candidates, whose sets have the same number of images, under a run's seed.
    pub(super) fn new(seed: u64, candidates: &[Candidate<'a>]) -> Self {
        let shared =
            candidates.windows(2).all(|two| std::ptr::eq(two[0].training, two[1].training));
        let mut first = 0;
        let each = candidates
            .iter()
            .map(|&Candidate { index, training, .. }| {
                let own = Curriculum {
                    training,
                    first,
                    order: (0..training.len() as i32).collect(),
                    random: stream(seed, Purpose::EvaluationTraining, &[index]),
                };
                if !shared {
                    first += training.len() as i32;
                }
                own
            })
            .collect();
        let sets: Vec<&TrainingSet> =
            candidates.iter().map(|candidate| candidate.training).collect();
        let joint = match &sets[..] {
            [] => None,
            [one, ..] if one.images().device() == Device::flex() => None,
            [one, ..] if shared => Some((*one).clone()),
            sets => TrainingSet::joined(sets),
        };
        Self { each, joint }
    }

    /// A new order for every network.
    pub(super) fn shuffle(&mut self) {
        for Curriculum { order, random, .. } in &mut self.each {
            order.shuffle(random);
        }
    }

    /// One step of every network on the images at these places of its order, augmented; the losses before
    /// it, \[networks\].
    pub(super) fn step(
        &mut self,
        training: &mut Training<'_>,
        places: &Range<usize>,
    ) -> Result<Tensor<1>, EvaluationError> {
        let losses = match &self.joint {
            Some(joint) => training.step_together(&together(joint, &mut self.each, places)),
            None => training.step(apart(&mut self.each, places)),
        };
        losses.map_err(|reason| EvaluationError::Device { reason })
    }
}

/// The batch of every network. On the CPU all threads take part, since a step waits for it; other devices
/// are spoken to by one.
fn apart(each: &mut [Curriculum<'_>], places: &Range<usize>) -> Vec<Batch> {
    let one =
        |own: &mut Curriculum<'_>| own.training.take(&own.order[places.clone()], &mut own.random);
    if each.iter().all(|own| own.training.images().device() == Device::flex()) {
        each.par_iter_mut().map(one).collect()
    } else {
        each.iter_mut().map(one).collect()
    }
}

/// The batches of all networks, one after the other.
fn together(joint: &TrainingSet, each: &mut [Curriculum<'_>], places: &Range<usize>) -> Batch {
    let indices: Vec<i32> = each
        .iter()
        .flat_map(|own| own.order[places.clone()].iter().map(|index| own.first + index))
        .collect();
    joint.take_for(&indices, each.iter_mut().map(|own| &mut own.random).collect())
}
