//! A data directory whose runs go to stand-ins for Slurm's commands.

use std::{fs, os::unix::fs::PermissionsExt, path::PathBuf, process::Command};

use serde_json::Value;

use super::{
    home::{Home, until},
    outcome,
};

/// The data directory, and the folder of the commands.
pub struct Cluster {
    pub home: Home,
}

impl Cluster {
    /// With these scripts for `sbatch` and `squeue`; none where there is to be no such command.
    pub fn new(sbatch: Option<&str>, squeue: Option<&str>) -> Self {
        let home = Home::new();
        fs::create_dir_all(home.folder.path().join("config")).unwrap();
        fs::write(home.folder.path().join("config/config.toml"), "executor = \"slurm\"\n").unwrap();
        let cluster = Self { home };
        fs::create_dir(cluster.commands()).unwrap();
        cluster.put("scancel", "exit 0");
        for (name, script) in [("sbatch", sbatch), ("squeue", squeue)] {
            if let Some(script) = script {
                cluster.put(name, script);
            }
        }
        cluster
    }

    pub fn commands(&self) -> PathBuf {
        self.home.folder.path().join("commands")
    }

    /// Puts a command there, or another one in its place.
    pub fn put(&self, name: &str, script: &str) {
        let path = self.commands().join(name);
        let new = path.with_extension("new");
        fs::write(&new, format!("#!/bin/sh\n{script}\n")).unwrap();
        fs::set_permissions(&new, fs::Permissions::from_mode(0o755)).unwrap();
        fs::rename(new, path).unwrap();
    }

    pub fn program(&self, arguments: &[&str]) -> Command {
        let mut command = self.home.program(arguments);
        // Nothing of a real Slurm is found beside the stand-ins.
        command
            .env("PATH", self.commands())
            .env("STILLROOM_SLURM_INTERVAL_SECS", "0.1")
            .env_remove("STILLROOM_EXECUTOR");
        command
    }

    pub fn json(&self, arguments: &[&str]) -> Value {
        outcome::json(self.program(arguments))
    }

    pub fn add(&self) -> u64 {
        self.add_with(&[])
    }

    /// Adds a run with these `key=value` pairs.
    pub fn add_with(&self, set: &[&str]) -> u64 {
        let mut spec = vec!["add", "first-light", "--set", "device=cpu"];
        for pair in set {
            spec.extend(["--set", pair]);
        }
        self.json(&spec)["run"].as_u64().unwrap()
    }

    /// Where the folders of batches are.
    pub fn batches(&self) -> PathBuf {
        self.home.data().join("slurm")
    }

    pub fn summary(&self, run: u64) -> Value {
        let runs = self.json(&["ls"]);
        runs.as_array().unwrap().iter().find(|found| found["id"] == run).unwrap().clone()
    }

    pub fn wait(&self, run: u64, state: &str) -> Value {
        until(&format!("run {run} is {state}"), || {
            let summary = self.summary(run);
            (summary["state"]["state"] == state).then_some(summary)
        })
    }

    /// Waits until the run says so of why it waits.
    pub fn wait_for_reason(&self, run: u64, words: &str) {
        until(&format!("run {run} waits for {words}"), || {
            let summary = self.summary(run);
            summary["waits_for"].as_str()?.contains(words).then_some(())
        });
    }
}

/// A `squeue` that knows no job.
pub const NO_JOBS: &str = "exit 0";
/// One that cannot reach the controller.
pub const DOWN: &str = "echo 'slurm_load_jobs error: Unable to contact slurm controller (connect failure)' >&2; exit 1";

/// An `sbatch` that takes everything.
pub const TAKEN: &str = "echo 12";
/// A `squeue` that has it wait.
pub const WAITS: &str = "echo '12|PENDING|Priority||x'";
/// An `sbatch` that has each job done at once, beside it, and a `squeue` that tells of those jobs.
pub const DOES: &str = r#"
job=12
while [ -e "$0.$job" ]; do job=$((job + 1)); done
for word; do
  case $word in
    --chdir=*) cd "${word#--chdir=}" ;;
    --comment=*) comment=${word#--comment=} ;;
  esac
done
echo "$job|RUNNING|None|node|$comment" >"$0.$job"
(
  SLURM_JOB_ID=$job /bin/sh "$word" </dev/null >>slurm.out 2>&1
  echo "$job|COMPLETED|None|node|$comment" >"$0.$job"
) >/dev/null 2>&1 &
echo $job"#;
pub const TELLS: &str = r#"
for job in "${0%squeue}"sbatch.[0-9]*; do [ -e "$job" ] && /bin/cat "$job"; done
exit 0"#;
