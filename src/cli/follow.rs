//! A run in the foreground: its progress on one line of a terminal, or as plain lines elsewhere.
//!
//! The run belongs to the daemon. What is followed here can be left at any time, and a daemon that dies
//! meanwhile is started again and asked for what has happened since.

use std::{
    io::{self, IsTerminal},
    path::Path,
    process::ExitCode,
};

use serde_json::json;
use tokio::signal::unix::{Signal, SignalKind, signal};

use super::{
    event_text::joined,
    failure::Failure,
    figures,
    other_networks::Lines,
    output, progress,
    session::{Losses, Session},
};
use crate::{
    queue::{Command, RunId, RunState, RunSummary},
    record::{Event, Fact, RunFolder},
    wire::{
        Client, ClientError,
        message::{Answer, Message, Wish},
    },
};

/// The exit code of a program that Ctrl-C ended.
const INTERRUPTED: u8 = 130;
/// A run that is followed.
#[derive(Debug)]
pub struct Follow {
    session: Session,
    run: RunId,
    folder: String,
    json: bool,
    terminal: bool,
    summary: Option<RunSummary>,
    seen: u64,
    milestone: (String, u64),
    lines: Lines,
    asked_to_stop: bool,
}

impl Follow {
    /// Follows a run that was just added.
    pub fn new(run: RunId, folder: String, session: &Session) -> Self {
        let json = session.json;
        Self {
            session: session.clone(),
            run,
            folder,
            json,
            terminal: !json && io::stdout().is_terminal(),
            summary: None,
            seen: 0,
            milestone: (String::new(), 0),
            lines: Lines::default(),
            asked_to_stop: false,
        }
    }

    /// Follows it to its end, or until the user leaves it.
    pub async fn until_it_ends(mut self, client: Client) -> Result<ExitCode, Failure> {
        let run = self.run;
        if !self.json {
            output::line(&format!("run {run}: {}", self.session.place(&self.folder)))?;
        }
        let mut interrupts = signal(SignalKind::interrupt())
            .map_err(|source| Failure::System { what: "Ctrl-C cannot be heard", source })?;
        let mut client = client;
        let mut losses = Losses::default();
        loop {
            let before = self.seen;
            match self.talk(client, &mut interrupts).await {
                Err(Failure::Client(error)) if error.is_lost() => {
                    if self.seen > before {
                        losses.mend();
                    }
                    let session = self.session.clone();
                    client = tokio::select! {
                        again = session.connect_again(&mut losses, &error) => again?,
                        _ = interrupts.recv() => {
                            self.clear()?;
                            self.say(&format!("leaving; run {run} goes on"))?;
                            return Ok(ExitCode::from(INTERRUPTED));
                        }
                    };
                }
                Err(failure) => {
                    self.clear()?;
                    return Err(failure);
                }
                Ok(code) => return Ok(code),
            }
        }
    }

    async fn talk(
        &mut self,
        mut client: Client,
        interrupts: &mut Signal,
    ) -> Result<ExitCode, Failure> {
        if let Answer::Runs { runs } = client.ask(Wish::WatchQueue).await? {
            self.summary = runs.into_iter().find(|found| found.id == self.run);
        }
        client.ask(Wish::WatchRun { run: self.run, after: self.seen }).await?;
        loop {
            self.draw()?;
            if let Some(code) = self.end()? {
                return Ok(code);
            }
            tokio::select! {
                message = client.next() => self.take(message?)?,
                _ = interrupts.recv() => {
                    if let Some(code) = self.interrupted(&mut client).await? {
                        return Ok(code);
                    }
                }
            }
        }
    }

    fn take(&mut self, message: Message) -> Result<(), Failure> {
        match message {
            Message::Run { run } if run.id == self.run => self.summary = Some(*run),
            Message::Events { run, events } if run == self.run => {
                for event in &events {
                    self.event(event)?;
                }
            }
            Message::Gone { run } if run == self.run => self.summary = None,
            _ => {}
        }
        Ok(())
    }

    fn event(&mut self, event: &Event) -> Result<(), Failure> {
        self.seen = self.seen.max(event.seq);
        if let Some(summary) = &mut self.summary {
            summary.digest.apply(event);
        }
        if self.json {
            return output::json(event);
        }
        let lasting = matches!(
            event.fact,
            Fact::Started(_)
                | Fact::Plan(_)
                | Fact::Evaluation(_)
                | Fact::SetTaken { .. }
                | Fact::Yielded { .. }
                | Fact::Note { .. }
                | Fact::Problem { .. }
        );
        match self.lines.text(event).filter(|_| lasting) {
            Some(text) => {
                self.clear()?;
                output::line(&text)
            }
            None => Ok(()),
        }
    }

