//! What outer steps measured, left on the device until somebody has to know.
//!
//! To read a number is to wait for everything that was queued before it, and meanwhile nothing new is
//! queued. So distances, losses and whether they are finite are kept as tensors, and a whole iteration is
//! read at once.

use burn::tensor::Tensor;

use crate::condense::ClassSteps;

use super::{failure::Failure, transfer};

/// Measurements of the outer steps that have not been read yet.
#[derive(Debug, Clone, Default)]
pub struct Measurements {
    steps: Vec<OnDevice>,
}

#[derive(Debug, Clone)]
struct OnDevice {
    outer_step: u64,
    /// Distances of all classes, then the sums of their absolute image gradients.
    numbers: Vec<Tensor<1>>,
    loss: Option<Tensor<1>>,
}

/// What one outer step measured.
#[derive(Debug, Clone, PartialEq)]
pub struct Measured {
    /// Which one, from 0.
    pub outer_step: u64,
    /// D of each class.
    pub distances: Vec<f32>,
    /// The sum of the absolute values of each class's image gradient: finite if all of them are.
    pub slopes: Vec<f32>,
    /// The losses of inner training, summed over its steps; `None` when there was none.
    pub loss: Option<f32>,
}

impl Measurements {
    /// Keeps what the matching of all classes gave.
    pub fn matched(&mut self, outer_step: u64, steps: &[ClassSteps]) {
        let distances = steps.iter().map(|step| step.distances.clone());
        let slopes = steps.iter().map(|step| {
            let [classes] = step.distances.dims();
            let each = step.image_gradients.clone().abs().reshape([classes as i64, -1]);
            each.sum_dim(1).reshape([classes])
        });
        let numbers = distances.chain(slopes).collect();
        self.steps.push(OnDevice { outer_step, numbers, loss: None });
    }

    /// Keeps the summed losses of the training behind the last matching.
    pub fn trained(&mut self, loss: Option<Tensor<1>>) {
        if let Some(last) = self.steps.last_mut() {
            last.loss = loss;
        }
    }

    /// Reads everything that was kept, in one wait for the device, and forgets it.
    pub fn read(&mut self) -> Result<Vec<Measured>, Failure> {
        let kept = std::mem::take(&mut self.steps);
        let all: Vec<Tensor<1>> = kept
            .iter()
            .flat_map(|step| step.numbers.iter().cloned().chain(step.loss.clone()))
            .collect();
        if all.is_empty() {
            return Ok(Vec::new());
        }
        let mut numbers = transfer::to_host(Tensor::cat(all, 0))?.into_iter();
        let read = kept.into_iter().map(|step| {
            let count: usize = step.numbers.iter().map(|part| part.dims()[0]).sum();
            let distances = numbers.by_ref().take(count / 2).collect();
            let slopes = numbers.by_ref().take(count / 2).collect();
            let loss = step.loss.and_then(|_| numbers.next());
            Measured { outer_step: step.outer_step, distances, slopes, loss }
        });
        Ok(read.collect())
    }
}

#[cfg(test)]
mod tests {
    use burn::tensor::Device;

    use super::*;

    fn step(first: f32) -> ClassSteps {
        let device = Device::flex();
        let gradients = Tensor::<4>::from_data([[[[1.0, -2.0]]], [[[-first, 0.5]]]], &device);
        let distances = Tensor::from_data([first, 7.0], &device);
        ClassSteps { distances, image_gradients: gradients }
    }

    #[test]
    fn everything_comes_back_in_order_and_once() {
        let mut measurements = Measurements::default();
        measurements.matched(3, &[step(1.0), step(2.0)]);
        measurements.trained(Some(Tensor::from_data([9.0], &Device::flex())));
        measurements.matched(4, &[step(5.0), step(6.0)]);
        let read = measurements.read().unwrap();
        let measured = |outer_step, first: f32, second: f32, loss| Measured {
            outer_step,
            distances: vec![first, 7.0, second, 7.0],
            slopes: vec![3.0, first + 0.5, 3.0, second + 0.5],
            loss,
        };
        assert_eq!(read, [measured(3, 1.0, 2.0, Some(9.0)), measured(4, 5.0, 6.0, None)]);
        assert_eq!(measurements.read().unwrap(), []);
    }
}
