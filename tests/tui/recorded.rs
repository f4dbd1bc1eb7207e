//! A recorded first run: its events, its pictures, and how lists show it.

use image::RgbImage;
use jiff::{SignedDuration, Timestamp};
use stillroom::{
    queue::{RunId, RunState, RunSummary, Worker},
    record::{
        Digest, Event, Fact,
        event::{Snapshot, VERSION},
    },
};

pub const RUN: RunId = RunId::new(12);

/// The picture after the last iteration.
pub const SHEET: &[u8] = include_bytes!("../fixtures/tui/first-light/0000100.png");

/// The log, without its snapshots: tests announce their own.
pub fn events() -> Vec<Event> {
    let text = include_str!("../fixtures/tui/first-light/events.jsonl");
    let events = text.lines().map(|line| serde_json::from_str::<Event>(line).unwrap());
    events.filter(|event| !matches!(event.fact, Fact::Snapshot(_))).collect()
}

pub fn now() -> Timestamp {
    Timestamp::now()
}

pub fn summary(state: RunState) -> RunSummary {
    let mut digest = Digest::default();
    for event in events() {
        digest.apply(&event);
    }
    RunSummary {
        id: RUN,
        title: "first light".to_owned(),
        state,
        place: 12,
        added: now(),
        method: "dsa".to_owned(),
        set: "mnist-5k".to_owned(),
        ipc: 1,
        seed: 0,
        network: "ConvNet".to_owned(),
        device: "cpu".to_owned(),
        memory: 0.0,
        study: String::new(),
        waits_for: String::new(),
        folder: "/data/runs/0012".to_owned(),
        digest,
    }
}

/// A run of that kind of which nothing is done yet.
pub fn run(id: u64, title: &str, state: RunState) -> RunSummary {
    RunSummary {
        id: RunId::new(id),
        title: title.to_owned(),
        place: id as i64,
        folder: format!("/data/runs/{id:04}"),
        digest: Digest::default(),
        ..summary(state)
    }
}

pub fn queued() -> RunState {
    RunState::Queued { since: now() }
}

/// It is over for so many minutes.
pub fn finished_before(minutes: i64) -> RunState {
    RunState::Finished { at: now() - SignedDuration::from_mins(minutes) }
}

pub fn failed_before(minutes: i64) -> RunState {
    RunState::Failed {
        at: now() - SignedDuration::from_mins(minutes),
        reason: "the matching distance is NaN at iteration 310".to_owned(),
        advice: "Lower condense.image_lr.".to_owned(),
    }
}

pub fn finished() -> RunState {
    RunState::Finished { at: now() }
}

pub fn running() -> RunState {
    let (device, job) = ("cpu".to_owned(), String::new());
    RunState::Running { worker: Worker { pid: 4242, device, since: now(), job } }
}

/// A picture and the event that announces it, `after` the last event so far.
pub fn announce(after: u64, iteration: u64, [width, height]: [u32; 2]) -> (String, Event) {
    let path = format!("snapshots/{iteration:07}.png");
    let snapshot = Snapshot {
        iteration,
        path: path.clone(),
        rows: 10,
        columns: 1,
        tile: [width, height],
        padding: 2,
    };
    (path, Event { v: VERSION, seq: after + 1, at: now(), fact: Fact::Snapshot(snapshot) })
}

/// The images of a sheet of ten classes with one image each.
pub fn images(sheet: &[u8], [width, height]: [u32; 2]) -> Vec<RgbImage> {
    let sheet = image::load_from_memory(sheet).unwrap().to_rgb8();
    let tile = |row| image::imageops::crop_imm(&sheet, 2, 2 + row * (height + 2), width, height);
    (0..10).map(|row| tile(row).to_image()).collect()
}
