//! A run folder and the processes that work on it.

use std::{
    fs,
    path::PathBuf,
    process::{Child, Command, Stdio},
    rc::Rc,
    thread,
    time::{Duration, Instant},
};

use stillroom::nets::cpu::simd::Level;
use stillroom::record::{Event, Fact, RunFolder, SyntheticSet, event::Outcome, event_log::Tail};

/// A run in a data directory of its own.
pub struct Run {
    /// Kept for its folder's life.
    home: Rc<tempfile::TempDir>,
    folder: PathBuf,
    pub level: Level,
}

impl Run {
    pub fn new(spec: &str) -> Self {
        Self::of(Rc::new(tempfile::tempdir().unwrap()), spec)
    }

    /// Another run in the same data directory.
    pub fn beside(&self, spec: &str) -> Self {
        Self::of(Rc::clone(&self.home), spec)
    }

    fn of(home: Rc<tempfile::TempDir>, spec: &str) -> Self {
        let folder = home.path().join(format!("run{}", Rc::strong_count(&home)));
        fs::create_dir(&folder).unwrap();
        fs::write(folder.join("spec.toml"), spec).unwrap();
        Self { home, folder, level: Level::in_use() }
    }

    pub fn folder(&self) -> RunFolder {
        RunFolder::new(&self.folder)
    }

    pub fn path(&self) -> PathBuf {
        self.folder().path().to_owned()
    }

    pub fn start(&self) -> Child {
        self.worker().spawn().unwrap()
    }

    /// A worker in a job of a Slurm that does nothing when it is asked.
    pub fn start_in_job(&self, job: &str) -> Child {
        self.worker().args(["--job", job]).env("PATH", "").spawn().unwrap()
    }

    fn worker(&self) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_stillroom"));
        command
            .arg("worker")
            .arg(self.path())
            .env("STILLROOM_DATA_DIR", self.home.path())
            .env("STILLROOM_CPU_LEVEL", self.level.word())
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null());
        command
    }

    pub fn to_the_end(&self) -> i32 {
        self.start().wait().unwrap().code().unwrap()
    }

    pub fn events(&self) -> Vec<Event> {
        let mut tail = Tail::new(self.folder().events(), 0);
        std::iter::from_fn(|| Some(tail.more().unwrap()).filter(|more| !more.is_empty()))
            .flatten()
            .collect()
    }

    pub fn wish(&self, wish: &str) {
        let temporary = self.path().join("control.tmp");
        fs::write(&temporary, format!(r#"{{"wish":"{wish}"}}"#)).unwrap();
        fs::rename(temporary, self.folder().control()).unwrap();
    }

    /// Waits until `count` events of some kind are in the log.
    pub fn wait_for(&self, what: impl Fn(&Fact) -> bool, count: usize) {
        self.wait_until(|events| events.iter().filter(|event| what(&event.fact)).count() >= count);
    }

    /// Waits until `count` more events than `known` are in the log, or the worker has ended.
    pub fn wait_for_more(&self, known: usize, count: usize) {
        let ended = |event: &Event| matches!(event.fact, Fact::Ended(_));
        self.wait_until(|events| {
            events.len() >= known + count || events.iter().skip(known).any(ended)
        });
    }

    pub fn wait_until(&self, reached: impl Fn(&[Event]) -> bool) {
        let began = Instant::now();
        while !reached(&self.events()) {
            assert!(
                began.elapsed() < Duration::from_mins(1),
                "waited in vain: {:?}",
                self.events()
            );
            thread::sleep(Duration::from_millis(2));
        }
    }

    /// Stops the run and lets it go on until it is through; `more` says after how many more events, by the number
    /// of stops before.
    pub fn stop_again_and_again(&self, more: impl Fn(usize) -> usize) {
        for stops in 0..99 {
            let known = self.events().len();
            let mut worker = self.start();
            self.wait_for_more(known, more(stops));
            self.wish("stop");
            assert_eq!(worker.wait().unwrap().code(), Some(0));
            self.wish("run");
            if self.outcome() == Outcome::Finished {
                assert!(stops > 2, "only {} stops", stops + 1);
                return;
            }
            assert_eq!(self.outcome(), Outcome::Stopped);
        }
        panic!("the run does not get on");
    }

    pub fn set(&self) -> SyntheticSet {
        SyntheticSet::read(&self.folder().synthetic_set()).unwrap()
    }

    pub fn outcome(&self) -> Outcome {
        match self.events().pop().unwrap().fact {
            Fact::Ended(ended) => ended.outcome,
            other => panic!("the log does not end: {other:?}"),
        }
    }
}

pub fn is_iteration(fact: &Fact) -> bool {
    matches!(fact, Fact::Iteration(_))
}

/// The images and the accuracies of two runs are the same, bit for bit.
pub fn assert_same(one: &Run, other: &Run) {
    let (one, other) = (one.set(), other.set());
    let bits = |set: &SyntheticSet| set.images.iter().map(|v| v.to_bits()).collect::<Vec<_>>();
    assert_eq!(bits(&one), bits(&other));
    assert_eq!(one.labels, other.labels);
    assert_eq!((&one.steps, one.about.adam_steps), (&other.steps, other.about.adam_steps));
    let scores = |set: &SyntheticSet| {
        let all = &set.about.evaluations;
        all.iter().map(|score| (score.subject, score.accuracies.clone())).collect::<Vec<_>>()
    };
    assert_eq!(scores(&one), scores(&other));
}
