//! One update of dataset distillation (DD, Wang et al. 2018; reference section 5.6): images and step sizes such
//! that a network that takes these very steps on them is good at real images.
//!
//! ```text
//! w_{t+1} = w_t − η_t · ∇_w L(x_{g(t)}, w_t)       T inner steps, each on a group of the images
//! J = L(real, w_T)
//!
//! λ = ∇J(w_T), then backwards for t = T−1, …, 0:
//!   ∂J/∂η_t = −⟨∇_w L(x_{g(t)}, w_t), λ⟩
//!   ∂J/∂x_{g(t)} += −η_t · ∇_x ⟨∇_w L, λ⟩
//!   λ ← λ − η_t · ∇²_w L · λ
//! ```
//!
//! All three come from one pass with tangents in direction λ ([`along()`]). What has to be remembered of the way
//! forward is the weights before each step, nothing else: memory grows with T by the size of the network.

use burn::tensor::Tensor;

use crate::nets::{
    Along, Batch, Network, Parameters, RunningStatistics, Statistics, along,
    train_step::loss_and_gradients,
};

use super::part::{Part, Watch};

/// A network with the way that it is to go.
#[derive(Debug, Clone, Copy)]
pub struct DatasetDistillation<'a> {
    /// The network.
    pub network: &'a Network,
    /// The weights before the first step, outside any graph.
    pub start: &'a Parameters,
    /// Running statistics of batch normalisation before the first step.
    pub statistics: &'a RunningStatistics,
    /// The images of each group, with their labels.
    pub groups: &'a [Batch],
    /// For every inner step, its group and step size.
    pub course: &'a [(usize, f64)],
    /// Who is told how far an update is.
    pub watch: &'a dyn Watch,
}

/// What an update goes by. All of it is on the device, outside any graph.
#[derive(Debug, Clone)]
pub struct Unrolled {
    /// J, a single number.
    pub loss: Tensor<1>,
    /// ∂J/∂x of each group.
    pub images: Vec<Tensor<4>>,
    /// ∂J/∂η of each step, \[steps\].
    pub rates: Tensor<1>,
}

impl DatasetDistillation<'_> {
    /// Goes forward and back, for the loss of the batch `real`; `None` when it was broken off, which is asked
    /// for at every step.
    pub fn unroll(&self, real: &Batch, broken_off: &mut dyn FnMut() -> bool) -> Option<Unrolled> {
        let Self { network, groups, course, watch, .. } = *self;
        let mut statistics = self.statistics.clone();
        let mut way = vec![self.start.clone()];
        for &(group, rate) in course {
            if broken_off() {
                return None;
            }
            let Batch { images, labels } = &groups[group];
            let training = Statistics::Batch(&mut statistics);
            let here = &way[way.len() - 1];
            let (_, slope) = loss_and_gradients(network, here, training, images.clone(), labels);
            way.push(here.plus(&slope, -rate));
        }
        watch.lap(Part::InnerTraining);
        let end = way.pop()?;
        let frozen = Statistics::Frozen(&statistics);
        let (loss, mut pull) =
            loss_and_gradients(network, &end, frozen, real.images.clone(), &real.labels);
        watch.lap(Part::RealGradient);
        let mut images: Vec<Option<Tensor<4>>> = vec![None; groups.len()];
        let mut rates = Vec::with_capacity(course.len());
        for (&(group, rate), here) in course.iter().zip(&way).rev() {
            if broken_off() {
                return None;
            }
            let training = Statistics::Batch(&mut statistics);
            let Along { slope, parameters, images: mixed } =
                along(network, here, &pull, training, &groups[group]);
            rates.push(-slope);
            let mixed = mixed * -rate;
            images[group] = Some(match images[group].take() {
                Some(sum) => sum + mixed,
                None => mixed,
            });
            pull = pull.plus(&parameters, -rate);
        }
        rates.reverse();
        let slopes = images.into_iter().zip(groups);
        let slopes = slopes.map(|(sum, group)| sum.unwrap_or_else(|| group.images.zeros_like()));
        let unrolled = Unrolled { loss, images: slopes.collect(), rates: Tensor::cat(rates, 0) };
        watch.lap(Part::ImageGradient);
        Some(unrolled)
    }
}

