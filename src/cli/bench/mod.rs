//! `stillroom bench [SPEC]`: how fast the program is on this machine, alone or beside another program.
//!
//! What is typed becomes cases (`cases`); [`bench`](crate::bench) measures them; `tables` makes text of
//! what it found. How far it is goes to standard error, line by line.

mod cases;
mod tables;

use std::{
    env,
    io::{self, Write},
    path::PathBuf,
};

use serde::Serialize;

use super::{failure::Failure, output, spec_source};
use crate::{
    bench::{
        Report, Subject,
        machine::Machine,
        own_process::{self, measure_apart},
        scale::{Axis, scale},
        side_by_side::compare,
    },
    data::registry::ImageShape,
};

/// The arguments of `bench`.
#[derive(Debug, Clone, clap::Args)]
#[command(after_help = "\
Examples:
  stillroom bench
  stillroom bench --shape 1x28x28 --set ipc=10 --threads 2 --json
  stillroom bench --scale classes=10,50,100 --scale side=28,32,64
  stillroom bench --threads 2 --against 'python torch_peer.py bench --method dsa --threads 2'

The data are random images of the right shape, so no data set is needed.")]
pub struct Args {
    /// What a run would be: a TOML file, the name of a preset, or `-` for standard input
    #[arg(default_value = "dsa-cifar10-1")]
    spec: String,
    /// Change a value of the spec, such as `ipc=10` or `network.width=64`
    #[arg(long, value_name = "KEY=VALUE")]
    set: Vec<String>,
    /// Channels, height and width of the images [default: those of the spec's data set]
    #[arg(long, value_name = "CxHxW", value_parser = cases::shape)]
    shape: Option<ImageShape>,
    /// Number of classes [default: that of the spec's data set]
    #[arg(long, value_parser = clap::value_parser!(u16).range(2..))]
    classes: Option<u16>,
    /// Threads of the CPU [default: one for each core]
    #[arg(long, value_parser = clap::value_parser!(u16).range(1..))]
    threads: Option<u16>,
    /// What to measure, one or several [default: condense,evaluate; condense with --against or --scale]
    #[arg(long, value_name = "WHAT", value_delimiter = ',', value_enum)]
    measure: Vec<Subject>,
    /// Iterations that count
    #[arg(long, default_value_t = 5, value_parser = clap::value_parser!(u32).range(1..))]
    iterations: u32,
    /// Iterations before them
    #[arg(long, default_value_t = 1)]
    warmup: u32,
    /// Epochs that each network of an evaluation trains
    #[arg(long, default_value_t = 20, value_parser = clap::value_parser!(u32).range(1..))]
    evaluation_epochs: u32,
    /// Networks of an evaluation; the first is also measured alone
    #[arg(long, default_value_t = 5, value_parser = clap::value_parser!(u16).range(1..))]
    evaluation_networks: u16,
    /// Run this command in turn with ours, A B A B, and print the ratio of the times
    #[arg(long, value_name = "COMMAND", conflicts_with = "scale")]
    against: Option<String>,
    /// What the other command calls its seconds in the JSON line at the end of its output [default: as
    /// ours, `seconds_per_iteration` or `seconds_per_epoch`; without a JSON line whole processes are
    /// compared]
    #[arg(long, requires = "against")]
    key: Option<String>,
    /// How often each of the two runs
    #[arg(long, default_value_t = 3, requires = "against", value_parser = clap::value_parser!(u16).range(1..))]
    rounds: u16,
    /// A table of how the time grows with classes, side, threads, or any key of a spec; may be repeated
    #[arg(long, value_name = "KEY=VALUE,VALUE")]
    scale: Vec<Axis>,
}

/// One case with the machine it was measured on.
#[derive(Serialize)]
struct Alone {
    machine: Machine,
    #[serde(flatten)]
    report: Report,
}

/// Measures, and prints what was found.
pub fn main(args: &Args, json: bool) -> Result<(), Failure> {
    let found = spec_source::find(&args.spec)?;
    let program = program()?;
    if !args.scale.is_empty() {
        // Every case is looked at before the first one takes its time.
        let axes: Vec<_> =
            args.scale.iter().map(|axis| args.along(&found, axis)).collect::<Result<_, _>>()?;
        let found = scale(&program, &axes, &mut progress)?;
        return if json { output::json(&found) } else { output::text(&tables::scaling(&found)) };
    }
    let case = args.case(&found)?;
    if let Some(against) = args.against() {
        let found = compare(&program, &case, &against, &mut progress)?;
        return if json { output::json(&found) } else { output::text(&tables::compared(&found)) };
    }
    let machine = Machine::look(case.threads);
    let report = measure_apart(&program, &case)?.report;
    if json {
        output::json(&Alone { machine, report })
    } else {
        output::text(&tables::report(&machine, &report))
    }
}

/// Measures one case, in the process that [`main`] started for it.
pub fn case() -> Result<(), Failure> {
    own_process::serve(io::stdin().lock(), io::stdout().lock(), &mut progress)
        .map_err(|source| Failure::System { what: "the case cannot be measured", source })
}

fn program() -> Result<PathBuf, Failure> {
    env::current_exe()
        .map_err(|source| Failure::System { what: "this program cannot be found", source })
}

fn progress(line: &str) {
    // Who has closed it does not want to know.
    let _ = writeln!(io::stderr().lock(), "{line}");
}
