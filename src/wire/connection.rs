//! The daemon's side of one client: its requests are answered, and what it watches is pushed.
//!
//! Nothing is piled up for a client that does not read. Its share of the queue's changes is a bounded
//! ring, and one that falls behind is shown everything anew; events are read from the run's log as fast
//! as the client takes them; and a client that takes nothing for a while is dropped.

use std::{
    collections::BTreeSet,
    future::{pending, ready},
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use base64::{Engine, engine::general_purpose::STANDARD};
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

use super::{
    artefact,
    batches::batches,
    codec::{CodecError, Lines, decode, encode},
    daemon_log, data_sets, greeting,
    histories::Histories,
    message::{Answer, MAX_LINE_BYTES, Message, Request, Wish},
    studies::Studies,
    watches::Watches,
};
use crate::{
    data,
    machine::{
        Figures,
        watch::{Newest, Watched},
    },
    queue::{Change, Done, Queue, Refusal, RunId},
    record::{History, Tail},
};

/// How long a client may leave a line unread.
const UNREAD_LIMIT: Duration = Duration::from_secs(20);

/// What every connection of a daemon knows.
#[derive(Debug)]
pub struct Host {
    /// The queue.
    pub queue: Queue,
    /// The machine's name.
    pub name: String,
    /// The data directory.
    pub data_dir: String,
    /// What is known of runs that were opened.
    pub histories: Histories,
    /// What is known of studies.
    pub studies: Studies,
    /// What the machine is busy with.
    pub machine: Watched,
    /// The daemon's log.
    pub log: PathBuf,
    /// True once the daemon shall end.
    pub end: watch::Sender<bool>,
}

/// Serves one client until it leaves or the daemon ends.
pub async fn serve(stream: UnixStream, host: Arc<Host>) -> Result<(), CodecError> {
    let (read, write) = stream.into_split();
    let mut connection = Connection {
        lines: Lines::new(read),
        write,
        changes: host.queue.changes(),
        end: host.end.subscribe(),
        host,
        greeted: false,
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
    lines: Lines<OwnedReadHalf>,
    write: OwnedWriteHalf,
    changes: Receiver<Change>,
    end: watch::Receiver<bool>,
    greeted: bool,
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
                line = self.lines.next() => match line? {
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
        let answer = match (self.greeted, request.wish) {
            (_, Wish::Hello { protocol, oldest, program }) => {
                self.greet(protocol, oldest.unwrap_or(protocol), &program)
            }
            (false, _) => refused(Refusal::plain("the first request has to be `hello`")),
            (true, Wish::Estimate { spec }) => {
                self.estimate(request.id, spec);
                return Ok(());
            }
            (true, Wish::Devices) => {
                self.devices(request.id);
                return Ok(());
            }
            (true, Wish::WatchHistory { run }) => {
                self.fold(request.id, run);
                return Ok(());
            }
            (true, wish) => self.answer(wish).await,
        };
        self.reply(request.id, answer).await
    }

    fn greet(&mut self, newest: u32, oldest: u32, program: &str) -> Answer {
        let protocol = match greeting::agree(newest, oldest, program) {
            Ok(protocol) => protocol,
            Err(refusal) => return refused(refusal),
        };
        self.greeted = true;
        Answer::Hello {
            protocol,
            program: env!("CARGO_PKG_VERSION").to_owned(),
            host: self.host.name.clone(),
            pid: std::process::id(),
            data_dir: self.host.data_dir.clone(),
        }
    }

    /// Measures; the answer comes when it is there.
    fn estimate(&self, id: u64, spec: String) {
        self.later(
            move |queue| queue.estimate(&spec),
            move |expected| {
                let answer = expected.map(|expected| Answer::Estimate { expected });
                Late::Answer(id, answer.unwrap_or_else(refused))
            },
        );
    }

    /// The devices; the answer comes when they have been found.
    fn devices(&self, id: u64) {
        self.later(Queue::devices, move |devices| {
            let answer = devices.map(|devices| Answer::Devices { devices });
            Late::Answer(id, answer.unwrap_or_else(refused))
        });
    }

    /// Folds the log of a run, which takes seconds for a very long one.
    fn fold(&mut self, id: u64, run: RunId) {
        self.watches.begin_fold(run, id);
        let host = Arc::clone(&self.host);
        self.later(
            move |queue| {
                let folder = queue.folder(run)?;
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
        question: impl FnOnce(&Queue) -> Result<T, Refusal> + Send + 'static,
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

    async fn answer(&mut self, wish: Wish) -> Answer {
        let done = |text: String| Ok(Answer::Done { text });
        let answer = match wish {
            // Most of them are answered before, or later.
            Wish::Ping
            | Wish::Hello { .. }
            | Wish::Devices
            | Wish::Estimate { .. }
            | Wish::WatchHistory { .. } => done(String::new()),
            Wish::Command(command) => {
                let answer = self.blocking(move |queue| queue.command(command)).await;
                answer.map(|done| match done {
                    Done::Added { run, folder } => Answer::Added { run, folder },
                    Done::Removed { run, folder, bytes } => Answer::Removed { run, folder, bytes },
                    Done::Said(text) => Answer::Done { text },
                })
            }
            Wish::List => self.blocking(Queue::runs).await.map(|runs| Answer::Runs { runs }),
            Wish::WatchQueue => {
                self.watches_queue = true;
                // What changes while the list is made is told after it.
                self.changes = self.changes.resubscribe();
                self.watches.show_anew();
                let runs = self.blocking(Queue::runs).await;
                runs.map(|runs| {
                    self.listed = runs.iter().map(|run| run.id).collect();
                    Answer::Runs { runs }
                })
            }
            Wish::WatchRun { run, after } => {
                let folder = self.blocking(move |queue| queue.folder(run)).await;
                folder.and_then(|folder| {
                    self.watches.follow(run, Tail::new(folder.events(), after), None);
                    done(format!("watching run {run}"))
                })
            }
            Wish::UnwatchRun { run } => {
                self.watches.forget(run);
                done(format!("no longer watching run {run}"))
            }
            Wish::Artefact { run, path, offset } => self.artefact(run, path, offset).await,
            Wish::Artefacts { run, whole } => {
                let listed = self.blocking(move |queue| {
                    let folder = queue.folder(run)?;
                    if whole {
                        artefact::list_whole(folder.path())
                    } else {
                        artefact::list(folder.path())
                    }
                });
                let listed = listed.await;
                listed.map(|listed| Answer::Artefacts { run, listed })
            }
            Wish::Studies => {
                let host = Arc::clone(&self.host);
                self.blocking(move |queue| host.studies.list(queue)).await
            }
            Wish::Study(study) => {
                let host = Arc::clone(&self.host);
                self.blocking(move |queue| host.studies.show(queue, study)).await
            }
            Wish::StudyRuns { studies, brief } => {
                let host = Arc::clone(&self.host);
                self.blocking(move |queue| host.studies.fill(queue, studies, brief)).await
            }
            Wish::AddStudy { study, dry } => {
                let host = Arc::clone(&self.host);
                self.blocking(move |queue| host.studies.add(queue, study, dry)).await
            }
            Wish::WatchMachine => {
                self.machine = Some(self.host.machine.watch());
                done("watching the machine".to_owned())
            }
            Wish::UnwatchMachine => {
                self.machine = None;
                done("no longer watching the machine".to_owned())
            }
            wish @ (Wish::DataSets
            | Wish::DataOffer { .. }
            | Wish::DataPart { .. }
            | Wish::DataKeep { .. }) => self.data_sets(wish).await,
            Wish::DaemonLog { after } => self.daemon_log(after).await,
            Wish::Shutdown => {
                self.host.end.send_replace(true);
                done("the daemon ends; its workers go on".to_owned())
            }
        };
        answer.unwrap_or_else(refused)
    }

    async fn data_sets(&self, wish: Wish) -> Result<Answer, Refusal> {
        let host = Arc::clone(&self.host);
        let answer = move |_: &Queue| {
            let data_dir = Path::new(&host.data_dir);
            match wish {
                Wish::DataOffer { name, files } => {
                    let bytes = data_sets::offer(data_dir, &name, &files)?;
                    Ok(Answer::DataThere { bytes })
                }
                Wish::DataPart { name, path, offset, data } => {
                    let end = data_sets::part(data_dir, &name, &path, offset, &data)?;
                    Ok(Answer::DataThere { bytes: vec![end] })
                }
                Wish::DataKeep { name } => {
                    data_sets::keep(data_dir, &name).map(|text| Answer::Done { text })
                }
                _ => Ok(Answer::DataSets { sets: data::list(data_dir) }),
            }
        };
        self.blocking(answer).await
    }

    async fn artefact(&self, run: RunId, path: String, offset: u64) -> Result<Answer, Refusal> {
        let name = path.clone();
        let part = self
            .blocking(move |queue| artefact::read(queue.folder(run)?.path(), &name, offset))
            .await?;
        let data = STANDARD.encode(&part.bytes);
        Ok(Answer::Artefact { run, path, offset, size: part.size, data })
    }

    async fn daemon_log(&self, after: u64) -> Result<Answer, Refusal> {
        let path = self.host.log.clone();
        let lines = self.blocking(move |_| {
            daemon_log::read(&path, after).map_err(|error| {
                Refusal::plain(format!("{} cannot be read: {error}", path.display()))
            })
        });
        lines.await.map(|daemon_log::Lines { text, end }| Answer::Log { text, end })
    }

    /// Asks the queue, or the disk, on a thread that may wait.
    fn blocking<T: Send + 'static>(
        &self,
        question: impl FnOnce(&Queue) -> Result<T, Refusal> + Send + 'static,
    ) -> impl Future<Output = Result<T, Refusal>> + Send + 'static {
        let queue = self.host.queue.clone();
        let answer = spawn_blocking(move || question(&queue));
        async move {
            let failed = || Refusal::plain("the daemon failed; see daemon.log");
            answer.await.unwrap_or_else(|_| Err(failed()))
        }
    }

    async fn change(&mut self, change: Change) -> Result<(), CodecError> {
        match change {
            Change::Log(run) => self.watches.has_more(run),
            Change::Run(summary) => {
                // A client is told that a run has ended after the events that led there.
                let Some(summary) = self.watches.hold(summary) else { return Ok(()) };
                while self.watches.is_behind(summary.id) {
                    self.catch_up(summary.id).await?;
                }
                if self.watches_queue {
                    self.listed.insert(summary.id);
                    let run = Box::new(Arc::unwrap_or_clone(summary));
                    self.send(&Message::Run { run }).await?;
                }
            }
            Change::Gone(run) => {
                self.watches.gone(run);
                self.host.histories.forget(run);
                if self.watches_queue {
                    self.listed.remove(&run);
                    self.send(&Message::Gone { run }).await?;
                }
            }
        }
        Ok(())
    }

    async fn show_anew(&mut self) -> Result<(), CodecError> {
        self.watches.show_anew();
        if self.watches_queue {
            // A queue that cannot be asked has not lost its runs.
            let Ok(runs) = self.blocking(Queue::runs).await else { return Ok(()) };
            let there: BTreeSet<RunId> = runs.iter().map(|run| run.id).collect();
            for run in self.listed.difference(&there).copied().collect::<Vec<_>>() {
                self.change(Change::Gone(run)).await?;
            }
            for run in runs {
                self.change(Change::Run(Arc::new(run))).await?;
            }
        }
        Ok(())
    }

    /// Sends the next events of a watched run.
    async fn catch_up(&mut self, run: RunId) -> Result<(), CodecError> {
        if let Some(history) = self.watches.untold(run) {
            let history = Box::new(history);
            self.send(&Message::History { run, history }).await?;
        }
        let Some(mut tail) = self.watches.take(run) else { return Ok(()) };
        let read = spawn_blocking(move || {
            let events = tail.more();
            (tail, events)
        });
        let Ok((tail, events)) = read.await else { return Ok(()) };
        let events = events.unwrap_or_else(|error| {
            tracing::warn!("{error}");
            Vec::new()
        });
        self.watches.put_back(run, tail, !events.is_empty());
        for batch in batches(events) {
            self.send(&Message::Events { run, events: batch }).await?;
        }
        Ok(())
    }

    async fn reply(&mut self, id: u64, answer: Answer) -> Result<(), CodecError> {
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

/// The next figures of the machine; never any where it is not watched.
async fn newest(machine: &mut Option<watch::Receiver<Newest>>) -> Arc<Figures> {
    while let Some(receiver) = machine {
        if receiver.changed().await.is_err() {
            break;
        }
        if let Some(figures) = receiver.borrow_and_update().clone() {
            return figures;
        }
    }
    pending().await
}

fn refused(refusal: Refusal) -> Answer {
    Answer::Refused { reason: refusal.reason, advice: refusal.advice }
}
