//! A recorded first run, as the daemon would tell it, and a queue around it.

use std::{collections::BTreeMap, sync::LazyLock};

use base64::{Engine, engine::general_purpose::STANDARD};
use jiff::{Timestamp, tz::TimeZone};

use crate::{
    config::keys_file,
    data::{Listing, State},
    queue::{HostName, RunId, RunState, RunSummary, Worker},
    record::{Digest, Event, Fact, History},
    tui::{
        key::Key,
        keymap::Keymap,
        link::LinkNews,
        look::Look,
        media::{Canvas, Sheet, TileJob, reply::Replies},
        model::Model,
        msg::{Effect, Msg},
        settings::Settings,
        tty::{CellPixels, Window},
        update::update,
    },
    wire::{
        client::Daemon,
        label,
        message::{Answer, DeviceSlots, Listed, Message, Wish},
    },
};

/// The log of the preset `first-light` on two cores.
pub static EVENTS: LazyLock<Vec<Event>> = LazyLock::new(|| {
    let text = include_str!("../../../tests/fixtures/tui/first-light/events.jsonl");
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
});

/// Its pictures: by iteration, the file.
const PICTURES: [(u64, &[u8]); 3] = [
    (0, include_bytes!("../../../tests/fixtures/tui/first-light/0000000.png")),
    (50, include_bytes!("../../../tests/fixtures/tui/first-light/0000050.png")),
    (100, include_bytes!("../../../tests/fixtures/tui/first-light/0000100.png")),
];

pub const RUN: RunId = RunId::new(12);

pub fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

/// The recorded events up to the end of an iteration; only snapshots whose picture is here.
pub fn events_until(iteration: u64) -> Vec<Event> {
    let kept = EVENTS.iter().take_while(
        |event| !matches!(&event.fact, Fact::Iteration(done) if done.iteration > iteration),
    );
    kept.cloned().collect()
}

pub fn worker() -> Worker {
    let since = at("2026-11-23T22:37:33Z");
    Worker { pid: 5184, device: "cpu".to_owned(), since, job: String::new() }
}

/// A run as a list shows it.
pub fn summary(id: u64, title: &str, state: RunState) -> RunSummary {
    RunSummary {
        id: RunId::new(id),
        title: title.to_owned(),
        state,
        place: id as i64,
        added: at("2026-11-23T22:30:00Z"),
        method: "dsa".to_owned(),
        set: "mnist-5k".to_owned(),
        ipc: 1,
        seed: 0,
        network: "ConvNet".to_owned(),
        device: "auto".to_owned(),
        memory: 0.0,
        study: String::new(),
        waits_for: String::new(),
        folder: format!("/data/runs/{id:04}"),
        digest: Digest::default(),
    }
}

/// The recorded run as a list shows it after these events.
pub fn recorded_summary(state: RunState, events: &[Event]) -> RunSummary {
    let mut run = summary(RUN.number, "first light", state);
    for event in events {
        run.digest.apply(event);
    }
    run
}

/// A queue with a run in every state, the recorded one among them.
pub fn queue(events: &[Event], recorded: RunState) -> Vec<RunSummary> {
    let time = at("2026-11-23T22:31:00Z");
    let digest = |share, accuracy, random| Digest {
        seq: 9,
        iteration: (share * 1000.0) as u64,
        iterations: Some(1000),
        share,
        used_secs: share * 5200.0,
        device: Some("gpu:0".to_owned()),
        accuracy,
        random,
        checkpoint: Some(10),
        ..Digest::default()
    };
    let run = |id, title: &str, set: &str, ipc, state, digest| RunSummary {
        set: set.to_owned(),
        ipc,
        digest,
        ..summary(id, title, state)
    };
    let failed = RunState::Failed {
        at: time,
        reason: "the matching distance is NaN at iteration 310".to_owned(),
        advice: "Resume from its checkpoint with a smaller condense.image_lr.".to_owned(),
    };
    let interrupted =
        RunState::Interrupted { at: time, reason: "its worker was killed by signal 9".to_owned() };
    vec![
        run(
            7,
            "dsa mnist ipc 1",
            "mnist",
            1,
            RunState::Finished { at: time },
            digest(1.0, Some((0.887, 0.006)), Some((0.649, 0.035))),
        ),
        run(
            8,
            "dsa cifar10 ipc 10",
            "cifar10",
            10,
            failed,
            digest(0.31, None, Some((0.26, 0.012))),
        ),
        run(
            9,
            "night run with a rather long name",
            "fashion-mnist",
            10,
            interrupted,
            digest(0.72, Some((0.8401, 0.004)), Some((0.75, 0.01))),
        ),
        run(10, "width 64", "cifar10", 1, RunState::Stopped { at: time }, digest(0.12, None, None)),
        run(
            11,
            "seed 3",
            "cifar100",
            50,
            RunState::Cancelled { at: time },
            digest(0.05, None, None),
        ),
        recorded_summary(recorded, events),
        run(
            13,
            "first light, DC",
            "mnist-5k",
            1,
            RunState::Queued { since: time },
            Digest::default(),
        ),
        run(
            14,
            "dsa cifar10 ipc 50",
            "cifar10",
            50,
            RunState::Queued { since: time },
            Digest::default(),
        ),
    ]
}

