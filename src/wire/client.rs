//! A client's side of the wire.

use std::{collections::VecDeque, path::Path, time::Duration};

use tokio::{
    io::AsyncWriteExt,
    net::{
        UnixStream,
        unix::{OwnedReadHalf, OwnedWriteHalf},
    },
    time::timeout,
};

use super::{
    codec::{CodecError, Lines, decode, encode},
    message::{Answer, Message, PROTOCOL, Request, Wish},
};
use crate::queue::Refusal;

/// How long an answer may take.
const ANSWER_LIMIT: Duration = Duration::from_mins(1);

/// A conversation that failed.
#[derive(Debug, thiserror::Error)]
pub enum ClientError {
    /// The daemon refused.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// The daemon is gone.
    #[error("the daemon ended the connection; the command can be given again")]
    Gone,
    /// The connection broke.
    #[error(transparent)]
    Codec(#[from] CodecError),
    /// The daemon hangs.
    #[error("the daemon has not answered for {} s; see daemon.log in the data directory", ANSWER_LIMIT.as_secs())]
    Silent,
    /// The daemon answers something else than what was asked.
    #[error("the daemon gave an answer that does not belong to the question: {0}")]
    Unexpected(String),
    /// There is no daemon, and none could be started.
    #[error("{0}")]
    NoDaemon(String),
}

impl ClientError {
    /// True when the daemon is gone and a new connection may help.
    pub const fn is_lost(&self) -> bool {
        matches!(self, Self::Gone | Self::Codec(CodecError::Broken(_)))
    }
}

/// The daemon at the other end, as it introduced itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Daemon {
    /// Its program version.
    pub program: String,
    /// Its machine.
    pub host: String,
    /// Its process.
    pub pid: u32,
    /// Its data directory.
    pub data_dir: String,
}

/// The half of a connection that requests go into.
#[derive(Debug)]
pub struct Sender {
    write: OwnedWriteHalf,
    next: u64,
}

impl Sender {
    /// Sends a request; the reply carries the number that is returned.
    pub async fn send(&mut self, wish: Wish) -> Result<u64, ClientError> {
        let id = self.next;
        self.next += 1;
        let line = encode(&Request { id, wish })?;
        self.write.write_all(&line).await.map_err(CodecError::from)?;
        Ok(id)
    }
}

/// The half of a connection that messages come out of.
#[derive(Debug)]
pub struct Receiver {
    lines: Lines<OwnedReadHalf>,
    kept: VecDeque<Message>,
}

impl Receiver {
    /// The next message. Nothing is lost when this future is dropped before it is done.
    pub async fn next(&mut self) -> Result<Message, ClientError> {
        match self.kept.pop_front() {
            Some(message) => Ok(message),
            None => self.read().await,
        }
    }

    async fn read(&mut self) -> Result<Message, ClientError> {
        let line = self.lines.next().await?.ok_or(ClientError::Gone)?;
        Ok(decode(&line)?)
    }

    /// The answer with this number; other messages are kept for [`Self::next`].
    async fn answer(&mut self, id: u64) -> Result<Answer, ClientError> {
        loop {
            match self.read().await? {
                Message::Reply { id: found, answer } if found == id => return Ok(answer),
                other => self.kept.push_back(other),
            }
        }
    }
}

/// A connection to a daemon.
#[derive(Debug)]
pub struct Client {
    /// The daemon at the other end.
    pub daemon: Daemon,
    sender: Sender,
    receiver: Receiver,
}

impl Client {
    /// Connects to the daemon that listens at `path`.
    pub async fn connect(path: &Path) -> Result<Self, ClientError> {
        let stream = UnixStream::connect(path).await.map_err(CodecError::from)?;
        let (read, write) = stream.into_split();
        let mut sender = Sender { write, next: 1 };
        let mut receiver = Receiver { lines: Lines::new(read), kept: VecDeque::new() };
        let program = env!("CARGO_PKG_VERSION").to_owned();
        let hello = Wish::Hello { protocol: PROTOCOL, program };
        match ask(&mut sender, &mut receiver, hello).await? {
            Answer::Hello { program, host, pid, data_dir, .. } => {
                let daemon = Daemon { program, host, pid, data_dir };
                Ok(Self { daemon, sender, receiver })
            }
            other => Err(unexpected(&other)),
        }
    }

    /// Asks and waits for the answer. A refusal is an error.
    pub async fn ask(&mut self, wish: Wish) -> Result<Answer, ClientError> {
        ask(&mut self.sender, &mut self.receiver, wish).await
    }

    /// The next message that was not asked for.
    pub async fn next(&mut self) -> Result<Message, ClientError> {
        self.receiver.next().await
    }

    /// Both halves, for two tasks.
    pub fn into_halves(self) -> (Sender, Receiver) {
        (self.sender, self.receiver)
    }
}

async fn ask(
    sender: &mut Sender,
    receiver: &mut Receiver,
    wish: Wish,
) -> Result<Answer, ClientError> {
    let asked = async {
        let id = sender.send(wish).await?;
        receiver.answer(id).await
    };
    match timeout(ANSWER_LIMIT, asked).await {
        Ok(Ok(Answer::Refused { reason, advice })) => Err(Refusal { reason, advice }.into()),
        Ok(answer) => answer,
        Err(_) => Err(ClientError::Silent),
    }
}

/// For an answer of another kind than the question's.
pub fn unexpected(answer: &Answer) -> ClientError {
    let text = serde_json::to_string(answer).unwrap_or_default();
    ClientError::Unexpected(text.chars().take(200).collect())
}
