//! Learned step sizes: the exact training that a set was made for.
//!
//! Dataset distillation (Wang et al. 2018, reference section 5.6) learns images and one rate per inner
//! step; a network is to be trained with exactly these steps, in order, each on one group of the images.
//! Ten groups in three epochs are thirty steps. A method that learns a single rate has one step.

use serde::{Deserialize, Serialize};

/// The most steps or groups that a set may have.
const MOST: usize = 1 << 20;

/// The steps of the training that goes with a set.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Steps {
    /// Images in each group; group 0 is the first images of the set, and so on.
    pub groups: Vec<usize>,
    /// The steps in their order.
    pub steps: Vec<Step>,
}

/// One step: w ← w − rate · ∇ loss(images of the group).
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Step {
    /// The group that it trains on.
    pub group: usize,
    /// The learned step size.
    pub rate: f32,
}

impl Steps {
    /// Whether these steps can go with `images` images.
    ///
    /// # Errors
    /// A sentence on what does not fit.
    pub fn check(&self, images: usize) -> Result<(), String> {
        if self.groups.len() > MOST || self.steps.len() > MOST {
            return Err(format!("there are more than {MOST} steps or groups of images"));
        }
        let grouped = self.groups.iter().try_fold(0_usize, |sum, group| sum.checked_add(*group));
        if grouped != Some(images) {
            return Err(format!("the groups of its steps do not add up to its {images} images"));
        }
        for (at, step) in self.steps.iter().enumerate() {
            if step.group >= self.groups.len() {
                return Err(format!("step {at} trains on group {}, which is none", step.group));
            }
            if !step.rate.is_finite() {
                return Err(format!("the rate of step {at} is {}", step.rate));
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn steps_that_do_not_fit_the_images_are_named() {
        let steps = |group, rate| Steps { groups: vec![2, 1], steps: vec![Step { group, rate }] };
        assert_eq!(steps(1, 0.02).check(3), Ok(()));
        assert!(steps(1, 0.02).check(4).unwrap_err().contains("do not add up to its 4 images"));
        assert!(steps(2, 0.02).check(3).unwrap_err().contains("step 0 trains on group 2"));
        assert!(steps(0, f32::NAN).check(3).unwrap_err().contains("rate of step 0 is NaN"));
        let huge = Steps { groups: vec![usize::MAX, 2], steps: Vec::new() };
        assert!(huge.check(1).is_err());
    }
}