/// A screen of this size that draws pictures in cells, or as sixels with cells of 8 x 15 pixels.
pub fn model(columns: u16, rows: u16, look: Look, sixel: bool) -> Model {
    let cell = sixel.then_some(CellPixels { width: 8, height: 15 });
    let window = Window { columns, rows, cell };
    let variables: &[(&str, &str)] = match (look.ascii, look.colour) {
        (true, _) => &[("STILLROOM_ASCII", "1")],
        (false, true) => &[("COLORTERM", "truecolor")],
        (false, false) => &[("NO_COLOR", "1")],
    };
    let settings = Settings::read(|name| {
        variables.iter().find(|row| row.0 == name).map(|row| row.1.to_owned())
    });
    let replies = Replies { complete: true, sixel, colours: Some(256), ..Replies::default() };
    let canvas = Canvas::choose(&settings, &replies, window);
    Model::new(look, canvas, window, TimeZone::UTC, at("2026-11-23T22:38:40Z"))
}

pub const COLOUR: Look = Look::bare(false, true);

/// A data set of 70 000 grey images of 28 by 28 pixels.
pub fn set(name: &str, state: State) -> Listing {
    Listing {
        name: name.to_owned(),
        title: String::new(),
        shape: [1, 28, 28],
        classes: 10,
        train: 60_000,
        test: 10_000,
        licence: String::new(),
        state,
        path: None,
    }
}

/// Everything outside the screen, played: the daemon with the recorded run, and the workers.
pub struct World {
    pub model: Model,
    pub runs: Vec<RunSummary>,
    pub events: Vec<Event>,
    /// Other runs that did the same as the recorded one, with their specs.
    pub alike: BTreeMap<RunId, String>,
    /// Every wish that the screen had.
    pub wishes: Vec<Wish>,
    /// Effects on the terminal.
    pub terminal: Vec<Effect>,
    /// Classes of every tile that was made, batch by batch.
    pub made: Vec<Vec<usize>>,
    /// What is to be decoded or encoded waits here while this is true.
    pub is_slow: bool,
    pub waiting: Vec<Effect>,
}

/// What a daemon says, as the way to its host tells it.
fn labelled(mut news: LinkNews, host: HostName) -> LinkNews {
    match &mut news {
        LinkNews::Replied { answer, .. } => label::answer(answer, host),
        LinkNews::Pushed(message) => label::message(message, host),
        LinkNews::Connected(_) | LinkNews::Lost(_) => {}
    }
    news
}

impl World {
    pub fn new(model: Model, runs: Vec<RunSummary>, events: Vec<Event>) -> Self {
        Self {
            model,
            runs,
            events,
            alike: BTreeMap::new(),
            wishes: Vec::new(),
            terminal: Vec::new(),
            made: Vec::new(),
            is_slow: false,
            waiting: Vec::new(),
        }
    }

    /// A screen at the recorded run, which runs and has done so many iterations.
    pub fn at_iteration(columns: u16, rows: u16, look: Look, iteration: u64) -> Self {
        let events = events_until(iteration);
        let runs = queue(&events, RunState::Running { worker: worker() });
        let mut world = Self::new(model(columns, rows, look, false), runs, events);
        world.connect();
        world
    }

    pub fn connect(&mut self) {
        self.send(Msg::here(LinkNews::Connected(Daemon {
            protocol: crate::wire::message::PROTOCOL,
            program: "0.1.0".to_owned(),
            host: "gauss".to_owned(),
            pid: 99,
            data_dir: "/data".to_owned(),
        })));
    }

    /// The daemon of another machine answers.
    pub fn join(&mut self, host: HostName, protocol: u32) {
        let daemon = Daemon {
            protocol,
            program: env!("CARGO_PKG_VERSION").to_owned(),
            host: "gpu-box-17".to_owned(),
            pid: 4,
            data_dir: "/scratch/me".to_owned(),
        };
        self.send(Msg::Link(host, LinkNews::Connected(daemon)));
    }

    /// Lays a key file over the keys that the program comes with.
    pub fn lay_keys(&mut self, text: &str) {
        let (lines, faults) = keys_file::read("/c/keys.toml", text);
        assert_eq!(faults, []);
        self.model.keymap = Keymap::new(&lines).0;
    }

    pub fn press(&mut self, key: Key) {
        self.send(Msg::Key(key));
    }

    pub fn type_keys(&mut self, keys: &str) {
        keys.chars().for_each(|c| self.press(Key::char(c)));
    }

