//! A case in a process of its own.
//!
//! So the peak of its memory is that case's alone, its threads are as many as it asks for, it begins as
//! cold as a run does, and a driver that crashes takes nothing with it. The case goes in on standard
//! input; the report, or a sentence, comes back on standard output, both as JSON.

use std::{
    io::{self, Read, Write},
    path::Path,
    process::{Command, Stdio},
    time::Instant,
};

use super::{
    BenchError,
    case::Case,
    iterations::Heard,
    measure::measure,
    report::Report,
    resources::{self, Used},
};
use crate::engine::{devices, failure::Failure};

/// The sub-command of the program that calls [`serve`].
pub const COMMAND: &str = "bench-case";

/// What a process left behind.
#[derive(Debug, Clone, PartialEq)]
pub struct Measured {
    /// What it found.
    pub report: Report,
    /// What it used, from outside.
    pub used: Used,
    /// How long it lived.
    pub wall_secs: f64,
}

/// Lets `program` measure a case. Its standard error, where it says how far it is, is this process'.
pub fn measure_apart(program: &Path, case: &Case) -> Result<Measured, BenchError> {
    let fail =
        |source| BenchError::System { what: "cannot measure in a process of its own", source };
    let started = Instant::now();
    let mut child = Command::new(program)
        .arg(COMMAND)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .map_err(fail)?;
    if let Some(mut input) = child.stdin.take() {
        // A child that died will be told of below.
        let _ = serde_json::to_writer(&mut input, case);
    }
    let mut output = Vec::new();
    if let Some(mut pipe) = child.stdout.take() {
        pipe.read_to_end(&mut output).map_err(fail)?;
    }
    let (status, used) = resources::wait(&child).map_err(fail)?;
    let wall_secs = started.elapsed().as_secs_f64();
    match serde_json::from_slice::<Result<Report, String>>(&output) {
        Ok(Ok(report)) => Ok(Measured { report, used, wall_secs }),
        Ok(Err(sentence)) => Err(BenchError::Measuring(sentence)),
        Err(_) => Err(BenchError::Ended(status)),
    }
}

/// The other side of [`measure_apart`]: reads a case, measures it, and writes what came of it.
pub fn serve(input: impl Read, mut output: impl Write, heard: Heard<'_>) -> io::Result<()> {
    let case: Case = serde_json::from_reader(input)?;
    let report: Result<Report, String> =
        prepare(&case).and_then(|()| measure(&case, heard)).map_err(|failure| failure.to_string());
    serde_json::to_writer(&mut output, &report)?;
    output.flush()
}

/// What holds for the whole process: threads, and the vectors that the user holds the kernels to.
fn prepare(case: &Case) -> Result<(), Failure> {
    devices::hold_cpu_level().map_err(Failure::plain)?;
    rayon::ThreadPoolBuilder::new().num_threads(case.threads).build_global().map_err(|error| {
        Failure::plain(format!("{} threads cannot be started: {error}", case.threads))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bench::tiny;

    #[test]
    fn a_process_that_says_nothing_is_told_with_its_end() {
        let error = measure_apart(Path::new("false"), &tiny()).unwrap_err();
        assert_eq!(
            error.to_string(),
            "the measuring process ended without a result (exit status: 1)"
        );
        let error = measure_apart(Path::new("/nowhere/stillroom"), &tiny()).unwrap_err();
        assert!(error.to_string().starts_with("cannot measure in a process of its own: "));
    }
}
