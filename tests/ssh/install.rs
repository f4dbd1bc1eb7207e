//! `stillroom hosts install`: the program copied to a host, whole or not at all.

use std::{fs, io::Read, path::PathBuf};

use super::{ended::ended, home::until, pair::Pair, parts};

const PROGRAM: &str = env!("CARGO_BIN_EXE_stillroom");

fn place(pair: &Pair) -> PathBuf {
    pair.far_home().join(".local/bin/stillroom")
}

/// What lies where programs are put.
fn beside(pair: &Pair) -> Vec<String> {
    let folder = fs::read_dir(place(pair).parent().unwrap());
    let names = folder.into_iter().flatten().flatten();
    names.map(|entry| entry.file_name().into_string().unwrap()).collect()
}

fn put_old(pair: &Pair) {
    fs::create_dir_all(place(pair).parent().unwrap()).unwrap();
    fs::write(place(pair), "old").unwrap();
}

#[test]
fn the_copy_is_whole_starts_and_takes_the_place_at_once() {
    if parts::are_missing() {
        return;
    }
    // What start-up files print is no hindrance.
    let (pair, _shell) = with_shell(
        "for n in 1 2 3; do echo \"Welcome $n\"; done\nexec sh -c \"$SSH_ORIGINAL_COMMAND\"",
    );
    put_old(&pair);
    // Whoever runs the old one goes on doing so.
    let mut old = fs::File::open(place(&pair)).unwrap();
    pair.configure(&format!("[hosts.box]\ndata_dir = \"{}\"\n", pair.far.data().display()));
    let unasked = ended(&mut pair.program(&["hosts", "install", "box"]));
    assert_eq!((unasked.code, fs::read(place(&pair)).unwrap()), (Some(1), b"old".to_vec()));

    let done = ended(&mut pair.program(&["hosts", "install", "box", "--yes", "--json"]));
    assert_eq!(done.code, Some(0), "{done:?}");
    eprintln!("{:?}, {} MiB of memory", done.took, done.peak_mebibytes);
    assert!(done.peak_mebibytes < 300, "{done:?}");
    let json: serde_json::Value = serde_json::from_str(&done.printed).unwrap();
    assert_eq!(json["version"], concat!("stillroom ", env!("CARGO_PKG_VERSION")));
    assert!(fs::read(place(&pair)).unwrap() == fs::read(PROGRAM).unwrap(), "the copy differs");
    let mut text = String::new();
    old.read_to_string(&mut text).unwrap();
    assert_eq!((text.as_str(), beside(&pair)), ("old", vec!["stillroom".to_owned()]));

    // It is found there without anything being said about where.
    let checked = ended(&mut pair.program(&["hosts", "check", "box"]));
    assert!(checked.printed.starts_with("box answers"), "{checked:?}");
    let exe = fs::read_link(format!("/proc/{}/exe", pair.far.daemon_pid().unwrap())).unwrap();
    assert_eq!(exe, place(&pair));
}

#[test]
fn a_copy_that_fails_leaves_the_old_one() {
    if parts::are_missing() {
        return;
    }
    let pair = Pair::new();
    put_old(&pair);
    let (real, config) = (parts::find("ssh").unwrap(), pair.ssh_config());
    let ssh = format!("{} -F {} \"$@\"", real.display(), config.display());
    let install = |script: &str, words: &str| {
        pair.put_ssh(script);
        let done = ended(&mut pair.program(&["hosts", "install", "box", "--yes"]));
        assert!(done.sentence().contains(words), "{done:?}");
        until("nothing is left beside it", || (beside(&pair) == ["stillroom"]).then_some(()));
        assert_eq!(fs::read(place(&pair)).unwrap(), b"old");
    };
    // Cut in the middle.
    install(&format!("head -c 1000000 | {ssh}"), "the copy has 1000000 bytes of ");
    // Damaged on the way.
    install(&format!("LC_ALL=C sed s/ELF/FLE/ | {ssh}"), "the copy arrived damaged");
    // No room, or no right.
    pair.put_ssh(&format!("exec {ssh}"));
    let folder = place(&pair).parent().unwrap().to_owned();
    fs::rename(&folder, folder.with_extension("old")).unwrap();
    fs::write(&folder, "in the way").unwrap();
    let done = ended(&mut pair.program(&["hosts", "install", "box", "--yes"]));
    assert!(done.sentence().contains("mkdir"), "{done:?}");
    assert_eq!(fs::read_to_string(&folder).unwrap(), "in the way");
}

/// A far side where `sh` is this script.
fn with_shell(script: &str) -> (Pair, tempfile::TempDir) {
    let folder = tempfile::tempdir().unwrap();
    let shell = folder.path().join("shell");
    super::pair::put_script(&shell, script);
    (Pair::with(&format!("ForceCommand {}", shell.display()), ""), folder)
}

#[test]
fn a_host_that_talks_without_end_gets_no_copy() {
    if parts::are_missing() {
        return;
    }
    let (pair, _shell) = with_shell("exec yes 'no shell for you'");
    let done = ended(&mut pair.program(&["hosts", "install", "box", "--yes"]));
    done.sentence();
    until("the far side has ended", || pair.server.sessions().is_empty().then_some(()));
    // One that takes all of the copy, and then talks.
    let (pair, _shell) = with_shell(
        "case $SSH_ORIGINAL_COMMAND in uname*) exec uname -s -m;; esac\ncat > /dev/null\nexec yes 'done'",
    );
    let done = ended(&mut pair.program(&["hosts", "install", "box", "--yes"]));
    done.sentence();
    until("the far side has ended", || pair.server.sessions().is_empty().then_some(()));
}
