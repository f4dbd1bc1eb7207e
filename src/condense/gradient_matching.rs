//! One step of gradient matching for one class: distance, and its gradient in the synthetic pixels.
//!
//! With T a real and S the synthetic batch of a class, A their augmentations (DSA, section 3.2; both the
//! identity for DC) and L the cross-entropy of the class' label:
//!
//! ```text
//! g_T = ∇_θ L(A_T(T), θ)          first order
//! g_S = ∇_θ L(A_S(S), θ)          first order
//! D, v = distance(g_S, g_T)        v = ∂D/∂g_S, constant from here on
//! ∇_S D = ∇_S [ d/dε L(A_S(S), θ + ε·v) ] at ε = 0
//! ```
//!
//! The last line is one forward pass with tangents and one reverse pass to the pixels, through the
//! augmentation. Classes do not meet: the step of a whole set is the sum over its classes, and since
//! each image enters its own class only, class gradients are laid side by side.

use burn::tensor::{Int, Tensor};

use crate::nets::layers::cross_entropy::cross_entropy;
use crate::nets::train_step::loss_and_gradients;
use crate::nets::{ConvNet, Labels, Parameters, RunningStatistics, Statistics, Value};
use crate::spec;

use super::distance::{Matched, distance};

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

/// What one class contributes to an outer step. Both tensors are on the device, outside any graph.
#[derive(Debug, Clone)]
pub struct ClassStep {
    /// D of this class, a single number.
    pub distance: Tensor<1>,
    /// ∇_S D in the pixels before augmentation, of the synthetic batch's shape.
    pub image_gradient: Tensor<4>,
}

/// A network at one outer step, ready to match one class after the other.
#[derive(Debug, Clone, Copy)]
pub struct GradientMatching<'a> {
    /// The network.
    pub network: &'a ConvNet,
    /// θ, outside any autodiff graph.
    pub parameters: &'a Parameters,
    /// Statistics of batch normalisation, frozen for both sides (reference section 1.5 a).
    pub statistics: &'a RunningStatistics,
    /// Which distance.
    pub metric: spec::Distance,
}

impl GradientMatching<'_> {
    /// Matches the synthetic images of a class with real ones.
    pub fn step(&self, class: usize, real: Side<'_>, synthetic: Side<'_>) -> ClassStep {
        let goal = self.gradients(class, (real.augment)(real.images));
        self.step_towards(&goal, class, synthetic)
    }

    /// ∇_θ L of images [n, channels, h, w] of one class, already augmented: first order, outside any
    /// graph. As the goal of [`Self::step_towards`] it may come from elsewhere as well.
    pub fn gradients(&self, class: usize, images: Tensor<4>) -> Parameters {
        let labels = labels(class, &images);
        let frozen = Statistics::Frozen(self.statistics);
        loss_and_gradients(self.network, self.parameters, frozen, images, &labels).1
    }

    /// Matches the synthetic images of a class with a real gradient that is already known.
    pub fn step_towards(&self, goal: &Parameters, class: usize, synthetic: Side<'_>) -> ClassStep {
        let pixels = synthetic.images.inner().autodiff().require_grad();
        let images = (synthetic.augment)(pixels.clone());
        let gradients = self.gradients(class, images.clone().inner());
        let Matched { distance, direction } = distance(self.metric, &gradients, goal);

        let labels = labels(class, &images);
        let parameters = self.parameters.values_along(&direction);
        let frozen = Statistics::Frozen(self.statistics);
        let logits = self.network.forward(&parameters, Value::from(images), frozen);
        let loss = cross_entropy(logits, &labels);
        let image_gradient = loss
            .tangent
            .filter(Tensor::is_tracked)
            .and_then(|slope| pixels.grad_remove(&mut slope.backward()))
            .unwrap_or_else(|| pixels.inner().zeros_like());
        ClassStep { distance, image_gradient }
    }
}

fn labels(class: usize, images: &Tensor<4>) -> Labels {
    let [n, ..] = images.dims();
    Labels::Hard(Tensor::<1, Int>::full([n], class as i64, &images.device()))
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
            };
            let network = ConvNet::new(&spec, [1, 8, 8], 3).unwrap();
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
                };
                let step = |synthetic: Tensor<4>| {
                    let real = Side { images: images(5, 0), augment: &augment };
                    matching.step(2, real, Side { images: synthetic, augment: &augment })
                };
                let (synthetic, along, h) = (images(2, 1), images(2, 2), 1e-5);
                let at = |h: f64| step(synthetic.clone() + along.clone() * h).distance;
                let numeric: f64 = ((at(h) - at(-h)) / (2.0 * h)).into_scalar();
                let gradient = step(synthetic.clone()).image_gradient;
                let exact: f64 = (gradient * along.clone()).sum().into_scalar();
                assert!(
                    (exact - numeric).abs() < 1e-7 * numeric.abs(),
                    "{metric} {exact} {numeric}"
                );
            }
        }
    }
}
