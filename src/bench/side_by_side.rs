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
    case::Case,
    machine::Machine,
    other_program::{self, Ran},
    own_process::{Measured, measure_apart},
    report::Report,
    resources::Used,
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

/// What was found.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct SideBySide {
    /// The other command.
    pub command: String,
    /// The machine before the first round.
    pub machine: Machine,
    /// Wall time.
    pub seconds: Comparison,
    /// Processor time, all threads together, where the other says it too. Other programs disturb it least.
    pub cpu_seconds: Option<Comparison>,
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

/// One figure of both programs.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Comparison {
    /// Which: our key, or `wall_seconds` of the whole processes.
    pub compared: String,
    /// Round by round.
    pub rounds: Vec<Round>,
    /// Our seconds.
    pub ours: Spread,
    /// The other's seconds.
    pub theirs: Spread,
    /// Ours over the other's, round by round.
    pub ratio: Spread,
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

/// One turn of each: what was found, and what was used.
struct Turns {
    ours: Measured,
    theirs: Ran,
}

/// Runs both, in turn. `program` is this one; `heard` is told of each turn.
pub fn compare(
    program: &Path,
    case: &Case,
    against: &Against,
    heard: &mut dyn FnMut(&str),
) -> Result<SideBySide, BenchError> {
    let machine = Machine::look(case.threads);
    let mut turns = Vec::new();
    for round in 1..=against.rounds {
        heard(&format!("round {round} of {}: stillroom", against.rounds));
        let ours = measure_apart(program, case)?;
        heard(&format!("round {round} of {}: {}", against.rounds, against.command));
        let theirs = other_program::run(&against.command)?;
        against.seconds(&theirs, ours.report.headline.key())?;
        turns.push(Turns { ours, theirs });
    }
    let memory = |of: fn(&Turns) -> Used| {
        turns.iter().map(|turn| of(turn).peak_memory_bytes).max().unwrap_or_default()
    };
    let ours_peak_memory_bytes = memory(|turn| turn.ours.used);
    let theirs_peak_memory_bytes = memory(|turn| turn.theirs.used);
    let (seconds, cpu_seconds) = (seconds(&turns, against)?, cpu_seconds(&turns));
    let last = turns.pop();
    let (report, their_line) =
        last.map(|Turns { ours, theirs }| (ours.report, theirs.line)).unzip();
    Ok(SideBySide {
        command: against.command.clone(),
        machine,
        seconds,
        cpu_seconds,
        ours_peak_memory_bytes,
        theirs_peak_memory_bytes,
        memory_ratio: ours_peak_memory_bytes as f64 / theirs_peak_memory_bytes as f64,
        report,
        their_line: their_line.flatten(),
    })
}

/// Wall time: what both say of themselves, or how long both took as a whole, if the other says nothing.
fn seconds(turns: &[Turns], against: &Against) -> Result<Comparison, BenchError> {
    let mut said = Vec::new();
    for Turns { ours, theirs } in turns {
        let headline = ours.report.headline;
        let Some(seconds) = against.seconds(theirs, headline.key())? else {
            let whole = turns.iter().map(|turn| (turn.ours.wall_secs, turn.theirs.wall_secs));
            return Ok(Comparison::of("wall_seconds", whole));
        };
        said.push((headline.seconds(), seconds));
    }
    Ok(Comparison::of(&our_key(turns), said))
}

/// Processor time, where the other says it in every round.
fn cpu_seconds(turns: &[Turns]) -> Option<Comparison> {
    let key = format!("cpu_{}", our_key(turns));
    let said = turns.iter().map(|turn| {
        let theirs = turn.theirs.line.as_ref()?.get(&key)?.as_f64()?;
        Some((turn.ours.report.headline.cpu_seconds(), theirs))
    });
    Some(Comparison::of(&key, said.collect::<Option<Vec<_>>>()?))
}

fn our_key(turns: &[Turns]) -> String {
    turns.first().map_or("", |turn| turn.ours.report.headline.key()).to_owned()
}

