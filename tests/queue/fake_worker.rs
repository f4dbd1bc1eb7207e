//! A worker that keeps to a worker's contract (its lock, its log, its control file, its exit code) and
//! does no work: an iteration is a short sleep.
//!
//! The spec's name chooses what goes wrong: `fails`, `vanishes` (exits without a word), `deaf` (never
//! listens); or that it goes ten times as fast: `quick`.

use std::{
    env,
    fs::{self, File},
    io::Write,
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
    process,
    sync::{Arc, OnceLock, atomic::AtomicBool},
    thread::sleep,
    time::Duration,
};

use stillroom::{
    engine::control::{Control, Wish},
    record::{
        EventLog, Fact, RunFolder, Tail,
        event::{
            Ended, Evaluation, Iteration, Outcome, Phase, Plan, Progress, Snapshot, Started,
            Subject,
        },
    },
    spec::{
        Spec,
        parse::{Typed, parse},
    },
};

/// How long an iteration takes.
pub const ITERATION: Duration = Duration::from_millis(10);
/// Iterations between checkpoints.
pub const CHECKPOINT_EVERY: u64 = 5;

const DEVICES: &str =
    r#"[{"device":"gpu:0","name":"G","through":"x"},{"device":"cpu","name":"C","through":"x"}]"#;
const ARGUMENTS: &str = "STILLROOM_FAKE_WORKER";

/// A program that is called as `stillroom` is for the work.
pub fn program() -> &'static Path {
    static PROGRAM: OnceLock<PathBuf> = OnceLock::new();
    PROGRAM.get_or_init(|| {
        let own = env::current_exe().unwrap();
        let name = format!("{}.sh", own.file_name().unwrap().to_string_lossy());
        let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
        // Devices are answered by the script: it is done before the test program would have started.
        let script = format!(
            "#!/bin/sh\n\
             [ \"$1\" = devices ] && exec echo '{DEVICES}'\n\
             {ARGUMENTS}=\"$1 $2 $3 $4\" exec {} --exact worker_process --ignored -q --nocapture\n",
            own.display()
        );
        let new = path.with_extension(process::id().to_string());
        fs::write(&new, script).unwrap();
        fs::set_permissions(&new, fs::Permissions::from_mode(0o700)).unwrap();
        fs::rename(&new, &path).unwrap();
        path
    })
}

/// The process.
pub fn main() {
    // Without arguments it was called as a test.
    let Ok(arguments) = env::var(ARGUMENTS) else { return };
    let mut arguments = arguments.split(' ');
    assert_eq!(arguments.next(), Some("worker"));
    let folder = RunFolder::new(arguments.next().unwrap());
    assert_eq!(arguments.next(), Some("--device"));
    process::exit(work(&folder, arguments.next().unwrap()));
}

fn work(folder: &RunFolder, device: &str) -> i32 {
    let _ = rustix::process::setsid();
    let mut lock = File::options()
        .create(true)
        .truncate(false)
        .write(true)
        .open(folder.worker_lock())
        .unwrap();
    while lock.try_lock().is_err() {
        // Somebody only looks whether it is held.
        sleep(Duration::from_millis(1));
    }
    lock.set_len(0).unwrap();
    writeln!(lock, "{}", process::id()).unwrap();

    let text = fs::read_to_string(folder.spec()).unwrap();
    let spec = parse(&Typed { source: "spec.toml", text: &text, set: &[] }).unwrap();
    let terminated = Arc::new(AtomicBool::new(false));
    signal_hook::flag::register(signal_hook::consts::SIGTERM, terminated.clone()).unwrap();
    let control = Control::new(folder.control(), terminated);
    let done = Tail::new(folder.events(), 0).rest().unwrap().iter().rev().find_map(|event| {
        match event.fact {
            Fact::Checkpoint { iteration } => Some(iteration),
            _ => None,
        }
    });
    let log = EventLog::open(&folder.events()).unwrap();
    Worker { log, control, spec, done }.run(device)
}

struct Worker {
    log: EventLog,
    control: Control,
    spec: Spec,
    done: Option<u64>,
}

