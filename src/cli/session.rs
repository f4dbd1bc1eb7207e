//! One command's conversation with the daemon.

use std::future::Future;

use tokio::runtime::Builder;

use super::failure::Failure;
use crate::{
    queue::{Places, RunId, RunSummary},
    wire::{
        Client, ClientError,
        client::unexpected,
        connect_or_start,
        message::{Answer, Wish},
    },
};

/// Runs a conversation to its end.
pub fn block_on<T>(talk: impl Future<Output = Result<T, Failure>>) -> Result<T, Failure> {
    let runtime = Builder::new_current_thread().enable_all().build();
    runtime
        .map_err(|source| Failure::System { what: "the program cannot run", source })?
        .block_on(talk)
}

/// Connects to the daemon of the user's data directory, which is started where it is missing.
pub async fn connect() -> Result<Client, Failure> {
    Ok(connect_or_start(&Places::find()?).await?)
}

/// One question, one answer.
pub fn ask(wish: Wish) -> Result<Answer, Failure> {
    block_on(async { Ok(connect().await?.ask(wish).await?) })
}

/// All runs, in queue order.
pub async fn list(client: &mut Client) -> Result<Vec<RunSummary>, Failure> {
    match client.ask(Wish::List).await? {
        Answer::Runs { runs } => Ok(runs),
        other => Err(unexpected(&other).into()),
    }
}

/// One run.
pub async fn find(client: &mut Client, run: RunId) -> Result<RunSummary, Failure> {
    let runs = list(client).await?;
    runs.into_iter().find(|found| found.id == run).ok_or_else(|| {
        Failure::Said(format!("there is no run {run}\n`stillroom ls` lists the runs."))
    })
}

/// A whole file of a run folder.
pub async fn file(client: &mut Client, run: RunId, path: &str) -> Result<Vec<u8>, ClientError> {
    use base64::{Engine, engine::general_purpose::STANDARD};
    let mut bytes = Vec::new();
    loop {
        let offset = bytes.len() as u64;
        match client.ask(Wish::Artefact { run, path: path.to_owned(), offset }).await? {
            Answer::Artefact { data, size, .. } => {
                let part = STANDARD
                    .decode(data)
                    .map_err(|error| ClientError::Unexpected(error.to_string()))?;
                bytes.extend(&part);
                if part.is_empty() || bytes.len() as u64 >= size {
                    return Ok(bytes);
                }
            }
            other => return Err(unexpected(&other)),
        }
    }
}
