//! The same run once more, as it is or with changes.

use stillroom::{
    queue::{Command, RunId},
    spec::{Method, defaults::published},
    wire::message::Wish,
};

use super::{added, screen};
use crate::{
    fake_daemon::FakeDaemon,
    recorded::{finished_before, run},
};

const ORIGINAL: RunId = RunId::new(11);

/// A finished run of a study, with settings of its own.
fn daemon() -> FakeDaemon {
    let mut original = run(ORIGINAL.number, "slow and sure", finished_before(5));
    original.seed = 7;
    "table-1-small".clone_into(&mut original.study);
    let daemon = FakeDaemon::start(vec![original]);
    let mut spec = published(Method::Dsa, "mnist-5k", 1);
    (spec.name, spec.seed, spec.condense.image_lr) = ("slow and sure".to_owned(), 7, 0.25);
    daemon.give_spec(ORIGINAL, &spec);
    daemon
}

#[test]
fn a_clone_is_queued_and_the_list_stays() {
    let daemon = daemon();
    let terminal = screen(&daemon);
    terminal.wait_for_cursor(11);
    terminal.press("y");
    terminal.wait_for("run 13 is queued, a clone of run 11");
    terminal.wait_for_runs(&[13, 11]);
    terminal.wait_for_run(13, "○ queued");
    terminal.wait_for_run(13, "slow and sure");
    terminal.wait_for_cursor(11);
    // It is of the same study.
    terminal.wait_for("table-1-small  2 runs · 1 queued · 1 finished");
    assert_eq!(daemon.commands(), [Command::Clone { run: ORIGINAL, set: Vec::new() }]);
}

#[test]
fn a_clone_is_changed_before_it_is_queued() {
    let daemon = daemon();
    let terminal = screen(&daemon);
    terminal.wait_for_cursor(11);
    terminal.press("e");
    terminal.wait_for("New run from run 11");
    let fetched = Wish::Artefact { run: ORIGINAL, path: "spec.toml".to_owned(), offset: 0 };
    daemon.wait_for_wish(&fetched);
    terminal.press("/iterations\r");
    terminal.wait_for("/ iterations: 1");
    terminal.press("\r\x1540\r");
    terminal.wait_for("changed");
    terminal.press("s");
    terminal.wait_for("› Run 13");
    let [spec] = &added(&daemon)[..] else { panic!("{:?}", daemon.commands()) };
    assert_eq!(spec.condense.iterations, 40);
    // The rest is the original's.
    assert_eq!((spec.seed, spec.name.as_str()), (7, "slow and sure"));
    assert!((spec.condense.image_lr - 0.25).abs() < 1e-9);
    terminal.press("\x1b");
    // Another spec is none of the study's any more.
    terminal.wait_for("no study  1 run · 1 queued");
    terminal.wait_for_runs(&[13, 11]);
}

#[test]
fn a_clone_that_is_dropped_in_the_form_leads_back_to_the_list() {
    let daemon = daemon();
    let terminal = screen(&daemon);
    terminal.wait_for_cursor(11);
    terminal.press("e");
    terminal.wait_for("New run from run 11");
    terminal.press("\x1b");
    terminal.wait_for_runs(&[11]);
    assert_eq!(daemon.commands(), []);
}
