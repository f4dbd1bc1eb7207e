//! One step of gradient matching: for each class the distance, and its gradient in the synthetic pixels.
//!
//! With T a real and S the synthetic batch of a class, A their augmentations (DSA, section 3.2; both the
//! identity for DC) and L the cross-entropy of the class' label:
//!
//! ```text
//! g_T = ∇_θ L(A_T(T), θ)          first order
//! g_S = ∇_θ L(A_S(S), θ)          first order
//! D, v = distance(g_S, g_T)        v = ∂D/∂g_S, constant from here on
//! ∇_S D = ∇_S ⟨v, ∇_θ L(A_S(S), θ)⟩
//! ```
//!
//! The last line is a gradient in the augmented pixels ([`per_batch::image_gradients`]), then back through
//! the augmentation. Classes do not meet: the step of a whole set is the sum over its classes, and since
//! each image enters its own class only, class gradients are laid side by side. But classes share the
//! network, so several of them are taken together.

use burn::tensor::{Int, Tensor};

use crate::nets::{Batch, Capacity, Labels, Network, Parameters, RunningStatistics, per_batch};
use crate::spec;

use super::distance::{Matched, distance};
use super::part::{Part, Watch};

/// Images of one side and what happens to them before the network.
pub struct Side<'a> {
    /// [n, channels, h, w], outside any autodiff graph.
    pub images: Tensor<4>,
    /// A differentiable map to images of the same shape.
    pub augment: &'a dyn Fn(Tensor<4>) -> Tensor<4>,
}

impl Side<'_> {
    /// Images that are shown as they are.
    pub fn plain(images: Tensor<4>) -> Self {
        Self { images, augment: &|images| images }
    }
}

/// The two batches of a class that are matched.
pub struct ClassPair<'a> {
    /// Their label.
    pub class: usize,
    /// Real images.
    pub real: Side<'a>,
    /// Synthetic images.
    pub synthetic: Side<'a>,
}

/// What some classes contribute to an outer step, one after the other. Both tensors are on the device,
/// outside any graph.
#[derive(Debug, Clone)]
pub struct ClassSteps {
    /// D of each class, \[classes\].
    pub distances: Tensor<1>,
    /// ∇_S D in the pixels before augmentation, the synthetic batches of all classes one after the other.
    pub image_gradients: Tensor<4>,
}

/// A network at one outer step, ready to match classes.
#[derive(Debug, Clone, Copy)]
pub struct GradientMatching<'a> {
    /// The network.
    pub network: &'a Network,
    /// θ, outside any autodiff graph.
    pub parameters: &'a Parameters,
    /// Statistics of batch normalisation, frozen for both sides (reference section 1.5 a).
    pub statistics: &'a RunningStatistics,
    /// Which distance.
    pub metric: spec::Distance,
    /// How the gradients of real batches are computed on the CPU.
    pub real_precision: spec::Precision,
    /// How much the device takes at once.
    pub capacity: Capacity,
    /// Who is told how far a step is.
    pub watch: &'a dyn Watch,
}

impl GradientMatching<'_> {
    /// Matches the synthetic images of each class with its real ones, all classes together.
    pub fn step(&self, pairs: &[ClassPair<'_>]) -> ClassSteps {
        let Self { network, parameters, statistics, metric, real_precision, capacity, watch } =
            *self;
        let real: Vec<Batch> = pairs.iter().map(|pair| pair.batch(shown(&pair.real))).collect();
        watch.lap(Part::Augmentation);
        let gradients = |batches: &[Batch], precision| {
            per_batch::gradients(capacity, network, parameters, statistics, batches, precision)
        };
        let goals = gradients(&real, real_precision);
        drop(real);
        watch.lap(Part::RealGradient);

        let leaf = |images: &Tensor<4>| images.clone().inner().autodiff().require_grad();
        let pixels: Vec<Tensor<4>> =
            pairs.iter().map(|pair| leaf(&pair.synthetic.images)).collect();
        let augment =
            |(pair, pixels): (&ClassPair<'_>, &Tensor<4>)| (pair.synthetic.augment)(pixels.clone());
        let augmented: Vec<Tensor<4>> = pairs.iter().zip(&pixels).map(augment).collect();
        let synthetic: Vec<Batch> = pairs
            .iter()
            .zip(&augmented)
            .map(|(pair, images)| pair.batch(images.clone().inner()))
            .collect();
        watch.lap(Part::Augmentation);
        let own = gradients(&synthetic, spec::Precision::F32);
        watch.lap(Part::SyntheticGradient);

        let matched = own.iter().zip(&goals).map(|(own, goal)| distance(metric, own, goal));
        let (distances, directions): (Vec<_>, Vec<_>) =
            matched.map(|Matched { distances, direction }| (distances, direction)).unzip();
        watch.lap(Part::Distance);
        let slopes = per_batch::image_gradients(
            capacity,
            network,
            parameters,
            statistics,
            &synthetic,
            &directions,
        );
        let gradients = slopes
            .into_iter()
            .zip(augmented.into_iter().zip(pixels))
            .map(|(slope, (augmented, pixels))| through_augmentation(slope, augmented, pixels))
            .collect();
        let steps = ClassSteps {
            distances: Tensor::cat(distances, 0),
            image_gradients: Tensor::cat(gradients, 0),
        };
        watch.lap(Part::ImageGradient);
        steps
    }
}

impl ClassPair<'_> {
    /// Images with this pair's label.
    fn batch(&self, images: Tensor<4>) -> Batch {
        let [n, ..] = images.dims();
        let labels = Tensor::<1, Int>::full([n], self.class as i64, &images.device());
        Batch { images, labels: Labels::Hard(labels) }
    }
}

