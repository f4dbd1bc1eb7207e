//! Hosts that are not as they should be: each ends in a sentence, soon, with an exit code that is not 0.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use jiff::{SignedDuration, Timestamp};
use serde_json::json;
use stillroom::{
    queue::{RunState, Worker},
    wire::message::Answer,
};

use super::{
    ended::{Ended, ended},
    fake_agent::{GREETING, WAIT, answers, hello, hello_of, script},
    home::{kill, until},
    pair::Pair,
    parts, recorded,
};

/// `ls` of `box`.
fn list(pair: &Pair) -> Ended {
    ended(&mut pair.far_program(&["ls"]))
}

#[test]
fn nothing_in_a_name_is_executed() {
    if parts::are_missing() {
        return;
    }
    let pair = Pair::new();
    let (canary, called) = (pair.far.folder.path().join("canary"), pair.server.file("called"));
    // Whether ssh is called at all.
    pair.put_ssh(&format!("echo \"$@\" >> {}; exit 255", called.display()));
    let touch = format!("touch {}", canary.display());
    let bad = [
        format!("box;{touch}"),
        format!("$({touch})"),
        format!("`{touch}`"),
        format!("a|{touch}"),
        format!("a&{touch}"),
        format!("a\n{touch}"),
        format!("-oProxyCommand={touch}"),
        format!("'{touch}"),
        "-V".to_owned(),
        String::new(),
    ];
    for name in &bad {
        let host = format!("--host={name}");
        let calls: [&[&str]; 5] = [
            &[&host, "ls"],
            &["hosts", "check", "--", name],
            &["hosts", "install", "--yes", "--", name],
            &["hosts", "add", "fine", &format!("--ssh={name}")],
            &[&host, "run", "first-light"],
        ];
        for call in calls {
            let done = ended(&mut pair.program(call));
            assert!(done.code.is_some_and(|code| code != 0), "{call:?}: {done:?}");
            assert!(done.said.starts_with("error: "), "{call:?}: {done:?}");
        }
        let quoted = name.replace('\n', "\\n");
        pair.configure(&format!("[hosts.box]\nssh = \"{quoted}\"\n"));
        let said = list(&pair);
        assert_eq!(said.code, Some(1), "{said:?}");
        assert!(said.said.contains("line 2, `hosts.box.ssh`"), "{said:?}");
    }
    assert!(!called.exists(), "{}", fs::read_to_string(called).unwrap());
    // What the other side is given are words to its shell, whatever is in them.
    let pair = Pair::new();
    for program in [format!("/x/y; {touch}"), format!("$({touch})"), format!("~/`{touch}`")] {
        pair.hosts(&[(
            "box",
            &PathBuf::from(format!("/proc/$({touch})'; {touch}")),
            Path::new(&program),
        )]);
        assert!(list(&pair).sentence().contains("box has no `"));
    }
    let real = Path::new(env!("CARGO_BIN_EXE_stillroom"));
    pair.hosts(&[("box", &PathBuf::from(format!("/proc/$({touch})'; {touch}")), real)]);
    assert!(list(&pair).sentence().contains("/proc/$(touch"));
    assert!(!canary.exists());
}

#[test]
fn what_ssh_would_ask_is_told() {
    if parts::are_missing() {
        return;
    }
    // A password.
    let pair = Pair::with("PasswordAuthentication yes", "");
    fs::write(pair.server.file("authorized_keys"), "").unwrap();
    let said = list(&pair);
    assert!(said.sentence().contains("Permission denied"), "{said:?}");
    assert!(said.said.contains("`stillroom hosts login box`"), "{said:?}");
    let said = ended(&mut pair.program(&["hosts", "install", "box", "--yes"]));
    assert!(said.sentence().contains("Permission denied"), "{said:?}");
    // Whether an unknown key is right, and one that has changed.
    let pair = Pair::new();
    fs::write(pair.server.file("known_hosts"), "").unwrap();
    let said = list(&pair);
    assert!(said.sentence().contains("Host key verification failed"), "{said:?}");
    pair.server.change_known_key();
    let said = list(&pair);
    assert!(said.sentence().contains("box cannot be reached: Host key for "), "{said:?}");
    assert!(said.said.contains("has changed"), "{said:?}");
    // A key with a passphrase.
    let pair = Pair::new();
    let id = pair.server.file("id");
    let locked =
        Command::new("ssh-keygen").args(["-q", "-p", "-N", "open sesame", "-f"]).arg(id).output();
    assert!(locked.unwrap().status.success());
    assert!(list(&pair).sentence().contains("Permission denied"));
}

#[test]
fn where_nobody_listens_is_told() {
    if parts::are_missing() {
        return;
    }
    let pair = Pair::with("", "Host box\n  Port 1\n");
    let said = list(&pair);
    assert!(said.sentence().contains("box cannot be reached: "), "{said:?}");
    assert!(said.said.contains("Connection refused"), "{said:?}");
    pair.configure_ssh("Host box\n  HostName nowhere.invalid\n");
    assert!(list(&pair).sentence().contains("box cannot be reached: "));
    pair.configure_ssh("Host box\n  NoSuchThing yes\n");
    assert!(list(&pair).sentence().contains("box cannot be reached: "));
}