#[cfg(test)]
mod tests {
    use burn::tensor::{DType, Device, Int};

    use super::*;
    use crate::{
        nets::{Labels, layers::finite_differences::normal},
        random::{Purpose, stream},
        spec::{Activation, NetworkSpec, Norm},
    };

    fn batch(images: Tensor<4>) -> Batch {
        let labels: Vec<i64> = (0..images.dims()[0] as i64).map(|image| image % 3).collect();
        let labels = Tensor::<1, Int>::from_data(labels.as_slice(), &Device::flex());
        Batch { images, labels: Labels::Hard(labels) }
    }

    /// Both gradients of the loss after five steps on two groups, against central differences of that loss:
    /// no second derivative enters the latter.
    #[test]
    fn gradients_go_through_the_whole_way() {
        for norm in [Norm::Instance, Norm::None] {
            let spec = NetworkSpec {
                width: 4,
                depth: 2,
                activation: Activation::Swish,
                norm,
                ..NetworkSpec::default()
            };
            let network = Network::new(&spec, [1, 8, 8], 3).unwrap();
            let mut random = stream(1, Purpose::NetworkInit, &[0]);
            let start = &network.initialise_xavier(&mut random, &Device::flex(), DType::F64);
            let images = |n: usize, index: u64| normal(n * 64, index).reshape([n, 1, 8, 8]);
            let real = batch(images(7, 0));
            let order = [0, 1, 0, 1, 1];
            let unroll = |pixels: &Tensor<4>, rates: &[f64]| {
                let groups = [0, 1].map(|group| batch(pixels.clone().narrow(0, 3 * group, 3)));
                let course: Vec<_> = order.into_iter().zip(rates.iter().copied()).collect();
                let statistics = &RunningStatistics::default();
                let (network, groups, course) = (&network, &groups, &course);
                DatasetDistillation { network, start, statistics, groups, course, watch: &() }
                    .unroll(&real, &mut || false)
                    .unwrap()
            };
            let loss = |pixels: &Tensor<4>, rates: &[f64]| -> f64 {
                unroll(pixels, rates).loss.into_scalar()
            };
            let (pixels, shift, rates, h) =
                (images(6, 1), images(6, 2), [0.3, 0.5, 0.2, 0.4, 0.1], 1e-5);
            let found = unroll(&pixels, &rates);
            let at = |h: f64| loss(&(pixels.clone() + shift.clone() * h), &rates);
            let numeric = (at(h) - at(-h)) / (2.0 * h);
            let gradient = Tensor::cat(found.images, 0);
            let exact: f64 = (gradient * shift.clone()).sum().into_scalar();
            assert!((exact - numeric).abs() < 1e-6 * numeric.abs(), "{norm} {exact} {numeric}");
            let slopes: Vec<f64> = found.rates.try_into_vec_as().unwrap();
            for (step, slope) in slopes.into_iter().enumerate() {
                let at = |h: f64| {
                    let mut rates = rates;
                    rates[step] += h;
                    loss(&pixels, &rates)
                };
                let numeric = (at(h) - at(-h)) / (2.0 * h);
                assert!((slope - numeric).abs() < 1e-6 * numeric.abs(), "{step} {slope} {numeric}");
            }
        }
    }

    #[test]
    fn it_can_be_broken_off_at_any_step() {
        let network = Network::new(&NetworkSpec::default(), [1, 8, 8], 3).unwrap();
        let mut random = stream(1, Purpose::NetworkInit, &[0]);
        let start = &network.initialise(&mut random, &Device::flex(), DType::F32);
        let images = normal(3 * 64, 0).cast(DType::F32).reshape([3, 1, 8, 8]);
        let (groups, statistics) = ([batch(images)], &RunningStatistics::default());
        let (network, course) = (&network, &[(0, 0.1), (0, 0.1)]);
        let way =
            DatasetDistillation { network, start, statistics, groups: &groups, course, watch: &() };
        for step in 0..4 {
            let mut left = step;
            let mut broken_off = || {
                left -= 1;
                left < 0
            };
            assert!(way.unroll(&groups[0], &mut broken_off).is_none(), "{step}");
        }
        assert!(way.unroll(&groups[0], &mut || false).is_some());
    }
}
