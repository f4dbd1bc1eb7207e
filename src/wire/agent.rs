//! What `ssh` runs on a host: it joins its own input and output to that machine's daemon, byte for byte, and
//! starts the daemon where it is missing.
//!
//! Its first line is a [`Greeting`], which tells it from whatever else the far shell prints, and which says so where
//! there is no daemon to be had.

use std::io;

use tokio::{
    io::{AsyncWriteExt, copy, stdin, stdout},
    select,
};

use super::{connect_or_start, ssh::Greeting};
use crate::queue::Places;

/// Joins until either side ends. True when there was a daemon.
pub async fn serve(places: &Places) -> io::Result<bool> {
    let mut output = stdout();
    let client = match connect_or_start(places).await {
        Ok(client) => client,
        Err(error) => {
            greet(&mut output, Some(error.to_string())).await?;
            return Ok(false);
        }
    };
    greet(&mut output, None).await?;
    let (lines, mut write) = client.into_stream();
    let (rest, mut read) = lines.into_rest();
    output.write_all(&rest).await?;
    let mut input = stdin();
    select! {
        // The other side has left: what the daemon still says, nobody hears.
        done = copy(&mut input, &mut write) => { done?; }
        done = copy(&mut read, &mut output) => { done?; }
    }
    output.flush().await?;
    Ok(true)
}

/// The same where not even the data directory can be used.
pub async fn refuse(why: &str) -> io::Result<()> {
    greet(&mut stdout(), Some(why.to_owned())).await
}

async fn greet(output: &mut (impl AsyncWriteExt + Unpin), error: Option<String>) -> io::Result<()> {
    let mut line = serde_json::to_vec(&Greeting::new(error))?;
    line.push(b'\n');
    output.write_all(&line).await?;
    output.flush().await
}
