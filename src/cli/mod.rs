//! The command line: one file per sub-command, all of them clients of the daemon.
//!
//! Results go to standard output, as text or with `--json` for scripts; what went wrong goes to standard
//! error as a sentence, with an exit code that is not 0.

pub mod add;
pub mod agent;
mod all_hosts;
pub mod bench;
pub mod clone;
pub mod config;
pub mod daemon;
pub mod data;
mod data_progress;
mod data_sending;
pub mod devices;
mod diary;
pub mod doctor;
pub mod estimate;
pub mod eval;
mod event_text;
pub mod export;
mod failure;
mod figures;
mod follow;
pub mod hosts;
pub mod logs;
pub mod ls;
mod other_networks;
mod output;
pub mod place;
pub mod presets;
mod progress;
pub mod pull;
mod question;
pub mod rank;
pub mod rm;
pub mod run;
mod session;
pub mod set;
mod set_reading;
mod set_spec;
pub mod show;
mod spec_source;
pub mod steer;
pub mod study;
pub mod worker;

use std::{collections::BTreeSet, process::ExitCode};

use clap::{Parser, Subcommand};

use crate::{
    queue::{Command as Wish, HostName, RunId},
    spec::parse::{Typed, parse},
    tui,
};
use failure::Failure;
use session::Session;
use spec_source::Ready;

/// What was typed.
#[derive(Debug, Parser)]
#[command(
    name = "stillroom",
    version,
    about = "Distils data sets: a queue of dataset-condensation experiments, watched live.",
    after_help = "Runs go on when this program, the terminal or an SSH connection ends.\n\
                  The data directory is STILLROOM_DATA_DIR, or the platform's place for a user's data;\n\
                  settings and keys are in STILLROOM_CONFIG_DIR, or the platform's place for configuration."
)]
struct Cli {
    /// Print JSON, for scripts
    #[arg(long, global = true)]
    json: bool,
    /// Work with the daemon of another machine: a host of config.toml, a name that ssh knows,
    /// or `any` for the one that suits a run best
    #[arg(long, global = true, value_name = "NAME")]
    host: Option<String>,
    #[command(subcommand)]
    command: Option<Command>,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Add a run in front of the queue and follow it until it ends
    Run(run::Args),
    /// Add a run at the end of the queue
    Add(add::Args),
    /// List the runs
    Ls,
    /// Show one run
    Show(OneRun),
    /// Print what a run has logged
    Logs(logs::Args),
    /// Measure how long a run would take here, and how much memory
    Estimate(estimate::Args),
    /// Let a run wait at its next control point; it keeps its device
    Pause(OneRun),
    /// Let a paused run go on, or queue a stopped or interrupted one to go on from its checkpoint
    Resume(OneRun),
    /// Stop a run with a checkpoint, to be resumed later
    Stop(OneRun),
    /// Give a run up; its folder stays. A second time kills a worker that does not listen
    Cancel(OneRun),
    /// Run a failed or cancelled run again, from its last checkpoint if it has one
    Retry(OneRun),
    /// Delete runs that no worker is at, with their folders, after a question
    Rm(rm::Args),
    /// Give runs another place in the queue
    Move(place::Args),
    /// Add another run of the same spec, or of one that differs in a few keys
    Clone(clone::Args),
    /// Fetch the files of a run from its host
    Pull(pull::Args),
    /// Take a picture of a run's synthetic set at the next control point
    Snapshot(OneRun),
    /// List the specs that come with the program, or print one
    Presets(presets::Args),
    /// Train networks on the synthetic set of a file, and test them
    Eval(eval::Args),
    /// Score the synthetic set of a file beyond its recipe, as DD-Ranking does
    Rank(rank::Args),
    /// Tables of many runs: list them, add their runs, show them beside the published numbers
    Study(study::Args),
    /// List, fetch, import and verify data sets
    Data(data::Args),
    /// Look at synthetic sets in files of this and other programs, and convert them
    Set(set::Args),
    /// Write the synthetic set of a run or file in a format of other programs
    Export(export::Args),
    /// List the machines that are reached through ssh, add, remove and check them, and install the program there
    Hosts(hosts::Args),
    /// Say where settings and keys are, what is set, and what could be
    Config(config::Args),
    /// Say what the program finds: folders, daemon, devices, configuration, terminal, data sets
    Doctor,
    /// Measure how fast the program is here: time by parts, memory, share of the machine's peak
    Bench(bench::Args),
    /// Measure one case; started by `bench`
    #[command(hide = true)]
    BenchCase,
    /// Do one run; started by the daemon
    #[command(hide = true)]
    Worker(worker::Args),
    /// Join standard input and output to this machine's daemon; started by ssh, for another machine
    #[command(hide = true)]
    Agent(agent::Args),
    /// Serve the queue; started by the other commands when it is needed
    #[command(hide = true)]
    Daemon(daemon::Args),
    /// List the devices of this machine
    #[command(hide = true)]
    Devices,
}

