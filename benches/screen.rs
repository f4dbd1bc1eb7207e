//! What the screen costs: a frame with eight long runs, opening a very long one, memory, and bytes sent.
//!
//!     cargo bench --bench screen
//!
//! Everything goes the way that it goes in the program: histories come as the lines of the wire, frames are
//! drawn, compared with those before, and encoded for the terminal; only the terminal itself is a counter.

// A benchmark tells its figures, and fails by panicking.
#![allow(clippy::print_stdout, clippy::unwrap_used)]

use std::{
    cell::Cell,
    fs,
    hint::black_box,
    io::{self, Write},
    rc::Rc,
    sync::Arc,
    time::Instant,
};

use image::{Rgb, RgbImage};
use jiff::{Timestamp, tz::TimeZone};
use ratatui::{
    Terminal, TerminalOptions, Viewport, backend::CrosstermBackend, buffer::Buffer, layout::Rect,
};
use stillroom::{
    queue::{RunId, RunState, RunSummary, Worker},
    record::{
        Digest, Event, Fact, History,
        event::{Iteration, Plan, Snapshot},
    },
    spec::{Method, defaults::published},
    tui::{
        link::LinkNews,
        look::Look,
        media::{Canvas, Sheet, reply::Replies, sheet::ClassImages},
        model::Model,
        msg::{Effect, Msg},
        settings::Settings,
        tty::{CellPixels, Window},
        update::{compare, update},
        view::view,
    },
    wire::{
        client::Daemon,
        codec::{decode, encode},
        message::{Answer, Message, Wish},
    },
};

const RUNS: u64 = 8;
const POINTS: u64 = 100_000;
const LONG: u64 = 1_000_000;
const CLASSES: usize = 10;

/// A terminal that counts.
#[derive(Clone, Default)]
struct Counter(Rc<Cell<u64>>);

impl Write for Counter {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.set(self.0.get() + bytes.len() as u64);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// The screen and what it writes to.
struct Screen {
    model: Model,
    terminal: Terminal<CrosstermBackend<Counter>>,
    written: Counter,
    shown: Option<Buffer>,
}

impl Screen {
    fn new(columns: u16, rows: u16, sixel: bool) -> Self {
        let cell = sixel.then_some(CellPixels { width: 8, height: 16 });
        let window = Window { columns, rows, cell };
        let settings = Settings::read(|name| (name == "COLORTERM").then(|| "truecolor".to_owned()));
        let replies = Replies { complete: true, sixel, colours: Some(256), ..Replies::default() };
        let canvas = Canvas::choose(&settings, &replies, window);
        let now = Timestamp::UNIX_EPOCH;
        let model = Model::new(Look::bare(false, true), canvas, window, TimeZone::UTC, now);
        let written = Counter::default();
        let viewport = Viewport::Fixed(Rect::new(0, 0, columns, rows));
        let backend = CrosstermBackend::new(written.clone());
        let terminal = Terminal::with_options(backend, TerminalOptions { viewport }).unwrap();
        let mut screen = Self { model, terminal, written, shown: None };
        screen.send(Msg::here(LinkNews::Connected(Daemon {
            protocol: 3,
            program: "0.1.0".to_owned(),
            host: "here".to_owned(),
            pid: 1,
            data_dir: "/data".to_owned(),
        })));
        screen
    }

    /// Takes a message; makes tiles at once, asks nobody.
    fn send(&mut self, msg: Msg) {
        let mut effects = update(&mut self.model, msg);
        while let Some(effect) = effects.pop() {
            if let Effect::Encode { album, jobs } = effect {
                let tiles = jobs.iter().map(stillroom::tui::media::TileJob::make).collect();
                effects.extend(update(&mut self.model, Msg::Encoded { album, tiles }));
            }
        }
    }

    fn push(&mut self, message: Message) {
        self.send(Msg::here(LinkNews::Pushed(message)));
    }

