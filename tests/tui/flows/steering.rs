//! Runs that are paused, stopped, resumed and tried again.

use stillroom::{
    queue::{
        Command, RunId,
        transition::{Departure, Happening},
    },
    record::event::Outcome,
};

use super::screen;
use crate::{
    fake_daemon::FakeDaemon,
    recorded::{failed_before, finished_before, now, run, running, summary},
};

const BUSY: RunId = RunId::new(12);

#[test]
fn a_run_pauses_goes_on_stops_and_waits_again() {
    let daemon = FakeDaemon::start(vec![summary(running())]);
    let terminal = screen(&daemon);
    terminal.wait_for_run(12, "● running");
    terminal.press("p");
    terminal.wait_for("run 12 pauses at its next control point");
    terminal.wait_for_run(12, "pausing");
    daemon.change(BUSY, |run| run.digest.paused = true);
    terminal.wait_for_run(12, "‖ paused");
    terminal.press("p");
    terminal.wait_for("run 12 goes on");
    terminal.wait_for_run(12, "● running");
    terminal.press("s");
    terminal.wait_for("run 12 writes a checkpoint and stops");
    terminal.wait_for_run(12, "stopping");
    terminal.wait_for("then it can be resumed");
    let departure = Departure { outcome: Some(Outcome::Stopped), cause: String::new() };
    daemon.happen(BUSY, Happening::Left(departure));
    terminal.wait_for_run(12, "■ stopped");
    terminal.press("r");
    terminal.wait_for("run 12 is queued");
    terminal.wait_for_run(12, "○ queued");
    let wished = [
        Command::Pause { run: BUSY },
        Command::Resume { run: BUSY },
        Command::Stop { run: BUSY },
        Command::Resume { run: BUSY },
    ];
    assert_eq!(daemon.commands(), wished);
}

#[test]
fn a_failed_run_is_tried_again_and_a_finished_one_is_not() {
    let daemon = FakeDaemon::start(vec![
        run(10, "too fast", failed_before(9)),
        run(11, "the first", finished_before(5)),
    ]);
    let terminal = screen(&daemon);
    terminal.wait_for_runs(&[11, 10]);
    terminal.press("r");
    terminal.wait_for("run 11 is finished and cannot be resumed");
    terminal.wait_for("Add its spec again, perhaps with another seed.");
    terminal.press("j");
    terminal.wait_for("Lower condense.image_lr.");
    terminal.press("r");
    terminal.wait_for("run 10 is queued");
    // It waits now, in front of what is over, and the cursor has gone with it.
    terminal.wait_for_runs(&[10, 11]);
    terminal.wait_for_cursor(10);
    let wished = [Command::Resume { run: RunId::new(11) }, Command::Retry { run: RunId::new(10) }];
    assert_eq!(daemon.commands(), wished);
}

#[test]
fn marked_runs_go_on_each_in_its_own_way() {
    let interrupted = stillroom::queue::RunState::Interrupted {
        at: now(),
        reason: "its worker was killed by signal 9".to_owned(),
    };
    let daemon = FakeDaemon::start(vec![
        run(9, "in the night", interrupted),
        run(10, "too fast", failed_before(9)),
        run(11, "the first", finished_before(5)),
    ]);
    let terminal = screen(&daemon);
    terminal.wait_for_runs(&[9, 11, 10]);
    terminal.press("vr");
    terminal.wait_for("2 runs go on");
    terminal.wait_for_run(9, "queued");
    terminal.wait_for_run(10, "queued");
    terminal.wait_for_run(11, "finished");
    let wished = [Command::Resume { run: RunId::new(9) }, Command::Retry { run: RunId::new(10) }];
    assert_eq!(daemon.commands(), wished);
    // None of them can be paused.
    terminal.press("p");
    terminal.wait_for("none of the 3 runs can be paused now");
}

#[test]
fn a_picture_is_asked_for_on_the_screen_of_a_run() {
    let daemon = FakeDaemon::start(vec![summary(running())]);
    let terminal = screen(&daemon);
    terminal.wait_for_run(12, "● running");
    terminal.press("\r");
    terminal.wait_for("› Run 12");
    terminal.press("i");
    terminal.wait_for("run 12 takes a picture at its next control point");
    assert_eq!(daemon.commands(), [Command::Snapshot { run: BUSY }]);
}
