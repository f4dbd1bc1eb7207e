//! The run under the cursor, shown below the list once the cursor rests.

use stillroom::{queue::RunId, wire::message::Wish};

use super::screen;
use crate::{
    fake_daemon::FakeDaemon,
    recorded::{RUN, SHEET, finished_before, queued, run, summary},
    terminal::until,
};

const OTHER: RunId = RunId::new(11);

/// The recorded run, another one that did the same, and one that waits.
fn daemon() -> FakeDaemon {
    let mut newest = summary(finished_before(1));
    newest.digest.accuracy = None;
    let daemon = FakeDaemon::start(vec![
        run(10, "in between", finished_before(3)),
        run(OTHER.number, "the other", finished_before(5)),
        newest,
        run(13, "to come", queued()),
    ]);
    daemon.give_recorded_log(OTHER);
    daemon.add_picture(50, SHEET.to_vec(), [28, 28]);
    daemon.add_picture_of(OTHER, 100, SHEET.to_vec(), [28, 28]);
    daemon
}

fn watched(daemon: &FakeDaemon) -> Vec<Wish> {
    let of_runs = |wish: &Wish| matches!(wish, Wish::WatchHistory { .. } | Wish::UnwatchRun { .. });
    daemon.wishes().into_iter().filter(of_runs).collect()
}

#[test]
fn the_preview_follows_the_cursor_when_it_rests() {
    let daemon = daemon();
    let terminal = screen(&daemon);
    terminal.wait_for_runs(&[13, 12, 10, 11]);
    terminal.wait_for_cursor(13);
    terminal.wait_for_all(&["╭ Run 13 to come", "not started yet", "no picture yet"]);
    daemon.wait_for_wish(&Wish::WatchHistory { run: RunId::new(13) });
    terminal.press("j");
    terminal.wait_for("╭ Run 12 first light");
    terminal.wait_for("iteration 50");
    let images = terminal.inside("Synthetic images");
    until(|| !terminal.colours(&images).is_empty(), || terminal.text());
    // What is passed over is not watched.
    terminal.press("jj");
    terminal.wait_for("╭ Run 11 the other");
    terminal.wait_for("iteration 100");
    let (watch, leave) = (|run| Wish::WatchHistory { run }, |run| Wish::UnwatchRun { run });
    let first = RunId::new(13);
    assert_eq!(
        watched(&daemon),
        [watch(first), leave(first), watch(RUN), leave(RUN), watch(OTHER)]
    );
    // What the screen of the run shows, it knows already.
    terminal.press("\r");
    terminal.wait_for("› Run 11");
    terminal.wait_for("Matching distance");
    terminal.press("\x1b");
    terminal.wait_for("╭ Run 11 the other");
    assert_eq!(watched(&daemon).iter().filter(|wish| **wish == watch(OTHER)).count(), 1);
}

#[test]
fn a_picture_that_comes_is_shown_at_once() {
    let daemon = daemon();
    let terminal = screen(&daemon);
    terminal.wait_for_cursor(13);
    terminal.press("j");
    terminal.wait_for("iteration 50");
    daemon.add_picture(100, SHEET.to_vec(), [28, 28]);
    terminal.wait_for("iteration 100");
}

#[test]
fn a_study_under_the_cursor_is_told_of_instead() {
    let daemon = daemon();
    for run in [10, 11] {
        daemon.change(RunId::new(run), |run| run.study = "table-1-small".to_owned());
    }
    let terminal = screen(&daemon);
    terminal.wait_for_runs(&[13, 12, 10, 11]);
    terminal.press("jj");
    terminal.wait_for("╭ Study table-1-small");
    terminal.wait_for("of a run, when one is selected");
}
