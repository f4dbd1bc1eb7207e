//! `stillroom study add`: those runs of a study that there are not yet, and how long they will take.

use std::io::{self, Write};

use serde_json::json;

use super::forecast::{Expected, forecast};
use crate::{
    cli::{failure::Failure, figures::span, output, session::Session},
    harmless::plain,
    queue::RunId,
    spec::{
        Spec,
        parse::{Typed, parse},
    },
    wire::{
        ClientError,
        client::unexpected,
        message::{Answer, StudyName, Wish},
    },
};

/// The runs of a study.
struct Runs {
    there: Vec<RunId>,
    missing: Vec<String>,
    added: Vec<RunId>,
}

fn ask(session: &Session, study: StudyName, dry: bool) -> Result<Runs, Failure> {
    match session.ask(Wish::AddStudy { study, dry })? {
        Answer::StudyRuns { there, missing, added } => Ok(Runs { there, missing, added }),
        other => Err(unexpected(&other).into()),
    }
}

/// How long these specs will take.
fn expect(specs: &[String], session: &Session) -> Result<Expected, Failure> {
    let read = specs.iter().map(|text| {
        let typed = Typed { source: "the study's spec", text, set: &[] };
        parse(&typed).map_err(Failure::Spec)
    });
    forecast(&read.collect::<Result<Vec<Spec>, _>>()?, session)
}

/// Says how long the missing runs will take.
pub fn estimate(study: StudyName, session: &Session) -> Result<(), Failure> {
    let Runs { there, missing, .. } = ask(session, study, true)?;
    let expected = expect(&missing, session)?;
    if session.json {
        return output::json(
            &json!({ "missing": missing.len(), "there": there, "expected": expected }),
        );
    }
    let said = sentence(&expected, there.len());
    output::line(&format!("{} runs are missing{said}", missing.len()))
}

/// Says how long the missing runs of a study, which was `typed` so, will take, unless it is told not to, and
/// adds them.
pub fn add(typed: &str, study: StudyName, silent: bool, session: &Session) -> Result<(), Failure> {
    let expected = if silent {
        None
    } else {
        match expect(&ask(session, study.clone(), true)?.missing, session) {
            Ok(expected) => Some(expected),
            // A host that does not measure takes runs all the same.
            Err(Failure::Client(ClientError::Refused(refusal))) => {
                let why = plain(&refusal.reason, output::SIGN).into_owned();
                // Nobody may be there to read it, and that is no failure.
                let _ = writeln!(io::stderr(), "how long they take is not known: {why}");
                None
            }
            Err(failure) => return Err(failure),
        }
    };
    let Runs { there, added, .. } = ask(session, study, false)?;
    if session.json {
        return output::json(&json!({ "added": added, "there": there, "expected": expected }));
    }
    let expected = expected.map(|expected| sentence(&expected, there.len()));
    output::line(&format!(
        "{} runs added{}\n`stillroom study show {typed}` shows the table",
        added.len(),
        expected.unwrap_or_default(),
    ))
}

/// What is there and what the rest takes.
fn sentence(expected: &Expected, there: usize) -> String {
    let there = match there {
        0 => String::new(),
        1 => ", 1 is there already".to_owned(),
        there => format!(", {there} are there already"),
    };
    let Expected { training_secs, condensing_secs, evaluating_secs, .. } = *expected;
    if expected.secs <= 0.0 {
        return there;
    }
    format!(
        "{there}\nOne after the other on {} they take about {}: {} training networks on all data, {} \
         condensing, {} evaluating",
        expected.devices.join(", "),
        span(expected.secs),
        span(training_secs),
        span(condensing_secs),
        span(evaluating_secs)
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_estimate_names_its_parts() {
        let expected = Expected {
            devices: vec!["cpu".to_owned()],
            secs: 190.0,
            training_secs: 10.0,
            condensing_secs: 120.0,
            evaluating_secs: 60.0,
        };
        let said = sentence(&expected, 1);
        assert!(said.starts_with(", 1 is there already\nOne after the other on cpu"), "{said}");
        assert!(said.contains("3 min") && said.contains("2 min"), "{said}");
        assert_eq!(sentence(&Expected::default(), 0), "");
    }
}