/// A run, by its number.
#[derive(Debug, clap::Args)]
pub struct OneRun {
    /// The number of the run, as `ls` shows it, or HOST:NUMBER
    run: RunId,
}

/// Parses the command line and does what it says.
pub fn main() -> ExitCode {
    let cli = Cli::parse();
    dispatch(&cli).unwrap_or_else(|failure| failure.report())
}

fn dispatch(cli: &Cli) -> Result<ExitCode, Failure> {
    let json = cli.json;
    let host = cli.host.as_deref();
    let Some(command) = &cli.command else { return screen(host) };
    if let Some(done) = talk(command, host, json) {
        return done;
    }
    if host.is_some_and(|host| host != "here") {
        return Err(only_here());
    }
    let done = match command {
        Command::Doctor => return doctor::main(json),
        Command::Daemon(args) => return daemon::main(args),
        Command::Worker(args) => return worker::main(args),
        Command::Agent(args) => return agent::main(args),
        Command::Estimate(args) => estimate::main(args, json),
        Command::Presets(args) => presets::main(args, json),
        Command::Eval(args) => eval::main(args, json),
        Command::Rank(args) => rank::main(args, json),
        Command::Data(args) => data::main(args, json),
        Command::Set(args) => set::main(args, json),
        Command::Export(args) => export::main(args, json),
        Command::Hosts(args) => hosts::main(args, json),
        Command::Config(args) => config::main(args, json),
        Command::Bench(args) => bench::main(args, json),
        Command::BenchCase => bench::case(),
        Command::Devices => devices::main(json),
        // Done above.
        _ => Ok(()),
    };
    done.map(|()| ExitCode::SUCCESS)
}

impl Command {
    /// The runs that are named.
    fn runs(&self) -> Vec<RunId> {
        match self {
            Self::Show(one)
            | Self::Pause(one)
            | Self::Resume(one)
            | Self::Stop(one)
            | Self::Cancel(one)
            | Self::Retry(one)
            | Self::Snapshot(one) => vec![one.run],
            Self::Logs(args) => vec![args.run],
            Self::Clone(args) => vec![args.run],
            Self::Rm(args) => args.runs.clone(),
            Self::Move(args) => args.runs(),
            Self::Pull(args) => vec![args.run],
            _ => Vec::new(),
        }
    }
}

/// The one host that is meant: that of --host, or that of the runs.
fn named_host<'a>(host: Option<&'a str>, runs: &[RunId]) -> Result<Option<&'a str>, Failure> {
    let named: BTreeSet<&'static str> = runs
        .iter()
        .map(|run| run.host)
        .filter(|host| !host.is_here())
        .map(HostName::word)
        .collect();
    let is_mixed = runs.iter().any(|run| run.host.is_here()) && !named.is_empty();
    match (host, named.first()) {
        (host, None) => Ok(host),
        (Some(host), Some(run)) if host != *run => {
            Err(Failure::Said(format!("--host says {host}, and a run is named at {run}")))
        }
        _ if named.len() > 1 || is_mixed => {
            Err(Failure::Said("one command is for the runs of one host".to_owned()))
        }
        (_, Some(run)) => Ok(Some(run)),
    }
}

