//! The real program with its daemon, sockets and worker processes, each test in a data directory of its
//! own. Only the work itself is a stand-in: see `fake_worker`.

// Test code fails by panicking.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod bad_input;
mod changes;
mod devices;
mod fake_worker;
mod foreground;
mod home;
mod kills;
mod lifecycle;
mod long_lists;
mod long_logs;
mod outcome;
mod played_slurm;
mod protocol;
mod single_daemon;
mod slurm_batches;
mod slurm_troubles;
mod studies;
mod terminal;

/// Not a test: the worker process of the others, which call this program again through a script.
#[test]
#[ignore = "the worker of the other tests"]
fn worker_process() {
    fake_worker::main();
}
