//! A client's side of the wire.

use std::{collections::VecDeque, path::Path, time::Duration};

use tokio::{
    io::{AsyncRead, AsyncWrite, AsyncWriteExt},
    net::UnixStream,
    time::{Instant, timeout, timeout_at},
};

use super::{
    codec::{CodecError, Lines, decode, encode},
    host_error::HostError,
    label,
    lists::Gathered,
    message::{Answer, Message, OLDEST_PROTOCOL, PROTOCOL, Request, SIGNS_SINCE, Wish},
    signs_of_life::Wait,
    ssh::Process,
};
use crate::queue::{HostName, Refusal};

/// How long an answer may take.
const ANSWER_LIMIT: Duration = Duration::from_mins(1);
/// How long an answer may take that the daemon has to work for.
const WORK_LIMIT: Duration = Duration::from_mins(10);
/// How long the daemon may take until it has said who it is.
const HELLO_LIMIT: Duration = Duration::from_secs(10);
/// The same for one that has refused already, and may be asked in other words.
const SECOND_HELLO_LIMIT: Duration = Duration::from_secs(3);
/// How long a message that was begun may pause.
const PAUSE_LIMIT: Duration = Duration::from_secs(10);
/// How long the daemon may leave a request unread.
const UNREAD_LIMIT: Duration = Duration::from_secs(10);
/// How many bytes of a request go over the slowest way in a second.
const SLOWEST_BYTES_PER_SEC: usize = 16 << 10;
/// How long the other side may take to say why it reads no more.
const LAST_WORDS_LIMIT: Duration = Duration::from_secs(2);
/// About how much may come unasked while an answer is waited for.
const MOST_KEPT_BYTES: usize = 32 << 20;

/// What a client puts up with. Tests are less patient.
#[derive(Debug, Clone, Copy)]
pub struct Patience {
    /// How long the daemon may take until it has said who it is.
    pub hello: Duration,
    /// How long a message that was begun may pause.
    pub pause: Duration,
    /// How long nothing may come at all, where the way to the daemon is one that can fall silent; half of it, and
    /// the daemon is asked for a sign of life.
    pub silence: Option<Duration>,
}

impl Default for Patience {
    fn default() -> Self {
        Self { hello: HELLO_LIMIT, pause: PAUSE_LIMIT, silence: None }
    }
}

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
    #[error("the daemon does not answer: nothing came for {} s; see daemon.log in the data directory", .0.as_secs_f64())]
    Silent(Duration),
    /// The way to the daemon is broken, or the daemon hangs.
    #[error(
        "no sign of life came for {} s: the connection is broken, or the daemon hangs; the command can be given \
         again", .0.as_secs_f64()
    )]
    NoSign(Duration),
    /// The daemon does not read.
    #[error("the daemon does not read what it is asked; see daemon.log in the data directory")]
    Deaf,
    /// The daemon tells more than anybody can take in.
    #[error("the daemon floods: it sends far more than there can be to tell")]
    Floods,
    /// The daemon is of another time.
    #[error(
        "the daemon is Stillroom {program} and speaks protocol {protocol}; this is Stillroom {} and speaks \
         protocol {PROTOCOL}; use one version on both sides", env!("CARGO_PKG_VERSION")
    )]
    OtherProtocol {
        /// Its program version.
        program: String,
        /// What it wants to speak.
        protocol: u32,
    },
    /// The daemon answers something else than what was asked.
    #[error("the daemon gave an answer that does not belong to the question: {0}")]
    Unexpected(String),
    /// There is no daemon, and none could be started.
    #[error("{0}")]
    NoDaemon(String),
    /// The host cannot be reached, or no longer.
    #[error("{0}")]
    Host(#[from] HostError),
}

impl ClientError {
    /// True when the daemon is gone and a new connection may help.
    pub const fn is_lost(&self) -> bool {
        matches!(
            self,
            Self::Gone
                | Self::Silent(_)
                | Self::NoSign(_)
                | Self::Codec(CodecError::Broken(_) | CodecError::Stopped(_))
                | Self::Host(HostError::Cut { .. })
        )
    }
}

impl ClientError {
    /// True when the way to the host is broken, as a network is at times.
    pub const fn is_out_of_reach(&self) -> bool {
        matches!(self, Self::Host(HostError::Unreachable { .. } | HostError::Silent { .. }))
    }
}

/// The daemon at the other end, as it introduced itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Daemon {
    /// The protocol version that is spoken.
    pub protocol: u32,
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
pub struct Sender {
    write: WriteHalf,
    next: u64,
}

impl Sender {
    /// Sends a request; the reply carries the number that is returned.
    pub async fn send(&mut self, wish: Wish) -> Result<u64, ClientError> {
        self.send_timed(wish).await.map(|(id, _)| id)
    }

