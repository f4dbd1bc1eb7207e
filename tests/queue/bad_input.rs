//! What users and their machines get wrong: a sentence, an exit code that is not 0, nothing half done.

use std::{fs, path::Path, process::Command};

use stillroom::harmless::is_harmful;

use super::home::Home;

#[test]
fn faults_of_a_spec_are_told_together_with_file_and_line() {
    let home = Home::new();
    let file = home.folder.path().join("bad.toml");
    fs::write(&file, "ipc = 0\n\n[condense]\niteratons = 5\n").unwrap();
    let name = file.display().to_string();
    let said = home.fails(&["add", &name, "--set", "seed=x"]);
    let lines: Vec<_> = said.lines().collect();
    assert_eq!(lines.len(), 3, "{said}");
    assert!(lines.iter().any(|line| line.contains(&format!("{name}, line 1, `ipc`"))), "{said}");
    assert!(said.contains("line 4, `condense.iteratons`: unknown key; did you mean"), "{said}");
    assert!(said.contains("--set seed=x, `seed`"), "{said}");
    assert!(!home.data().join("runs").exists());
}

/// A spec may come from a stranger, and its name must not reach the terminal as anything else than text.
#[test]
fn names_that_a_terminal_would_obey_are_shown_as_text() {
    let home = Home::new();
    let file = home.folder.path().join("hostile.toml");
    let name = "a\\u001B[2J\\u009B31m\\nb\\u202Ec\\u200Bd";
    fs::write(&file, format!("name = \"{name}\"\ndevice = \"cpu\"\n[condense]\niterations = 2\n"))
        .unwrap();
    let harmful = |c: char| c != '\n' && is_harmful(c);
    let mut told = vec![home.prints(&["run", &file.display().to_string()])];
    for arguments in
        [&["ls"][..], &["show", "1"], &["logs", "1"], &["clone", "1"], &["ls", "--json"]]
    {
        told.push(home.prints(arguments));
    }
    assert!(told[1].contains("a?[2J?31m?b?c?d"), "{}", told[1]);
    assert!(told[5].contains(r"a\u001b[2J\u009b31m\nb\u202ec\u200bd"), "{}", told[5]);
    told.push(home.fails(&["add", "x\u{1b}[2J\u{202e}"]));
    told.push(home.prints(&["rm", "1", "--yes"]));
    for text in told {
        assert!(!text.contains(harmful), "{text:?}");
    }
}

#[test]
fn unknown_names_are_told() {
    let home = Home::new();
    let said = home.fails(&["run", "first-lite"]);
    assert!(said.contains("neither a file nor a preset; did you mean `first-light"), "{said}");
    for command in ["show", "logs", "pause", "resume", "stop", "cancel", "retry", "snapshot"] {
        let said = home.fails(&[command, "7"]);
        assert_eq!(said, "error: there is no run 7\n`stillroom ls` lists the runs.\n", "{command}");
    }
    assert!(home.fails(&["data", "verify", "mnits"]).contains("did you mean `mnist`"));
    assert!(home.fails(&["presets", "x"]).contains("there is no preset `x`"));
}

#[test]
fn a_newer_database_is_refused_and_not_touched() {
    let home = Home::new();
    fs::create_dir_all(home.data()).unwrap();
    let path = home.data().join("queue.sqlite");
    let database = rusqlite::Connection::open(&path).unwrap();
    database.execute_batch("CREATE TABLE runs (x); PRAGMA user_version = 9").unwrap();
    drop(database);
    let before = fs::read(&path).unwrap();
    let said = home.fails(&["ls"]);
    assert!(said.contains("was written by a newer Stillroom (format 9"), "{said}");
    assert_eq!(said.lines().count(), 1, "{said}");
    assert_eq!(fs::read(&path).unwrap(), before);
    let doctor = home.output(&["doctor"]);
    assert_eq!(doctor.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&doctor.stdout).contains("BAD  daemon"));
}

#[test]
fn a_socket_path_that_is_too_long_is_a_sentence() {
    let home = Home::new();
    let deep = home.folder.path().join("x".repeat(90));
    fs::create_dir(&deep).unwrap();
    let output = home.program(&["ls"]).env("XDG_RUNTIME_DIR", &deep).output().unwrap();
    let said = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(1));
    assert!(said.contains("a Unix socket takes at most 107; set XDG_RUNTIME_DIR"), "{said}");
}

#[test]
fn a_data_directory_that_cannot_be_made_is_a_sentence() {
    let home = Home::new();
    let file = home.folder.path().join("file");
    fs::write(&file, "").unwrap();
    let output =
        home.program(&["ls"]).env("STILLROOM_DATA_DIR", file.join("data")).output().unwrap();
    let said = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(1));
    assert!(said.starts_with("error: cannot write "), "{said}");
}

/// A full disk, made with a mount of its own where the system lets us.
#[test]
fn on_a_full_disk_a_run_is_refused_and_the_queue_stays_sound() {
    let home = Home::new();
    fs::create_dir_all(home.data()).unwrap();
    let mounted = Command::new("mount")
        .args(["-t", "tmpfs", "-o", "size=512k", "tmpfs"])
        .arg(home.data())
        .output()
        .is_ok_and(|output| output.status.success());
    if !mounted {
        return;
    }
    let _mount = Mount(&home.data());
    let run = home.add(3, &[]);
    home.wait(run, "finished");
    let filler = home.data().join("filler");
    // Writes as much as there is room for.
    let _ = fs::write(&filler, vec![0; 1 << 20]);
    let said = home.fails(&["add", "first-light"]);
    assert!(said.contains("free some space"), "{said}");
    assert_eq!(home.json(&["ls"]).as_array().unwrap().len(), 1);
    assert_eq!(fs::read_dir(home.data().join("runs")).unwrap().count(), 1);
    fs::remove_file(&filler).unwrap();
    let next = home.add(3, &[]);
    home.wait(next, "finished");
    home.prints(&["daemon", "--stop"]);
}

struct Mount<'a>(&'a Path);

impl Drop for Mount<'_> {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg("-l").arg(self.0).output();
    }
}