    /// Draws as the program does; the bytes that were written.
    fn draw(&mut self) -> u64 {
        let before = self.written.0.get();
        view(&self.model, &mut self.terminal.get_frame());
        let drawn = self.terminal.current_buffer_mut();
        if self.shown.as_ref() == Some(drawn) {
            drawn.reset();
            return 0;
        }
        self.shown = Some(drawn.clone());
        self.terminal.apply_buffer().unwrap();
        self.written.0.get() - before
    }
}

fn event(seq: u64, fact: Fact) -> Event {
    let at = Timestamp::from_millisecond(seq as i64 * 40).unwrap();
    Event { v: 1, seq, at, fact }
}

fn iteration(run: u64, number: u64) -> Fact {
    let noise = ((number * 2_654_435_761 + run) % 1000) as f64 / 1000.0;
    let distance = 30.0 / (1.0 + number as f64 / 5000.0) + noise;
    Fact::Iteration(Iteration {
        iteration: number,
        distance,
        by_class: (0..CLASSES).map(|class| distance / 10.0 + class as f64).collect(),
        inner_loss: Some(noise),
        secs: 0.04,
        condense_secs: number as f64 * 0.04,
    })
}

fn history(run: u64, iterations: u64) -> History {
    let mut history = History::default();
    let plan = Plan {
        classes: (0..CLASSES).map(|class| class.to_string()).collect(),
        ipc: 1,
        shape: [1, 28, 28],
        iterations,
        objective: "matching distance".to_owned(),
        ..Plan::default()
    };
    history.take(&event(1, Fact::Plan(plan)));
    for number in 1..=iterations {
        history.take(&event(number + 1, iteration(run, number)));
    }
    history
}

fn summary(run: u64) -> RunSummary {
    let worker = Worker {
        pid: 7,
        device: "cpu".to_owned(),
        since: Timestamp::UNIX_EPOCH,
        job: String::new(),
    };
    RunSummary {
        id: RunId::new(run),
        title: format!("run {run}"),
        state: RunState::Running { worker },
        place: run as i64,
        added: Timestamp::UNIX_EPOCH,
        method: "dsa".to_owned(),
        set: "mnist-5k".to_owned(),
        ipc: 1,
        seed: run,
        device: "auto".to_owned(),
        folder: String::new(),
        memory: 0.0,
        study: String::new(),
        waits_for: String::new(),
        network: "ConvNet".to_owned(),
        digest: Digest::default(),
    }
}

/// Shows these runs in the queue.
fn queue(screen: &mut Screen, count: u64) {
    let runs = (1..=count).map(summary).collect();
    let answer = Answer::Runs { runs };
    screen.send(Msg::here(LinkNews::Replied { wish: Wish::WatchQueue, answer }));
}

/// A spec for every run, each of another width, so that all of them are sides.
fn give_specs(screen: &mut Screen) {
    for run in 1..=RUNS {
        let mut spec = published(Method::Dsa, "mnist-5k", 1);
        spec.network.width = 8 * run as usize;
        let text = spec.to_toml();
        let data = base64::Engine::encode(&base64::engine::general_purpose::STANDARD, &text);
        let path = "spec.toml".to_owned();
        let wish = Wish::Artefact { run: RunId::new(run), path: path.clone(), offset: 0 };
        let answer = Answer::Artefact {
            run: RunId::new(run),
            path,
            offset: 0,
            size: text.len() as u64,
            data,
        };
        screen.send(Msg::here(LinkNews::Replied { wish, answer }));
    }
}

fn spread(mut millis: Vec<f64>) -> String {
    millis.sort_by(f64::total_cmp);
    let at = |share: f64| millis[((millis.len() - 1) as f64 * share) as usize];
    format!("median {:.2} ms, 99 % {:.2} ms", at(0.5), at(0.99))
}

fn resident_mebibytes() -> f64 {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    let kibibytes = line.and_then(|line| line.split_whitespace().next()?.parse::<f64>().ok());
    kibibytes.unwrap_or(f64::NAN) / 1024.0
}

/// Frames in which something has changed: a new event of one run each time.
fn frames(screen: &mut Screen, count: u64) -> Vec<f64> {
    let mut millis = Vec::new();
    for number in 1..=count {
        let run = number % RUNS + 1;
        let seq = POINTS + 1 + number;
        let events = vec![event(seq, iteration(run, POINTS + number))];
        let begun = Instant::now();
        screen.push(Message::Events { run: RunId::new(run), events });
        black_box(screen.draw());
        millis.push(begun.elapsed().as_secs_f64() * 1000.0);
    }
    millis
}

fn main() {
    eight_long_runs();
    one_very_long_run();
    bytes_sent();
}

fn eight_long_runs() {
    let lines: Vec<Vec<u8>> = (1..=RUNS)
        .map(|run| {
            let history = Box::new(history(run, POINTS));
            encode(&Message::History { run: RunId::new(run), history }).unwrap()
        })
        .collect();
    let before = resident_mebibytes();
    let mut screen = Screen::new(200, 60, false);
    queue(&mut screen, RUNS);
    compare::begin(&mut screen.model, (1..=RUNS).map(RunId::new).collect());
    screen.send(Msg::Tick);
    for line in &lines {
        screen.push(decode(line).unwrap());
    }
    give_specs(&mut screen);
    screen.draw();
    println!("8 runs of 100 000 iterations at 200x60");
    println!("  compared, each frame with a new event: {}", spread(frames(&mut screen, 400)));
    screen.model.screen = stillroom::tui::model::Screen::Run;
    screen.model.open = Some(RunId::new(1));
    screen.send(Msg::Tick);
    println!("  one of them, all its charts:           {}", spread(frames(&mut screen, 400)));
    let after = resident_mebibytes();
    println!("  memory that they add: {:.0} MiB; the process: {after:.0} MiB", after - before);
}

fn one_very_long_run() {
    let line = {
        let history = Box::new(history(1, LONG));
        encode(&Message::History { run: RunId::new(1), history }).unwrap()
    };
    let mut millis = Vec::new();
    for _ in 0..20 {
        let mut screen = Screen::new(200, 60, false);
        queue(&mut screen, 1);
        screen.draw();
        let begun = Instant::now();
        screen.send(Msg::Key(stillroom::tui::key::Key::plain(crossterm::event::KeyCode::Enter)));
        screen.push(decode(&line).unwrap());
        screen.draw();
        millis.push(begun.elapsed().as_secs_f64() * 1000.0);
    }
    println!("a run of 1 000 000 events, {} KiB on the wire", line.len() >> 10);
    println!("  from the key to the whole frame: {}", spread(millis));
}

/// A hundred classes, one of which changes.
fn bytes_sent() {
    let snapshot = |number: u64| Snapshot {
        iteration: number,
        path: format!("snapshots/{number}.png"),
        rows: 100,
        columns: 1,
        tile: [32, 32],
        padding: 2,
    };
    let image = |class: u32, shift: u32| {
        RgbImage::from_fn(32, 32, |x, y| {
            let value = |factor: u32| ((x * factor + y * (class + 1) + shift * 37) % 256) as u8;
            Rgb([value(3), value(5), value(7)])
        })
    };
    let classes: Vec<Arc<ClassImages>> =
        (0..100).map(|class| Arc::new(ClassImages::new(vec![image(class, 0)]))).collect();
    let mut screen = Screen::new(200, 60, true);
    queue(&mut screen, 1);
    screen.send(Msg::Key(stillroom::tui::key::Key::plain(crossterm::event::KeyCode::Enter)));
    let mut past = history(1, 10);
    past.take(&event(100, Fact::Snapshot(snapshot(1))));
    screen.push(Message::History { run: RunId::new(1), history: Box::new(past) });
    let show = |screen: &mut Screen, number: u64, classes: &[Arc<ClassImages>]| {
        let sheet = Sheet { snapshot: snapshot(number), classes: classes.to_vec() };
        screen.send(Msg::Decoded { run: RunId::new(1), result: Ok(sheet) });
    };
    show(&mut screen, 1, &classes);
    screen.draw();
    screen.shown = None;
    screen.terminal.resize(Rect::new(0, 0, 200, 60)).unwrap();
    let whole = screen.draw();
    let idle: u64 = (0..100).map(|_| screen.draw()).sum();
    let mut changed = classes;
    changed[42] = Arc::new(ClassImages::new(vec![image(42, 1)]));
    show(&mut screen, 1, &changed);
    let one = screen.draw();
    println!("100 classes of 32x32 in colour as sixel at 200x60");
    println!("  whole screen: {whole} bytes; 100 frames without a change: {idle} bytes");
    println!(
        "  one class changed: {one} bytes, {:.2} % of the whole",
        one as f64 / whole as f64 * 100.0
    );
}
