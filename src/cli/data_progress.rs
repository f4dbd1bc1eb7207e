//! How far a download or a long look at pictures has come: on a terminal a line that is written anew a few
//! times a second; elsewhere only what goes wrong; for scripts a line of JSON for each step.

use std::{
    io::{self, IsTerminal, Write},
    sync::{Mutex, PoisonError},
    time::{Duration, Instant},
};

use super::output;
use crate::{data::fetch::Step, harmless::plain};

/// Time between two lines.
const PAUSE: Duration = Duration::from_millis(200);

/// Counts pictures on standard error.
pub struct Counter {
    shown: bool,
    last: Mutex<Option<Instant>>,
}

impl Counter {
    /// A counter that is silent where nobody looks or scripts do.
    pub fn new(json: bool) -> Self {
        Self { shown: !json && io::stderr().is_terminal(), last: Mutex::new(None) }
    }

    /// So many of so many are done.
    pub fn count(&self, done: usize, of: usize) {
        if !self.shown {
            return;
        }
        let mut last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
        if last.is_none_or(|last| last.elapsed() > PAUSE) {
            *last = Some(Instant::now());
            // Who does not see it misses nothing.
            let _ = write!(io::stderr().lock(), "\r\x1b[K  {done} of {of} pictures");
        }
    }

    /// Takes the line away.
    pub fn end(&self) {
        let last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
        if last.is_some() {
            let _ = write!(io::stderr().lock(), "\r\x1b[K");
        }
    }
}

/// Shows the steps of a download.
pub struct Download {
    json: bool,
    terminal: bool,
    /// Whether a line stands there that the next one takes the place of.
    open: bool,
    /// When the file that is coming began to come, and how much of it was there then.
    since: Option<(String, Instant, u64)>,
}

impl Download {
    /// Shows steps to a script, or to whoever looks.
    pub fn new(json: bool) -> Self {
        Self { json, terminal: io::stderr().is_terminal(), open: false, since: None }
    }

    /// Shows a step. Who does not see it misses nothing.
    pub fn show(&mut self, step: &Step) {
        if self.json {
            let _ = output::json(step);
            return;
        }
        match step {
            Step::Coming { file, bytes, total } if self.terminal => {
                let line = self.coming(file, *bytes, *total);
                let line = plain(&line, output::SIGN);
                let _ = write!(io::stderr().lock(), "\r\x1b[K{line}");
                self.open = true;
            }
            Step::Coming { .. } => {}
            Step::Waiting { file, problem, secs } => {
                self.say(&format!("{file}: {problem}; the next try is in {secs:.0} s"));
            }
            Step::Elsewhere { file, problem } => {
                self.say(&format!("{file}: {problem}; trying the next address"));
            }
            Step::Complete { file, bytes, compared } => {
                let sum = if *compared { "its sum is right" } else { "no published sum" };
                self.say(&format!("{file}: {}, {sum}", megabytes(*bytes)));
                self.since = None;
            }
        }
    }

    fn coming(&mut self, file: &str, bytes: u64, total: Option<u64>) -> String {
        if self.since.as_ref().is_none_or(|(name, ..)| name != file) {
            self.since = Some((file.to_owned(), Instant::now(), bytes));
        }
        let rate = self.since.as_ref().map(|(_, began, had)| {
            bytes.saturating_sub(*had) as f64 / began.elapsed().as_secs_f64().max(0.001)
        });
        let whole = total.filter(|total| *total > 0).map(|total| {
            let percent = bytes as f64 / total as f64 * 100.0;
            format!(" of {}, {percent:.0} %", megabytes(total))
        });
        let rate = rate.filter(|rate| *rate > 1.0);
        let rate = rate.map(|rate| format!(", {}/s", megabytes(rate as u64)));
        let [whole, rate] = [whole, rate].map(Option::unwrap_or_default);
        format!("  {file}  {}{whole}{rate}", megabytes(bytes))
    }

    fn say(&mut self, text: &str) {
        let start = if std::mem::take(&mut self.open) { "\r\x1b[K" } else { "" };
        let text = plain(text, output::SIGN);
        let _ = writeln!(io::stderr().lock(), "{start}{text}");
    }

    /// Takes a line that still stands there away.
    pub fn end(&mut self) {
        if std::mem::take(&mut self.open) {
            let _ = write!(io::stderr().lock(), "\r\x1b[K");
        }
    }
}

fn megabytes(bytes: u64) -> String {
    format!("{:.1} MB", bytes as f64 / 1e6)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_says_how_much_of_how_much() {
        let mut download = Download::new(false);
        let line = download.coming("x.gz", 5_000_000, Some(20_000_000));
        assert!(line.starts_with("  x.gz  5.0 MB of 20.0 MB, 25 %"), "{line}");
        assert!(!line.contains("/s"), "{line}");
        assert_eq!(download.coming("y", 0, None), "  y  0.0 MB");
    }
}
