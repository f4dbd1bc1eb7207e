//! `stillroom pause|resume|stop|cancel|retry|snapshot RUN`: one wish about one run.

use serde_json::json;

use super::{failure::Failure, output, session::Session};
use crate::{
    queue::Command,
    wire::{
        client::unexpected,
        message::{Answer, Wish},
    },
};

/// Sends the wish and prints what it led to.
pub fn main(wish: Command, session: &Session) -> Result<(), Failure> {
    match session.ask(Wish::Command(wish))? {
        Answer::Done { text } if session.json => output::json(&json!({ "done": text })),
        Answer::Done { text } => session.line(&text),
        other => Err(unexpected(&other).into()),
    }
}