impl Comparison {
    fn of(compared: &str, seconds: impl IntoIterator<Item = (f64, f64)>) -> Self {
        let round = |(ours, theirs)| Round { ours, theirs, ratio: ours / theirs };
        let rounds: Vec<Round> = seconds.into_iter().map(round).collect();
        Self {
            compared: compared.to_owned(),
            ours: Spread::of(rounds.iter().map(|round| round.ours)),
            theirs: Spread::of(rounds.iter().map(|round| round.theirs)),
            ratio: Spread::of(rounds.iter().map(|round| round.ratio)),
            rounds,
        }
    }
}

impl Against {
    /// The seconds that the other says; none when it says nothing and was not asked for a key.
    fn seconds(&self, ran: &Ran, our_key: &str) -> Result<Option<f64>, BenchError> {
        let said = ran.seconds(&self.command, self.key.as_deref().unwrap_or(our_key))?;
        match &self.key {
            Some(key) if said.is_none() => Err(BenchError::CommandSaid {
                command: self.command.clone(),
                problem: format!("its output has no JSON line, so there is no `{key}`"),
            }),
            _ => Ok(said),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bench::{measure, report::Headline, tiny};

    const KEY: &str = "seconds_per_iteration";

    fn against(key: Option<&str>) -> Against {
        Against { command: "true".to_owned(), key: key.map(str::to_owned), rounds: 1 }
    }

    /// Ours says `ours` seconds and took 3; the other took 6 and said `line`.
    fn turn(ours: f64, line: &str) -> Turns {
        let mut case = tiny();
        case.measure.truncate(1);
        let mut report = measure(&case, &mut |_| ()).unwrap();
        report.headline = Headline::Iteration {
            seconds_per_iteration: ours,
            cpu_seconds_per_iteration: 2.0 * ours,
        };
        let used = Used { peak_memory_bytes: 1, cpu_secs: 1.0 };
        let line = serde_json::from_str(line).ok();
        Turns {
            ours: Measured { report, used, wall_secs: 3.0 },
            theirs: Ran { line, used, wall_secs: 6.0 },
        }
    }

    #[test]
    fn ratios_are_those_within_a_round() {
        let turns = [(1.0, 2), (3.0, 12), (6.0, 8)]
            .map(|(ours, theirs)| turn(ours, &format!("{{\"{KEY}\": {theirs}}}")));
        let found = seconds(&turns, &against(None)).unwrap();
        assert_eq!(found.compared, KEY);
        // The ratio of the medians would be another one: 3 / 8.
        assert_eq!(found.ratio, Spread { median: 0.5, min: 0.25, max: 0.75 });
        assert_eq!(found.rounds[1], Round { ours: 3.0, theirs: 12.0, ratio: 0.25 });
        assert_eq!(cpu_seconds(&turns), None);
    }

    #[test]
    fn processor_time_is_compared_where_both_say_it() {
        let turns = [turn(1.0, r#"{"secs": 2, "cpu_seconds_per_iteration": 4}"#)];
        let wall = seconds(&turns, &against(Some("secs"))).unwrap();
        assert_eq!(wall.rounds, [Round { ours: 1.0, theirs: 2.0, ratio: 0.5 }]);
        let cpu = cpu_seconds(&turns).unwrap();
        assert_eq!(cpu.compared, "cpu_seconds_per_iteration");
        assert_eq!(cpu.rounds, [Round { ours: 2.0, theirs: 4.0, ratio: 0.5 }]);
    }

    #[test]
    fn a_program_that_says_nothing_is_compared_as_a_whole() {
        let found = seconds(&[turn(1.0, "")], &against(None)).unwrap();
        assert_eq!(found.compared, "wall_seconds");
        assert_eq!(found.rounds, [Round { ours: 3.0, theirs: 6.0, ratio: 0.5 }]);
    }

    #[test]
    fn a_key_that_was_asked_for_has_to_be_there() {
        let ran = other_program::run("true").unwrap();
        assert_eq!(against(None).seconds(&ran, KEY).unwrap(), None);
        let error = against(Some("secs")).seconds(&ran, KEY).unwrap_err();
        assert_eq!(error.to_string(), "`true`: its output has no JSON line, so there is no `secs`");
    }
}
