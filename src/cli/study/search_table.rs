//! The table of an architecture search as text and as Markdown.

// Writing to a string cannot fail.
use std::fmt::Write as _;

use crate::cli::output;
use crate::{
    evaluate::Correlation,
    study::{
        search::{Proxy, SearchRow, SearchTable, Standing},
        table::Content,
    },
};

/// Header and rows.
fn lines(table: &SearchTable) -> Vec<Vec<String>> {
    let mut header = vec![table.corner.clone(), "best architecture".to_owned()];
    header.extend(["performance".to_owned(), format!("all {}", table.architectures)]);
    header.extend(table.tops.iter().map(ToString::to_string));
    header.extend(["minutes", "making", "images"].map(str::to_owned));
    let mut lines = vec![header];
    lines.extend(table.rows.iter().map(|row| line(table, row)));
    lines
}

fn line(table: &SearchTable, row: &SearchRow) -> Vec<String> {
    let published = |value: Option<String>| value.map(|value| format!(" ({value})"));
    let with = |ours: String, value: Option<String>| {
        format!("{ours}{}", published(value).unwrap_or_default()).trim_start().to_owned()
    };
    let theirs = &row.published;
    let correlation = |top: Option<usize>, ours: Option<Correlation>| {
        let ours = ours.map_or_else(
            || "-".to_owned(),
            |found| format!("{:.2} / {:.2}", found.spearman, found.kendall),
        );
        let is_published = top.map(|at| table.tops[at]) == table.published_top;
        let theirs = theirs.correlation.filter(|_| is_published && top.is_some());
        with(ours, theirs.map(|value| format!("{value:.2}")))
    };
    let mut cells = vec![row.name.clone()];
    let done = match &row.ours {
        Standing::Done(proxy) => Some(&**proxy),
        Standing::Unfinished { .. } => None,
    };
    cells.push(match &row.ours {
        Standing::Done(proxy) => best(proxy),
        Standing::Unfinished { progress } => progress.to_string(),
    });
    let performance = done.map_or_else(String::new, |proxy| {
        proxy.performance.map_or("-".to_owned(), |value| format!("{:.1}", 100.0 * value))
    });
    cells.push(with(performance, theirs.performance.map(|value| format!("{value:.1}"))));
    let missing = || String::new();
    cells.push(done.map_or_else(missing, |proxy| correlation(None, proxy.overall)));
    for at in 0..table.tops.len() {
        let ours = |proxy: &Proxy| correlation(Some(at), proxy.tops[at]);
        cells.push(done.map_or_else(missing, ours));
    }
    let minutes = done.map_or_else(missing, |proxy| format!("{:.1}", proxy.minutes));
    cells.push(with(minutes, theirs.minutes.map(|value| format!("{value:.1}"))));
    cells.push(done.map_or_else(missing, |proxy| format!("{:.1}", proxy.making_minutes)));
    let images = done.map_or_else(missing, |proxy| {
        proxy.images.map_or("?".to_owned(), |images| images.to_string())
    });
    cells.push(with(images, theirs.images.map(|images| images.to_string())));
    cells
}

/// The architecture ranked best, and how many share its place.
fn best(proxy: &Proxy) -> String {
    match &proxy.best[..] {
        [] => "-".to_owned(),
        [one] => one.clone(),
        [first, others @ ..] => format!("{first} and {} equal", others.len()),
    }
}

fn notes(table: &SearchTable) -> String {
    let reference = &table.reference;
    let mut text = format!(
        "Performance: test accuracy in % that the best architecture of a row reaches in the row {reference}. \
         Correlations: Spearman / Kendall (tau-b) between accuracies of a row and of {reference}, over all \
         architectures and over those that are best in {reference}. Minutes: training and testing all \
         architectures; making: all else that the run did."
    );
    if table.rows.iter().any(|row| !row.published.is_empty()) {
        text.push_str(" Published values in brackets; their time is that of their machine.");
    }
    text.push('\n');
    for row in &table.rows {
        if let Standing::Unfinished { progress: Content::Failed { run, reason } } = &row.ours {
            let _ = writeln!(text, "\n{}: run {run} failed: {reason}", row.name);
        }
    }
    text
}

/// As text.
pub fn in_text(table: &SearchTable) -> String {
    let mut lines = lines(table);
    lines[0].iter_mut().for_each(|cell| *cell = cell.to_uppercase());
    format!("{}\n\n{}\n{}", table.title, output::columns(&lines), notes(table))
}

/// As a Markdown table.
pub fn in_markdown(table: &SearchTable) -> String {
    let mut lines = lines(table);
    lines.insert(1, vec!["---".to_owned(); lines[0].len()]);
    let lines = lines.iter().map(|cells| format!("| {} |\n", cells.join(" | ")));
    format!("{}\n{}", lines.collect::<String>(), notes(table))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::queue::RunId;
    use crate::study::csv;
    use crate::{
        evaluate::Summary,
        study::{
            search::Point,
            search_definition::{PublishedSearch, Top},
        },
    };

    fn table() -> SearchTable {
        let point = |architecture: &str, mean: f64, reference: f64| Point {
            architecture: architecture.to_owned(),
            accuracy: Summary { mean, std: 0.01, count: 2 },
            secs: 1.5,
            reference: Some(reference),
        };
        let proxy = Proxy {
            best: vec!["ConvNetD1".to_owned(), "ConvNet".to_owned()],
            performance: Some(0.845),
            overall: Some(Correlation { spearman: 0.79, kendall: 0.612 }),
            tops: vec![None, Some(Correlation { spearman: -0.21, kendall: -0.1 })],
            minutes: 18.77,
            making_minutes: 0.5,
            images: Some(100),
            points: vec![point("ConvNetD1", 0.4, 0.85), point("ConvNet", 0.4, 0.84)],
        };
        let published = PublishedSearch {
            performance: Some(84.5),
            correlation: Some(0.79),
            minutes: Some(18.8),
            images: Some(100),
        };
        let row = |name: &str, ours, published| SearchRow {
            name: name.to_owned(),
            ours,
            published,
            runs: Vec::new(),
        };
        let failed = Content::Failed { run: RunId::new(7), reason: "no memory".to_owned() };
        SearchTable {
            title: "A search".to_owned(),
            corner: "proxy".to_owned(),
            reference: "Whole".to_owned(),
            architectures: 2,
            tops: vec![Top::Count(5), Top::Share(5.0)],
            published_top: Some(Top::Share(5.0)),
            rows: vec![
                row("DC, ours", Standing::Done(Box::new(proxy)), published),
                row("DM", Standing::Unfinished { progress: failed }, PublishedSearch::default()),
                row(
                    "Whole",
                    Standing::Unfinished { progress: Content::Running { share: 0.25 } },
                    published,
                ),
            ],
        }
    }

    #[test]
    fn a_search_is_text_markdown_and_csv() {
        insta::assert_snapshot!("text", in_text(&table()));
        insta::assert_snapshot!("markdown", in_markdown(&table()));
        insta::assert_snapshot!("csv", csv::of_search(&table()));
    }
}
