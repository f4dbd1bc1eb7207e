//! From a preset to runs of one's own.

use stillroom::spec::Sharing;

use super::{added, screen};
use crate::fake_daemon::FakeDaemon;

#[test]
fn a_run_is_put_together_in_the_form() {
    let daemon = FakeDaemon::start(Vec::new());
    let terminal = screen(&daemon);
    terminal.wait_for("n: new run");
    terminal.press("ne");
    terminal.wait_for("New run from preset first-light");
    terminal.press("/iterations\r");
    terminal.wait_for("/ iterations: 1");
    terminal.press("\r");
    // A wrong value is told while it is typed.
    terminal.press("\x15many");
    terminal.wait_for("allowed: a whole number");
    terminal.press("\x1540\r");
    terminal.wait_for("changed");
    terminal.press("s");
    terminal.wait_for("Run 13");
    assert_eq!(added(&daemon)[0].condense.iterations, 40);
}

#[test]
fn from_the_first_start_to_siamese_against_independent() {
    let daemon = FakeDaemon::start(Vec::new());
    let terminal = screen(&daemon);
    terminal.wait_for("n: new run");
    terminal.press("ne--");
    terminal.wait_for("3 pairs, 6 runs");
    terminal.press("S");
    terminal.wait_for("A siamese");
    terminal.wait_for("B independent");
    terminal.wait_for("no pair is through yet");
    let specs = added(&daemon);
    let seeds = |sharing| {
        let own = specs.iter().filter(move |spec| spec.augment.sharing == sharing);
        own.map(|spec| spec.seed).collect::<Vec<_>>()
    };
    assert_eq!(seeds(Sharing::Siamese), [0, 1, 2]);
    assert_eq!(seeds(Sharing::Independent), [0, 1, 2]);
}
