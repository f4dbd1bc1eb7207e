//! Data sets that a host lacks: sent when that is asked for, offered when a run is refused for want of one.

use std::path::Path;

use super::{failure::Failure, figures::mebibytes, output, question::confirmed, session::Session};
use crate::{
    data::{self, State},
    queue::Places,
    spec::{
        Spec,
        parse::{Typed, parse},
    },
    wire::{
        Client, ClientError,
        message::{Answer, Wish},
        send_data::{self, SendError},
    },
};

impl From<SendError> for Failure {
    fn from(error: SendError) -> Self {
        match error {
            SendError::Client(error) => Self::Client(error),
            SendError::Data(error) => Self::Data(error),
            error @ SendError::Read(..) => Self::Said(error.to_string()),
        }
    }
}

/// Sends a data set; gives back what the host says.
pub async fn send(client: &mut Client, name: &str, session: &Session) -> Result<String, Failure> {
    let places = Places::find()?;
    let files = send_data::files(name, places.data_dir())?;
    let mut shown = None;
    let show = |there: u64, of: u64| {
        let percent = there * 100 / of.max(1);
        if !session.json && output::is_terminal() && shown != Some(percent) {
            shown = Some(percent);
            // A figure that cannot be shown changes nothing.
            drop(output::over(&format!("{name}: {percent} % of {}", mebibytes(of))));
        }
    };
    let said = send_data::send(client, name, &files, places.data_dir(), show).await?;
    if !session.json && output::is_terminal() {
        output::over("")?;
    }
    Ok(said)
}

/// Asks for something that needs the data set of `spec`. Where the host refuses and lacks the set, and it is here,
/// it is offered to be sent, and the wish is asked again.
pub async fn ask(
    client: &mut Client,
    wish: Wish,
    spec: &str,
    session: &Session,
) -> Result<Answer, Failure> {
    let refused = match client.ask(wish.clone()).await {
        Err(ClientError::Refused(refusal)) if session.host().is_some() => refusal,
        answer => return Ok(answer?),
    };
    let Some((name, bytes)) = lacking(client, spec).await? else {
        return Err(ClientError::Refused(refused).into());
    };
    let host = session.host().unwrap_or_default();
    let question = format!(
        "{host} lacks the data set {name}, which is here, with {}. Send it? [y/N] ",
        mebibytes(bytes)
    );
    if session.json || !confirmed(&question, "sending").unwrap_or(false) {
        let advice = format!("`stillroom data send {name} {host}` sends it from here.");
        return Err(Failure::Said(format!("{}\n{advice}", refused.reason)));
    }
    let said = send(client, &name, session).await?;
    output::line(&format!("{host}: {said}"))?;
    Ok(client.ask(wish).await?)
}

/// The data set of a spec and its size, where the host lacks it and this machine has it.
async fn lacking(client: &mut Client, spec: &str) -> Result<Option<(String, u64)>, Failure> {
    let Ok(Spec { data, .. }) = parse(&Typed { source: "", text: spec, set: &[] }) else {
        return Ok(None);
    };
    let Answer::DataSets { sets } = client.ask(Wish::DataSets).await? else { return Ok(None) };
    let name = data.set.clone();
    if !data.path.is_empty() || sets.iter().any(|set| set.name == name && set.is_usable()) {
        return Ok(None);
    }
    let places = Places::find()?;
    let own = data::list(places.data_dir()).into_iter();
    let mut own = own.filter(|set| set.name == name && set.state == State::Present);
    Ok(own.next().and_then(|set| Some((name, size_of(&set.path?)))))
}

fn size_of(folder: &Path) -> u64 {
    let Ok(entries) = std::fs::read_dir(folder) else { return 0 };
    let sizes = entries.flatten().map(|entry| match std::fs::metadata(entry.path()) {
        Ok(meta) if meta.is_dir() => size_of(&entry.path()),
        Ok(meta) => meta.len(),
        Err(_) => 0,
    });
    sizes.sum()
}
