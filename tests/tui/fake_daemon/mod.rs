//! A daemon that a test plays: it answers as the real one does, by the same rules, and remembers what it was asked.
//! It starts no workers: what they do, a test says.

mod answers;
mod commands;
mod studies;

use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    fs,
    io::{BufRead, BufReader, Write},
    os::unix::net::{UnixListener, UnixStream},
    path::PathBuf,
    sync::{Arc, Mutex, MutexGuard},
    thread,
};

use stillroom::{
    machine::Figures,
    queue::{Command, Places, RunId, RunSummary, data_lock::DataLock, transition::Happening},
    record::{Event, History},
    spec::{Method, Spec, defaults::published},
    wire::message::{Message, Request, Wish},
};
use tempfile::TempDir;

use super::{
    recorded::{self, RUN},
    waiting::until,
};

/// The lowest number that a run gets which is added.
const FIRST_ADDED: u64 = 13;

/// The bytes of a file of a run.
type Files = HashMap<(RunId, String), Vec<u8>>;

#[derive(Default)]
struct State {
    runs: Vec<RunSummary>,
    /// The spec of every run, complete.
    specs: BTreeMap<RunId, String>,
    logs: BTreeMap<RunId, Vec<Event>>,
    files: Files,
    figures: Figures,
    daemon_log: String,
    data_dir: String,
    wishes: Vec<Wish>,
    watched: BTreeSet<RunId>,
    clients: Vec<UnixStream>,
}

impl State {
    fn run(&self, run: RunId) -> Option<&RunSummary> {
        self.runs.iter().find(|known| known.id == run)
    }

    fn log(&self, run: RunId) -> &[Event] {
        self.logs.get(&run).map_or(&[], Vec::as_slice)
    }

    /// Tells everyone who watches the queue.
    fn push(&mut self, message: &Message) {
        for client in &mut self.clients {
            send(client, message);
        }
    }

    fn push_run(&mut self, run: RunId) {
        if let Some(run) = self.run(run).cloned().map(Box::new) {
            self.push(&Message::Run { run });
        }
    }

    fn push_events(&mut self, run: RunId, events: Vec<Event>) {
        if self.watched.contains(&run) && !events.is_empty() {
            self.push(&Message::Events { run, events });
        }
    }
}

/// The spec that the line of a run in a list is of.
fn spec_of(run: &RunSummary) -> Spec {
    let method: Method = run.method.parse().unwrap();
    let usual = published(method, &run.set, run.ipc as usize);
    Spec { name: run.title.clone(), seed: run.seed, ..usual }
}

pub struct FakeDaemon {
    pub folder: TempDir,
    state: Arc<Mutex<State>>,
    _lock: DataLock,
}