impl Worker {
    fn say(&mut self, fact: Fact) {
        self.log.append(fact).unwrap();
    }

    fn run(mut self, device: &str) -> i32 {
        let all = self.spec.condense.iterations as u64;
        let pause = if self.spec.name == "quick" { ITERATION / 10 } else { ITERATION };
        self.say(Fact::Started(Started {
            program: "0".to_owned(),
            pid: process::id(),
            host: "here".to_owned(),
            device: device.to_owned(),
            device_name: "none".to_owned(),
            device_reason: "told".to_owned(),
            resumed_at: self.done,
            token: 0,
            job: String::new(),
        }));
        self.say(Fact::Plan(Plan {
            train_images: 4000,
            other_networks: 0,
            classes: vec!["0".to_owned(), "1".to_owned()],
            ipc: 1,
            shape: [1, 4, 4],
            iterations: all,
            outer_steps: 1,
            inner_epochs: 1,
            loops_reason: "told".to_owned(),
            objective: "matching distance".to_owned(),
        }));
        for iteration in self.done.unwrap_or(0) + 1..=all {
            if !self.listen(iteration - 1) {
                return self.end(Outcome::Stopped, iteration - 1);
            }
            sleep(pause);
            self.iteration(iteration, all);
            match self.spec.name.as_str() {
                "fails" => {
                    let (reason, advice) = ("the loss is NaN".to_owned(), "lower it".to_owned());
                    return self.end(Outcome::Failed { reason, advice }, iteration);
                }
                "vanishes" => {
                    let mut out = std::io::stderr();
                    writeln!(out, "thread main: out of patience").unwrap();
                    return 101;
                }
                _ => {}
            }
        }
        self.evaluate(Subject::Random, all, 0.5);
        self.evaluate(Subject::Synthetic, all, 0.75);
        self.end(Outcome::Finished, all)
    }

    /// False when the run is to stop.
    fn listen(&mut self, iteration: u64) -> bool {
        if self.spec.name == "deaf" {
            return true;
        }
        if self.control.snapshot_wished() {
            self.say(Fact::Snapshot(Snapshot {
                iteration,
                path: RunFolder::snapshot_name(iteration),
                rows: 2,
                columns: 1,
                tile: [4, 4],
                padding: 1,
            }));
        }
        if self.control.wish() == Wish::Pause {
            self.say(Fact::Paused { iteration });
            let then = self.control.wait();
            self.say(Fact::Continued { iteration });
            return then != Wish::Stop;
        }
        self.control.wish() != Wish::Stop
    }

    fn iteration(&mut self, iteration: u64, all: u64) {
        let secs = ITERATION.as_secs_f64();
        self.say(Fact::Iteration(Iteration {
            iteration,
            distance: 1.0 / iteration as f64,
            by_class: vec![0.5, 0.5],
            inner_loss: None,
            secs,
            condense_secs: secs * iteration as f64,
        }));
        self.say(Fact::Progress(Progress {
            phase: Phase::Condensing,
            done: iteration,
            of: all,
            share: iteration as f64 / all as f64,
            used_secs: secs * iteration as f64,
            left_secs: Some(secs * (all - iteration) as f64),
            memory_bytes: None,
        }));
        if iteration.is_multiple_of(CHECKPOINT_EVERY) {
            self.say(Fact::Checkpoint { iteration });
        }
    }

    fn evaluate(&mut self, subject: Subject, iteration: u64, mean: f64) {
        self.say(Fact::Evaluation(Evaluation {
            subject,
            iteration,
            accuracies: vec![mean],
            mean,
            std: 0.01,
            augmentation: "none".to_owned(),
            network: String::new(),
            secs: 1.0,
            after: None,
        }));
    }

    fn end(mut self, outcome: Outcome, iteration: u64) -> i32 {
        let failed = matches!(outcome, Outcome::Failed { .. });
        if outcome == Outcome::Stopped {
            self.say(Fact::Checkpoint { iteration });
        }
        self.say(Fact::Ended(Ended { outcome, iteration, used_secs: 1.0 }));
        i32::from(failed)
    }
}
