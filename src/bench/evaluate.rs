//! Training from scratch on the synthetic set, as a run's evaluation does it.
//!
//! The clock runs from the end of the first epoch, which warms up, to the end of the last: at both the
//! evaluation waits for the device.

use std::time::Instant;

use super::{
    case::Case,
    iterations::Heard,
    peak::Peak,
    report::{Evaluation, Training},
    resources,
};
use crate::{
    engine::{
        estimate::Pace,
        failure::Failure,
        laboratory::Laboratory,
        lesson::Lesson,
        scoring::{self, Scored},
    },
    nets::Flops,
    record::event::Subject,
};

/// Seconds that the networks trained so far took.
#[derive(Clone, Copy, Default)]
struct Spent {
    wall: f64,
    cpu: f64,
    testing: f64,
}

/// Times the training of one network, then of all.
pub fn measure(
    laboratory: &mut Laboratory,
    case: &Case,
    peak: &Peak,
    heard: Heard<'_>,
) -> Result<Evaluation, Failure> {
    laboratory.spec.evaluate.epochs = case.evaluation_epochs;
    let one = networks(laboratory, 1, heard)?;
    let several = match case.evaluation_networks {
        0 | 1 => None,
        count => Some((count, networks(laboratory, count, heard)?)),
    };
    let training = |(networks, spent): (usize, Spent)| {
        let seconds_per_epoch = spent.wall / case.evaluation_epochs as f64;
        let images_per_second = (networks * laboratory.images()) as f64 / seconds_per_epoch;
        let gflops = Flops::of(&laboratory.network).gradient as f64 * images_per_second * 1e-9;
        Training {
            networks,
            seconds_per_epoch,
            seconds_per_1000_epochs: 1000.0 * seconds_per_epoch,
            cpu_seconds_per_1000_epochs: 1000.0 * spent.cpu / case.evaluation_epochs as f64,
            images_per_second,
            gflops,
            share_of_peak: gflops / peak.gflops,
        }
    };
    Ok(Evaluation {
        images: laboratory.images(),
        epochs: case.evaluation_epochs,
        one: training((1, one)),
        several: several.map(training),
        seconds_per_1000_test_images: 1000.0 * one.testing / laboratory.data.test.len() as f64,
    })
}

fn networks(laboratory: &mut Laboratory, count: usize, heard: Heard<'_>) -> Result<Spent, Failure> {
    laboratory.spec.evaluate.networks = count;
    let laboratory = &*laboratory;
    let lesson = &[Lesson::of_real(laboratory, laboratory.initial_images())];
    let own = Scored::own(Subject::Synthetic);
    let last = laboratory.spec.evaluate.epochs as u64;
    let mut spent = Spent::default();
    let mut done = 0;
    let (capacity, network) = (laboratory.capacity, &laboratory.network);
    let at_once = scoring::at_once(laboratory, network, capacity);
    for first in (0..count).step_by(at_once) {
        let group = first..(first + at_once).min(count);
        let now = || (Instant::now(), resources::own().cpu_secs);
        let (mut warm, mut trained) = (now(), now());
        let (pace, networks) = (&mut Pace::default(), group.clone());
        scoring::score(laboratory, own, capacity, lesson, networks, pace, &mut |epoch, _| {
            // Each of these is told once more for every step, the last one after a look at the loss.
            if epoch == 0 {
                warm = now();
            }
            if epoch <= last {
                trained = now();
            }
            true
        })?;
        let testing = trained.0.elapsed().as_secs_f64();
        spent.wall += (trained.0 - warm.0).as_secs_f64();
        spent.cpu += trained.1 - warm.1;
        spent.testing += testing;
        done += group.len();
        heard(&format!("{done} of {count} networks: {last} epochs"));
    }
    Ok(spent)
}
