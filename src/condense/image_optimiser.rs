//! Gradient descent on the pixels: one step for all classes together (reference sections 1.4, 1.5 c).
//!
//! ```text
//! b ← momentum · b + ∇_S D      (b = ∇_S D at the first step)
//! S ← S − lr · b
//! ```
//!
//! The momentum lives as long as the synthetic set, across networks, so a checkpoint holds it. Pixels
//! are never clamped.

use burn::tensor::Tensor;

/// Learning rate, momentum and what has gathered of it.
#[derive(Debug, Clone)]
pub struct ImageOptimiser {
    lr: f64,
    momentum: f64,
    buffer: Option<Tensor<4>>,
}

impl ImageOptimiser {
    /// An optimiser before its first step, or one that goes on with the buffer of a checkpoint.
    pub fn new(lr: f64, momentum: f64, buffer: Option<Tensor<4>>) -> Self {
        Self { lr, momentum, buffer }
    }

    /// b, of the images' shape; `None` before the first step.
    pub fn buffer(&self) -> Option<&Tensor<4>> {
        self.buffer.as_ref()
    }

    /// The images [classes·ipc, channels, h, w] one step further; `gradient` covers all of them.
    pub fn step(&mut self, images: Tensor<4>, gradient: Tensor<4>) -> Tensor<4> {
        let buffer = match self.buffer.take() {
            Some(buffer) => buffer * self.momentum + gradient,
            None => gradient,
        };
        self.buffer = Some(buffer.clone());
        images - buffer * self.lr
    }
}

#[cfg(test)]
mod tests {
    use burn::tensor::Device;

    use super::*;

    fn pixel(value: f32) -> Tensor<4> {
        Tensor::full([1, 1, 1, 1], value, &Device::flex())
    }

    #[test]
    fn a_restored_optimiser_goes_on_where_it_was() {
        let mut optimiser = ImageOptimiser::new(0.1, 0.5, None);
        let images = optimiser.step(pixel(1.0), pixel(2.0)); // b = 2
        assert!((images.clone().into_scalar::<f32>() - 0.8).abs() < 1e-6);
        let mut restored = ImageOptimiser::new(0.1, 0.5, optimiser.buffer().cloned());
        let ahead = optimiser.step(images.clone(), pixel(3.0)); // b = 1 + 3
        assert!((ahead.clone().into_scalar::<f32>() - 0.4).abs() < 1e-6);
        assert_eq!(restored.step(images, pixel(3.0)).to_data(), ahead.to_data());
    }
}
