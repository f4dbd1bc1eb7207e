//! `stillroom run SPEC`: a run in front of the queue, followed until it ends.

use std::process::ExitCode;

use super::{
    data_sending,
    failure::Failure,
    follow::Follow,
    session::{Session, block_on},
    spec_source::{self, Ready},
};
use crate::{
    queue::Command,
    wire::{
        client::unexpected,
        message::{Answer, Wish},
    },
};

/// The arguments of `run`.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// What to run.
    #[command(flatten)]
    pub spec: spec_source::Args,
}

/// Adds the run and follows it. Ctrl-C stops it with a checkpoint.
pub fn main(args: &Args, session: &Session) -> Result<ExitCode, Failure> {
    queue(args.spec.read()?, session)
}

/// The same with a spec that was read.
pub fn queue(ready: Ready, session: &Session) -> Result<ExitCode, Failure> {
    let (spec, source) = (ready.text, ready.source);
    let text = spec.clone();
    let add = Command::Add { spec, source, front: true, study: String::new() };
    block_on(async {
        let mut client = session.connect().await?;
        match data_sending::ask(&mut client, Wish::Command(add), &text, session).await? {
            Answer::Added { run, folder } => {
                Follow::new(run, folder, session).until_it_ends(client).await
            }
            other => Err(unexpected(&other).into()),
        }
    })
}
