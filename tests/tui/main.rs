//! The screen of the real program on a terminal of its own, with a daemon that a test plays.

// Tests fail by panicking.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod fake_daemon;
mod keys;
mod leaving;
mod pictures;
mod recorded;
mod terminal;
