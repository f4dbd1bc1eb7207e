//! A study's table as text and as Markdown.

// Writing to a string cannot fail.
use std::fmt::Write as _;

use crate::{
    cli::output,
    study::{
        Table,
        table::{Comparison, Content, Entry},
    },
};

/// A cell as text: ours, and the published number behind it.
fn cell(entry: &Entry) -> String {
    match entry.published.value {
        Some(_) => format!("{} ({})", entry.ours, entry.published),
        None => entry.ours.to_string(),
    }
}

/// As text, with what failed and what was compared below it.
pub fn in_text(table: &Table) -> String {
    let mut header = vec![table.corner.to_uppercase()];
    header.extend(table.columns.iter().cloned());
    let mut rows = vec![header];
    for (name, entries) in &table.rows {
        let mut row = vec![name.clone()];
        row.extend(entries.iter().map(cell));
        rows.push(row);
    }
    let mut text = format!("{}\n\n{}", table.title, output::columns(&rows));
    let published = table.rows.iter().flat_map(|(_, entries)| entries);
    if published.clone().any(|entry| entry.published.value.is_some()) {
        text.push_str("\nTest accuracy in %, ours (published).");
        if published.clone().any(|entry| entry.published.unverified) {
            text.push_str(
                " A published number with ? behind it was not checked against its source.",
            );
        }
        text.push('\n');
    }
    for (name, entries) in &table.rows {
        for (entry, column) in entries.iter().zip(&table.columns) {
            if let Content::Failed { run, reason } = &entry.ours {
                let _ = writeln!(text, "\n{name}, {column}: run {run} failed: {reason}");
            }
        }
    }
    for comparison in &table.comparisons {
        let _ = writeln!(text, "\n{}", sentence(comparison));
    }
    text
}

fn sentence(comparison: &Comparison) -> String {
    let Comparison { rows: [first, second], column, found } = comparison;
    match found {
        None => format!("{first} against {second}, {column}: not both are done"),
        Some(paired) => format!(
            "{first} against {second}, {column}: {:+.2} ± {:.2} points (95 % interval), p = {:.2e}, {} pairs",
            100.0 * paired.difference,
            100.0 * paired.half_width,
            paired.p_value,
            paired.pairs
        ),
    }
}

/// As Markdown.
pub fn in_markdown(table: &Table) -> String {
    let line = |cells: Vec<String>| format!("| {} |\n", cells.join(" | "));
    let mut header = vec![table.corner.clone()];
    header.extend(table.columns.iter().cloned());
    let mut text = line(header.clone());
    text.push_str(&line(vec!["---".to_owned(); header.len()]));
    for (name, entries) in &table.rows {
        let mut row = vec![name.clone()];
        row.extend(entries.iter().map(cell));
        text.push_str(&line(row));
    }
    for comparison in &table.comparisons {
        let _ = writeln!(text, "\n{}", sentence(comparison));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::queue::RunId;
    use crate::study::csv;
    use crate::{
        evaluate::{Paired, Summary},
        study::{figure::Kind, table::Columns},
    };

    fn table() -> Table {
        let done = |mean: f64| Content::Done {
            summary: Summary { mean, std: 0.005, count: 3 },
            seeds: vec![vec![mean; 3]],
        };
        let entry = |ours: Content, published: &str| Entry {
            ours,
            published: published.parse().unwrap(),
            runs: Vec::new(),
            by_task: Vec::new(),
        };
        Table {
            title: "A table".to_owned(),
            corner: "method".to_owned(),
            columns: vec!["1".to_owned(), "10".to_owned()],
            columns_are: Columns::Settings,
            figure: Kind::Bars,
            rows: vec![
                (
                    "DSA".to_owned(),
                    vec![entry(done(0.885), "88.7±0.6"), entry(Content::Pending, "-")],
                ),
                (
                    "K, C".to_owned(),
                    vec![
                        entry(
                            Content::Failed { run: RunId::new(7), reason: "no memory".to_owned() },
                            "8.3±0.3?",
                        ),
                        entry(Content::Running { share: 0.25 }, "-"),
                    ],
                ),
            ],
            comparisons: vec![
                Comparison {
                    rows: ["DSA".to_owned(), "K, C".to_owned()],
                    column: "1".to_owned(),
                    found: Paired::of(&[0.9, 0.8, 0.9], &[0.8, 0.75, 0.85]),
                },
                Comparison {
                    rows: ["DSA".to_owned(), "K, C".to_owned()],
                    column: "10".to_owned(),
                    found: None,
                },
            ],
        }
    }

    #[test]
    fn a_table_is_text_markdown_and_csv() {
        insta::assert_snapshot!("text", in_text(&table()));
        insta::assert_snapshot!("markdown", in_markdown(&table()));
        insta::assert_snapshot!("csv", csv::of_table(&table()));
    }
}
