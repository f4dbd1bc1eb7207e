//! The program and another machine: a real `sshd` on this one's loopback, with keys, a port and folders of its
//! own, the user's `ssh` before it, and a daemon behind it whose workers are stand-ins.
//!
//! Needs `sshd`, `ssh` and `ssh-keygen`. Without them the tests say so and pass, unless
//! `STILLROOM_REQUIRE_REAL_PARTS` is set.

// Test code fails by panicking.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
// What was not tested, and what was counted, is told on standard error.
#![allow(clippy::print_stderr)]

mod bad;
mod cuts;
mod data;
mod ended;
mod fake_agent;
mod floods;
mod follower;
mod install;
mod many;
mod pair;
mod parts;
mod screen;
mod server;
mod silences;
mod spread;
mod work;
mod xterm;

// What other groups of tests use too; each uses a part of it.
#[allow(dead_code)]
#[path = "../tui/fake_daemon/mod.rs"]
mod fake_daemon;
#[path = "../queue/fake_worker.rs"]
mod fake_worker;
#[allow(dead_code)]
#[path = "../queue/home.rs"]
mod home;
#[path = "../queue/outcome.rs"]
mod outcome;
#[allow(dead_code)]
#[path = "../tui/recorded.rs"]
mod recorded;
#[path = "../tui/seen.rs"]
mod seen;
#[allow(dead_code)]
#[path = "../tui/terminal.rs"]
mod terminal;
#[allow(dead_code)]
#[path = "../tui/waiting.rs"]
mod waiting;

/// Not a test: the worker process of the others, which call this program again through a script.
#[test]
#[ignore = "the worker of the other tests"]
fn worker_process() {
    fake_worker::main();
}
