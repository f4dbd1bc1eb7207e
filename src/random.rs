//! Where every random number of a run comes from.
//!
//! A stream is named by the run's seed, a purpose and a few indices (iteration, class, …) and by nothing
//! else. So a resumed run draws what an uninterrupted one would have drawn, runs with paired seeds
//! differ only where their specs do, and no checkpoint has to hold the state of a generator.

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::SeedableRng;
use sha2::{Digest, Sha256};

/// What a stream of random numbers is for. Each purpose has streams of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Purpose {
    /// The synthetic images at iteration 0. Indices: class.
    SyntheticInit,
    /// A fresh network's parameters. Indices: iteration.
    NetworkInit,
    /// Which real images a class shows. Indices: iteration, outer step, class; where all classes are drawn
    /// together, iteration.
    RealBatch,
    /// Which of the images that label distillation learns labels for are shown. Indices: iteration.
    BaseBatch,
    /// Which real images label distillation holds out, to tell how good its labels are. Indices: none.
    Validation,
    /// Which trained network an update of dataset distillation starts from. Indices: iteration, place.
    PoolNetwork,
    /// The real images that batch normalisation takes its statistics from. Indices: iteration, outer step.
    BatchNormImages,
    /// Augmentation while matching. Indices: iteration, outer step, class.
    MatchingAugmentation,
    /// Order and augmentation of inner training. Indices: iteration, outer step.
    InnerTraining,
    /// A network's parameters in an evaluation. Indices: network.
    EvaluationNetwork,
    /// Order and augmentation of training in an evaluation. Indices: network.
    EvaluationTraining,
    /// Which real images the random baseline shows. Indices: network, class.
    RandomBaseline,
    /// A network that is trained on the whole data set. Indices: none for the first, network for others.
    WholeSetNetwork,
    /// The order of training on the whole data set. Indices: none for the first, network for others.
    WholeSetTraining,
    /// The outputs that a network gets for a task, and all of it before the first one. Indices: task.
    TaskNetwork,
    /// Order and augmentation of training on a task. Indices: task, lesson.
    TaskTraining,
    /// In which order the classes of a data set come, where they are divided into tasks. Indices: none.
    ClassOrder,
    /// What a benchmark computes with. Indices: none.
    Benchmark,
    /// Which images of a data set without a test part are held out to be it. Indices: class.
    HeldOut,
}

impl Purpose {
    /// The name that enters the hash; a changed name changes every run of old seeds.
    const fn name(self) -> &'static str {
        match self {
            Self::SyntheticInit => "synthetic-init",
            Self::NetworkInit => "network-init",
            Self::RealBatch => "real-batch",
            Self::BaseBatch => "base-batch",
            Self::Validation => "validation",
            Self::PoolNetwork => "pool-network",
            Self::BatchNormImages => "batch-norm-images",
            Self::MatchingAugmentation => "matching-augmentation",
            Self::InnerTraining => "inner-training",
            Self::EvaluationNetwork => "evaluation-network",
            Self::EvaluationTraining => "evaluation-training",
            Self::RandomBaseline => "random-baseline",
            Self::WholeSetNetwork => "whole-set-network",
            Self::WholeSetTraining => "whole-set-training",
            Self::TaskNetwork => "task-network",
            Self::TaskTraining => "task-training",
            Self::ClassOrder => "class-order",
            Self::Benchmark => "benchmark",
            Self::HeldOut => "held-out",
        }
    }
}

/// The generator for one purpose of one run, at these indices.
pub fn stream(seed: u64, purpose: Purpose, indices: &[u64]) -> ChaCha8Rng {
    let mut hash = Sha256::new();
    hash.update(seed.to_le_bytes());
    hash.update(purpose.name().as_bytes());
    for index in indices {
        hash.update(index.to_le_bytes());
    }
    ChaCha8Rng::from_seed(hash.finalize().into())
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand_chacha::rand_core::Rng;

    fn first(seed: u64, purpose: Purpose, indices: &[u64]) -> u64 {
        stream(seed, purpose, indices).next_u64()
    }

    #[test]
    fn a_stream_is_its_name_and_nothing_else() {
        let reference = first(1, Purpose::RealBatch, &[2, 3]);
        assert_eq!(first(1, Purpose::RealBatch, &[2, 3]), reference);
        for other in [
            first(2, Purpose::RealBatch, &[2, 3]),
            first(1, Purpose::NetworkInit, &[2, 3]),
            first(1, Purpose::RealBatch, &[3, 2]),
            first(1, Purpose::RealBatch, &[2]),
        ] {
            assert_ne!(other, reference);
        }
    }
}
