//! A data directory whose runs are done by a cluster.

use std::{
    fs,
    path::{Path, PathBuf},
    process::{Command, Output, Stdio},
    sync::OnceLock,
    thread::sleep,
    time::{Duration, Instant},
};

use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;
use stillroom::record::{
    Event, Fact, RunFolder, SyntheticSet, Tail,
    event::{Ended, Outcome, Started},
};

use super::{cluster::Cluster, outcome};

/// The longest that anything is waited for. Nothing takes nearly as long unless it hangs.
const LIMIT: Duration = Duration::from_mins(3);

/// A run of a few seconds whose every iteration leaves its mark: momentum, inner training, augmentation.
pub const SPEC: &str = r#"
method = "dsa"
ipc = 1
device = "cpu"
seed = 5

[network]
width = 4

[condense]
iterations = 300
outer_steps = 2
inner_epochs = 1
real_batch = 8

[evaluate]
every = 0
networks = 1
epochs = 3

[record]
snapshot_every = 100
checkpoint_every = 100
"#;

pub struct Home {
    pub folder: tempfile::TempDir,
    configuration: PathBuf,
}

impl Home {
    /// One for this cluster, with these lines in `[slurm]`.
    pub fn new(cluster: &Cluster, lines: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir(folder.path().join("runtime")).unwrap();
        let home = Self { folder, configuration: cluster.configuration() };
        fs::create_dir_all(home.config()).unwrap();
        home.configure(lines);
        home
    }

    pub fn configure(&self, lines: &str) {
        let text = format!("executor = \"slurm\"\n[slurm]\nmemory = \"200M\"\n{lines}\n");
        fs::write(self.config().join("config.toml"), text).unwrap();
    }

    pub fn config(&self) -> PathBuf {
        self.folder.path().join("config")
    }

    pub fn data(&self) -> PathBuf {
        self.folder.path().join("data")
    }

    fn program(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_stillroom"));
        command
            .args(arguments)
            .env("STILLROOM_DATA_DIR", self.data())
            .env("STILLROOM_CONFIG_DIR", self.config())
            .env("XDG_RUNTIME_DIR", self.folder.path().join("runtime"))
            .env("STILLROOM_SLURM_INTERVAL_SECS", "0.3")
            .env("SLURM_CONF", &self.configuration)
            .env_remove("STILLROOM_LOG")
            .env_remove("STILLROOM_EXECUTOR")
            .stdin(Stdio::null());
        command
    }

    pub fn output(&self, arguments: &[&str]) -> Output {
        self.program(arguments).output().unwrap()
    }

    pub fn prints(&self, arguments: &[&str]) -> String {
        outcome::prints(self.program(arguments))
    }

    pub fn fails(&self, arguments: &[&str]) -> String {
        outcome::fails(self.program(arguments))
    }

    fn json(&self, arguments: &[&str]) -> Value {
        outcome::json(self.program(arguments))
    }

    /// Adds a run of the usual spec, changed.
    pub fn add(&self, set: &[&str]) -> u64 {
        let file = self.folder.path().join("spec.toml");
        fs::write(&file, SPEC).unwrap();
        let file = file.display().to_string();
        let mut arguments = vec!["add", &file];
        for pair in set {
            arguments.extend(["--set", pair]);
        }
        self.json(&arguments)["run"].as_u64().unwrap()
    }

    pub fn summary(&self, run: u64) -> Value {
        let runs = self.json(&["ls"]);
        runs.as_array().unwrap().iter().find(|found| found["id"] == run).unwrap().clone()
    }

    pub fn state(&self, run: u64) -> String {
        self.summary(run)["state"]["state"].as_str().unwrap().to_owned()
    }

    /// Waits until the run is in this state, and gives its summary.
    pub fn wait(&self, run: u64, state: &str) -> Value {
        let mut last = Value::Null;
        let found = wait_until(|| {
            last = self.summary(run);
            (last["state"]["state"] == state).then(|| last.clone())
        });
        found.unwrap_or_else(|| {
            panic!("run {run} did not become {state}: {last}\n{}", self.told(run))
        })
    }

    /// What happened, for whoever looks why a test failed.
    fn told(&self, run: u64) -> String {
        let read = |path: PathBuf| fs::read_to_string(path).unwrap_or_default();
        let folder = self.folder_of(run);
        let (daemon, worker) = (read(self.data().join("daemon.log")), read(folder.worker_log()));
        format!("daemon.log:\n{daemon}\nworker.log:\n{worker}")
    }

    pub fn folder_of(&self, run: u64) -> RunFolder {
        RunFolder::new(self.summary(run)["folder"].as_str().unwrap())
    }

    pub fn events(&self, run: u64) -> Vec<Event> {
        Tail::new(self.folder_of(run).events(), 0).rest().unwrap()
    }

    /// The workers that came, in order.
    pub fn started(&self, run: u64) -> Vec<Started> {
        let events = self.events(run).into_iter();
        events
            .filter_map(|event| match event.fact {
                Fact::Started(started) => Some(started),
                _ => None,
            })
            .collect()
    }

