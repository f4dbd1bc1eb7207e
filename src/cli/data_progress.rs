//! How far a long look at data has come: on a terminal a line that is written anew a few times a second,
//! elsewhere nothing.

use std::{
    io::{self, IsTerminal, Write},
    sync::{Mutex, PoisonError},
    time::{Duration, Instant},
};

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
