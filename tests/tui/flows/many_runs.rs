//! Runs that are marked and given up or deleted together: what is asked before says what will happen, and to how many.

use stillroom::queue::{
    Command, RunId,
    transition::{Departure, Happening},
};

use super::{ids, screen};
use crate::{
    fake_daemon::FakeDaemon,
    recorded::{failed_before, finished, finished_before, queued, run, running, summary},
    terminal::Terminal,
};

/// One run is under way, three wait, one is through, and one has failed.
fn daemon() -> FakeDaemon {
    FakeDaemon::start(vec![
        run(10, "too fast", failed_before(9)),
        run(11, "the first", finished_before(5)),
        summary(running()),
        run(13, "seed one", queued()),
        run(14, "seed two", queued()),
        run(15, "seed three", queued()),
    ])
}

fn started(daemon: &FakeDaemon) -> Terminal {
    let terminal = screen(daemon);
    terminal.wait_for_runs(&[12, 13, 14, 15, 11, 10]);
    terminal.wait_for_cursor(12);
    terminal
}

fn marked(terminal: &Terminal) -> Vec<u64> {
    terminal.listed().iter().filter(|line| line.is_marked).map(|line| line.run).collect()
}

#[test]
fn marked_runs_are_cancelled_after_a_question_that_counts_them() {
    let daemon = daemon();
    let terminal = started(&daemon);
    // Space marks and goes on: 12, 13, not 14, then 15 and 11.
    terminal.press("  j  ");
    terminal.wait_for("4 marked");
    assert_eq!(marked(&terminal), [12, 13, 15, 11]);
    terminal.press("c");
    terminal.wait_for_all(&[
        "Cancel 3 runs?",
        "2 leave the queue before they have started.",
        "1 worker writes a checkpoint and leaves; it will have no",
        "1 more is over already and stays as it is.",
        "12 first light; 13 seed one; 15 seed three",
        "y  cancel 3 runs     n  keep them",
    ]);
    terminal.press("n");
    terminal.wait_without("Cancel 3 runs?");
    terminal.wait_for_run(13, "queued");
    terminal.press("c");
    terminal.wait_for("Cancel 3 runs?");
    terminal.press("y");
    terminal.wait_for("3 runs are being cancelled");
    // The no has wished nothing.
    assert_eq!(daemon.commands(), ids([12, 13, 15]).map(|run| Command::Cancel { run }));
    terminal.wait_for_run(12, "stopping");
    terminal.wait_for_run(13, "cancelled");
    terminal.wait_for_run(14, "queued");
    let departure = Departure { outcome: None, cause: String::new() };
    daemon.happen(RunId::new(12), Happening::Left(departure));
    terminal.wait_for_run(12, "⊘ cancelled");
    terminal.press("\x1b");
    terminal.wait_without("marked");
}

#[test]
fn all_runs_but_the_busy_one_are_deleted_after_a_question_that_counts_them() {
    let daemon = daemon();
    let terminal = started(&daemon);
    terminal.press("v");
    terminal.wait_for("6 marked");
    let question = [
        "Delete 5 runs?",
        "Their 5 folders go for good, with images, checkpoints and",
        "one of them with a result.",
        "1 more has a worker and stays; cancel it first.",
        "3 of them have not started yet.",
        "10 too fast; 11 the first; 13 seed one; 14 seed two; 1 more",
        "y  delete 5 runs     n  keep them",
    ];
    terminal.press("D");
    terminal.wait_for_all(&question);
    terminal.press("n");
    terminal.wait_without("Delete 5 runs?");
    assert_eq!(terminal.listed().len(), 6);
    terminal.press("D");
    terminal.wait_for_all(&question);
    terminal.press("y");
    terminal.wait_for("5 runs are deleted, with their folders");
    terminal.wait_for_runs(&[12]);
    assert_eq!(daemon.commands(), ids([10, 11, 13, 14, 15]).map(|run| Command::Remove { run }));
}

#[test]
fn a_question_follows_its_run_and_a_late_yes_does_nothing() {
    let daemon = daemon();
    let terminal = started(&daemon);
    terminal.press("c");
    terminal.wait_for_all(&[
        "Cancel run 12 \"first light\" (dsa, mnist-5k, 1 per class)?",
        "Worker 4242 on cpu writes a checkpoint and leaves; there will",
        "y  cancel run 12     n  keep it",
    ]);
    daemon.change(RunId::new(12), |run| run.state = finished());
    terminal.wait_for("Run 12 is finished now; there is nothing to cancel.");
    terminal.wait_without("cancel run 12");
    terminal.press("y");
    terminal.wait_without("there is nothing to cancel");
    // What is wished next is the first wish.
    terminal.press("y");
    terminal.wait_for("run 16 is queued, a clone of run 12");
    assert_eq!(daemon.commands(), [Command::Clone { run: RunId::new(12), set: Vec::new() }]);
}
