//! The machine and what went wrong: both are asked for while they are shown.

use stillroom::{
    machine::Figures,
    queue::{Command, RunId},
    wire::message::{Message, Wish},
};

use super::screen;
use crate::{
    fake_daemon::FakeDaemon,
    recorded::{failed_before, finished_before, now, run, running, summary},
    terminal::until,
};

const GIB: u64 = 1 << 30;

fn figures(busy: f64) -> Figures {
    Figures {
        at: now(),
        threads: 16,
        busy,
        memory_used: 31 * GIB,
        memory_total: 128 * GIB,
        load: Some([3.5, 2.25, 1.0]),
        ..Figures::default()
    }
}

#[test]
fn a_host_is_measured_while_it_is_looked_at() {
    let daemon = FakeDaemon::start(vec![summary(running())]);
    daemon.give_figures(figures(0.25));
    let terminal = screen(&daemon);
    terminal.wait_for_run(12, "running");
    assert!(!daemon.wishes().contains(&Wish::WatchMachine));
    terminal.press("4");
    terminal.wait_for_all(&[
        "connected since",
        "cpu  1 of 1 slot busy",
        "run 12 first light",
        "25 %  16 threads  load 3.5 2.2 1.0",
        "31.0 of 128.0 GiB",
    ]);
    daemon.push(&Message::Machine { figures: Box::new(figures(0.75)) });
    terminal.wait_for("75 %  16 threads");
    assert!(!daemon.wishes().contains(&Wish::UnwatchMachine));
    terminal.press("\x1b");
    terminal.wait_for_runs(&[12]);
    daemon.wait_for_wish(&Wish::UnwatchMachine);
}

#[test]
fn what_went_wrong_is_told_with_its_advice_and_leads_to_its_run() {
    let daemon = FakeDaemon::start(vec![
        run(10, "too fast", failed_before(9)),
        run(11, "the first", finished_before(5)),
    ]);
    std::fs::create_dir(daemon.config_dir()).unwrap();
    std::fs::write(daemon.config_dir().join("config.toml"), "# mine\ntheme = 3\n").unwrap();
    let first = "2026-11-23T22:37:30Z  INFO stillroom::wire::daemon: serving what there is\n";
    daemon.write_log(first);
    let terminal = screen(&daemon);
    terminal.wait_for_runs(&[11, 10]);
    // A wish that is refused is a problem too.
    terminal.press("r");
    terminal.wait_for("cannot be resumed");
    terminal.press("5");
    terminal.wait_for_all(&[
        "config.toml, line 2, `theme`",
        "the matching distance is NaN at iteration 310",
        "serving what there is",
    ]);
    terminal.wait_for("▸ ");
    assert!(terminal.line("▸ ").contains("not done"), "{}", terminal.text());
    terminal.press("G");
    terminal.wait_for("Lower condense.image_lr.");
    terminal.press("\r");
    terminal.wait_for("› Run 10");
    terminal.press("\x1b");
    terminal.wait_for_runs(&[11, 10]);
    assert_eq!(daemon.commands(), [Command::Resume { run: RunId::new(11) }]);
}

#[test]
fn the_log_of_the_daemon_goes_on_where_it_was_left() {
    let daemon = FakeDaemon::start(vec![summary(running())]);
    let line = |number| format!("2026-11-23T22:37:30Z  INFO stillroom::queue: line {number}\n");
    let lines: String = (1..=100).map(line).collect();
    daemon.write_log(&lines);
    let terminal = screen(&daemon);
    terminal.wait_for_runs(&[12]);
    terminal.press("5");
    terminal.wait_for_all(&["Nothing went wrong.", "line 100"]);
    assert!(!terminal.text().contains("line 50 "));
    // To the log, and to its beginning.
    terminal.press("\tg");
    terminal.wait_for("line 1 ");
    terminal.press("G");
    terminal.wait_for("line 100");
    // News of a run may be news of the log.
    daemon.write_log("2026-11-23T22:39:00Z  WARN stillroom::queue: run 12 is in trouble\n");
    daemon.change(RunId::new(12), |run| run.state = failed_before(0));
    terminal.wait_for("WARN  run 12 is in trouble");
    let asked = || daemon.wishes().contains(&Wish::DaemonLog { after: lines.len() as u64 });
    until(asked, || format!("{:?}", daemon.wishes()));
}