impl FakeDaemon {
    /// A daemon with these runs; the recorded one has its events.
    pub fn start(runs: Vec<RunSummary>) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let places = Places::at(&folder.path().join("data")).unwrap();
        fs::create_dir(folder.path().join("runtime")).unwrap();
        let socket = folder.path().join("fake.sock");
        let listener = UnixListener::bind(&socket).unwrap();
        // Who holds the lock says where to reach it, and no other daemon can start.
        let mut lock = DataLock::take(&places).unwrap();
        lock.announce(&socket).unwrap();
        let specs = runs.iter().map(|run| (run.id, spec_of(run).to_toml())).collect();
        let logs = BTreeMap::from([(RUN, recorded::events())]);
        let data_dir = places.data_dir().display().to_string();
        let state = State { runs, specs, logs, data_dir, ..State::default() };
        let state = Arc::new(Mutex::new(state));
        let shared = state.clone();
        thread::spawn(move || {
            for client in listener.incoming() {
                let (client, shared) = (client.unwrap(), shared.clone());
                thread::spawn(move || serve(&client, &shared));
            }
        });
        Self { folder, state, _lock: lock }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap()
    }

    /// The last sequence number of the recorded run.
    pub fn seq(&self) -> u64 {
        self.state().log(RUN).last().map_or(0, |event| event.seq)
    }

    pub fn wishes(&self) -> Vec<Wish> {
        self.state().wishes.clone()
    }

    /// Those of the wishes that change something.
    pub fn commands(&self) -> Vec<Command> {
        let wishes = self.wishes().into_iter();
        let commands = wishes.filter_map(|wish| match wish {
            Wish::Command(command) => Some(command),
            _ => None,
        });
        commands.collect()
    }

    pub fn wait_for_wish(&self, wish: &Wish) {
        until(
            || self.state().wishes.contains(wish),
            || format!("{wish:?} among {:?}", self.wishes()),
        );
    }

    pub fn forget_wishes(&self) {
        self.state().wishes.clear();
    }

    /// A run turns out to be of another spec than its line in the list says.
    pub fn give_spec(&self, run: RunId, spec: &Spec) {
        self.state().specs.insert(run, spec.to_toml());
    }

    /// A run has done what the recorded one has.
    pub fn give_recorded_log(&self, run: RunId) {
        self.state().logs.insert(run, recorded::events());
    }

    pub fn give_figures(&self, figures: Figures) {
        self.state().figures = figures;
    }

    pub fn write_log(&self, lines: &str) {
        self.state().daemon_log.push_str(lines);
    }

    /// Adds a picture of the recorded run and tells of it.
    pub fn add_picture(&self, iteration: u64, sheet: Vec<u8>, tile: [u32; 2]) {
        self.add_picture_of(RUN, iteration, sheet, tile);
    }

    pub fn add_picture_of(&self, run: RunId, iteration: u64, sheet: Vec<u8>, tile: [u32; 2]) {
        let seq = self.state().log(run).last().map_or(0, |event| event.seq);
        let (path, event) = recorded::announce(seq, iteration, tile);
        self.state().files.insert((run, path), sheet);
        self.add_events_of(run, vec![event]);
    }

    pub fn add_events_of(&self, run: RunId, events: Vec<Event>) {
        let mut state = self.state();
        state.logs.entry(run).or_default().extend(events.clone());
        state.push_events(run, events);
    }

    /// Something happens to a run that nobody here has wished: a worker leaves it, for one.
    pub fn happen(&self, run: RunId, happening: Happening) {
        let mut state = self.state();
        commands::happen(&mut state, run, happening).unwrap();
        state.push_run(run);
    }

    /// A run looks otherwise.
    pub fn change(&self, run: RunId, change: impl FnOnce(&mut RunSummary)) {
        let mut state = self.state();
        change(state.runs.iter_mut().find(|known| known.id == run).unwrap());
        state.push_run(run);
    }

    pub fn push(&self, message: &Message) {
        self.state().push(message);
    }

    /// Breaks every connection.
    pub fn hang_up(&self) {
        let mut state = self.state();
        state.watched.clear();
        for client in state.clients.drain(..) {
            client.shutdown(std::net::Shutdown::Both).unwrap();
        }
    }

    pub fn config_dir(&self) -> PathBuf {
        self.folder.path().join("config")
    }

    pub fn data_dir(&self) -> PathBuf {
        self.folder.path().join("data")
    }
}

fn send(client: &mut UnixStream, message: &Message) {
    let mut line = serde_json::to_vec(message).unwrap();
    line.push(b'\n');
    // A client may have left.
    let _ = client.write_all(&line);
}

fn serve(client: &UnixStream, state: &Mutex<State>) {
    let mut write = client.try_clone().unwrap();
    for line in BufReader::new(client.try_clone().unwrap()).lines() {
        let Ok(line) = line else { return };
        let Request { id, wish } = serde_json::from_str(&line).unwrap();
        let mut state = state.lock().unwrap();
        let (answer, news) = answers::answer(&mut state, &wish);
        send(&mut write, &Message::Reply { id, answer });
        match &wish {
            Wish::WatchQueue => state.clients.push(client.try_clone().unwrap()),
            Wish::WatchHistory { run } if state.run(*run).is_some() => {
                state.watched.insert(*run);
                let mut history = History::default();
                state.log(*run).iter().for_each(|event| {
                    history.take(event);
                });
                let history = Box::new(history);
                send(&mut write, &Message::History { run: *run, history });
            }
            Wish::WatchRun { run, after } if state.run(*run).is_some() => {
                state.watched.insert(*run);
                let newer = state.log(*run).iter().filter(|event| event.seq > *after);
                let events = newer.cloned().collect();
                state.push_events(*run, events);
            }
            Wish::UnwatchRun { run } => {
                state.watched.remove(run);
            }
            Wish::WatchMachine => {
                let figures = Box::new(state.figures.clone());
                send(&mut write, &Message::Machine { figures });
            }
            _ => {}
        }
        for message in news {
            state.push(&message);
        }
        state.wishes.push(wish);
    }
}
