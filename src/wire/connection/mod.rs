//! The daemon's side of one client: its requests are answered, and what it watches is pushed (`pushes`).
//!
//! Nothing is piled up for a client that does not read. Its share of the queue's changes is a bounded
//! ring, and one that falls behind is shown everything anew; events are read from the run's log as fast
//! as the client takes them; and a client that takes nothing for a while is dropped.

mod pushes;
mod requests;

use std::{collections::BTreeSet, future::ready, pin::pin, sync::Arc, time::Duration};

use serde::Deserialize;
use tokio::{
    io::AsyncWriteExt,
    net::{
        UnixStream,
        unix::{OwnedReadHalf, OwnedWriteHalf},
    },
    sync::{
        broadcast::{Receiver, error::RecvError},
        mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel},
        watch,
    },
    task::spawn_blocking,
    time::timeout,
};

use self::{pushes::newest, requests::Requests};
use super::{
    codec::{CodecError, decode, encode},
    greeting,
    host::Host,
    lists,
    message::{Answer, MAX_LINE_BYTES, Message, Request, Wish},
    watches::Watches,
};
use crate::{
    machine::watch::Newest,
    queue::{Change, Refusal, RunId},
    record::{History, Tail},
};

/// How long a client may leave a line unread.
const UNREAD_LIMIT: Duration = Duration::from_secs(20);

/// Serves one client until it leaves or the daemon ends.
pub async fn serve(stream: UnixStream, host: Arc<Host>) -> Result<(), CodecError> {
    let (read, write) = stream.into_split();
    let mut connection = Connection {
        requests: Requests::new(read),
        write,
        changes: host.queue.changes(),
        end: host.end.subscribe(),
        host,
        protocol: None,
        watches_queue: false,
        listed: BTreeSet::new(),
        watches: Watches::default(),
        late: unbounded_channel(),
        machine: None,
    };
    connection.run().await
}

/// What took its time, with the number of the request.
enum Late {
    /// An answer.
    Answer(u64, Answer),
    /// The history of a run, and where its log goes on.
    History(u64, RunId, Box<Result<(History, Tail), Refusal>>),
}

struct Connection {
    host: Arc<Host>,
    requests: Requests<OwnedReadHalf>,
    write: OwnedWriteHalf,
    changes: Receiver<Change>,
    end: watch::Receiver<bool>,
    /// The version that is spoken, once it is agreed.
    protocol: Option<u32>,
    watches_queue: bool,
    /// The runs that the client knows of, where it watches the queue.
    listed: BTreeSet<RunId>,
    /// The runs that are watched, each as far as the client knows it.
    watches: Watches,
    /// What took its time.
    late: (UnboundedSender<Late>, UnboundedReceiver<Late>),
    /// The machine's figures, where they are watched.
    machine: Option<watch::Receiver<Newest>>,
}

impl Connection {
    async fn run(&mut self) -> Result<(), CodecError> {
        while !*self.end.borrow() {
            while let Some(summary) = self.watches.released() {
                self.change(Change::Run(summary)).await?;
            }
            let next_behind = self.watches.first_behind();
            tokio::select! {
                line = self.requests.next() => match line? {
                    Some(line) => self.request(&line).await?,
                    None => return Ok(()),
                },
                change = self.changes.recv() => match change {
                    Ok(change) => self.change(change).await?,
                    Err(RecvError::Lagged(_)) => self.show_anew().await?,
                    Err(RecvError::Closed) => return Ok(()),
                },
                Some(late) = self.late.1.recv() => self.late(late).await?,
                figures = newest(&mut self.machine) => {
                    let figures = Box::new(Arc::unwrap_or_clone(figures));
                    self.send(&Message::Machine { figures }).await?;
                }
                () = ready(()), if next_behind.is_some() => {
                    if let Some(run) = next_behind {
                        self.catch_up(run).await?;
                    }
                }
                _ = self.end.changed() => {}
            }
        }
        Ok(())
    }

    async fn request(&mut self, line: &[u8]) -> Result<(), CodecError> {
        let request = match decode::<Request>(line) {
            Ok(request) => request,
            Err(error) => {
                // The number is all that an answer needs.
                #[derive(Deserialize)]
                struct Numbered {
                    id: u64,
                }
                let Numbered { id } = decode(line)?;
                let reason = format!("the daemon does not understand the request: {error}");
                return self.reply(id, refused(Refusal::plain(reason))).await;
            }
        };
        let id = request.id;
        let answer = match (self.protocol, request.wish) {
            (_, Wish::Hello { protocol, oldest, program }) => {
                self.greet(protocol, oldest.unwrap_or(protocol), &program)
            }
            (None, _) => Err(Refusal::plain("the first request has to be `hello`")),
            // Measured, or looked for: the answer comes when it is there.
            (Some(_), wish @ (Wish::Estimate { .. } | Wish::Devices)) => {
                self.later(
                    move |host| host.answer(wish),
                    move |answer| Late::Answer(id, answer.unwrap_or_else(refused)),
                );
                return Ok(());
            }
            (Some(_), Wish::WatchHistory { run }) => {
                self.fold(id, run);
                return Ok(());
            }
            (Some(_), Wish::Shutdown) => {
                let answer = self.answer(Wish::Shutdown).await;
                // The daemon waits for nobody then.
                self.reply(id, answer.unwrap_or_else(refused)).await?;
                self.host.end.send_replace(true);
                return Ok(());
            }
            (Some(_), wish) => self.answer(wish).await,
        };
        self.reply(id, answer.unwrap_or_else(refused)).await
    }

