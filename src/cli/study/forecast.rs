//! How long runs will take, from one measurement of every kind among them on the device that each will get.

use std::io::{self, Write};

use serde::Serialize;

use crate::{
    cli::{failure::Failure, output},
    engine::{
        devices,
        forecast::{Forecast, forecast as measure},
    },
    harmless::plain,
    queue::Places,
    spec::Spec,
};

/// What some runs are expected to take, one after the other.
#[derive(Debug, Clone, PartialEq, Default, Serialize)]
pub struct Expected {
    /// The devices that they will run on.
    pub devices: Vec<String>,
    /// All of it.
    pub secs: f64,
    /// Training of networks on all data, each counted once.
    pub training_secs: f64,
    /// Iterations.
    pub condensing_secs: f64,
    /// Evaluations.
    pub evaluating_secs: f64,
}

/// Measures runs; says on standard error where it is, unless it is to be silent.
pub fn forecast(runs: &[Spec], silent: bool) -> Result<Expected, Failure> {
    let said = |error: &dyn std::fmt::Display| Failure::Said(error.to_string());
    let places = Places::find()?;
    devices::hold_cpu_level().map_err(|error| said(&error))?;
    let mut expected = Expected::default();
    let mut measured: Vec<(Spec, Forecast)> = Vec::new();
    let mut trained: Vec<Spec> = Vec::new();
    for (at, spec) in runs.iter().enumerate() {
        let kind = kind(spec);
        let known = measured.iter().find(|(other, _)| *other == kind).map(|(_, known)| *known);
        let found = if let Some(known) = known {
            known
        } else {
            if !silent {
                // Nobody may be there to read it, and that is no failure.
                let (at, name) = (at + 1, plain(&spec.name, output::SIGN));
                let _ = writeln!(io::stderr(), "measuring {at} of {}: {name}", runs.len());
            }
            let chosen = devices::choose(&spec.device).map_err(|error| said(&error))?;
            if !expected.devices.contains(&chosen.device) {
                expected.devices.push(chosen.device.clone());
            }
            let found = measure(spec, places.data_dir(), &chosen);
            let found = found.map_err(|failure| said(&failure))?;
            measured.push((kind, found));
            found
        };
        let same = |other: &Spec| {
            (&other.data, &other.network, other.seed, &other.coreset)
                == (&spec.data, &spec.network, spec.seed, &spec.coreset)
        };
        if found.training_secs > 0.0 && !trained.iter().any(same) {
            trained.push(spec.clone());
            expected.training_secs += found.training_secs;
        }
        expected.condensing_secs += found.condensing_secs;
        expected.evaluating_secs += found.evaluating_secs;
    }
    let Expected { training_secs, condensing_secs, evaluating_secs, .. } = expected;
    expected.secs = training_secs + condensing_secs + evaluating_secs;
    Ok(expected)
}

/// The spec without what makes no difference to its time.
fn kind(spec: &Spec) -> Spec {
    Spec { name: String::new(), seed: 0, ..spec.clone() }
}
