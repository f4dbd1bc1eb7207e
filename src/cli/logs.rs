//! `stillroom logs RUN`: what a run has logged, and with `-f` what it logs from now on.

use super::{
    failure::Failure,
    other_networks::Lines,
    output,
    session::{self, Losses, Session},
};
use crate::{
    queue::{RunId, RunState, RunSummary},
    record::Event,
    wire::{
        Client,
        message::{Answer, Message, Wish},
    },
};

/// The arguments of `logs`.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The number of the run, as `ls` shows it, or HOST:NUMBER
    pub run: RunId,
    /// Go on until the run is over
    #[arg(short, long)]
    follow: bool,
    /// What the worker and its libraries printed, in place of the events
    #[arg(long, conflicts_with_all = ["follow", "json"])]
    worker: bool,
}

/// Prints the log.
pub fn main(args: &Args, session: &Session) -> Result<(), Failure> {
    let run = session.own(args.run);
    session::block_on(async {
        let mut client = session.connect().await?;
        if args.worker {
            let printed = session::file(&mut client, run, "worker.log").await?;
            return output::text(&String::from_utf8_lossy(&printed));
        }
        let mut reading =
            Reading { run, json: session.json, seen: 0, end: None, lines: Lines::default() };
        let mut losses = Losses::default();
        loop {
            let before = reading.seen;
            match reading.read(&mut client, args.follow).await {
                // A daemon that was killed, or a network that was cut: it goes on after the last event.
                Err(Failure::Client(error)) if args.follow && error.is_lost() => {
                    if reading.seen > before {
                        losses.mend();
                    }
                    client = session.connect_again(&mut losses, &error).await?;
                }
                done => return done,
            }
        }
    })
}

struct Reading {
    run: RunId,
    json: bool,
    seen: u64,
    /// The last event there is going to be.
    end: Option<u64>,
    lines: Lines,
}

impl Reading {
    async fn read(&mut self, client: &mut Client, follow: bool) -> Result<(), Failure> {
        let Answer::Runs { runs } = client.ask(Wish::WatchQueue).await? else { return Ok(()) };
        // Refused when there is no such run.
        client.ask(Wish::WatchRun { run: self.run, after: self.seen }).await?;
        if let Some(run) = runs.iter().find(|run| run.id == self.run) {
            self.know(run, follow);
        }
        while self.end.is_none_or(|end| self.seen < end) {
            match client.next().await? {
                Message::Run { run } if run.id == self.run => self.know(&run, follow),
                Message::Events { run, events } if run == self.run => {
                    for event in &events {
                        self.print(event)?;
                    }
                }
                Message::Gone { run } if run == self.run => {
                    return Err(Failure::Said(format!("run {run} was deleted")));
                }
                _ => {}
            }
        }
        Ok(())
    }

    fn know(&mut self, run: &RunSummary, follow: bool) {
        let goes_on = run.state.worker().is_some() || matches!(run.state, RunState::Queued { .. });
        if !(follow && goes_on) && self.end.is_none() {
            self.end = Some(run.digest.seq);
        }
    }

    fn print(&mut self, event: &Event) -> Result<(), Failure> {
        self.seen = event.seq;
        if self.json {
            return output::json(event);
        }
        match self.lines.text(event) {
            Some(text) => output::line(&format!("{}  {text}", event.at.strftime("%F %T"))),
            None => Ok(()),
        }
    }
}
