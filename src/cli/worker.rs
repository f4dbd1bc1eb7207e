//! `stillroom worker RUN_DIR`: does one run. The daemon starts it; by hand it works as well.

use std::{path::PathBuf, process::ExitCode};

use super::{diary, failure::Failure};
use crate::{
    engine::{
        self,
        worker::{Exit, Start},
    },
    queue::{Places, executor::slurm::commands},
    record::{RunFolder, long_log},
    spec::DeviceChoice,
};

/// The arguments of `worker`.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The run folder
    run_dir: PathBuf,
    /// The device whose slot the run was given
    #[arg(long)]
    device: Option<DeviceChoice>,
    /// The Slurm job that it runs in, which another try of the same job continues
    #[arg(long, default_value = "")]
    job: String,
}

/// Does the run.
pub fn main(args: &Args) -> Result<ExitCode, Failure> {
    if args.job.is_empty() {
        // Refused to a process that leads a group already, as one that was started by hand does. A job's
        // processes stay where Slurm looks for them.
        let _ = rustix::process::setsid();
    }
    diary::begin();
    long_log::keep_short(RunFolder::new(&args.run_dir).worker_log());
    let places = Places::find()?;
    let start = Start { data_dir: places.data_dir(), slot: args.device.as_ref(), job: &args.job };
    let exit = engine::worker::run(&args.run_dir, start);
    if exit == (Exit::Yielded { wants_another: true }) && requeue(&args.job) {
        return Ok(ExitCode::SUCCESS);
    }
    Ok(ExitCode::from(exit.code()))
}

/// Has the job put back into Slurm's queue. Where that is not allowed, the daemon submits another one.
fn requeue(job: &str) -> bool {
    const TRIES: usize = 3;
    (0..TRIES).any(|_| match commands::requeue(job) {
        Ok(()) => true,
        Err(trouble) => {
            tracing::warn!("job {job} was not put back into the queue: {}", trouble.words());
            false
        }
    })
}
