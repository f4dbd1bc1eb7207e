//! Connections that break while events flow: whoever follows a run has each event once, in order.

use std::{
    fs,
    io::{BufRead, BufReader, Write},
    path::Path,
    process::{Command, Stdio},
    thread::sleep,
    time::{Duration, Instant},
};

use rustix::process::Signal;

use super::{
    follower::Follower,
    home::{ENDLESS, kill, send, until},
    outcome,
    pair::Pair,
    parts,
    server::{descendants, name},
};

/// How many events shall come between two cuts.
const FLOW: usize = 150;

/// A run over there, and both commands that follow one.
struct Followed {
    pair: Pair,
    followers: [Follower; 2],
    cuts: usize,
}

impl Followed {
    fn start(ssh: &str) -> Self {
        Self::over(Pair::with("", ssh))
    }

    fn over(pair: Pair) -> Self {
        let iterations = format!("condense.iterations={ENDLESS}");
        let set = ["--set", "device=cpu", "--set", "name=quick", "--set", &iterations];
        let run = [&["run", "first-light", "--json"], &set[..]].concat();
        let run = Follower::start("run", &mut pair.far_program(&run));
        until("the run is there", || {
            let runs = pair.far.json(&["ls"]);
            runs[0]["digest"]["seq"].as_u64().filter(|seq| *seq > 0)
        });
        let logs = pair.far_program(&["logs", "1", "--follow", "--json"]).spawn_follower("logs");
        let mut followed = Self { pair, followers: [run, logs], cuts: 0 };
        followed.wait_for_flow();
        followed
    }

    fn counts(&self) -> [usize; 2] {
        [0, 1].map(|at| self.followers[at].count())
    }

    fn wait_for_flow(&mut self) {
        for follower in &mut self.followers {
            follower.wait_for_more(FLOW);
        }
    }

    /// Cuts, and waits until events flow again.
    fn cut(&mut self, what: &str, cut: impl FnOnce(&Self)) {
        let before = self.counts();
        cut(self);
        self.cuts += 1;
        self.wait_for_flow();
        let after = self.counts();
        for (before, after) in before.into_iter().zip(after) {
            assert!(after >= before + FLOW, "{before} to {after}");
        }
        let written = self.pair.far.summary(1)["digest"]["seq"].as_u64().unwrap();
        // What was under way before the cut may have been the flow.
        for follower in &self.followers {
            until("it has come after", || (follower.count() as u64 >= written).then_some(()));
        }
        eprintln!(
            "{what}: run {} -> {}, logs {} -> {}; {written} written",
            before[0], after[0], before[1], after[1]
        );
    }

    /// Stops the processes of the server that serve sessions, as if their network had gone away.
    fn still(&self) -> Vec<u32> {
        let sessions = self.pair.server.sessions();
        assert!(!sessions.is_empty());
        for pid in &sessions {
            send(*pid, Signal::STOP);
        }
        sessions
    }

    /// Ends the run and checks what was printed.
    fn check(self) -> Pair {
        self.pair.far.prints(&["stop", "1"]);
        self.pair.far.wait(1, "stopped");
        let all = self.pair.far.events(1).len() as u64;
        for follower in self.followers {
            let (seen, said) = follower.end();
            let wanted: Vec<u64> = (1..=all).collect();
            let wrong = seen.iter().zip(&wanted).position(|(seen, wanted)| seen != wanted);
            assert_eq!((wrong, seen.len()), (None, wanted.len()), "{said}");
            // Each loss is told once.
            let told = said.matches("trying box again until it answers").count();
            let least = self.cuts.min(1);
            assert!((least..=self.cuts).contains(&told), "{} cuts: {said}", self.cuts);
        }
        eprintln!("{} cuts, {all} events, each once and in order", self.cuts);
        self.pair
    }
}

trait Spawn {
    fn spawn_follower(&mut self, name: &str) -> Follower;
}

impl Spawn for Command {
    fn spawn_follower(&mut self, name: &str) -> Follower {
        Follower::start(name, self)
    }
}

/// The `ssh` that a command has started.
fn ssh_of(follower: &Follower) -> Option<u32> {
    descendants(follower.pid()).into_iter().find(|pid| name(*pid).as_deref() == Some("ssh"))
}

#[test]
fn ssh_and_its_server_are_killed() {
    if parts::are_missing() {
        return;
    }
    let mut followed = Followed::start("");
    for _ in 0..2 {
        followed.cut("ssh killed", |followed| {
            for follower in &followed.followers {
                kill(until("it has its ssh", || ssh_of(follower)));
            }
        });
        followed.cut("session killed", |followed| {
            for session in followed.pair.server.sessions() {
                kill(session);
            }
        });
    }
    followed.check();
}

/// Lines for ssh by which connections are shared at `path`.
fn shared(path: &Path, more: &str) -> String {
    format!("Host *\n  ControlMaster auto\n  {more}\n  ControlPath {}\n", path.display())
}

/// Tells the `ssh` that holds the shared connection something; its number, where it says so.
fn master(pair: &Pair, what: &str) -> Option<u32> {
    let told = pair.ssh().args(["-O", what, "box"]).output().unwrap();
    let told = String::from_utf8(told.stderr).unwrap();
    told.split("pid=").nth(1)?.split(')').next()?.parse().ok()
}

