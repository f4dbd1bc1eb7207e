//! `stillroom daemon`: serves the queue of the data directory. Other commands start it.

use std::{env, io, path::PathBuf, process::ExitCode, time::Duration};

use tracing_subscriber::EnvFilter;

use super::{failure::Failure, output, session};
use crate::{
    engine,
    queue::{Places, Tools},
    wire::{self, message::Wish},
};

/// The environment variable that names another program for the work, in tests.
const WORKER_VARIABLE: &str = "STILLROOM_WORKER";
/// The environment variable that says what the daemon logs, such as `debug`.
const LOG_VARIABLE: &str = "STILLROOM_LOG";

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
    let filter = EnvFilter::try_from_env(LOG_VARIABLE).unwrap_or_else(|_| EnvFilter::new("info"));
    tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_ansi(false)
        .with_writer(io::stderr)
        .init();
    let own = env::current_exe()
        .map_err(|source| Failure::System { what: "the program does not find itself", source })?;
    let program = env::var_os(WORKER_VARIABLE).map_or(own, PathBuf::from);
    let tools = Tools { program, data_check: Some(engine::admit::check) };
    wire::daemon::serve(&places, tools, Duration::from_secs_f64(args.idle_secs))?;
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