    async fn answer(&mut self, wish: Wish) -> Result<Answer, Refusal> {
        let done = |text: String| Ok(Answer::Done { text });
        match wish {
            Wish::WatchQueue => self.watch_queue().await,
            Wish::WatchRun { run, after } => {
                let folder = self.work(move |host| host.queue.folder(run)).await?;
                self.watches.follow(run, Tail::new(folder.events(), after), None);
                done(format!("watching run {run}"))
            }
            Wish::UnwatchRun { run } => {
                self.watches.forget(run);
                done(format!("no longer watching run {run}"))
            }
            Wish::WatchMachine => {
                self.machine = Some(self.host.machine.watch());
                done("watching the machine".to_owned())
            }
            Wish::UnwatchMachine => {
                self.machine = None;
                done("no longer watching the machine".to_owned())
            }
            wish => self.work(move |host| host.answer(wish)).await,
        }
    }

    async fn watch_queue(&mut self) -> Result<Answer, Refusal> {
        self.watches_queue = true;
        // What changes while the list is made is told after it.
        self.changes = self.changes.resubscribe();
        self.watches.show_anew();
        let runs = self.work(|host| host.queue.runs()).await?;
        self.listed = runs.iter().map(|run| run.id).collect();
        Ok(Answer::Runs { runs })
    }

    fn greet(&mut self, newest: u32, oldest: u32, program: &str) -> Result<Answer, Refusal> {
        let protocol = greeting::agree(newest, oldest, program)?;
        self.protocol = Some(protocol);
        Ok(Answer::Hello {
            protocol,
            program: env!("CARGO_PKG_VERSION").to_owned(),
            host: self.host.name.clone(),
            pid: std::process::id(),
            data_dir: self.host.data_dir.clone(),
        })
    }

    /// Folds the log of a run, which takes seconds for a very long one.
    fn fold(&mut self, id: u64, run: RunId) {
        self.watches.begin_fold(run, id);
        self.later(
            move |host| {
                let folder = host.queue.folder(run)?;
                let (history, mark) = host.histories.of(run, &folder);
                Ok((history, Tail::at(folder.events(), mark)))
            },
            move |folded| Late::History(id, run, Box::new(folded)),
        );
    }

    /// Asks on a thread that may wait for long. What comes of it is heard when it is there; other answers and news
    /// go on meanwhile.
    fn later<T: Send + 'static>(
        &self,
        question: impl FnOnce(&Host) -> Result<T, Refusal> + Send + 'static,
        late: impl FnOnce(Result<T, Refusal>) -> Late + Send + 'static,
    ) {
        let (answer, sender) = (self.blocking(question), self.late.0.clone());
        tokio::spawn(async move {
            // A client that has left needs no answer.
            let _ = sender.send(late(answer.await));
        });
    }

    async fn late(&mut self, late: Late) -> Result<(), CodecError> {
        let (id, answer) = match late {
            Late::Answer(id, answer) => (id, answer),
            Late::History(id, run, folded) => {
                let answer = match (self.watches.end_fold(run, id), *folded) {
                    (_, Err(refusal)) => refused(refusal),
                    (true, Ok((history, tail))) => {
                        self.watches.follow(run, tail, Some(history));
                        Answer::Done { text: format!("watching run {run}") }
                    }
                    (false, Ok(_)) => {
                        let text = format!("run {run} is no longer watched for this request");
                        Answer::Done { text }
                    }
                };
                (id, answer)
            }
        };
        self.reply(id, answer).await
    }

    /// Asks the host and waits. The client may ask meanwhile whether anybody is there.
    async fn work<T: Send + 'static>(
        &mut self,
        question: impl FnOnce(&Host) -> Result<T, Refusal> + Send + 'static,
    ) -> Result<T, Refusal> {
        let mut work = pin!(self.blocking(question));
        loop {
            tokio::select! {
                biased;
                done = &mut work => return done,
                id = self.requests.ping() => {
                    // Whoever cannot be told this cannot be told the answer either.
                    let _ = self.reply(id, Answer::Done { text: String::new() }).await;
                }
            }
        }
    }

    /// Asks the host on a thread that may wait.
    fn blocking<T: Send + 'static>(
        &self,
        question: impl FnOnce(&Host) -> Result<T, Refusal> + Send + 'static,
    ) -> impl Future<Output = Result<T, Refusal>> + Send + 'static {
        let host = Arc::clone(&self.host);
        let answer = spawn_blocking(move || question(&host));
        async move {
            let failed = || Refusal::plain("the daemon failed; see daemon.log");
            answer.await.unwrap_or_else(|_| Err(failed()))
        }
    }

    async fn reply(&mut self, id: u64, answer: Answer) -> Result<(), CodecError> {
        let (parts, answer) = match answer {
            Answer::Runs { runs } => match lists::parts(runs, self.protocol) {
                Ok((parts, runs)) => (parts, Answer::Runs { runs }),
                Err(refusal) => (Vec::new(), refused(refusal)),
            },
            answer => (Vec::new(), answer),
        };
        for runs in parts {
            self.send(&Message::Reply { id, answer: Answer::SomeRuns { runs } }).await?;
        }
        match self.send(&Message::Reply { id, answer }).await {
            Err(CodecError::TooLong) => {
                let reason = format!("the answer is longer than {MAX_LINE_BYTES} bytes");
                self.send(&Message::Reply { id, answer: refused(Refusal::plain(reason)) }).await
            }
            sent => sent,
        }
    }

    async fn send(&mut self, message: &Message) -> Result<(), CodecError> {
        let line = encode(message)?;
        match timeout(UNREAD_LIMIT, self.write.write_all(&line)).await {
            Ok(written) => Ok(written?),
            Err(_) => Err(std::io::Error::from(std::io::ErrorKind::TimedOut).into()),
        }
    }
}

fn refused(refusal: Refusal) -> Answer {
    Answer::Refused { reason: refusal.reason, advice: refusal.advice }
}
