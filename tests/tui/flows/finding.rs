//! Runs that are looked for: by words, by their fields, by the order of a column, study by study.

use stillroom::queue::{RunId, RunSummary};

use super::screen;
use crate::{
    fake_daemon::FakeDaemon,
    recorded::{failed_before, finished, finished_before, queued, run, running, summary},
    terminal::Terminal,
};

fn of_study(study: &str, run: RunSummary) -> RunSummary {
    RunSummary { study: study.to_owned(), ..run }
}

fn scored(accuracy: f64, mut run: RunSummary) -> RunSummary {
    run.digest.accuracy = Some((accuracy, 0.004));
    run
}

/// Six runs, four of them of two studies.
fn started() -> (FakeDaemon, Terminal) {
    let mut matching = of_study("table-1-small", run(8, "DM, ten", finished_before(9)));
    "dm".clone_into(&mut matching.method);
    let daemon = FakeDaemon::start(vec![
        scored(0.959, matching),
        of_study("table-1-small", scored(0.7, run(9, "DSA, one", finished_before(8)))),
        run(10, "too fast", failed_before(7)),
        summary(running()),
        of_study("ablation-siamese", run(13, "siamese", queued())),
        of_study("ablation-siamese", run(14, "independent", queued())),
    ]);
    let terminal = screen(&daemon);
    terminal.wait_for_runs(&[12, 10, 13, 14, 9, 8]);
    (daemon, terminal)
}

#[test]
fn a_few_letters_find_runs_and_escape_shows_all_again() {
    let (_daemon, terminal) = started();
    terminal.press("/frstlgt");
    terminal.wait_for("1 of 6");
    terminal.wait_for_runs(&[12]);
    // Letters are text here; another word leaves fewer, and none.
    terminal.press("\x15table-1");
    terminal.wait_for_runs(&[9, 8]);
    terminal.press(" dm");
    terminal.wait_for_runs(&[8]);
    terminal.press("q");
    terminal.wait_for("0 of 6");
    terminal.press("\x1b");
    terminal.wait_for_runs(&[12, 10, 13, 14, 9, 8]);
}

#[test]
fn fields_find_runs_and_the_filter_holds_for_what_changes() {
    let (daemon, terminal) = started();
    terminal.press("/state:running\r");
    terminal.wait_for("Queue · /state:running: 1 of 6");
    terminal.wait_for_runs(&[12]);
    daemon.change(RunId::new(12), |run| run.state = finished());
    terminal.wait_for_runs(&[]);
    terminal.wait_for("0 of 6");
    terminal.press("/\x15state:queued,failed !independent\r");
    terminal.wait_for("Queue · /state:queued,failed !independent: 2 of 6");
    terminal.wait_for_runs(&[13, 10]);
    terminal.press("/\x15acc>90\r");
    terminal.wait_for_runs(&[8]);
    // Marks are of what is shown.
    terminal.press("v");
    terminal.wait_for("1 marked");
    terminal.press("\x1b");
    terminal.wait_without("marked");
    terminal.press("\x1b");
    terminal.wait_for_runs(&[13, 14, 12, 10, 9, 8]);
}

#[test]
fn a_field_that_there_is_not_is_told_while_it_is_typed() {
    let (_daemon, terminal) = started();
    terminal.press("/metod:dm");
    terminal.wait_for("`metod` is no field; there are method, set, ipc");
    terminal.wait_for("6 of 6");
    terminal.press("\x15method:dm");
    terminal.wait_without("is no field");
    terminal.wait_for_runs(&[8]);
}

#[test]
fn runs_are_sorted_by_a_column_either_way() {
    let (_daemon, terminal) = started();
    terminal.press("t");
    terminal.wait_for_runs(&[12, 13, 14, 10, 9, 8]);
    terminal.press("o");
    terminal.wait_for("Queue · by run ▴");
    terminal.wait_for_runs(&[8, 9, 10, 12, 13, 14]);
    terminal.press("O");
    terminal.wait_for("Queue · by run ▾");
    terminal.wait_for_runs(&[14, 13, 12, 10, 9, 8]);
    // On to the accuracies: what is not scored stands last either way.
    terminal.press(&"o".repeat(11));
    terminal.wait_for("Queue · by accuracy ▴");
    terminal.wait_for_runs(&[9, 12, 8, 13, 14, 10]);
    terminal.press("O");
    terminal.wait_for("accuracy %▾");
    terminal.wait_for_runs(&[8, 12, 9, 13, 14, 10]);
}

#[test]
fn studies_are_folded_and_ungrouped() {
    let (_daemon, terminal) = started();
    terminal.wait_for_all(&[
        "▾ no study  2 runs · 1 running · 1 failed",
        "▾ ablation-siamese  2 runs · 2 queued",
        "▾ table-1-small  2 runs · 2 finished",
    ]);
    terminal.press("jjj");
    terminal.wait_for_cursor(13);
    terminal.press("\t");
    terminal.wait_for("▹ ablation-siamese  2 runs · 2 queued");
    terminal.wait_for_runs(&[12, 10, 9, 8]);
    // The heading stands for its runs.
    terminal.press("c");
    terminal.wait_for("Cancel 2 runs?");
    terminal.press("n\r");
    terminal.wait_for("▾ ablation-siamese");
    terminal.wait_for_runs(&[12, 10, 13, 14, 9, 8]);
    terminal.press("t");
    terminal.wait_without("ablation-siamese  2 runs");
    terminal.wait_for_runs(&[12, 13, 14, 10, 9, 8]);
    terminal.press("t");
    terminal.wait_for("▾ table-1-small  2 runs · 2 finished");
}
