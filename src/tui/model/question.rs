//! A question before something that cannot be taken back: what happens, to which runs, and what stays.

use crate::queue::{Command, RunId, RunState, RunSummary, transition::Happening};

use super::possible::is_possible;

/// A question, and what a yes leads to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Question {
    /// What it is about, in a word or two.
    pub title: String,
    /// The question.
    pub asked: String,
    /// What follows from a yes, sentence by sentence.
    pub lines: Vec<String>,
    /// What `yes` does, in a few words.
    pub yes: String,
    /// What `no` does, in a few words.
    pub no: String,
    /// What is wished after a yes.
    pub commands: Vec<Command>,
    /// The runs that it is about; it is put anew when one of them changes.
    pub about: Vec<RunId>,
    kind: Kind,
}

/// What is asked about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Cancel,
    Delete,
}

/// Runs that a question lists by name; of more it gives the first and the number.
const LISTED: usize = 4;

impl Question {
    /// Whether to give these runs up; none where none of them can be.
    pub fn cancel(runs: &[&RunSummary]) -> Option<Self> {
        let can = |run: &&&RunSummary| is_possible(run, Happening::Cancel);
        let possible: Vec<&RunSummary> = runs.iter().filter(can).copied().collect();
        let (asked, mut lines) = match possible[..] {
            [] => return None,
            [run] => (format!("Cancel {}?", described(run)), consequences(run)),
            _ => {
                let lines = [
                    kept_from_starting(&possible),
                    stopped(&possible),
                    killed(&possible),
                    Some(
                        "Their folders stay, with the checkpoints there are, to go on from."
                            .to_owned(),
                    ),
                ];
                (format!("Cancel {} runs?", possible.len()), lines.into_iter().flatten().collect())
            }
        };
        let others = runs.len() - possible.len();
        lines.extend(left_out(
            others,
            "is over already and stays as it is.",
            "are over already and stay as they are.",
        ));
        lines.extend(named(&possible));
        let commands = possible.iter().map(|run| Command::Cancel { run: run.id });
        Some(Self {
            title: "Cancel".to_owned(),
            asked,
            lines,
            yes: format!("cancel {}", counted(&possible)),
            no: kept(&possible),
            commands: commands.collect(),
            about: runs.iter().map(|run| run.id).collect(),
            kind: Kind::Cancel,
        })
    }

    /// Whether to delete these runs; none where all of them have workers.
    pub fn delete(runs: &[&RunSummary]) -> Option<Self> {
        let possible: Vec<&RunSummary> = runs.iter().filter(|run| is_free(run)).copied().collect();
        let asked = match possible[..] {
            [] => return None,
            [run] => format!("Delete {}?", described(run)),
            _ => format!("Delete {} runs?", possible.len()),
        };
        let mut lines = Vec::new();
        lines.push(match possible[..] {
            [run] => format!("{} goes for good, {}.", run.place(), holds(run)),
            ref several => folders_go(several),
        });
        lines.extend(left_out(
            runs.len() - possible.len(),
            "has a worker and stays; cancel it first.",
            "have workers and stay; cancel them first.",
        ));
        let waiting = possible.iter().filter(|run| matches!(run.state, RunState::Queued { .. }));
        match waiting.count() {
            0 => {}
            1 => lines.push("One of them has not started yet.".to_owned()),
            more => lines.push(format!("{more} of them have not started yet.")),
        }
        lines.extend(named(&possible));
        let commands = possible.iter().map(|run| Command::Remove { run: run.id });
        Some(Self {
            title: "Delete".to_owned(),
            asked,
            lines,
            yes: format!("delete {}", counted(&possible)),
            no: kept(&possible),
            commands: commands.collect(),
            about: runs.iter().map(|run| run.id).collect(),
            kind: Kind::Delete,
        })
    }

    /// The same question about the same runs as they are now. Where there is nothing left to ask it says so and
    /// stays until it is closed: an answer that comes late must not be taken for something else.
    #[must_use]
    pub fn put_anew(&self, runs: &[&RunSummary]) -> Self {
        let anew = match self.kind {
            Kind::Cancel => Self::cancel(runs),
            Kind::Delete => Self::delete(runs),
        };
        anew.unwrap_or_else(|| self.settled(runs))
    }

