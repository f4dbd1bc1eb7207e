//! What ends a command early, and how the user is told.

use std::{
    io::{self, Write},
    path::PathBuf,
    process::ExitCode,
};

use super::output;
use crate::{
    bench::BenchError,
    data::{DataError, fetch::FetchError},
    harmless::plain_lines,
    queue::places::PlacesError,
    record::exchange::ExchangeError,
    spec::Fault,
    wire::{ClientError, daemon::DaemonError, host_error::HostError},
};

/// Why a command could not be done.
#[derive(Debug, thiserror::Error)]
pub enum Failure {
    /// The spec has faults.
    #[error("{}", lines(.0))]
    Spec(Vec<Fault>),
    /// The data directory cannot be used.
    #[error(transparent)]
    Places(#[from] PlacesError),
    /// The daemon refused, or cannot be reached.
    #[error(transparent)]
    Client(#[from] ClientError),
    /// A host cannot be talked to.
    #[error(transparent)]
    Host(#[from] HostError),
    /// The daemon cannot serve.
    #[error(transparent)]
    Daemon(#[from] DaemonError),
    /// A data set cannot be used.
    #[error(transparent)]
    Data(#[from] DataError),
    /// A synthetic set cannot be read or written.
    #[error(transparent)]
    Exchange(#[from] ExchangeError),
    /// A data set cannot be fetched.
    #[error(transparent)]
    Fetch(#[from] FetchError),
    /// Something cannot be measured.
    #[error(transparent)]
    Bench(#[from] BenchError),
    /// A file cannot be read.
    #[error("cannot read {}: {source}", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// The system denies something else.
    #[error("{what}: {source}")]
    System {
        /// What was tried.
        what: &'static str,
        /// What the system says.
        source: io::Error,
    },
    /// Whoever reads the output has had enough.
    #[error("the output was closed")]
    OutputClosed,
    /// A sentence.
    #[error("{0}")]
    Said(String),
}

fn lines(faults: &[Fault]) -> String {
    faults.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n")
}

impl Failure {
    /// Tells the user, and gives the exit code.
    pub fn report(&self) -> ExitCode {
        match self {
            Self::OutputClosed => return ExitCode::SUCCESS,
            // Who cannot be told cannot be told that either.
            failure => {
                let text = failure.to_string();
                let text = plain_lines(&text, output::SIGN);
                drop(writeln!(io::stderr().lock(), "error: {text}"));
            }
        }
        match self {
            Self::Daemon(error) => ExitCode::from(error.exit_code()),
            _ => ExitCode::FAILURE,
        }
    }
}
