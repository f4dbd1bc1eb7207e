//! The commands of Slurm, each with a time limit: a controller may hang.
//!
//! What in the environment would change their answers, as `SQUEUE_STATES` or what a job of Slurm leaves to those
//! that are started in it, is taken away from them.

use std::{env, ffi::OsString, path::Path, process::Command, time::Duration};

use super::{
    batch,
    states::{self, SACCT_FIELDS, SQUEUE_FORMAT, Seen},
};
use crate::{
    engine::visible,
    queue::own_process::{Answered, Question, Unanswered},
};

/// How long a submission may take.
const SUBMIT_WITHIN: Duration = Duration::from_mins(1);
/// How long anything else may take.
const ANSWER_WITHIN: Duration = Duration::from_secs(30);

/// Why Slurm did not do something.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Trouble {
    /// It cannot be reached, or is too busy: later it may do it.
    Away(String),
    /// It was asked and has not answered, so that nobody knows whether it did it.
    Silent(String),
    /// It does not want to.
    Refused(String),
}

impl Trouble {
    /// A clause for a sentence.
    pub fn words(&self) -> &str {
        match self {
            Self::Away(words) | Self::Silent(words) | Self::Refused(words) => words,
        }
    }
}

/// A submission.
#[derive(Debug, Clone, Copy)]
pub struct Submission<'a> {
    /// The script.
    pub script: &'a Path,
    /// Where what Slurm itself has to say is written.
    pub folder: &'a Path,
    /// The job's name.
    pub name: &'a str,
    /// By which it is known as ours.
    pub comment: &'a str,
    /// How many seconds before its limit its worker is warned.
    pub warning: u64,
    /// How many tasks an array has; 1 for a job that is none.
    pub tasks: usize,
}

/// Submits a job; gives its number.
pub fn submit(submission: Submission<'_>) -> Result<String, Trouble> {
    let mut command = command("sbatch");
    command.args(["--parsable", "--requeue", "--open-mode=append"]);
    command.arg(option("--job-name=", submission.name));
    command.arg(option("--comment=", submission.comment));
    command.arg(format!("--signal=B:USR1@{}", submission.warning));
    command.arg(option("--chdir=", submission.folder));
    let output = if submission.tasks > 1 {
        command.arg(format!("--array=1-{}", submission.tasks));
        "slurm-%a.out".to_owned()
    } else {
        batch::output_name(None)
    };
    command.arg(format!("--output={output}"));
    command.arg(submission.script);
    let text = run("sbatch", command, SUBMIT_WITHIN)?;
    states::of_sbatch(&text)
        .ok_or_else(|| Trouble::Silent(format!("sbatch gave no job's number: {}", text.trim())))
}

/// All jobs of this user that Slurm knows, those that are over for a while included.
pub fn jobs() -> Result<Vec<Seen>, Trouble> {
    let mut command = command("squeue");
    let user = rustix::process::getuid().as_raw().to_string();
    command.args(["--noheader", "--array", "--states=all", "--user", &user]);
    command.args(["--format", SQUEUE_FORMAT]);
    Ok(states::of_squeue(&run("squeue", command, ANSWER_WITHIN)?))
}

/// Cancels jobs. Those that are over already are no failure.
pub fn cancel(jobs: &[String]) -> Result<(), Trouble> {
    let mut command = command("scancel");
    command.arg("--quiet").args(jobs);
    run("scancel", command, ANSWER_WITHIN).map(drop)
}

/// All that can still be told of one job that is over; `None` where nobody knows it any more.
pub fn inquire(job: &str) -> Result<Option<Seen>, Trouble> {
    let mut ask = command("scontrol");
    ask.args(["show", "job", "-o", job]);
    let told = match run("scontrol", ask, ANSWER_WITHIN) {
        Ok(text) => states::of_scontrol(job, &text),
        // The controller has forgotten it.
        Err(Trouble::Refused(_)) => None,
        // The accounts tell of the last try that has ended, as long as the next one of a job that was put back has
        // not begun: without the controller's word that is no end.
        Err(trouble) => return Err(trouble),
    };
    Ok(told.or_else(|| {
        let mut ask = command("sacct");
        ask.args(["-P", "-n", "-X", "-j", job, "-o", SACCT_FIELDS]);
        // Most clusters have it; on others the log alone has to do.
        states::of_sacct(job, &run("sacct", ask, ANSWER_WITHIN).ok()?)
    }))
}

/// Has a job put back into the queue, which ends its processes.
pub fn requeue(job: &str) -> Result<(), Trouble> {
    let mut command = command("scontrol");
    command.args(["requeue", job]);
    run("scontrol", command, ANSWER_WITHIN).map(drop)
}

/// Whether there is a partition; the default one for no name.
pub fn has_partition(partition: &str) -> Result<bool, Trouble> {
    let mut command = command("sinfo");
    command.args(["--noheader", "--format=%R"]);
    if !partition.is_empty() {
        command.arg(option("--partition=", partition));
    }
    Ok(!run("sinfo", command, ANSWER_WITHIN)?.trim().is_empty())
}

fn option(name: &str, value: impl AsRef<std::ffi::OsStr>) -> OsString {
    let mut option = OsString::from(name);
    option.push(value);
    option
}

