//! Standard output that does not mind being closed (`stillroom ls | head` is no failure), and through which no
//! text from outside reaches the terminal as anything else than text.

use std::{
    fmt::Write as _,
    io::{self, IsTerminal, Write},
};

use serde::Serialize;

use super::failure::Failure;
use crate::harmless::{is_harmful, plain, plain_lines};

/// What stands in the place of a character that a terminal would obey or not show.
pub const SIGN: &str = "?";
/// The clearing of a line, with the cursor at its beginning.
const CLEAR: &str = "\r\u{1b}[K";

/// Writes text of one line or more without anything harmful, and shows it at once.
pub fn text(text: &str) -> Result<(), Failure> {
    raw(&plain_lines(text, SIGN))
}

/// Writes in the place of the last line of a terminal, which stays open.
pub fn over(line: &str) -> Result<(), Failure> {
    raw(&format!("{CLEAR}{}", plain(line, SIGN)))
}

/// Whether somebody watches the output.
pub fn is_terminal() -> bool {
    io::stdout().is_terminal()
}

fn raw(text: &str) -> Result<(), Failure> {
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
    let written =
        written.map_err(|error| Failure::Said(format!("the answer is no JSON: {error}")))?;
    raw(&format!("{}\n", escaped(&written)))
}

/// JSON that a terminal can show: what is harmful stands in strings alone, where an escape means the same.
fn escaped(json: &str) -> String {
    let mut text = String::with_capacity(json.len());
    for c in json.chars() {
        if is_harmful(c) {
            let mut units = [0; 2];
            for unit in c.encode_utf16(&mut units) {
                // A text has room for everything.
                let _ = write!(text, "\\u{unit:04x}");
            }
        } else {
            text.push(c);
        }
    }
    text
}

/// Writes rows as columns, each as wide as it has to be, the first row as the header.
pub fn table<R: AsRef<[String]>>(rows: &[R]) -> Result<(), Failure> {
    text(&columns(rows))
}

/// The same as text. A cell is one line, whatever is in it.
pub fn columns<R: AsRef<[String]>>(rows: &[R]) -> String {
    let harmless = |cell: &String| plain(cell, SIGN).into_owned();
    let rows: Vec<Vec<String>> =
        rows.iter().map(|row| row.as_ref().iter().map(harmless).collect()).collect();
    let mut widths: Vec<usize> = Vec::new();
    for row in &rows {
        for (column, cell) in row.iter().enumerate() {
            let width = cell.chars().count();
            match widths.get_mut(column) {
                Some(widest) => *widest = width.max(*widest),
                None => widths.push(width),
            }
        }
    }
    let mut lines = String::new();
    for row in &rows {
        let mut line = String::new();
        for (cell, width) in row.iter().zip(&widths) {
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
    fn json_means_the_same_when_it_is_escaped() {
        let name = "a\u{1b}[2J\u{202e}b\u{9b}\u{e0001}\u{e4}\"";
        let json = escaped(&serde_json::to_string(name).unwrap());
        assert!(!json.contains(is_harmful), "{json}");
        assert_eq!(serde_json::from_str::<String>(&json).unwrap(), name);
    }

    #[test]
    fn a_cell_cannot_leave_its_place() {
        let rows = [["A", "B"], ["x\ny\u{1b}[1A\u{202e}", "z"]].map(|row| row.map(str::to_owned));
        assert_eq!(columns(&rows), "A         B\nx?y?[1A?  z\n");
    }

    #[test]
    fn columns_are_as_wide_as_their_widest_cell() {
        let rows = [["A", "B"], ["\u{e4}\u{f6}\u{fc}", "1 ± 2"], ["", "x"]];
        let rows = rows.map(|row| row.map(str::to_owned));
        assert_eq!(columns(&rows), "A    B\n\u{e4}\u{f6}\u{fc}  1 ± 2\n     x\n");
    }
}
