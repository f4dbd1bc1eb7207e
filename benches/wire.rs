//! What a connection costs: events that one daemon moves, round trips, bytes of a run that is watched, and the time
//! until a host answers.
//!
//!     cargo bench --bench wire
//!
//! The daemon is the real one, its workers are stand-ins; the way through ssh is measured where an `sshd` can be
//! started on loopback.

// A benchmark tells its figures, and fails by panicking.
#![allow(clippy::print_stdout, clippy::print_stderr)]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::{
    env, fs,
    io::Write as _,
    net::Ipv4Addr,
    path::Path,
    process::Command,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use jiff::Timestamp;
use serde_json::Value;
use stillroom::{
    record::{
        Event, Fact,
        event::{Iteration, VERSION},
    },
    wire::{
        Client,
        client::Patience,
        codec::Lines,
        message::{Message, Wish},
    },
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream, UnixStream},
    runtime::{Builder, Runtime},
    task::JoinSet,
    time::{sleep, timeout},
};

// What the tests use; this uses a part of it.
#[allow(dead_code)]
#[path = "../tests/queue/fake_worker.rs"]
mod fake_worker;
#[allow(dead_code)]
#[path = "../tests/queue/home.rs"]
mod home;
#[allow(dead_code)]
#[path = "../tests/queue/outcome.rs"]
mod outcome;
#[allow(dead_code)]
#[path = "../tests/ssh/pair.rs"]
mod pair;
#[allow(dead_code)]
#[path = "../tests/ssh/parts.rs"]
mod parts;
#[allow(dead_code)]
#[path = "../tests/ssh/server.rs"]
mod server;

use home::Home;
use pair::Pair;

const CLIENTS: usize = 10;
const EVENTS: u64 = 200_000;
/// How long bytes are counted.
const SPAN: Duration = Duration::from_secs(15);
/// A run that goes on for as long as it is looked at.
const LONG: u64 = 1_000_000;

fn main() {
    // The stand-in for a worker calls this program.
    if env::var_os("STILLROOM_FAKE_WORKER").is_some() {
        return fake_worker::main();
    }
    let runtime = Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    many_clients(&runtime);
    local_round_trip(&runtime);
    bytes_of_a_watched_run(&runtime);
    if ["ssh", "sshd", "ssh-keygen"].into_iter().all(|part| parts::find(part).is_some()) {
        through_ssh(&runtime);
    } else {
        println!("through ssh: not measured, for sshd, ssh or ssh-keygen cannot be found");
    }
    let load = fs::read_to_string("/proc/loadavg").unwrap_or_default();
    println!("load of the machine at the end: {}", load.split(' ').next().unwrap_or_default());
}

/// A finished run whose log is long, and ten clients that read all of it.
fn many_clients(runtime: &Runtime) {
    let home = Home::new();
    let run = home.add(1, &[]);
    home.wait(run, "finished");
    let mut text = String::new();
    for number in 1..=EVENTS {
        let fact = Fact::Iteration(Iteration {
            iteration: number,
            distance: 30.0 / number as f64,
            by_class: (0..10).map(|class| f64::from(class) / number as f64).collect(),
            inner_loss: Some(0.5),
            secs: 0.04,
            condense_secs: number as f64 * 0.04,
        });
        let at = Timestamp::from_millisecond(number as i64 * 40).unwrap();
        let event = Event { v: VERSION, seq: number, at, fact };
        text.push_str(&serde_json::to_string(&event).unwrap());
        text.push('\n');
    }
    fs::write(home.run_folder(run).join("events.jsonl"), text).unwrap();
    let socket = home.socket();
    println!("a log of {EVENTS} events with ten classes each, read from its beginning");
    for count in [1, CLIENTS] {
        let begun = Instant::now();
        let bytes = runtime.block_on(async {
            let mut readers = JoinSet::new();
            for _ in 0..count {
                let socket = socket.clone();
                readers.spawn(async move { read_all(&socket, run).await });
            }
            readers.join_all().await.into_iter().sum::<u64>()
        });
        let secs = begun.elapsed().as_secs_f64();
        let events = (count as u64 * EVENTS) as f64;
        println!(
            "  {count:>2} clients at once: {:.0} events/s in all, {:.0} MiB/s",
            events / secs,
            bytes as f64 / secs / f64::from(1 << 20)
        );
    }
}

