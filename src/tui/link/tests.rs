//! A daemon that a test plays badly, on a real socket: each way of failing is cut off, named and tried again.

use std::{
    io::{BufRead, BufReader, Write},
    os::unix::net::{UnixListener, UnixStream},
    path::PathBuf,
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    thread,
    time::Duration,
};

use tokio::{
    runtime::{Builder, Runtime},
    sync::mpsc::{UnboundedSender, unbounded_channel},
    time::{Instant, timeout},
};

use super::{
    Limits, LinkNews, ROOM, keep_by,
    news::{NewsReceiver, channel},
};
use crate::{
    queue::RunId,
    wire::{
        client::{Client, ClientError, Patience},
        host_error::HostError,
        message::{Answer, MAX_LINE_BYTES, Message, PROTOCOL, Request, Wish},
        ssh_sharing::Sharing,
    },
};

const SHORT: Duration = Duration::from_millis(40);
const LONG: Duration = Duration::from_mins(1);

/// Tests that wait for one limit leave the others far away.
fn limits() -> Limits {
    let pauses = Duration::from_millis(1);
    Limits { answer: LONG, first_pause: pauses, longest_pause: pauses, ..Limits::default() }
}

fn patience() -> Patience {
    Patience { hello: LONG, pause: LONG, silence: None }
}

struct Bad {
    folder: tempfile::TempDir,
    clients: Arc<AtomicUsize>,
}

impl Bad {
    /// Says hello and then does `then`, for every client.
    fn daemon(then: impl Fn(&mut UnixStream) + Send + Sync + 'static) -> Self {
        Self::serving(move |client| {
            if greet(client).is_some() {
                then(client);
            }
        })
    }

    fn serving(serve: impl Fn(&mut UnixStream) + Send + Sync + 'static) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let listener = UnixListener::bind(folder.path().join("s")).unwrap();
        let clients = Arc::new(AtomicUsize::new(0));
        let (serve, counted) = (Arc::new(serve), Arc::clone(&clients));
        thread::spawn(move || {
            for client in listener.incoming() {
                counted.fetch_add(1, Ordering::Relaxed);
                let (mut client, serve) = (client.unwrap(), Arc::clone(&serve));
                thread::spawn(move || {
                    serve(&mut client);
                    // What is asked further is read and not answered.
                    let _ = std::io::copy(&mut client, &mut std::io::sink());
                });
            }
        });
        Self { folder, clients }
    }

    fn socket(&self) -> PathBuf {
        self.folder.path().join("s")
    }
}

fn greet(client: &mut UnixStream) -> Option<()> {
    let mut line = String::new();
    BufReader::new(client.try_clone().ok()?).read_line(&mut line).ok()?;
    let Request { id, .. } = serde_json::from_str(&line).ok()?;
    let answer = Answer::Hello {
        protocol: PROTOCOL,
        program: "0".to_owned(),
        host: "bad".to_owned(),
        pid: 1,
        data_dir: "/d".to_owned(),
    };
    send(client, &Message::Reply { id, answer })
}

fn send(client: &mut UnixStream, message: &Message) -> Option<()> {
    let mut line = serde_json::to_vec(message).unwrap();
    line.push(b'\n');
    client.write_all(&line).ok()
}

struct Link {
    runtime: Runtime,
    wishes: UnboundedSender<Wish>,
    news: NewsReceiver,
}

impl Link {
    fn to(daemon: &Bad, limits: Limits, patience: Patience) -> Self {
        let socket = daemon.socket();
        Self::by(limits, move |_| {
            let socket = socket.clone();
            async move { Client::connect_with(&socket, patience).await }
        })
    }

    fn by<C: Future<Output = Result<Client, ClientError>> + Send + 'static>(
        limits: Limits,
        connect: impl Fn(Sharing) -> C + Send + Sync + 'static,
    ) -> Self {
        let runtime = Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
        let (wishes, wished) = unbounded_channel();
        let (told, news) = channel(ROOM);
        runtime.spawn(keep_by(connect, limits, wished, told));
        Self { runtime, wishes, news }
    }

    fn next(&mut self) -> LinkNews {
        let Self { runtime, news, .. } = self;
        runtime.block_on(async { timeout(LONG, news.recv()).await }).unwrap().unwrap().1
    }

    /// Why it was lost; what is told before that is dropped.
    fn loss(&mut self) -> String {
        loop {
            if let LinkNews::Lost(reason) = self.next() {
                return reason;
            }
        }
    }

    fn connected(&mut self) {
        assert!(matches!(self.next(), LinkNews::Connected(_)));
    }
}

