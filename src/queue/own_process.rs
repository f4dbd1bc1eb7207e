//! A question to a process of its own: a graphics driver may crash whoever asks it, and a measurement may fill the
//! memory or hang. Arguments and text go in; what it wrote and how it ended come out, or the reason why nothing
//! did within the time it was given.

use std::{
    io::{self, Read, Write},
    path::{Path, PathBuf},
    process::{Command, ExitStatus, Stdio},
    sync::mpsc::{self, Receiver},
    thread,
    time::{Duration, Instant},
};

/// What is kept of all that a process writes: no answer is nearly as long.
const MOST_BYTES: u64 = 1 << 20;
/// How long until it is looked at again.
const BETWEEN_LOOKS: Duration = Duration::from_millis(10);

/// A question.
#[derive(Debug, Clone, Copy)]
pub struct Question<'a> {
    /// The arguments.
    pub arguments: &'a [&'a str],
    /// What stands on its standard input.
    pub input: Option<&'a str>,
    /// How long it may take.
    pub limit: Duration,
}

/// Why there is no answer.
#[derive(Debug, thiserror::Error)]
pub enum Unanswered {
    /// The program is not there, or cannot be started.
    #[error("{} could not be started: {source}", program.display())]
    NotStarted {
        /// The program.
        program: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// It was started, took longer than so many seconds, and was ended.
    #[error("no answer within {0} s")]
    Late(u64),
    /// It cannot be waited for.
    #[error(transparent)]
    Unwatched(io::Error),
}

/// What came of it.
#[derive(Debug)]
pub struct Answered {
    /// How the process ended.
    pub status: ExitStatus,
    /// What it wrote on its standard output.
    pub output: Vec<u8>,
    /// What it wrote on its error output.
    pub complaint: Vec<u8>,
}

impl Question<'_> {
    /// Asks `program`.
    ///
    /// # Errors
    /// A clause for a sentence, when it does not start or takes too long; then it is ended.
    pub fn ask(&self, program: &Path) -> Result<Answered, String> {
        let mut command = Command::new(program);
        command.args(self.arguments);
        self.ask_by(command).map_err(|unanswered| unanswered.to_string())
    }

    /// The same of a command with its arguments.
    pub fn ask_by(&self, mut command: Command) -> Result<Answered, Unanswered> {
        let deadline = Instant::now() + self.limit;
        let late = || Unanswered::Late(self.limit.as_secs());
        let program = PathBuf::from(command.get_program());
        let mut child = command
            .stdin(if self.input.is_some() { Stdio::piped() } else { Stdio::null() })
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .map_err(|source| Unanswered::NotStarted { program, source })?;
        if let (Some(mut pipe), Some(text)) = (child.stdin.take(), self.input) {
            let text = text.to_owned();
            // A child that reads nothing says why on its error output, or is late.
            thread::spawn(move || pipe.write_all(text.as_bytes()));
        }
        let (output, complaint) = (gather(child.stdout.take()), gather(child.stderr.take()));
        let status = loop {
            match child.try_wait() {
                Ok(Some(status)) => break status,
                Ok(None) if Instant::now() < deadline => thread::sleep(BETWEEN_LOOKS),
                Ok(None) => {
                    let _ = child.kill();
                    let _ = child.wait();
                    return Err(late());
                }
                Err(source) => return Err(Unanswered::Unwatched(source)),
            }
        };
        // Whatever it has started itself may hold its outputs open longer than it lived.
        let all = |pipe: &Receiver<Vec<u8>>| {
            pipe.recv_timeout(deadline.saturating_duration_since(Instant::now()).max(BETWEEN_LOOKS))
        };
        let output = all(&output).map_err(|_| late())?;
        let complaint = all(&complaint).map_err(|_| late())?;
        Ok(Answered { status, output, complaint })
    }
}

/// All that a pipe gives, and of it what is kept, once it is closed.
fn gather(pipe: Option<impl Read + Send + 'static>) -> Receiver<Vec<u8>> {
    let (gathered, all) = mpsc::sync_channel(1);
    thread::spawn(move || {
        let mut bytes = Vec::new();
        if let Some(mut pipe) = pipe {
            // What was read before a failure is all there is; what is too much is read, so that nobody waits.
            let _ = pipe.by_ref().take(MOST_BYTES).read_to_end(&mut bytes);
            let _ = io::copy(&mut pipe, &mut io::sink());
        }
        let _ = gathered.send(bytes);
    });
    all
}

#[cfg(test)]
pub mod tests {
    use std::path::PathBuf;

    use super::*;

    /// A program that does what the lines of `script` say. It is written by another process: a file that this one
    /// had open for writing, a test that forks at this moment would hold open, and it could not be started.
    pub fn program(script: &str) -> (tempfile::TempDir, PathBuf) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("program");
        let write = r#"printf '#!/bin/sh\n%s\n' "$1" > "$0" && chmod 700 "$0""#;
        let written = Command::new("sh").args(["-c", write]).arg(&path).arg(script).status();
        assert!(written.unwrap().success());
        (folder, path)
    }

    fn ask(script: &str, input: Option<&str>, limit: Duration) -> Result<Answered, String> {
        Question { arguments: &["-c", script], input, limit }.ask(Path::new("/bin/sh"))
    }

    const LONG: Duration = Duration::from_mins(1);

    #[test]
    fn what_it_reads_and_writes_is_the_answer() {
        let answered = ask("cat; echo no >&2; exit 3", Some("text"), LONG).unwrap();
        assert_eq!((&*answered.output, &*answered.complaint), (&b"text"[..], &b"no\n"[..]));
        assert_eq!(answered.status.code(), Some(3));
        assert!(ask("cat", None, LONG).unwrap().output.is_empty());
    }

    #[test]
    fn more_than_a_pipe_holds_keeps_nobody_waiting() {
        let text = "x".repeat(3 << 20);
        assert!(ask("exit 0", Some(&text), LONG).unwrap().status.success());
        let answered = ask("cat; cat /dev/null >&2", Some(&text), LONG).unwrap();
        assert_eq!((answered.output.len(), answered.status.success()), (1 << 20, true));
    }

    #[test]
    fn one_that_takes_too_long_is_ended() {
        let limit = Duration::from_secs(1);
        assert_eq!(ask("exec sleep 600", None, limit).unwrap_err(), "no answer within 1 s");
        assert_eq!(ask("exec sleep 600", Some(""), limit).unwrap_err(), "no answer within 1 s");
        // It ends, and what it has started holds its output.
        let error = ask("sleep 5 & exit 0", None, limit).unwrap_err();
        assert_eq!(error, "no answer within 1 s");
    }

    #[test]
    fn a_program_that_is_not_there_is_named() {
        let question = Question { arguments: &[], input: None, limit: LONG };
        let error = question.ask(Path::new("/nowhere/stillroom")).unwrap_err();
        assert!(error.starts_with("/nowhere/stillroom could not be started: "), "{error}");
    }
}
