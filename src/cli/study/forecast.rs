//! How long runs will take, from one measurement of every kind among them, which the daemon makes where they will
//! run.

use std::io::{self, Write};

use serde::Serialize;

use crate::{
    cli::{
        failure::Failure,
        output,
        session::{Session, block_on},
    },
    harmless::plain,
    queue::Expected as Measured,
    spec::Spec,
    wire::{
        Client,
        client::unexpected,
        message::{Answer, Wish},
    },
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

/// Measures runs; says on standard error where it is, unless it prints JSON.
pub fn forecast(runs: &[Spec], session: &Session) -> Result<Expected, Failure> {
    if runs.is_empty() {
        return Ok(Expected::default());
    }
    block_on(async {
        let mut client = session.connect().await?;
        let mut expected = Expected::default();
        let mut measured: Vec<(Spec, Measured)> = Vec::new();
        let mut trained: Vec<&Spec> = Vec::new();
        for (at, spec) in runs.iter().enumerate() {
            let kind = kind(spec);
            let known = measured.iter().find(|(other, _)| *other == kind);
            let found = if let Some((_, known)) = known {
                known.clone()
            } else {
                if !session.json {
                    // Nobody may be there to read it, and that is no failure.
                    let (at, name) = (at + 1, plain(&spec.name, output::SIGN));
                    let _ = writeln!(io::stderr(), "measuring {at} of {}: {name}", runs.len());
                }
                let found = measure(&mut client, spec).await?;
                measured.push((kind, found.clone()));
                found
            };
            if !expected.devices.contains(&found.device) {
                expected.devices.push(found.device);
            }
            let same = |other: &&Spec| {
                (&other.data, &other.network, other.seed, &other.coreset)
                    == (&spec.data, &spec.network, spec.seed, &spec.coreset)
            };
            if found.training_secs > 0.0 && !trained.iter().any(same) {
                trained.push(spec);
                expected.training_secs += found.training_secs;
            }
            expected.condensing_secs += found.condensing_secs;
            expected.evaluating_secs += found.evaluating_secs;
        }
        let Expected { training_secs, condensing_secs, evaluating_secs, .. } = expected;
        expected.secs = training_secs + condensing_secs + evaluating_secs;
        Ok(expected)
    })
}

async fn measure(client: &mut Client, spec: &Spec) -> Result<Measured, Failure> {
    match client.ask_for_work(Wish::Estimate { spec: spec.to_toml() }).await? {
        Answer::Estimate { expected } => Ok(expected),
        other => Err(unexpected(&other).into()),
    }
}

/// The spec without what makes no difference to its time.
fn kind(spec: &Spec) -> Spec {
    Spec { name: String::new(), seed: 0, ..spec.clone() }
}
