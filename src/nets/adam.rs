//! Adam (Kingma & Ba 2015), to `PyTorch`'s definition, over a list of tensors: what images, step sizes, labels
//! and the networks of label distillation are moved by.
//!
//! ```text
//! m ← β₁·m + (1 − β₁)·g          v ← β₂·v + (1 − β₂)·g²
//! x ← x − lr · m/(1 − β₁ᵗ) / (√(v/(1 − β₂ᵗ)) + 1e−8)
//! ```

use burn::tensor::Tensor;

use super::parameters::Parameters;

/// What keeps a quotient finite.
const EPSILON: f64 = 1e-8;

/// Both decay rates.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Betas(pub f64, pub f64);

impl Betas {
    /// `PyTorch`'s.
    pub const USUAL: Self = Self(0.9, 0.999);
    /// Dataset distillation's (reference section 5.6).
    pub const DISTILLATION: Self = Self(0.5, 0.999);
}

/// The optimiser between two steps.
#[derive(Debug, Clone)]
pub struct Adam {
    betas: Betas,
    /// Steps done.
    pub steps: u64,
    /// m of every tensor, then v of every tensor; empty before the first step.
    pub moments: Vec<Tensor<1>>,
}

impl Adam {
    /// Before its first step.
    pub fn new(betas: Betas) -> Self {
        Self { betas, steps: 0, moments: Vec::new() }
    }

    /// After `steps` steps that left these moments: m of every tensor, then v of every tensor.
    pub fn restored(betas: Betas, steps: u64, moments: Vec<Tensor<1>>) -> Self {
        Self { betas, steps, moments }
    }

    /// One step of all values along their gradients, both outside any graph.
    pub fn step(
        &mut self,
        lr: f64,
        values: Vec<Tensor<1>>,
        gradients: Vec<Tensor<1>>,
    ) -> Vec<Tensor<1>> {
        let Betas(first, second) = self.betas;
        let count = values.len();
        if self.moments.is_empty() {
            let zeros = || gradients.iter().map(Tensor::zeros_like);
            self.moments = zeros().chain(zeros()).collect();
        }
        self.steps += 1;
        let steps = self.steps as f64;
        let (first_bias, second_bias) = (1.0 - first.powf(steps), 1.0 - second.powf(steps));
        let step = |(at, (value, gradient)): (usize, (Tensor<1>, Tensor<1>))| {
            let mean = self.moments[at].clone() * first + gradient.clone() * (1.0 - first);
            let square =
                self.moments[count + at].clone() * second + gradient.square() * (1.0 - second);
            let root = (square.clone() * (1.0 / second_bias)).sqrt() + EPSILON;
            let moved = value - mean.clone() * (lr / first_bias) / root;
            (self.moments[at], self.moments[count + at]) = (mean, square);
            moved
        };
        values.into_iter().zip(gradients).enumerate().map(step).collect()
    }
}

impl Adam {
    /// One step of a network's parameters.
    pub fn step_network(&mut self, lr: f64, parameters: &mut Parameters, slope: Parameters) {
        let moved = self.step(lr, parameters.tensors().to_vec(), slope.into_tensors());
        parameters.tensors_mut().clone_from_slice(&moved);
    }
}

#[cfg(test)]
mod tests {
    use burn::tensor::Device;

    use super::*;

    fn numbers(values: &[f32]) -> Tensor<1> {
        Tensor::from_data(values, &Device::flex())
    }

    /// Two steps worked out by hand. After the first, m/(1−β₁) = g and v/(1−β₂) = g²: a whole rate against
    /// the gradient's sign, however large it is.
    #[test]
    fn steps_follow_the_formula() {
        let mut adam = Adam::new(Betas(0.5, 0.75));
        let moved = adam.step(0.1, vec![numbers(&[1.0, 1.0])], vec![numbers(&[4.0, -0.01])]);
        let values: Vec<f32> = moved[0].to_data().try_to_vec().unwrap();
        assert!((values[0] - 0.9).abs() < 1e-6 && (values[1] - 1.1).abs() < 1e-5, "{values:?}");
        // m = 0.5·2 + 0.5·2 = 2, its bias 1 − 0.25; v = 0.75·4 + 0.25·4 = 4, its bias 1 − 0.5625.
        let mut restored = Adam::restored(adam.betas, adam.steps, adam.moments.clone());
        let step = |adam: &mut Adam| -> Vec<f32> {
            let next = adam.step(0.1, moved.clone(), vec![numbers(&[2.0, 0.0])]);
            next[0].to_data().try_to_vec().unwrap()
        };
        let wanted = 0.9 - 0.1 * (2.0 / 0.75) / (4.0_f32 / 0.4375).sqrt();
        let values = step(&mut adam);
        assert!((values[0] - wanted).abs() < 1e-6, "{values:?} {wanted}");
        assert_eq!(step(&mut restored), values);
    }
}
