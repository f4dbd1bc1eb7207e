//! Our case and another program's, in turn: A B A B …
//!
//! A machine changes its speed over minutes: it gets warm, others work on it. Two programs that take turns
//! meet the same changes, so the ratio within a round says more than either time, and the spread of these
//! ratios says how far it can be trusted.

use std::path::Path;

use serde::Serialize;
use serde_json::{Map, Value};

use super::{
    BenchError,
    case::{Case, Subject},
    machine::Machine,
    other_program::{self, Ran},
    own_process::measure_apart,
    report::Report,
    spread::Spread,
};

/// What to run beside a case, and how to read it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Against {
    /// A command line for the shell.
    pub command: String,
    /// The key of its seconds in the JSON line at the end of its output; none means ours.
    pub key: Option<String>,
    /// How often each of the two runs.
    pub rounds: usize,
}

/// What was compared.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct SideBySide {
    /// The other command.
    pub command: String,
    /// Which seconds: a key of both programs, or `wall_seconds`, those of the whole processes.
    pub compared: String,
    /// The machine before the first round.
    pub machine: Machine,
    /// Round by round.
    pub rounds: Vec<Round>,
    /// Our seconds.
    pub ours: Spread,
    /// The other's seconds.
    pub theirs: Spread,
    /// Ours over the other's, round by round.
    pub ratio: Spread,
    /// The most memory that a process of ours held.
    pub ours_peak_memory_bytes: u64,
    /// The most memory that a process of the other held.
    pub theirs_peak_memory_bytes: u64,
    /// Ours over the other's.
    pub memory_ratio: f64,
    /// What ours found in the last round.
    pub report: Option<Report>,
    /// The JSON line of the other's last round.
    pub their_line: Option<Map<String, Value>>,
}

/// One turn of each.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Round {
    /// Our seconds.
    pub ours: f64,
    /// The other's seconds.
    pub theirs: f64,
    /// Ours over the other's.
    pub ratio: f64,
}

/// A turn of one of the two.
#[derive(Debug, Clone, Copy)]
struct Turn {
    /// What it says of itself.
    said: Option<f64>,
    /// How long it took as a whole.
    wall: f64,
    peak_memory_bytes: u64,
}

/// Runs both, in turn. `program` is this one; `heard` is told of each turn.
pub fn compare(
    program: &Path,
    case: &Case,
    against: &Against,
    heard: &mut dyn FnMut(&str),
) -> Result<SideBySide, BenchError> {
    let our_key = case.measure.first().copied().unwrap_or(Subject::Condense).key();
    let machine = Machine::look(case.threads);
    let (mut turns, mut report, mut their_line) = (Vec::new(), None, None);
    for round in 1..=against.rounds {
        heard(&format!("round {round} of {}: stillroom", against.rounds));
        let ours = measure_apart(program, case)?;
        heard(&format!("round {round} of {}: {}", against.rounds, against.command));
        let theirs = other_program::run(&against.command)?;
        turns.push([
            Turn {
                said: ours.report.headline(),
                wall: ours.wall_secs,
                peak_memory_bytes: ours.used.peak_memory_bytes,
            },
            Turn {
                said: theirs_said(&theirs, against, our_key)?,
                wall: theirs.wall_secs,
                peak_memory_bytes: theirs.used.peak_memory_bytes,
            },
        ]);
        (report, their_line) = (Some(ours.report), theirs.line);
    }
    let (compared, rounds) = rounds(&turns, our_key);
    let memory = |side: usize| {
        turns.iter().map(|turn| turn[side].peak_memory_bytes).max().unwrap_or_default()
    };
    Ok(SideBySide {
        command: against.command.clone(),
        compared: compared.to_owned(),
        machine,
        ours: Spread::of(rounds.iter().map(|round| round.ours)),
        theirs: Spread::of(rounds.iter().map(|round| round.theirs)),
        ratio: Spread::of(rounds.iter().map(|round| round.ratio)),
        rounds,
        ours_peak_memory_bytes: memory(0),
        theirs_peak_memory_bytes: memory(1),
        memory_ratio: memory(0) as f64 / memory(1) as f64,
        report,
        their_line,
    })
}

fn theirs_said(
    ran: &Ran,
    against: &Against,
    our_key: &'static str,
) -> Result<Option<f64>, BenchError> {
    let said = ran.seconds(&against.command, against.key.as_deref().unwrap_or(our_key))?;
    match &against.key {
        Some(key) if said.is_none() => Err(BenchError::CommandSaid {
            command: against.command.clone(),
            problem: format!("its output has no JSON line, so there is no `{key}`"),
        }),
        _ => Ok(said),
    }
}

/// What is compared, and how it stands in every round: what both say of themselves, or how long both
/// took as a whole, if the other says nothing.
fn rounds(turns: &[[Turn; 2]], our_key: &'static str) -> (&'static str, Vec<Round>) {
    let round = |ours: f64, theirs: f64| Round { ours, theirs, ratio: ours / theirs };
    let said = turns.iter().map(|[ours, theirs]| Some(round(ours.said?, theirs.said?)));
    if let Some(rounds) = said.collect() {
        return (our_key, rounds);
    }
    let whole = turns.iter().map(|[ours, theirs]| round(ours.wall, theirs.wall));
    ("wall_seconds", whole.collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn turn(said: Option<f64>, wall: f64) -> Turn {
        Turn { said, wall, peak_memory_bytes: 1 }
    }

    #[test]
    fn ratios_are_those_within_a_round() {
        let turns = [(1.0, 2.0), (3.0, 12.0), (6.0, 8.0)]
            .map(|(ours, theirs)| [turn(Some(ours), 9.0), turn(Some(theirs), 9.0)]);
        let (compared, rounds) = rounds(&turns, "seconds_per_iteration");
        assert_eq!(compared, "seconds_per_iteration");
        // The ratio of the medians would be another one: 3 / 8.
        let ratios = Spread::of(rounds.iter().map(|round| round.ratio));
        assert_eq!(ratios, Spread { median: 0.5, min: 0.25, max: 0.75 });
        assert_eq!(rounds[1], Round { ours: 3.0, theirs: 12.0, ratio: 0.25 });
    }

    #[test]
    fn a_program_that_says_nothing_is_compared_as_a_whole() {
        let turns = [[turn(Some(1.0), 3.0), turn(None, 6.0)]];
        let (compared, rounds) = rounds(&turns, "seconds_per_iteration");
        assert_eq!(compared, "wall_seconds");
        assert_eq!(rounds, [Round { ours: 3.0, theirs: 6.0, ratio: 0.5 }]);
    }

    #[test]
    fn a_key_that_was_asked_for_has_to_be_there() {
        let ran = other_program::run("true").unwrap();
        let mut against = Against { command: "true".to_owned(), key: None, rounds: 1 };
        assert_eq!(theirs_said(&ran, &against, "seconds_per_iteration").unwrap(), None);
        against.key = Some("secs".to_owned());
        let error = theirs_said(&ran, &against, "seconds_per_iteration").unwrap_err();
        assert_eq!(error.to_string(), "`true`: its output has no JSON line, so there is no `secs`");
    }
}