    fn settled(&self, runs: &[&RunSummary]) -> Self {
        let what = match self.kind {
            Kind::Cancel => "cancel",
            Kind::Delete => "delete",
        };
        let line = match runs {
            [] => format!("There is nothing to {what} any more."),
            [run] => format!("Run {} is {} now; there is nothing to {what}.", run.id, run.word()),
            _ => format!("The runs have changed meanwhile; there is nothing to {what}."),
        };
        Self {
            title: self.title.clone(),
            asked: line,
            lines: Vec::new(),
            yes: String::new(),
            no: "close".to_owned(),
            commands: Vec::new(),
            about: Vec::new(),
            kind: self.kind,
        }
    }
}

/// What is lost with the folders of several runs.
fn folders_go(runs: &[&RunSummary]) -> String {
    let finished = runs.iter().filter(|run| is_finished(run)).count();
    let results = match finished {
        0 => "none of them has a result".to_owned(),
        1 => "one of them with a result".to_owned(),
        more => format!("{more} of them with results"),
    };
    let folders = runs.len();
    format!("Their {folders} folders go for good, with images, checkpoints and logs; {results}.")
}

fn described(run: &RunSummary) -> String {
    let RunSummary { id, title, method, set, ipc, .. } = run;
    format!("run {id} \"{title}\" ({method}, {set}, {ipc} per class)")
}

fn counted(runs: &[&RunSummary]) -> String {
    match runs {
        [run] => format!("run {}", run.id),
        runs => format!("{} runs", runs.len()),
    }
}

fn kept(runs: &[&RunSummary]) -> String {
    if runs.len() == 1 { "keep it" } else { "keep them" }.to_owned()
}

/// Which runs several are.
fn named(runs: &[&RunSummary]) -> Option<String> {
    if runs.len() < 2 {
        return None;
    }
    let first = runs.iter().take(LISTED).map(|run| format!("{} {}", run.id, run.title));
    let mut names: Vec<String> = first.collect();
    if runs.len() > LISTED {
        names.push(format!("{} more", runs.len() - LISTED));
    }
    Some(names.join("; "))
}

/// What is said of runs that stay, for one of them and for more; nothing where there are none.
fn left_out(count: usize, one: &str, more: &str) -> Option<String> {
    match count {
        0 => None,
        1 => Some(format!("1 more {one}")),
        count => Some(format!("{count} more {more}")),
    }
}

/// Whether neither a worker nor Slurm has it.
fn is_free(run: &RunSummary) -> bool {
    run.state.worker().is_none() && run.state.job().is_none()
}

const fn is_finished(run: &RunSummary) -> bool {
    matches!(run.state, RunState::Finished { .. })
}

/// What is lost with a run's folder.
fn holds(run: &RunSummary) -> String {
    match (&run.state, run.digest.iteration) {
        (RunState::Finished { .. }, _) => "with its result, images and log".to_owned(),
        (RunState::Queued { .. }, 0) => "and the run, which has not started".to_owned(),
        (_, 0) => "with its log; no iteration was done".to_owned(),
        (_, done) => format!("with the images, checkpoint and log of {done} iterations"),
    }
}

fn kept_from_starting(runs: &[&RunSummary]) -> Option<String> {
    let queued = runs.iter().filter(|run| matches!(run.state, RunState::Queued { .. })).count();
    match queued {
        0 => None,
        1 => Some("1 leaves the queue before it has started.".to_owned()),
        more => Some(format!("{more} leave the queue before they have started.")),
    }
}

fn stopped(runs: &[&RunSummary]) -> Option<String> {
    let stops = |run: &&&RunSummary| {
        run.state.worker().is_some()
            && !matches!(run.state, RunState::Stopping { cancel: true, .. })
    };
    match runs.iter().filter(stops).count() {
        0 => None,
        1 => Some("1 worker writes a checkpoint and leaves; it will have no result.".to_owned()),
        more => Some(format!(
            "{more} workers write a checkpoint and leave; there will be no results of theirs."
        )),
    }
}

