//! The screen of the real program on a terminal of its own, with a daemon that a test plays.

// Tests fail by panicking.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
// What was not tested, and how near pictures are, is told on standard error.
#![allow(clippy::print_stderr)]

mod fake_daemon;
mod flows;
mod keys;
mod leaving;
mod pictures;
mod recorded;
mod screen;
mod seen;
mod terminal;
mod waiting;
mod xterm;