/// A run for the host that suits it best.
fn anywhere(command: &Command, json: bool) -> Result<ExitCode, Failure> {
    let session = |ready: &Ready| {
        let typed = Typed { source: &ready.source, text: &ready.text, set: &[] };
        Session::anywhere(&parse(&typed).map_err(Failure::Spec)?, json)
    };
    match command {
        Command::Run(args) => {
            let ready = args.spec.read()?;
            let session = session(&ready)?;
            run::queue(ready, &session).map_err(|failure| session.failed(failure))
        }
        Command::Add(args) => {
            let ready = args.spec.read()?;
            let session = session(&ready)?;
            add::queue(ready, args.front, &session).map_err(|failure| session.failed(failure))?;
            Ok(ExitCode::SUCCESS)
        }
        Command::Study(args) => study::everywhere(args, json).map(|()| ExitCode::SUCCESS),
        Command::Ls => ls::everywhere(json).map(|()| ExitCode::SUCCESS),
        _ => Err(Failure::Said("--host any is for `run`, `add`, `ls` and `study`".to_owned())),
    }
}

/// The commands that talk to a daemon, here or on another machine; `None` for the others.
fn talk(command: &Command, host: Option<&str>, json: bool) -> Option<Result<ExitCode, Failure>> {
    let host = match named_host(host, &command.runs()) {
        Ok(host) => host,
        Err(failure) => return Some(Err(failure)),
    };
    if host == Some("any") {
        return Some(anywhere(command, json));
    }
    let told = |command: &dyn Fn(&Session) -> Result<(), Failure>| {
        let session = Session::new(host, json)?;
        command(&session).map_err(|failure| session.failed(failure))?;
        Ok(ExitCode::SUCCESS)
    };
    let steer = |wish: fn(RunId) -> Wish, run: &OneRun| {
        told(&|session| steer::main(wish(run.run), session))
    };
    Some(match command {
        Command::Run(args) => Session::new(host, json).and_then(|session| {
            run::main(args, &session).map_err(|failure| session.failed(failure))
        }),
        Command::Add(args) => told(&|session| add::main(args, session)),
        Command::Ls => told(&ls::main),
        Command::Show(run) => told(&|session| show::main(run.run, session)),
        Command::Logs(args) => told(&|session| logs::main(args, session)),
        Command::Pause(run) => steer(|run| Wish::Pause { run }, run),
        Command::Resume(run) => steer(|run| Wish::Resume { run }, run),
        Command::Stop(run) => steer(|run| Wish::Stop { run }, run),
        Command::Cancel(run) => steer(|run| Wish::Cancel { run }, run),
        Command::Retry(run) => steer(|run| Wish::Retry { run }, run),
        Command::Rm(args) => told(&|session| rm::main(args, session)),
        Command::Move(args) => told(&|session| place::main(args, session)),
        Command::Clone(args) => told(&|session| clone::main(args, session)),
        Command::Snapshot(run) => steer(|run| Wish::Snapshot { run }, run),
        Command::Pull(args) => told(&|session| pull::main(args, session)),
        // Here it is what daemons call.
        Command::Estimate(args) if host.is_some_and(|host| host != "here") => {
            told(&|session| estimate::at(args, session))
        }
        Command::Study(args) => told(&|session| study::main(args, session)),
        _ => return None,
    })
}

fn only_here() -> Failure {
    Failure::Said(format!(
        "this command works on this machine alone; leave --host out\n\
         Over --host work: {}, and the screen.",
        session::OVER_HOST.join(", ")
    ))
}

/// Without a sub-command.
fn screen(host: Option<&str>) -> Result<ExitCode, Failure> {
    let own = Session::new(host, false)?.target;
    // All on one screen, unless one was named.
    let others = if host.is_some() { Vec::new() } else { session::all_hosts() };
    let targets: Vec<_> = std::iter::once(own).chain(others).collect();
    tui::run(&targets).map_err(|error| Failure::Said(error.to_string()))?;
    Ok(ExitCode::SUCCESS)
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    #[test]
    fn the_command_line_is_consistent() {
        Cli::command().debug_assert();
    }

    #[test]
    fn json_may_stand_before_or_behind_the_sub_command() {
        for line in [["stillroom", "--json", "ls"], ["stillroom", "ls", "--json"]] {
            assert!(Cli::try_parse_from(line).unwrap().json);
        }
    }
}
