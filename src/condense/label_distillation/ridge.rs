//! Labels by ridge regression on the network's embedding (reference section 5.7, first order).
//!
//! With F the embeddings of n base images, a column of ones beside them, Y their labels, R the same of a batch of
//! real images, s a learned scale and W a classifier that is gathered over the updates:
//!
//! ```text
//! W_l = Fᵀ (F Fᵀ + λI)⁻¹ Y            W ← (1 − β)·W + β·W_l         J = CE(s · R W, real labels)
//! ∂J/∂Y = β · (F Fᵀ + λI)⁻¹ F · ∂J/∂W
//! ```
//!
//! The old W is a constant. Features and s then learn by the loss of the base images under s · F W.

use burn::tensor::{Device, Tensor, TensorData, activation};

use super::LabelStep;
use crate::{
    condense::part::{Part, Watch},
    nets::{
        Batch, Labels, Network, Parameters, RunningStatistics, Statistics, inference,
        layers::cross_entropy::cross_entropy,
    },
};

/// What ridge regression keeps from update to update.
#[derive(Debug, Clone)]
pub struct RidgeState {
    /// W, [features + 1, classes].
    pub classifier: Tensor<2>,
    /// s, a single number.
    pub scale: Tensor<1>,
}

impl RidgeState {
    /// W zero, s one.
    pub fn fresh(network: &Network, device: &Device) -> Self {
        let classifier = Tensor::zeros([network.features() + 1, network.classes()], device);
        Self { classifier, scale: Tensor::ones([1], device) }
    }
}

/// A network at one update.
#[derive(Debug, Clone, Copy)]
pub struct Ridge<'a> {
    /// The network.
    pub network: &'a Network,
    /// θ, outside any graph; the last layer takes no part.
    pub parameters: &'a Parameters,
    /// λ.
    pub penalty: f64,
    /// β, the share of a new classifier in W.
    pub share: f64,
    /// Who is told how far an update is.
    pub watch: &'a dyn Watch,
}

impl Ridge<'_> {
    /// What the labels [n, classes] of the base images `images` [n, c, h, w], the features and s go by for
    /// the batch `real`; the last one is ∂ℓ/∂s. Moves W.
    ///
    /// # Errors
    /// What the device says when it can no longer be read, or that λ is too small for these images.
    pub fn step(
        &self,
        state: &mut RidgeState,
        statistics: &mut RunningStatistics,
        images: Tensor<4>,
        labels: Tensor<2>,
        real: &Batch,
    ) -> Result<(LabelStep, Tensor<1>), String> {
        let Self { network, parameters, penalty, share, watch } = *self;
        let leaves = parameters.require_grad();
        let training = Statistics::Batch(statistics);
        let embedded = network.embed(&leaves.values(), images.autodiff().into(), training).primal;
        let own = with_ones(embedded.clone().inner());
        watch.lap(Part::SyntheticGradient);

        // [n, features + 1]: (F Fᵀ + λI)⁻¹ F
        let solved = solve(&own, penalty)?;
        let local = solved.clone().transpose().matmul(labels.clone());
        state.classifier = state.classifier.clone() * (1.0 - share) + local * share;
        let frozen = &*statistics;
        let shown =
            with_ones(inference::embeddings(network, parameters, frozen, real.images.clone()));
        watch.lap(Part::Forward);
        let scale = state.scale.clone().reshape([1, 1]);
        let logits = shown.clone().matmul(state.classifier.clone()) * scale.clone();
        let [count, classes] = logits.dims();
        let targets = real.labels.probabilities(classes, logits.dtype());
        let off = (activation::softmax(logits.clone(), 1) - targets) * (1.0 / count as f64);
        let loss = cross_entropy(logits.into(), &real.labels).primal;
        let pull = shown.transpose().matmul(off) * scale;
        let slope = solved.matmul(pull) * share;
        watch.lap(Part::LabelGradient);

        let factor = state.scale.clone().autodiff().require_grad();
        let logits = with_ones(embedded).matmul(state.classifier.clone().autodiff())
            * factor.clone().reshape([1, 1]);
        let mut pulled =
            cross_entropy(logits.into(), &Labels::Soft(labels.autodiff())).primal.backward();
        let along = factor.grad_remove(&mut pulled).unwrap_or_else(|| state.scale.zeros_like());
        let parameters = leaves.take_gradients(&mut pulled);
        watch.lap(Part::InnerTraining);
        Ok((LabelStep { loss, labels: slope, parameters }, along))
    }
}

/// Rows with a one behind each: [n, features + 1].
fn with_ones(rows: Tensor<2>) -> Tensor<2> {
    let [n, _] = rows.dims();
    let ones = Tensor::<2>::ones([n, 1], (&rows.device(), rows.dtype()));
    Tensor::cat(vec![rows, ones], 1)
}

/// (F Fᵀ + λI)⁻¹ F, [n, features], for rows F [n, features]: n is some tens, so it is factored on the host in
/// double precision (Cholesky).
fn solve(rows: &Tensor<2>, penalty: f64) -> Result<Tensor<2>, String> {
    let [n, _] = rows.dims();
    let (device, dtype) = (rows.device(), rows.dtype());
    let gram = rows.clone().matmul(rows.clone().transpose());
    let mut gram: Vec<f64> = gram.try_into_vec_as().map_err(|error| error.to_string())?;
    for at in 0..n {
        gram[at * n + at] += penalty;
    }
    let inverse = inverse(&gram, n).ok_or("the regression on these images has no solution")?;
    let inverse = Tensor::<2>::from_data(TensorData::new(inverse, [n, n]), (&device, dtype));
    Ok(inverse.matmul(rows.clone()))
}