/// Reads the events of a run without looking into them; the bytes.
async fn read_all(socket: &Path, run: u64) -> u64 {
    let mut client = Client::connect(socket).await.unwrap();
    let run = stillroom::queue::RunId::new(run);
    client.ask(Wish::WatchRun { run, after: 0 }).await.unwrap();
    let (mut lines, _write) = client.into_stream();
    let last = format!("\"seq\":{EVENTS},");
    let mut bytes = 0;
    while let Some(line) = lines.next().await.unwrap() {
        bytes += line.len() as u64;
        let end = &line[line.len().saturating_sub(1000)..];
        if end.windows(last.len()).any(|window| window == last.as_bytes()) {
            break;
        }
    }
    bytes
}

fn spread(mut values: Vec<f64>, unit: &str) -> String {
    values.sort_by(f64::total_cmp);
    let at = |share: f64| values[((values.len() - 1) as f64 * share) as usize];
    format!("median {:.3} {unit}, 99 % {:.3} {unit}", at(0.5), at(0.99))
}

fn local_round_trip(runtime: &Runtime) {
    let home = Home::new();
    home.prints(&["ls"]);
    let trips = runtime.block_on(async {
        let mut client = Client::connect(&home.socket()).await.unwrap();
        let mut trips = Vec::new();
        for _ in 0..2000 {
            let begun = Instant::now();
            client.ask(Wish::Ping).await.unwrap();
            trips.push(begun.elapsed().as_secs_f64() * 1000.0);
        }
        trips
    });
    println!("round trip of a ping");
    println!("  the daemon's socket: {}", spread(trips, "ms"));
}

/// Counts what goes each way through a socket of its own to the daemon's.
fn relay(socket: &Path, to: &Path) -> Arc<AtomicU64> {
    let listener = tokio::net::UnixListener::bind(socket).unwrap();
    let (bytes, to) = (Arc::new(AtomicU64::new(0)), to.to_owned());
    let counted = bytes.clone();
    tokio::spawn(async move {
        let (near, _) = listener.accept().await.unwrap();
        let far = UnixStream::connect(to).await.unwrap();
        let ((near_read, near_write), (far_read, far_write)) =
            (near.into_split(), far.into_split());
        tokio::spawn(count_through(near_read, far_write, counted.clone()));
        tokio::spawn(count_through(far_read, near_write, counted));
    });
    bytes
}

async fn count_through(
    mut read: impl AsyncReadExt + Unpin,
    mut write: impl AsyncWriteExt + Unpin,
    bytes: Arc<AtomicU64>,
) {
    let mut chunk = vec![0; 64 << 10];
    while let Ok(count @ 1..) = read.read(&mut chunk).await {
        bytes.fetch_add(count as u64, Ordering::Relaxed);
        if write.write_all(&chunk[..count]).await.is_err() {
            return;
        }
    }
}

/// What a client that watches does: as the screen, or as `logs --follow`.
async fn watch(socket: &Path, run: u64, as_screen: bool) -> Client {
    let stream = UnixStream::connect(socket).await.unwrap();
    let (read, write) = stream.into_split();
    // As patient with silence as with a host.
    let silence = Some(Duration::from_secs(20));
    let patience = Patience { silence, ..Patience::default() };
    let lines = Lines::new(Box::new(read) as stillroom::wire::client::ReadHalf);
    let mut client = Client::begin(lines, Box::new(write), None, patience).await.unwrap();
    let run = stillroom::queue::RunId::new(run);
    client.ask(Wish::WatchQueue).await.unwrap();
    if as_screen {
        client.ask(Wish::WatchHistory { run }).await.unwrap();
        client.ask(Wish::WatchMachine).await.unwrap();
    } else {
        client.ask(Wish::WatchRun { run, after: 0 }).await.unwrap();
    }
    client
}

/// Bytes and events of some time of watching, each for a minute.
async fn per_minute(client: &mut Client, bytes: &AtomicU64) -> (f64, f64) {
    let mut events = 0;
    let mut take = async |span: Duration| {
        let end = tokio::time::Instant::now() + span;
        events = 0;
        while let Ok(message) = tokio::time::timeout_at(end, client.next()).await {
            if let Message::Events { events: batch, .. } = message.unwrap() {
                events += batch.len();
            }
        }
        events
    };
    // What there was before comes first.
    take(Duration::from_secs(2)).await;
    let before = bytes.load(Ordering::Relaxed);
    let events = take(SPAN).await;
    let minute = 60.0 / SPAN.as_secs_f64();
    let bytes = bytes.load(Ordering::Relaxed) - before;
    (bytes as f64 * minute, events as f64 * minute)
}

