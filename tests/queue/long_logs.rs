//! What the daemon and the workers print is kept in files that do not grow without end.

use std::{
    fs::{self, File, OpenOptions},
    io::Write,
    path::Path,
    process::{Command, Stdio},
};

use rustix::process::Signal;
use stillroom::record::{RunFolder, long_log};

use super::home::{Home, send, until};

/// Somebody prints more than a log may hold.
fn flood(log: &Path) {
    let mut log = OpenOptions::new().append(true).open(log).unwrap();
    log.write_all("a line of no use\n".repeat(80_000).as_bytes()).unwrap();
}

fn size(path: &Path) -> u64 {
    fs::metadata(path).map_or(0, |file| file.len())
}

#[test]
fn a_daemon_that_says_much_goes_on_in_a_new_log() {
    let home = Home::new();
    let run = home.add(super::home::ENDLESS, &[]);
    home.wait(run, "running");
    let daemon = home.daemon_pid();
    let log = home.data().join("daemon.log");
    for round in 0..2 {
        flood(&log);
        until("the log is put aside", || (size(&log) < long_log::LIMIT_BYTES).then_some(()));
        assert!(size(&long_log::aside(&log)) > long_log::LIMIT_BYTES);
        let wish = ["stop", "resume"][round];
        home.prints(&[wish, &run.to_string()]);
        let said = ["run 1 is stopped", "run 1 starts on"][round];
        until("it speaks there", || home.daemon_log().contains(said).then_some(()));
    }
    // A client that finds the log long puts it aside before it starts a daemon that then is not needed.
    fs::rename(&log, long_log::aside(&log)).unwrap();
    until("the daemon has a log again", || log.exists().then_some(()));
    assert_eq!(home.daemon_pid(), daemon);
    let logs = fs::read_dir(home.data()).unwrap().flatten();
    let logs = logs.filter(|file| file.file_name().to_string_lossy().contains("daemon.log"));
    assert_eq!(logs.count(), 2, "the log and the one before it");
}

#[test]
fn a_worker_that_prints_much_goes_on_in_a_new_log() {
    let place = tempfile::tempdir().unwrap();
    let folder = RunFolder::new(place.path().join("run"));
    fs::create_dir(folder.path()).unwrap();
    let spec = "method = \"dsa\"\nipc = 1\ndevice = \"cpu\"\n[network]\nwidth = 4\n";
    fs::write(folder.spec(), spec).unwrap();
    let log = folder.worker_log();
    let printed = File::options().create(true).append(true).open(&log).unwrap();
    let mut worker = Command::new(env!("CARGO_BIN_EXE_stillroom"))
        .arg("worker")
        .arg(folder.path())
        .env("STILLROOM_DATA_DIR", place.path())
        .stdin(Stdio::null())
        .stdout(printed.try_clone().unwrap())
        .stderr(printed)
        .spawn()
        .unwrap();
    flood(&log);
    until("the log is put aside", || long_log::aside(&log).exists().then_some(()));
    until("there is a new one", || log.exists().then_some(()));
    let open = |number: u32| fs::read_link(format!("/proc/{}/fd/{number}", worker.id())).unwrap();
    assert_eq!([open(1), open(2)], [log.clone(), log.clone()]);
    send(worker.id(), Signal::KILL);
    worker.wait().unwrap();
}
