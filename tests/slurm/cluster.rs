//! A Slurm of one node, for the life of a test.

use std::{
    fs,
    io::{BufRead, BufReader, Write},
    net::TcpListener,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
};

/// What `cluster.sh` has brought up, and takes down when its input ends.
pub struct Cluster {
    script: Child,
    place: tempfile::TempDir,
}

/// What is missing to bring one up.
fn missing_part() -> Option<&'static str> {
    let folders = std::env::var_os("PATH").unwrap_or_default();
    let folders: Vec<PathBuf> =
        std::env::split_paths(&folders).chain(["/usr/sbin".into()]).collect();
    ["munged", "slurmctld", "slurmd", "sbatch"]
        .into_iter()
        .find(|part| !folders.iter().any(|folder| folder.join(part).exists()))
}

/// A port that nobody listens at.
fn free_port() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    listener.local_addr().unwrap().port().to_string()
}

impl Cluster {
    /// Brings one up; `None` where its parts are missing, which is told.
    pub fn up() -> Option<Self> {
        if let Some(part) = missing_part() {
            let required = std::env::var_os("STILLROOM_REQUIRE_REAL_PARTS").is_some();
            assert!(!required, "a Slurm is required, but {part} is missing");
            eprintln!("skipped: there is no {part} to bring a Slurm up");
            return None;
        }
        // Another program may take a port between our look and its use.
        (0..3).find_map(|_| Self::try_up()).or_else(|| panic!("Slurm did not come up"))
    }

    fn try_up() -> Option<Self> {
        let place = tempfile::tempdir().unwrap();
        let mut script = Command::new("sh")
            .arg(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/slurm/cluster.sh"))
            .arg(place.path().join("slurm"))
            .args([free_port(), free_port()])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut said = String::new();
        let mut lines = BufReader::new(script.stdout.take().unwrap());
        lines.read_line(&mut said).unwrap();
        let cluster = Self { script, place };
        if said.trim() == "up" {
            return Some(cluster);
        }
        let _ = lines.read_line(&mut said);
        eprintln!("{said}");
        None
    }

    fn folder(&self) -> PathBuf {
        self.place.path().join("slurm")
    }

    /// The configuration, by which commands find it.
    pub fn configuration(&self) -> PathBuf {
        self.folder().join("slurm.conf")
    }

    /// The process of the node's daemon.
    pub fn slurmd(&self) -> u32 {
        fs::read_to_string(self.folder().join("slurmd.pid")).unwrap().trim().parse().unwrap()
    }

    /// Starts the node's daemon again.
    pub fn start_slurmd(&mut self) {
        self.script.stdin.as_mut().unwrap().write_all(b"slurmd\n").unwrap();
    }

    /// What a command of Slurm prints when it succeeds.
    pub fn asks(&self, program: &str, arguments: &[&str]) -> String {
        let output = Command::new(program)
            .args(arguments)
            .env("SLURM_CONF", self.configuration())
            .output()
            .unwrap();
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(output.status.success(), "{program} {arguments:?}: {said}");
        String::from_utf8(output.stdout).unwrap()
    }

    /// The state of a job, in Slurm's word.
    pub fn state(&self, job: &str) -> String {
        self.tells(job, "JobState=")
    }

    /// What is told of a job under a key.
    pub fn tells(&self, job: &str, key: &str) -> String {
        let shown = self.asks("scontrol", &["show", "job", "-o", job]);
        let value = shown.split_whitespace().find_map(|word| word.strip_prefix(key));
        value.unwrap().to_owned()
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        if std::thread::panicking() {
            let log = fs::read_to_string(self.folder().join("log/slurmctld.log"));
            let log = log.unwrap_or_default();
            let last: Vec<&str> = log.lines().rev().take(40).collect();
            eprintln!("slurmctld.log, the newest first:\n{}", last.join("\n"));
        }
        drop(self.script.stdin.take());
        let _ = self.script.wait();
    }
}
