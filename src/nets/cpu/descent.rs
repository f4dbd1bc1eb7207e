//! Gradient descent on packed parameters: `PyTorch`'s definition, as in [`crate::nets::sgd`], in one sweep
//! over parameters, momentum and the gradients of all portions.

use rayon::iter::{IndexedParallelIterator, IntoParallelIterator, ParallelIterator};
use rayon::slice::ParallelSliceMut;

use crate::nets::SgdSettings;

use super::{
    pass::Gradients,
    simd::{Job, Level, Simd, with},
    values::Values,
};

/// Values that are taken at a time: a few lists of so many stay in the innermost cache.
const CHUNK: usize = 2048;

/// One step, on all threads. `gradients` are those of the portions of a batch; they are added up in their
/// order, into the first. `momentum` is zero before the first step of an optimiser.
pub fn descend(
    level: Level,
    settings: SgdSettings,
    gradients: &mut [Gradients],
    values: &mut Values,
    momentum: &mut Values,
) {
    let Some((sum, others)) = gradients.split_first_mut() else { return };
    let others: Vec<Vec<&[f32]>> = others.iter().map(|other| other.values.lists()).collect();
    values
        .lists_mut()
        .into_par_iter()
        .zip(momentum.lists_mut())
        .zip(sum.values.lists_mut())
        .enumerate()
        .for_each(|(list, ((values, momentum), sum))| {
            let values = values.par_chunks_mut(CHUNK);
            let chunks = values.zip(momentum.par_chunks_mut(CHUNK)).zip(sum.par_chunks_mut(CHUNK));
            chunks.enumerate().for_each(|(at, ((values, momentum), sum))| {
                let range = at * CHUNK..at * CHUNK + sum.len();
                let others = others.iter().map(|lists| &lists[list][range.clone()]);
                with(level, Sweep { settings, others, sum, values, momentum });
            });
        });
}

/// One step of the values of one chunk.
struct Sweep<'a, I> {
    settings: SgdSettings,
    /// The gradients that come on top of `sum`.
    others: I,
    sum: &'a mut [f32],
    values: &'a mut [f32],
    momentum: &'a mut [f32],
}

impl<'a, I: Iterator<Item = &'a [f32]>> Job for Sweep<'_, I> {
    type Output = ();

    #[inline(always)]
    #[allow(unsafe_code)]
    unsafe fn run<S: Simd>(self) {
        let Self { settings, others, sum, values, momentum } = self;
        let SgdSettings { lr, momentum: keep, weight_decay, nesterov } = settings;
        let (lr, keep, weight_decay) = (lr as f32, keep as f32, weight_decay as f32);
        for other in others {
            sum.iter_mut().zip(other).for_each(|(sum, other)| *sum += other);
        }
        for ((value, momentum), gradient) in values.iter_mut().zip(momentum).zip(sum) {
            let step = *gradient + weight_decay * *value;
            *momentum = keep * *momentum + step;
            *value -= lr * if nesterov { step + keep * *momentum } else { *momentum };
        }
    }
}