#[test]
fn nonsense_is_cut_off() {
    let daemon = Bad::daemon(|client| {
        let _ = client.write_all(b"\xff\xfe{{{ what \x1b[2J\n");
    });
    let mut link = Link::to(&daemon, limits(), patience());
    assert!(link.loss().starts_with("a line cannot be read"));
    // And tried again.
    link.connected();
}

#[test]
fn a_message_that_stops_in_the_middle_is_cut_off() {
    let daemon = Bad::daemon(|client| {
        let _ = client.write_all(b"{\"is\":\"run\",\"run\":{\"id\":");
    });
    let mut link = Link::to(&daemon, limits(), Patience { pause: SHORT, ..patience() });
    assert!(link.loss().contains("stopped in the middle of a message"));
}

#[test]
fn a_silent_daemon_is_cut_off_when_it_owes_an_answer_and_not_before() {
    let daemon = Bad::daemon(|_| {});
    let mut link = Link::to(&daemon, Limits { answer: SHORT, ..limits() }, patience());
    link.connected();
    let Link { runtime, news, .. } = &mut link;
    assert!(runtime.block_on(async { timeout(SHORT * 5, news.recv()).await }).is_err());
    link.wishes.send(Wish::WatchQueue).unwrap();
    assert!(link.loss().starts_with("the daemon does not answer"));
}

#[test]
fn a_way_that_falls_silent_is_given_up_also_while_an_answer_is_due() {
    let silence = Patience { silence: Some(SHORT * 4), ..patience() };
    let dead = Bad::daemon(|_| {});
    let mut link = Link::to(&dead, limits(), silence);
    link.connected();
    link.wishes.send(Wish::WatchQueue).unwrap();
    assert!(link.loss().starts_with("no sign of life came for 0.16 s"));
    // One that works and says so is waited for.
    let daemon = Bad::daemon(|client| {
        let lines = BufReader::new(client.try_clone().unwrap()).lines();
        for line in lines.map_while(Result::ok) {
            let Request { id, wish } = serde_json::from_str(&line).unwrap();
            if wish == Wish::Ping {
                let answer = Answer::Done { text: String::new() };
                let _ = send(client, &Message::Reply { id, answer });
            }
        }
    });
    let mut link = Link::to(&daemon, limits(), silence);
    link.connected();
    link.wishes.send(Wish::WatchQueue).unwrap();
    let Link { runtime, news, .. } = &mut link;
    assert!(runtime.block_on(async { timeout(SHORT * 16, news.recv()).await }).is_err());
}

#[test]
fn a_daemon_that_tells_much_and_answers_nothing_is_cut_off() {
    let daemon = Bad::daemon(|client| {
        while send(client, &Message::Gone { run: RunId::new(1) }).is_some() {
            thread::sleep(Duration::from_millis(5));
        }
    });
    let limits = Limits { longest: SHORT, ..limits() };
    let mut link = Link::to(&daemon, limits, patience());
    link.connected();
    link.wishes.send(Wish::WatchQueue).unwrap();
    assert!(link.loss().starts_with("the daemon does not answer"));
}

#[test]
fn a_daemon_that_does_not_say_hello_is_cut_off() {
    let daemon = Bad::serving(|_| {});
    let mut link = Link::to(&daemon, limits(), Patience { hello: SHORT, ..patience() });
    assert!(link.loss().starts_with("the daemon does not answer"));
}

#[test]
fn a_line_without_end_is_cut_off() {
    let daemon = Bad::daemon(|client| while client.write_all(&[b'x'; 1 << 12]).is_ok() {});
    let mut link = Link::to(&daemon, limits(), patience());
    assert_eq!(link.loss(), format!("a line is longer than {MAX_LINE_BYTES} bytes"));
}

#[test]
fn a_flood_is_cut_off_and_does_not_pile_up() {
    let daemon =
        Bad::daemon(
            |client| while send(client, &Message::Gone { run: RunId::new(1) }).is_some() {},
        );
    let mut link = Link::to(&daemon, limits(), patience());
    link.connected();
    let mut told = 0;
    let reason = loop {
        match link.next() {
            LinkNews::Pushed(_) => told += 1,
            LinkNews::Lost(reason) => break reason,
            other => panic!("{other:?}"),
        }
    };
    assert!(reason.starts_with("the daemon floods"), "{reason}");
    assert!(told >= 131_072);
}

