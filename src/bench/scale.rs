//! One key of a case, many values: how the time grows with it.

use std::path::Path;

use serde::Serialize;

use super::{BenchError, case::Case, machine::Machine, own_process::measure_apart, report::Report};

/// A key and the values it takes, one after the other.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Axis {
    /// A key of the spec or of the bench.
    pub key: String,
    /// Two or more are a comparison.
    pub values: Vec<String>,
}

impl std::str::FromStr for Axis {
    type Err = String;

    /// Reads `key=value,value,…`.
    fn from_str(text: &str) -> Result<Self, String> {
        let wrong = || format!("`{text}` is not of the form key=value,value,…");
        let (key, values) = text.split_once('=').ok_or_else(wrong)?;
        let values: Vec<_> = values.split(',').map(|value| value.trim().to_owned()).collect();
        if key.trim().is_empty() || values.iter().any(String::is_empty) {
            return Err(wrong());
        }
        Ok(Self { key: key.trim().to_owned(), values })
    }
}

/// An axis with the case for each of its values.
#[derive(Debug, Clone, PartialEq)]
pub struct Along {
    /// The key, in full.
    pub key: &'static str,
    /// Values and cases, in the order in which they were typed.
    pub cases: Vec<(String, Case)>,
}

/// How a time grows, key by key.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Scalings {
    /// The machine before the first case.
    pub machine: Machine,
    /// A table for each key.
    pub tables: Vec<Scaling>,
}

/// How a time grows with one key.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Scaling {
    /// The key, in full.
    pub key: String,
    /// A row for each value.
    pub rows: Vec<Row>,
}

/// What one value costs.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Row {
    /// The value.
    pub value: String,
    /// The seconds of its headline.
    pub seconds: f64,
    /// These seconds over those of the first row.
    pub time: f64,
    /// The operations of its network passes over those of the first row: 10 for ten times the classes,
    /// 4 for twice the side.
    pub work: f64,
    /// `time` over `work`: 1 is linear, below is better.
    pub against_linear: f64,
    /// Everything that was measured.
    pub report: Report,
}

/// Measures the case of each key's each value in a process of its own, and tells `heard` of each.
pub fn scale(
    program: &Path,
    axes: &[Along],
    heard: &mut dyn FnMut(&str),
) -> Result<Scalings, BenchError> {
    let threads = axes.iter().flat_map(|axis| &axis.cases).map(|(_, case)| case.threads).max();
    let machine = Machine::look(threads.unwrap_or(1));
    let mut tables = Vec::new();
    for Along { key, cases } in axes {
        let mut reports = Vec::new();
        for (value, case) in cases {
            heard(&format!("{key} = {value}"));
            reports.push((value.clone(), measure_apart(program, case)?.report));
        }
        tables.push(Scaling { key: (*key).to_owned(), rows: rows(reports) });
    }
    Ok(Scalings { machine, tables })
}

fn rows(reports: Vec<(String, Report)>) -> Vec<Row> {
    let figures = |report: &Report| (report.headline.seconds(), report.gflop());
    let first = reports.first().map(|(_, report)| figures(report)).unwrap_or_default();
    let row = |(value, report): (String, Report)| {
        let (seconds, gflop) = figures(&report);
        let (time, work) = (seconds / first.0, gflop / first.1);
        Row { value, seconds, time, work, against_linear: time / work, report }
    };
    reports.into_iter().map(row).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bench::{measure, report::Headline, tiny};

    #[test]
    fn an_axis_is_a_key_and_its_values() {
        let axis: Axis = "classes=10, 50,100".parse().unwrap();
        assert_eq!(
            (axis.key.as_str(), axis.values),
            ("classes", ["10", "50", "100"].map(str::to_owned).to_vec())
        );
        for text in ["classes", "=1,2", "classes=", "classes=1,,2"] {
            let error = text.parse::<Axis>().unwrap_err();
            assert_eq!(error, format!("`{text}` is not of the form key=value,value,…"));
        }
    }

    #[test]
    fn growth_is_held_against_the_work() {
        let mut case = tiny();
        case.measure.truncate(1);
        let mut report = |classes: usize, seconds: f64| {
            case.classes = classes;
            let mut report = measure(&case, &mut |_| ()).unwrap();
            report.headline = Headline::Iteration {
                seconds_per_iteration: seconds,
                cpu_seconds_per_iteration: seconds,
            };
            (classes.to_string(), report)
        };
        let rows = rows(vec![report(2, 0.5), report(6, 3.0)]);
        let of = |row: &Row| (row.seconds, row.time);
        assert_eq!((of(&rows[0]), of(&rows[1])), ((0.5, 1.0), (3.0, 6.0)));
        assert!((rows[0].against_linear - 1.0).abs() < 1e-12);
        // Three times the classes; the classifier, which grows with them, is a small part of it.
        assert!((rows[1].work - 3.0).abs() < 0.1, "{}", rows[1].work);
        assert!((rows[1].against_linear - 6.0 / rows[1].work).abs() < 1e-12);
    }
}
