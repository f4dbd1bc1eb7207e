//! Hosts that talk without end: they are cut off, and what they said takes no memory to speak of.

use super::{
    ended::{Ended, ended},
    fake_agent::{GREETING, answers, hello, script},
    home::until,
    pair::Pair,
    parts,
};

/// Checks that `ls` ends in a sentence, and that nothing goes on over there.
fn cut_off(pair: &Pair) -> Ended {
    let done = ended(&mut pair.far_program(&["ls"]));
    done.sentence();
    until("the far side has ended", || pair.server.sessions().is_empty().then_some(()));
    done
}

#[test]
fn before_the_greeting() {
    if parts::are_missing() {
        return;
    }
    let pair = Pair::new();
    script(&pair, "yes 'Welcome to this machine'");
    assert!(cut_off(&pair).said.contains("not as a Stillroom does: Welcome to this machine"));
    script(&pair, "yes | tr -d '\\n'");
    assert!(cut_off(&pair).said.contains("a line is longer than"));
    script(&pair, "tr '\\0' '\\n' < /dev/zero");
    assert!(cut_off(&pair).said.contains("not as a Stillroom does"));
    script(&pair, "cat /dev/zero");
    assert!(cut_off(&pair).said.contains("a line is longer than"));
    // Beside the output.
    script(&pair, "yes 'no room' | head -c 50000000 >&2; exit 7");
    assert!(cut_off(&pair).said.contains("no room"));
}

#[test]
fn after_the_greeting() {
    if parts::are_missing() {
        return;
    }
    let pair = Pair::new();
    script(&pair, &format!("echo '{GREETING}'; yes"));
    assert!(cut_off(&pair).said.contains("a line cannot be read"));
    script(&pair, &format!("echo '{GREETING}'; cat /dev/zero"));
    assert!(cut_off(&pair).said.contains("a line is longer than"));
    answers(&pair, &[hello()], "yes '{}'");
    assert!(cut_off(&pair).said.contains("a line cannot be read"));
}

#[test]
fn in_messages_that_nobody_asked_for() {
    if parts::are_missing() {
        return;
    }
    let pair = Pair::new();
    answers(&pair, &[hello()], "yes '{\"is\":\"gone\",\"run\":1}'");
    assert!(cut_off(&pair).said.contains("the daemon floods"));
    let event = r#"{"v":1,"seq":1,"at":"2026-01-01T00:00:00Z","kind":"note","text":"x"}"#;
    let events = format!(r#"{{"is":"events","run":1,"events":[{}]}}"#, vec![event; 200].join(","));
    answers(&pair, &[hello()], &format!("yes '{events}'"));
    cut_off(&pair);
}
