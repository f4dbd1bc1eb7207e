//! Whole ways through the program in a terminal: from the first screen to what one came for. What was wished is
//! read off the daemon, what came of it off the screen.

mod clones;
mod comparing;
mod finding;
mod found_by_name;
mod hosts_and_problems;
mod many_runs;
mod new_runs;
mod one_run;
mod order;
mod preview;
mod settings;
mod steering;
mod studies;

use stillroom::{
    queue::{Command, RunId},
    spec::{
        Spec,
        parse::{Typed, parse},
    },
};

use super::{
    fake_daemon::FakeDaemon,
    terminal::{Terminal, WITHOUT_SIXELS},
};

/// A screen with room for the list, what is to know of a run, and its preview.
fn screen(daemon: &FakeDaemon) -> Terminal {
    Terminal::start(daemon, (120, 40), WITHOUT_SIXELS)
}

/// The specs of the runs that were added.
fn added(daemon: &FakeDaemon) -> Vec<Spec> {
    let texts = daemon.commands().into_iter().filter_map(|command| match command {
        Command::Add { spec, .. } => Some(spec),
        _ => None,
    });
    let read = |text: String| parse(&Typed { source: "added", text: &text, set: &[] }).unwrap();
    texts.map(read).collect()
}

fn ids<const COUNT: usize>(runs: [u64; COUNT]) -> [RunId; COUNT] {
    runs.map(RunId::new)
}
