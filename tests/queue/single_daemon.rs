//! One daemon a data directory, there when it is needed and gone when it is not.

use std::{collections::BTreeSet, process::Child};

use rustix::process::Signal;

use super::home::{ENDLESS, Home, kill, send, until};

#[test]
fn commands_given_at_once_share_one_daemon() {
    let home = Home::new();
    let children: Vec<Child> =
        (0..6).map(|_| home.program(&["ls", "--json"]).spawn().unwrap()).collect();
    for child in children {
        let output = child.wait_with_output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    }
    let serving = home.daemon_log().matches("serving ").count();
    assert_eq!(serving, 1, "{}", home.daemon_log());
}

#[test]
fn daemons_started_at_once_are_one_and_the_others_say_so() {
    let home = Home::new();
    let mut children: Vec<Child> =
        (0..4).map(|_| home.program(&["daemon", "--idle-secs", "60"]).spawn().unwrap()).collect();
    let left = until("all but one have left", || {
        let left: BTreeSet<usize> = (0..children.len())
            .filter(|&index| children[index].try_wait().unwrap().is_some())
            .collect();
        (left.len() == 3).then_some(left)
    });
    home.prints(&["ls"]);
    for (index, child) in children.into_iter().enumerate() {
        if left.contains(&index) {
            let output = child.wait_with_output().unwrap();
            let said = String::from_utf8(output.stderr).unwrap();
            assert_eq!(output.status.code(), Some(3));
            assert!(said.starts_with("error: another daemon"), "{said}");
        } else {
            assert_eq!(home.daemon_pid(), Some(child.id()));
        }
    }
    assert_eq!(home.prints(&["daemon", "--stop"]), "the daemon ends; its runs go on\n");
}

#[test]
fn a_daemon_with_nothing_to_do_ends_and_a_stale_socket_is_replaced() {
    let home = Home::new();
    let mut daemon = home.program(&["daemon", "--idle-secs", "0.5"]).spawn().unwrap();
    assert!(home.socket().exists());
    let status = until("it ends by itself", || daemon.try_wait().unwrap());
    assert!(status.success());
    assert!(!home.socket().exists());

    home.prints(&["ls"]);
    let socket = home.socket();
    kill(home.daemon_pid().unwrap());
    assert!(socket.exists());
    home.prints(&["ls"]);
}

#[test]
fn a_busy_daemon_stays_and_a_signal_ends_it_without_its_workers() {
    let home = Home::new();
    let mut daemon = home.program(&["daemon", "--idle-secs", "0.2"]).spawn().unwrap();
    // Until it serves, a command would start another.
    assert!(home.socket().exists());
    let run = home.add(ENDLESS, &[]);
    home.wait_for_iteration(run, 1);
    let worker = home.worker_pid(run);
    // The last command is gone for longer than the daemon would wait with nothing to do.
    std::thread::sleep(std::time::Duration::from_millis(400));
    assert!(daemon.try_wait().unwrap().is_none());
    send(daemon.id(), Signal::TERM);
    assert!(until("it ends", || daemon.try_wait().unwrap()).success());
    assert!(stillroom::queue::lease::is_alive(worker));
    assert_eq!(home.state(run), "running");
}

#[test]
fn a_daemon_is_found_and_reached_when_its_socket_is_elsewhere_or_was_removed() {
    let home = Home::new();
    home.prints(&["ls"]);
    let daemon = home.daemon_pid();
    let elsewhere = tempfile::tempdir().unwrap();
    let output = home.program(&["ls"]).env("XDG_RUNTIME_DIR", elsewhere.path()).output().unwrap();
    assert!(output.status.success());
    std::fs::remove_dir_all(home.socket().parent().unwrap()).unwrap();
    until("it listens again", || home.socket().exists().then_some(()));
    home.prints(&["ls"]);
    assert_eq!(home.daemon_pid(), daemon);
}

#[test]
fn a_command_given_while_the_daemon_ends_gets_the_next_one() {
    let home = Home::new();
    for _ in 0..8 {
        home.prints(&["ls"]);
        home.prints(&["daemon", "--stop"]);
    }
}