    /// The same; tells also how long the request may be under way.
    async fn send_timed(&mut self, wish: Wish) -> Result<(u64, Duration), ClientError> {
        let id = self.next;
        self.next += 1;
        let line = encode(&Request { id, wish })?;
        let travel = Duration::from_secs((line.len() / SLOWEST_BYTES_PER_SEC) as u64);
        match timeout(UNREAD_LIMIT + travel, self.write.write_all(&line)).await {
            Ok(written) => written.map_err(CodecError::from)?,
            Err(_) => return Err(ClientError::Deaf),
        }
        Ok((id, travel))
    }
}

/// A message, and how many bytes it took on the wire.
type SizedMessage = (Message, usize);

/// The half of a connection that messages come out of.
pub struct Receiver {
    lines: Lines<ReadHalf>,
    /// Whose runs are told of.
    host: HostName,
    /// What carries the bytes, where that is a process; it ends with this half.
    process: Option<Process>,
    /// What has come of a list.
    gathered: Gathered,
    /// What came while an answer was waited for, each with its size on the wire.
    kept: VecDeque<SizedMessage>,
    kept_bytes: usize,
}

impl Receiver {
    /// The next message. Nothing is lost when this future is dropped before it is done.
    pub async fn next(&mut self) -> Result<Message, ClientError> {
        self.next_sized().await.map(|(message, _)| message)
    }

    /// The same with the number of bytes that it took on the wire.
    pub async fn next_sized(&mut self) -> Result<SizedMessage, ClientError> {
        match self.kept.pop_front() {
            Some(kept) => {
                self.kept_bytes -= weight(&kept);
                Ok(kept)
            }
            None => self.read().await,
        }
    }

    /// When the last bytes came, or the reading began.
    pub const fn last_byte(&self) -> Instant {
        self.lines.last_byte()
    }

    async fn read(&mut self) -> Result<SizedMessage, ClientError> {
        loop {
            match self.lines.next().await? {
                Some(line) => {
                    let mut message = decode(&line)?;
                    label::message(&mut message, self.host);
                    if let Some(whole) = self.gathered.take(message, line.len())? {
                        return Ok(whole);
                    }
                }
                None => {
                    return Err(match &mut self.process {
                        Some(process) => process.cut().await,
                        None => ClientError::Gone,
                    });
                }
            }
        }
    }

    /// Why the other side reads no more: it may say so before it leaves.
    async fn last_words(&mut self, broken: ClientError) -> ClientError {
        let ended = async {
            loop {
                match self.read().await {
                    Ok(_) => {}
                    Err(error) => return error,
                }
            }
        };
        timeout(LAST_WORDS_LIMIT, ended).await.unwrap_or(broken)
    }

    /// The answer with this number; other messages are kept for [`Self::next`].
    async fn answer(&mut self, id: u64) -> Result<Answer, ClientError> {
        loop {
            match self.read().await? {
                (Message::Reply { id: found, answer }, _) if found == id => return Ok(answer),
                other => {
                    self.kept_bytes += weight(&other);
                    self.kept.push_back(other);
                    if self.kept_bytes > MOST_KEPT_BYTES {
                        return Err(ClientError::Floods);
                    }
                }
            }
        }
    }
}

/// About how much memory a message takes that is kept: many small ones take more than they did on the wire.
const fn weight((_, bytes): &SizedMessage) -> usize {
    *bytes + size_of::<SizedMessage>()
}

/// What a connection is read from.
pub type ReadHalf = Box<dyn AsyncRead + Send + Unpin>;
/// What a connection is written to.
pub type WriteHalf = Box<dyn AsyncWrite + Send + Unpin>;

/// A connection to a daemon.
pub struct Client {
    /// The daemon at the other end.
    pub daemon: Daemon,
    /// How long nothing may come at all.
    silence: Option<Duration>,
    sender: Sender,
    receiver: Receiver,
}

impl Client {
    /// Connects to the daemon that listens at `path`.
    pub async fn connect(path: &Path) -> Result<Self, ClientError> {
        Self::connect_with(path, Patience::default()).await
    }

    /// The same for somebody of another patience.
    pub async fn connect_with(path: &Path, patience: Patience) -> Result<Self, ClientError> {
        let stream = UnixStream::connect(path).await.map_err(CodecError::from)?;
        let (read, write) = stream.into_split();
        Self::begin(Lines::new(Box::new(read)), Box::new(write), None, patience).await
    }

