//! `stillroom add SPEC`: a run at the end of the queue.

use serde_json::json;

use super::{
    data_sending,
    failure::Failure,
    output,
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

/// The arguments of `add`.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// What to run.
    #[command(flatten)]
    pub spec: spec_source::Args,
    /// Before all others that wait
    #[arg(long)]
    pub front: bool,
}

/// Adds a run and says its number.
pub fn main(args: &Args, session: &Session) -> Result<(), Failure> {
    queue(args.spec.read()?, args.front, session)
}

/// Adds a run of a spec that was read, and says its number.
pub fn queue(ready: Ready, front: bool, session: &Session) -> Result<(), Failure> {
    let spec = ready.text.clone();
    let add = Command::Add { spec: ready.text, source: ready.source, front, study: String::new() };
    let answer = block_on(async {
        let mut client = session.connect().await?;
        data_sending::ask(&mut client, Wish::Command(add), &spec, session).await
    });
    match answer? {
        Answer::Added { run, folder } if session.json => {
            output::json(&json!({ "run": run, "folder": folder }))
        }
        Answer::Added { run, folder } => {
            let folder = session.place(&folder);
            session.line(&format!("run {run} is queued; its folder is {folder}"))
        }
        other => Err(unexpected(&other).into()),
    }
}
