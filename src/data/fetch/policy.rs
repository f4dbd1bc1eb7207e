//! How patient a download is: waits, tries, and the most that is taken.

use std::time::Duration;

/// How patient a download is.
#[derive(Debug, Clone, Copy)]
pub struct Policy {
    /// Longest wait for a connection.
    pub connect: Duration,
    /// Longest wait for an answer, and between two parts of it.
    pub stall: Duration,
    /// How many tries in a row may bring nothing.
    pub tries: u32,
    /// How many tries there may be in all.
    pub most_tries: u32,
    /// Wait after the first try that brought nothing; it doubles with each.
    pub pause: Duration,
    /// Longest wait, also where the server asks for a longer one.
    pub longest_pause: Duration,
    /// Most bytes of one file.
    pub most_bytes: u64,
    /// Time between two reports of how much has come.
    pub report: Duration,
}

impl Default for Policy {
    fn default() -> Self {
        Self {
            connect: Duration::from_secs(20),
            stall: Duration::from_secs(30),
            tries: 6,
            most_tries: 1_000,
            pause: Duration::from_secs(1),
            longest_pause: Duration::from_mins(1),
            most_bytes: 8 << 30,
            report: Duration::from_millis(200),
        }
    }
}

#[cfg(test)]
impl Policy {
    /// For tests against a server beside them.
    pub(super) fn hasty() -> Self {
        Self {
            connect: Duration::from_secs(5),
            stall: Duration::from_millis(300),
            tries: 3,
            most_tries: 20,
            pause: Duration::from_millis(5),
            longest_pause: Duration::from_millis(20),
            most_bytes: 1 << 24,
            report: Duration::ZERO,
        }
    }
}
