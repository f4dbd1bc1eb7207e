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
//! elsewhere; a `ConvNet` on a graphics adapter by kernels, there and back. With batch normalisation, in
//! training mode here, images of all classes meet in its statistics: then each side goes through at once.

use burn::tensor::{Device, Gradients, Tensor};

use crate::nets::{
    Capacity, ConvNet, Network, Parameters, RunningStatistics, Statistics, Value, batched, gpu,
    inference,
};

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
    pub fn step(&self, pairs: &[ClassPair<'_>]) -> ClassSteps {
        let shown = |side: &Side<'_>| (side.augment)(side.images.clone().inner());
        let real: Vec<_> = pairs.iter().map(|pair| shown(&pair.real)).collect();
        self.watch.lap(Part::Augmentation);
        let goals = self.goals(real);
        self.watch.lap(Part::Forward);
        let leaves: Vec<_> = pairs
            .iter()
            .map(|pair| pair.synthetic.images.clone().inner().autodiff().require_grad())
            .collect();
        if let Some(convnet) = self.network.convnet().filter(|_| self.suits_kernels(&leaves)) {
            let steps = self.by_kernels(convnet, &leaves, pairs, &goals);
            self.watch.lap(Part::ImageGradient);
            return steps;
        }
        let group = if self.takes_all_at_once(&leaves) { leaves.len().max(1) } else { 1 };
        let (mut distances, mut gradients) = (Vec::new(), Vec::new());
        let sides = leaves.chunks(group).zip(pairs.chunks(group));
        for ((leaves, pairs), goals) in sides.zip(goals.chunks(group)) {
            let images = leaves.iter().zip(pairs);
            let images = images.map(|(leaf, pair)| (pair.synthetic.augment)(leaf.clone()));
            let own = self.distances(images.collect(), goals);
            distances.extend(own.iter().map(|distance| distance.clone().inner()));
            let Some(sum) = own.into_iter().reduce(|sum, distance| sum + distance) else {
                continue;
            };
            let mut pulled = sum.backward();
            gradients.extend(leaves.iter().map(|leaf| gradient(leaf, &mut pulled)));
        }
        self.watch.lap(Part::ImageGradient);
        ClassSteps {
            distances: Tensor::cat(distances, 0),
            image_gradients: Tensor::cat(gradients, 0),
        }
    }

    /// Whether kernels for graphics adapters take these images through the network and back.
    fn suits_kernels(&self, images: &[Tensor<4>]) -> bool {
        let outside = images.first().map(|images| images.clone().inner());
        !self.network.has_batch_norm() && outside.is_some_and(|images| gpu::serves(&images))
    }

    /// The same by them: ∂D/∂ψ(s) = 2·(mean − goal) / n for each of a class's n images, back through the
    /// network, and through the augmentations on the tape.
    fn by_kernels(
        &self,
        convnet: &ConvNet,
        leaves: &[Tensor<4>],
        pairs: &[ClassPair<'_>],
        goals: &[Tensor<1>],
    ) -> ClassSteps {
        let images = leaves.iter().zip(pairs);
        let shown: Vec<_> =
            images.map(|(leaf, pair)| (pair.synthetic.augment)(leaf.clone())).collect();
        let sizes: Vec<usize> = shown.iter().map(|images| images.dims()[0]).collect();
        let shown = Tensor::cat(shown, 0);
        let mut distances = Vec::with_capacity(goals.len());
        let slopes_of = |rows: &Tensor<2>| {
            let means = split(rows, &sizes).zip(goals).zip(&sizes);
            let slopes = means.map(|((mean, goal), size)| {
                let off = mean - goal.clone();
                distances.push(off.clone().square().sum());
                (off * (2.0 / *size as f64)).unsqueeze::<2>().repeat_dim(0, *size)
            });
            Tensor::cat(slopes.collect(), 0)
        };
        let Self { parameters, statistics, .. } = *self;
        let (_, slopes) = batched::through_embeddings(
            Capacity::default(),
            convnet,
            parameters,
            statistics,
            &shown,
            slopes_of,
        );
        let mut pulled = (shown * slopes.autodiff()).sum().backward();
        let gradients = leaves.iter().map(|leaf| gradient(leaf, &mut pulled));
        ClassSteps {
            distances: Tensor::cat(distances, 0),
            image_gradients: Tensor::cat(gradients.collect(), 0),
        }
    }

    /// The mean embedding \[features\] of each class's real images.
    fn goals(&self, real: Vec<Tensor<4>>) -> Vec<Tensor<1>> {
        let Self { network, parameters, statistics, .. } = *self;
        if network.has_batch_norm() {
            return self.means(real);
        }
        let sizes: Vec<usize> = real.iter().map(|images| images.dims()[0]).collect();
        let images = Tensor::cat(real, 0);
        let all = inference::embeddings(network, parameters, statistics, images);
        split(&all, &sizes).collect()
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

/// The gradient in a leaf, zero where nothing flows.
fn gradient(leaf: &Tensor<4>, pulled: &mut Gradients) -> Tensor<4> {
    leaf.grad_remove(pulled).unwrap_or_else(|| leaf.clone().inner().zeros_like())
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

#[cfg(test)]
mod tests {
    use burn::tensor::DType;

    use super::*;
    use crate::nets::layers::finite_differences::normal;
    use crate::random::{Purpose, stream};
    use crate::spec::{Activation, NetworkSpec, Norm};

    /// The gradient of all distances against central differences, for networks in which images of several
    /// classes meet and in which they do not.
    #[test]
    fn the_image_gradient_is_the_derivative_of_the_distance() {
        let augment = |images: Tensor<4>| images.flip([3]) * 0.7 + 0.1;
        let plain = |images: Tensor<4>| images;
        for norm in [Norm::Instance, Norm::Batch] {
            let spec = NetworkSpec {
                width: 4,
                depth: 2,
                activation: Activation::Swish,
                norm,
                ..NetworkSpec::default()
            };
            let network = Network::new(&spec, [1, 8, 8], 3).unwrap();
            let (device, dtype) = (Device::flex(), DType::F64);
            let mut random = stream(1, Purpose::NetworkInit, &[0]);
            let parameters = network.initialise(&mut random, &device, dtype);
            let statistics = network.fresh_statistics(&device, dtype);
            let (parameters, statistics) = (&parameters, &statistics);
            let matching =
                DistributionMatching { network: &network, parameters, statistics, watch: &() };
            let images = |n: usize, index: u64| normal(n * 64, index).reshape([n, 1, 8, 8]);
            let step = |synthetic: Tensor<4>| {
                let pair = |class: usize| ClassPair {
                    class,
                    real: Side { images: images(5, class as u64), augment: &augment },
                    synthetic: Side {
                        images: synthetic.clone().narrow(0, 2 * class, 2),
                        augment: if class == 0 { &augment } else { &plain },
                    },
                };
                matching.step(&[pair(0), pair(1)])
            };
            let (synthetic, along, h) = (images(4, 11), images(4, 12), 1e-5);
            let at = |h: f64| step(synthetic.clone() + along.clone() * h).distances.sum();
            let numeric: f64 = ((at(h) - at(-h)) / (2.0 * h)).into_scalar();
            let gradient = step(synthetic.clone()).image_gradients;
            assert_eq!(gradient.dims(), [4, 1, 8, 8]);
            let exact: f64 = (gradient * along.clone()).sum().into_scalar();
            assert!((exact - numeric).abs() < 1e-7 * numeric.abs(), "{norm} {exact} {numeric}");
        }
    }

    #[test]
    fn equal_sides_are_at_no_distance() {
        let network = Network::new(&NetworkSpec::default(), [1, 8, 8], 3).unwrap();
        let mut random = stream(1, Purpose::NetworkInit, &[0]);
        let parameters = &network.initialise(&mut random, &Device::flex(), DType::F32);
        let statistics = &RunningStatistics::default();
        let matching =
            DistributionMatching { network: &network, parameters, statistics, watch: &() };
        let images = normal(3 * 64, 0).cast(DType::F32).reshape([3, 1, 8, 8]);
        let side = || Side::plain(images.clone());
        let done = matching.step(&[ClassPair { class: 0, real: side(), synthetic: side() }]);
        let distance: f32 = done.distances.into_scalar();
        assert!((0.0..1e-6).contains(&distance), "{distance}");
    }
}