    /// Begins to talk over a stream, which may have been read from before and may be carried by a process.
    pub async fn begin(
        lines: Lines<ReadHalf>,
        write: WriteHalf,
        process: Option<Process>,
        patience: Patience,
    ) -> Result<Self, ClientError> {
        let lines = lines.patient(patience.pause);
        let mut sender = Sender { write, next: 1 };
        let host = process.as_ref().map_or(HostName::HERE, Process::host);
        let mut receiver = Receiver {
            lines,
            host,
            process,
            gathered: Gathered::default(),
            kept: VecDeque::new(),
            kept_bytes: 0,
        };
        let program = env!("CARGO_PKG_VERSION").to_owned();
        let hello = |protocol| Wish::Hello {
            protocol,
            oldest: Some(OLDEST_PROTOCOL),
            program: program.clone(),
        };
        let mut greeted =
            ask(&mut sender, &mut receiver, hello(PROTOCOL), patience.hello, None).await;
        // A daemon that is older than the naming of two versions wants to hear its own.
        if matches!(greeted, Err(ClientError::Refused(_))) {
            let limit = patience.hello.min(SECOND_HELLO_LIMIT);
            let older = ask(&mut sender, &mut receiver, hello(OLDEST_PROTOCOL), limit, None);
            greeted = older.await.or(greeted);
        }
        match greeted? {
            Answer::Hello { program, protocol, .. }
                if !(OLDEST_PROTOCOL..=PROTOCOL).contains(&protocol) =>
            {
                Err(ClientError::OtherProtocol { program, protocol })
            }
            Answer::Hello { protocol, program, host, pid, data_dir } => {
                let daemon = Daemon { protocol, program, host, pid, data_dir };
                Ok(Self { daemon, silence: patience.silence, sender, receiver })
            }
            other => Err(unexpected(&other)),
        }
    }

    /// Asks and waits for the answer. A refusal is an error.
    pub async fn ask(&mut self, wish: Wish) -> Result<Answer, ClientError> {
        self.ask_within(wish, ANSWER_LIMIT).await
    }

    /// The same where the daemon has to work for the answer.
    pub async fn ask_for_work(&mut self, wish: Wish) -> Result<Answer, ClientError> {
        self.ask_within(wish, WORK_LIMIT).await
    }

    /// Asks. Over a way that can fall silent, a daemon that is at work is asked for signs of life; one of before
    /// gives none then.
    async fn ask_within(&mut self, wish: Wish, limit: Duration) -> Result<Answer, ClientError> {
        let silence = self.silence.filter(|_| self.daemon.protocol >= SIGNS_SINCE);
        ask(&mut self.sender, &mut self.receiver, wish, limit, silence).await
    }

    /// The next message that was not asked for. Over a way that can fall silent, a daemon that has nothing to tell
    /// is asked for a sign of life.
    pub async fn next(&mut self) -> Result<Message, ClientError> {
        let Some(silence) = self.silence else { return self.receiver.next().await };
        let mut wait = Wait::new(silence);
        loop {
            match timeout_at(wait.until(self.receiver.last_byte()), self.receiver.next()).await {
                Ok(Ok(Message::Reply { .. })) => {}
                Ok(told) => return told,
                Err(_) => wait.go_on(&mut self.sender, self.receiver.last_byte()).await?,
            }
        }
    }

    /// How long nothing may come at all, where the way to the daemon can fall silent.
    pub const fn silence(&self) -> Option<Duration> {
        self.silence
    }

    /// The bytes themselves, for somebody else to talk over.
    pub fn into_stream(self) -> (Lines<ReadHalf>, WriteHalf) {
        (self.receiver.lines, self.sender.write)
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
    limit: Duration,
    silence: Option<Duration>,
) -> Result<Answer, ClientError> {
    let asked = async {
        match (sender.send_timed(wish).await, silence) {
            (Ok((id, _)), None) => receiver.answer(id).await,
            (Ok((id, travel)), Some(silence)) => {
                let mut wait = Wait::new(silence + travel);
                loop {
                    match timeout_at(wait.until(receiver.last_byte()), receiver.answer(id)).await {
                        Ok(answer) => return answer,
                        Err(_) => wait.go_on(sender, receiver.last_byte()).await?,
                    }
                }
            }
            (Err(broken @ ClientError::Codec(CodecError::Broken(_))), _) => {
                Err(receiver.last_words(broken).await)
            }
            (Err(error), _) => Err(error),
        }
    };
    match timeout(limit, asked).await {
        Ok(Ok(Answer::Refused { reason, advice })) => Err(Refusal { reason, advice }.into()),
        Ok(answer) => answer,
        Err(_) => Err(ClientError::Silent(limit)),
    }
}

/// For an answer of another kind than the question's.
pub fn unexpected(answer: &Answer) -> ClientError {
    let text = serde_json::to_string(answer).unwrap_or_default();
    ClientError::Unexpected(text.chars().take(200).collect())
}
