//! `stillroom worker`: does one run. The daemon starts one for each.

use std::{io, path::PathBuf, process::ExitCode};

use tracing_subscriber::EnvFilter;

use super::failure::Failure;
use crate::{engine, queue::Places, spec::DeviceChoice};

/// The arguments of `worker`.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The run folder, with a spec.toml in it
    folder: PathBuf,
    /// The device to use, instead of the one that the spec wishes
    #[arg(long)]
    device: Option<DeviceChoice>,
}

/// Does the run to its end, or until it is told to stop.
pub fn main(args: &Args) -> Result<ExitCode, Failure> {
    let places = Places::find()?;
    tracing_subscriber::fmt()
        .with_env_filter(EnvFilter::new("warn"))
        .with_ansi(false)
        .with_writer(io::stderr)
        .init();
    Ok(engine::worker::run(&args.folder, places.data_dir(), args.device.as_ref()))
}
