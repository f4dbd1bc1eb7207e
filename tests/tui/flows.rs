//! Whole ways through the program in a terminal: from the first screen to what one came for.

use stillroom::{
    queue::Command,
    spec::{
        Sharing, Spec,
        parse::{Typed, parse},
    },
    wire::message::Wish,
};

use super::{
    fake_daemon::FakeDaemon,
    recorded::{finished, summary},
    terminal::{Terminal, WITHOUT_SIXELS},
};

fn added(daemon: &FakeDaemon) -> Vec<Spec> {
    let wishes = daemon.wishes().into_iter();
    let texts = wishes.filter_map(|wish| match wish {
        Wish::Command(Command::Add { spec, .. }) => Some(spec),
        _ => None,
    });
    let read = |text: String| parse(&Typed { source: "added", text: &text, set: &[] }).unwrap();
    texts.map(read).collect()
}

#[test]
fn a_run_is_put_together_in_the_form() {
    let daemon = FakeDaemon::start(Vec::new());
    let terminal = Terminal::start(&daemon, (120, 40), WITHOUT_SIXELS);
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
    let terminal = Terminal::start(&daemon, (120, 40), WITHOUT_SIXELS);
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

#[test]
fn charts_and_panels_of_a_run_are_gone_through() {
    let daemon = FakeDaemon::start(vec![summary(finished())]);
    let terminal = Terminal::start(&daemon, (120, 40), WITHOUT_SIXELS);
    terminal.wait_for("first light");
    terminal.press("\r");
    terminal.wait_for("Synthetic images");
    // To the chart of distances, alone on the screen, logarithmic, read at a cursor.
    terminal.press("\tfLh");
    terminal.wait_for("Matching distance, log");
    terminal.press("f\t\tf");
    terminal.wait_for("Distance by class");
    terminal.press("f\x1b");
    terminal.wait_for("Queue");
}

#[test]
fn anything_is_found_by_its_name() {
    let daemon = FakeDaemon::start(vec![summary(finished())]);
    let terminal = Terminal::start(&daemon, (120, 40), WITHOUT_SIXELS);
    terminal.wait_for("first light");
    terminal.press(":what can be set\r");
    terminal.wait_for("monochrome");
    terminal.press("\x1b");
    terminal.wait_for("first light");
}
