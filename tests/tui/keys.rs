//! What keys, and the daemon, do to the program.

use std::{process::Stdio, thread::sleep, time::Duration};

use stillroom::{
    queue::Command,
    wire::message::{Message, Wish},
};

use super::{
    fake_daemon::FakeDaemon,
    recorded::{RUN, finished, running, summary},
    terminal::{Manner, Terminal, WITH_SIXELS, WITHOUT_SIXELS, until},
};

#[test]
fn the_queue_is_the_first_screen() {
    let daemon = FakeDaemon::start(vec![summary(finished())]);
    let terminal = Terminal::start(&daemon, (100, 30), WITHOUT_SIXELS);
    terminal.wait_for("✓ finished");
    let shown = terminal.text();
    assert!(shown.contains("first light") && shown.contains("76.7 ± 1.1"), "{shown}");
    assert!(shown.contains("q quit"));
}

#[test]
fn a_run_from_a_preset_takes_two_keys() {
    let daemon = FakeDaemon::start(Vec::new());
    let terminal = Terminal::start(&daemon, (100, 30), WITHOUT_SIXELS);
    terminal.wait_for("n: new run");
    terminal.press("n\r");
    terminal.wait_for("Run 13");
    let added: Vec<Wish> = daemon
        .wishes()
        .into_iter()
        .filter(|wish| matches!(wish, Wish::Command(Command::Add { .. })))
        .collect();
    let [Wish::Command(Command::Add { source, .. })] = &added[..] else { panic!("{added:?}") };
    assert_eq!(source, "preset first-light");
}

#[test]
fn a_lost_connection_comes_back_and_goes_on_at_the_last_event() {
    let daemon = FakeDaemon::start(vec![summary(finished())]);
    let terminal = Terminal::start(&daemon, (140, 36), WITHOUT_SIXELS);
    terminal.wait_for("first light");
    terminal.press("\r");
    terminal.wait_for("finished after 1m 52s");
    daemon.forget_wishes();
    daemon.hang_up();
    let after = daemon.seq();
    let resumed = Wish::WatchRun { run: RUN, after };
    until(|| daemon.wishes().contains(&resumed), || format!("{:?}", daemon.wishes()));
    terminal.wait_for("● gauss");
}

#[test]
fn a_run_that_changes_is_drawn_anew() {
    let daemon = FakeDaemon::start(vec![summary(running())]);
    let terminal = Terminal::start(&daemon, (100, 30), WITHOUT_SIXELS);
    terminal.wait_for("● running");
    daemon.push(&Message::Run { run: Box::new(summary(finished())) });
    terminal.wait_for("✓ finished");
    terminal.wait_for("run 12 (first light) has finished");
}

#[test]
fn the_window_may_change_its_size() {
    let daemon = FakeDaemon::start(vec![summary(finished())]);
    let mut terminal = Terminal::start(&daemon, (100, 30), WITHOUT_SIXELS);
    terminal.wait_for("first light");
    terminal.press("\r");
    for size in [(160, 50), (80, 24), (40, 12), (20, 5), (120, 40)] {
        terminal.resize(size);
        let small = size == (20, 5);
        terminal.wait_for(if small { "Stillroom needs 40" } else { "back" });
        terminal.settle();
        let rows = terminal.text().lines().count();
        assert!(small || rows == usize::from(size.1), "{size:?}: {rows} rows");
    }
}

#[test]
fn the_first_key_after_a_change_of_size_counts() {
    let daemon = FakeDaemon::start(vec![summary(finished())]);
    let mut terminal = Terminal::start(&daemon, (100, 30), WITHOUT_SIXELS);
    terminal.wait_for("first light");
    for size in [(110, 30), (90, 28), (120, 40), (100, 30)] {
        terminal.resize(size);
        terminal.settle();
        terminal.press("n");
        terminal.wait_for("› New run");
        terminal.resize((size.0 + 1, size.1));
        terminal.settle();
        terminal.press("1");
        terminal.wait_for("› Queue");
    }
}

#[test]
fn what_the_terminal_answers_too_late_is_no_key_press() {
    let daemon = FakeDaemon::start(vec![summary(finished())]);
    // Taken for keys, this would open the presets, leave them, and end the program.
    let kitty = Some("\x1b_Gi=31;ENOTSUPPORTED:n?nq\x1b\\");
    let manner = Manner { kitty, delay: Duration::from_millis(1500), ..WITHOUT_SIXELS };
    let terminal = Terminal::start(&daemon, (100, 30), manner);
    terminal.wait_for("first light");
    sleep(Duration::from_secs(2));
    assert!(terminal.text().contains("› Queue") && terminal.process_state().is_some());
    // And the keyboard still works.
    terminal.press("n");
    terminal.wait_for("› New run");
}