    /// Sends a message, and does everything that follows from it.
    pub fn send(&mut self, msg: Msg) {
        let mut effects = update(&mut self.model, msg);
        while !effects.is_empty() {
            let mut next = Vec::new();
            for effect in effects {
                for msg in self.effect(effect) {
                    next.extend(update(&mut self.model, msg));
                }
            }
            effects = next;
        }
    }

    /// Does what has been waiting.
    pub fn catch_up(&mut self) {
        self.is_slow = false;
        for effect in std::mem::take(&mut self.waiting) {
            for msg in self.effect(effect) {
                self.send(msg);
            }
        }
    }

    fn effect(&mut self, effect: Effect) -> Vec<Msg> {
        match effect {
            Effect::Ask(host, wish) => {
                self.wishes.push(wish.clone());
                let told = self.answer(&wish).into_iter();
                told.map(|news| Msg::Link(host, labelled(news, host))).collect()
            }
            effect @ (Effect::Decode { .. } | Effect::Encode { .. }) if self.is_slow => {
                self.waiting.push(effect);
                Vec::new()
            }
            Effect::Decode { run, snapshot, bytes } => {
                let result = Sheet::decode(&bytes, snapshot).map_err(|error| error.to_string());
                vec![Msg::Decoded { run, result }]
            }
            Effect::Encode { album, jobs } => {
                self.made.push(jobs.iter().map(|job| job.place).collect());
                vec![Msg::Encoded { album, tiles: jobs.iter().map(TileJob::make).collect() }]
            }
            effect => {
                self.terminal.push(effect);
                Vec::new()
            }
        }
    }

    /// What the daemon says to a wish.
    fn answer(&self, wish: &Wish) -> Vec<LinkNews> {
        let reply = |answer| LinkNews::Replied { wish: wish.clone(), answer };
        match wish {
            Wish::WatchQueue => vec![reply(Answer::Runs { runs: self.runs.clone() })],
            Wish::Devices => {
                let cpu = DeviceSlots {
                    device: "cpu".to_owned(),
                    name: "2 threads".to_owned(),
                    slots: 1,
                    running: 1,
                    ..DeviceSlots::default()
                };
                vec![reply(Answer::Devices { devices: vec![cpu] })]
            }
            Wish::DaemonLog { after } => {
                let lines = "2026-11-23T22:37:30Z  INFO stillroom::wire::daemon: serving /data at \
                             /run/user/1000/stillroom.sock\n\
                             2026-11-23T22:37:33Z  WARN stillroom::queue::keeper: run 9: its worker was killed\n";
                let text = lines.get(*after as usize..).unwrap_or_default().to_owned();
                vec![reply(Answer::Log { text, end: lines.len() as u64 })]
            }
            Wish::WatchRun { run, after } => {
                let newer = self.events.iter().filter(|event| event.seq > *after && *run == RUN);
                let events: Vec<Event> = newer.cloned().collect();
                let pushed = LinkNews::Pushed(Message::Events { run: *run, events });
                vec![reply(Answer::Done { text: String::new() }), pushed]
            }
            Wish::WatchHistory { run } => {
                let mut history = History::default();
                let is_known = *run == RUN || self.alike.contains_key(run);
                for event in self.events.iter().filter(|_| is_known) {
                    history.take(event);
                }
                let history = Box::new(history);
                let pushed = LinkNews::Pushed(Message::History { run: *run, history });
                vec![reply(Answer::Done { text: String::new() }), pushed]
            }
            Wish::Artefacts { run, .. } => {
                let listed = |path: &str, size, files| Listed {
                    digest: None,
                    path: path.to_owned(),
                    size,
                    files,
                    changed: at("2026-11-23T22:38:20Z"),
                };
                let listed = vec![
                    listed("checkpoint/latest.safetensors", 94_712, 1),
                    listed("events.jsonl", 61_004, 1),
                    listed("snapshots/", 48_400, 26),
                    listed("spec.toml", 1_893, 1),
                ];
                vec![reply(Answer::Artefacts { run: *run, listed })]
            }
            Wish::Artefact { run, path, .. } if path == "spec.toml" => {
                let text = self.alike.get(run).map_or("", String::as_str);
                vec![reply(Answer::Artefact {
                    run: *run,
                    path: path.clone(),
                    offset: 0,
                    size: text.len() as u64,
                    data: STANDARD.encode(text),
                })]
            }
            Wish::Artefact { run, path, offset } => {
                let known = PICTURES.iter().rev().find(|(iteration, _)| {
                    // Only three pictures were kept: the one before stands for those between.
                    let name = path.rsplit('/').next().unwrap();
                    name.trim_end_matches(".png").parse::<u64>().unwrap() >= *iteration
                });
                let bytes = &known.unwrap().1[*offset as usize..];
                vec![reply(Answer::Artefact {
                    run: *run,
                    path: path.clone(),
                    offset: *offset,
                    size: known.unwrap().1.len() as u64,
                    data: STANDARD.encode(&bytes[..bytes.len().min(2000)]),
                })]
            }
            _ => Vec::new(),
        }
    }
}