fn bytes_of_a_watched_run(runtime: &Runtime) {
    println!("bytes a minute on the daemon's socket, both ways");
    for (name, busy) in [("at rest (paused)", false), ("busy", true)] {
        let home = Home::new();
        let run = home.add(LONG, &[]);
        home.wait_for_iteration(run, 5);
        if !busy {
            home.prints(&["pause", "1"]);
            home::until("it is paused", || {
                (home.summary(run)["digest"]["paused"] == true).then_some(())
            });
        }
        for (who, as_screen) in [("logs --follow", false), ("the screen", true)] {
            let socket = home.folder.path().join(format!("relay-{as_screen}"));
            let (bytes, events) = runtime.block_on(async {
                let bytes = relay(&socket, &home.socket());
                let mut client = watch(&socket, run, as_screen).await;
                per_minute(&mut client, &bytes).await
            });
            println!("  a run {name}, {who}: {bytes:.0} bytes, {events:.0} events");
        }
    }
}

fn through_ssh(runtime: &Runtime) {
    let pair = Pair::new();
    pair.far.add(LONG, &[]);
    pair.far.wait_for_iteration(1, 5);
    println!("through ssh on loopback");
    let check = |times: usize| {
        let figures: Vec<[f64; 2]> = (0..times)
            .map(|_| {
                let output = pair.program(&["hosts", "check", "box", "--json"]).output().unwrap();
                assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
                let told: Value = serde_json::from_slice(&output.stdout).unwrap();
                ["connect_secs", "round_trip_secs"].map(|key| told[key].as_f64().unwrap() * 1000.0)
            })
            .collect();
        [0, 1].map(|at| figures.iter().map(|figure| figure[at]).collect::<Vec<_>>())
    };
    let [connected, trips] = check(20);
    println!("  a new connection, until the daemon has answered: {}", spread(connected, "ms"));
    println!("  round trip of a ping: {}", spread(trips, "ms"));
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("master");
    pair.configure_ssh(&format!(
        "Host *\n  ControlMaster auto\n  ControlPersist 60\n  ControlPath {}\n",
        path.display()
    ));
    check(1);
    let [connected, trips] = check(20);
    println!("  over a shared connection: {}", spread(connected, "ms"));
    println!("  round trip of a ping: {}", spread(trips, "ms"));
    let mut end = Command::new(parts::find("ssh").unwrap());
    end.arg("-F").arg(pair.ssh_config()).args(["-O", "exit", "box"]);
    assert!(end.output().unwrap().status.success());
    for (name, busy) in [("busy", true), ("at rest (paused)", false)] {
        if !busy {
            pair.far.prints(&["pause", "1"]);
            home::until("it is paused", || {
                (pair.far.summary(1)["digest"]["paused"] == true).then_some(())
            });
        }
        let bytes = runtime.block_on(encrypted(&pair));
        println!("  bytes a minute on the network, a run {name}, logs --follow: {bytes:.0}");
    }
    std::io::stdout().flush().unwrap();
}

/// Counts what ssh sends and takes while a run is followed.
async fn encrypted(pair: &Pair) -> f64 {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
    let (port, real) = (listener.local_addr().unwrap().port(), pair.server.port);
    let bytes = Arc::new(AtomicU64::new(0));
    let counted = bytes.clone();
    tokio::spawn(async move {
        let (near, _) = listener.accept().await.unwrap();
        let far = TcpStream::connect((Ipv4Addr::LOCALHOST, real)).await.unwrap();
        let ((near_read, near_write), (far_read, far_write)) =
            (near.into_split(), far.into_split());
        tokio::spawn(count_through(near_read, far_write, counted.clone()));
        tokio::spawn(count_through(far_read, near_write, counted));
    });
    // The key is known by the port behind the relay.
    let alias = format!("Host *\n  Port {port}\n  HostKeyAlias [127.0.0.1]:{real}\n");
    pair.configure_ssh(&alias);
    let mut child = pair.far_program(&["logs", "1", "--follow", "--json"]).spawn().unwrap();
    let mut out = child.stdout.take().unwrap();
    std::thread::spawn(move || std::io::copy(&mut out, &mut std::io::sink()));
    let settle = timeout(Duration::from_secs(20), async {
        while bytes.load(Ordering::Relaxed) < 10_000 {
            sleep(Duration::from_millis(50)).await;
        }
    });
    settle.await.unwrap();
    sleep(Duration::from_secs(3)).await;
    let before = bytes.load(Ordering::Relaxed);
    sleep(SPAN).await;
    let counted = bytes.load(Ordering::Relaxed) - before;
    child.kill().unwrap();
    child.wait().unwrap();
    counted as f64 * 60.0 / SPAN.as_secs_f64()
}