#[test]
fn the_shared_connection_is_killed() {
    if parts::are_missing() {
        return;
    }
    let socket = tempfile::tempdir().unwrap();
    let path = socket.path().join("master");
    let mut followed = Followed::start(&shared(&path, "ControlPersist 60"));
    for _ in 0..3 {
        followed.cut("master killed", |followed| {
            kill(until("there is a master", || master(&followed.pair, "check")));
        });
    }
    drop(followed.check());
    until("the master is gone with the server", || (!path.exists()).then_some(()));
}

#[test]
fn the_link_falls_silent() {
    if parts::are_missing() {
        return;
    }
    let mut followed = Followed::start("");
    // So short that nothing may be noticed.
    followed.cut("a short pause", |followed| {
        let sessions = followed.still();
        sleep(Duration::from_millis(300));
        for pid in &sessions {
            send(*pid, Signal::CONT);
        }
    });
    let mut stopped = Vec::new();
    followed.cut("silence", |followed| stopped = followed.still());
    // What was thought dead is alive after all, and nobody's any more.
    for pid in &stopped {
        send(*pid, Signal::CONT);
    }
    until("the old sessions end", || {
        let left = followed.pair.server.sessions();
        (!stopped.iter().any(|pid| left.contains(pid))).then_some(())
    });
    followed.cut("silence for good", |followed| stopped = followed.still());
    for pid in &stopped {
        kill(*pid);
    }
    followed.wait_for_flow();
    followed.check();
}

/// A process that ends with its test, even one that is stopped.
struct Killed(u32);

impl Drop for Killed {
    fn drop(&mut self) {
        kill(self.0);
    }
}

/// What the user's `ssh` shares may be dead without anybody knowing.
#[test]
fn the_shared_connection_falls_silent() {
    if parts::are_missing() {
        return;
    }
    let socket = tempfile::tempdir().unwrap();
    let path = socket.path().join("master");
    let mut followed = Followed::start(&shared(&path, "ControlPersist 60"));
    let holder = Killed(until("there is a master", || master(&followed.pair, "check")));
    let mut stopped = Vec::new();
    let begun = Instant::now();
    followed.cut("its network is gone", |followed| stopped = followed.still());
    eprintln!("events flow again after {:.1?}", begun.elapsed());
    // The user's own is the user's to end.
    assert_eq!(master(&followed.pair, "check"), Some(holder.0));
    // Once it is of use again it is used; then its own process hangs.
    for pid in &stopped {
        send(*pid, Signal::CONT);
    }
    followed.cut("ssh killed", |followed| {
        for follower in &followed.followers {
            kill(until("it has its ssh", || ssh_of(follower)));
        }
    });
    assert_eq!(followed.pair.server.logins(), 3, "one master, and one past it for each");
    followed.cut("it hangs", |followed| {
        send(holder.0, Signal::STOP);
        until("both go past it", || (followed.pair.server.logins() == 5).then_some(()));
    });
    drop(holder);
    followed.check();
}

/// A login of ours that is dead is ended, so that whatever comes later finds the way free.
#[test]
fn the_connection_of_a_login_falls_silent() {
    if parts::are_missing() {
        return;
    }
    let pair = Pair::new();
    outcome::prints(pair.program(&["hosts", "login", "box"]));
    let mut followed = Followed::over(pair);
    assert_eq!(followed.pair.server.logins(), 1, "both go over it");
    let sockets = followed.pair.near.folder.path().join("runtime/stillroom");
    let count = || fs::read_dir(&sockets).unwrap().count();
    assert_eq!(count(), 1);
    followed.cut("its network is gone", |followed| drop(followed.still()));
    assert_eq!((count(), followed.pair.server.logins()), (0, 3));
    followed.check();
}

/// The user's `ssh` shares connections, and keeps none in the background: whoever holds one cuts all others when it
/// ends, and a command of ours ends soon.
#[test]
fn no_connection_of_others_hangs_on_ours() {
    if parts::are_missing() {
        return;
    }
    let socket = tempfile::tempdir().unwrap();
    let path = socket.path().join("master");
    let followed = Followed::start(&shared(&path, ""));
    let mut command = followed.pair.ssh();
    command.args(["box", "cat"]).stdin(Stdio::piped()).stdout(Stdio::piped());
    let mut users = command.spawn().unwrap();
    let mut input = users.stdin.take().unwrap();
    let mut output = BufReader::new(users.stdout.take().unwrap());
    let mut echo = || {
        let mut line = String::new();
        // A connection that was cut takes nothing.
        let _ = input.write_all(b"still here\n");
        output.read_line(&mut line).unwrap();
        line
    };
    assert_eq!(echo(), "still here\n");
    let pair = followed.check();
    assert_eq!(echo(), "still here\n", "it was cut");
    // What the user holds is used all the same.
    assert!(path.exists());
    let logins = pair.server.logins();
    pair.prints(&["ls"]);
    assert_eq!(pair.server.logins(), logins);
    drop(input);
    assert!(users.wait().unwrap().success());
}

/// A screenful of text that nobody reads must not keep a command from its end.
#[test]
fn whoever_reads_the_output_may_leave() {
    if parts::are_missing() {
        return;
    }
    let pair = Pair::new();
    let run = pair.far.add(ENDLESS, &["name=quick"]);
    pair.far.wait_for_iteration(run, 20);
    let mut child =
        pair.far_program(&["logs", "1", "--follow"]).stdout(Stdio::piped()).spawn().unwrap();
    drop(child.stdout.take());
    let status = until("it ends", || child.try_wait().unwrap());
    assert!(status.success());
    until("nothing of it is left over there", || pair.server.sessions().is_empty().then_some(()));
}
