//! `stillroom move RUN...`: runs get another place in the queue.

use super::{failure::Failure, session::Session, steer};
use crate::queue::{Command, RunId};

/// The arguments of `move`.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The numbers of the runs, in the order in which they shall stand, or HOST:NUMBER
    #[arg(required = true, value_name = "RUN")]
    runs: Vec<RunId>,
    #[command(flatten)]
    place: Place,
}

#[derive(Debug, clap::Args)]
#[group(required = true, multiple = false)]
struct Place {
    /// Before this run
    #[arg(long, value_name = "RUN")]
    before: Option<RunId>,
    /// Before all others
    #[arg(long)]
    first: bool,
    /// Behind all others
    #[arg(long)]
    last: bool,
}

impl Args {
    /// The runs that are named.
    pub fn runs(&self) -> Vec<RunId> {
        self.runs.iter().copied().chain(self.place.before).collect()
    }
}

/// Moves the runs.
pub fn main(args: &Args, session: &Session) -> Result<(), Failure> {
    let runs: Vec<RunId> = args.runs.iter().map(|run| session.own(*run)).collect();
    let before = if args.place.first {
        let order = session.list()?;
        order.into_iter().map(|run| run.id).find(|run| !runs.contains(run))
    } else {
        args.place.before.map(|run| session.own(run))
    };
    steer::main(Command::Arrange { runs, before }, session)
}
