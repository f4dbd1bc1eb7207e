//! A daemon that a test plays: it answers as it is told and remembers what it was asked.

use std::{
    collections::HashMap,
    fs,
    io::{BufRead, BufReader, Write},
    os::unix::net::{UnixListener, UnixStream},
    path::{Path, PathBuf},
    sync::{Arc, Mutex, MutexGuard},
    thread,
};

use base64::{Engine, engine::general_purpose::STANDARD};
use stillroom::{
    queue::{Command, Places, RunId, RunSummary, data_lock::DataLock},
    record::{Event, History},
    wire::message::{Answer, DeviceSlots, Message, PROTOCOL, Request, Wish},
};
use tempfile::TempDir;

use super::recorded::{self, RUN};

/// The most bytes of a file in one answer: few, so that every file comes in pieces.
const PIECE: usize = 1500;

#[derive(Default)]
struct State {
    runs: Vec<RunSummary>,
    events: Vec<Event>,
    files: HashMap<String, Vec<u8>>,
    wishes: Vec<Wish>,
    clients: Vec<UnixStream>,
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
        let events = recorded::events();
        let state = Arc::new(Mutex::new(State { runs, events, ..State::default() }));
        let (shared, data_dir) = (state.clone(), places.data_dir().to_owned());
        thread::spawn(move || {
            for client in listener.incoming() {
                let (client, shared, data_dir) =
                    (client.unwrap(), shared.clone(), data_dir.clone());
                thread::spawn(move || serve(&client, &shared, &data_dir));
            }
        });
        Self { folder, state, _lock: lock }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap()
    }

    /// The last sequence number of the recorded run.
    pub fn seq(&self) -> u64 {
        self.state().events.last().map_or(0, |event| event.seq)
    }

    pub fn wishes(&self) -> Vec<Wish> {
        self.state().wishes.clone()
    }

    pub fn forget_wishes(&self) {
        self.state().wishes.clear();
    }

    /// Adds a picture of the recorded run and tells of it.
    pub fn add_picture(&self, iteration: u64, sheet: Vec<u8>, tile: [u32; 2]) {
        let (path, event) = recorded::announce(self.seq(), iteration, tile);
        self.state().files.insert(path, sheet);
        self.add_events(vec![event]);
    }

    pub fn add_events(&self, events: Vec<Event>) {
        self.state().events.extend(events.clone());
        self.push(&Message::Events { run: RUN, events });
    }

    pub fn push(&self, message: &Message) {
        for client in &mut self.state().clients {
            send(client, message);
        }
    }

    /// Breaks every connection.
    pub fn hang_up(&self) {
        for client in self.state().clients.drain(..) {
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

fn serve(client: &UnixStream, state: &Mutex<State>, data_dir: &Path) {
    let mut write = client.try_clone().unwrap();
    for line in BufReader::new(client.try_clone().unwrap()).lines() {
        let Ok(line) = line else { return };
        let Request { id, wish } = serde_json::from_str(&line).unwrap();
        let mut state = state.lock().unwrap();
        let answer = answer(&state, &wish, data_dir);
        send(&mut write, &Message::Reply { id, answer });
        match &wish {
            Wish::WatchQueue => state.clients.push(client.try_clone().unwrap()),
            Wish::WatchHistory { run } if *run == RUN => {
                let mut history = History::default();
                state.events.iter().for_each(|event| {
                    history.take(event);
                });
                let history = Box::new(history);
                send(&mut write, &Message::History { run: RUN, history });
            }
            Wish::WatchRun { run, after } if *run == RUN => {
                let newer = state.events.iter().filter(|event| event.seq > *after);
                let events: Vec<Event> = newer.cloned().collect();
                if !events.is_empty() {
                    send(&mut write, &Message::Events { run: RUN, events });
                }
            }
            _ => {}
        }
        state.wishes.push(wish);
    }
}

/// The number of the first run that is added.
const FIRST_ADDED: u64 = 13;

fn added_spec(wish: &Wish) -> Option<&str> {
    match wish {
        Wish::Command(Command::Add { spec, .. }) => Some(spec),
        _ => None,
    }
}

fn answer(state: &State, wish: &Wish, data_dir: &Path) -> Answer {
    match wish {
        Wish::Hello { .. } => Answer::Hello {
            protocol: PROTOCOL,
            program: "0.1.0".to_owned(),
            host: "gauss".to_owned(),
            pid: 1,
            data_dir: data_dir.display().to_string(),
        },
        Wish::List | Wish::WatchQueue => Answer::Runs { runs: state.runs.clone() },
        Wish::Devices => Answer::Devices {
            devices: vec![DeviceSlots {
                device: "cpu".to_owned(),
                name: "2 threads".to_owned(),
                slots: 1,
                running: 0,
            }],
        },
        Wish::Command(Command::Add { .. }) => {
            let added = state.wishes.iter().filter(|wish| added_spec(wish).is_some()).count();
            Answer::Added { run: RunId::new(FIRST_ADDED + added as u64), folder: String::new() }
        }
        Wish::Artefact { run, path, offset: 0 } if path == "spec.toml" => {
            let specs: Vec<&str> = state.wishes.iter().filter_map(added_spec).collect();
            let place = run.number.checked_sub(FIRST_ADDED).map(|place| place as usize);
            match place.and_then(|place| specs.get(place)) {
                Some(spec) => Answer::Artefact {
                    run: *run,
                    path: path.clone(),
                    offset: 0,
                    size: spec.len() as u64,
                    data: STANDARD.encode(spec),
                },
                None => Answer::Refused { reason: format!("no {path}"), advice: String::new() },
            }
        }
        Wish::Artefact { run, path, offset } => match state.files.get(path) {
            Some(file) => {
                let rest = &file[*offset as usize..];
                Answer::Artefact {
                    run: *run,
                    path: path.clone(),
                    offset: *offset,
                    size: file.len() as u64,
                    data: STANDARD.encode(&rest[..rest.len().min(PIECE)]),
                }
            }
            None => Answer::Refused { reason: format!("no {path}"), advice: String::new() },
        },
        _ => Answer::Done { text: "done as asked".to_owned() },
    }
}