    /// Waits until the run's `count`th worker has done at least two iterations, and gives it, stopped where it is:
    /// what a test does to it then does not depend on how fast it is.
    pub fn hold_worker(&self, run: u64, count: usize) -> Started {
        let log = self.folder_of(run).events();
        let held = wait_until(|| {
            let events = Tail::new(&log, 0).rest().unwrap();
            let mut workers =
                events.iter().enumerate().filter_map(|(at, event)| match &event.fact {
                    Fact::Started(started) => Some((at, started)),
                    _ => None,
                });
            let (at, worker) = workers.nth(count - 1)?;
            let is_iteration = |event: &&Event| matches!(event.fact, Fact::Iteration(_));
            (events[at..].iter().filter(is_iteration).count() >= 2).then(|| worker.clone())
        });
        let worker = held.unwrap_or_else(|| panic!("no worker:\n{}", self.told(run)));
        send(worker.pid, Signal::STOP);
        worker
    }

    /// The images of a run are those of one that nobody disturbed, bit for bit.
    pub fn assert_undisturbed(&self, run: u64) {
        let folder = self.folder_of(run);
        let own = SyntheticSet::read(&folder.synthetic_set()).unwrap();
        let reference = reference();
        let bits = |set: &SyntheticSet| set.images.iter().map(|v| v.to_bits()).collect::<Vec<_>>();
        assert!(bits(&own) == bits(reference), "the images differ");
        let accuracies =
            |set: &SyntheticSet| set.about.evaluations.last().unwrap().accuracies.clone();
        assert_eq!(accuracies(&own), accuracies(reference));
    }

    /// One worker at a time has written the log: numbers without gaps, each worker with a token of its own, and no
    /// iteration twice by the same one.
    pub fn assert_one_writer(&self, run: u64) {
        let events = self.events(run);
        let text = fs::read_to_string(self.folder_of(run).events()).unwrap();
        assert_eq!(text.lines().count(), events.len(), "a line that is no new event");
        assert!(events.iter().map(|event| event.seq).eq(1..=events.len() as u64));
        let (mut token, mut next) = (0, 1);
        for event in &events {
            match &event.fact {
                Fact::Started(started) => {
                    assert!(started.token > token, "{started:?}");
                    token = started.token;
                    next = started.resumed_at.unwrap_or(0) + 1;
                }
                Fact::Iteration(done) => {
                    assert_eq!(done.iteration, next, "by worker {token}");
                    next += 1;
                }
                _ => {}
            }
        }
        let last = events.last().unwrap();
        let finished = matches!(&last.fact, Fact::Ended(Ended { outcome: Outcome::Finished, .. }));
        assert!(finished, "{last:?}");
    }
}

/// The set of the usual spec, made by a worker that nobody disturbs, once for all tests.
fn reference() -> &'static SyntheticSet {
    static SET: OnceLock<SyntheticSet> = OnceLock::new();
    SET.get_or_init(|| {
        let place = tempfile::tempdir().unwrap();
        let folder = place.path().join("run");
        fs::create_dir(&folder).unwrap();
        fs::write(folder.join("spec.toml"), SPEC).unwrap();
        let status = Command::new(env!("CARGO_BIN_EXE_stillroom"))
            .arg("worker")
            .arg(&folder)
            .env("STILLROOM_DATA_DIR", place.path())
            .stdout(Stdio::null())
            .status()
            .unwrap();
        assert!(status.success());
        SyntheticSet::read(&RunFolder::new(&folder).synthetic_set()).unwrap()
    })
}

impl Drop for Home {
    fn drop(&mut self) {
        let holder = fs::read_to_string(self.data().join("daemon.lock")).unwrap_or_default();
        let daemon = holder.lines().next().and_then(|pid| pid.parse().ok());
        let runs = fs::read_dir(self.data().join("runs")).into_iter().flatten().flatten();
        let workers = runs.filter_map(|run| pid_in(&run.path().join("worker.lock")));
        for pid in workers.chain(daemon).collect::<Vec<u32>>() {
            // The number may be another process's by now.
            let line = fs::read(format!("/proc/{pid}/cmdline")).unwrap_or_default();
            if String::from_utf8_lossy(&line).contains("stillroom") {
                send(pid, Signal::KILL);
            }
        }
    }
}

fn pid_in(path: &Path) -> Option<u32> {
    fs::read_to_string(path).ok()?.trim().parse().ok()
}

pub fn send(pid: u32, signal: Signal) {
    let pid = Pid::from_raw(i32::try_from(pid).unwrap()).unwrap();
    // It may have left by itself.
    let _ = kill_process(pid, signal);
}

/// Asks again until there is an answer.
pub fn wait_until<T>(mut ask: impl FnMut() -> Option<T>) -> Option<T> {
    let start = Instant::now();
    while start.elapsed() < LIMIT {
        if let Some(answer) = ask() {
            return Some(answer);
        }
        sleep(Duration::from_millis(50));
    }
    None
}

/// The same where there has to be one.
pub fn until<T>(what: &str, ask: impl FnMut() -> Option<T>) -> T {
    wait_until(ask).unwrap_or_else(|| panic!("waited too long until {what}"))
}
