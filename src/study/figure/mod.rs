//! The figure of a study: bars or lines for a table, dots for an architecture search.
//!
//! What is not there yet is left out, and the figure says so.

mod bars;
mod lines;
mod scatter;

use serde::{Deserialize, Serialize};

use super::{
    search::SearchTable,
    table::{Content, Entry, Table},
};
use crate::figure::{FigureError, Format, write};

/// How a table is drawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// A group of bars for each column, in it a bar for each row.
    #[default]
    Bars,
    /// The columns follow one another: a line for each row.
    Lines,
}

/// The figure of a table.
///
/// # Errors
/// When the drawing library gives up, which it does for values that are no numbers.
pub fn of_table(table: &Table, format: Format) -> Result<Vec<u8>, FigureError> {
    match table.figure {
        Kind::Bars => write(&bars::Bars(table), format),
        Kind::Lines => write(&lines::Lines(table), format),
    }
}

/// The figure of an architecture search: the accuracy of every architecture on a proxy over that on all data.
///
/// # Errors
/// As [`of_table`].
pub fn of_search(table: &SearchTable, format: Format) -> Result<Vec<u8>, FigureError> {
    write(&scatter::Scatter::of(table), format)
}

/// Mean and deviation of ours in per cent, if it is there.
fn ours(entry: &Entry) -> Option<(f64, f64)> {
    match &entry.ours {
        Content::Done { summary, .. } => Some((100.0 * summary.mean, 100.0 * summary.std)),
        _ => None,
    }
}

/// The range of some accuracies in per cent with their deviations, a little wider; all of them without any.
fn range(values: impl Iterator<Item = (f64, f64)>) -> (f64, f64) {
    let (mut low, mut high) = (f64::INFINITY, f64::NEG_INFINITY);
    for (mean, std) in values {
        (low, high) = (low.min(mean - std), high.max(mean + std));
    }
    if low > high {
        return (0.0, 100.0);
    }
    let room = (0.06 * (high - low)).max(0.5);
    ((low - room).max(0.0), (high + room).min(101.0))
}

/// What is left out, in words; nothing where all is there.
fn left_out(table: &Table) -> String {
    let cells = table.rows.iter().flat_map(|(row, entries)| {
        let absent = entries.iter().zip(&table.columns).filter(|(entry, _)| ours(entry).is_none());
        absent.map(move |(entry, column)| format!("{row}, {column} ({})", entry.ours))
    });
    sentence_of(&cells.collect::<Vec<_>>())
}

/// The same for these.
fn sentence_of(absent: &[String]) -> String {
    const MOST: usize = 4;
    if absent.is_empty() {
        return String::new();
    }
    let more = match absent.len().saturating_sub(MOST) {
        0 => String::new(),
        more => format!("; and {more} more"),
    };
    let shown = absent.iter().take(MOST).cloned().collect::<Vec<_>>().join("; ");
    format!("Not done and left out: {shown}{more}.")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{evaluate::Summary, study::table::Columns};

    /// A table of these means; none is a cell that waits.
    pub(super) fn table(rows: &[(&str, &[Option<f64>])]) -> Table {
        let entry = |mean: &Option<f64>| Entry {
            ours: mean.map_or(Content::Pending, |mean| Content::Done {
                summary: Summary { mean, std: 0.01, count: 3 },
                seeds: vec![vec![mean; 3]],
            }),
            published: mean.map_or("-", |_| "88.7±0.6").parse().unwrap(),
            runs: Vec::new(),
            by_task: Vec::new(),
        };
        let columns = rows.first().map_or(0, |(_, means)| means.len());
        Table {
            title: "Ours & <theirs>".to_owned(),
            corner: "method".to_owned(),
            columns: (0..columns).map(|column| format!("column {column}")).collect(),
            columns_are: Columns::Settings,
            figure: Kind::Bars,
            rows: rows
                .iter()
                .map(|(name, means)| ((*name).to_owned(), means.iter().map(entry).collect()))
                .collect(),
            comparisons: Vec::new(),
        }
    }

    #[test]
    fn ranges_hold_all_values_and_stay_among_accuracies() {
        assert_eq!(range([].into_iter()), (0.0, 100.0));
        let (low, high) = range([(50.0, 1.0), (90.0, 2.0)].into_iter());
        assert!(low < 49.0 && (92.0..=96.0).contains(&high));
        assert_eq!(range([(0.1, 1.0), (100.0, 3.0)].into_iter()), (0.0, 101.0));
    }

    #[test]
    fn what_is_left_out_is_told() {
        assert_eq!(left_out(&table(&[("DSA", &[Some(0.9)])])), "");
        let some = table(&[("DSA", &[Some(0.9), None]), ("DM", &[None; 2])]);
        assert_eq!(
            left_out(&some),
            "Not done and left out: DSA, column 1 (pending); DM, column 0 (pending); DM, column 1 \
             (pending)."
        );
        let many: Vec<String> = (0..9).map(|at| at.to_string()).collect();
        assert_eq!(sentence_of(&many), "Not done and left out: 0; 1; 2; 3; and 5 more.");
    }
}