#[test]
fn answers_that_were_asked_for_are_no_flood() {
    let daemon = Bad::daemon(|client| {
        let lines = BufReader::new(client.try_clone().unwrap()).lines();
        for line in lines.map_while(Result::ok) {
            let Request { id, .. } = serde_json::from_str(&line).unwrap();
            let answer = Answer::Done { text: "x".repeat(2 << 20) };
            let _ = send(client, &Message::Reply { id, answer });
        }
    });
    let few = super::Allowance { at_once: 10.0, per_sec: 0.0 };
    let mut link = Link::to(&daemon, Limits { unasked: few, ..limits() }, patience());
    link.connected();
    for _ in 0..20 {
        link.wishes.send(Wish::List).unwrap();
        assert!(matches!(link.next(), LinkNews::Replied { .. }));
    }
}

#[test]
fn the_screen_that_takes_nothing_in_stops_the_daemon() {
    let (told, mut news) = channel(10);
    let runtime = Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let lost = || LinkNews::Lost(String::new());
        for _ in 0..10 {
            assert!(told.send(lost(), 1).await);
        }
        assert!(timeout(SHORT, told.send(lost(), 1)).await.is_err());
        assert!(news.recv().await.is_some());
        assert!(timeout(LONG, told.send(lost(), 1)).await.unwrap());
        while news.try_recv().is_some() {}
        // What is larger than all the room has it for itself.
        assert!(timeout(LONG, told.send(lost(), 1000)).await.unwrap());
    });
}

#[test]
fn a_way_that_fell_silent_is_not_taken_again_until_another_has_led_there() {
    let silent = || HostError::Silent { host: "box".into(), secs: 30, said: String::new() };
    let refused = || HostError::Unreachable { host: "box".into(), said: String::new() };
    let asks = || HostError::Asks { host: "box".into(), said: String::new() };
    let steps: [(Sharing, Option<HostError>); 7] = [
        (Sharing::Allowed, Some(silent())),
        (Sharing::Avoided, Some(refused())),
        (Sharing::Avoided, Some(asks())),
        (Sharing::Allowed, Some(silent())),
        // It leads there, and the daemon then speaks nonsense.
        (Sharing::Avoided, None),
        (Sharing::Allowed, Some(refused())),
        (Sharing::Allowed, None),
    ];
    let daemon = Bad::daemon(|client| {
        let _ = client.write_all(b"nonsense\n");
    });
    let (socket, count) = (daemon.socket(), steps.len());
    let (steps, taken) = (Arc::new(steps), Arc::new(Mutex::new(Vec::new())));
    let (planned, noted) = (Arc::clone(&steps), Arc::clone(&taken));
    let mut link = Link::by(limits(), move |sharing| {
        let mut noted = noted.lock().unwrap();
        noted.push(sharing);
        let failure = planned.get(noted.len() - 1).and_then(|(_, failure)| failure.clone());
        let socket = socket.clone();
        async move {
            match failure {
                Some(failure) => Err(failure.into()),
                None => Client::connect_with(&socket, patience()).await,
            }
        }
    });
    (0..count).for_each(|_| drop(link.loss()));
    let taken = taken.lock().unwrap();
    let wanted: Vec<Sharing> = steps.iter().map(|(sharing, _)| *sharing).collect();
    assert_eq!(taken.get(..count), Some(&wanted[..]));
}

#[test]
fn pauses_grow_until_a_connection_lasts() {
    let daemon = Bad::daemon(|client| {
        let _ = client.write_all(b"nonsense\n");
    });
    let pauses = Limits { longest_pause: LONG, ..limits() };
    let start = Instant::now();
    let mut link = Link::to(&daemon, pauses, patience());
    // Pauses of 1, 2, 4, … ms: 7 losses take at least 63 ms.
    (0..7).for_each(|_| drop(link.loss()));
    assert!(start.elapsed() >= Duration::from_millis(63));
    assert!(daemon.clients.load(Ordering::Relaxed) <= 8);
    let lasts =
        Limits { proof: Duration::ZERO, longest_pause: LONG, first_pause: SHORT, ..limits() };
    let mut link = Link::to(&daemon, lasts, patience());
    // Doubled each time, these would take 42 minutes.
    (0..17).for_each(|_| drop(link.loss()));
}