/// The images of a side after augmentation, outside any graph.
fn shown(side: &Side<'_>) -> Tensor<4> {
    (side.augment)(side.images.clone().inner())
}

/// From the gradient in augmented images to that in the pixels before.
fn through_augmentation(slope: Tensor<4>, augmented: Tensor<4>, pixels: Tensor<4>) -> Tensor<4> {
    let along = augmented * slope.autodiff();
    pixels.grad_remove(&mut along.backward()).unwrap_or_else(|| pixels.inner().zeros_like())
}

#[cfg(test)]
mod tests {
    use burn::tensor::{DType, Device, TensorData};
    use rand_distr::{Distribution as _, StandardNormal};

    use super::*;
    use crate::random::{Purpose, stream};
    use crate::spec::{Activation, Distance, NetworkSpec, Norm, Pooling};

    fn images(n: usize, index: u64) -> Tensor<4> {
        let mut random = stream(2, Purpose::RealBatch, &[index]);
        let values: Vec<f64> = (0..n * 64).map(|_| StandardNormal.sample(&mut random)).collect();
        Tensor::from_data(TensorData::new(values, [n, 1, 8, 8]), (&Device::flex(), DType::F64))
    }

    /// The gradient of the whole distance, augmentation and batch normalisation included, against central
    /// differences of the distance: no second derivative enters the latter.
    #[test]
    fn the_image_gradient_is_the_derivative_of_the_distance() {
        let augment = |images: Tensor<4>| images.flip([3]) * 0.7 + 0.1;
        for norm in [Norm::Instance, Norm::Batch] {
            let spec = NetworkSpec {
                width: 4,
                depth: 2,
                activation: Activation::Swish,
                norm,
                pooling: Pooling::Average,
                ..NetworkSpec::default()
            };
            let network = Network::new(&spec, [1, 8, 8], 3).unwrap();
            let (device, dtype) = (Device::flex(), DType::F64);
            let mut random = stream(1, Purpose::NetworkInit, &[0]);
            let parameters = network.initialise(&mut random, &device, dtype);
            let mut statistics = network.fresh_statistics(&device, dtype);
            network.gather_statistics(&parameters, &mut statistics, images(6, 3));
            for &metric in Distance::ALL {
                let matching = GradientMatching {
                    network: &network,
                    parameters: &parameters,
                    statistics: &statistics,
                    metric,
                    real_precision: spec::Precision::F32,
                    capacity: Capacity::default(),
                    watch: &(),
                };
                let step = |synthetic: Tensor<4>| {
                    let real = Side { images: images(5, 0), augment: &augment };
                    let synthetic = Side { images: synthetic, augment: &augment };
                    matching.step(&[ClassPair { class: 2, real, synthetic }])
                };
                let (synthetic, along, h) = (images(2, 1), images(2, 2), 1e-5);
                let at = |h: f64| step(synthetic.clone() + along.clone() * h).distances;
                let numeric: f64 = ((at(h) - at(-h)) / (2.0 * h)).into_scalar();
                let gradient = step(synthetic.clone()).image_gradients;
                let exact: f64 = (gradient * along.clone()).sum().into_scalar();
                assert!(
                    (exact - numeric).abs() < 1e-7 * numeric.abs(),
                    "{metric} {exact} {numeric}"
                );
            }
        }
    }
}
