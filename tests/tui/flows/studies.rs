//! From the list of studies to a table whose cells fill.

use stillroom::{
    queue::RunId,
    record::{
        Event, Fact,
        event::{Evaluation, Subject, VERSION},
    },
    study::{STUDIES, Study},
    wire::message::{StudyName, Wish},
};

use super::screen;
use crate::{
    fake_daemon::FakeDaemon,
    recorded::{RUN, finished, now, running, summary},
    terminal::Terminal,
};

const STUDY: &str = "ablation-strategy-small";

fn adds(daemon: &FakeDaemon) -> Vec<bool> {
    let named = StudyName { name: STUDY.to_owned(), text: String::new() };
    let wishes = daemon.wishes().into_iter().filter_map(|wish| match wish {
        Wish::AddStudy { study, dry } => {
            assert_eq!(study, named);
            Some(dry)
        }
        _ => None,
    });
    wishes.collect()
}

/// The list, with the cursor on the study.
fn at_list(daemon: &FakeDaemon) -> Terminal {
    let terminal = screen(daemon);
    terminal.wait_for_runs(&[12]);
    terminal.press("2");
    terminal.wait_for("▸ table-1-small");
    assert!(terminal.line(STUDY).contains("0/8"));
    terminal.press("jj");
    terminal.wait_for(&format!("▸ {STUDY}"));
    terminal
}

#[test]
fn a_study_is_opened_and_its_runs_are_added_after_a_question() {
    let daemon = FakeDaemon::start(vec![summary(running())]);
    let terminal = at_list(&daemon);
    terminal.press("\r");
    terminal.wait_for("╭ Strategy ablation, small");
    terminal.wait_for("all but flip");
    // A cell without a run says how to get one.
    terminal.press("\r");
    terminal.wait_for("no run has been added for this cell; a adds those that are missing");
    let question = [
        "Add the missing runs of ablation-strategy-small?",
        "8 runs go to the end of the queue.",
        "y  add 8 runs     n  leave it",
    ];
    terminal.press("a");
    terminal.wait_for_all(&question);
    terminal.press("n");
    terminal.wait_without("Add the missing runs");
    terminal.press("a");
    terminal.wait_for_all(&question);
    terminal.press("y");
    terminal.wait_for("8 runs of ablation-strategy-small added");
    assert_eq!(adds(&daemon), [true, true, false]);
    // Below the table stands what is to know of the cell under the cursor.
    terminal.wait_until("eight cells that wait", |shown| {
        let cells = shown.lines().filter(|line| !line.contains("ours"));
        cells.filter(|line| line.contains("○ queued")).count() == 8
    });
    // There is nothing left to ask.
    terminal.press("a");
    terminal.wait_for("all runs of ablation-strategy-small are there");
    terminal.press("\x1b");
    terminal.wait_for(&format!("▸ {STUDY}"));
    terminal.press("\x1b");
    terminal.wait_for("ablation-strategy-small  8 runs · 8 queued");
    terminal.wait_for_runs(&[12, 13, 14, 15, 16, 17, 18, 19, 20]);
}

#[test]
fn what_is_missing_can_be_added_from_the_list() {
    let daemon = FakeDaemon::start(vec![summary(running())]);
    let terminal = at_list(&daemon);
    terminal.press("a");
    terminal.wait_for("y  add 8 runs");
    terminal.press("y");
    terminal.wait_for("8 runs of ablation-strategy-small added");
    terminal.wait_until("eight cells that wait", |shown| {
        shown.lines().any(|line| line.contains(STUDY) && line.contains("8 queued"))
    });
    assert_eq!(adds(&daemon), [true, false]);
}

#[test]
fn a_cell_fills_when_its_run_is_through_and_leads_to_it() {
    let daemon = FakeDaemon::start(vec![summary(running())]);
    let terminal = at_list(&daemon);
    terminal.press("\ra");
    terminal.wait_for("y  add 8 runs");
    terminal.press("y");
    terminal.wait_for("added");
    // The second row is of the colours.
    let first = RunId::new(13);
    daemon.change(RunId::new(14), |run| run.state = running());
    terminal.wait_until("a cell under way", |shown| {
        shown.lines().any(|line| line.contains("│ color ") && line.contains("●"))
    });
    let accuracies = vec![0.8, 0.82, 0.84];
    let evaluation = Evaluation {
        subject: Subject::Synthetic,
        iteration: 150,
        accuracies,
        mean: 0.82,
        std: 0.016_33,
        augmentation: "none".to_owned(),
        network: String::new(),
        secs: 2.0,
        after: None,
    };
    let event = Event { v: VERSION, seq: 1, at: now(), fact: Fact::Evaluation(evaluation) };
    daemon.add_events_of(first, vec![event]);
    daemon.change(first, |run| run.state = finished());
    terminal.wait_for("82.0±1.6");
    terminal.wait_for("ours 82.0±1.6 %, 3 networks of 1 seed");
    terminal.press("\r");
    terminal.wait_for("› Run 13");
    terminal.press("\x1b");
    terminal.wait_for("╭ Strategy ablation, small");
}

#[test]
fn runs_that_there_are_already_are_not_added_again() {
    let shipped = STUDIES.iter().find(|shipped| shipped.name == STUDY).unwrap();
    let cells = Study::read(STUDY, shipped.text).unwrap().cells;
    let daemon = FakeDaemon::start(vec![summary(running())]);
    // Whoever has queued it, and for whatever: it does what the third cell asks for.
    daemon.give_spec(RUN, &cells[2].specs[0]);
    let terminal = at_list(&daemon);
    terminal.press("a");
    terminal.wait_for_all(&[
        "7 runs go to the end of the queue.",
        "1 run that it needs is there already.",
        "y  add 7 runs",
    ]);
    terminal.press("n");
    terminal.wait_without("Add the missing runs");
    assert_eq!(adds(&daemon), [true]);
}