#[test]
fn a_program_that_is_not_there_comes_with_advice() {
    if parts::are_missing() {
        return;
    }
    let pair = Pair::new();
    for program in ["/no/where/stillroom", "~/no/stillroom", "stillroom"] {
        pair.hosts(&[("box", &pair.far.data(), Path::new(program))]);
        let said = list(&pair);
        assert!(said.sentence().contains(&format!("box has no `{program}`")), "{said:?}");
        assert!(
            said.said.contains("`stillroom hosts install box` puts this program there"),
            "{said:?}"
        );
    }
    // Something else of that name.
    pair.hosts(&[("box", &pair.far.data(), Path::new("/bin/false"))]);
    assert!(list(&pair).sentence().contains("box answers, but not as a Stillroom does"));
    pair.hosts(&[("box", &pair.far.data(), Path::new("/bin/echo"))]);
    assert!(list(&pair).sentence().contains("box answers, but not as a Stillroom does: agent"));
}

#[test]
fn what_start_up_files_print_is_skipped() {
    if parts::are_missing() {
        return;
    }
    let pair = Pair::new();
    let lines = "for line in $(seq 200); do echo \"Welcome $line {\\\"a\\\": 1}\"; echo \"$line\" >&2; done";
    let real = env!("CARGO_BIN_EXE_stillroom");
    script(&pair, &format!("{lines}\nexec {real} \"$@\""));
    pair.far.add(3, &[]);
    assert_eq!(pair.json(&["ls"]).as_array().unwrap().len(), 1);
}

#[test]
fn other_versions_say_which_they_are() {
    if parts::are_missing() {
        return;
    }
    let pair = Pair::new();
    for (protocol, program) in [(1, "0.0.3"), (99, "9.9.9")] {
        let reason = format!(
            "the daemon is Stillroom {program} and speaks protocol {protocol}; the client is not"
        );
        let advice = "End it with `kill 4711`; its runs go on.";
        answers(&pair, &[json!({"answer": "refused", "reason": reason, "advice": advice})], WAIT);
        let said = list(&pair);
        assert!(said.sentence().contains(&reason), "{said:?}");
        // A process of that number may be here too.
        let advised = said.said.lines().find(|line| line.contains("kill 4711")).unwrap();
        assert!(advised.contains("box"), "{said:?}");
        // One that does not refuse.
        answers(&pair, &[hello_of(protocol, program)], WAIT);
        let said = list(&pair);
        assert!(said.sentence().contains(&format!("protocol {protocol}")), "{said:?}");
        assert!(said.said.contains(program), "{said:?}");
    }
    // One of before two versions were named takes its own alone.
    let refusal = json!({"answer": "refused", "reason": "another protocol", "advice": ""});
    answers(&pair, &[refusal, hello_of(2, "0.1.0"), json!({"answer": "runs", "runs": []})], WAIT);
    assert!(pair.prints(&["ls"]).contains("no runs yet"));
    // A later agent may greet in more words.
    let more = GREETING.replace('1', "2").replace('}', ",\"more\":[]}");
    script(&pair, &format!("echo '{more}'; exit 4"));
    assert!(list(&pair).sentence().starts_with("error: the connection to box broke"));
}

#[test]
fn an_agent_that_ends_or_stops_early_is_told() {
    if parts::are_missing() {
        return;
    }
    let pair = Pair::new();
    // Whether the end is noticed by who writes or by who reads is chance.
    for _ in 0..4 {
        script(&pair, &format!("echo '{GREETING}'; exec <&-; echo 'out of memory' >&2; exit 3"));
        let said = list(&pair);
        assert_eq!(said.sentence(), "error: the connection to box broke: out of memory");
    }
    script(&pair, "exit 0");
    assert!(list(&pair).sentence().contains("exit code 0"));
    script(&pair, "echo 'no such module: X' >&2; exit 1");
    assert!(list(&pair).sentence().ends_with("no such module: X"));
    answers(&pair, &[hello()], "exit 0");
    assert!(list(&pair).sentence().contains("ended the connection"));
    // In the middle of a line.
    answers(&pair, &[hello()], &format!("printf '{{\"is\":\"reply\",'; {WAIT}"));
    let said = list(&pair);
    assert!(said.sentence().contains("stopped in the middle of a message"), "{said:?}");
    answers(&pair, &[hello()], "printf '{\"is\":\"reply\",'; exit 1");
    assert!(list(&pair).sentence().contains("the connection to box broke"));
    // Another question's answer, and no answer at all.
    answers(&pair, &[hello(), json!({"answer": "done", "text": "\u{1b}[2Jdone"})], WAIT);
    let said = list(&pair);
    assert!(said.sentence().contains("does not belong to the question"), "{said:?}");
    assert!(!said.said.contains('\u{1b}'), "{said:?}");
}

