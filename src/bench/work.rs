//! How much an iteration computes, part by part: the count that times are held against.

use crate::{
    condense::Part,
    engine::laboratory::Laboratory,
    nets::Flops,
    spec::{Method, Spec},
};

/// Floating-point operations of the network passes in one iteration of the outer loop, for each part
/// that has any.
pub fn of_iteration(laboratory: &Laboratory) -> impl Fn(Part) -> f64 + use<> {
    let Flops { forward, gradient, tangent } = Flops::of(&laboratory.network);
    let condense = &laboratory.spec.condense;
    let steps = condense.outer_steps;
    let real = steps * laboratory.classes() * condense.real_batch;
    let synthetic = steps * laboratory.images();
    let trained = trained(laboratory);
    let distributions = laboratory.spec.method == Method::Dm;
    move |part| {
        let (images, flops) = match part {
            // Forward and back to the pixels, without the gradients of weights.
            Part::ImageGradient if distributions => (synthetic, 2 * forward),
            Part::Forward if distributions => (real, forward),
            Part::RealGradient => (real, gradient),
            Part::SyntheticGradient => (synthetic, gradient),
            Part::ImageGradient => (synthetic, tangent),
            Part::InnerTraining => (trained, gradient),
            Part::Forward => (real / steps, forward),
            _ => (0, 0),
        };
        images as f64 * flops as f64
    }
}

/// Images that an iteration shows the network: real and synthetic ones in each outer step, and those of
/// inner training.
pub fn images_shown(laboratory: &Laboratory) -> u64 {
    let condense = &laboratory.spec.condense;
    let matched = laboratory.classes() * condense.real_batch + laboratory.images();
    (condense.outer_steps * matched + trained(laboratory)) as u64
}

/// Images that inner training shows, which stands between two outer steps.
fn trained(laboratory: &Laboratory) -> usize {
    let Spec { method, condense, .. } = &laboratory.spec;
    if !method.trains_networks() {
        return 0;
    }
    (condense.outer_steps - 1) * condense.inner_epochs * laboratory.images()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bench::{tiny, tiny_laboratory};

    /// Two classes, real batch 4, ipc 1; with 3 outer steps and 5 inner epochs between them.
    #[test]
    fn an_iteration_is_its_steps_and_what_stands_between_them() {
        let mut case = tiny();
        (case.spec.condense.outer_steps, case.spec.condense.inner_epochs) = (3, 5);
        let laboratory = tiny_laboratory(&case);
        let flops = Flops::of(&laboratory.network);
        let work = of_iteration(&laboratory);
        assert_eq!(work(Part::RealGradient) as u64, 3 * 8 * flops.gradient);
        assert_eq!(work(Part::SyntheticGradient) as u64, 3 * 2 * flops.gradient);
        assert_eq!(work(Part::ImageGradient) as u64, 3 * 2 * flops.tangent);
        assert_eq!(work(Part::InnerTraining) as u64, 2 * 5 * 2 * flops.gradient);
        assert_eq!(work(Part::Forward) as u64, 8 * flops.forward);
        assert_eq!(work(Part::Distance) as u64, 0);
        assert_eq!(images_shown(&laboratory), 3 * (8 + 2) + 2 * 5 * 2);
    }
}
