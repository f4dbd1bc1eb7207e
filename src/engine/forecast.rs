//! How long a run will take, told before it starts from a measurement of each kind of work in it: a step of
//! training on all data where images are chosen or networks are kept, an outer step, a few epochs of evaluation.
//!
//! What was measured is thrown away; the run starts from nothing when its time comes.

use std::{path::Path, time::Instant};

use crate::{nets::Training, spec::Spec};

use super::{
    condensation::Condensation,
    continual,
    devices::Chosen,
    estimate::{Ahead, Pace},
    failure::Failure,
    first_look::{Look, first_look},
    laboratory::Laboratory,
    memory::device_bytes,
    outlook::Outlook,
    scoring::weight,
    trained_network::{is_kept, trained_network},
};

/// An outer step that is shorter than this is done again, since the first one also warms up.
const SHORT_SECS: f64 = 2.0;
/// Steps of training on all data that are timed, after one to warm up.
const TRAINING_STEPS: u64 = 3;

/// Seconds that the parts of a run are expected to take, and room.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Forecast {
    /// Training of networks on all data, which is done once for all runs that need the same.
    pub training_secs: f64,
    /// Iterations.
    pub condensing_secs: f64,
    /// Evaluations.
    pub evaluating_secs: f64,
    /// Bytes of the device that measuring took, where it tells.
    pub device_bytes: Option<u64>,
}

impl Forecast {
    /// All of it.
    pub fn secs(&self) -> f64 {
        self.training_secs + self.condensing_secs + self.evaluating_secs
    }
}

/// Measures what `spec` asks for, be it one set or several tasks one after the other.
///
/// # Errors
/// When spec or data are at fault, the device fails or the very first step diverges.
pub fn forecast(spec: &Spec, data_dir: &Path, chosen: &Chosen) -> Result<Forecast, Failure> {
    if spec.continual.is_on() {
        return continual::forecast(spec, data_dir, chosen);
    }
    of_one_set(&Laboratory::prepare(spec.clone(), data_dir, chosen)?)
}

/// Measures what the laboratory's spec asks for.
fn of_one_set(laboratory: &Laboratory) -> Result<Forecast, Failure> {
    let made = making(laboratory)?;
    let fresh = Condensation::begin(laboratory);
    let look = first_look(laboratory, &laboratory.network, fresh.capacity())?;
    let (epoch_secs, test_secs) = (Some(look.epoch_secs), Some(look.test_secs));
    let pace = Pace { epoch_secs, test_secs, ..Pace::default() };
    let Ahead { epochs, tests, .. } = Outlook::new(laboratory, &fresh, &pace).ahead();
    let own = pace.secs_for(&Ahead { epochs, tests, ..Ahead::default() }).unwrap_or(0.0);
    let evaluating_secs = own + others_secs(laboratory, &fresh)?;
    Ok(Forecast { evaluating_secs, device_bytes: device_bytes(&laboratory.device), ..made })
}

/// The same for the set alone, without its evaluation.
///
/// # Errors
/// When the device fails or the very first step diverges.
pub fn making(laboratory: &Laboratory) -> Result<Forecast, Failure> {
    let mut condensation = Condensation::begin(laboratory);
    let training_secs = training_secs(laboratory, &condensation)?;
    let condense = &laboratory.spec.condense;
    let condensing_secs = if condense.iterations > 0 {
        let step = outer_step_secs(laboratory, &mut condensation)?;
        step * (condense.outer_steps * condense.iterations) as f64
    } else {
        0.0
    };
    Ok(Forecast { training_secs, condensing_secs, ..Forecast::default() })
}

/// The evaluations on other networks: a network of those on kernels of ours and one of those on the tape is
/// timed, and stands for all of its kind by its multiply-adds.
fn others_secs(laboratory: &Laboratory, fresh: &Condensation) -> Result<f64, Failure> {
    let mut secs = 0.0;
    for on_tape in [false, true] {
        let others = laboratory.others.iter().map(|(_, network)| network);
        let kind: Vec<_> =
            others.filter(|network| Training::is_on_tape(network) == on_tape).collect();
        let weights: f64 = kind.iter().map(|network| weight(laboratory, network)).sum();
        // The middle one, so that neither the smallest nor the largest stands for all.
        let mut sorted = kind;
        sorted.sort_by(|a, b| weight(laboratory, a).total_cmp(&weight(laboratory, b)));
        let Some(middle) = sorted.get(sorted.len() / 2) else { continue };
        let Look { epoch_secs, test_secs } = first_look(laboratory, middle, fresh.capacity())?;
        let one = fresh.epochs(laboratory) * epoch_secs + test_secs;
        secs += one * weights / weight(laboratory, middle);
    }
    Ok(secs * laboratory.spec.evaluate.networks as f64)
}

/// An outer step, inner training and read-back included.
fn outer_step_secs(
    laboratory: &Laboratory,
    condensation: &mut Condensation,
) -> Result<f64, Failure> {
    let mut step = || {
        let started = Instant::now();
        condensation.outer_step(laboratory, &mut || false)?;
        condensation.settle(laboratory)?;
        Ok::<_, Failure>(started.elapsed().as_secs_f64())
    };
    let first = step()?;
    if first > SHORT_SECS { Ok(first) } else { step() }
}

/// The training of networks on all data that is not kept from before.
fn training_secs(laboratory: &Laboratory, condensation: &Condensation) -> Result<f64, Failure> {
    let needed = laboratory.trained_networks_needed(condensation.awaits_choice(laboratory));
    let missing = (0..needed).filter(|index| !is_kept(laboratory, *index));
    let missing: Vec<u64> = missing.collect();
    let Some(first) = missing.first() else { return Ok(0.0) };
    let (mut started, mut secs) = (Instant::now(), 0.0);
    trained_network(laboratory, *first, &mut |done, of| {
        if done == 1 {
            started = Instant::now();
        }
        let timed = TRAINING_STEPS.min(of.saturating_sub(1));
        if done > timed {
            secs = started.elapsed().as_secs_f64() * of as f64 / timed.max(1) as f64;
        }
        done <= timed
    })?;
    Ok(secs * missing.len() as f64)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        bench::{tiny, tiny_laboratory},
        spec::{Init, Method},
    };

    #[test]
    fn every_kind_of_work_is_measured_and_scales_with_its_amount() {
        let forecast_of = |method: Method, iterations: usize, networks: usize, others: &str| {
            let mut case = tiny();
            case.spec.method = method;
            case.spec.init = if method.learns() { Init::Real } else { Init::Herding };
            case.spec.condense.iterations = iterations;
            case.spec.evaluate.networks = networks;
            case.spec.evaluate.also_on = others.parse().unwrap();
            of_one_set(&tiny_laboratory(&case)).unwrap()
        };
        let herding = forecast_of(Method::Herding, 0, 1, "");
        assert!(herding.training_secs > 0.0 && herding.evaluating_secs > 0.0, "{herding:?}");
        assert!(herding.condensing_secs.abs() < 1e-12);
        let short = forecast_of(Method::Dc, 2, 1, "");
        let long = forecast_of(Method::Dc, 2_000_000, 100, "");
        assert!(short.training_secs.abs() < 1e-12 && short.condensing_secs > 0.0);
        assert!(long.condensing_secs > 1000.0 * short.condensing_secs);
        // A hundred networks of each kind beside one of the run's own.
        let others = forecast_of(Method::Dc, 2, 100, "MLP ConvNetD1W8");
        assert!(others.evaluating_secs > short.evaluating_secs, "{others:?} {short:?}");
    }
}
