//! One step of distribution matching (DM, Zhao & Bilen 2023; reference section 1.12): for each class the
//! distance between the mean embeddings of real and synthetic images, and its gradient in the pixels.
//!
//! With T a real and S the synthetic batch of a class, A their augmentation and ψ a fresh network up to its
//! last layer:
//!
//! ```text
//! D = ‖ mean ψ(A_T(T)) − mean ψ(A_S(S)) ‖²       a sum over features
//! ```
//!
//! The network is never trained, and its gradient never taken: a first derivative through the synthetic
//! images is all there is, and the real side is a forward pass. Images meet in the means only, so classes
//! go through the network one after the other on the CPU, where that keeps maps in the cache, and together
//! elsewhere. With batch normalisation, in training mode here, images of all classes meet in its statistics:
//! then each side goes through at once.

use burn::tensor::{Device, Tensor};

use crate::nets::{Network, Parameters, RunningStatistics, Statistics, Value, inference};

use super::{
    gradient_matching::{ClassPair, ClassSteps, Side},
    part::{Part, Watch},
};

/// A fresh network, ready to match the distributions of classes in its embedding.
#[derive(Debug, Clone, Copy)]
pub struct DistributionMatching<'a> {
    /// The network.
    pub network: &'a Network,
    /// θ, outside any autodiff graph.
    pub parameters: &'a Parameters,
    /// Running statistics of batch normalisation, which are not used here but to have a place to move.
    pub statistics: &'a RunningStatistics,
    /// Who is told how far a step is.
    pub watch: &'a dyn Watch,
}

impl DistributionMatching<'_> {
    /// Matches the synthetic images of each class with its real ones.
    ///
    /// # Errors
    /// What the device says when it can no longer be read.
    pub fn step(&self, pairs: &[ClassPair<'_>]) -> Result<ClassSteps, String> {
        let shown = |side: &Side<'_>| (side.augment)(side.images.clone().inner());
        let real: Vec<_> = pairs.iter().map(|pair| shown(&pair.real)).collect();
        self.watch.lap(Part::Augmentation);
        let goals = self.goals(real)?;
        self.watch.lap(Part::RealForward);
        let leaves: Vec<_> = pairs
            .iter()
            .map(|pair| pair.synthetic.images.clone().inner().autodiff().require_grad())
            .collect();
        let group = if self.takes_all_at_once(&leaves) { leaves.len().max(1) } else { 1 };
        let (mut distances, mut gradients) = (Vec::new(), Vec::new());
        let sides = leaves.chunks(group).zip(pairs.chunks(group));
        for ((leaves, pairs), goals) in sides.zip(goals.chunks(group)) {
            let images = leaves.iter().zip(pairs);
            let images = images.map(|(leaf, pair)| (pair.synthetic.augment)(leaf.clone()));
            let own = self.distances(images.collect(), goals);
            distances.extend(own.iter().map(|distance| distance.clone().inner()));
            let Some(sum) = own.into_iter().reduce(|sum, distance| sum + distance) else { continue };
            let mut pulled = sum.backward();
            gradients.extend(leaves.iter().map(|leaf| {
                leaf.grad_remove(&mut pulled).unwrap_or_else(|| leaf.clone().inner().zeros_like())
            }));
        }
        self.watch.lap(Part::ImageGradient);
        Ok(ClassSteps {
            distances: Tensor::cat(distances, 0),
            image_gradients: Tensor::cat(gradients, 0),
        })
    }

    /// The mean embedding \[features\] of each class's real images.
    fn goals(&self, real: Vec<Tensor<4>>) -> Result<Vec<Tensor<1>>, String> {
        let Self { network, parameters, statistics, .. } = *self;
        if network.has_batch_norm() {
            return Ok(self.means(real));
        }
        let sizes: Vec<usize> = real.iter().map(|images| images.dims()[0]).collect();
        let images = Tensor::cat(real, 0);
        let all = inference::embeddings(network, parameters, statistics, images)?;
        Ok(split(&all, &sizes).collect())
    }

    /// D of each class, from its images as they are shown.
    fn distances(&self, synthetic: Vec<Tensor<4>>, goals: &[Tensor<1>]) -> Vec<Tensor<1>> {
        let means = self.means(synthetic).into_iter();
        let squared = |(mean, goal): (Tensor<1>, &Tensor<1>)| (mean - goal.clone()).square().sum();
        means.zip(goals).map(squared).collect()
    }

    /// The mean embedding of each of these batches, which go through the network together.
    fn means(&self, batches: Vec<Tensor<4>>) -> Vec<Tensor<1>> {
        let sizes: Vec<usize> = batches.iter().map(|images| images.dims()[0]).collect();
        let images = Tensor::cat(batches, 0);
        let mut moving = self.statistics.clone();
        let statistics = Statistics::Batch(&mut moving);
        let values = self.parameters.values();
        let all = self.network.embed(&values, Value::from(images), statistics).primal;
        split(&all, &sizes).collect()
    }

    /// Whether all these classes go through the network together.
    fn takes_all_at_once(&self, images: &[Tensor<4>]) -> bool {
        let on_cpu = images.iter().all(|images| images.device().inner() == Device::flex());
        self.network.has_batch_norm() || !on_cpu
    }
}

/// The mean over each of the batches that lie one after the other in rows [n, features].
fn split(rows: &Tensor<2>, sizes: &[usize]) -> impl Iterator<Item = Tensor<1>> {
    let [_, features] = rows.dims();
    let mut start = 0;
    sizes.iter().map(move |&size| {
        start += size;
        rows.clone().narrow(0, start - size, size).mean_dim(0).reshape([features])
    })
}
