//! `stillroom clone RUN`: another run of the same spec, or of one that differs in a few keys.

use serde_json::{Value, json};

use super::{
    failure::Failure,
    output,
    session::{self, Session},
};
use crate::{
    queue::{Command, RunId},
    spec::{
        Spec,
        difference::{Difference, difference},
        parse::{Typed, parse},
    },
    wire::{
        Client,
        client::unexpected,
        message::{Answer, Wish},
    },
};

/// The arguments of `clone`.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The number of the run, as `ls` shows it, or HOST:NUMBER
    pub run: RunId,
    /// Change a value of the spec, such as `seed=7`; what follows it and was never set follows it here too
    #[arg(long, value_name = "KEY=VALUE")]
    set: Vec<String>,
}

/// Adds the run, and says in what it differs.
pub fn main(args: &Args, session: &Session) -> Result<(), Failure> {
    let original = session.own(args.run);
    let (run, folder, differing) = session::block_on(async {
        let mut client = session.connect().await?;
        let wish = Command::Clone { run: original, set: args.set.clone() };
        let (run, folder) = match client.ask(Wish::Command(wish)).await? {
            Answer::Added { run, folder } => (run, folder),
            other => return Err(unexpected(&other).into()),
        };
        let (first, second) = (spec(&mut client, original).await?, spec(&mut client, run).await?);
        let differing = first.zip(second).map(|(first, second)| difference(&first, &second));
        Ok((run, folder, differing.unwrap_or_default()))
    })?;
    if session.json {
        let changed = differing.iter().map(
            |Difference { key, first, second }| json!({ "key": key, "from": first, "to": second }),
        );
        let changed = changed.collect::<Vec<Value>>();
        return output::json(
            &json!({ "run": run, "of": original, "folder": folder, "changed": changed }),
        );
    }
    output::line(&format!(
        "run {run} is queued, a clone of run {original}; its folder is {}",
        session.place(&folder)
    ))?;
    for Difference { key, first, second } in differing {
        output::line(&format!("  {key}: {first} becomes {second}"))?;
    }
    Ok(())
}

/// The spec of a run; none where it is of a version that cannot be read here.
async fn spec(client: &mut Client, run: RunId) -> Result<Option<Spec>, Failure> {
    let text = session::file(client, run, "spec.toml").await?;
    let text = String::from_utf8_lossy(&text);
    Ok(parse(&Typed { source: "spec.toml", text: &text, set: &[] }).ok())
}
