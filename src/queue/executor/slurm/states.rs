//! What Slurm says of jobs, read from the outputs of its commands. Pure.
//!
//! `squeue -o` and `scontrol show job -o` are what every version has and prints alike; the JSON of `squeue` ignores
//! which jobs it is asked about.

/// The format that `squeue` is asked for. The comment may hold anything and is last.
pub const SQUEUE_FORMAT: &str = "%i|%T|%r|%N|%k";
/// The fields that `sacct` is asked for.
pub const SACCT_FIELDS: &str = "JobID,State,ExitCode";

/// A job as Slurm tells of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Seen {
    /// Its number; of a task of an array `12_3`.
    pub job: String,
    /// Where it stands.
    pub state: JobState,
    /// Why it waits, in Slurm's word; empty where there is no reason.
    pub reason: String,
    /// The node that it is on.
    pub node: String,
    /// What it was submitted with.
    pub comment: String,
    /// Exit code and signal of its script, where they were told.
    pub exit: Option<(u32, u32)>,
}

/// Where a job stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum JobState {
    /// In Slurm's queue.
    Waits,
    /// On a node.
    Runs,
    /// Its processes have ended or are being ended; what comes then is not told yet.
    Ends,
    /// Gone, and how.
    Over(End),
}

/// How a job went.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum End {
    /// Its script ended with exit code 0.
    Completed,
    /// Its script ended otherwise.
    Failed,
    /// Somebody cancelled it.
    Cancelled,
    /// It had reached its time limit.
    Timeout,
    /// Its node failed.
    NodeFail,
    /// It used more memory than it had asked for.
    OutOfMemory,
    /// A job of higher priority took its place.
    Preempted,
    /// In another way, in Slurm's word.
    Other(String),
}

impl JobState {
    /// What a word of Slurm means, such as `PENDING` or `CANCELLED by 1000`.
    pub fn of(word: &str) -> Self {
        let word = word.split_whitespace().next().unwrap_or_default().trim_end_matches('+');
        match word {
            "PENDING" | "CONFIGURING" | "REQUEUED" | "REQUEUE_FED" | "REQUEUE_HOLD"
            | "RESV_DEL_HOLD" | "SPECIAL_EXIT" => Self::Waits,
            "RUNNING" | "SUSPENDED" | "RESIZING" | "SIGNALING" | "STAGE_OUT" | "STOPPED" => {
                Self::Runs
            }
            "COMPLETING" => Self::Ends,
            "COMPLETED" => Self::Over(End::Completed),
            "FAILED" => Self::Over(End::Failed),
            "CANCELLED" => Self::Over(End::Cancelled),
            "TIMEOUT" => Self::Over(End::Timeout),
            "NODE_FAIL" => Self::Over(End::NodeFail),
            "OUT_OF_MEMORY" => Self::Over(End::OutOfMemory),
            "PREEMPTED" => Self::Over(End::Preempted),
            other => Self::Over(End::Other(other.to_owned())),
        }
    }
}

/// The jobs in the output of `squeue` with [`SQUEUE_FORMAT`]. Lines that are something else are passed over.
pub fn of_squeue(text: &str) -> Vec<Seen> {
    let line = |line: &str| {
        let mut fields = line.splitn(5, '|');
        let mut field = || fields.next().map(|field| absent(field).to_owned());
        let (job, state, reason, node, comment) =
            (field()?, field()?, field()?, field()?, field()?);
        let state = JobState::of(&state);
        is_job(&job).then_some(Seen { job, state, reason, node, comment, exit: None })
    };
    text.lines().filter_map(line).collect()
}

/// The job in the output of `scontrol show job -o`, under the name that it was asked for by.
pub fn of_scontrol(job: &str, text: &str) -> Option<Seen> {
    let field = |key: &str| {
        let mut words = text.split_whitespace();
        words.find_map(|word| word.strip_prefix(key)).map(|value| absent(value).to_owned())
    };
    Some(Seen {
        job: job.to_owned(),
        state: JobState::of(&field("JobState=")?),
        reason: field("Reason=").unwrap_or_default(),
        node: field("NodeList=").unwrap_or_default(),
        comment: String::new(),
        exit: field("ExitCode=").and_then(|code| exit(&code)),
    })
}

/// The job in the output of `sacct -P -n -X` with [`SACCT_FIELDS`].
pub fn of_sacct(job: &str, text: &str) -> Option<Seen> {
    let line = text.lines().rev().find(|line| line.split('|').next() == Some(job))?;
    let mut fields = line.split('|').skip(1);
    Some(Seen {
        job: job.to_owned(),
        state: JobState::of(fields.next()?),
        reason: String::new(),
        node: String::new(),
        comment: String::new(),
        exit: fields.next().and_then(exit),
    })
}

