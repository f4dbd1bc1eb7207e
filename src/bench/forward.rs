//! The real batches of all classes through a fresh network without a gradient: what the real side of
//! distribution matching costs, and the least that any method pays.

use burn::tensor::DType;

use super::{
    case::Case,
    iterations::{Heard, Times, time},
};
use crate::{
    augment::siamese,
    condense::{Part, Watch},
    engine::{failure::Failure, laboratory::Laboratory},
    nets::inference,
    random::{Purpose, stream},
};

/// Times iterations of it: images drawn and augmented as for matching, then their logits.
pub fn measure(
    laboratory: &mut Laboratory,
    case: &Case,
    card: Option<&str>,
    heard: Heard<'_>,
) -> Result<Times, Failure> {
    let mut iteration = 0;
    let once = |laboratory: &Laboratory| {
        iteration += 1;
        show_all(laboratory, iteration)
    };
    time(laboratory, case, card, once, heard)
}

fn show_all(laboratory: &Laboratory, iteration: u64) -> Result<(), Failure> {
    let Laboratory { spec, device, data, network, recipe, stopwatch, .. } = laboratory;
    let mut rng = stream(spec.seed, Purpose::NetworkInit, &[iteration]);
    let parameters = network.initialise(&mut rng, device, DType::F32);
    let statistics = network.fresh_statistics(device, DType::F32);
    stopwatch.lap(Part::FreshNetwork);
    for class in 0..laboratory.classes() {
        let at = [iteration, 0, class as u64];
        let mut rng = stream(spec.seed, Purpose::RealBatch, &at);
        let indices = data.train.draw_from_class(class, spec.condense.real_batch, &mut rng);
        let images = data.train_images(&indices, device);
        stopwatch.lap(Part::RealData);
        let mut rng = stream(spec.seed, Purpose::MatchingAugmentation, &at);
        let pair = siamese::draw(recipe, spec.augment.sharing, indices.len(), spec.ipc, &mut rng);
        let images = pair.real.apply(images);
        stopwatch.lap(Part::Augmentation);
        inference::logits(network, &parameters, &statistics, &images).map_err(Failure::plain)?;
        stopwatch.lap(Part::Forward);
    }
    Ok(())
}