#[test]
fn a_host_that_never_greets_is_given_up() {
    if parts::are_missing() {
        return;
    }
    let pair = Pair::new();
    script(&pair, &format!("printf '{{\"stillroom_agent\":'; {WAIT}"));
    let said = list(&pair);
    assert!(said.sentence().contains("box does not answer: nothing came for 30 s"), "{said:?}");
    until("nothing of it is left", || pair.server.sessions().is_empty().then_some(()));
}

#[test]
fn a_data_directory_that_cannot_be_used_is_told() {
    if parts::are_missing() {
        return;
    }
    let pair = Pair::new();
    let file = pair.far.folder.path().join("file");
    fs::write(&file, "").unwrap();
    let real = Path::new(env!("CARGO_BIN_EXE_stillroom"));
    for place in [file.join("data"), PathBuf::from("/proc/stillroom")] {
        pair.hosts(&[("box", &place, real)]);
        let said = list(&pair);
        assert!(said.sentence().starts_with("error: box: "), "{said:?}");
        assert!(said.said.contains(place.to_str().unwrap()), "{said:?}");
    }
}

/// A small file system of its own, and a data directory in it.
struct Disk(tempfile::TempDir);

impl Disk {
    fn mount(kibibytes: u64) -> Option<Self> {
        let folder = tempfile::tempdir().unwrap();
        let size = format!("size={kibibytes}k");
        let mut mount = Command::new("mount");
        mount.args(["-t", "tmpfs", "-o", &size, "tmpfs"]).arg(folder.path());
        let mounted = parts::may_mount() && mount.output().is_ok_and(|done| done.status.success());
        if !mounted {
            eprintln!("not tested with a full disk: no file system can be mounted here");
        }
        mounted.then(|| Self(folder))
    }

    fn fill(&self) {
        // As much as there is room for.
        let _ = fs::write(self.0.path().join("filling"), vec![1; 64 << 20]);
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        let lock = fs::read_to_string(self.0.path().join("data/daemon.lock")).unwrap_or_default();
        if let Some(pid) = lock.lines().next().and_then(|pid| pid.parse().ok()) {
            kill(pid);
        }
        let _ = Command::new("umount").arg("-l").arg(self.0.path()).status();
    }
}

#[test]
fn a_full_disk_is_told() {
    if parts::are_missing() {
        return;
    }
    let Some(disk) = Disk::mount(4 << 10) else { return };
    let pair = Pair::new();
    let real = Path::new(env!("CARGO_BIN_EXE_stillroom"));
    pair.hosts(&[("box", &disk.0.path().join("data"), real)]);
    // Full before there is anything.
    disk.fill();
    let said = list(&pair);
    assert!(said.sentence().starts_with("error: box: "), "{said:?}");
    assert!(
        said.said.contains("o space left on device") || said.said.contains("free some space"),
        "{said:?}"
    );
    // Full once the daemon serves.
    fs::remove_file(disk.0.path().join("filling")).unwrap();
    assert_eq!(pair.json(&["ls"]), json!([]));
    disk.fill();
    let add = ["add", "first-light", "--set", "device=cpu"];
    let said = ended(&mut pair.far_program(&add));
    eprintln!("{}", said.said);
    assert_eq!(said.code, Some(1), "{said:?}");
    assert!(
        said.said.contains("o space left on device") || said.said.contains("free some space"),
        "{said:?}"
    );
    fs::remove_file(disk.0.path().join("filling")).unwrap();
    assert_eq!(pair.json(&["ls"]), json!([]));
}

/// Clocks differ, by hours where time zones were confused.
#[test]
fn figures_stand_though_the_other_clock_is_hours_off() {
    if parts::are_missing() {
        return;
    }
    let pair = Pair::new();
    for hours in [-7, 7] {
        let then = Timestamp::now() + SignedDuration::from_hours(hours);
        let worker =
            Worker { pid: 4242, device: "cpu".to_owned(), since: then, job: String::new() };
        let mut running = recorded::summary(RunState::Running { worker });
        let mut finished = recorded::summary(RunState::Finished { at: then });
        (running.added, finished.added) = (then, then);
        running.digest.left_secs = Some(90.0);
        let (used, left) = (running.digest.used_secs, running.digest.left_secs);
        assert!(used > 0.0 && left.is_some());
        let runs = serde_json::to_value(Answer::Runs { runs: vec![running, finished] }).unwrap();
        answers(&pair, &[hello(), runs.clone()], WAIT);
        let listed = pair.prints(&["ls"]);
        assert!(listed.contains("1 min 30 s"), "{listed}");
        let spec = json!({"answer": "artefact", "run": 12, "path": "spec.toml", "offset": 0, "size": 1, "data": "Cg=="});
        answers(&pair, &[hello(), runs, spec], WAIT);
        let shown = pair.prints(&["show", "12"]);
        assert!(shown.contains(&then.strftime("%F %T UTC").to_string()), "{shown}");
        assert!(shown.contains("used        "), "{shown}");
        for word in [&listed, &shown].into_iter().flat_map(|text| text.split_whitespace()) {
            assert!(word.len() < 2 || !word.starts_with('-'), "{word}: {listed}{shown}");
        }
    }
}
