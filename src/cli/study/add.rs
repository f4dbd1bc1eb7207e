//! `stillroom study add`: those runs of a study that there are not yet, and how long they will take.

use serde_json::json;

use super::{
    Study,
    forecast::{Expected, forecast},
    runs::known,
};
use crate::{
    cli::{failure::Failure, figures::span, output, session},
    queue::Command,
    spec::Spec,
    study::{Outcome, cells::same_work, table::run_of},
    wire::{
        client::unexpected,
        message::{Answer, Wish},
    },
};

/// The specs of a study that are different work, each with its row's and column's name.
pub fn work(study: &Study) -> Vec<(String, Spec)> {
    let mut found: Vec<(String, Spec)> = Vec::new();
    for cell in &study.cells {
        let [row, column] =
            [&study.definition.rows[cell.row].name, &study.definition.columns[cell.column].name];
        for spec in &cell.specs {
            if !found.iter().any(|(_, other)| same_work(spec, other)) {
                found.push((format!("{row}, {column}, {}", study.name), spec.clone()));
            }
        }
    }
    found
}

/// A run with the name that it gets.
type Named = (String, Spec);

/// The runs that are missing, and the numbers of those that are there.
fn missing(study: &Study) -> Result<(Vec<Named>, Vec<u64>), Failure> {
    session::block_on(async {
        let mut client = session::connect().await?;
        let runs = known(&mut client, &study.cells).await?;
        let (mut missing, mut there) = (Vec::new(), Vec::new());
        for (name, spec) in work(study) {
            let run = run_of(&spec, &runs);
            match run.filter(|run| !matches!(run.outcome, Outcome::Failed(_))) {
                Some(run) => there.push(run.run),
                None => missing.push((name, spec)),
            }
        }
        Ok((missing, there))
    })
}

/// Says how long the missing runs will take.
pub fn estimate(study: &Study, json: bool) -> Result<(), Failure> {
    let (missing, there) = missing(study)?;
    let expected = forecast(&missing, json)?;
    if json {
        return output::json(
            &json!({ "missing": missing.len(), "there": there, "expected": expected }),
        );
    }
    output::line(&format!("{} runs are missing{}", missing.len(), sentence(&expected, &there)))
}

/// Says how long the missing runs will take, unless it is told not to, and adds them.
pub fn add(study: &Study, silent: bool, json: bool) -> Result<(), Failure> {
    let (missing, there) = missing(study)?;
    let expected = if silent { None } else { Some(forecast(&missing, json)?) };
    let added = session::block_on(async {
        let mut client = session::connect().await?;
        let mut added = Vec::new();
        for (name, spec) in missing {
            let spec = Spec { name, ..spec };
            let (text, source) = (spec.to_toml(), format!("study {}", study.name));
            let study = study.name.clone();
            let add = Command::Add { spec: text, source, front: false, study };
            match client.ask(Wish::Command(add)).await? {
                Answer::Added { run, .. } => added.push(run.0),
                other => return Err(unexpected(&other).into()),
            }
        }
        Ok(added)
    })?;
    if json {
        return output::json(&json!({ "added": added, "there": there, "expected": expected }));
    }
    let expected = expected.map(|expected| sentence(&expected, &there));
    output::line(&format!(
        "{} runs added{}\n`stillroom study show {}` shows the table",
        added.len(),
        expected.unwrap_or_default(),
        study.name
    ))
}

/// What is there and what the rest takes.
fn sentence(expected: &Expected, there: &[u64]) -> String {
    let there = match there.len() {
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
    fn equal_work_is_added_once() {
        let study = Study::find("table-1-small").unwrap();
        let work = work(&study);
        let whole = work.iter().filter(|(_, spec)| spec.method == crate::spec::Method::Whole);
        assert_eq!(whole.count(), 1);
        assert!(work.len() < study.cells.len());
        let error = Study::find("table-1-smal").map(|_| ()).unwrap_err().to_string();
        assert!(error.contains("did you mean `table-1-small`"), "{error}");
    }

    #[test]
    fn an_estimate_names_its_parts() {
        let expected = Expected {
            devices: vec!["cpu".to_owned()],
            secs: 190.0,
            training_secs: 10.0,
            condensing_secs: 120.0,
            evaluating_secs: 60.0,
        };
        let said = sentence(&expected, &[3]);
        assert!(said.starts_with(", 1 is there already\nOne after the other on cpu"), "{said}");
        assert!(said.contains("3 min") && said.contains("2 min"), "{said}");
        assert_eq!(sentence(&Expected::default(), &[]), "");
    }
}