/// The inverse of a symmetric positive definite matrix [n, n]; none of another one.
fn inverse(matrix: &[f64], n: usize) -> Option<Vec<f64>> {
    // matrix = L Lᵀ, row by row.
    let mut lower = vec![0.0; n * n];
    for row in 0..n {
        for column in 0..=row {
            let known: f64 =
                (0..column).map(|at| lower[row * n + at] * lower[column * n + at]).sum();
            let rest = matrix[row * n + column] - known;
            lower[row * n + column] = if row != column {
                rest / lower[column * n + column]
            } else if rest > 0.0 {
                rest.sqrt()
            } else {
                return None;
            };
        }
    }
    let mut inverse = vec![0.0; n * n];
    for unit in 0..n {
        // L u = e, then Lᵀ x = u.
        let mut x = vec![0.0; n];
        for row in 0..n {
            let known: f64 = (0..row).map(|at| lower[row * n + at] * x[at]).sum();
            x[row] = (f64::from(u8::from(row == unit)) - known) / lower[row * n + row];
        }
        for row in (0..n).rev() {
            let known: f64 = (row + 1..n).map(|at| lower[at * n + row] * x[at]).sum();
            x[row] = (x[row] - known) / lower[row * n + row];
        }
        for (row, value) in x.into_iter().enumerate() {
            inverse[row * n + unit] = value;
        }
    }
    Some(inverse)
}

#[cfg(test)]
mod tests {
    use burn::tensor::{DType, Int};

    use super::*;
    use crate::{
        nets::layers::finite_differences::normal,
        random::{Purpose, stream},
        spec::{Activation, NetworkSpec},
    };

    #[test]
    fn a_matrix_times_its_inverse_is_one() {
        let rows = normal(4 * 6, 1).reshape([4, 6]);
        let matrix: Vec<f64> = rows.clone().matmul(rows.transpose()).try_into_vec_as().unwrap();
        let found = inverse(&matrix, 4).unwrap();
        for row in 0..4 {
            for column in 0..4 {
                let sum: f64 = (0..4).map(|at| matrix[row * 4 + at] * found[at * 4 + column]).sum();
                assert!((sum - f64::from(u8::from(row == column))).abs() < 1e-9, "{sum}");
            }
        }
        assert_eq!(inverse(&[1.0, 2.0, 2.0, 1.0], 2), None);
    }

    /// In the labels and in the scale, against central differences of the losses that they pull at.
    #[test]
    fn the_gradients_are_the_derivatives() {
        let device = Device::flex();
        let spec = NetworkSpec {
            width: 4,
            depth: 2,
            activation: Activation::Swish,
            ..NetworkSpec::default()
        };
        let network = &Network::new(&spec, [1, 8, 8], 3).unwrap();
        let mut random = stream(1, Purpose::NetworkInit, &[0]);
        let parameters = &network.initialise(&mut random, &device, DType::F64);
        let images = |n: usize, index: u64| normal(n * 64, index).reshape([n, 1, 8, 8]);
        let classes = Tensor::<1, Int>::from_data([0, 1, 2, 0, 1], &device);
        let real = Batch { images: images(5, 0), labels: Labels::Hard(classes) };
        let features = network.features();
        let step = |labels: Tensor<2>, scale: f64| {
            let mut state = RidgeState {
                classifier: normal((features + 1) * 3, 4).reshape([features + 1, 3]),
                scale: Tensor::full([1], scale, (&device, DType::F64)),
            };
            let mut statistics = RunningStatistics::default();
            let ridge = Ridge { network, parameters, penalty: 0.7, share: 0.4, watch: &() };
            let done =
                ridge.step(&mut state, &mut statistics, images(4, 1), labels, &real).unwrap();
            (done, state)
        };
        let (labels, shift) = (normal(12, 2).reshape([4, 3]).abs(), normal(12, 3).reshape([4, 3]));
        let h = 1e-5;
        let at = |h: f64| -> f64 {
            step(labels.clone() + shift.clone() * h, 1.3).0.0.loss.into_scalar()
        };
        let numeric = (at(h) - at(-h)) / (2.0 * h);
        let ((found, along), state) = step(labels.clone(), 1.3);
        let exact: f64 = (found.labels * shift.clone()).sum().into_scalar();
        assert!((exact - numeric).abs() < 1e-6 * numeric.abs(), "{exact} {numeric}");
        let own = |scale: f64| -> f64 {
            let none = RunningStatistics::default();
            let rows = with_ones(inference::embeddings(network, parameters, &none, images(4, 1)));
            let logits = rows.matmul(state.classifier.clone()) * scale;
            cross_entropy(logits.into(), &Labels::Soft(labels.clone())).primal.into_scalar()
        };
        let numeric = (own(1.3 + h) - own(1.3 - h)) / (2.0 * h);
        let exact: f64 = along.into_scalar();
        assert!((exact - numeric).abs() < 1e-6 * numeric.abs(), "{exact} {numeric}");
        // The features learn, the last layer is not theirs.
        let slopes: Vec<f64> = found
            .parameters
            .tensors()
            .iter()
            .map(|slope| slope.clone().abs().sum().into_scalar())
            .collect();
        let (head, rest) = slopes.split_at(slopes.len() - 2);
        assert!(head.iter().any(|slope| *slope > 0.0) && rest == [0.0, 0.0], "{slopes:?}");
    }
}
