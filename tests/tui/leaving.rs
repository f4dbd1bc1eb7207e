//! However the program ends, the terminal is as it was.

use rustix::process::Signal;

use super::{
    fake_daemon::FakeDaemon,
    recorded::{SHEET, finished, summary},
    terminal::{ENTER_SCREEN, Terminal, WITH_SIXELS, contains, until},
};

/// A screen with ten pictures on it.
fn shown(variables: &[(&str, &str)]) -> (FakeDaemon, Terminal) {
    let daemon = FakeDaemon::start(vec![summary(finished())]);
    daemon.add_picture(100, SHEET.to_vec(), [28, 28]);
    let terminal = Terminal::start_with(&daemon, (120, 40), WITH_SIXELS, variables);
    open(&terminal);
    (daemon, terminal)
}

fn open(terminal: &Terminal) {
    terminal.wait_for("first light");
    terminal.press("\r");
    until(|| terminal.sixels_since(0) == 10, || "ten sixels".to_owned());
    terminal.settle();
    assert!(!terminal.is_cooked());
}

#[test]
fn q_leaves() {
    let (_daemon, mut terminal) = shown(&[]);
    terminal.press("q");
    assert_eq!(terminal.end(), 0);
    terminal.assert_restored(0);
}

#[test]
fn control_c_leaves() {
    let (_daemon, mut terminal) = shown(&[]);
    terminal.press("?\x03");
    assert_eq!(terminal.end(), 0);
    terminal.assert_restored(0);
}

#[test]
fn signals_leave() {
    for signal in [Signal::TERM, Signal::HUP, Signal::INT, Signal::QUIT] {
        let (_daemon, mut terminal) = shown(&[]);
        terminal.signal(signal);
        assert_eq!(terminal.end(), 0, "{signal:?}");
        terminal.assert_restored(0);
    }
}

#[test]
fn a_terminal_that_is_closed_ends_the_program() {
    let (_daemon, mut terminal) = shown(&[]);
    terminal.close();
    // No message can be read any more; that it ends at all is the point.
    terminal.end();
}

#[test]
fn a_panic_of_another_thread_restores_the_terminal_and_is_told() {
    let (_daemon, mut terminal) = shown(&[("STILLROOM_TEST_PANIC", "1")]);
    terminal.press("\x1b[24~");
    assert_eq!(terminal.end(), 101);
    terminal.assert_restored(0);
    let bytes = terminal.since(0);
    let left = bytes.windows(8).rposition(|window| window == b"\x1b[?1049l").unwrap();
    let told = String::from_utf8_lossy(&bytes[left..]).into_owned();
    assert!(told.contains("asked for this panic"), "{told}");
}

#[test]
fn the_key_that_panics_does_nothing_for_users() {
    let (_daemon, terminal) = shown(&[]);
    terminal.press("\x1b[24~");
    terminal.settle();
    assert!(terminal.process_state().is_some());
    assert!(!terminal.is_cooked());
}

#[test]
fn control_z_gives_the_terminal_to_the_shell_and_comes_back_with_every_picture() {
    let daemon = FakeDaemon::start(vec![summary(finished())]);
    daemon.add_picture(100, SHEET.to_vec(), [28, 28]);
    let terminal = Terminal::start_in_shell(&daemon, (120, 40), WITH_SIXELS);
    open(&terminal);
    let program = terminal.pid();
    for suspend in [true, false] {
        let start = terminal.written();
        if suspend {
            terminal.press("\x1a");
        } else {
            // The same from outside, as `kill -TSTP` does it.
            terminal.signal(Signal::TSTP);
        }
        until(
            || contains(&terminal.since(start), b"the shell has it"),
            || String::from_utf8_lossy(&terminal.since(start)).into_owned(),
        );
        assert_eq!(terminal.process_state(), Some('T'));
        terminal.settle();
        terminal.assert_restored(start);
        let start = terminal.written();
        terminal.press("\r");
        until(
            || terminal.sixels_since(start) == 10,
            || format!("{} sixels after coming back", terminal.sixels_since(start)),
        );
        terminal.settle();
        assert_eq!(terminal.sixels_since(start), 10, "each picture once");
        assert!(contains(&terminal.since(start), ENTER_SCREEN) && !terminal.is_cooked());
        assert!(terminal.text().contains("Matching distance"));
        assert_eq!(terminal.pid(), program);
    }
    let start = terminal.written();
    terminal.press("q");
    until(|| contains(&terminal.since(start), b"the shell has it"), || "it goes on".to_owned());
    terminal.assert_restored(start);
}

#[test]
fn a_program_without_a_shell_is_not_stopped_for_ever() {
    let (_daemon, terminal) = shown(&[]);
    terminal.press("\x1a");
    terminal.wait_for("no shell to go back to");
    assert_ne!(terminal.process_state(), Some('T'));
    assert!(!terminal.is_cooked());
}

#[test]
fn a_program_that_was_stopped_from_outside_takes_its_terminal_again() {
    let (_daemon, terminal) = shown(&[]);
    terminal.signal(Signal::STOP);
    until(|| terminal.process_state() == Some('T'), || "it does not stop".to_owned());
    let start = terminal.written();
    terminal.signal(Signal::CONT);
    until(|| terminal.sixels_since(start) == 10, || "ten sixels".to_owned());
    terminal.settle();
    assert_eq!(terminal.sixels_since(start), 10);
    assert!(!terminal.is_cooked());
}

#[test]
fn a_window_that_never_was_large_enough_is_an_error_in_the_end() {
    let daemon = FakeDaemon::start(vec![summary(finished())]);
    let mut terminal = Terminal::start(&daemon, (20, 5), WITH_SIXELS);
    terminal.wait_for("Stillroom needs 40");
    terminal.press("q");
    assert_eq!(terminal.end(), 1);
    terminal.assert_restored(0);
    let bytes = String::from_utf8_lossy(&terminal.since(0)).into_owned();
    assert!(bytes.contains("the terminal is 20 x 5; the screen needs at least 40 x 12"), "{bytes}");
}

#[test]
fn a_wrong_variable_is_a_sentence_and_the_screen_comes_all_the_same() {
    let daemon = FakeDaemon::start(Vec::new());
    let variables = [("STILLROOM_IMAGES", "sixels")];
    let mut terminal = Terminal::start_with(&daemon, (100, 30), WITH_SIXELS, &variables);
    terminal.wait_for("`sixels`");
    assert!(terminal.text().contains("halfblocks"), "{}", terminal.text());
    terminal.press("q");
    assert_eq!(terminal.end(), 0);
}
