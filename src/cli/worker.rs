//! `stillroom worker RUN_DIR`: does one run. The daemon starts it; by hand it works as well.

use std::{path::PathBuf, process::ExitCode};

use super::{diary, failure::Failure};
use crate::{engine, queue::Places, spec::DeviceChoice};

/// The arguments of `worker`.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The run folder
    run_dir: PathBuf,
    /// The device whose slot the run was given
    #[arg(long)]
    device: Option<DeviceChoice>,
}

/// Does the run.
pub fn main(args: &Args) -> Result<ExitCode, Failure> {
    // Refused to a process that leads a group already, as one that was started by hand does.
    let _ = rustix::process::setsid();
    diary::begin();
    let places = Places::find()?;
    Ok(engine::worker::run(&args.run_dir, places.data_dir(), args.device.as_ref()))
}