#[test]
fn keys_that_were_typed_early_are_not_lost() {
    let daemon = FakeDaemon::start(vec![summary(finished())]);
    let manner = Manner { delay: Duration::from_millis(300), ..WITHOUT_SIXELS };
    let terminal = Terminal::start(&daemon, (100, 30), manner);
    until(|| terminal.written() > 0, || "nothing is written".to_owned());
    terminal.press("n");
    terminal.wait_for("› New run");
}

#[test]
fn pasted_text_is_no_row_of_keys() {
    let daemon = FakeDaemon::start(vec![summary(finished())]);
    let terminal = Terminal::start(&daemon, (100, 30), WITHOUT_SIXELS);
    terminal.wait_for("first light");
    terminal.press("\x1b[200~nqc\x1b[201~");
    terminal.settle();
    assert!(terminal.text().contains("› Queue"));
}

#[test]
fn the_end_of_a_run_rings_while_another_window_has_the_focus() {
    let daemon = FakeDaemon::start(vec![summary(running())]);
    let terminal = Terminal::start(&daemon, (100, 30), WITHOUT_SIXELS);
    terminal.wait_for("● running");
    let start = terminal.written();
    terminal.press("\x1b[O");
    terminal.settle();
    daemon.push(&Message::Run { run: Box::new(summary(finished())) });
    terminal.wait_for("run 12 (first light) has finished");
    until(|| terminal.since(start).contains(&7), || "the bell".to_owned());
}

#[test]
fn a_setting_is_written_down_and_a_broken_file_is_told_and_survived() {
    let daemon = FakeDaemon::start(vec![summary(finished())]);
    std::fs::create_dir(daemon.config_dir()).unwrap();
    let path = daemon.config_dir().join("config.toml");
    std::fs::write(&path, "# mine\nmouse = false # no\n").unwrap();
    let keys = daemon.config_dir().join("keys.toml");
    std::fs::write(keys, "[global]\nquit = \"ctrl-q\"\nhepl = \"x\"\n").unwrap();
    let mut terminal = Terminal::start(&daemon, (120, 40), WITHOUT_SIXELS);
    terminal.wait_for("there is no such action");
    let enabled = terminal.since(0);
    assert!(!super::terminal::contains(&enabled, b"\x1b[?1000h"), "the mouse is off");
    terminal.press("5");
    terminal.wait_for("keys.toml, line 3, `global.hepl`");
    terminal.press("6jjjl");
    terminal.wait_for("0 set in the file");
    let written = || std::fs::read_to_string(&path).unwrap();
    until(|| written() != "# mine\nmouse = false # no\n", written);
    assert_eq!(written(), "# mine\n");
    terminal.press("q");
    terminal.settle();
    assert!(terminal.process_state().is_some(), "q is no key any more");
    terminal.press("\x11");
    assert_eq!(terminal.end(), 0);
}

#[test]
fn while_a_run_is_busy_little_is_written_and_no_picture() {
    let daemon = FakeDaemon::start(vec![summary(running())]);
    daemon.add_picture(100, super::recorded::SHEET.to_vec(), [28, 28]);
    let terminal = Terminal::start(&daemon, (120, 40), WITH_SIXELS);
    terminal.wait_for("first light");
    terminal.press("\r");
    until(|| terminal.sixels_since(0) == 10, || "ten sixels".to_owned());
    // The rest of the frame, too.
    terminal.settle();
    let start = terminal.written();
    sleep(Duration::from_secs(3));
    let ticks = terminal.since(start);
    assert!(!ticks.is_empty(), "the time used counts on");
    assert!(ticks.len() < 600, "{} bytes in three seconds", ticks.len());
    assert_eq!(terminal.sixels_since(start), 0);
}

#[test]
fn without_a_terminal_there_is_a_sentence() {
    let folder = tempfile::tempdir().unwrap();
    let output = std::process::Command::new(env!("CARGO_BIN_EXE_stillroom"))
        .env("STILLROOM_DATA_DIR", folder.path())
        .env("STILLROOM_CONFIG_DIR", folder.path())
        .stdin(Stdio::null())
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(1));
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(said.starts_with("error: the screen needs a terminal"), "{said}");
    assert!(output.stdout.is_empty());
}
