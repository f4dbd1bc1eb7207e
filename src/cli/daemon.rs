//! `stillroom daemon`: serves the queue of the data directory. Other commands start it.

use std::{env, path::PathBuf, process::ExitCode, time::Duration};

use super::{diary, failure::Failure, output, session};
use crate::{
    queue::Places,
    record::long_log,
    wire::{self, message::Wish},
};

/// The environment variable that names another program for the work, in tests.
const WORKER_VARIABLE: &str = "STILLROOM_WORKER";

/// The arguments of `daemon`.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Leave the session of the terminal
    #[arg(long)]
    detached: bool,
    /// End after so many seconds in which nothing is to do and nobody is connected
    #[arg(long, default_value_t = 10.0, value_parser = idle_secs)]
    idle_secs: f64,
    /// End the daemon that serves now; its runs go on
    #[arg(long)]
    stop: bool,
}

fn idle_secs(text: &str) -> Result<f64, String> {
    let secs: f64 = text.parse().map_err(|_| "not a number".to_owned())?;
    (0.0..=1e9).contains(&secs).then_some(secs).ok_or_else(|| "allowed: 0 to 1e9".to_owned())
}

/// Serves until there is nothing to do.
pub fn main(args: &Args) -> Result<ExitCode, Failure> {
    let places = Places::find()?;
    if args.stop {
        stop(&places)?;
        return Ok(ExitCode::SUCCESS);
    }
    if args.detached {
        // Refused to a process that leads a group already, which is then no terminal's child either.
        let _ = rustix::process::setsid();
    }
    diary::begin();
    long_log::keep_short(places.daemon_log());
    let own = env::current_exe()
        .map_err(|source| Failure::System { what: "the program does not find itself", source })?;
    let program = env::var_os(WORKER_VARIABLE).map_or(own, PathBuf::from);
    wire::daemon::serve(&places, program, Duration::from_secs_f64(args.idle_secs))?;
    Ok(ExitCode::SUCCESS)
}

fn stop(places: &Places) -> Result<(), Failure> {
    session::block_on(async {
        match wire::connect(places).await? {
            None => output::line("no daemon is running"),
            Some(mut client) => {
                client.ask(Wish::Shutdown).await?;
                output::line("the daemon ends; its runs go on")
            }
        }
    })
}