    async fn interrupted(&mut self, client: &mut Client) -> Result<Option<ExitCode>, Failure> {
        let run = self.run;
        self.clear()?;
        if self.asked_to_stop {
            self.say(&format!(
                "leaving; run {run} writes its checkpoint in the background and then stops. \
                 `stillroom resume {run}` goes on"
            ))?;
            return Ok(Some(ExitCode::from(INTERRUPTED)));
        }
        self.asked_to_stop = true;
        match client.ask(Wish::Command(Command::Stop { run })).await {
            Ok(_) => self.say("stopping with a checkpoint; Ctrl-C again leaves at once")?,
            // It has ended in the same moment, or somebody else has stopped it.
            Err(ClientError::Refused(refusal)) => self.say(&refusal.reason)?,
            Err(error) => return Err(error.into()),
        }
        Ok(None)
    }

    /// The exit code, once the run is over and all its events have been seen.
    fn end(&mut self) -> Result<Option<ExitCode>, Failure> {
        let Some(summary) = self.summary.clone() else {
            return Err(Failure::Said(format!("run {} is no longer in the queue", self.run)));
        };
        if self.seen < summary.digest.seq {
            return Ok(None);
        }
        let run = self.run;
        let resume = format!("`stillroom resume {run}` goes on");
        let (code, text) = match &summary.state {
            RunState::Queued { .. }
            | RunState::Pending { .. }
            | RunState::Running { .. }
            | RunState::Paused { .. }
            | RunState::Stopping { .. } => return Ok(None),
            RunState::Finished { .. } => (0, result(&summary, &self.session)),
            RunState::Stopped { .. } => {
                let code = if self.asked_to_stop { INTERRUPTED } else { 1 };
                let what = match summary.digest.checkpoint {
                    Some(done) => format!("run {run} is stopped at iteration {done}"),
                    None => format!("run {run} is stopped"),
                };
                (code, format!("{what}; {resume}"))
            }
            RunState::Interrupted { reason, .. } => {
                (1, format!("run {run} was interrupted: {reason}\n{resume}"))
            }
            RunState::Failed { reason, advice, .. } => {
                (1, format!("run {run} failed: {}", joined(reason, advice)))
            }
            RunState::Cancelled { .. } => (1, format!("run {run} was cancelled")),
        };
        self.clear()?;
        if self.json {
            output::json(&json!({ "run": summary }))?;
        } else if code == 0 {
            self.session.line(&text)?;
        }
        if code == 1 {
            return Err(Failure::Said(text));
        }
        if code == INTERRUPTED {
            self.say(&text)?;
        }
        Ok(Some(ExitCode::from(code)))
    }

    fn draw(&mut self) -> Result<(), Failure> {
        let Some(summary) = self.summary.as_ref().filter(|_| !self.json) else { return Ok(()) };
        if self.terminal {
            // The last cell stays free: a full line would wrap.
            let width = crossterm::terminal::size().map_or(80, |(columns, _)| columns);
            let line = progress::line(summary, usize::from(width).saturating_sub(1));
            return output::over(&line);
        }
        let milestone = progress::milestone(summary);
        if milestone == self.milestone {
            return Ok(());
        }
        let line = progress::line(summary, usize::MAX);
        self.milestone = milestone;
        output::line(&line)
    }

    fn clear(&self) -> Result<(), Failure> {
        if self.terminal { output::over("") } else { Ok(()) }
    }

    /// A remark, which is no result.
    fn say(&self, text: &str) -> Result<(), Failure> {
        if self.json { Ok(()) } else { self.session.line(text) }
    }
}

fn result(summary: &RunSummary, session: &Session) -> String {
    let digest = &summary.digest;
    let used = figures::span(digest.used_secs);
    let result = RunFolder::new(Path::new(&summary.folder)).result();
    let rows = [
        ("synthetic set", figures::accuracy(digest.accuracy)),
        ("random real images", figures::accuracy(digest.random)),
        ("also on", digest.others.in_words()),
        ("result", session.place(&result.display().to_string())),
    ];
    let mut lines = vec![format!("run {} is finished after {used}", summary.id)];
    let known = rows.into_iter().filter(|(_, value)| !value.is_empty());
    lines.extend(known.map(|(name, value)| format!("  {name:<22}{value}")));
    lines.join("\n")
}