/// The number of the job in the output of `sbatch --parsable`.
pub fn of_sbatch(text: &str) -> Option<String> {
    let number = text.lines().next_back()?.split(';').next()?.trim();
    (is_job(number) && !number.contains('_')).then(|| number.to_owned())
}

/// The part of an array that a job is, from 1; 1 for a job that is none.
pub fn part_of(job: &str) -> usize {
    job.split_once('_').and_then(|(_, part)| part.parse().ok()).unwrap_or(1)
}

fn is_job(text: &str) -> bool {
    let number = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    match text.split_once('_') {
        Some((array, task)) => number(array) && number(task),
        None => number(text),
    }
}

fn absent(field: &str) -> &str {
    match field.trim() {
        "None" | "(null)" | "N/A" => "",
        field => field,
    }
}

fn exit(text: &str) -> Option<(u32, u32)> {
    let (code, signal) = text.split_once(':')?;
    Some((code.parse().ok()?, signal.parse().ok()?))
}

/// How a job of ours that is over without a word of its worker went, as a clause; `words` are the last that were
/// printed from where its script had taken its run up on, `before` the last until then, or what Slurm itself said.
pub fn cause(
    job: &str,
    end: Option<&End>,
    exit: Option<(u32, u32)>,
    words: Option<&str>,
    before: Option<&str>,
) -> String {
    let said = words.map(|words| format!("; its last words: {words}")).unwrap_or_default();
    match end {
        None => format!("Slurm knows no more of job {job}, and its worker left without a word"),
        Some(End::Completed) => {
            format!("Slurm job {job} ended and its worker left without a word{said}")
        }
        Some(End::Cancelled) => {
            format!("Slurm job {job} was cancelled outside Stillroom (scancel)")
        }
        Some(End::Timeout) => format!(
            "Slurm job {job} reached its time limit before its worker could write a checkpoint; a longer \
             `warning` or `time` in [slurm] of config.toml helps"
        ),
        Some(End::NodeFail) => format!("the node of Slurm job {job} failed"),
        Some(End::OutOfMemory) => format!(
            "Slurm job {job} used more memory than it had asked for; more `memory` in [slurm] of \
             config.toml helps"
        ),
        Some(End::Preempted) => format!("another job took the place of Slurm job {job}"),
        Some(End::Failed) => match exit {
            Some((code, 0)) if code > 0 && words.is_none() => {
                let before = before.map_or_else(
                    || "before anything was printed".to_owned(),
                    |before| format!("before its worker came: {before}"),
                );
                format!(
                    "Slurm job {job} failed with exit code {code} {before}; the data directory and the program \
                     have to be where the nodes see them"
                )
            }
            Some((code, 0)) if code > 0 => {
                format!("Slurm job {job} failed with exit code {code}{said}")
            }
            Some((_, signal)) if signal > 0 => {
                let before = before.map(|before| format!(" ({before})")).unwrap_or_default();
                format!("Slurm job {job} was killed by signal {signal}{before}{said}")
            }
            _ => format!("Slurm job {job} failed{said}"),
        },
        Some(End::Other(word)) => format!("Slurm job {job} ended as {word}{said}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn squeues_lines_are_jobs() {
        let text = "12|PENDING|Priority||stillroom:ab:c\n13_4|RUNNING|None|node1|\n\
                    14_[1-9]|PENDING|Resources||x\nslurm_load_jobs error: no\n15|COMPLETED|None|node1|a|b\n";
        let seen = of_squeue(text);
        let told: Vec<_> = seen.iter().map(|seen| (seen.job.as_str(), &seen.state)).collect();
        assert_eq!(
            told,
            [
                ("12", &JobState::Waits),
                ("13_4", &JobState::Runs),
                ("15", &JobState::Over(End::Completed))
            ]
        );
        assert_eq!(
            (seen[0].reason.as_str(), seen[0].comment.as_str()),
            ("Priority", "stillroom:ab:c")
        );
        assert_eq!((seen[1].reason.as_str(), seen[1].node.as_str()), ("", "node1"));
        assert_eq!(seen[2].comment, "a|b");
    }

    #[test]
    fn scontrol_tells_how_a_job_ended() {
        let text = "JobId=13 ArrayJobId=12 ArrayTaskId=1 JobName=x UserId=root(0) JobState=FAILED \
                    Reason=NonZeroExitCode Dependency=(null) ExitCode=3:0 NodeList=node1 BatchHost=node1\n";
        let seen = of_scontrol("12_1", text).unwrap();
        assert_eq!((seen.job.as_str(), seen.state), ("12_1", JobState::Over(End::Failed)));
        assert_eq!((seen.exit, seen.node.as_str()), (Some((3, 0)), "node1"));
        assert_eq!(of_scontrol("12", "slurm_load_jobs error: Invalid job id specified"), None);
    }

    /// What the accounts of Slurm 22.05 print with our command line of jobs that went in these ways, in this order:
    /// time limit, exit code 0, exit code 3, a segmentation fault, put back and then done, cancelled while it ran and
    /// while it waited, killed for its memory by Slurm's own count, tasks with exit codes 0 and 2, a node that failed,
    /// killed for its memory by the kernel, pushed out by a job of higher priority; and two that wait and run.
    const ACCOUNTS: &str = "\
1|TIMEOUT|0:0
2|COMPLETED|0:0
3|FAILED|3:0
4|FAILED|0:11
5|COMPLETED|0:0
6|CANCELLED by 0|0:0
7|CANCELLED by 0|0:0
11|FAILED|0:9
9_1|COMPLETED|0:0
9_3|FAILED|2:0
14|NODE_FAIL|0:0
21|OUT_OF_MEMORY|0:125
22|PREEMPTED|0:0
24|PENDING|0:0
25|RUNNING|0:0
";

    #[test]
    fn sacct_tells_how_jobs_went() {
        let told = |job: &str| {
            let seen = of_sacct(job, ACCOUNTS).unwrap();
            assert_eq!(seen.job, job);
            (seen.state, seen.exit)
        };
        let over = |job: &str, end: End, exit| {
            assert_eq!(told(job), (JobState::Over(end), Some(exit)), "{job}");
        };
        over("1", End::Timeout, (0, 0));
        over("2", End::Completed, (0, 0));
        over("3", End::Failed, (3, 0));
        over("4", End::Failed, (0, 11));
        over("5", End::Completed, (0, 0));
        over("6", End::Cancelled, (0, 0));
        over("7", End::Cancelled, (0, 0));
        over("11", End::Failed, (0, 9));
        over("9_1", End::Completed, (0, 0));
        over("9_3", End::Failed, (2, 0));
        over("14", End::NodeFail, (0, 0));
        over("21", End::OutOfMemory, (0, 125));
        over("22", End::Preempted, (0, 0));
        assert_eq!(told("24").0, JobState::Waits);
        assert_eq!(told("25").0, JobState::Runs);
        // With -D there is a line for each try.
        let tries = "5|REQUEUED|0:0\n5|COMPLETED|0:0\n";
        assert_eq!(of_sacct("5", tries).unwrap().state, JobState::Over(End::Completed));
        assert_eq!(of_sacct("9", ACCOUNTS), None, "an array is none of its tasks");
    }

    #[test]
    fn sacct_tells_of_jobs_that_others_have_forgotten() {
        let text = "11|COMPLETED|0:0\n12|FAILED|1:0\n12|CANCELLED by 1000|0:15\n";
        let seen = of_sacct("12", text).unwrap();
        assert_eq!((seen.state, seen.exit), (JobState::Over(End::Cancelled), Some((0, 15))));
        assert_eq!(of_sacct("1", text), None);
    }

    #[test]
    fn sbatch_names_the_job() {
        assert_eq!(of_sbatch("12\n").as_deref(), Some("12"));
        assert_eq!(of_sbatch("12;cluster\n").as_deref(), Some("12"));
        assert_eq!(of_sbatch("a greeting\n12\n").as_deref(), Some("12"));
        assert_eq!(of_sbatch("Submitted batch job 12"), None);
        assert_eq!((part_of("12"), part_of("12_7")), (1, 7));
    }

    #[test]
    fn the_end_of_a_job_is_told_in_words() {
        let told = |end: End, exit| cause("12", Some(&end), exit, Some("no such module"), None);
        assert_eq!(
            told(End::Failed, Some((127, 0))),
            "Slurm job 12 failed with exit code 127; its last words: no such module"
        );
        let unseen = |before| cause("12", Some(&End::Failed), Some((1, 0)), None, before);
        assert!(unseen(None).ends_with("where the nodes see them"), "{}", unseen(None));
        assert_eq!(
            unseen(Some("no such folder")),
            "Slurm job 12 failed with exit code 1 before its worker came: no such folder; the data directory \
             and the program have to be where the nodes see them"
        );
        assert!(told(End::Failed, Some((0, 9))).starts_with("Slurm job 12 was killed by signal 9"));
        // Where Slurm counts memory itself it calls that no other end, and says so beside it.
        let counted = Some("slurmstepd: error: Exceeded job memory limit");
        assert_eq!(
            cause("12", Some(&End::Failed), Some((0, 9)), None, counted),
            "Slurm job 12 was killed by signal 9 (slurmstepd: error: Exceeded job memory limit)"
        );
        assert!(told(End::OutOfMemory, None).contains("more `memory`"));
        assert!(told(End::Timeout, None).contains("time limit"));
        assert!(told(End::Cancelled, None).contains("outside Stillroom"));
        assert!(told(End::NodeFail, None).contains("node of Slurm job 12 failed"));
        assert!(told(End::Other("DEADLINE".to_owned()), None).contains("DEADLINE"));
        assert!(cause("12", None, None, None, None).contains("knows no more"));
    }
}
