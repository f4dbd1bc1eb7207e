//! Standard output that does not mind being closed: `stillroom ls | head` is no failure.

use std::io::{self, Write};

use serde::Serialize;

use super::failure::Failure;

/// Writes text as it is, and shows it at once.
pub fn text(text: &str) -> Result<(), Failure> {
    let mut out = io::stdout().lock();
    let written = out.write_all(text.as_bytes()).and_then(|()| out.flush());
    written.map_err(|source| match source.kind() {
        io::ErrorKind::BrokenPipe => Failure::OutputClosed,
        _ => Failure::System { what: "the output cannot be written", source },
    })
}

/// Writes a line.
pub fn line(line: &str) -> Result<(), Failure> {
    text(&format!("{line}\n"))
}

/// Writes a value as one line of JSON.
pub fn json<T: Serialize>(value: &T) -> Result<(), Failure> {
    let written = serde_json::to_string(value);
    line(&written.map_err(|error| Failure::Said(format!("the answer is no JSON: {error}")))?)
}

/// Writes rows as columns, each as wide as it has to be, the first row as the header.
pub fn table<R: AsRef<[String]>>(rows: &[R]) -> Result<(), Failure> {
    text(&columns(rows))
}

/// The same as text.
pub fn columns<R: AsRef<[String]>>(rows: &[R]) -> String {
    let mut widths: Vec<usize> = Vec::new();
    for row in rows {
        for (column, cell) in row.as_ref().iter().enumerate() {
            let width = cell.chars().count();
            match widths.get_mut(column) {
                Some(widest) => *widest = width.max(*widest),
                None => widths.push(width),
            }
        }
    }
    let mut lines = String::new();
    for row in rows {
        let mut line = String::new();
        for (cell, width) in row.as_ref().iter().zip(&widths) {
            line.push_str(cell);
            line.extend(std::iter::repeat_n(' ', width + 2 - cell.chars().count()));
        }
        lines.push_str(line.trim_end());
        lines.push('\n');
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_as_wide_as_their_widest_cell() {
        let rows = [["A", "B"], ["\u{e4}\u{f6}\u{fc}", "1 ± 2"], ["", "x"]];
        let rows = rows.map(|row| row.map(str::to_owned));
        assert_eq!(columns(&rows), "A    B\n\u{e4}\u{f6}\u{fc}  1 ± 2\n     x\n");
    }
}
