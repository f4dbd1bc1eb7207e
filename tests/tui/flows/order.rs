//! Waiting runs that are put further to the front, or to the end.

use stillroom::queue::{Command, RunId};

use super::screen;
use crate::{
    fake_daemon::FakeDaemon,
    recorded::{finished_before, queued, run, running, summary},
    terminal::Terminal,
};

/// One run is under way, four wait, and one is through.
fn started() -> (FakeDaemon, Terminal) {
    let waiting = [13, 14, 15, 16].map(|id| run(id, &format!("seed {id}"), queued()));
    let mut runs = vec![run(11, "the first", finished_before(5)), summary(running())];
    runs.extend(waiting);
    let daemon = FakeDaemon::start(runs);
    let terminal = screen(&daemon);
    terminal.wait_for_runs(&[12, 13, 14, 15, 16, 11]);
    (daemon, terminal)
}

fn arranged(moved: &[u64], before: Option<u64>) -> Command {
    let runs = moved.iter().copied().map(RunId::new).collect();
    Command::Arrange { runs, before: before.map(RunId::new) }
}

#[test]
fn a_run_is_moved_past_its_neighbours_and_not_past_the_ends() {
    let (daemon, terminal) = started();
    terminal.press("jjj");
    terminal.wait_for_cursor(15);
    terminal.press("K");
    terminal.wait_for_runs(&[12, 13, 15, 14, 16, 11]);
    terminal.wait_for_cursor(15);
    terminal.press("K");
    terminal.wait_for_runs(&[12, 15, 13, 14, 16, 11]);
    // The one that runs has its place by its state.
    terminal.press("KJ");
    terminal.wait_for_runs(&[12, 13, 15, 14, 16, 11]);
    terminal.press("J");
    terminal.wait_for_runs(&[12, 13, 14, 15, 16, 11]);
    terminal.press("J");
    terminal.wait_for_runs(&[12, 13, 14, 16, 15, 11]);
    terminal.wait_for_cursor(15);
    terminal.press("JK");
    terminal.wait_for_runs(&[12, 13, 14, 15, 16, 11]);
    let wished = [Some(14), Some(13), Some(14), Some(16), None, Some(16)];
    assert_eq!(daemon.commands(), wished.map(|before| arranged(&[15], before)));
}

#[test]
fn marked_runs_move_together() {
    let (daemon, terminal) = started();
    terminal.press("jj j ");
    terminal.wait_for("2 marked");
    terminal.press("K");
    terminal.wait_for_runs(&[12, 14, 16, 13, 15, 11]);
    terminal.press("J");
    terminal.wait_for_runs(&[12, 13, 14, 16, 15, 11]);
    assert_eq!(daemon.commands(), [arranged(&[14, 16], Some(13)), arranged(&[14, 16], Some(15))]);
}

#[test]
fn what_cannot_be_moved_says_why() {
    let (daemon, terminal) = started();
    terminal.press("K");
    terminal.wait_for("only runs that wait can be moved");
    terminal.press("jo");
    terminal.wait_for("Queue · by run ▴");
    terminal.press("J");
    terminal.wait_for("runs can be moved in the order of the queue alone; o leads back to it");
    // Round through all columns.
    terminal.press(&"o".repeat(13));
    terminal.wait_without("Queue · by");
    terminal.press("J");
    terminal.wait_for_runs(&[12, 14, 13, 15, 16, 11]);
    assert_eq!(daemon.commands(), [arranged(&[13], Some(15))]);
}