/// A command of Slurm, without what would change its answers.
fn command(program: &str) -> Command {
    const KEPT: [&str; 3] = ["SLURM_CONF", "SLURM_CLUSTERS", "SLURM_JWT"];
    const FOREIGN: [&str; 6] = ["SLURM_", "SBATCH_", "SQUEUE_", "SCANCEL_", "SACCT_", "SINFO_"];
    let mut command = Command::new(program);
    for (name, _) in env::vars_os() {
        let Some(name) = name.to_str() else { continue };
        if FOREIGN.iter().any(|prefix| name.starts_with(prefix)) && !KEPT.contains(&name) {
            command.env_remove(name);
        }
    }
    // A job is given the environment of whoever submits it, and what is visible here says nothing of its node.
    for name in visible::VARIABLES {
        command.env_remove(name);
    }
    command
}

fn run(name: &str, command: Command, limit: Duration) -> Result<String, Trouble> {
    let question = Question { arguments: &[], input: None, limit };
    match question.ask_by(command) {
        Ok(Answered { status, output, complaint }) => {
            let said = complained(&String::from_utf8_lossy(&complaint));
            if status.success() {
                Ok(String::from_utf8_lossy(&output).into_owned())
            } else if is_away(&said) {
                Err(Trouble::Away(format!("{name}: {said}")))
            } else {
                Err(Trouble::Refused(said))
            }
        }
        Err(error @ Unanswered::NotStarted { .. }) => Err(Trouble::Away(format!(
            "{error}; put Slurm's commands into the PATH of the daemon, or take `executor = \"local\"`"
        ))),
        Err(error) => Err(Trouble::Silent(format!("{name}: {error}"))),
    }
}

/// What a command complains of, without its own name before each line.
fn complained(text: &str) -> String {
    let bare = |line: &str| {
        let line = line.trim();
        let named =
            line.split_once(": ").filter(|(name, _)| name.bytes().all(|b| b.is_ascii_lowercase()));
        let line = named.map_or(line, |(_, rest)| rest);
        line.trim_start_matches("error: ").trim_start_matches("fatal: ").to_owned()
    };
    let lines: Vec<String> = text.lines().map(bare).filter(|line| !line.is_empty()).collect();
    if lines.is_empty() { "no reason given".to_owned() } else { lines.join("; ") }
}

/// Whether a complaint is of Slurm's absence, so that the same may work later.
fn is_away(complaint: &str) -> bool {
    const AWAY: [&str; 17] = [
        "unable to contact slurm controller",
        "connect failure",
        "communication connection failure",
        "connection refused",
        "connection timed out",
        "socket timed out",
        "zero bytes were transmitted",
        "transport endpoint",
        "slurm backup controller",
        "controller not responding",
        "resource temporarily unavailable",
        "temporarily unable to accept job",
        "configuration source",
        "cannot stat file",
        "munge",
        "authentication credential",
        "insane message length",
    ];
    let complaint = complaint.to_lowercase();
    AWAY.iter().any(|words| complaint.contains(words))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_may_work_later_is_told_from_what_will_not() {
        let away = [
            "slurm_load_jobs error: Unable to contact slurm controller (connect failure)",
            "Batch job submission failed: Socket timed out on send/recv operation",
            "If munged is up, restart with --num-threads=10",
            "Could not establish a configuration source",
        ];
        assert!(away.iter().all(|words| is_away(words)));
        let refused = [
            "Batch job submission failed: Invalid partition name specified",
            "Batch job submission failed: Invalid account or account/partition combination specified",
            "Batch job submission failed: Requested node configuration is not available",
        ];
        assert!(!refused.iter().any(|words| is_away(words)));
    }

    #[test]
    fn complaints_are_shown_without_the_commands_name() {
        let text = "sbatch: error: invalid partition specified: nope\n\
                    sbatch: error: Batch job submission failed: Invalid partition name specified\n";
        assert_eq!(
            complained(text),
            "invalid partition specified: nope; Batch job submission failed: Invalid partition name specified"
        );
        assert_eq!(complained(" \n"), "no reason given");
    }

    #[test]
    fn a_command_that_is_not_there_is_told_with_what_to_do() {
        let missing = run("sbatch", Command::new("/nowhere/sbatch"), Duration::from_secs(9));
        let Err(Trouble::Away(words)) = missing else { panic!("{missing:?}") };
        assert!(words.contains("/nowhere/sbatch could not be started"), "{words}");
        assert!(words.contains("PATH"), "{words}");
    }

    #[test]
    fn what_is_visible_here_is_not_said_to_jobs() {
        let command = command("sbatch");
        let removed = command.get_envs().filter(|(_, value)| value.is_none());
        let removed: Vec<_> = removed.map(|(name, _)| name.to_owned()).collect();
        for name in ["STILLROOM_VISIBLE_DEVICES", "CUDA_VISIBLE_DEVICES", "ROCR_VISIBLE_DEVICES"] {
            assert!(removed.contains(&name.into()), "{name}: {removed:?}");
        }
    }

    #[test]
    fn one_that_hangs_is_given_up() {
        let mut command = Command::new("sleep");
        command.arg("600");
        let hung = run("sbatch", command, Duration::from_secs(1));
        assert_eq!(hung, Err(Trouble::Silent("sbatch: no answer within 1 s".to_owned())));
    }
}
