//! `stillroom agent`: what ssh runs on a host, for a Stillroom on another machine.

use std::{
    env,
    path::{Path, PathBuf},
    process::ExitCode,
};

use tokio::runtime::Builder;

use super::failure::Failure;
use crate::{queue::Places, wire::agent};

/// The arguments of `agent`.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The data directory; one that begins with `~/` lies in the home directory
    #[arg(long, value_name = "FOLDER")]
    data_dir: Option<PathBuf>,
}

/// Joins standard input and output to the daemon, until either ends.
pub fn main(args: &Args) -> Result<ExitCode, Failure> {
    let places = match &args.data_dir {
        Some(path) => Places::at(&from_home(path)),
        None => Places::find(),
    };
    let lost = |source| Failure::System { what: "the connection broke", source };
    let runtime = Builder::new_current_thread().enable_all().build().map_err(lost)?;
    let served = runtime.block_on(async {
        match places {
            Ok(places) => agent::serve(&places).await,
            Err(error) => agent::refuse(&error.to_string()).await.map(|()| false),
        }
    });
    // A read of standard input that goes on is not waited for.
    runtime.shutdown_background();
    Ok(if served.map_err(lost)? { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// The path with `~/` at its beginning made the home directory, which no shell has seen to.
fn from_home(path: &Path) -> PathBuf {
    match (path.strip_prefix("~"), env::home_dir()) {
        (Ok(rest), Some(home)) => home.join(rest),
        _ => path.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tilde_is_the_home_directory() {
        let home = env::home_dir().unwrap();
        assert_eq!(from_home(Path::new("~/big disk")), home.join("big disk"));
        for path in ["/data/~x", "~x/y", "a/~/b"] {
            assert_eq!(from_home(Path::new(path)), Path::new(path));
        }
    }
}
