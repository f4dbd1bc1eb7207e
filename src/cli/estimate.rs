//! `stillroom estimate`: how long a run would take here and how much memory, from a measurement of each kind of
//! work in it. The screen asks for it through the daemon, and so does --host.

use super::{
    failure::Failure,
    figures::{mebibytes, span},
    output,
    session::{Session, block_on},
    spec_source,
};
use crate::{
    bench::resources,
    engine::{devices, forecast::forecast},
    queue::{Expected, Places},
    spec::parse::{Typed, parse},
    wire::{
        client::unexpected,
        message::{Answer, Wish},
    },
};

/// The arguments of `estimate`.
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(flatten)]
    spec: spec_source::Args,
}

/// Measures the spec.
pub fn main(args: &Args, json: bool) -> Result<(), Failure> {
    let ready = args.spec.read()?;
    let typed = Typed { source: &ready.source, text: &ready.text, set: &[] };
    let spec = parse(&typed).map_err(Failure::Spec)?;
    let said = |error: &dyn std::fmt::Display| Failure::Said(error.to_string());
    devices::hold_cpu_level().map_err(|error| said(&error))?;
    let chosen = devices::choose(&spec.device).map_err(|error| said(&error))?;
    let found = forecast(&spec, Places::find()?.data_dir(), &chosen);
    let found = found.map_err(|failure| said(&failure))?;
    let expected = Expected {
        device: chosen.device,
        training_secs: found.training_secs,
        condensing_secs: found.condensing_secs,
        evaluating_secs: found.evaluating_secs,
        memory_bytes: resources::own().peak_memory_bytes,
        device_bytes: found.device_bytes,
    };
    tell(&expected, json)
}

/// Lets a daemon measure the spec, where it would run.
pub fn at(args: &Args, session: &Session) -> Result<(), Failure> {
    let spec = args.spec.read()?.text;
    let expected = block_on(async {
        let mut client = session.connect().await?;
        match client.ask_for_work(Wish::Estimate { spec }).await? {
            Answer::Estimate { expected } => Ok(expected),
            other => Err(unexpected(&other).into()),
        }
    });
    tell(&expected?, session.json)
}

fn tell(expected: &Expected, json: bool) -> Result<(), Failure> {
    if json {
        return output::json(expected);
    }
    let device = expected
        .device_bytes
        .map_or_else(String::new, |bytes| format!(", {} of them on the device", mebibytes(bytes)));
    output::line(&format!(
        "about {} on {}: {} training networks on all data, {} condensing, {} evaluating; {}{device}",
        span(expected.secs()),
        expected.device,
        span(expected.training_secs),
        span(expected.condensing_secs),
        span(expected.evaluating_secs),
        mebibytes(expected.memory_bytes),
    ))
}