fn killed(runs: &[&RunSummary]) -> Option<String> {
    let deaf = |run: &&&RunSummary| matches!(run.state, RunState::Stopping { cancel: true, .. });
    match runs.iter().filter(deaf).count() {
        0 => None,
        1 => Some("1 worker was asked to leave and has not. It is killed at once.".to_owned()),
        more => Some(format!(
            "{more} workers were asked to leave and have not. They are killed at once."
        )),
    }
}

/// What cancelling does to a run now, sentence by sentence.
fn consequences(run: &RunSummary) -> Vec<String> {
    let digest = &run.digest;
    let of = digest.iterations.map_or_else(String::new, |of| format!(" of {of}"));
    let done = match (digest.iteration, digest.iterations) {
        _ if digest.set_of.is_some() => None,
        (_, Some(0)) => None,
        (0, _) => Some("No iteration is done yet.".to_owned()),
        (done, _) => Some(format!("{done}{of} iterations are done.")),
    };
    // Before anything is done there is nothing to keep.
    let has_begun = digest.iteration > 0 || digest.checkpoint.is_some();
    let retry = match digest.checkpoint {
        Some(iteration) => {
            format!(
                "Its folder stays, with the checkpoint at iteration {iteration} to go on from."
            )
        }
        None => {
            "Its folder stays; there is no checkpoint yet, so another try starts from the beginning."
                .to_owned()
        }
    };
    match &run.state {
        RunState::Pending { job, .. } => {
            vec![format!("Its Slurm job {job} is cancelled."), retry]
        }
        RunState::Queued { .. } => {
            vec![
                "It leaves the queue before it has started.".to_owned(),
                "Its folder stays.".to_owned(),
            ]
        }
        RunState::Running { worker } | RunState::Paused { worker } => {
            let (leaves, stays) = if has_begun {
                (
                    "writes a checkpoint and leaves",
                    "Its folder stays, with the checkpoint to go on from.",
                )
            } else {
                ("leaves", "Its folder stays; another try starts from the beginning.")
            };
            let (pid, device) = (worker.pid, &worker.device);
            let first = format!("Worker {pid} on {device} {leaves}; there will be no result.");
            [Some(first), done, Some(stays.to_owned())].into_iter().flatten().collect()
        }
        RunState::Stopping { worker, cancel: false } => {
            let pid = worker.pid;
            let first =
                format!("Worker {pid} is stopping already; the run will count as cancelled.");
            [Some(first), done].into_iter().flatten().collect()
        }
        RunState::Stopping { worker, cancel: true } => vec![
            format!("Worker {} was asked to leave and has not. It is killed at once.", worker.pid),
            retry,
        ],
        RunState::Stopped { .. } | RunState::Interrupted { .. } => {
            let first = "It will not be resumed.".to_owned();
            [Some(first), done, Some(retry)].into_iter().flatten().collect()
        }
        RunState::Finished { .. } | RunState::Failed { .. } | RunState::Cancelled { .. } => {
            vec![format!("It is {} already; there is nothing to cancel.", run.state.word())]
        }
    }
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;

    use super::*;
    use crate::{record::Digest, tui::tests::recorded::summary};

    const AT: Timestamp = Timestamp::UNIX_EPOCH;

    fn run(state: RunState, checkpoint: Option<u64>) -> RunSummary {
        let iterations = Some(100);
        let digest = Digest { iteration: 57, iterations, checkpoint, ..Digest::default() };
        RunSummary { digest, ..summary(12, "first light", state) }
    }

    fn worker() -> crate::queue::Worker {
        crate::queue::Worker { pid: 4242, device: "cpu".to_owned(), since: AT, job: String::new() }
    }

    fn text(question: Option<Question>) -> String {
        question.unwrap().lines.join(" ")
    }

    #[test]
    fn the_question_names_the_run_and_what_happens_to_it() {
        let running = run(RunState::Running { worker: worker() }, Some(50));
        let question = Question::cancel(&[&running]).unwrap();
        assert_eq!(question.asked, "Cancel run 12 \"first light\" (dsa, mnist-5k, 1 per class)?");
        assert_eq!(question.commands, [Command::Cancel { run: RunId::new(12) }]);
        let text = question.lines.join(" ");
        for part in ["Worker 4242 on cpu", "no result", "57 of 100 iterations are done"] {
            assert!(text.contains(part), "{text}");
        }
    }

    #[test]
    fn each_state_has_its_own_consequences() {
        let killed = run(RunState::Stopping { worker: worker(), cancel: true }, Some(50));
        assert!(text(Question::cancel(&[&killed])).contains("killed at once"));
        let waiting = run(RunState::Queued { since: AT }, None);
        assert!(text(Question::cancel(&[&waiting])).contains("before it has started"));
        let (job, reason) = ("12_3".to_owned(), "Priority".to_owned());
        let pending = run(RunState::Pending { job, reason, since: AT }, Some(50));
        let told = text(Question::cancel(&[&pending]));
        assert!(told.contains("Slurm job 12_3 is cancelled") && told.contains("iteration 50"));
        assert_eq!(Question::delete(&[&pending]), None, "Slurm has it");
        let stopped = run(RunState::Stopped { at: AT }, None);
        assert!(text(Question::cancel(&[&stopped])).contains("no checkpoint yet"));
        let over = run(RunState::Finished { at: AT }, None);
        assert_eq!(Question::cancel(&[&over]), None, "there is nothing to cancel");
    }

    #[test]
    fn a_question_about_many_says_how_many_of_what() {
        let running = run(RunState::Running { worker: worker() }, None);
        let deaf = run(RunState::Stopping { worker: worker(), cancel: true }, None);
        let queued = run(RunState::Queued { since: AT }, None);
        let over = run(RunState::Finished { at: AT }, None);
        let all = [&running, &running, &deaf, &queued, &over, &queued];
        let question = Question::cancel(&all).unwrap();
        assert_eq!((question.asked.as_str(), question.commands.len()), ("Cancel 5 runs?", 5));
        assert_eq!(question.yes, "cancel 5 runs");
        let told = question.lines.join(" ");
        for part in [
            "2 leave the queue",
            "2 workers write a checkpoint",
            "1 worker was asked",
            "1 more is over already and stays as it is",
            "12 first light; 12 first light; 12 first light; 12 first light; 1 more",
        ] {
            assert!(told.contains(part), "{part}: {told}");
        }
    }

    #[test]
    fn deleting_says_what_is_lost() {
        let over = run(RunState::Finished { at: AT }, None);
        assert!(text(Question::delete(&[&over])).contains("goes for good, with its result"));
        let stopped = run(RunState::Stopped { at: AT }, Some(50));
        assert!(text(Question::delete(&[&stopped])).contains("log of 57 iterations"));
        let running = run(RunState::Running { worker: worker() }, None);
        assert_eq!(Question::delete(&[&running]), None);
        let queued = run(RunState::Queued { since: AT }, None);
        let question = Question::delete(&[&over, &running, &queued]).unwrap();
        assert_eq!(question.commands.len(), 2);
        let told = question.lines.join(" ");
        assert!(told.contains("Their 2 folders go for good"), "{told}");
        assert!(told.contains("one of them with a result"), "{told}");
        assert!(told.contains("1 more has a worker and stays"), "{told}");
        assert!(told.contains("One of them has not started yet"), "{told}");
    }

    #[test]
    fn a_question_follows_its_runs() {
        let running = run(RunState::Running { worker: worker() }, None);
        let question = Question::cancel(&[&running]).unwrap();
        let over = run(RunState::Finished { at: AT }, None);
        assert_eq!(question.put_anew(&[&running]), question);
        let settled = question.put_anew(&[&over]);
        assert_eq!(settled.asked, "Run 12 is finished now; there is nothing to cancel.");
        assert!(settled.commands.is_empty() && settled.about.is_empty());
    }

    #[test]
    fn before_the_first_iteration_no_checkpoint_is_promised() {
        let mut new = run(RunState::Running { worker: worker() }, None);
        new.digest.iteration = 0;
        let told = text(Question::cancel(&[&new]));
        assert!(told.contains("No iteration is done yet."), "{told}");
        assert!(
            told.contains("starts from the beginning") && !told.contains("checkpoint"),
            "{told}"
        );
        new.digest.iterations = Some(0);
        assert!(!text(Question::cancel(&[&new])).contains("iteration"));
    }
}
