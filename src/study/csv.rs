//! Tables of studies as comma-separated values.

// Writing to a string cannot fail.
use std::fmt::Write as _;

use super::{SearchTable, Table, search::Standing, table::Content};

/// A field: in quotes where it has to be.
pub fn field(text: &str) -> String {
    if text.contains(['"', ',', '\n', '\r']) {
        format!("\"{}\"", text.replace('"', "\"\""))
    } else {
        text.to_owned()
    }
}

/// A table, a line for each cell.
pub fn of_table(table: &Table) -> String {
    let mut text = "row,column,state,mean,std,count,published_mean,published_std\n".to_owned();
    for (name, entries) in &table.rows {
        for (entry, column) in entries.iter().zip(&table.columns) {
            let (state, ours) = match &entry.ours {
                Content::Missing => ("missing", None),
                Content::Pending => ("pending", None),
                Content::Running { .. } => ("running", None),
                Content::Failed { .. } => ("failed", None),
                Content::Done { summary, .. } => ("done", Some(summary)),
            };
            let ours = ours.map_or(",,".to_owned(), |summary| {
                format!("{:.4},{:.4},{}", summary.mean, summary.std, summary.count)
            });
            let published = entry.published.value;
            let published = published.map_or(",".to_owned(), |(mean, std)| {
                let std = std.map(|std| format!("{:.4}", std / 100.0)).unwrap_or_default();
                format!("{:.4},{std}", mean / 100.0)
            });
            let (name, column) = (field(name), field(column));
            let _ = writeln!(text, "{name},{column},{state},{ours},{published}");
        }
    }
    text
}

/// A search, a line for each row and architecture.
pub fn of_search(table: &SearchTable) -> String {
    let mut text = "row,architecture,accuracy,std,networks,secs,reference\n".to_owned();
    for row in &table.rows {
        let Standing::Done(proxy) = &row.ours else { continue };
        for point in &proxy.points {
            let name = field(&row.name);
            let accuracy = &point.accuracy;
            let reference = point.reference.map_or_else(String::new, |value| format!("{value:.6}"));
            let _ = writeln!(
                text,
                "{name},{},{:.6},{:.6},{},{:.3},{reference}",
                point.architecture, accuracy.mean, accuracy.std, accuracy.count, point.secs
            );
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_with_commas_are_quoted() {
        assert_eq!([field("a"), field("a,\"b\"")], ["a", "\"a,\"\"b\"\"\""]);
    }
}
