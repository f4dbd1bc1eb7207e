//! A data directory with the program at work in it. What is left of it ends with the test.

use std::{
    fs,
    path::PathBuf,
    process::{Command, Output, Stdio},
    thread::sleep,
    time::{Duration, Instant},
};

use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;
use stillroom::record::{Event, Tail};
use tempfile::TempDir;

use super::{fake_worker, outcome};

/// The longest that anything is waited for. Nothing takes nearly as long unless it hangs.
const LIMIT: Duration = Duration::from_secs(20);

/// Iterations of a run that lasts longer than its test; its worker is killed in the end.
pub const ENDLESS: u64 = 100_000;

/// A data directory, and a folder for its socket.
pub struct Home {
    pub folder: TempDir,
}

impl Home {
    pub fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir(folder.path().join("runtime")).unwrap();
        Self { folder }
    }

    pub fn data(&self) -> PathBuf {
        self.folder.path().join("data")
    }

    /// The program with these arguments.
    pub fn program(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_stillroom"));
        command
            .args(arguments)
            .env("STILLROOM_DATA_DIR", self.data())
            .env("STILLROOM_CONFIG_DIR", self.folder.path().join("config"))
            .env("XDG_RUNTIME_DIR", self.folder.path().join("runtime"))
            .env("STILLROOM_WORKER", fake_worker::program())
            .env_remove("STILLROOM_LOG")
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        command
    }

    pub fn output(&self, arguments: &[&str]) -> Output {
        self.program(arguments).output().unwrap()
    }

    /// What the program prints when it succeeds.
    pub fn prints(&self, arguments: &[&str]) -> String {
        outcome::prints(self.program(arguments))
    }

    /// What the program says when it fails.
    pub fn fails(&self, arguments: &[&str]) -> String {
        outcome::fails(self.program(arguments))
    }

    pub fn json(&self, arguments: &[&str]) -> Value {
        outcome::json(self.program(arguments))
    }

    /// Adds a run of so many iterations, with more `key=value` pairs.
    pub fn add(&self, iterations: u64, set: &[&str]) -> u64 {
        let iterations = format!("condense.iterations={iterations}");
        let mut arguments = vec!["add", "first-light", "--set", &iterations, "--set", "device=cpu"];
        for pair in set {
            arguments.extend(["--set", pair]);
        }
        self.json(&arguments)["run"].as_u64().unwrap()
    }

    pub fn summary(&self, run: u64) -> Value {
        let runs = self.json(&["ls"]);
        let found = runs.as_array().unwrap().iter().find(|found| found["id"] == run);
        found.unwrap_or_else(|| panic!("no run {run} in {runs}")).clone()
    }

    pub fn state(&self, run: u64) -> String {
        self.summary(run)["state"]["state"].as_str().unwrap().to_owned()
    }

    /// Waits until the run is in this state, and gives its summary.
    pub fn wait(&self, run: u64, state: &str) -> Value {
        until(&format!("run {run} is {state}"), || {
            let summary = self.summary(run);
            (summary["state"]["state"] == state).then_some(summary)
        })
    }

    /// Waits until the run has done at least so many iterations.
    pub fn wait_for_iteration(&self, run: u64, iteration: u64) {
        until(&format!("run {run} is at iteration {iteration}"), || {
            (self.summary(run)["digest"]["iteration"].as_u64()? >= iteration).then_some(())
        });
    }

    pub fn run_folder(&self, run: u64) -> PathBuf {
        self.summary(run)["folder"].as_str().unwrap().into()
    }

    /// The run's log.
    pub fn events(&self, run: u64) -> Vec<Event> {
        Tail::new(self.run_folder(run).join("events.jsonl"), 0).rest().unwrap()
    }

    pub fn worker_pid(&self, run: u64) -> u32 {
        let lock = self.run_folder(run).join("worker.lock");
        until("the worker has its lock", || fs::read_to_string(&lock).ok()?.trim().parse().ok())
    }

    pub fn daemon_pid(&self) -> Option<u32> {
        let text = fs::read_to_string(self.data().join("daemon.lock")).ok()?;
        text.lines().next()?.parse().ok()
    }

    pub fn daemon_log(&self) -> String {
        fs::read_to_string(self.data().join("daemon.log")).unwrap_or_default()
    }

    /// The socket that the daemon serves, or served, at.
    pub fn socket(&self) -> PathBuf {
        until("the daemon serves", || {
            let text = fs::read_to_string(self.data().join("daemon.lock")).ok()?;
            text.lines().nth(1).map(PathBuf::from)
        })
    }
}

impl Drop for Home {
    fn drop(&mut self) {
        if std::thread::panicking() {
            // The harness keeps it for the test's failure.
            #[allow(clippy::print_stderr)]
            {
                eprintln!("daemon.log:\n{}", self.daemon_log());
            }
        }
        let mut processes: Vec<u32> = self.daemon_pid().into_iter().collect();
        for folder in fs::read_dir(self.data().join("runs")).into_iter().flatten().flatten() {
            let lock = fs::read_to_string(folder.path().join("worker.lock"));
            processes.extend(lock.ok().and_then(|text| text.trim().parse::<u32>().ok()));
        }
        for pid in processes {
            if is_ours(pid) {
                kill(pid);
            }
        }
    }
}

/// The number may be another process's by now.
fn is_ours(pid: u32) -> bool {
    fs::read(format!("/proc/{pid}/cmdline")).is_ok_and(|line| {
        let line = String::from_utf8_lossy(&line);
        line.contains("stillroom") || line.contains("worker_process")
    })
}

/// `kill -9`, and waits until the process is gone.
pub fn kill(pid: u32) {
    send(pid, Signal::KILL);
    until("a killed process is gone", || (!stillroom::queue::lease::is_alive(pid)).then_some(()));
}

pub fn send(pid: u32, signal: Signal) {
    let pid = Pid::from_raw(i32::try_from(pid).unwrap()).unwrap();
    // It may have left by itself.
    let _ = kill_process(pid, signal);
}

/// Asks again until there is an answer.
pub fn until<T>(what: &str, mut ask: impl FnMut() -> Option<T>) -> T {
    let start = Instant::now();
    loop {
        if let Some(answer) = ask() {
            return answer;
        }
        assert!(start.elapsed() < LIMIT, "waited too long until {what}");
        sleep(Duration::from_millis(20));
    }
}
